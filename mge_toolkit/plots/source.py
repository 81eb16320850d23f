"""What the plots read: a run, a recorded run or its data frames, brought into columns once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias, cast, runtime_checkable

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.records import RecordedRun
from mge_toolkit.core.results import Category, ExecutionResult, Failure, Origin, Outcome, Role, Strategy
from mge_toolkit.core.runs import RunResult
from mge_toolkit.plots.palette import STATUS_COLOURS, TRIED, Status, status_of
from mge_toolkit.reporting.monitoring.patterns import PLAN

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd


@runtime_checkable
class EndingRun(Protocol):
    """A run that may still go on, such as a notebook's."""

    def result(self) -> RunResult:
        """Return the whole run when it has ended."""


Source: TypeAlias = (
    "RunResult | RecordedRun | EndingRun | pd.DataFrame | Mapping[str, pd.DataFrame] | RunData"
)
"""What a plot takes: a run, or one of its frames, or a mapping of them by ``atoms`` and ``attempts``."""

_ATOMS: Final = frozenset({"atom_id", "outcome", "healed", "flaky", "attempts", "wave"})
_ATTEMPTS: Final = frozenset({"atom_id", "number", "passed", "slot", "started_at", "wall", "wave"})


class AtomRow(NamedTuple):
    """One atom: ``seconds`` of its attempts together, ``memory`` in bytes at most (``None``: not known).

    ``executed`` is false for what was taken over from another run or the cache.
    """

    atom_id: str
    wave: int
    status: Status
    seconds: float
    memory: int | None
    component: str | None = None
    module: str | None = None
    executed: bool = True
    attempts: int = 0


class AttemptRow(NamedTuple):
    """One attempt: ``start`` in seconds from the run's start, ``wall`` in seconds."""

    atom: AtomRow
    number: int
    slot: int
    start: float
    wall: float
    source: str
    failure: Failure | None = None
    strategy: Strategy | None = None

    @property
    def status(self) -> Status:
        """Return how the attempt is shown: it failed, or it is the one with which its atom passed."""
        if self.failure is not None:
            return Status.FAILED
        passed = (Status.PASSED, Status.HEALED, Status.FLAKY)
        return self.atom.status if self.atom.status in passed else Status.PASSED

    @property
    def colour(self) -> str:
        """Return the colour of the time that it took."""
        return STATUS_COLOURS[self.status]


class TrialRow(NamedTuple):
    """What was executed to find or to confirm an attempt's code: ``start`` and ``wall`` as an attempt's."""

    atom: AtomRow
    slot: int
    start: float
    wall: float

    @property
    def colour(self) -> str:
        """Return the colour of the time that it took."""
        return TRIED


@dataclass(frozen=True, kw_only=True, slots=True)
class RunData:
    """One run as the plots read it. ``attempts`` are those that the run executed itself, atom by atom.

    ``trials`` is what repairs executed besides. Where only frames are given there are no ``trials``, ``wall`` and
    ``slots`` are 0, and ``run`` is ``None``.
    """

    atoms: Sequence[AtomRow]
    attempts: Sequence[AttemptRow]
    trials: Sequence[TrialRow] = ()
    wall: float = 0.0
    slots: int = 0
    critical_path: tuple[str, ...] = ()
    critical_path_time: float = 0.0
    run: RunResult | None = None
    plan: Masterplan | None = None
    has_attempts: bool = True
    stop_reason: str | None = None

    @property
    def busy(self) -> Sequence[AttemptRow | TrialRow]:
        """Return all that kept slots busy."""
        return [*self.attempts, *self.trials]

    @property
    def slot_count(self) -> int:
        """Return how many slots there were, as far as is known."""
        return self.slots or 1 + max((attempt.slot for attempt in self.attempts), default=0)

    @property
    def end(self) -> float:
        """Return when the last attempt ended, in seconds from the start, or when the run did if that is later."""
        return max(self.wall, max((one.start + one.wall for one in self.attempts), default=0.0))


def read(source: Source) -> RunData:
    """Return a run, or frames of it, in columns; of a run that still goes on wait for the end.

    Frames are one of ``atoms_frame()`` and ``attempts_frame()``, or a mapping with both under ``atoms`` and
    ``attempts``. Raises ``TypeError`` or ``ValueError`` for anything else.
    """
    if isinstance(source, RunData):
        return source
    if isinstance(source, RecordedRun):
        return _of_run(source.result, source.plan)
    if isinstance(source, RunResult):
        return _of_run(source, source.plan)
    if isinstance(source, Mapping):
        return _of_frames(source.get("atoms"), source.get("attempts"))
    columns = frozenset(getattr(source, "columns", ()))
    if columns >= _ATTEMPTS:
        return _of_frames(None, cast("pd.DataFrame", source))
    if columns >= _ATOMS:
        return _of_frames(cast("pd.DataFrame", source), None)
    if isinstance(source, EndingRun):  # asked last: a frame may have a column of that name
        return read(source.result())
    raise TypeError(
        f"{type(source).__name__}: a plot takes a run, a recorded run, or its atoms_frame() or attempts_frame()"
    )


def with_attempts(source: Source, plot: str) -> RunData:
    """Return what :func:`read` does, for a plot of attempts. Raises ``ValueError`` where they are not given."""
    data = read(source)
    if not data.has_attempts:
        raise ValueError(
            f"{plot} shows attempts, which an atoms_frame() has not: give the run or attempts_frame()"
        )
    return data


