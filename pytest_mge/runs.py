"""The runs of one session: what was asked of the engine, and what came back for which item."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mge_toolkit.core.events import AtomFinished, Event, RunFinished
from mge_toolkit.core.results import ExecutionResult, Outcome
from mge_toolkit.core.runs import RunResult
from pytest_mge.collector import AtomItem, PlanFile

if TYPE_CHECKING:
    from pytest_mge.engine import EngineThread


@dataclass(kw_only=True, slots=True)
class PlanRun:
    """A masterplan being run: its items that wait for a result, and those that have one to be reported."""

    plan_file: PlanFile
    waiting: dict[str, list[AtomItem]]
    ready: deque[AtomItem] = field(default_factory=deque)
    finished: bool = False


class SessionRuns:
    """Starts the engine when the first atom is wanted, and hands its results to the items."""

    def __init__(
        self,
        items: Iterable[AtomItem],
        engine: Callable[[], EngineThread],
        *,
        on_event: Callable[[Event], None] | None,
        on_finish: Callable[[PlanFile, RunResult], None],
    ) -> None:
        """Serve ``items``; ``engine`` makes the engine when it is needed."""
        self._items: dict[PlanFile, list[AtomItem]] = {}
        for item in items:
            item.wanted = "skip" not in item.keywords or item.get_closest_marker("skip") is None
            self._items.setdefault(item.plan_file, []).append(item)
        self._make_engine = engine
        self._engine: EngineThread | None = None
        self._on_event = on_event
        self._on_finish = on_finish
        self._runs: dict[str, PlanRun] = {}
        self._by_file: dict[PlanFile, PlanRun] = {}

    def in_completion_order(self) -> Iterator[AtomItem]:
        """Yield every item when it can be reported, plan by plan."""
        for plan_file, items in self._items.items():
            yield from (item for item in items if not item.wanted)
            if not any(item.wanted for item in items):
                continue
            run = self._start(plan_file)
            while run.ready or run.waiting:
                if run.ready:
                    yield run.ready.popleft()
                else:
                    self._receive()
            self._finish(run)

    def wait_for(self, item: AtomItem) -> None:
        """Wait until ``item`` can be reported."""
        if item.wanted and not item.has_result():
            run = self._by_file.get(item.plan_file) or self._start(item.plan_file)
            while not item.has_result():
                self._receive()
            if not run.waiting:
                self._finish(run)

    def take_ready(self) -> list[AtomItem]:
        """Return the items that can be reported and have not been handed out."""
        found = [item for run in self._runs.values() for item in run.ready]
        for run in self._runs.values():
            run.ready.clear()
        return found

    def close(self, reason: str) -> None:
        """Cancel what still runs and leave nothing behind; ``reason`` says why."""
        if self._engine is not None:
            self._engine.close(reason)
            events = self._engine.rest()
            self._engine = None
            self._take(events)

    def _start(self, plan_file: PlanFile) -> PlanRun:
        waiting: dict[str, list[AtomItem]] = {}
        for item in self._items[plan_file]:
            if item.wanted:
                waiting.setdefault(item.atom.id, []).append(item)
        if self._engine is None:
            self._engine = self._make_engine()
        plan_file.reported = frozenset(waiting)
        everything = len(waiting) == len(plan_file.plan)
        run = PlanRun(plan_file=plan_file, waiting=waiting)
        self._runs[self._engine.start_run(plan_file.plan, None if everything else plan_file.reported)] = run
        self._by_file[plan_file] = run
        return run

    def _finish(self, run: PlanRun) -> None:
        """Wait for the end of a run whose items all have their results: its figures come last."""
        while not run.finished:
            self._receive()

    def _receive(self) -> None:
        if self._engine is None:
            raise RuntimeError("the engine was closed while an atom was waited for")
        self._take(self._engine.receive())

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if self._on_event is not None:
                self._on_event(event)
            if isinstance(event, AtomFinished):
                self._deliver(self._runs[event.run_id], event.result)
            elif isinstance(event, RunFinished):
                self._end(self._runs[event.run_id], event.result)

    @staticmethod
    def _deliver(run: PlanRun, result: ExecutionResult) -> None:
        items = run.waiting.pop(result.atom_id, None)
        if items is not None:
            for item in items:
                item.result = result
            run.ready.extend(items)
        elif result.outcome is not Outcome.PASSED:
            run.plan_file.others[result.atom_id] = result

    def _end(self, run: PlanRun, result: RunResult) -> None:
        run.finished = True
        for atom_id in tuple(run.waiting):
            # It must never look as if it had passed.
            reason = "the run ended without a result for this atom: please report this"
            self._deliver(run, ExecutionResult(atom_id=atom_id, outcome=Outcome.ERROR, wave=0, reason=reason))
        self._on_finish(run.plan_file, result)
