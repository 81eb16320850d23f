"""How many slots were busy over time, against how many could have been."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.plots.canvas import SMALL, empty, label, legend, patch, prepare, whole_numbers
from mge_toolkit.plots.palette import ACCENT, FILL, INK, MUTED
from mge_toolkit.plots.source import AttemptRow, RunData, Source, TrialRow, with_attempts

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_BINS: Final = 160
_EXACT: Final = 24  # attempts up to which every start and end is shown
_APART: Final = 0.07  # of the width: nearer than that two waves' names would touch


def plot_wave_parallelism(source: Source, ax: Axes | None = None) -> Axes:
    """Show how many slots were busy at each moment, and how many the open waves could have kept busy.

    Takes a run, a recorded run or its ``attempts_frame()``. The area is what was achieved (for more than a few
    attempts the mean of each short stretch of time), the line what was possible: the atoms of the waves that had
    begun and not ended, at most as many as there are slots.
    """
    data = with_attempts(source, "plot_wave_parallelism")
    timed = [one for one in data.busy if one.wall > 0]
    if not timed:
        return empty(ax, "No slot was ever busy", "nothing was executed, or no time was measured")
    ax = prepare(ax, _finding(data, timed), grid="y")
    edges, achieved = busy_slots(timed, data.end)
    ax.stairs(achieved, edges, fill=True, color=FILL)
    ax.stairs(achieved, edges, color=ACCENT, linewidth=0.9)
    spans = wave_spans(data)
    possible_edges, possible = _possible(spans, data)
    ax.stairs(possible, possible_edges, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), baseline=None)
    _mark_waves(ax, spans, data.end)
    ax.set_xlim(0, data.end)
    ax.set_ylim(0, data.slot_count * 1.12)
    whole_numbers(ax.yaxis)
    label(ax, "time since the run's start (seconds)", "busy slots")
    legend(ax, [patch(FILL, "achieved"), _line("possible: atoms of open waves, at most the slots")])
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


def wave_spans(data: RunData) -> dict[int, tuple[float, float, int]]:
    """Return by wave when its first attempt began and its last one ended (seconds), and how many atoms it has."""
    sizes: dict[int, int] = {}
    for atom in data.atoms:
        sizes[atom.wave] = sizes.get(atom.wave, 0) + 1
    spans: dict[int, tuple[float, float, int]] = {}
    for attempt in data.attempts:
        wave = attempt.atom.wave
        start, end, size = spans.get(wave, (attempt.start, 0.0, sizes[wave]))
        spans[wave] = (min(start, attempt.start), max(end, attempt.start + attempt.wall), size)
    return dict(sorted(spans.items()))


def _possible(spans: dict[int, tuple[float, float, int]], data: RunData) -> tuple[Array, Array]:
    import numpy as np

    moments = sorted(
        {0.0, data.end, *(moment for start, end, _ in spans.values() for moment in (start, end))}
    )
    edges = np.array(moments)
    atoms = np.zeros(len(edges) - 1)
    for start, end, size in spans.values():
        atoms[np.searchsorted(edges, start) : np.searchsorted(edges, end)] += size
    # Between two waves nothing is open for a moment: what was possible then is to start the next.
    for place in range(len(atoms) - 2, -1, -1):
        atoms[place] = atoms[place] or atoms[place + 1]
    if len(atoms) > 1:
        atoms[-1] = atoms[-1] or atoms[-2]
    return edges, np.minimum(atoms, data.slot_count)


def _mark_waves(ax: Axes, spans: dict[int, tuple[float, float, int]], end: float) -> None:
    """Mark where waves begin, and name as many of them as there is room for."""
    if len(spans) < 2:
        return
    last = -1.0
    for number, (start, _, _) in spans.items():
        if start - last < end * _APART and last >= 0:
            continue
        last = start
        ax.axvline(start, color=MUTED, linewidth=0.6, linestyle=":")
        ax.annotate(
            f"wave {number}",
            (start, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(3, -2),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=SMALL - 1,
            color=MUTED,
        )


def _finding(data: RunData, timed: Sequence[AttemptRow | TrialRow]) -> str:
    slots, end = data.slot_count, data.end
    mean = sum(attempt.wall for attempt in timed) / end
    if data.run is not None and 0 < data.run.parallelism <= slots:
        mean = data.run.parallelism  # it counts what was cut short as well
    title = f"{mean:.2f} of {slots} slot{'s' * (slots != 1)} busy on average ({mean / slots:.0%})"
    if data.run is not None:
        timed_waves = [wave for wave in data.run.waves if wave.attempt_time and wave.wall]
        waves = [(one.parallelism / one.theoretical_parallelism, one.number, one) for one in timed_waves]
        if len(waves) > 1:
            _, number, wave = min(waves)
            achieved = f"{wave.parallelism:.2f} of {wave.theoretical_parallelism}"
            title += f"; least used in wave {number}: {achieved}"
    return title


def _line(name: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label=name)
