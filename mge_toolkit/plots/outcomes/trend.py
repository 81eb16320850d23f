"""How success and time developed over the recorded runs of a masterplan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from mge_toolkit.core.records import RunRecord
from mge_toolkit.plots.canvas import SMALL, empty, label, legend, many, prepare, share_axis
from mge_toolkit.plots.palette import ACCENT, FILL, INK, MUTED
from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.monitoring.statistics import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS: Final = 9
_DOTS: Final = 80


def plot_trend(
    runs: Iterable[RunRecord], ax: Axes | None = None, *, of: Literal["success", "time"] = "success"
) -> Axes:
    """Show the success rate, with its 95% interval, or the wall time of runs, in the order in which they started.

    Takes recorded runs as ``store.runs(masterplan)`` returns them. Runs that did not end, or decided nothing, are
    left out, and counted in the title; a resumed run's time is not a whole run's, and is left out of times.
    """
    every = sorted(runs, key=lambda run: run.started_at)
    if of == "success":
        usable = [run for run in every if run.finished and run.counts.success_rate is not None]
    else:
        usable = [run for run in every if run.finished and run.resumed_from is None]
    if not usable:
        return empty(ax, "No run to compare", f"none of {many(len(every), 'recorded run')} can be shown")
    draw = _draw_success if of == "success" else _draw_time
    ax = draw(ax, usable, len(every) - len(usable))
    _name_runs(ax, usable)
    return ax


def _draw_success(ax: Axes | None, runs: Sequence[RunRecord], left_out: int) -> Axes:
    rates = [run.counts.success_rate or 0.0 for run in runs]
    title = _change([f"{rate:.0%}" for rate in rates], "passed", left_out)
    ax = prepare(ax, title, grid="y")
    intervals = [wilson_interval(run.counts.passed, run.counts.failed) for run in runs]
    lows = [rate if one is None else one.low for rate, one in zip(rates, intervals, strict=True)]
    highs = [rate if one is None else one.high for rate, one in zip(rates, intervals, strict=True)]
    places = range(len(runs))
    if len(runs) == 1:
        ax.plot(
            [0, 0], [lows[0], highs[0]], color=FILL, linewidth=6, solid_capstyle="butt", label="95% interval"
        )
    else:
        ax.fill_between(places, lows, highs, color=FILL, alpha=0.6, linewidth=0.0, label="95% interval")
    dots = "o" if len(runs) <= _DOTS else ""
    ax.plot(
        places,
        rates,
        color=ACCENT,
        marker=dots,
        markersize=5,
        linewidth=1.4,
        label="success rate",
        clip_on=False,
    )
    # What the plan's own code would have come to.
    own = [
        rate - run.counts.healed / (run.counts.passed + run.counts.failed)
        for run, rate in zip(runs, rates, strict=True)
    ]
    if own != rates:
        ax.plot(places, own, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), label="without healed atoms")
    share_axis(ax.yaxis, min(*lows, *own), across=False)
    label(ax, "run", "success rate: passed of passed and failed")
    legend(ax, depth=48)
    return ax


def _draw_time(ax: Axes | None, runs: Sequence[RunRecord], left_out: int) -> Axes:
    walls = [run.wall for run in runs]
    ax = prepare(ax, _change([seconds_text(wall) for wall in walls], "took", left_out), grid="y")
    dots = "o" if len(runs) <= _DOTS else ""
    ax.plot(
        range(len(runs)), walls, color=ACCENT, marker=dots, markersize=5, linewidth=1.4, label="wall time"
    )
    changed = [place for place in range(1, len(runs)) if runs[place].slots != runs[place - 1].slots]
    for place in changed[:_LABELS]:
        ax.axvline(place - 0.5, color=MUTED, linewidth=0.7, linestyle=":")
        ax.annotate(
            many(runs[place].slots, "slot"),
            (place - 0.5, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(3, -2),
            textcoords="offset points",
            va="top",
            fontsize=SMALL - 1,
            color=MUTED,
        )
    ax.set_ylim(0, max(walls) * 1.15 or 1.0)
    label(ax, "run", "wall time (seconds)")
    return ax


def _change(values: Sequence[str], verb: str, left_out: int) -> str:
    """Return how the last value compares with the one before and the first."""
    number, last = len(values), values[-1]
    if number == 1:
        title = f"The only run: {last} {verb}" if verb == "passed" else f"The only run {verb} {last}"
    elif len(set(values)) == 1:
        title = (
            f"{last} {verb} in all {number} runs"
            if verb == "passed"
            else f"Each of {number} runs {verb} {last}"
        )
    elif verb == "passed":
        title = f"{last} {verb} in the last of {number} runs, {values[-2]} before"
    else:
        title = f"The last of {number} runs {verb} {last}, the one before {values[-2]}"
    if number > 2 and len(set(values)) > 1:
        title += f", {values[0]} in the first" if verb == "passed" else f", the first {values[0]}"
    return f"{title} ({many(left_out, 'run')} left out)" if left_out else title


def _name_runs(ax: Axes, runs: Sequence[RunRecord]) -> None:
    """Name as many runs as there is room for, by when they started and their id."""
    step = max(1, -(-len(runs) // _LABELS))
    places = list(range(len(runs) - 1, -1, -step))[::-1]
    ax.set_xticks(
        places,
        [f"{runs[place].started_at.astimezone():%m-%d %H:%M}\n{runs[place].run_id[:6]}" for place in places],
    )
    ax.set_xlim(-0.5, len(runs) - 0.5)
