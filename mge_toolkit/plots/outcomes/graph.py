"""The dependency graph in waves, with what became of each atom and the critical path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.plots.canvas import (
    SMALL,
    empty,
    label,
    legend,
    listed,
    many,
    prepare,
    short,
    status_patches,
    whole_numbers,
)
from mge_toolkit.plots.outcomes.layering import Layout, lay_out
from mge_toolkit.plots.palette import FAINT, INK, MUTED, PAPER, STATUS_COLOURS, STATUS_HATCHES, Status
from mge_toolkit.plots.source import AtomRow, RunData, Source, read
from mge_toolkit.reporting.failures import seconds_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED: Final = 60
"""Atoms up to which each has its name."""
_TALL: Final = 22
"""Atoms of one wave up to which each has its name."""
_DOTS: Final = 1200
"""Atoms up to which each has a dot; above, waves are columns by outcome."""
_FEW: Final = 200
"""Edges up to which each is drawn in full strength."""
_DARK: Final = (Status.FAILED, Status.ERROR, Status.HEALED, Status.STOPPED)


def plot_graph(source: Source, ax: Axes | None = None, *, plan: Masterplan | None = None) -> Axes:
    """Show the dependency graph in waves, from left to right, with outcomes and the critical path.

    Takes a run or a recorded run. Up to some sixty atoms are named, up to a thousand are dots; beyond, each wave
    is a column by outcome. ``plan`` is what was run where the run does not know it.
    """
    data = read(source)
    plan = plan or data.plan
    if plan is None:
        raise SettingsError("this run does not know its plan: give plan=, the masterplan that was run")
    if not data.atoms:
        return empty(ax, "No atoms", "the run had nothing to do")
    waves: dict[int, list[AtomRow]] = {}
    for atom in data.atoms:
        waves.setdefault(atom.wave, []).append(atom)
    title = _finding(data, len(waves))
    tallest = max(map(len, waves.values()))
    handles = status_patches(atom.status for atom in data.atoms)
    if len(data.atoms) > _DOTS:
        ax = prepare(ax, title, grid="y")
        _draw_columns(ax, waves)
    else:
        named = len(data.atoms) <= _NAMED and tallest <= _TALL
        by_wave = {number: [atom.atom_id for atom in atoms] for number, atoms in waves.items()}
        layout = lay_out(by_wave, _edges(data.atoms, plan))
        ax = prepare(ax, title, height=min(max(2.6, 1.7 + (0.34 if named else 0.16) * layout.rows), 8.0))
        path = data.critical_path if len(data.critical_path) > 1 else ()
        _draw_edges(ax, layout, frozenset(pairwise(path)))
        _draw_atoms(ax, data.atoms, layout, len(waves), frozenset(path), named=named)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.set_ylim(layout.rows / 2 + 0.2, -layout.rows / 2 - 0.2)
        label(ax, "wave")
        if path:
            handles.append(_path_entry())
    ax.set_xlim(min(waves) - 0.5, max(waves) + 0.5)
    whole_numbers(ax.xaxis)
    legend(ax, handles)
    return ax


def _finding(data: RunData, waves: int) -> str:
    statuses = [atom.status for atom in data.atoms]
    title = f"{many(len(statuses), 'atom')} in {many(waves, 'wave')}"
    lost = [status for status in (Status.FAILED, Status.ERROR, Status.SKIPPED) if status in statuses]
    words = {Status.ERROR: "without verdict"}
    if lost:
        title += f": {listed(f'{statuses.count(one):,} {words.get(one, one.value)}' for one in lost)}"
        held = statuses.count(Status.BLOCKED)
        title += f", which held up {held:,} more" if held else ""
    path = data.critical_path
    if len(path) > 1 and data.critical_path_time:
        title += f"; critical path of {len(path)} atoms: {seconds_text(data.critical_path_time)}"
    return title


def _edges(atoms: Sequence[AtomRow], plan: Masterplan) -> list[tuple[str, str]]:
    """Return the edges between the atoms, from what is needed to what needs it."""
    known = {atom.atom_id for atom in atoms}
    return [
        (one, atom.atom_id)
        for atom in atoms
        if atom.atom_id in plan.atoms
        for one in plan.atoms[atom.atom_id].predecessors
        if one in known
    ]


def _draw_edges(ax: Axes, layout: Layout, critical: frozenset[tuple[str, str]]) -> None:
    from matplotlib.collections import LineCollection

    usual = [way for edge, way in layout.ways.items() if edge not in critical]
    alpha = 1.0 if len(usual) < _FEW else max(0.15, _FEW / len(usual))
    ax.add_collection(
        LineCollection(
            usual, colors=MUTED, linewidths=0.7, alpha=alpha, zorder=1, rasterized=len(usual) > 10 * _FEW
        )
    )
    marked = [way for edge, way in layout.ways.items() if edge in critical]
    ax.add_collection(LineCollection(marked, colors=INK, linewidths=2.4, zorder=2))


def _draw_atoms(
    ax: Axes,
    atoms: Sequence[AtomRow],
    layout: Layout,
    waves: int,
    critical: frozenset[str],
    *,
    named: bool,
) -> None:
    if not named:
        room = ax.get_window_extent().height / ax.figure.dpi * 72
        size = min(max(room / layout.rows * 0.75, 1.5), 9.0)
        ax.scatter(
            [layout.places[atom.atom_id][0] for atom in atoms],
            [layout.places[atom.atom_id][1] for atom in atoms],
            s=[(size * (1.5 if atom.atom_id in critical else 1.0)) ** 2 for atom in atoms],
            c=[STATUS_COLOURS[atom.status] for atom in atoms],
            edgecolors=[INK if atom.atom_id in critical else PAPER for atom in atoms],
            linewidths=[1.0 if atom.atom_id in critical else 0.3 for atom in atoms],
            zorder=3,
        )
        return
    letters = max(6, min(22, int(92 / waves)))
    for atom in atoms:
        x, y = layout.places[atom.atom_id]
        heavy = atom.atom_id in critical
        ax.text(
            x,
            y,
            short(atom.atom_id, letters),
            ha="center",
            va="center",
            fontsize=SMALL,
            color=PAPER if atom.status in _DARK else INK,
            zorder=3,
            bbox={
                "boxstyle": "round,pad=0.35",
                "facecolor": STATUS_COLOURS[atom.status],
                "edgecolor": INK if heavy else FAINT,
                "linewidth": 1.8 if heavy else 0.8,
            },
        )


def _draw_columns(ax: Axes, waves: Mapping[int, Sequence[AtomRow]]) -> None:
    numbers = sorted(waves)
    heights = dict.fromkeys(numbers, 0)
    for status in Status:
        counts = [sum(atom.status is status for atom in waves[number]) for number in numbers]
        if any(counts):
            ax.bar(
                numbers,
                counts,
                bottom=[heights[number] for number in numbers],
                width=0.8 if len(numbers) < 200 else 1.0,
                color=STATUS_COLOURS[status],
                hatch=STATUS_HATCHES.get(status) if len(numbers) < 60 else None,
                edgecolor=MUTED if status in STATUS_HATCHES else "none",
                linewidth=0.0,
            )
            heights = {number: heights[number] + count for number, count in zip(numbers, counts, strict=True)}
    whole_numbers(ax.yaxis)
    label(ax, "wave", "atoms")


def _path_entry() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=INK, linewidth=2.4, label="critical path")
