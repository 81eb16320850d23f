"""Serves an application by uvicorn, and ends in good order: runs first, then connections, then sandboxes."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from mge_toolkit.api.app import create_app
from mge_toolkit.api.backend import Backend
from mge_toolkit.core.errors import MgeError

_HANDLED = (signal.SIGINT, signal.SIGTERM)


class GracefulServer(uvicorn.Server):
    """A server that ends the runs while it still answers: who waits for one, or listens to it, hears its end."""

    def __init__(self, config: uvicorn.Config, backend: Backend, on_start: Callable[[], None]) -> None:
        """Serve as ``config`` says; ``on_start`` is called when requests are answered."""
        super().__init__(config)
        self._backend = backend
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if not self.should_exit:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the runs, and with them their event streams; then everything else."""
        await self._backend.registry.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals while serving, and keep them: whoever called us has to clean up after us."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _HANDLED}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises ``MgeError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only where the protocol is named does the event loop send small answers at once, not 40 ms later.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        raise MgeError(
            f"cannot listen on {host}, port {port} ({error.strerror}): choose another with --host and --port"
        ) from None
    return listening


def make_server(backend: Backend, on_start: Callable[[], None] = lambda: None) -> GracefulServer:
    """Return a server of the whole application that is not started."""
    config = uvicorn.Config(
        create_app(backend),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
    return GracefulServer(config, backend, on_start)


def serve(backend: Backend, listening: socket.socket, announce: Callable[[str], None]) -> None:
    """Serve until a signal comes; ``announce`` is called with the address when requests are answered."""
    server = make_server(backend, lambda: announce(address_of(listening)))
    asyncio.run(server.serve(sockets=[listening]))


def address_of(listening: socket.socket) -> str:
    """Return the address of a listening socket as a browser takes it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
