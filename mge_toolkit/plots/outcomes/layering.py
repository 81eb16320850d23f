"""Where the atoms of a graph in waves lie, and how the lines between them go round the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

_SWEEPS: Final = 6
_COLUMN: Final = 30
"""Atoms of one wave up to which they lie in one column."""
_COLUMNS: Final = 20
_BROAD: Final = 0.6  # of the distance between two waves: what several columns take
_NEAR: Final = 0.09
_BENDS: Final = 300
"""How many bends there may be; with more, lines go straight."""

Point: TypeAlias = tuple[float, float]


class Bend(NamedTuple):
    """Where the lines from one atom to later waves pass through a wave."""

    start: str
    wave: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Where atoms lie: waves across, rows about 0 down; ``ways`` are the lines between them, over bends."""

    places: Mapping[str, Point]
    ways: Mapping[tuple[str, str], Sequence[Point]]

    @property
    def rows(self) -> float:
        """Return how many rows there are."""
        points = [*self.places.values(), *(point for way in self.ways.values() for point in way)]
        return 1 + 2 * max((abs(y) for _, y in points), default=0.0)


def lay_out(waves: Mapping[int, Sequence[str]], edges: Sequence[tuple[str, str]]) -> Layout:
    """Return the layout of atoms, given by wave, and of edges from what is needed to what needs it.

    Atoms lie near what they are connected with, so that few lines cross.
    """
    wave_of = {name: number for number, names in waves.items() for name in names}
    bends = {Bend(start, wave) for start, end in edges for wave in range(wave_of[start] + 1, wave_of[end])}
    if len(bends) > _BENDS:
        bends = set()
    chains: dict[tuple[str, str], list[str | Bend]] = {
        (start, end): [
            start,
            *(Bend(start, wave) for wave in range(wave_of[start] + 1, wave_of[end]) if bends),
            end,
        ]
        for start, end in edges
    }
    order: dict[int, list[str | Bend]] = {number: list(names) for number, names in sorted(waves.items())}
    for bend in sorted(bends):
        order[bend.wave].append(bend)
    points = _arranged(order, chains.values())
    return Layout(
        places={name: points[name] for name in wave_of},
        ways={edge: [points[node] for node in chain] for edge, chain in chains.items()},
    )


def _arranged(
    order: dict[int, list[str | Bend]], chains: Iterable[Sequence[str | Bend]]
) -> dict[str | Bend, Point]:
    """Sort each wave by the mean of its neighbours' rows, forth and back a few times; return where all lie."""
    before: dict[str | Bend, set[str | Bend]] = {}
    after: dict[str | Bend, set[str | Bend]] = {}
    for chain in chains:
        for one, other in pairwise(chain):
            before.setdefault(other, set()).add(one)
            after.setdefault(one, set()).add(other)
    points: dict[str | Bend, Point] = {}
    for number, nodes in order.items():
        points.update(_spread(number, nodes, before, after))
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        neighbours = before if forward else after
        for number in sorted(order, reverse=not forward):
            wanted = {
                node: sum(points[one][1] for one in found) / len(found) if found else points[node][1]
                for node in order[number]
                for found in [neighbours.get(node, ())]
            }
            order[number].sort(key=wanted.__getitem__)
            points.update(_spread(number, order[number], before, after))
    return points


def _spread(
    number: int,
    nodes: Sequence[str | Bend],
    before: Mapping[str | Bend, object],
    after: Mapping[str | Bend, object],
) -> dict[str | Bend, Point]:
    """Return where a wave's nodes lie: in one column about row 0, or in several where there are many.

    Of several, those beside later waves have what these need, and those beside earlier ones what only needs, while
    what stands alone is on the other side: lines then pass few atoms by.
    """
    columns = min(max(-(-len(nodes) // _COLUMN), 1), _COLUMNS)
    rows = -(-len(nodes) // columns)
    step = min(_BROAD / max(columns - 1, 1), _NEAR)
    linked = [node for node in nodes if node in after or node in before]
    alone = [node for node in nodes if node not in after and node not in before]
    broad = -(-len(linked) // rows)
    groups: list[tuple[Sequence[str | Bend], int]] = [(alone, columns - broad), (linked, broad)]
    if not linked or not alone or broad == columns:
        groups = [(nodes, columns)]
    elif not any(node in after for node in linked):
        groups.reverse()
    points: dict[str | Bend, Point] = {}
    first = -(columns - 1) / 2
    for group, wide in groups:
        tall = -(-len(group) // wide)
        for place, node in enumerate(group):
            x = number + (first + place % wide) * step
            points[node] = (x, place // wide - (tall - 1) / 2)
        first += wide
    return points
