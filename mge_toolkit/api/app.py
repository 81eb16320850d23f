"""Puts the service together: a router for any FastAPI application, and an application of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mge_toolkit.api.access import Access, guarded_route
from mge_toolkit.api.backend import Backend
from mge_toolkit.api.live.plans import PlanShelf
from mge_toolkit.api.live.recorded import Recorded
from mge_toolkit.api.live.registry import RunRegistry
from mge_toolkit.api.live.sight import Runs
from mge_toolkit.api.problems import problem_for, respond
from mge_toolkit.api.routes.execution import ExecutionRoutes
from mge_toolkit.api.routes.health import HealthRoutes
from mge_toolkit.api.routes.metrics import MetricsRoutes
from mge_toolkit.api.routes.pages import PageRoutes
from mge_toolkit.api.routes.plans import PlanRoutes
from mge_toolkit.api.routes.replies import PREFIX, Json
from mge_toolkit.api.routes.runs import RunRoutes
from mge_toolkit.api.routes.stream import StreamRoutes
from mge_toolkit.api.settings import ApiSettings
from mge_toolkit.api.walls import Walls
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.records import RecordStore
from mge_toolkit.reporting.monitoring.collector import MonitoringCollector
from mge_toolkit.service import ExecutionService

DESCRIPTION = "Executes masterplans of machine-generated code in sandboxes, and says what became of them."


def create_backend(
    service: ExecutionService,
    settings: ApiSettings,
    *,
    plans: Iterable[Masterplan] = (),
    records: RecordStore | None = None,
    collector: MonitoringCollector | None = None,
) -> Backend:
    """Return the parts of a service that runs ``plans``, and others that it is sent, on ``service``.

    ``records`` is the store that ``service`` writes to, and ``collector`` one of its subscribers; without it the
    metrics stay empty. The backend closes ``service``, and leaves ``records`` open.
    """
    registry = RunRegistry(service, settings)
    recorded = Recorded(records, settings.records_seconds)
    return Backend(
        service=service,
        settings=settings,
        access=Access(settings.token),
        plans=PlanShelf(plans, settings.max_masterplans),
        registry=registry,
        recorded=recorded,
        runs=Runs(registry, recorded),
        collector=collector or MonitoringCollector(),
    )


def create_router(backend: Backend, *, prefix: str = PREFIX) -> APIRouter:
    """Return the routes below ``prefix``, to be included in any FastAPI application.

    Each checks the token and the body by itself and answers in problem documents, whatever the application does.
    When the application ends, the runs are ended in good order and ``backend`` is closed.
    """

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await backend.close()

    router = APIRouter(
        prefix=prefix,
        route_class=guarded_route(backend.access, backend.settings),
        dependencies=_described(backend),
        lifespan=lifespan,
    )
    for routes in (ExecutionRoutes, PlanRoutes, RunRoutes, StreamRoutes, MetricsRoutes):
        routes(backend).add_to(router)
    return router


def create_app(backend: Backend) -> FastAPI:
    """Return the whole application: the routes, health, metrics for Prometheus, and the dashboard."""
    app = FastAPI(
        title="MGE Toolkit",
        description=DESCRIPTION,
        version=version("mge-toolkit"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    guarded = guarded_route(backend.access, backend.settings)
    private = APIRouter(route_class=guarded, dependencies=_described(backend))
    MetricsRoutes(backend).add_text_to(private)
    private.add_api_route("/openapi.json", _describer(app), methods=["GET"], include_in_schema=False)
    public = APIRouter(route_class=guarded_route(Access(None), backend.settings))
    HealthRoutes(backend).add_to(public)
    PageRoutes().add_to(public)
    for router in (create_router(backend), private, public):
        app.include_router(router)

    async def refuse(request: Request, error: Exception) -> Response:
        try:
            backend.access.demand(request)
        except HTTPException as refusal:
            return respond(problem_for(refusal), request)
        return respond(problem_for(error), request)

    app.add_exception_handler(HTTPException, refuse)
    settings = backend.settings
    app.add_middleware(Walls, hosts=settings.allowed_hosts, max_requests=settings.max_requests)
    return app


def _describer(app: FastAPI) -> Callable[[], Any]:
    """Return what describes the API as an OpenAPI document, made when it is first asked for."""

    async def describe() -> Response:
        if app.openapi_schema is None:
            app.openapi_schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
        return Json(app.openapi_schema)

    return describe


def _described(backend: Backend) -> list[Any]:
    """Return the dependency that only tells the API's description of the token, which the routes check."""
    if backend.settings.token is None:
        return []
    return [Depends(HTTPBearer(auto_error=False, description="The service's token."))]
