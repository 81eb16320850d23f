"""The masterplans that can be run here."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from mge_toolkit.api.backend import Backend
from mge_toolkit.api.documents import plan_document
from mge_toolkit.api.live.plans import ShelvedPlan, shelved
from mge_toolkit.api.models.plans import Plan, PlanList
from mge_toolkit.api.problems import Problem, Responses, declared
from mge_toolkit.api.routes.replies import Json, Limit, Offset, following, links_of, located
from mge_toolkit.plan import load_text

FILE: Final = "<request>"
"""What stands for a file's name where mistakes in a submitted plan are named."""

_FORMS: Final = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A masterplan as in a plan file ('mge schema' prints its JSON Schema). All code has to be "
        "in it: paths are refused, they would be paths of the server.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/yaml": {"schema": {"type": "string"}},
        },
    }
}

Name = Annotated[str, Path(description="The masterplan's name.")]


class PlanRoutes:
    """The routes below ``/masterplans``."""

    def __init__(self, backend: Backend) -> None:
        """Keep plans in ``backend``."""
        self._backend = backend

    def add_to(self, router: APIRouter) -> None:
        """Add the routes to ``router``."""
        known: Responses = {200: {"model": Plan, "description": "This very masterplan was there already."}}
        usual = ("unauthorized", "misdirected", "invalid")
        bodies = (
            "malformed",
            "body-too-slow",
            "body-too-large",
            "unsupported-media-type",
            "invalid-masterplan",
        )
        router.add_api_route(
            "/masterplans",
            self.submit_plan,
            methods=["POST"],
            status_code=201,
            response_model=Plan,
            openapi_extra=_BODY,
            responses=known | declared("masterplan-exists", "too-many-masterplans", *bodies, *usual),
        )
        router.add_api_route(
            "/masterplans",
            self.list_plans,
            methods=["GET"],
            response_model=PlanList,
            responses=declared(*usual),
        )
        router.add_api_route(
            "/masterplans/{masterplan_id}",
            self.get_plan,
            methods=["GET"],
            response_model=Plan,
            responses=declared("unknown-masterplan", *usual),
        )
        router.add_api_route(
            "/masterplans/{masterplan_id}",
            self.delete_plan,
            methods=["DELETE"],
            status_code=204,
            response_class=Response,
            responses=declared("unknown-masterplan", "body-too-large", "body-too-slow", *usual),
        )

    async def submit_plan(
        self,
        request: Request,
        replace: Annotated[
            bool, Query(description="Take the place of a masterplan of the same name.")
        ] = False,
    ) -> Response:
        """Take a masterplan, in JSON or YAML, that can be run from now on. Nothing runs."""
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in _FORMS:
            raise Problem("unsupported-media-type", f"send one of {', '.join(_FORMS)}, not '{media[:100]}'")
        body = await request.body()
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Problem("malformed", f"the body is not UTF-8 (byte {error.start}): send UTF-8") from None
        found = await asyncio.to_thread(self._load, text, _FORMS[media])
        new = self._backend.plans.put(found, replace=replace)
        links = links_of(request)
        address = located(links.plan(found.plan.name))
        return Json(plan_document(found, links), status_code=201 if new else 200, headers=address)

    async def list_plans(self, request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
        """Return the masterplans, in the order in which they came."""
        every = self._backend.plans.all()
        links = links_of(request)
        return Json(
            {
                "items": [plan_document(found, links) for found in every[offset : offset + limit]],
                "total": len(every),
                "next": following(request, offset, limit, more=offset + limit < len(every)),
            }
        )

    async def get_plan(self, request: Request, masterplan_id: Name) -> Response:
        """Return one masterplan."""
        return Json(plan_document(self._backend.plans.get(masterplan_id), links_of(request)))

    async def delete_plan(self, masterplan_id: Name) -> Response:
        """Forget a masterplan. Its runs go on, and their records stay."""
        self._backend.plans.remove(masterplan_id)
        return Response(status_code=204)

    def _load(self, text: str, form: str) -> ShelvedPlan:
        languages = self._backend.service.plugins.languages
        return shelved(load_text(text, file=FILE, form=form, directory=None, languages=languages))
