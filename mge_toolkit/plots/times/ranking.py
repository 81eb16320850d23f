"""How a measure is distributed over atoms, with the largest of them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.plots.canvas import SMALL, empty, label, legend, many, prepare, short, status_patches
from mge_toolkit.plots.palette import ACCENT, FAINT, FILL, INK, MUTED, STATUS_COLOURS
from mge_toolkit.plots.source import AtomRow, Source, read
from mge_toolkit.reporting.failures import seconds_text, size_text
from mge_toolkit.reporting.monitoring.statistics import percentile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN: Final = 10
_WORTH_SAYING: Final = 0.01
_DISTRIBUTED: Final = 6
"""Atoms from which on a distribution says something."""
_BINS: Final = 48
_TOP: Final = 1.2
_TALL: Final = 2.4
_CLOSE: Final = 3.0
_WIDE_RANGE: Final = 20  # from which ratio on a logarithmic axis shows more
_SHORT_RANGE: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class _Measure:
    """What is shown: its name, its unit's text, how a value reads, and its bounds by atom."""

    axis: str
    text: Callable[[float], str]
    base: int
    limits: dict[str, float]


def plot_durations(source: Source, ax: Axes | None = None) -> Axes:
    """Show how the atoms' times are distributed, and the ten that took longest.

    Takes a run, a recorded run or one of its frames. An atom's time is that of all its attempts together; atoms
    that were taken over from another run are left out.
    """
    rows = [
        (atom.seconds, atom)
        for atom in read(source).atoms
        if atom.executed and atom.attempts and atom.seconds
    ]
    if not rows:
        return empty(ax, "No atom took any time", "nothing was executed, or no time was measured")
    total = sum(value for value, _ in rows)
    rows.sort(key=lambda row: -row[0])
    slowest = rows[0]
    title = f"'{short(slowest[1].atom_id)}' took {seconds_text(slowest[0])}"
    if len(rows) > 1:
        share = slowest[0] / total
        title += f", {share:.0%} of the time of all atoms" if share >= _WORTH_SAYING else ""
        title += f"; half of them took at most {seconds_text(_at(rows, 0.5))}"
    measure = _Measure(axis="time of an atom's attempts (seconds", text=seconds_text, base=10, limits={})
    return _draw(ax, title, rows, measure)


def plot_memory(source: Source, ax: Axes | None = None) -> Axes:
    """Show how the atoms' peak memory is distributed, and the ten that used most, with their limits.

    Takes a run, a recorded run or one of its frames; limits are those of the plan, where the run knows it.
    """
    data = read(source)
    known = [atom for atom in data.atoms if atom.executed and atom.attempts]
    rows = [(float(atom.memory), atom) for atom in known if atom.memory]
    if not rows:
        return empty(ax, "No peak memory is known", "nothing was executed, or this sandbox cannot measure it")
    rows.sort(key=lambda row: -row[0])
    limits = _limits(data.plan, [atom for _, atom in rows[:_SHOWN]])
    largest = rows[0]
    title = f"'{short(largest[1].atom_id)}' used most memory: {size_text(round(largest[0]))}"
    if largest[1].atom_id in limits:
        title += f", {largest[0] / limits[largest[1].atom_id]:.0%} of its limit"
    if len(rows) > 1:
        title += f"; half of the atoms used at most {size_text(round(_at(rows, 0.5)))}"
    if len(rows) < len(known):
        title += f" (not known for {many(len(known) - len(rows), 'atom')})"
    measure = _Measure(
        axis="peak memory of an atom (bytes",
        text=lambda value: size_text(round(value)),
        base=2,
        limits=limits,
    )
    return _draw(ax, title, rows, measure)


def _limits(plan: Masterplan | None, atoms: Sequence[AtomRow]) -> dict[str, float]:
    if plan is None:
        return {}
    return {
        atom.atom_id: float(plan.atoms[atom.atom_id].limits.memory)
        for atom in atoms
        if atom.atom_id in plan.atoms
    }


def _at(rows: Sequence[tuple[float, AtomRow]], share: float) -> float:
    return percentile([value for value, _ in reversed(rows)], share)


