"""What can be seen of a run at this moment, whether it is in memory or was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mge_toolkit.api.live.recorded import Recorded
from mge_toolkit.api.live.registry import RunRegistry
from mge_toolkit.api.live.run import Going, LiveRun, Status
from mge_toolkit.core.errors import UnknownAtomError
from mge_toolkit.core.graph import waves
from mge_toolkit.core.plans import Masterplan, empty_mapping
from mge_toolkit.core.records import RecordedRun, RunRecord
from mge_toolkit.core.results import Attempt, ExecutionResult
from mge_toolkit.core.runs import RunResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A run without its atoms; ``live`` is the run itself where it is in memory."""

    record: RunRecord
    status: Status
    live: LiveRun | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """A whole run. ``waves`` has every atom; ``going`` and ``attempts`` are of atoms that are not settled."""

    head: Head
    plan: Masterplan
    waves: Mapping[str, int]
    results: Mapping[str, ExecutionResult]
    result: RunResult | None
    going: Mapping[str, Going] = field(default_factory=empty_mapping)
    attempts: Mapping[str, Sequence[Attempt]] = field(default_factory=empty_mapping)

    @property
    def last_event(self) -> int | None:
        """Return the number of the last event that was seen, of a run whose events are kept."""
        return None if self.head.live is None else self.head.live.feed.last

    def demand(self, atom_id: str) -> None:
        """Raise ``UnknownAtomError`` where the run has no such atom."""
        if atom_id not in self.plan.atoms:
            raise UnknownAtomError(atom_id[:200], self.plan.name)


class Runs:
    """Finds runs, in memory first and then in the records."""

    def __init__(self, registry: RunRegistry, recorded: Recorded) -> None:
        """Look in both."""
        self._registry = registry
        self._recorded = recorded

    async def heads(self, masterplan: str | None, limit: int) -> list[Head]:
        """Return at most ``limit`` runs, the last started first."""
        live = {
            run.run_id: live_head(run)
            for run in self._registry.all()
            if masterplan in (None, run.asked.plan.name)
        }
        records = await self._recorded.runs(masterplan, limit)
        found = [recorded_head(record) for record in records if record.run_id not in live]
        found += live.values()
        found.sort(key=lambda head: head.record.started_at, reverse=True)
        return found[:limit]

    async def head(self, run_id: str) -> Head:
        """Return one run. Raises ``UnknownRunError``."""
        live = self._registry.get(run_id)
        return recorded_head(await self._recorded.record(run_id)) if live is None else live_head(live)

    async def sight(self, run_id: str) -> Sight:
        """Return one run with its atoms. Raises ``UnknownRunError``."""
        live = self._registry.get(run_id)
        return recorded_sight(await self._recorded.run(run_id)) if live is None else live_sight(live)


def live_head(run: LiveRun) -> Head:
    """Return the head of a run in memory."""
    return Head(record=run.record(), status=run.status, live=run)


def recorded_head(record: RunRecord) -> Head:
    """Return the head of a recorded run."""
    return Head(record=record, status=Status.FINISHED if record.finished else Status.UNFINISHED)


def live_sight(run: LiveRun) -> Sight:
    """Return a run in memory."""
    return Sight(
        head=live_head(run),
        plan=run.asked.plan,
        waves=run.waves or _waves(run.asked.plan),
        results=run.results,
        result=run.result,
        going=run.going,
        attempts=run.attempts,
    )


def recorded_sight(run: RecordedRun) -> Sight:
    """Return a recorded run."""
    return Sight(
        head=recorded_head(run.record),
        plan=run.plan,
        waves=_waves(run.plan),
        results=run.result.results,
        result=run.result,
    )


def _waves(plan: Masterplan) -> Mapping[str, int]:
    return waves({name: atom.predecessors for name, atom in plan.atoms.items()})
