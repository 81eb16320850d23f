"""Attempts as stretches of time in lanes: one by one, or added up where there are too many to tell apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from mge_toolkit.core.results import Attempt, Origin
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.pictures.lanes import Bar
from mge_toolkit.plots.palette import STATUS_COLOURS, Status
from mge_toolkit.reporting.failures import seconds_text

LANES_SHOWN: Final = 20
"""Beyond so many waves, several share a lane."""
DRAWN_SINGLY: Final = 400
"""Up to so many attempts each is drawn by itself, and tells its name under a pointer."""
STRETCHES: Final = 220
_SHORTEST: Final = 0.002
_STACKED: Final = (Status.PASSED, Status.HEALED, Status.FLAKY, Status.FAILED)


class Span(NamedTuple):
    """One attempt: when it started, in seconds from the run's start, and how long it took."""

    atom_id: str
    wave: int
    slot: int
    start: float
    wall: float
    status: Status
    number: int

    @property
    def end(self) -> float:
        """Return when it ended."""
        return self.start + self.wall


def span_of(atom_id: str, wave: int, attempt: Attempt, started_at: datetime) -> Span:
    """Return an attempt as a span of the run that started at that time."""
    start = max(0.0, (attempt.started_at - started_at).total_seconds())
    return Span(
        atom_id,
        wave,
        attempt.slot,
        start,
        attempt.execution.usage.wall,
        attempt_status(attempt),
        attempt.number,
    )


def attempt_status(attempt: Attempt) -> Status:
    """Return how an attempt is shown: one that passed with other code healed its atom."""
    if attempt.failure is not None:
        return Status.FAILED
    if attempt.number == 1:
        return Status.PASSED
    return Status.FLAKY if attempt.source == "plan" else Status.HEALED


def spans_of(result: RunResult) -> list[Span]:
    """Return every attempt that a run executed itself."""
    return [
        span_of(found.atom_id, found.wave, attempt, result.started_at)
        for found in result.results.values()
        if found.origin is Origin.EXECUTED
        for attempt in found.attempts
    ]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which waves share a lane."""

    waves: Sequence[int]
    together: int

    @classmethod
    def of(cls, waves: Iterable[int]) -> Grouping:
        """Return lanes for these waves, at most twenty."""
        numbers = sorted(set(waves)) or [0]
        return cls(numbers, max(1, math.ceil((numbers[-1] + 1) / LANES_SHOWN)))

    def lane(self, wave: int) -> int:
        """Return the lane of a wave."""
        return wave // self.together

    def lanes(self) -> Iterator[tuple[int, str, list[int]]]:
        """Return each lane with its name and its waves."""
        members: dict[int, list[int]] = {}
        for wave in self.waves:
            members.setdefault(self.lane(wave), []).append(wave)
        for lane, waves in members.items():
            yield lane, f"wave {waves[0]}" if len(waves) == 1 else f"waves {waves[0]}–{waves[-1]}", waves


def single_bars(spans: Iterable[Span], slots: int, marked: str = "") -> list[Bar]:
    """Return a bar for each span, in the row of its slot."""
    return [
        Bar(
            span.start,
            span.end,
            1 - (span.slot + 0.9) / max(slots, span.slot + 1),
            1 - (span.slot + 0.05) / max(slots, span.slot + 1),
            STATUS_COLOURS[span.status],
            span_title(span),
            span.atom_id == marked,
        )
        for span in spans
    ]


def span_title(span: Span) -> str:
    """Return what a pointer over an attempt tells."""
    attempt = f", attempt {span.number}" if span.number > 1 else ""
    return (
        f"{span.atom_id}: {span.status.value}{attempt}, {seconds_text(span.wall)} "
        f"from {seconds_text(span.start)}, slot {span.slot}, wave {span.wave}"
    )


class Stretches:
    """Busy time by lane and status, in stretches of time that grow when the run outgrows them.

    Adding a span takes as long as it covers stretches; what is kept and drawn does not grow with the run.
    """

    def __init__(self, width: float = _SHORTEST, start: float = 0.0) -> None:
        """Begin with stretches of ``width`` seconds from ``start``."""
        self.width = width
        self.start = start
        self._busy: dict[tuple[int, Status], list[float]] = {}

    def add(self, lane: int, status: Status, start: float, end: float) -> None:
        """Add a span to its lane."""
        start, end = start - self.start, end - self.start
        while end > self.width * STRETCHES:
            self._grow()
        busy = self._busy.get((lane, status))
        if busy is None:
            busy = self._busy[lane, status] = [0.0] * STRETCHES
        width = self.width
        first, last = max(0, int(start / width)), min(STRETCHES - 1, int(end / width))
        if first >= last:
            busy[min(first, STRETCHES - 1)] += end - max(start, 0.0)
            return
        busy[first] += (first + 1) * width - max(start, 0.0)
        for place in range(first + 1, last):
            busy[place] += width
        busy[last] += end - last * width

    def copy(self) -> Stretches:
        """Return the same, which does not change any more."""
        other = Stretches(self.width, self.start)
        other._busy = {key: list(busy) for key, busy in self._busy.items()}
        return other

    def bars(self, lane: int, slots: int, title: str = "") -> list[Bar]:
        """Return the lane's bars: how many of the slots were busy, the statuses one above the other."""
        whole = self.width * max(1, slots)
        rows = [(status, self._busy[lane, status]) for status in _STACKED if (lane, status) in self._busy]
        bars = []
        for place in range(STRETCHES):
            low = 0.0
            for status, busy in rows:
                if busy[place] <= 0:
                    continue
                high = min(1.0, low + busy[place] / whole)
                start = self.start + place * self.width
                bars.append(Bar(start, start + self.width, low, high, STATUS_COLOURS[status], title))
                low = high
        return bars

    def _grow(self) -> None:
        self.width *= 2
        for key, busy in self._busy.items():
            pairs = [busy[place] + busy[place + 1] for place in range(0, STRETCHES, 2)]
            self._busy[key] = pairs + [0.0] * (STRETCHES - len(pairs))


def summed_bars(
    spans: Iterable[Span], grouping: Grouping, slots: int, start: float, end: float
) -> Mapping[int, list[Bar]]:
    """Return the bars of each lane for many spans between two times."""
    stretches = Stretches(max((end - start) / STRETCHES, 1e-6), start)
    for span in spans:
        if span.start < end and span.end > start:
            stretches.add(grouping.lane(span.wave), span.status, max(span.start, start), min(span.end, end))
    return {lane: stretches.bars(lane, slots) for lane, _, _ in grouping.lanes()}