def _draw(ax: Axes | None, title: str, rows: Sequence[tuple[float, AtomRow]], measure: _Measure) -> Axes:
    """Draw the largest of the sorted rows by name, and the distribution of all above them."""
    shown = rows[:_SHOWN]
    distributed = len(rows) >= _DISTRIBUTED
    everything = f"all {len(rows):,} atoms"
    names = [short(atom.atom_id) for _, atom in shown]
    height = 1.6 + 0.27 * len(shown) + (0.9 if distributed else 0.0)
    ax = prepare(ax, title, grid="x", height=height, names=max(map(len, names)))
    logarithmic = _scale(ax, rows, measure)
    for place, (value, atom) in enumerate(shown):
        ax.axhline(-place, color=FAINT, linewidth=0.7, zorder=0)
        ax.plot(
            value,
            -place,
            "o",
            markersize=6.5,
            color=STATUS_COLOURS[atom.status],
            markeredgecolor=INK,
            markeredgewidth=0.5,
        )
        # A limit close above would lie on the text.
        left = value < measure.limits.get(atom.atom_id, 0.0) < value * _CLOSE
        ax.annotate(
            measure.text(value),
            (value, -place),
            xytext=(-7 if left else 7, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=SMALL,
            color=INK,
        )
        if atom.atom_id in measure.limits:
            ax.plot(measure.limits[atom.atom_id], -place, "|", color=INK, markersize=9, markeredgewidth=1.6)
    places = [-float(place) for place in range(len(shown))]
    if distributed:
        _draw_distribution(ax, rows, measure, logarithmic=logarithmic)
        places, names = [*places, _TOP + _TALL / 2], [*names, everything]
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(0.6 - len(shown), _TOP + _TALL + 0.9 if distributed else 0.6)
    label(ax, f"{measure.axis}{', logarithmic' if logarithmic else ''})")
    handles = status_patches(atom.status for _, atom in shown)
    legend(ax, [*handles, *([_limit_mark()] if measure.limits else [])])
    return ax


def _scale(ax: Axes, rows: Sequence[tuple[float, AtomRow]], measure: _Measure) -> bool:
    """Choose the axis: logarithmic where values differ by much. Return whether it is."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    values = [value for value, _ in rows]
    low, high = values[-1], max(values[0], max(measure.limits.values(), default=0.0))
    logarithmic = high / low > _WIDE_RANGE
    if logarithmic:
        ax.set_xscale("log", base=measure.base)
        ax.set_xlim(low / 1.3, high * (high / low) ** 0.14)
        between = (1.0, 2.0, 5.0) if measure.base == 10 and high / low < _SHORT_RANGE else (1.0,)
        ax.xaxis.set_major_locator(LogLocator(base=measure.base, subs=between, numticks=10))
        ax.xaxis.set_minor_locator(LogLocator(base=measure.base, subs=(1.0,), numticks=10))
    else:
        ax.set_xlim(0, high * 1.16)
        steps = [1, 2, 4, 8, 10] if measure.base == 2 else [1, 2, 5, 10]
        ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=steps))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(measure, value)))
    return logarithmic


def _tick(measure: _Measure, value: float) -> str:
    if measure.base == 2:
        return measure.text(value)
    return f"{value:g}"


def _draw_distribution(
    ax: Axes, rows: Sequence[tuple[float, AtomRow]], measure: _Measure, *, logarithmic: bool
) -> None:
    """Draw how many atoms have which value, and mark the median and the 95th percentile."""
    import numpy as np

    values = np.array([value for value, _ in rows])
    low, high = values[-1], values[0]
    bins = min(_BINS, max(8, int(len(rows) ** 0.5) * 2))
    if high <= low:
        low, high = low * 0.97, high * 1.03
    edges = np.geomspace(low, high, bins + 1) if logarithmic else np.linspace(low, high, bins + 1)
    edges[0], edges[-1] = low, high
    counts, _ = np.histogram(values, edges)
    ax.stairs(_TOP + counts / counts.max() * _TALL, edges, baseline=_TOP, fill=True, color=FILL)
    ax.axhline(_TOP, color=MUTED, linewidth=0.6)
    for share, name, side in ((0.5, "median", "right"), (0.95, "95%", "left")):
        value = _at(rows, share)
        ax.plot([value, value], [_TOP, _TOP + _TALL + 0.1], color=ACCENT, linewidth=1.1)
        ax.annotate(
            f"{name} {measure.text(value)}",
            (value, _TOP + _TALL + 0.1),
            xytext=(-3 if side == "right" else 3, 1),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=SMALL - 1,
            color=ACCENT,
        )


def _limit_mark() -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], color=INK, marker="|", linestyle="none", markersize=9, markeredgewidth=1.6, label="its limit"
    )
