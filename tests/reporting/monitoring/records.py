"""Results and events as the engine would make them, for a collector."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mge_toolkit.core.events import RunFinished, RunStarted
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import (
    NO_ISOLATION,
    Attempt,
    Category,
    Execution,
    ExecutionResult,
    Failure,
    Outcome,
    RetryDecision,
    Spending,
    Strategy,
    Usage,
)
from mge_toolkit.core.runs import RunResult, Schedule, count

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def attempt(
    number: int = 1,
    failed: str | None = None,
    *,
    wall: float = 0.5,
    source: str = "",
    strategy: Strategy | None = None,
    spending: Spending | None = None,
    **fields: Any,
) -> Attempt:
    """Return an attempt of the atom ``a``; ``failed`` is the message of its failure, a runtime/value one."""
    failure = {"category": Category.RUNTIME, "kind": "value", "culprit": "a", **fields.pop("failure", {})}
    return Attempt(
        number=number,
        code=f"code {number}",
        execution=Execution(completed=failed is None, usage=Usage(wall=wall, cpu=wall / 2)),
        started_at=WHEN,
        slot=fields.pop("slot", 0),
        source=source or ("plan" if number == 1 else "fixer"),
        failure=None if failed is None else Failure(message=failed, **failure),
        decision=None if strategy is None else RetryDecision(strategy=strategy, confidence=1, reason="so"),
        spending=spending,
        **fields,
    )


def result(
    atom_id: str = "a", *attempts: Attempt, outcome: Outcome | None = None, **fields: Any
) -> ExecutionResult:
    """Return a result of these attempts, one that passed where none is given."""
    made = attempts or (attempt(),)
    if outcome is None:
        outcome = Outcome.PASSED if made[-1].passed else Outcome.FAILED
    return ExecutionResult(atom_id=atom_id, outcome=outcome, attempts=made, **{"wave": 0, **fields})


def unstarted(atom_id: str, outcome: Outcome, wave: int = 0) -> ExecutionResult:
    """Return an atom that never had a slot."""
    return ExecutionResult(atom_id=atom_id, outcome=outcome, wave=wave, reason="so")


def started(run_id: str, masterplan: str, waves: Mapping[str, int], slots: int = 2) -> RunStarted:
    """Return the first event of a run."""
    return RunStarted(
        run_id=run_id,
        masterplan=Masterplan(name=masterplan, atoms={}),
        waves=waves,
        slots=slots,
        schedule=Schedule.WAVES,
        isolation=NO_ISOLATION,
        started_at=WHEN + timedelta(seconds=len(run_id)),
    )


def finished(run_id: str, masterplan: str, *results: ExecutionResult, wall: float = 2.0) -> RunFinished:
    """Return the last event of a run."""
    return RunFinished(
        run_id=run_id,
        result=RunResult(
            run_id=run_id,
            masterplan=masterplan,
            results={one.atom_id: one for one in results},
            waves=(),
            counts=count(results),
            started_at=WHEN + timedelta(seconds=len(run_id)),
            wall=wall,
            slots=2,
            schedule=Schedule.WAVES,
            isolation=NO_ISOLATION,
            parallelism=1.0,
        ),
    )
