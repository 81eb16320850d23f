"""Two pictures of areas: groups as tiles within one another, and a grid of counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mge_toolkit.notebook.pictures.scene import Box, Scene, Shape, Words, channels, fitted, tail_of, text_on
from mge_toolkit.plots.palette import INK, MUTED, PAPER, STATUS_COLOURS, Status

WIDTH: Final = 620.0
HEIGHT: Final = 360.0
_HEAD: Final = 17.0
_GAP: Final = 2.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A group or an atom: as large as ``size`` says. ``parts`` are the tiles within."""

    name: str
    size: float
    colour: str
    title: str
    parts: tuple[Tile, ...] = ()
    marked: bool = False


def tiles_scene(root: Tile) -> Scene:
    """Return the drawing of a tile and what is within it, three levels deep."""
    shapes: list[Shape] = []
    _draw(root, (0.0, 0.0, WIDTH, HEIGHT), shapes, 0)
    names = ", ".join(part.title for part in root.parts[:20])
    return Scene(WIDTH, HEIGHT, shapes, f"{root.title}: {names}")


def rate_colour(rate: float | None) -> str:
    """Return the colour of a success rate: the darker, the more failed."""
    if rate is None:
        return STATUS_COLOURS[Status.BLOCKED]
    good, bad = (channels(STATUS_COLOURS[status]) for status in (Status.PASSED, Status.FAILED))
    mixed = (round(low + (high - low) * rate) for high, low in zip(good, bad, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def grid_scene(
    rows: Sequence[str],
    columns: Sequence[str],
    count: Callable[[int, int], int],
    *,
    marked: int | None = None,
    label: str,
) -> Scene:
    """Return a grid in which a cell is the darker the more it counts, with its number in it."""
    left, cell, tall = 400.0, 46.0, 24.0
    top = 18.0
    counts = [[count(row, column) for column in range(len(columns))] for row in range(len(rows))]
    most = max((number for row in counts for number in row), default=0) or 1
    shapes: list[Shape] = [
        Words(
            left + column * cell + cell / 2, 12, fitted(name, cell + 4, 10), 10, MUTED, "middle", title=name
        )
        for column, name in enumerate(columns)
    ]
    for row, name in enumerate(rows):
        y = top + row * tall
        chosen = row == marked
        room = (left - 10) * (0.9 if chosen else 1.0)  # bold letters are broader
        shapes.append(Words(0, y + 16, fitted(name, room), colour=INK, bold=chosen, title=name))
        for column, number in enumerate(counts[row]):
            colour = _shade(number / most) if number else "#f2f4f6"
            x = left + column * cell
            title = f"{name}, {columns[column]}: {number}"
            edge = INK if chosen else ""
            shapes.append(Box(x + 1, y + 1, cell - 2, tall - 2, colour, title if number else "", edge, 1.4))
            if number:
                shapes.append(
                    Words(x + cell / 2, y + 16, f"{number:,}", 11, text_on(colour), "middle", title=title)
                )
    return Scene(left + len(columns) * cell, top + len(rows) * tall + 2, shapes, label)


def _draw(tile: Tile, area: tuple[float, float, float, float], shapes: list[Shape], level: int) -> None:
    x, y, wide, tall = area
    edge, weight = (INK, 2.6) if tile.marked else (PAPER, 1.0)
    shapes.append(Box(x, y, max(0.5, wide), max(0.5, tall), tile.colour, tile.title, edge, weight))
    room = (fitted if tile.parts else tail_of)(tile.name, wide - 7, 10.5) if tall > 13 else ""
    if room:
        shapes.append(
            Words(x + 4, y + 12, room, 10.5, text_on(tile.colour), bold=bool(tile.parts), title=tile.title)
        )
    if not tile.parts or level >= 3 or wide < 8 or tall < _HEAD + 6:
        return
    inner = (x + _GAP, y + _HEAD, wide - 2 * _GAP, tall - _HEAD - _GAP)
    parts = sorted((part for part in tile.parts if part.size > 0), key=lambda part: -part.size)
    for part, place in zip(parts, _squarified([part.size for part in parts], inner), strict=True):
        _draw(part, place, shapes, level + 1)


def _squarified(
    sizes: Sequence[float], area: tuple[float, float, float, float]
) -> list[tuple[float, float, float, float]]:
    """Return areas as large as ``sizes`` (the largest first) say, each as square as its row lets it be."""
    x, y, wide, tall = area
    scale = wide * tall / (sum(sizes) or 1.0)
    rest = [size * scale for size in sizes]
    places: list[tuple[float, float, float, float]] = []
    while rest:
        short = max(min(wide, tall), 1e-9)
        number = 1
        while number < len(rest) and _worst(rest[: number + 1], short) <= _worst(rest[:number], short):
            number += 1
        row, rest = rest[:number], rest[number:]
        thick = sum(row) / short
        along = 0.0
        for size in row:
            long = size / max(thick, 1e-9)
            places.append((x, y + along, thick, long) if wide >= tall else (x + along, y, long, thick))
            along += long
        if wide >= tall:
            x, wide = x + thick, max(wide - thick, 0.0)
        else:
            y, tall = y + thick, max(tall - thick, 0.0)
    return places


def _worst(row: Sequence[float], short: float) -> float:
    """Return how far from a square the worst tile of a row is."""
    total = sum(row)
    thick = total / short
    return max(max(thick * thick / size, size / (thick * thick)) for size in row)


def _shade(share: float) -> str:
    low, high = channels("#f3d9d9"), channels(STATUS_COLOURS[Status.FAILED])
    strength = 0.1 + 0.9 * share
    return "#" + "".join(
        f"{round(one + (other - one) * strength):02x}" for one, other in zip(low, high, strict=True)
    )
