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
from mge_toolkit.plots.palette import STATUS_COLOURS, TRIED, Status
from mge_toolkit.reporting.failures import seconds_text

LANES_SHOWN: Final = 20
"""Beyond so many waves, several share a lane."""
DRAWN_SINGLY: Final = 400
"""Up to so many attempts each is drawn by itself, and tells its name under a pointer."""
STRETCHES: Final = 220
_SHORTEST: Final = 0.002
_STACKED: Final = (
    *(STATUS_COLOURS[status] for status in (Status.PASSED, Status.HEALED, Status.FLAKY, Status.FAILED)),
    TRIED,
)


class Span(NamedTuple):
    """One attempt, or what a repair ``tried`` for it, whose ``status`` tells nothing.

    ``start`` is in seconds from the run's start, ``wall`` how long it took.
    """

    atom_id: str
    wave: int
    slot: int
    start: float
    wall: float
    status: Status
    number: int
    tried: bool = False

    @property
    def colour(self) -> str:
        """Return the colour in which it is drawn."""
        return TRIED if self.tried else STATUS_COLOURS[self.status]

    @property
    def end(self) -> float:
        """Return when it ended."""
        return self.start + self.wall


def attempt_spans(atom_id: str, wave: int, attempt: Attempt, started_at: datetime) -> Iterator[Span]:
    """Return an attempt, and before it what else its round executed, in a run that started at that time."""

    def span(at: datetime, slot: int, wall: float, status: Status, *, tried: bool = False) -> Span:
        start = max(0.0, (at - started_at).total_seconds())
        return Span(atom_id, wave, slot, start, wall, status, attempt.number, tried)

    for one in attempt.work:
        yield span(one.started_at, one.slot, one.wall, Status.FAILED, tried=True)
    wall = attempt.execution.usage.wall
    yield span(attempt.started_at, attempt.slot, wall, attempt_status(attempt))


def attempt_status(attempt: Attempt) -> Status:
    """Return how an attempt is shown: one that passed with other code healed its atom."""
    if attempt.failure is not None:
        return Status.FAILED
    if attempt.number == 1:
        return Status.PASSED
    return Status.FLAKY if attempt.source == "plan" else Status.HEALED


def spans_of(result: RunResult) -> list[Span]:
    """Return every attempt that a run executed itself, and every repair trial."""
    return [
        span
        for found in result.results.values()
        if found.origin is Origin.EXECUTED
        for attempt in found.attempts
        for span in attempt_spans(found.atom_id, found.wave, attempt, result.started_at)
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
            span.colour,
            span_title(span),
            span.atom_id == marked and not span.tried,
        )
        for span in spans
    ]


def span_title(span: Span) -> str:
    """Return what a pointer over an attempt tells."""
    attempt = f", attempt {span.number}" if span.number > 1 else ""
    what = f"trial for attempt {span.number}" if span.tried else f"{span.status.value}{attempt}"
    return (
        f"{span.atom_id}: {what}, {seconds_text(span.wall)} "
        f"from {seconds_text(span.start)}, slot {span.slot}, wave {span.wave}"
    )


class Stretches:
    """Busy time by lane and colour, in stretches of time that grow when the run outgrows them.

    Adding a span takes as long as it covers stretches; what is kept and drawn does not grow with the run.
    """

    def __init__(self, width: float = _SHORTEST, start: float = 0.0) -> None:
        """Begin with stretches of ``width`` seconds from ``start``."""
        self.width = width
        self.start = start
        self._busy: dict[tuple[int, str], list[float]] = {}

    def add(self, lane: int, colour: str, start: float, end: float) -> None:
        """Add a span to its lane."""
        start, end = start - self.start, end - self.start
        while end > self.width * STRETCHES:
            self._grow()
        busy = self._busy.get((lane, colour))
        if busy is None:
            busy = self._busy[lane, colour] = [0.0] * STRETCHES
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
        """Return the lane's bars: how many of the slots were busy, the colours one above the other."""
        whole = self.width * max(1, slots)
        rows = [(colour, self._busy[lane, colour]) for colour in _STACKED if (lane, colour) in self._busy]
        bars = []
        for place in range(STRETCHES):
            low = 0.0
            for colour, busy in rows:
                if busy[place] <= 0:
                    continue
                high = min(1.0, low + busy[place] / whole)
                start = self.start + place * self.width
                bars.append(Bar(start, start + self.width, low, high, colour, title))
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
            stretches.add(grouping.lane(span.wave), span.colour, max(span.start, start), min(span.end, end))
    return {lane: stretches.bars(lane, slots) for lane, _, _ in grouping.lanes()}
