"""Whether the service lives, and whether it can do its work: asked without a token, so it tells nothing else."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from mge_toolkit.api.backend import Backend
from mge_toolkit.api.models.base import Health
from mge_toolkit.api.problems import Problem, declared
from mge_toolkit.api.routes.replies import Json
from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Masterplan

logger = logging.getLogger(__name__)

_FRESH_SECONDS: Final = 2.0
_NOTHING: Final = Masterplan(name="readiness", atoms={})


class HealthRoutes:
    """The routes for who watches over the service."""

    def __init__(self, backend: Backend) -> None:
        """Watch ``backend``."""
        self._backend = backend
        self._asking = asyncio.Lock()
        self._missing: list[str] = []
        self._asked = float("-inf")

    def add_to(self, router: APIRouter) -> None:
        """Add the routes to ``router``, which asks for no token."""
        router.add_api_route(
            "/healthz", self.alive, methods=["GET"], response_model=Health, responses=declared("misdirected")
        )
        router.add_api_route(
            "/readyz",
            self.ready,
            methods=["GET"],
            response_model=Health,
            responses=declared("misdirected", "not-ready", "shutting-down"),
        )

    async def alive(self) -> Response:
        """Say that the service lives."""
        return Json({"status": "alive"})

    async def ready(self) -> Response:
        """Say whether the sandbox and the records can be used; starts the sandbox where it was not needed yet."""
        if self._backend.registry.closing:
            raise Problem("shutting-down", "ask again when it is back", headers={"Retry-After": "5"})
        async with self._asking:
            if time.monotonic() - self._asked > _FRESH_SECONDS:
                self._missing = await self._unusable()
                self._asked = time.monotonic()
        if self._missing:
            detail = f"not usable: {', '.join(self._missing)} (the service's log says why)"
            raise Problem("not-ready", detail, headers={"Retry-After": "5"})
        return Json({"status": "ready"})

    async def _unusable(self) -> list[str]:
        missing = []
        for name, question in (
            ("sandbox", self._backend.service.isolation(_NOTHING)),
            ("records", self._backend.recorded.runs(limit=1)),
        ):
            try:
                await question
            except MgeError as error:
                logger.warning("not ready: the %s cannot be used: %s", name, error)
                missing.append(name)
        return missing
