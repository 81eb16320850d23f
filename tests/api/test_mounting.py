"""The router in an application of somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from mge_toolkit.api import create_router
from mge_toolkit.api.backend import Backend
from tests.api.support import SHOP_SCRIPT, TOKEN, make_backend

Ask = Callable[[httpx.AsyncClient], Awaitable[Any]]


def with_router(backend: Backend, ask: Ask, *, log: list[str] | None = None) -> Any:
    """Mount the router below ``/mge`` in an application with a route and a lifespan of its own, and ask it."""
    seen = [] if log is None else log

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        seen.append("up")
        yield
        seen.append("down")

    app = FastAPI(lifespan=lifespan)
    app.include_router(create_router(backend), prefix="/mge")

    @app.get("/own")
    async def own() -> dict[str, str]:
        return {"own": "route"}

    async def main() -> Any:
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://any.example") as client,
        ):
            return await ask(client)

    return asyncio.run(main())


HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def test_the_router_works_below_any_prefix() -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        done = await client.post("/mge/api/v2/execution/masterplan/shop", headers=HEADERS)
        assert done.status_code == 200
        address = done.headers["Location"]
        assert address == f"/mge/api/v2/runs/{done.json()['run_id']}"
        atoms = await client.get(f"{address}/atoms?limit=3", headers=HEADERS)
        rest = await client.get(atoms.json()["next"], headers=HEADERS)
        assert [item["id"] for item in rest.json()["items"]] == ["after"]
        assert (await client.get("/own")).json() == {"own": "route"}

    with_router(make_backend(script=SHOP_SCRIPT), ask)


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", "runs", {}, 401),
        ("GET", "runs/x", {"headers": HEADERS}, 404),
        ("GET", "runs?limit=0", {"headers": HEADERS}, 422),
        ("POST", "masterplans", {"headers": HEADERS, "content": b"x" * 2000}, 413),
    ],
)
def test_it_guards_itself_and_answers_in_problems_whatever_the_application_does(
    method: str, path: str, more: dict[str, Any], status: int
) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        response = await client.request(method, f"/mge/api/v2/{path}", **more)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"

    with_router(make_backend(max_body=1000), ask)


def test_an_application_with_guards_of_its_own_may_do_without_the_token() -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        assert (await client.get("/mge/api/v2/runs")).status_code == 200
        described = (await client.get("/openapi.json")).json()
        assert "securitySchemes" not in described["components"]

    with_router(make_backend(token=None), ask)


def test_the_applications_end_ends_the_runs() -> None:
    log: list[str] = []
    backend = make_backend(script={"base": [30.0]})

    async def ask(client: httpx.AsyncClient) -> str:
        response = await client.post("/mge/api/v2/execution/masterplan/shop?wait=false", headers=HEADERS)
        run_id: str = response.json()["run_id"]
        return run_id

    live = backend.registry.get(with_router(backend, ask, log=log))
    assert live is not None
    assert live.result is not None
    assert live.result.counts.stopped
    assert live.feed.closed
    assert log == ["up", "down"]


def test_the_description_is_the_applications_own_too() -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        described = (await client.get("/openapi.json")).json()
        assert {"/own", "/mge/api/v2/runs/{run_id}/events"} <= described["paths"].keys()

    with_router(make_backend(), ask)
