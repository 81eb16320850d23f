"""What surrounds the whole application: the name it answers to, and what browsers are told about its answers."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mge_toolkit.api.problems import Problem, respond

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(:\d+)?")

# Trusted types make the browser refuse every way of turning text into markup: what atoms print stays text.
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Walls:
    """Refuses what is addressed to another name or too much, and sets the headers that keep browsers in bounds.

    A page of somebody else's whose name was pointed here (DNS rebinding) speaks to its own name, not to ours.
    """

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...], max_requests: int) -> None:
        """Surround ``app``, which answers to ``hosts``, ``max_requests`` at a time."""
        self._app = app
        self._room = max_requests
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await respond(refusal, Request(scope))(scope, receive, send_guarded)
            return
        self._room -= 1
        try:
            await self._app(scope, receive, send_guarded)
        finally:
            self._room += 1

    def _refusal(self, scope: Scope) -> Problem | None:
        if not self._is_ours(Headers(scope=scope).getlist("host")):
            detail = "use one of the names that this service was told to answer to (--allowed-host adds one)"
            return Problem("misdirected", detail)
        if self._room < 1:
            detail = "all the requests that are answered at once are under way: ask again later"
            return Problem("busy", detail, headers={"Retry-After": "1"})
        return None

    def _is_ours(self, given: list[str]) -> bool:
        if "*" in self._hosts:
            return True
        found = _HOST.fullmatch(given[0].strip()) if len(given) == 1 else None
        return found is not None and found[1].lower().rstrip(".") in self._hosts
