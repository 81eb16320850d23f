"""Runs as the engine tells them, for tests of what keeps them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from mge_toolkit.core.events import AtomFinished, Event, RunFinished, RunStarted, WaveFinished
from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RecordStore
from mge_toolkit.core.results import (
    Attempt,
    Category,
    Execution,
    ExecutionResult,
    Failure,
    Isolation,
    Origin,
    Outcome,
    Protection,
    RetryDecision,
    Strategy,
    Stream,
    Usage,
    Value,
)
from mge_toolkit.core.runs import RunResult, Schedule, WaveSummary, count

STARTED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ISOLATION = Isolation(sandbox="fake", mechanisms=dict.fromkeys(Protection, "nothing is executed"))
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A run: its events in order, and its parts by themselves."""

    start: RunStarted
    finished: tuple[AtomFinished, ...]
    waves: tuple[WaveFinished, ...]
    end: RunFinished

    @property
    def run_id(self) -> str:
        return self.start.run_id

    @property
    def events(self) -> tuple[Event, ...]:
        return (self.start, *self.finished, *self.waves, self.end)

    @property
    def unfinished(self) -> tuple[Event, ...]:
        """All but the end."""
        return self.events[:-1]


def passing_attempt(atom: Atom, **changes: object) -> Attempt:
    execution = Execution(
        completed=True,
        exit_code=0,
        result=Value(json=1),
        stdout=Stream(data=b"hello\n", total=6),
        usage=Usage(wall=0.5, cpu=0.25, peak_memory=10_000_000),
        isolation=ISOLATION,
    )
    attempt = Attempt(number=1, code=atom.code.text, execution=execution, started_at=STARTED, slot=1)
    return replace(attempt, **changes)  # type: ignore[arg-type]


def failing_attempt(atom: Atom) -> Attempt:
    failure = Failure(category=Category.RUNTIME, kind="name", message="no 'x'", culprit=atom.id, line=1)
    return passing_attempt(
        atom,
        failure=failure,
        decision=RetryDecision(strategy=Strategy.FIX, confidence=0.5, reason="a typo", failure=failure),
    )


def result_for(atom: Atom, outcome: Outcome = Outcome.PASSED) -> ExecutionResult:
    """Return a result with one attempt, where the outcome has any."""
    attempts = {Outcome.PASSED: (passing_attempt(atom),), Outcome.FAILED: (failing_attempt(atom),)}
    return ExecutionResult(
        atom_id=atom.id,
        outcome=outcome,
        wave=0,
        attempts=attempts.get(outcome, ()),
        reason=None if outcome is Outcome.PASSED else "it did not pass",
        digest=f"digest of {atom.id}" if outcome in attempts else None,
    )


def plan_with(names: Iterable[str], name: str = "webshop") -> Masterplan:
    atoms = {one: Atom(id=one, code=Source(text=f"result = {one!r}"), line=7) for one in names}
    return Masterplan(name=name, atoms=atoms, path=f"{name}.yaml")


def sample_run(
    outcomes: Mapping[str, Outcome] | Sequence[ExecutionResult] | None = None,
    *,
    name: str = "webshop",
    run_id: str | None = None,
    started_at: datetime | None = None,
    environment: str = "python 3.11",
    resumed_from: str | None = None,
) -> Sample:
    """Return a run with these outcomes or results; each started a minute after the one before."""
    number = next(_numbers)
    if outcomes is None:
        outcomes = {"first": Outcome.PASSED, "second": Outcome.FAILED, "third": Outcome.BLOCKED}
    names = outcomes if isinstance(outcomes, Mapping) else [result.atom_id for result in outcomes]
    plan = plan_with(names, name)
    if isinstance(outcomes, Mapping):
        results = [result_for(plan.atoms[one], outcome) for one, outcome in outcomes.items()]
    else:
        results = list(outcomes)
    start = RunStarted(
        run_id=run_id or f"{number:04x}{'5a' * 4}",
        masterplan=plan,
        waves=dict.fromkeys(plan.atoms, 0),
        slots=2,
        schedule=Schedule.READY,
        isolation=ISOLATION,
        started_at=started_at or STARTED + timedelta(minutes=number),
        repair=RepairLevel.FIX,
        resumed_from=resumed_from,
        environment=environment,
    )
    return _ended(start, results)


def _ended(start: RunStarted, results: Sequence[ExecutionResult]) -> Sample:
    """Return the run that started so and came to this."""
    summary = WaveSummary(
        number=0,
        planned=len(results),
        counts=count(results),
        wall=1.5,
        attempt_time=1.0,
        parallelism=0.75,
        theoretical_parallelism=2,
    )
    end = RunResult(
        run_id=start.run_id,
        masterplan=start.masterplan.name,
        results={result.atom_id: result for result in results},
        waves=(summary,),
        counts=count(results),
        started_at=start.started_at,
        wall=1.75,
        slots=2,
        schedule=start.schedule,
        isolation=ISOLATION,
        parallelism=0.5,
        critical_path=tuple(start.masterplan.atoms)[:1],
        critical_path_time=0.5,
        resumed_from=start.resumed_from,
    )
    return Sample(
        start=start,
        finished=tuple(AtomFinished(run_id=start.run_id, result=result) for result in results),
        waves=(WaveFinished(run_id=start.run_id, summary=summary),),
        end=RunFinished(run_id=start.run_id, result=end),
    )


def record(store: RecordStore, *samples: Sample, events: Iterable[Event] | None = None) -> None:
    """Write whole runs, or these events of one; raises what the journal's futures end with."""
    for sample in samples:
        journal = store.journal()
        futures = [journal.append(event) for event in (sample.events if events is None else events)]
        journal.close()
        for future in futures:
            if future is not None:
                future.result(60)


def taken_over(result: ExecutionResult, run_id: str) -> ExecutionResult:
    return replace(result, origin=Origin.RESUMED, origin_run=run_id)
