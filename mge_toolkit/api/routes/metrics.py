"""What was monitored since the service started: as JSON, and as text for Prometheus."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.requests import Request
from starlette.responses import Response

from mge_toolkit.api.backend import Backend
from mge_toolkit.api.models.base import Metrics
from mge_toolkit.api.problems import declared
from mge_toolkit.api.routes.replies import Json
from mge_toolkit.reporting.monitoring.collector import MonitoringCollector


class MetricsRoutes:
    """The routes of the metrics."""

    def __init__(self, backend: Backend) -> None:
        """Tell what the collector of ``backend`` collected."""
        self._collector = backend.collector

    def add_to(self, router: APIRouter) -> None:
        """Add the JSON route to ``router``."""
        router.add_api_route(
            "/execution/metrics",
            self.metrics,
            methods=["GET"],
            response_model=Metrics,
            responses=declared("unauthorized", "misdirected"),
        )

    def add_text_to(self, router: APIRouter) -> None:
        """Add the route for Prometheus to ``router``, which is the application's own."""
        kinds = {"text/plain": {"schema": {"type": "string"}}, "application/openmetrics-text": {}}
        router.add_api_route(
            "/metrics",
            self.text,
            methods=["GET"],
            response_class=PlainTextResponse,
            responses={
                200: {"description": "The metrics.", "content": kinds},
                **declared("unauthorized", "misdirected"),
            },
        )

    async def metrics(self) -> Response:
        """Return totals and runs, why atoms failed and what helped, and where the time went."""
        return Json(await asyncio.to_thread(_document, self._collector))

    async def text(self, request: Request) -> Response:
        """Return the metrics as Prometheus reads them, as OpenMetrics where that is asked for."""
        from mge_toolkit.reporting import metrics

        if "application/openmetrics-text" in request.headers.get("accept", ""):
            text, kind = metrics.openmetrics_text, metrics.OPENMETRICS_TYPE
        else:
            text, kind = metrics.prometheus_text, metrics.PROMETHEUS_TYPE
        body = await asyncio.to_thread(text, self._collector)
        return Response(body, headers={"Content-Type": kind})


def _document(collector: MonitoringCollector) -> dict[str, object]:
    return {
        "summary": collector.get_summary().to_data(),
        "errors": collector.get_error_analysis().to_data(),
        "performance": collector.get_performance_analysis().to_data(),
    }
