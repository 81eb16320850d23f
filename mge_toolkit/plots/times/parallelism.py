"""How many slots were busy over time, against how many could have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.runs import Schedule
from mge_toolkit.plots.canvas import SMALL, empty, label, legend, patch, prepare, whole_numbers
from mge_toolkit.plots.palette import ACCENT, FILL, INK, MUTED
from mge_toolkit.plots.source import AttemptRow, RunData, Source, TrialRow, with_attempts

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_BINS: Final = 160
_NOTICEABLE: Final = 1.02
_EXACT: Final = 24  # attempts up to which every start and end is shown
_APART: Final = 0.12  # of the width: nearer than that two waves' names would touch


def plot_wave_parallelism(source: Source, ax: Axes | None = None) -> Axes:
    """Show how many slots were busy at each moment, and how many the atoms that were ready could have kept busy.

    Takes a run, a recorded run or its ``attempts_frame()``. The area is what was achieved (for more than a few
    attempts the mean of each short stretch of time), the line what was possible; see ``possible_slots``.
    """
    data = with_attempts(source, "plot_wave_parallelism")
    timed = [one for one in data.busy if one.wall > 0]
    if not timed:
        return empty(ax, "No slot was ever busy", "nothing was executed, or no time was measured")
    edges, achieved = busy_slots(timed, data.end)
    possible_edges, possible = possible_slots(data)
    could = float((possible * (possible_edges[1:] - possible_edges[:-1])).sum()) / data.end
    ax = prepare(ax, _finding(data, timed, could), grid="y")
    ax.stairs(achieved, edges, fill=True, color=FILL)
    ax.stairs(achieved, edges, color=ACCENT, linewidth=0.9)
    ax.stairs(possible, possible_edges, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), baseline=None)
    _mark_waves(ax, wave_starts(data), data.end)
    ax.set_xlim(0, data.end)
    ax.set_ylim(0, data.slot_count * 1.12)
    whole_numbers(ax.yaxis)
    label(ax, "time since the run's start (seconds)", "busy slots")
    legend(ax, [patch(FILL, "achieved"), _line("possible: atoms that were ready, at most the slots")])
    return ax


def busy_slots(attempts: Sequence[AttemptRow | TrialRow], end: float) -> tuple[Array, Array]:
    """Return the edges of stretches of time in seconds, and how many executions ran in each, on average."""
    import numpy as np

    if len(attempts) <= _EXACT:
        moments = [moment for one in attempts for moment in (one.start, one.start + one.wall)]
        edges = np.unique(np.array([0.0, *moments, end]))
        edges = edges[np.concatenate([[True], np.diff(edges) > end * 1e-9])]
    else:
        edges = np.linspace(0.0, end, _BINS + 1)
    return edges, time_in(edges, attempts) / np.diff(edges)


def time_in(edges: Array, attempts: Sequence[AttemptRow | TrialRow]) -> Array:
    """Return how many seconds of the attempts lie between each edge and the next."""
    import numpy as np

    starts = np.array([attempt.start for attempt in attempts])
    ends = starts + np.array([attempt.wall for attempt in attempts])
    return np.diff(_time_until(edges, np.sort(starts)) - _time_until(edges, np.sort(ends)))


def _time_until(edges: Array, moments: Array) -> Array:
    """Return, for each edge, the sum of how long ago the earlier moments were."""
    import numpy as np

    sums = np.concatenate([[0.0], np.cumsum(moments)])
    before = np.searchsorted(moments, edges)
    found: Array = edges * before - sums[before]
    return found


def wave_starts(data: RunData) -> dict[int, float]:
    """Return by wave when its first attempt began, in seconds."""
    starts: dict[int, float] = {}
    for attempt in data.attempts:
        wave = attempt.atom.wave
        starts[wave] = min(starts.get(wave, attempt.start), attempt.start)
    return dict(sorted(starts.items()))


def possible_slots(data: RunData) -> tuple[Array, Array]:
    """Return the edges of stretches of time in seconds, and how many slots the ready atoms could have kept busy.

    An atom is ready from the end of the last that it needs (under the schedule ``waves``, or where the plan is not
    known, from the beginning of its wave) until its own end.
    """
    import numpy as np

    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for one in data.busy:
        name = one.atom.atom_id
        first[name] = min(first.get(name, one.start), one.start)
        last[name] = max(last.get(name, 0.0), one.start + one.wall)
    ready = _ready(data, first, last)
    moments = np.unique(np.array([0.0, data.end, *ready.values(), *last.values()]))
    change = np.zeros(len(moments))
    np.add.at(change, np.searchsorted(moments, np.array(list(ready.values()))), 1)
    np.add.at(change, np.searchsorted(moments, np.array(list(last.values()))), -1)
    possible = np.minimum(np.cumsum(change)[:-1], data.slot_count)
    if len(possible) <= _BINS:
        return moments, possible
    edges = np.linspace(0.0, data.end, _BINS + 1)
    until = np.concatenate([[0.0], np.cumsum(possible * np.diff(moments))])
    return edges, np.diff(np.interp(edges, moments, until)) / np.diff(edges)


def _ready(data: RunData, first: Mapping[str, float], last: Mapping[str, float]) -> dict[str, float]:
    """Return when each atom that ran could have begun."""
    if data.plan is not None and data.run is not None and data.run.schedule is Schedule.READY:
        needs = data.plan.atoms
        return {
            name: min(begun, max((last.get(one, 0.0) for one in needs[name].predecessors), default=0.0))
            for name, begun in first.items()
        }
    starts = wave_starts(data)
    return {one.atom.atom_id: min(starts[one.atom.wave], first[one.atom.atom_id]) for one in data.attempts}


def _mark_waves(ax: Axes, starts: Mapping[int, float], end: float) -> None:
    """Mark where waves begin, and name as many of them as there is room for."""
    if len(starts) < 2:
        return
    last = -1.0
    for number, start in starts.items():
        if start - last < end * _APART and last >= 0:
            continue
        last = start
        ax.axvline(start, color=MUTED, linewidth=0.6, linestyle=":")
        ax.annotate(
            f"wave {number} begins",
            (start, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(3, -2),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=SMALL - 1,
            color=MUTED,
        )


def _finding(data: RunData, timed: Sequence[AttemptRow | TrialRow], could: float) -> str:
    slots, end = data.slot_count, data.end
    mean = sum(one.wall for one in timed) / end
    if data.run is not None and 0 < data.run.parallelism <= slots:
        mean = data.run.parallelism  # it counts what was cut short as well
    title = f"{mean:.2f} of {slots} slot{'s' * (slots != 1)} busy on average ({mean / slots:.0%})"
    if could > mean * _NOTICEABLE:
        title += f"; atoms that were ready could have kept {could:.2f} busy"
    return title + _least_used(data)


def _least_used(data: RunData) -> str:
    """Return which wave used its slots least, where waves do not overlap."""
    if data.run is None or data.run.schedule is not Schedule.WAVES:
        return ""
    timed = [wave for wave in data.run.waves if wave.attempt_time and wave.wall]
    if len(timed) < 2:
        return ""
    wave = min(timed, key=lambda one: (one.parallelism / one.theoretical_parallelism, one.number))
    achieved = f"{wave.parallelism:.2f} of {wave.theoretical_parallelism}"
    return f"; least used in wave {wave.number}: {achieved}"


def _line(name: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label=name)
