"""Executes atoms, waves and masterplans, and says what became of the last run of one."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Path
from starlette.requests import Request
from starlette.responses import Response

from mge_toolkit.api.backend import Backend
from mge_toolkit.api.documents import atom_details, run_document
from mge_toolkit.api.live.run import Asked, Kind, LiveRun
from mge_toolkit.api.live.sight import Head, live_sight
from mge_toolkit.api.models.runs import AtomExecution, AtomRequest, MasterplanRequest, Run, Summary
from mge_toolkit.api.problems import Problem, Responses, declared, problem_for
from mge_toolkit.api.routes.replies import Json, Wait, links_of, located
from mge_toolkit.core.runs import Schedule
from mge_toolkit.reporting.execution import execution_summary

_RECENT = 50
_RUN_PROBLEMS = (
    "malformed",
    "unauthorized",
    "body-too-slow",
    "body-too-large",
    "misdirected",
    "invalid",
    "busy",
    "records-unavailable",
    "sandbox-unavailable",
    "shutting-down",
)
_READING_PROBLEMS = ("unauthorized", "misdirected", "invalid", "records-unavailable")

Masterplan = Annotated[str, Path(description="The masterplan's name.")]


class ExecutionRoutes:
    """The routes below ``/execution`` but for the metrics."""

    def __init__(self, backend: Backend) -> None:
        """Run on ``backend``."""
        self._backend = backend

    def add_to(self, router: APIRouter) -> None:
        """Add the routes to ``router``."""
        accepted: Responses = {202: {"model": Run, "description": "The run goes on: see its address."}}
        router.add_api_route(
            "/execution/atom/{atom_id}",
            self.execute_atom,
            methods=["POST"],
            response_model=AtomExecution,
            responses=accepted
            | declared("unknown-atom", "unknown-masterplan", "ambiguous-atom", *_RUN_PROBLEMS),
        )
        router.add_api_route(
            "/execution/wave/{masterplan_id}/{wave_number}",
            self.execute_wave,
            methods=["POST"],
            response_model=Run,
            responses=accepted | declared("unknown-masterplan", "unknown-wave", *_RUN_PROBLEMS),
        )
        router.add_api_route(
            "/execution/masterplan/{masterplan_id}",
            self.execute_masterplan,
            methods=["POST"],
            response_model=Run,
            responses=accepted | declared("unknown-masterplan", *_RUN_PROBLEMS),
        )
        router.add_api_route(
            "/execution/summary/{masterplan_id}",
            self.summary,
            methods=["GET"],
            response_model=Summary,
            responses=declared(
                "unauthorized",
                "unknown-masterplan",
                "unknown-run",
                "misdirected",
                "invalid",
                "records-unavailable",
            ),
        )

    async def execute_atom(
        self,
        request: Request,
        atom_id: Annotated[str, Path(description="MASTERPLAN:ATOM, or the atom's id where only one has it.")],
        asked: Annotated[AtomRequest | None, Body()] = None,
        wait: Wait = True,
    ) -> Response:
        """Execute one atom and what it needs."""
        self._backend.registry.admit()
        found, name = self._backend.plans.find_atom(atom_id)
        live = await self._backend.registry.submit(
            Asked(
                plan=found.needed([name]),
                kind=Kind.ATOM,
                target=name,
                atoms=(name,),
                inputs={name: asked.input_data} if asked is not None and asked.input_data else None,
            )
        )
        return await self._answer(request, live, wait=wait)

    async def execute_wave(
        self,
        request: Request,
        masterplan_id: Masterplan,
        wave_number: Annotated[int, Path(ge=0)],
        wait: Wait = True,
    ) -> Response:
        """Execute one wave and what it needs."""
        self._backend.registry.admit()
        found = self._backend.plans.get(masterplan_id)
        if wave_number not in found.waves:
            last = len(found.waves) - 1
            detail = f"masterplan '{masterplan_id}' has no wave {wave_number}: it has waves 0 to {last}"
            raise Problem("unknown-wave", detail)
        atoms = found.waves[wave_number]
        live = await self._backend.registry.submit(
            Asked(plan=found.needed(atoms), kind=Kind.WAVE, target=str(wave_number), atoms=atoms)
        )
        return await self._answer(request, live, wait=wait)

    async def execute_masterplan(
        self,
        request: Request,
        masterplan_id: Masterplan,
        asked: Annotated[MasterplanRequest | None, Body()] = None,
        wait: Wait = True,
    ) -> Response:
        """Execute every atom of a masterplan."""
        self._backend.registry.admit()
        found = self._backend.plans.get(masterplan_id)
        by_waves = None if asked is None else asked.execute_by_waves
        schedule = None if by_waves is None else Schedule.WAVES if by_waves else Schedule.SEQUENTIAL
        live = await self._backend.registry.submit(
            Asked(plan=found.plan, kind=Kind.MASTERPLAN, schedule=schedule)
        )
        return await self._answer(request, live, wait=wait)

    async def summary(self, masterplan_id: Masterplan) -> Response:
        """Return the figures of a masterplan's last run: of the last whole one, where there is one."""
        heads = await self._backend.runs.heads(masterplan_id, _RECENT)
        if not heads:
            self._backend.plans.get(masterplan_id)
            raise Problem("unknown-run", f"masterplan '{masterplan_id}' has not been run yet: run it first")
        head = self._whole(masterplan_id, heads) or heads[0]
        return Json(execution_summary(head.record, head.status.value))

    def _whole(self, masterplan: str, heads: list[Head]) -> Head | None:
        """Return the last run of all the plan's atoms: one of a single atom says little about the plan."""
        sizes = [len(found.plan) for found in self._backend.plans.all() if found.plan.name == masterplan]
        return next((head for head in heads if head.record.planned in sizes), None)

    async def _answer(self, request: Request, live: LiveRun, *, wait: bool) -> Response:
        """Answer when the run has ended, or at once, or when a request has been open for long enough."""
        links = links_of(request)
        if wait:
            try:
                async with asyncio.timeout(self._backend.settings.wait_seconds):
                    await live.ended.wait()
            except TimeoutError:
                wait = False
        if live.error is not None:
            raise problem_for(live.error)
        sight = live_sight(live)
        run = run_document(sight, links)
        headers = located(links.run(live.run_id))
        if not wait:
            return Json(run, status_code=202, headers=headers)
        if live.asked.kind is Kind.ATOM and live.asked.target is not None:
            return Json({"run": run, "atom": atom_details(sight, live.asked.target)}, headers=headers)
        return Json(run, headers=headers)
