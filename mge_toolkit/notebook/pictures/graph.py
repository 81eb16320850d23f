"""Atoms and what they need, the waves from left to right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mge_toolkit.core.graph import Graph
from mge_toolkit.core.plans import empty_mapping
from mge_toolkit.notebook.pictures.pages import SYMBOLS
from mge_toolkit.notebook.pictures.scene import Box, Scene, Shape, Stroke, Words, fitted, text_on
from mge_toolkit.plots.palette import ACCENT, INK, MUTED, STATUS_COLOURS, Status

WIDE: Final = 150.0
TALL: Final = 22.0
_ACROSS: Final = 54.0
_DOWN: Final = 10.0
_TOP: Final = 26.0
_SWEEPS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphPicture:
    """Atoms with their waves and statuses, and what each of them needs.

    ``titles`` are what a pointer over an atom tells; ``path`` is the critical path, ``marked`` the selected atom.
    """

    waves: Mapping[str, int]
    needs: Graph
    statuses: Mapping[str, Status]
    titles: Mapping[str, str] = field(default_factory=empty_mapping)
    path: Sequence[str] = ()
    marked: str = ""


def graph_scene(picture: GraphPicture) -> Scene:
    """Return the drawing."""
    columns = _columns(picture)
    places = {
        name: (column * (WIDE + _ACROSS), _TOP + row * (TALL + _DOWN))
        for column, names in enumerate(columns.values())
        for row, name in enumerate(names)
    }
    shapes: list[Shape] = [
        Words(column * (WIDE + _ACROSS), 14, f"wave {wave}", 10, MUTED) for column, wave in enumerate(columns)
    ]
    steps = set(zip(picture.path, picture.path[1:], strict=False))
    edges = [(before, name) for name in places for before in picture.needs.get(name, ()) if before in places]
    for before, name in sorted(edges, key=lambda edge: edge in steps):
        critical = (before, name) in steps
        near = picture.marked in (before, name)
        colour = ACCENT if critical else INK if near else MUTED
        shapes.append(_edge(places[before], places[name], colour, 2.5 if critical else 1.4 if near else 0.8))
    for name, (x, y) in places.items():
        shapes += _node(picture, name, x, y)
    rows = max((len(names) for names in columns.values()), default=1)
    bad = sum(status in (Status.FAILED, Status.ERROR) for status in picture.statuses.values())
    return Scene(
        max(1, len(columns)) * (WIDE + _ACROSS) - _ACROSS + 4,
        _TOP + rows * (TALL + _DOWN) + 4,
        shapes,
        f"Dependency graph of {len(places)} atoms in {len(columns)} waves, {bad} of them failed",
    )


def nearest(graph: Graph, followers: Graph, start: Collection[str], limit: int) -> list[str]:
    """Return the atoms nearest to some, along what they need and what needs them, at most ``limit``."""
    found = dict.fromkeys(start)
    edge = list(found)
    while edge and len(found) < limit:
        beyond = dict.fromkeys(
            other
            for name in edge
            for other in (*graph.get(name, ()), *followers.get(name, ()))
            if other not in found
        )
        edge = list(beyond)[: limit - len(found)]
        found.update(dict.fromkeys(edge))
    return list(found)[:limit]


def _columns(picture: GraphPicture) -> dict[int, list[str]]:
    """Return the atoms of each wave, ordered so that few lines cross: each near the middle of its neighbours."""
    columns: dict[int, list[str]] = {}
    for name, wave in sorted(picture.waves.items(), key=lambda item: item[1]):
        columns.setdefault(wave, []).append(name)
    followers: dict[str, list[str]] = {}
    for name in picture.waves:
        for before in picture.needs.get(name, ()):
            followers.setdefault(before, []).append(name)
    for sweep in range(_SWEEPS):
        neighbours = picture.needs if sweep % 2 == 0 else followers
        rows = {name: row for names in columns.values() for row, name in enumerate(names)}
        for wave in columns if sweep % 2 == 0 else reversed(columns):

            def middle(name: str) -> float:
                beside = [rows[other] for other in neighbours.get(name, ()) if other in rows]  # noqa: B023
                return sum(beside) / len(beside) if beside else rows[name]  # noqa: B023

            columns[wave].sort(key=middle)
            rows.update({name: row for row, name in enumerate(columns[wave])})
    return columns


def _edge(start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> Stroke:
    one, other = start[1] + TALL / 2, end[1] + TALL / 2
    left, right = start[0] + WIDE, end[0]
    return Stroke(((left, one), (left + 14, one), (right - 14, other), (right, other)), colour, width)


def _node(picture: GraphPicture, name: str, x: float, y: float) -> list[Shape]:
    status = picture.statuses.get(name)
    colour = "#ffffff" if status is None else STATUS_COLOURS[status]
    edge = INK if name == picture.marked else ACCENT if name in picture.path else MUTED
    weight = 2.6 if name == picture.marked else 2.0 if name in picture.path else 0.8
    sign = "" if status is None else f"{SYMBOLS[status]} "
    title = picture.titles.get(name, name)
    text = INK if status is None else text_on(colour)
    return [
        Box(x + 1, y, WIDE - 2, TALL, colour, title, edge, weight),
        Words(x + 8, y + 15, fitted(f"{sign}{name}", WIDE - 16), 11, text, title=title),
    ]
