"""Runs, their atoms, and how to stop one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from mge_toolkit.api.backend import Backend
from mge_toolkit.api.documents import atom_details, atom_items, run_document, run_item
from mge_toolkit.api.live.sight import Sight, live_sight
from mge_toolkit.api.models.atoms import Atom, AtomList
from mge_toolkit.api.models.runs import Run, RunList
from mge_toolkit.api.problems import Problem, declared
from mge_toolkit.api.routes.replies import Json, Limit, Offset, following, links_of

RunId = Annotated[str, Path(description="The run's id.")]
Filter = Literal["waiting", "running", "passed", "failed", "blocked", "skipped", "stopped", "error"]


class RunRoutes:
    """The routes below ``/runs`` but for the events."""

    def __init__(self, backend: Backend) -> None:
        """Look for runs in ``backend``."""
        self._backend = backend

    def add_to(self, router: APIRouter) -> None:
        """Add the routes to ``router``."""
        usual = ("unauthorized", "misdirected", "invalid", "records-unavailable")
        router.add_api_route(
            "/runs", self.list_runs, methods=["GET"], response_model=RunList, responses=declared(*usual)
        )
        for path, endpoint, method, shape in (
            ("/runs/{run_id}", self.get_run, "GET", Run),
            ("/runs/{run_id}/atoms", self.list_atoms, "GET", AtomList),
        ):
            router.add_api_route(
                path,
                endpoint,
                methods=[method],
                response_model=shape,
                responses=declared("unknown-run", *usual),
            )
        router.add_api_route(
            "/runs/{run_id}/atoms/{atom_id}",
            self.get_atom,
            methods=["GET"],
            response_model=Atom,
            responses=declared("unknown-run", "unknown-atom", *usual),
        )
        for path, method in (("/runs/{run_id}", "DELETE"), ("/runs/{run_id}/cancel", "POST")):
            router.add_api_route(
                path,
                self.cancel_run,
                methods=[method],
                status_code=202,
                response_model=Run,
                responses=declared("unknown-run", "run-ended", "body-too-large", "body-too-slow", *usual),
            )

    async def list_runs(
        self,
        request: Request,
        masterplan: Annotated[str | None, Query(description="Only runs of this masterplan.")] = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Response:
        """Return runs, those in memory and those recorded, the last started first."""
        heads = await self._backend.runs.heads(masterplan, offset + limit + 1)
        links = links_of(request)
        return Json(
            {
                "items": [run_item(head, links) for head in heads[offset : offset + limit]],
                "total": len(heads) if len(heads) <= offset + limit else None,
                "next": following(request, offset, limit, more=len(heads) > offset + limit),
            }
        )

    async def get_run(self, request: Request, run_id: RunId) -> Response:
        """Return one run."""
        return Json(run_document(await self._backend.runs.sight(run_id), links_of(request)))

    async def list_atoms(
        self,
        request: Request,
        run_id: RunId,
        state: Annotated[list[Filter] | None, Query(description="Only atoms in one of these states.")] = None,
        wave: Annotated[int | None, Query(ge=0, description="Only atoms of this wave.")] = None,
        limit: Limit = 200,
        offset: Offset = 0,
    ) -> Response:
        """Return atoms of a run, in the plan's order."""
        sight = await self._backend.runs.sight(run_id)
        last = sight.last_event
        names = _chosen(sight, state, wave)
        return Json(
            {
                "run_id": run_id,
                "last_event_id": last,
                "items": list(atom_items(sight, names[offset : offset + limit])),
                "total": len(names),
                "next": following(request, offset, limit, more=offset + limit < len(names)),
            }
        )

    async def get_atom(
        self, run_id: RunId, atom_id: Annotated[str, Path(description="The atom's id.")]
    ) -> Response:
        """Return one atom of a run, with its attempts and what each of them changed."""
        sight = await self._backend.runs.sight(run_id)
        sight.demand(atom_id)
        return Json(atom_details(sight, atom_id))

    async def cancel_run(self, request: Request, run_id: RunId) -> Response:
        """Stop a run: what runs is killed, what has not started is settled as stopped. Returns at once."""
        live = self._backend.registry.get(run_id)
        if live is None:
            head = await self._backend.runs.head(run_id)
            end = "has ended" if head.record.finished else "does not run here"
            raise Problem("run-ended", f"run '{run_id}' {end}: there is nothing to cancel")
        if live.ended.is_set():
            raise Problem("run-ended", f"run '{run_id}' has ended: there is nothing to cancel")
        live.cancel("the run was cancelled by a request")
        return Json(run_document(live_sight(live), links_of(request)), status_code=202)


def _chosen(sight: Sight, states: Sequence[str] | None, wave: int | None) -> Sequence[str]:
    names = list(sight.plan.atoms)
    if wave is not None:
        names = [name for name in names if sight.waves[name] == wave]
    if states:
        names = [name for name in names if _state(sight, name) in states]
    return names


def _state(sight: Sight, name: str) -> str:
    result = sight.results.get(name)
    if result is not None:
        return result.outcome.value
    return "running" if name in sight.going or name in sight.attempts else "waiting"
