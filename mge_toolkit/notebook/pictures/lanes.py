"""Waves as lanes over time: in each, what its slots did when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mge_toolkit.notebook.pictures.scene import BAD_TEXT, Box, Scene, Shape, Stroke, Words, fitted, text_width
from mge_toolkit.plots.palette import ACCENT, FAINT, FILL, INK, MUTED, STATUS_COLOURS, TRIED, Status
from mge_toolkit.reporting.failures import seconds_text

WIDTH: Final = 900.0
LEFT: Final = 128.0
RIGHT: Final = 14.0
RUNNING: Final = FILL
"""The colour of what is not decided yet."""
TALLEST: Final = 340.0
_LANE_GROUND: Final = "#f2f4f6"
_LEGEND: Final = 26.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time, in seconds, between two heights (0-1) of its lane."""

    start: float
    end: float
    low: float
    high: float
    colour: str
    title: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One wave or several. ``figure`` says how far it is, ``bad`` that something in it failed."""

    name: str
    figure: str
    bars: Sequence[Bar]
    bad: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LanesPicture:
    """What is drawn: lanes from ``start`` to ``end`` (seconds), figures above and the atoms by status below.

    ``trials`` of repairs ran besides the attempts; ``now`` draws a line at that time. ``width`` is the drawing's.
    """

    lanes: Sequence[Lane]
    start: float
    end: float
    headline: str
    figures: str
    counts: Mapping[str, int]
    trials: int = 0
    now: float | None = None
    width: float = WIDTH


def lanes_scene(picture: LanesPicture) -> Scene:
    """Return the drawing."""
    top = 46.0
    number = max(1, len(picture.lanes))
    tall = max(11.0, min(46.0, TALLEST / number))
    bottom = top + number * tall
    axis = _Axis(
        start=picture.start,
        end=max(picture.end, picture.start + 1e-6),
        left=LEFT,
        right=picture.width - RIGHT,
    )
    shapes: list[Shape] = [
        Words(0, 15, fitted(picture.headline, picture.width, 13), 13, bold=True),
        Words(0, 34, fitted(picture.figures, picture.width), colour=MUTED),
    ]
    shapes += _grounds(picture.lanes, axis, top, tall)
    shapes += _grid(axis, top, bottom)
    for place, lane in enumerate(picture.lanes):
        shapes += _bars(lane, axis, top + place * tall + 2, tall - 4)
    if picture.now is not None and axis.start <= picture.now <= axis.end:
        x = axis.x(picture.now)
        shapes.append(Stroke(((x, top - 4), (x, bottom)), ACCENT, 1.5))
    more = {"repair trials" if picture.trials != 1 else "repair trial": picture.trials}
    shapes += legend({**picture.counts, **more}, bottom + 36, picture.width)
    return Scene(picture.width, bottom + 36 + _LEGEND, shapes, _spoken(picture))


def legend(counts: Mapping[str, int], y: float, width: float = WIDTH) -> Iterator[Shape]:
    """Return a sample of each status that occurs, with the number of its atoms."""
    x = 0.0
    for name, number in counts.items():
        if not number:
            continue
        text = f"{number:,} {name}"
        if x + 20 + text_width(text) > width:
            return
        yield Box(x, y - 9, 11, 11, status_colour(name), edge=MUTED, weight=0.6)
        yield Words(x + 16, y, text)
        x += 34 + text_width(text)


def status_colour(name: str) -> str:
    """Return the colour of a status, or of what has none."""
    if name in set(Status):
        return STATUS_COLOURS[Status(name)]
    return {"running": RUNNING, "repair trial": TRIED, "repair trials": TRIED}.get(name, "#ffffff")


def ticks(start: float, end: float, number: int = 7) -> list[float]:
    """Return round values between two, about as many as asked for."""
    span = max(end - start, 1e-9)
    power = 10.0 ** math.floor(math.log10(span / number))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= span / number)
    first = math.ceil(start / step - 1e-9)
    return [place * step for place in range(first, first + 4 * number) if place * step <= end + step * 1e-6]


def tick_text(value: float, span: float) -> str:
    """Return a time on an axis of ``span`` seconds."""
    if span < 1:
        return f"{value * 1000:.1f} ms" if span < 0.02 else f"{value * 1000:.0f} ms"
    return f"{value:g} s" if span < 180 else f"{value / 60:.3g} min"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Axis:
    start: float
    end: float
    left: float
    right: float

    def x(self, at: float) -> float:
        share = (at - self.start) / (self.end - self.start)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)


def _grounds(lanes: Sequence[Lane], axis: _Axis, top: float, tall: float) -> Iterator[Shape]:
    every = math.ceil(13 / tall)
    for place, lane in enumerate(lanes):
        y = top + place * tall
        yield Box(axis.left, y + 1, axis.right - axis.left, tall - 2, _LANE_GROUND)
        if place % every:
            continue
        middle = y + tall / 2 + 4
        yield Words(0, middle, fitted(lane.name, 70), colour=INK)
        colour = BAD_TEXT if lane.bad else MUTED
        yield Words(LEFT - 8, middle, lane.figure, 10, colour, "end", bold=lane.bad)


def _grid(axis: _Axis, top: float, bottom: float) -> Iterator[Shape]:
    span = axis.end - axis.start
    for at in ticks(axis.start, axis.end):
        x = axis.x(at)
        yield Stroke(((x, top), (x, bottom + 3)), FAINT)
        last = x > axis.right - 20
        text = tick_text(at, span)
        yield Words(axis.right if last else x, bottom + 15, text, 10, MUTED, "end" if last else "middle")


def _bars(lane: Lane, axis: _Axis, top: float, tall: float) -> Iterator[Shape]:
    # Sorted by colour, so that plain ones share a path; marked ones come last and lie above.
    for bar in sorted(lane.bars, key=lambda one: (one.marked, one.colour)):
        if bar.end < axis.start or bar.start > axis.end:
            continue
        left, upper = axis.x(bar.start), top + (1 - bar.high) * tall
        wide = max(1.2, axis.x(bar.end) - left)
        height = max(0.8, (bar.high - bar.low) * tall)
        if bar.marked:  # an edge would cover what is short
            yield Box(left - 2, upper - 2, wide + 4, height + 4, INK)
        yield Box(left, upper, wide, height, bar.colour, bar.title)


def _spoken(picture: LanesPicture) -> str:
    lanes = "; ".join(f"{lane.name}: {lane.figure}" for lane in picture.lanes[:30])
    span = seconds_text(picture.end - picture.start)
    return f"{picture.headline}. {picture.figures}. Waves over {span}: {lanes}"
