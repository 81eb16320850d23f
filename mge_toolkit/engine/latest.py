"""The latest run of each masterplan as its record would have it, kept while runs go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.metadata import version

from mge_toolkit.core.events import AtomFinished, Event, RunFinished, RunStarted
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import ExecutionResult, Origin
from mge_toolkit.core.runs import Counts


@dataclass(kw_only=True, slots=True)
class _Latest:
    record: RunRecord
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, result: ExecutionResult) -> None:
        self.counts[result.outcome.value] += 1
        self.counts["healed"] += result.healed
        self.counts["flaky"] += result.flaky
        if result.origin is not Origin.EXECUTED:
            self.counts[result.origin.value] += 1


class LatestRuns:
    """A subscriber that knows, for each masterplan, the run that started last; it keeps no results."""

    def __init__(self) -> None:
        """Start without runs."""
        self._by_plan: dict[str, _Latest] = {}

    def __call__(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, RunStarted):
            self._by_plan[event.masterplan.name] = _Latest(record=_record(event))
            return
        latest = next((one for one in self._by_plan.values() if one.record.run_id == event.run_id), None)
        if latest is None:
            return
        if isinstance(event, AtomFinished):
            latest.add(event.result)
        elif isinstance(event, RunFinished):
            result = event.result
            latest.record = replace(
                latest.record,
                finished_at=result.started_at + timedelta(seconds=result.wall),
                wall=result.wall,
                parallelism=result.parallelism,
                stop_reason=result.stop_reason,
            )

    def of(self, masterplan: str) -> RunRecord | None:
        """Return the run of a masterplan that started last, as far as it is."""
        latest = self._by_plan.get(masterplan)
        return None if latest is None else replace(latest.record, counts=Counts(**latest.counts))


def _record(event: RunStarted) -> RunRecord:
    return RunRecord(
        run_id=event.run_id,
        masterplan=event.masterplan.name,
        plan_path=event.masterplan.path,
        started_at=event.started_at,
        finished_at=None,
        planned=len(event.waves),
        counts=Counts(),
        wall=0.0,
        parallelism=0.0,
        slots=event.slots,
        schedule=event.schedule,
        repair=event.repair,
        isolation=event.isolation,
        environment=event.environment,
        toolkit_version=version("mge-toolkit"),
        resumed_from=event.resumed_from,
    )
