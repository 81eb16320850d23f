"""What ran on which slot, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.plots.canvas import (
    SMALL,
    empty,
    label,
    legend,
    many,
    patch,
    prepare,
    short,
    status_patches,
    whole_numbers,
)
from mge_toolkit.plots.palette import INK, PAPER, TRIED, Status
from mge_toolkit.plots.source import AttemptRow, RunData, Source, TrialRow, with_attempts
from mge_toolkit.plots.times.parallelism import time_in
from mge_toolkit.reporting.failures import seconds_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BARS: Final = 400
"""Attempts up to which each has a bar of its own with a border."""
_MARKS: Final = 2000
"""Attempts up to which each has a mark; above, each short stretch of a lane shows what it was used for."""
_BINS: Final = 300
_LANES: Final = 200
_HEIGHT: Final = 0.8
_DARK: Final = (Status.FAILED, Status.HEALED)


def plot_timeline(source: Source, ax: Axes | None = None) -> Axes:
    """Show slots as lanes over time, with every attempt as a bar by what became of it.

    Takes a run, a recorded run or its ``attempts_frame()``, which has no candidates. The critical path is framed
    where attempts have bars. With thousands of them each short stretch of a lane has the mixed colours of what ran
    there: the paler, the longer the slot was idle.
    """
    data = with_attempts(source, "plot_timeline")
    if not data.attempts or not data.end:
        return empty(ax, "No attempt was made", "nothing was executed, or no time was measured")
    lanes = data.slot_count
    ax = prepare(ax, _finding(data), height=min(max(2.6, 1.7 + 0.34 * lanes), 7.0))
    ax.set_xlim(0, data.end)
    handles = status_patches(attempt.status for attempt in data.attempts)
    if data.trials:
        handles.append(patch(TRIED, "repair trial"))
    if len(data.busy) > _MARKS or lanes > _LANES:
        _draw_shares(ax, data)
    else:
        _draw_bars(ax, data)
        framed = set(data.critical_path) if len(data.busy) <= _BARS and len(data.critical_path) > 1 else ()
        if framed:
            handles.append(_frame(ax, [one for one in data.attempts if one.atom.atom_id in framed]))
    ax.set_ylim(lanes - 0.5, -0.5)
    whole_numbers(ax.yaxis)
    label(ax, "time since the run's start (seconds)", "slot")
    legend(ax, handles)
    return ax


def _finding(data: RunData) -> str:
    lanes = data.slot_count
    busy = min(sum(one.wall for one in data.busy) / (data.end * lanes), 1.0)
    title = f"{many(len(data.attempts), 'attempt')} on {many(lanes, 'slot')} in {seconds_text(data.end)}"
    title += f"; slots idle {1 - busy:.0%} of the time"
    failed = sum(attempt.failure is not None for attempt in data.attempts)
    if failed:
        title += f"; {failed:,} of the attempts failed"
    return f"{title}; {many(len(data.trials), 'repair trial')}" if data.trials else title


def _draw_bars(ax: Axes, data: RunData) -> None:
    from matplotlib.collections import PolyCollection

    drawn: list[AttemptRow | TrialRow] = [*data.trials, *data.attempts]
    bordered = len(drawn) <= _BARS
    colours = [one.colour for one in drawn]
    bars = PolyCollection(
        [_box(one) for one in drawn],
        facecolors=colours,
        # A border in the bar's own colour keeps what is very short visible.
        edgecolors=PAPER if bordered and _broad(data) else colours,
        linewidths=0.6,
        rasterized=not bordered,
    )
    ax.add_collection(bars)
    if bordered:
        _name_bars(ax, data)


def _box(attempt: AttemptRow | TrialRow) -> list[tuple[float, float]]:
    left, right = attempt.start, attempt.start + attempt.wall
    low, high = attempt.slot - _HEIGHT / 2, attempt.slot + _HEIGHT / 2
    return [(left, low), (right, low), (right, high), (left, high)]


def _broad(data: RunData) -> bool:
    """Return whether every bar is broad enough for a white border."""
    return min(one.wall for one in data.busy) > data.end / 200


def _name_bars(ax: Axes, data: RunData) -> None:
    """Write atoms' names into the bars that have room for them."""
    points = ax.get_window_extent().width / ax.figure.dpi * 72
    lanes = ax.get_window_extent().height / ax.figure.dpi * 72 / data.slot_count
    size = SMALL - 1
    if lanes * _HEIGHT < size * 1.2:
        return
    for attempt in data.attempts:
        letters = int((attempt.wall / data.end * points - 6) / (size * 0.6))
        if letters < min(len(attempt.atom.atom_id), 8):
            continue
        ax.text(
            attempt.start + attempt.wall / 2,
            attempt.slot,
            short(attempt.atom.atom_id, letters),
            ha="center",
            va="center",
            fontsize=size,
            color=PAPER if attempt.status in _DARK else INK,
            clip_on=True,
        )


def _frame(ax: Axes, attempts: Sequence[AttemptRow]) -> Any:
    """Frame the attempts of the critical path; return the legend's entry."""
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    boxes = [_box(attempt) for attempt in attempts]
    ax.add_collection(PolyCollection(boxes, facecolors="none", edgecolors=INK, linewidths=1.4))
    return Patch(facecolor="none", edgecolor=INK, linewidth=1.4, label="critical path")


def _draw_shares(ax: Axes, data: RunData) -> None:
    """Colour each stretch of each lane by how long it was used for what."""
    import numpy as np
    from matplotlib.colors import to_rgb

    lanes = data.slot_count
    rows = min(lanes, _LANES)
    image = np.ones((rows, _BINS, 3))
    used = np.zeros((rows, _BINS))
    edges = np.linspace(0.0, data.end, _BINS + 1)
    grouped: dict[tuple[int, str], list[AttemptRow | TrialRow]] = {}
    for one in data.busy:
        grouped.setdefault((one.slot * rows // lanes, one.colour), []).append(one)
    width = edges[1] * lanes / rows
    for (row, colour), found in grouped.items():
        share = time_in(edges, found) / width
        share = np.minimum(share, 1.0 - used[row])
        used[row] += share
        image[row] += share[:, None] * (np.array(to_rgb(colour)) - 1.0)
    ax.imshow(
        np.clip(image, 0.0, 1.0),
        aspect="auto",
        interpolation="nearest",
        extent=(0.0, data.end, lanes - 0.5, -0.5),
    )
