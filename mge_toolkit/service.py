"""The composition root: makes sandboxes, engine and plug-ins into one service, and runs plans on it."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mge_toolkit.core.errors import MgeError, UnknownAtomError, UnknownRunError
from mge_toolkit.core.events import Subscriber
from mge_toolkit.core.graph import waves
from mge_toolkit.core.plans import Atom, JsonValue, Masterplan
from mge_toolkit.core.ports import ModelFixer, Sandbox, SandboxOptions
from mge_toolkit.core.records import Recall, RecordStore
from mge_toolkit.core.results import ExecutionResult, Isolation
from mge_toolkit.core.runs import RunResult, Schedule
from mge_toolkit.core.settings import Settings
from mge_toolkit.engine.events import EventBus
from mge_toolkit.engine.latest import LatestRuns
from mge_toolkit.engine.recall import ResultCache, ResumedRun
from mge_toolkit.engine.repair import RepairKit
from mge_toolkit.engine.run import Run, RunOrder
from mge_toolkit.engine.slots import SlotPool
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.reporting.execution import execution_summary
from mge_toolkit.reporting.monitoring import MonitoringCollector


class ExecutionService:
    """Executes masterplans, and parts of them, on sandboxes that it starts when first needed and keeps.

    Used as ``async with ExecutionService(...) as service``, on one event loop. Sandboxes are shared by the runs
    of one service; a plan with other ``preload`` modules gets a sandbox of its own.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        plugins: Plugins | None = None,
        subscribers: Iterable[Subscriber] = (),
        model: ModelFixer | None = None,
        records: RecordStore | None = None,
        cache: bool = False,
    ) -> None:
        """Take settings and plug-ins; nothing starts yet. ``subscribers`` learn of every run's events.

        ``model`` is asked where the settings let repair go as far as ``llm``; it is closed with the service.
        Runs are kept in ``records``, which is the caller's to close; with ``cache`` what passed there before is
        not executed again. ``monitoring`` has the figures of all runs of this service.
        """
        self.settings = settings or Settings()
        self.plugins = plugins or Plugins()
        self._subscribers = tuple(subscribers)
        self._model = model
        self.monitoring = MonitoringCollector()
        self._latest = LatestRuns()
        self._records = records
        self._cache = cache
        self._sandboxes: dict[tuple[str, ...], tuple[Sandbox, SlotPool]] = {}
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Return the service itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the service."""
        await self.close()

    async def close(self) -> None:
        """Close every sandbox; no process and no file is left."""
        while self._sandboxes:
            _, (sandbox, _) = self._sandboxes.popitem()
            await sandbox.close()
        if self._model is not None:
            await self._model.close()

    async def prepare(
        self,
        masterplan: Masterplan,
        *,
        atoms: Collection[str] | None = None,
        inputs: Mapping[str, Mapping[str, JsonValue]] | None = None,
        resume: str | None = None,
        schedule: Schedule | None = None,
    ) -> Run:
        """Return a run of ``atoms`` (``None``: all), and of what they need, on a sandbox that is ready.

        ``schedule`` replaces the one of the settings. What had finished in the recorded run ``resume`` (an id, or
        ``last`` for the last of this masterplan) is taken over. Nothing is executed until the run's ``start`` or
        ``execute``. Raises ``UnknownAtomError``, ``UnknownSandboxError``, ``SandboxUnavailableError``,
        ``RecordsError``.
        """
        for atom_id in atoms or ():
            if atom_id not in masterplan.atoms:
                raise _unknown(atom_id, masterplan)
        resumed = None if resume is None else await asyncio.to_thread(self._resumed, masterplan, resume)
        sandbox, slots = await self._sandbox(masterplan)
        recalls: list[Recall] = []
        if resumed is not None:
            recalls.append(ResumedRun(resumed.run_id, resumed.results))
        if self._cache and self._records is not None:
            recalls.append(ResultCache(self._records, sandbox.environment, self.settings.repair.level))
        listeners: list[Subscriber] = [
            self.monitoring,
            self._latest,
            *self._subscribers,
            *([self.plugins.emit] if self.plugins.wants_events else []),
        ]
        return Run(
            RunOrder(
                plan=masterplan,
                selected=None if atoms is None else frozenset(atoms),
                inputs=inputs or {},
                recalls=recalls,
                resumed_from=None if resumed is None else resumed.run_id,
            ),
            settings=self.settings if schedule is None else replace(self.settings, schedule=schedule),
            sandbox=sandbox,
            slots=slots,
            languages=self.plugins.languages,
            kit=self._repair_kit(),
            bus=EventBus(listeners),
            records=self._records,
        )

    def _repair_kit(self) -> RepairKit:
        return RepairKit(
            policy=self.plugins.retry_policy,
            fixers=lambda: self.plugins.fixers,
            model=self._model,
            gate=_refusal,
            settings=self.settings.repair,
        )

    def _resumed(self, masterplan: Masterplan, run: str) -> RunResult:
        """Return the run that is to be resumed."""
        if self._records is None:
            raise MgeError("nothing can be resumed: runs are not recorded here")
        if run == "last":
            found = self._records.runs(masterplan.name, limit=1)
            if not found:
                raise UnknownRunError(
                    f"{self._records.location} has no run of masterplan '{masterplan.name}' to resume"
                )
            record = found[0]
        else:
            record = self._records.find(run)
        if record.masterplan != masterplan.name:
            raise MgeError(
                f"run {record.run_id} is one of masterplan '{record.masterplan}': "
                f"it cannot be resumed with '{masterplan.name}'"
            )
        return self._records.load(record.run_id).result

    async def start(self, masterplan: Masterplan, *, atoms: Collection[str] | None = None) -> Run:
        """Start a run and return it at once: follow it by ``run.events()``, await ``run.result()``."""
        run = await self.prepare(masterplan, atoms=atoms)
        run.start()
        return run

    async def execute_masterplan(self, masterplan: Masterplan) -> RunResult:
        """Execute every atom of the plan."""
        return await (await self.prepare(masterplan)).execute()

    async def execute_batch(self, masterplan: Masterplan, atoms: Collection[str]) -> RunResult:
        """Execute the named atoms and what they need."""
        return await (await self.prepare(masterplan, atoms=atoms)).execute()

    async def execute_wave(self, masterplan: Masterplan, number: int) -> RunResult:
        """Execute one wave and what it needs. Raises ``MgeError`` where the plan has no such wave."""
        numbers = waves({name: atom.predecessors for name, atom in masterplan.atoms.items()})
        chosen = [name for name, wave in numbers.items() if wave == number]
        if not chosen:
            last = max(numbers.values(), default=-1)
            raise MgeError(f"masterplan '{masterplan.name}' has no wave {number}: it has waves 0 to {last}")
        return await self.execute_batch(masterplan, chosen)

    async def execute_module(
        self, masterplan: Masterplan, module: str, component: str | None = None
    ) -> RunResult:
        """Execute one module (of ``component``, where given) and what it needs. Raises ``MgeError``."""
        chosen = [
            atom.id
            for atom in masterplan.atoms.values()
            if atom.module == module and component in (None, atom.component)
        ]
        if not chosen:
            known = sorted({atom.module for atom in masterplan.atoms.values() if atom.module is not None})
            raise MgeError(
                f"masterplan '{masterplan.name}' has no module '{module}': it has {', '.join(known) or 'none'}"
            )
        return await self.execute_batch(masterplan, chosen)

    async def execute_atom(
        self, masterplan: Masterplan, atom_id: str, input_data: Mapping[str, JsonValue] | None = None
    ) -> ExecutionResult:
        """Execute one atom and what it needs; ``input_data`` replaces or adds input values by name."""
        inputs = {atom_id: input_data} if input_data else None
        run = await self.prepare(masterplan, atoms=[atom_id], inputs=inputs)
        return (await run.execute()).results[atom_id]

    def get_execution_summary(self, masterplan_id: str) -> dict[str, Any]:
        """Return the figures of the run of a masterplan that started last: of this service's, else a recorded one.

        The keys are those of ``GET /api/v2/execution/summary``. Raises ``UnknownRunError`` where there is none.
        """
        record = self._latest.of(masterplan_id)
        if record is None and self._records is not None:
            record = next(iter(self._records.runs(masterplan_id, limit=1)), None)
        if record is None:
            raise UnknownRunError(f"no run of masterplan '{masterplan_id}' is known: execute it first")
        return execution_summary(record)

    async def isolation(self, masterplan: Masterplan) -> Isolation:
        """Return what the sandbox for this plan holds on this machine."""
        return (await self._sandbox(masterplan))[0].isolation

    async def _sandbox(self, masterplan: Masterplan) -> tuple[Sandbox, SlotPool]:
        preload = tuple(dict.fromkeys((*self.settings.preload, *masterplan.preload)))
        async with self._starting:
            if preload not in self._sandboxes:
                options = SandboxOptions(
                    slots=self.settings.slot_count,
                    languages=self.plugins.languages,
                    preload=preload,
                    allow_degraded=self.settings.allow_degraded,
                )
                sandbox = self.plugins.sandbox_factory(self.settings.sandbox)(options)
                try:
                    await sandbox.start()
                except BaseException:
                    await sandbox.close()
                    raise
                self._sandboxes[preload] = (sandbox, SlotPool(options.slots))
            return self._sandboxes[preload]


class CodeExecutor:
    """Executes atoms that need no plan: one, or several that may depend on one another."""

    def __init__(self, service: ExecutionService) -> None:
        """Execute on the sandboxes of ``service``."""
        self._service = service

    async def execute_atom(
        self, atom: Atom, input_data: Mapping[str, JsonValue] | None = None
    ) -> ExecutionResult:
        """Execute one atom, which needs no other. ``input_data`` replaces or adds input values by name."""
        plan = _loose_plan([atom])
        return await self._service.execute_atom(plan, atom.id, input_data)

    async def execute_batch(self, atoms: Sequence[Atom]) -> list[ExecutionResult]:
        """Execute atoms, which need no others than one another; results in the same order."""
        run = await self._service.execute_masterplan(_loose_plan(atoms))
        return [run.results[atom.id] for atom in atoms]


def _loose_plan(atoms: Sequence[Atom]) -> Masterplan:
    plan = Masterplan(name="batch", atoms={atom.id: atom for atom in atoms})
    if len(plan) != len(atoms):
        raise MgeError("two atoms of the batch have the same id: give each its own")
    for atom in atoms:
        for needed in atom.predecessors:
            if needed not in plan.atoms:
                raise _unknown(needed, plan)
    return plan


def _unknown(atom_id: str, masterplan: Masterplan) -> UnknownAtomError:
    close = difflib.get_close_matches(atom_id, masterplan.atoms, n=1)
    return UnknownAtomError(atom_id, masterplan.name, close[0] if close else None)


def _refusal(atom: Atom, before: str, after: str) -> str | None:
    """Return why ``after`` may not count as a repair; the gate is loaded when something is to pass it."""
    from mge_toolkit.retry.gate import refusal

    return refusal(atom, before, after)


async def arun(
    plan: Masterplan | str | Path, settings: Settings | None = None, *, atoms: Collection[str] | None = None
) -> RunResult:
    """Run a plan, or the plan in a file, from its first atom to its last, and leave nothing running.

    Raises ``PlanError``, ``SettingsError``, ``SandboxUnavailableError``; an atom's failure is in the result.
    """
    async with ExecutionService(settings) as service:
        if isinstance(plan, Masterplan):
            masterplan = plan
        else:
            from mge_toolkit.plan import load_masterplan

            masterplan = load_masterplan(plan, languages=service.plugins.languages)
        return await (await service.prepare(masterplan, atoms=atoms)).execute()


def run(
    plan: Masterplan | str | Path, settings: Settings | None = None, *, atoms: Collection[str] | None = None
) -> RunResult:
    """Do what :func:`arun` does and wait for it; inside a running event loop too, as in a notebook."""
    if not _in_event_loop():
        return asyncio.run(arun(plan, settings, atoms=atoms))
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, arun(plan, settings, atoms=atoms)).result()


def _in_event_loop() -> bool:
    """Return whether this thread runs an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
