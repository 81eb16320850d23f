"""A service on a loopback port, as its users reach it, and what answers are held against."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import jsonschema

from mge_toolkit.api import ApiSettings, create_app, create_backend
from mge_toolkit.api.backend import Backend
from mge_toolkit.api.serving import GracefulServer, address_of, listen, make_server
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.records import RecordStore
from mge_toolkit.core.results import Execution
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.reporting.monitoring import MonitoringCollector
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import FakeSandboxPlugin, failing, make_atom, make_plan

TOKEN = "the-token-of-the-tests-0123456789"

SHOP = make_plan(
    [
        make_atom("base", "x = 1", component="shop", module="core"),
        make_atom("gross", "y = x", depends_on=("base",), check="assert y"),
        make_atom("broken", "assert False"),
        make_atom("after", depends_on=("broken",)),
    ],
    "shop",
)
SHOP_SCRIPT = {"broken": [failing("no <b>luck</b>")]}

Script = Mapping[str, Sequence[Execution | BaseException | float]]


@dataclass(kw_only=True)
class Served:
    """A running service and a client that knows its token."""

    url: str
    client: httpx.Client
    backend: Backend
    server: GracefulServer
    thread: threading.Thread

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request, and hold the answer against the API's own description."""
        response = self.client.request(method, path, **more)
        self.hold(method, path, response)
        return response

    def get(self, path: str, **more: Any) -> Any:
        response = self("GET", path, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, *, expect: int = 200, **more: Any) -> Any:
        response = self("POST", path, **more)
        assert response.status_code == expect, response.text
        return response.json()

    def hold(self, method: str, path: str, response: httpx.Response) -> None:
        """Assert that the description foresees this status, this kind of content, and this content."""
        described = description()
        operation = find_operation(described, method, path.partition("?")[0])
        if operation is None:
            return
        status = str(response.status_code)
        assert status in operation["responses"], f"{method} {path} answers {status}, which is not described"
        content = operation["responses"][status].get("content", {})
        kind = response.headers.get("content-type", "").partition(";")[0]
        assert (kind in content) if content else not response.content
        if kind.endswith("json"):
            schema = {"$ref": "#/schema", "schema": content[kind]["schema"], **described}
            jsonschema.Draft202012Validator(schema).validate(response.json())

    def finished(self, run_id: str) -> dict[str, Any]:
        """Return a run when it has ended."""
        found: dict[str, Any] = wait_for(lambda: over(self.get(f"/api/v2/runs/{run_id}")))
        return found

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)
        self.client.close()
        assert not self.thread.is_alive()


@cache
def description() -> dict[str, Any]:
    """Return what the API says of itself."""
    app = create_app(make_backend())
    transport = httpx.ASGITransport(app=app)

    async def ask() -> dict[str, Any]:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            response = await client.get("/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"})
            found: dict[str, Any] = response.json()
            return found

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, ask()).result()


def over(run: dict[str, Any]) -> dict[str, Any] | None:
    return None if run["status"] in ("queued", "running") else run


def wait_for(look: Callable[[], Any], seconds: float = 20) -> Any:
    """Return what ``look`` finds, once it finds something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come to pass")


def find_operation(described: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    asked = path.split("/")
    for template, operations in described["paths"].items():
        parts = template.split("/")
        same = [part.startswith("{") or part == word for part, word in zip(parts, asked, strict=False)]
        if len(parts) == len(asked) and all(same) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            return found
    return None


def make_backend(
    plans: Iterable[Masterplan] = (SHOP,),
    *,
    script: Script | None = None,
    answer: Callable[[Job], Execution | float] | None = None,
    plugins: Sequence[object] = (),
    records: RecordStore | None = None,
    settings: Settings | None = None,
    **api: Any,
) -> Backend:
    """Return a backend on a fake sandbox."""
    fake = FakeSandboxPlugin(script, answer)
    collector = MonitoringCollector()
    service = ExecutionService(
        settings or Settings(sandbox="fake", slots=2, wave_threshold=0),
        plugins=Plugins([fake, *plugins], entry_points=False),
        subscribers=[collector],
        records=records,
    )
    options = ApiSettings(**{"token": TOKEN, **api})
    return create_backend(service, options, plans=plans, records=records, collector=collector)


def serve(backend: Backend) -> Served:
    """Start a server in a thread of its own."""
    listening = listen("127.0.0.1", 0)
    started = threading.Event()
    server = make_server(backend, started.set)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    assert started.wait(30)
    url = address_of(listening)
    client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    return Served(url=url, client=client, backend=backend, server=server, thread=thread)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One event of a stream."""

    name: str
    number: int | None
    data: Any


def events(lines: Iterator[str]) -> Iterator[Heard]:
    """Yield the events in the lines of a stream; comments are named ``:``."""
    name, number, data = "", None, ""
    for line in lines:
        if line.startswith(":"):
            yield Heard(name=":", number=None, data=line)
        elif line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data += line[6:]
        elif not line and name:
            yield Heard(name=name, number=number, data=json.loads(data))
            name, number, data = "", None, ""
