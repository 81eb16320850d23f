"""The dashboard: files that hold no data and are given without the token; they ask for what they show with it."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mge_toolkit.api.problems import Problem

_KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PAGE: Final = "index.html"


class PageRoutes:
    """The routes of the dashboard."""

    def __init__(self) -> None:
        """Read the files: they are small, and never change while the service runs."""
        self._files = {
            entry.name: (entry.read_bytes(), kind)
            for entry in files("mge_toolkit.api").joinpath("dashboard").iterdir()
            for suffix, kind in _KINDS.items()
            if entry.name.endswith(suffix)
        }

    def add_to(self, router: APIRouter) -> None:
        """Add the routes to ``router``, which asks for no token."""
        router.add_api_route("/", self.page, methods=["GET"], include_in_schema=False)
        router.add_api_route("/favicon.ico", self.icon, methods=["GET"], include_in_schema=False)
        router.add_api_route("/dashboard/{name}", self.file, methods=["GET"], include_in_schema=False)

    async def page(self) -> Response:
        """Return the page."""
        return self._answer(_PAGE)

    async def file(self, name: str) -> Response:
        """Return a file of the page."""
        return self._answer(name)

    async def icon(self, request: Request) -> Response:
        """Send those who look for an icon at its usual place to ours."""
        return RedirectResponse(
            request.url.path.replace("favicon.ico", "dashboard/icon.svg"), status_code=307
        )

    def _answer(self, name: str) -> Response:
        if name not in self._files:
            raise Problem("not-found", "check the address: the dashboard has no such file")
        content, kind = self._files[name]
        return Response(content, headers={"Content-Type": kind, "Cache-Control": "no-cache"})
