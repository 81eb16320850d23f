"""The waves over time: a bar an execution, or, where there are too many, what was busy in each stretch of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import Final

from mge_toolkit.core.results import Attempt, ExecutionResult, Origin, Outcome
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.failures import label, seconds_text
from mge_toolkit.reporting.report.content.records import Bar, Lane, Tone
from mge_toolkit.reporting.report.escaping import clean

EXACT: Final = 600
"""How many executions are drawn one by one."""
LANES: Final = 24
"""How many waves have a lane of their own before the rest share one."""
STRETCHES: Final = 160
_LEAST: Final = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stretch:
    """When an attempt, or a trial for one, ran, in seconds since the run's start, where, and how it went."""

    start: float
    end: float
    slot: int
    tone: Tone
    title: str


def lanes_of(result: RunResult) -> tuple[tuple[Lane, ...], float]:
    """Return the lanes of a run's waves, and how many seconds they show."""
    waves: dict[int, list[_Stretch]] = {}
    for found in result.results.values():
        if found.origin is Origin.EXECUTED:
            waves.setdefault(min(found.wave, LANES - 1), []).extend(_stretches(found, result))
    every = [one for stretches in waves.values() for one in stretches]
    span = max([result.wall, _LEAST, *(one.end for one in every)])
    exact = len(every) <= EXACT
    lanes = []
    for number in sorted(waves):
        stretches = waves[number]
        if stretches:
            last = number == LANES - 1 and len(result.waves) > LANES
            bars, slots = _exact(stretches) if exact else _dense(stretches, span)
            name = f"wave {number}{' and later' * last}"
            lanes.append(Lane(name=name, slots=slots, exact=exact, bars=bars))
    return tuple(lanes), span


def _stretches(found: ExecutionResult, result: RunResult) -> Iterable[_Stretch]:
    for attempt in found.attempts:
        for one in attempt.work:
            start = max((one.started_at - result.started_at).total_seconds(), 0.0)
            title = f"{found.atom_id}, tried for attempt {attempt.number}: {seconds_text(one.wall)}"
            yield _Stretch(
                start=start,
                end=start + one.wall,
                slot=one.slot,
                tone=Tone.TRIED,
                title=clean(title),
            )
        start = max((attempt.started_at - result.started_at).total_seconds(), 0.0)
        seconds = attempt.execution.usage.wall
        state = "passed" if attempt.failure is None else label(attempt.failure)
        number = f", attempt {attempt.number}" if len(found.attempts) > 1 else ""
        yield _Stretch(
            start=start,
            end=start + seconds,
            slot=attempt.slot,
            tone=_tone(found, attempt),
            title=clean(f"{found.atom_id}{number}: {state}, {seconds_text(seconds)}"),
        )


def _tone(found: ExecutionResult, attempt: Attempt) -> Tone:
    if attempt.failure is not None:
        return Tone.RETRIED if found.outcome is Outcome.PASSED else Tone.FAILED
    return Tone.MENDED if found.healed or found.flaky else Tone.PASSED


def _exact(stretches: Sequence[_Stretch]) -> tuple[tuple[Bar, ...], int]:
    """Return a bar an execution, those of one slot in one row."""
    rows = {slot: row for row, slot in enumerate(sorted({one.slot for one in stretches}))}
    bars = (
        Bar(
            start=one.start,
            end=one.end,
            base=float(rows[one.slot]),
            height=1.0,
            tone=one.tone,
            title=one.title,
        )
        for one in stretches
    )
    return tuple(bars), len(rows)


def _dense(stretches: Sequence[_Stretch], span: float) -> tuple[tuple[Bar, ...], int]:
    """Return, for each stretch of time, how many slots were busy on average, piled up by tone."""
    width = span / STRETCHES
    by_tone = {tone: _busy([one for one in stretches if one.tone is tone], width) for tone in Tone}
    bars, highest = [], 0.0
    for place in range(STRETCHES):
        base = 0.0
        for tone in Tone:
            height = by_tone[tone][place]
            if height > _LEAST:
                bars.append(
                    Bar(
                        start=place * width,
                        end=(place + 1) * width,
                        base=round(base, 3),
                        height=round(height, 3),
                        tone=tone,
                    )
                )
                base += height
        highest = max(highest, base)
    return tuple(bars), max(1, ceil(highest - 0.01))


def _busy(stretches: Iterable[_Stretch], width: float) -> list[float]:
    """Return how many of ``stretches`` there were, on average, in each part of the time, ``width`` long."""
    shares = [0.0] * STRETCHES
    begun = [0] * (STRETCHES + 1)
    for one in stretches:
        first = min(int(one.start / width), STRETCHES - 1)
        last = min(int(one.end / width), STRETCHES - 1)
        if first == last:
            shares[first] += (one.end - one.start) / width
            continue
        shares[first] += first + 1 - one.start / width
        shares[last] += one.end / width - last
        begun[first + 1] += 1
        begun[last] -= 1
    return [share + whole for share, whole in zip(shares, accumulate(begun), strict=False)]
