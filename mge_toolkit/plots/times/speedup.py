"""How many times as fast as one slot the run's slots were, and others would be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.runs import RunResult, Schedule
from mge_toolkit.engine.simulation.replay import Measured, measure
from mge_toolkit.plots.canvas import SMALL, empty, label, legend, many, prepare, whole_numbers
from mge_toolkit.plots.palette import ACCENT, FILL, INK, MUTED
from mge_toolkit.plots.source import Source, read
from mge_toolkit.reporting.failures import seconds_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS: Final = 60_000
"""How many atoms are scheduled at most for one picture, over all its simulations."""
_POINTS: Final = 24
_MANY: Final = 64
_NEAR: Final = 0.97
"""The share of what is possible at all from which on more slots are not worth having."""


def plot_speedup(source: Source, ax: Axes | None = None, *, plan: Masterplan | None = None) -> Axes:
    """Show how many times as fast as one slot the run's slots were, and how other numbers of slots would be.

    Takes a run or a recorded run. The curve is simulated (see ``simulate``), and cannot pass the bound, work
    divided by critical path. Runs with tens of thousands of atoms are not simulated: what any schedule is certain
    to reach lies close below what none can pass. ``plan`` is what was run where the run does not know it.
    """
    data = read(source)
    if data.run is None:
        raise TypeError("plot_speedup replays a whole run: give the run or the recorded run, not a frame")
    plan = plan or data.plan
    if plan is None:
        raise SettingsError(
            f"run {data.run.run_id} does not know its plan: give plan=, the masterplan that was run"
        )
    measured = measure(data.run, plan)
    work = math.fsum(measured.times.values())
    if not work:
        return empty(ax, "No atom took any time", "nothing was executed, or no time was measured")
    schedule = data.run.schedule
    path = measured.critical_path_time() or work
    counts = _slot_counts(measured, work / path)
    *bounds, (shortest, _) = measured.bounds([*counts, max(len(measured.times), 1)], schedule, path)
    simulated = _simulated(measured, counts)
    reached = simulated or [(slots, work / high) for slots, (_, high) in zip(counts, bounds, strict=True)]
    most = work / shortest
    ax = prepare(ax, _finding(data.run, work, most, path, reached), grid="y")
    ax.fill_between(
        counts,
        [work / high for _, high in bounds],
        [work / low for low, _ in bounds],
        color=FILL,
        alpha=0.6,
        linewidth=0.0,
        label="bounds of any schedule",
    )
    ax.plot(counts, counts, color=MUTED, linewidth=0.9, linestyle=":", label="as much as slots")
    ax.axhline(most, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), label=f"bound: {_bound_name(schedule)}")
    if simulated:
        ax.plot(*zip(*simulated, strict=True), color=ACCENT, marker=".", linewidth=1.4, label="simulated")
    _scale(ax, counts[-1], most)
    if _plausible(data.run, work):
        _mark_measured(ax, data.run.slots, work / data.run.wall)
    marks = ", logarithmic" if counts[-1] > _MANY else ""
    label(ax, f"slots{marks}", f"speed-up: time on slots ÷ wall time{marks}")
    legend(ax)
    return ax


def _scale(ax: Axes, slots: int, most: float) -> None:
    """Choose the axes: both logarithmic where there are many more slots than anybody has."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    if slots <= _MANY:
        ax.set_xlim(0.5, slots + 0.5)
        ax.set_ylim(0, max(most * 1.12, 1.2))
        whole_numbers(ax.xaxis)
        return
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xlim(0.9, slots * 1.1)
    ax.set_ylim(0.9, most * 1.5)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(base=2, numticks=9))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _slot_counts(measured: Measured, most: float) -> list[int]:
    """Return the numbers of slots to look at: beyond what the bound asks for, and those it had."""
    top = max(2, math.ceil(most * 2.5), measured.run.slots)
    top = min(top, max(len(measured.times), measured.run.slots, 2))
    if top <= _POINTS:
        return list(range(1, top + 1))
    steps = {
        round(top ** (place / (_POINTS - 1))) if top > _MANY else round(1 + (top - 1) * place / (_POINTS - 1))
        for place in range(_POINTS)
    }
    return sorted({*steps, measured.run.slots})


def _simulated(measured: Measured, counts: Sequence[int]) -> list[tuple[int, float]]:
    """Return (slots, times as fast as one) for as many of the numbers as may be simulated."""
    room = _STEPS // max(len(measured.times), 1)
    if room < 3:
        return []
    step = max(1, math.ceil(len(counts) / room))
    chosen = sorted({*counts[::step], counts[-1]})
    found = [measured.replay(slots, measured.run.schedule) for slots in chosen]
    # Against the work of what really runs: nothing of what is blocked counts.
    return [(one.slots, one.parallelism) for one in found if one.wall]


def _finding(
    run: RunResult, work: float, most: float, path: float, reached: Sequence[tuple[int, float]]
) -> str:
    title = ""
    if _plausible(run, work):
        title = f"Speed-up {work / run.wall:.2f} with {many(run.slots, 'slot')}; "
    enough = next((slots for slots, factor in reached if factor >= most * _NEAR), None)
    if enough is not None:
        title += f"more than {many(enough, 'slot')} gain{'s' * (enough == 1)} next to nothing"
    else:
        title += f"more slots: up to {most:.1f}"
    return f"{title} (the critical path takes {seconds_text(path)})"


def _plausible(run: RunResult, work: float) -> bool:
    """Return whether the run ended, and its time fits the times of its atoms."""
    return bool(run.wall) and work / run.wall <= run.slots * 1.05


def _bound_name(schedule: Schedule) -> str:
    return {
        Schedule.READY: "work ÷ critical path",
        Schedule.WAVES: "work ÷ the slowest atoms of all waves",
        Schedule.SEQUENTIAL: "one at a time",
    }[schedule]


def _mark_measured(ax: Axes, slots: int, factor: float) -> None:
    ax.plot(slots, factor, "D", color=INK, markersize=7, label="measured", zorder=5)
    ax.annotate(
        f"measured: {factor:.2f}",
        (slots, factor),
        xytext=(-8, 3) if slots > ax.get_xlim()[1] * 0.8 else (8, -3),
        textcoords="offset points",
        ha="right" if slots > ax.get_xlim()[1] * 0.8 else "left",
        va="bottom" if slots > ax.get_xlim()[1] * 0.8 else "top",
        fontsize=SMALL,
        color=INK,
    )
