"""The REST service: make a backend, then an application of it, or a router for another application."""

from mge_toolkit.api.app import create_app, create_backend, create_router
from mge_toolkit.api.settings import ApiSettings

__all__ = ["ApiSettings", "create_app", "create_backend", "create_router"]
