"""What monitoring reports: frozen records of figures, each with ``to_data()`` for JSON.

Times are seconds, rates and shares lie between 0 and 1, sizes are bytes. A figure that is not defined is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mge_toolkit.core.results import Category, Outcome, Spending
from mge_toolkit.core.runs import Counts, Schedule
from mge_toolkit.reporting.monitoring.plain import Plain
from mge_toolkit.reporting.monitoring.statistics import Interval, Spread


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorCount(Plain):
    """Failures of one category and kind: attempts that failed so, and atoms whose last attempt did."""

    category: Category
    kind: str
    failures: int
    unresolved: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RemedyFigures(Plain):
    """What one strategy, or one source of fixes, came to.

    ``decided`` counts the failures after which the strategy was chosen (0 for a source), ``rounds`` the attempts
    with changed code that came of it, ``fixed`` those of them that passed, ``fix_rate`` is fixed ÷ rounds.
    ``tried`` and ``refused`` count a source's candidates (0 for a strategy). ``seconds`` is the wall time of all
    executions in its rounds; ``spending`` what its rounds cost.
    """

    name: str
    decided: int
    rounds: int
    fixed: int
    fix_rate: float | None
    tried: int
    refused: int
    seconds: float
    spending: Spending


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals(Plain):
    """The figures of the atoms of one run, or of several.

    ``success_rate`` is passed ÷ (passed + failed) of ``counts``, with its 95 % Wilson interval. ``executions``
    are attempts that ran, of which ``successes`` passed and ``failures`` failed; ``retries`` are those after an
    atom's first. ``candidates`` were tried inside rounds of repair, which took ``candidate_seconds`` beside the
    attempts. ``rescheduled`` counts infrastructure errors under first attempts, whether run again or given up.
    Atoms that were taken over from an earlier run or the cache count in ``counts`` and ``errors``, and in nothing
    that is about executions, times and money. The percentiles of ``wall`` and ``cpu`` (of attempts) are within
    1 % of the exact ones.
    """

    counts: Counts
    success_rate: float | None
    interval: Interval | None
    executed_atoms: int
    executions: int
    successes: int
    failures: int
    retries: int
    candidates: int
    refused: int
    rescheduled: int
    wall: Spread
    cpu: Spread
    candidate_seconds: float
    peak_memory: int | None
    errors: tuple[ErrorCount, ...]
    sources: tuple[RemedyFigures, ...]
    spending: Spending


@dataclass(frozen=True, kw_only=True, slots=True)
class WaveFigures(Plain):
    """One wave. ``status`` is ``planned``, ``running`` or ``finished``.

    ``started`` counts the atoms that were given a slot, ``done`` those with a final outcome, of whatever kind.
    ``parallelism`` is ``attempt_time`` ÷ ``wall``; ``theoretical_parallelism`` the most there could be, the lesser
    of atoms and slots. ``barrier_time`` is in slot-seconds: for each slot that the wave used, the time from its
    last use by the wave to the wave's end, added. In the schedule ``waves`` those slots stood idle for so long;
    in ``ready`` they could go on with other waves, and it is what a barrier here would have cost. ``and_later``
    marks the last entry of a very deep plan, which sums up its further waves.
    """

    number: int
    status: str
    planned: int
    started: int
    done: int
    counts: Counts
    success_rate: float | None
    wall: float
    attempt_time: float
    parallelism: float
    theoretical_parallelism: int
    barrier_time: float
    and_later: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TrendPoint(Plain):
    """One finished run of a masterplan, as trends show it."""

    run_id: str
    started_at: datetime
    atoms: int
    success_rate: float | None
    wall: float
    healed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change(Plain):
    """A figure now, in the run before, the median of the runs before, and now minus that median."""

    now: float | None
    previous: float | None
    median: float | None
    difference: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend(Plain):
    """A run against the finished runs of its masterplan that started before it, oldest first in ``earlier``.

    For a run that still goes on ``wall`` and ``healed`` are those so far.
    """

    earlier: tuple[TrendPoint, ...]
    success_rate: Change
    wall: Change
    healed: Change


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalPath(Plain):
    """The chain of atoms that took longest together: its first atoms, its length, its seconds."""

    atoms: tuple[str, ...]
    length: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFigures(Plain):
    """One run, live or finished.

    ``throughput`` is atoms executed ÷ ``wall``, a second. ``parallelism`` is attempt time ÷ ``wall``.
    ``settled`` atoms have their outcome, ``running`` ones a slot. ``critical_path`` is known when it has finished.
    """

    run_id: str
    masterplan: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    slots: int
    schedule: Schedule | None
    isolation: str | None
    planned: int
    settled: int
    running: int
    wall: float
    parallelism: float
    throughput: float | None
    stop_reason: str | None
    resumed_from: str | None
    critical_path: CriticalPath | None
    totals: Totals
    waves: tuple[WaveFigures, ...]
    trend: Trend


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoringSummary(Plain):
    """Everything asked for: ``totals`` of the chosen runs together, and the runs themselves, first started first.

    Without a ``run_id`` the totals also hold the runs that are no longer kept by themselves.
    """

    runs: tuple[RunFigures, ...]
    totals: Totals


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorPattern(Plain):
    """Failures that say the same at the same place, in one masterplan.

    ``message`` is their message with numbers, quoted values, addresses and paths blanked, ``example`` the first
    in full. ``failures`` counts attempts, ``atoms`` each atom once a run; of those atoms ``healed`` passed with
    changed code, ``flaky`` passed unchanged, ``unresolved`` ended with this failure. ``fix_rate`` is healed ÷
    atoms. ``atom_ids`` are up to three examples. ``strategies`` says what was done about these failures.
    """

    masterplan: str
    category: Category
    kind: str
    message: str
    place: str
    example: str
    failures: int
    atoms: int
    healed: int
    flaky: int
    unresolved: int
    fix_rate: float | None
    first_wave: int
    atom_ids: tuple[str, ...]
    strategies: tuple[RemedyFigures, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorAnalysis(Plain):
    """Why atoms failed: by category and kind, by pattern (most failures first), and what was done about it.

    ``other_failures`` counts those of patterns that were too many to be kept apart.
    """

    run_ids: tuple[str, ...]
    failures: int
    errors: tuple[ErrorCount, ...]
    patterns: tuple[ErrorPattern, ...]
    other_failures: int
    strategies: tuple[RemedyFigures, ...]
    sources: tuple[RemedyFigures, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SlowAtom(Plain):
    """An atom by the wall time of its attempts together."""

    run_id: str
    masterplan: str
    atom_id: str
    wave: int
    outcome: Outcome
    attempts: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPerformance(Plain):
    """How fast one run was. The fields are those of :class:`RunFigures`."""

    run_id: str
    masterplan: str
    status: str
    slots: int
    wall: float
    parallelism: float
    throughput: float | None
    barrier_time: float
    critical_path: CriticalPath | None
    waves: tuple[WaveFigures, ...]
    trend: Trend


@dataclass(frozen=True, kw_only=True, slots=True)
class PerformanceAnalysis(Plain):
    """Where the time went: in the chosen runs, and over their attempts together (percentiles within 1 %)."""

    runs: tuple[RunPerformance, ...]
    wall: Spread
    cpu: Spread
    candidate_seconds: float
    peak_memory: int | None
    slowest: tuple[SlowAtom, ...]
    strategies: tuple[RemedyFigures, ...]