def _of_run(run: RunResult, plan: Masterplan | None) -> RunData:
    atoms = {name: _atom_of(result) for name, result in run.results.items()}
    attempts = [
        one
        for name, result in run.results.items()
        if result.origin is Origin.EXECUTED
        for one in _attempts_of(atoms[name], result, run.started_at)
    ]
    return RunData(
        atoms=list(atoms.values()),
        attempts=attempts,
        trials=[
            one
            for name, result in run.results.items()
            if result.origin is Origin.EXECUTED
            for one in _trials_of(atoms[name], result, run.started_at)
        ],
        wall=run.wall,
        slots=run.slots,
        critical_path=run.critical_path,
        critical_path_time=run.critical_path_time,
        run=run,
        plan=plan,
        stop_reason=run.stop_reason,
    )


def _atom_of(result: ExecutionResult) -> AtomRow:
    usages = [attempt.execution.usage for attempt in result.attempts]
    return AtomRow(
        atom_id=result.atom_id,
        wave=result.wave,
        status=status_of(result),
        seconds=sum(usage.wall for usage in usages),
        memory=max((usage.peak_memory for usage in usages if usage.peak_memory is not None), default=None),
        component=result.component,
        module=result.module,
        executed=result.origin is Origin.EXECUTED,
        attempts=len(usages),
    )


def _attempts_of(atom: AtomRow, result: ExecutionResult, started_at: datetime) -> Iterator[AttemptRow]:
    for attempt in result.attempts:
        failure, decision = attempt.failure, attempt.decision
        yield AttemptRow(
            atom=atom,
            number=attempt.number,
            slot=attempt.slot,
            start=max((attempt.started_at - started_at).total_seconds(), 0.0),
            wall=attempt.execution.usage.wall,
            source=attempt.source,
            failure=failure,
            strategy=None if decision is None else decision.strategy,
        )


def _trials_of(atom: AtomRow, result: ExecutionResult, started_at: datetime) -> Iterator[TrialRow]:
    for attempt in result.attempts:
        for one in attempt.work:
            start = max((one.started_at - started_at).total_seconds(), 0.0)
            yield TrialRow(atom=atom, slot=one.slot, start=start, wall=one.wall)


def _of_frames(atoms: pd.DataFrame | None, attempts: pd.DataFrame | None) -> RunData:
    if atoms is None and attempts is None:
        raise ValueError("a plot of frames takes a mapping with 'atoms', 'attempts' or both")
    tried = [] if attempts is None else _rows(attempts)
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in tried:
        grouped.setdefault(row["atom_id"], []).append(row)
    if atoms is not None:
        known = [_atom_of_row(row) for row in _rows(atoms)]
    else:
        known = [_atom_of_attempts(rows) for rows in grouped.values()]
    begun = [row["started_at"] for row in tried if row["started_at"] is not None]
    start = min(begun) if begun else None
    found = [
        _attempt_of_row(row, atom, start)
        for atom in known
        if atom.executed
        for row in grouped.get(atom.atom_id, ())
    ]
    return RunData(atoms=known, attempts=found, has_attempts=attempts is not None)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows with ``None`` for what is missing."""
    columns = {}
    for name in frame.columns:
        values = frame[name].astype(object)
        columns[str(name)] = values.where(values.notna(), None).tolist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _atom_of_row(row: Mapping[str, Any]) -> AtomRow:
    outcome = row["outcome"]
    if outcome == Outcome.PASSED and (row["flaky"] or row["healed"]):
        outcome = Status.FLAKY if row["flaky"] else Status.HEALED
    return AtomRow(
        atom_id=row["atom_id"],
        wave=row["wave"],
        status=Status(outcome),
        seconds=_seconds(row.get("wall")),
        memory=row.get("peak_memory"),
        component=row.get("component"),
        module=row.get("module"),
        executed=row.get("origin", Origin.EXECUTED) == Origin.EXECUTED,
        attempts=row["attempts"],
    )


def _atom_of_attempts(rows: Sequence[Mapping[str, Any]]) -> AtomRow:
    """Return an atom as its attempts show it; what became of it is what the last one says."""
    first, last = rows[0], rows[-1]
    if last["passed"]:
        status = Status.PASSED
        if len(rows) > 1:
            status = Status.FLAKY if last.get("source") == PLAN else Status.HEALED
    else:
        status = Status.SKIPPED if last.get("strategy") == Strategy.SKIP else Status.FAILED
        if last.get("culprit") not in (None, first["atom_id"]):
            status = Status.BLOCKED
    sizes = [row["peak_memory"] for row in rows if row.get("peak_memory") is not None]
    return AtomRow(
        atom_id=first["atom_id"],
        wave=first["wave"],
        status=status,
        seconds=sum(_seconds(row["wall"]) for row in rows),
        memory=max(sizes, default=None),
        component=first.get("component"),
        module=first.get("module"),
        attempts=len(rows),
    )


def _attempt_of_row(row: Mapping[str, Any], atom: AtomRow, start: Any) -> AttemptRow:
    failure = None
    if not row["passed"]:
        failure = Failure(
            category=Category(row.get("category") or Category.RUNTIME),
            kind=row.get("kind") or "",
            message=row.get("message") or "",
            culprit=row.get("culprit") or atom.atom_id,
            role=Role(row.get("role") or Role.CODE),
            line=row.get("line"),
        )
    begun = row["started_at"]
    return AttemptRow(
        atom=atom,
        number=row["number"],
        slot=row["slot"],
        start=0.0 if begun is None or start is None else (begun - start).total_seconds(),
        wall=_seconds(row["wall"]),
        source=row.get("source") or PLAN,
        failure=failure,
        strategy=None if row.get("strategy") is None else Strategy(row["strategy"]),
    )


def _seconds(value: Any) -> float:
    if value is None:
        return 0.0
    return float(value.total_seconds()) if hasattr(value, "total_seconds") else float(value)
