"""What is known of a run so far: fed by its events in the engine's thread, read in any other."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from mge_toolkit.core.events import (
    AtomFinished,
    AttemptFinished,
    AttemptRescheduled,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
)
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Origin
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.live.spans import (
    DRAWN_SINGLY,
    Grouping,
    Span,
    Stretches,
    attempt_spans,
    single_bars,
    spans_of,
)
from mge_toolkit.notebook.pictures.lanes import RUNNING, Bar, Lane, LanesPicture
from mge_toolkit.plots.palette import Status, status_of
from mge_toolkit.reporting.failures import label, seconds_text

FAILURES_SHOWN: Final = 5
_RECENT: Final = 10.0  # seconds over which throughput is measured
_BAD: Final = (Status.FAILED, Status.ERROR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a run is: seconds so far and left, atoms executed a second, atoms planned and settled.

    What was stopped is not settled.
    """

    planned: int
    settled: int
    elapsed: float
    left: float | None
    rate: float | None


class LiveRun:
    """A run as its events tell it. What it costs does not grow with what has happened already.

    Called with each event in the engine's thread; everything else may be called from any.
    """

    def __init__(self, plan: Masterplan, run_id: str) -> None:
        """Know nothing yet but the plan."""
        self.plan = plan
        self.run_id = run_id
        self.version = 0
        self._lock = Lock()
        self._began = time.monotonic()
        self._started_at = datetime.now(UTC)
        self._waves: dict[str, int] = {}
        self._planned: Counter[int] = Counter()
        self._settled: Counter[int] = Counter()
        self._bad: Counter[int] = Counter()
        self._counts: Counter[Status] = Counter()
        self._grouping = Grouping.of(())
        self._slots = 1
        self._running: dict[str, tuple[int, float]] = {}
        self._spans: list[Span] = []
        self._attempts = 0
        self._trials = 0
        self._stretches = Stretches()
        self._recent: deque[float] = deque()
        self._executed = 0
        self._failures: list[tuple[str, str]] = []
        self._finished: RunResult | None = None
        self._broken_off: float | None = None
        self._takers: dict[type, Callable[..., None]] = {
            RunStarted: self._run_started,
            AttemptStarted: self._attempt_started,
            AttemptFinished: self._attempt_finished,
            AttemptRescheduled: self._attempt_rescheduled,
            AtomFinished: self._atom_finished,
            RunFinished: self._run_finished,
        }

    @classmethod
    def of_result(cls, plan: Masterplan, result: RunResult) -> LiveRun:
        """Return a run that is over."""
        run = cls(plan, result.run_id)
        run._started_at = result.started_at
        run._slots = result.slots
        run._take_waves({name: found.wave for name, found in result.results.items()})
        for span in spans_of(result):
            run._add_span(span)
        for found in result.results.values():
            run._settle(found)
        run._finished = result
        return run

    def __call__(self, event: Event) -> None:
        """Take one event of the run."""
        take = self._takers.get(type(event))
        if take is not None:
            with self._lock:
                take(event)
                self.version += 1

    @property
    def result(self) -> RunResult | None:
        """Return how the run ended, ``None`` while it goes on."""
        return self._finished

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Return the first few atoms that failed, with the first line of why."""
        return list(self._failures)

    def break_off(self) -> None:
        """Learn that the run is over without having ended as runs do: no event comes any more."""
        with self._lock:
            if self._finished is None:
                self._broken_off = time.monotonic() - self._began
                self._running.clear()
                self.version += 1

    def progress(self) -> Progress:
        """Return how far the run is."""
        with self._lock:
            return self._progress()

    def picture(self) -> LanesPicture:
        """Return the run as a picture of its waves over time."""
        with self._lock:  # all that is read is of one moment: the next event may change any of it
            over, grouping, slots = self._over, self._grouping, self._slots
            progress = self._progress()
            headline, text = self._headline(), _figures_text(progress, slots, self._finished)
            counts, trials = self._shown_counts(), self._trials
            going = self._going_bars(progress.elapsed)
            spans = list(self._spans) if self._attempts <= DRAWN_SINGLY else None
            stretches = self._stretches.copy()
            figures = {
                lane: (
                    sum(self._settled[wave] for wave in waves),
                    sum(self._planned[wave] for wave in waves),
                    any(self._bad[wave] for wave in waves),
                )
                for lane, _, waves in grouping.lanes()
            }
        lanes = []
        for lane, name, _ in grouping.lanes():
            settled, planned, bad = figures[lane]
            if spans is None:
                bars = stretches.bars(lane, slots)
            else:
                bars = single_bars((s for s in spans if grouping.lane(s.wave) == lane), slots)
            lanes.append(Lane(name, f"{settled:,}/{planned:,}", [*bars, *going.get(lane, ())], bad))
        return LanesPicture(
            lanes=lanes,
            start=0.0,
            end=_round_end(progress.elapsed, over=over),
            headline=headline,
            figures=text,
            counts=counts,
            trials=trials,
            now=None if over else progress.elapsed,
        )

    @property
    def _over(self) -> bool:
        return self._finished is not None or self._broken_off is not None

    def _headline(self) -> str:
        if self._finished is None:
            state = "running" if self._broken_off is None else "broken off"
            return f"{self.plan.name}: {state} (run {self.run_id})"
        bad = self._finished.exit_status
        return f"{self.plan.name}: {'not all passed' if bad else 'all passed'} (run {self.run_id})"

    def _progress(self) -> Progress:
        planned, settled = sum(self._planned.values()), sum(self._settled.values())
        if self._finished is not None:
            wall = self._finished.wall
            rate = self._executed / wall if wall else None
            return Progress(planned=planned, settled=settled, elapsed=wall, left=None, rate=rate)
        if self._broken_off is not None:
            return Progress(planned=planned, settled=settled, elapsed=self._broken_off, left=None, rate=None)
        elapsed = time.monotonic() - self._began
        while self._recent and self._recent[0] < elapsed - _RECENT:
            self._recent.popleft()
        span = min(_RECENT, elapsed)
        rate = len(self._recent) / span if span > 0.5 else None
        left = self._undecided() / rate if rate and elapsed > 1 else None
        return Progress(planned=planned, settled=settled, elapsed=elapsed, left=left, rate=rate)

    def _shown_counts(self) -> dict[str, int]:
        counts = {status.value: self._counts[status] for status in Status}
        if not self._over:
            counts["running"] = len(self._running)
            counts["waiting"] = max(0, self._undecided() - len(self._running))
        return counts

    def _undecided(self) -> int:
        """Return how many atoms have no outcome yet; what was stopped has one, although it is not settled."""
        return sum(self._planned.values()) - self._counts.total()

    def _going_bars(self, now: float) -> dict[int, list[Bar]]:
        bars: dict[int, list[Bar]] = {}
        for atom_id, (slot, since) in self._running.items():
            height = max(self._slots, slot + 1)
            bar = Bar(
                min(since, now),
                now,
                1 - (slot + 0.9) / height,
                1 - (slot + 0.05) / height,
                RUNNING,
                f"{atom_id}: running",
            )
            bars.setdefault(self._grouping.lane(self._waves.get(atom_id, 0)), []).append(bar)
        return bars

    def _take_waves(self, waves: dict[str, int]) -> None:
        self._waves = waves
        self._planned = Counter(waves.values())
        self._grouping = Grouping.of(self._planned)

    def _run_started(self, event: RunStarted) -> None:
        # Recorded events arrive late, and attempts are drawn by the clock that this time is of.
        late = (datetime.now(UTC) - event.started_at).total_seconds()
        self._began = time.monotonic() - max(0.0, late)
        self._started_at = event.started_at
        self._slots = event.slots
        self._take_waves(dict(event.waves))

    def _attempt_started(self, event: AttemptStarted) -> None:
        # Where a repair goes on, what ran since the last attempt that is drawn belongs to it as well.
        self._running.setdefault(event.atom_id, (event.slot, time.monotonic() - self._began))

    def _attempt_rescheduled(self, event: AttemptRescheduled) -> None:
        self._running.pop(event.atom_id, None)

    def _attempt_finished(self, event: AttemptFinished) -> None:
        wave = self._waves.get(event.atom_id, 0)
        spans = list(attempt_spans(event.atom_id, wave, event.attempt, self._started_at))
        for span in spans:
            self._add_span(span)
        going = self._running.get(event.atom_id)
        if going is not None:  # until the atom has finished: its repair may go on
            self._running[event.atom_id] = (going[0], max(span.end for span in spans))

    def _add_span(self, span: Span) -> None:
        self._trials += span.tried
        self._attempts += 1
        if self._attempts <= DRAWN_SINGLY:
            self._spans.append(span)
        elif self._spans:
            self._spans.clear()
        self._stretches.add(self._grouping.lane(span.wave), span.colour, span.start, span.end)

    def _atom_finished(self, event: AtomFinished) -> None:
        self._running.pop(event.result.atom_id, None)
        self._settle(event.result)
        if _was_executed(event.result):
            self._recent.append(time.monotonic() - self._began)

    def _settle(self, result: ExecutionResult) -> None:
        status = status_of(result)
        self._counts[status] += 1
        self._settled[result.wave] += status is not Status.STOPPED
        self._executed += _was_executed(result)
        if status in _BAD:
            self._bad[result.wave] += 1
            if len(self._failures) < FAILURES_SHOWN:
                self._failures.append((result.atom_id, failure_text(result)))

    def _run_finished(self, event: RunFinished) -> None:
        self._running.clear()
        self._finished = event.result


def _was_executed(result: ExecutionResult) -> bool:
    return bool(result.attempts) and result.origin is Origin.EXECUTED


def failure_text(result: ExecutionResult) -> str:
    """Return in one line why an atom did not pass."""
    failure = result.failure
    if failure is None:
        text = result.reason or (result.evidence[-1] if result.evidence else result.outcome.value)
    else:
        text = f"{label(failure)}: {failure.message}"
    return next(iter(text.strip().splitlines()), "")[:300]


def _round_end(elapsed: float, *, over: bool) -> float:
    """Return where the axis ends: a live one grows by steps, so that what is drawn does not always move."""
    if over:
        return max(elapsed, 0.002)
    end = 0.25
    while end < elapsed:
        end *= 1.5
    return end


def _figures_text(progress: Progress, slots: int, result: RunResult | None) -> str:
    parts = [
        f"{progress.settled:,} of {progress.planned:,} atoms",
        seconds_text(progress.elapsed),
        f"{slots} slot{'s' * (slots != 1)}",
    ]
    if result is not None:
        parts.append(f"{result.parallelism:.2f} busy on average")
    if progress.rate is not None:
        parts.append(f"{progress.rate:,.1f} atoms/s")
    if progress.left is not None:
        left = f"{progress.left / 60:.0f} min" if progress.left > 90 else f"{max(1.0, progress.left):.0f} s"
        parts.append(f"about {left} left")
    if result is not None and result.stop_reason is not None:
        parts.append(f"stopped early: {result.stop_reason}")
    return " · ".join(parts)
