"""Draws what flows from column to column: nodes as bars, links as bands between them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mge_toolkit.plots.canvas import SMALL
from mge_toolkit.plots.palette import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BREADTH: Final = 0.035  # of the distance between two columns
_ROOM: Final = 0.075  # of the height: what a node's name takes
_GAP: Final = 0.018
_PALE: Final = 0.42


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A node of one column; ``hatch`` as in a patch."""

    key: Hashable
    name: str
    colour: str
    hatch: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """So many flow from a node of one column to a node of the next."""

    start: Hashable
    end: Hashable
    amount: int
    colour: str


@dataclass(kw_only=True, slots=True)
class _Place:
    top: float
    height: float
    left: float = 0.0  # how much has flowed in and out so far, as height
    gone: float = 0.0


def draw_flow(
    ax: Axes, headings: Sequence[str], columns: Sequence[Sequence[Node]], links: Sequence[Sequence[Link]]
) -> None:
    """Draw columns of nodes, each as tall as what flows through it, and ``links[i]`` from column i to the next."""
    total = sum(link.amount for link in links[0])
    placed = [_placed(column, _amounts(place, links), total) for place, column in enumerate(columns)]
    bottom = max(max((one.top + one.height for one in nodes.values()), default=0.0) for nodes in placed)
    for column, between in enumerate(links):
        for link in between:
            _draw_link(ax, column, link, placed[column][link.start], placed[column + 1][link.end], total)
    for column, nodes in enumerate(columns):
        ax.text(column, -0.045, headings[column], fontsize=SMALL + 1, color=MUTED, ha="left", va="bottom")
        for node in nodes:
            _draw_node(ax, column, node, placed[column][node.key])
    ax.set_xlim(-0.02, len(columns) - 1 + 0.62)
    ax.set_ylim(bottom + 0.02, -0.1)
    ax.set_axis_off()


def _amounts(column: int, links: Sequence[Sequence[Link]]) -> Mapping[Hashable, int]:
    found: dict[Hashable, int] = {}
    for link in links[0] if column == 0 else links[column - 1]:
        key = link.start if column == 0 else link.end
        found[key] = found.get(key, 0) + link.amount
    return found


def _placed(nodes: Sequence[Node], amounts: Mapping[Hashable, int], total: int) -> dict[Hashable, _Place]:
    """Return where nodes lie, from the top; a small one has as much room as its name takes."""
    found: dict[Hashable, _Place] = {}
    top = 0.0
    for node in nodes:
        height = amounts.get(node.key, 0) / total
        room = max(height, _ROOM)
        found[node.key] = _Place(top=top + (room - height) / 2, height=height)
        top += room + _GAP
    return found


def _draw_node(ax: Axes, column: int, node: Node, place: _Place) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (column, place.top),
            _BREADTH,
            max(place.height, 0.004),
            facecolor=node.colour,
            edgecolor=INK,
            linewidth=0.5,
            hatch=node.hatch or None,
        )
    )
    ax.text(
        column + _BREADTH + 0.02,
        place.top + place.height / 2,
        node.name,
        fontsize=SMALL + 0.5,
        color=INK,
        ha="left",
        va="center",
    )


def _draw_link(ax: Axes, column: int, link: Link, start: _Place, end: _Place, total: int) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    height = link.amount / total
    upper, lower = start.top + start.gone, end.top + end.left
    start.gone += height
    end.left += height
    left, right = column + _BREADTH, column + 1.0
    middle = (left + right) / 2
    curve, line = Path.CURVE4, Path.LINETO
    outline = Path(
        [
            (left, upper),
            (middle, upper),
            (middle, lower),
            (right, lower),
            (right, lower + height),
            (middle, lower + height),
            (middle, upper + height),
            (left, upper + height),
            (left, upper),
        ],
        [Path.MOVETO, curve, curve, curve, line, curve, curve, curve, Path.CLOSEPOLY],
    )
    ax.add_patch(PathPatch(outline, facecolor=link.colour, alpha=_PALE, edgecolor="none", linewidth=0.0))
