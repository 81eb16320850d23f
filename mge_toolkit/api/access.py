"""Who may ask: the token, the body's bounds, and the form in which everything is refused."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeAlias

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message

from mge_toolkit.api.problems import Problem, problem_for, respond
from mge_toolkit.api.settings import ApiSettings

Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]

_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """Admits requests that bear the token."""

    def __init__(self, token: str | None) -> None:
        """Demand ``token``; ``None`` demands nothing."""
        self._digest = None if token is None else _digest(token)

    def demand(self, request: Request) -> None:
        """Refuse a request without the token. The comparison takes the same time wherever a guess is wrong."""
        if self._digest is None:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(_digest(given.strip()), self._digest):
            raise Problem(
                "unauthorized",
                "send the header 'Authorization: Bearer TOKEN' with the token of this service",
                headers={"WWW-Authenticate": 'Bearer realm="mge"'},
            )


def guarded_route(access: Access, settings: ApiSettings) -> type[APIRoute]:
    """Return a class of routes that check the token before they read a body, bound it, and answer in problems."""

    class GuardedRoute(APIRoute):
        """A route behind ``access``."""

        def get_route_handler(self) -> Handler:
            """Return the handler behind the checks."""
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                try:
                    access.demand(request)
                    if request.method not in _BODILESS:
                        request = await _with_body(request, settings)
                    return await handle(request)
                except ClientDisconnect:
                    return Response(status_code=400)
                except Exception as error:  # noqa: BLE001 - what nobody foresaw is logged there
                    return respond(problem_for(error), request)

            return guarded

    return GuardedRoute


async def _with_body(request: Request, settings: ApiSettings) -> Request:
    """Return the request with its body read, which has a length and a time it may take, said or not."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > settings.max_body:
        raise _too_large(settings)
    try:
        async with asyncio.timeout(settings.body_seconds):
            body = await _read(request.receive, settings)
    except TimeoutError:
        raise Problem("body-too-slow", "send the body at once", headers={"Connection": "close"}) from None
    return Request(request.scope, _replay(body, request.receive), request._send)


async def _read(receive: Callable[[], Awaitable[Message]], settings: ApiSettings) -> bytes:
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts += message.get("body", b"")
        if len(parts) > settings.max_body:
            raise _too_large(settings)
        if not message.get("more_body", False):
            return bytes(parts)


def _replay(body: bytes, receive: Callable[[], Awaitable[Message]]) -> Callable[[], Awaitable[Message]]:
    """Return a ``receive`` that gives ``body`` first."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _too_large(settings: ApiSettings) -> Problem:
    limit = f"{settings.max_body:,} bytes"
    return Problem("body-too-large", f"send at most {limit}", headers={"Connection": "close"})


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
