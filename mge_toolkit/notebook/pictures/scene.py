"""A drawing as a list of shapes, and its SVG: escaped, small, and legible on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final, TypeAlias

from mge_toolkit.plots.palette import ACCENT, FAINT, INK, MUTED, PAPER
from mge_toolkit.reporting.failures import printable

BAD_TEXT: Final = "#b2182c"
"""Words about what failed: nearly the colour of that itself, which no theme changes."""
ROLES: Final = {
    BAD_TEXT: "mge-bad",
    INK: "mge-ink",
    MUTED: "mge-muted",
    FAINT: "mge-faint",
    PAPER: "mge-paper",
    ACCENT: "mge-accent",
}
"""Colours that follow the page's theme, by the class that does it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. ``title`` is what a pointer over it tells."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    title: str = ""
    edge: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """A text on one line. ``anchor`` is ``start``, ``middle`` or ``end``; ``y`` is the line it stands on."""

    x: float
    y: float
    text: str
    size: float = 11.0
    colour: str = INK
    anchor: str = "start"
    bold: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    colour: str = FAINT
    width: float = 1.0
    dashed: bool = False


_READABLE: Final = 520.0  # narrower, letters could not be read
_DARK_TEXT: Final = "#111111"
_LIGHT_TEXT: Final = "#fffffe"
"""Texts on a status' own colour, whatever the page is like: no colours of a theme."""

Shape: TypeAlias = Box | Words | Stroke


@dataclass(frozen=True, slots=True)
class Scene:
    """Shapes on a surface, the later ones above. ``label`` says what is to be seen, for who cannot see it."""

    width: float
    height: float
    shapes: Sequence[Shape]
    label: str


def svg(scene: Scene, *, fluid: bool = True) -> str:
    """Return the drawing as an element for a page. Every text in it is escaped.

    A fluid one shrinks with the page; another keeps its size.
    """
    wide, tall = _number(scene.width), _number(scene.height)
    least = min(scene.width, _READABLE)
    shrinks = f"max-width:100%;min-width:{_number(least)}px;height:auto;display:block"
    style = shrinks if fluid else "max-width:none;display:block"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" '
        f'role="img" aria-label="{attribute(scene.label)}" style="{style}">'
    ]
    for kind, shapes in groupby(scene.shapes, _together):
        if kind is None:
            parts += map(_one, shapes)
        else:
            outline = "".join(_outline(shape) for shape in shapes if isinstance(shape, Box))
            parts.append(f'<path{_fill(kind)} d="{outline}"/>')
    return "".join((*parts, "</svg>"))


def attribute(text: str) -> str:
    """Return a text for between an attribute's double quotes."""
    return escape(printable(text), quote=True)


def content(text: str) -> str:
    """Return a text for between tags."""
    return escape(printable(text), quote=False)


def text_width(text: str, size: float = 11.0) -> float:
    """Return about how wide a text is."""
    return len(text) * size * 0.56


def fitted(text: str, width: float, size: float = 11.0) -> str:
    """Return as much of a text as has room, nothing where that is next to nothing."""
    letters = int(width / (size * 0.56))
    if len(text) <= letters:
        return text
    return f"{text[: letters - 1]}…" if letters > 3 else ""


def tail_of(text: str, width: float, size: float = 11.0) -> str:
    """Return as much of a text's end as has room: names beside one another differ there more often."""
    letters = int(width / (size * 0.56))
    if len(text) <= letters:
        return text
    kept = letters - 2  # the dots are as wide as two letters
    return f"…{text[-kept:].lstrip('_-. ')}" if kept > 1 else ""


def text_on(colour: str) -> str:
    """Return the colour in which a text can be read best on another."""
    ground = _luminance(colour)
    return _LIGHT_TEXT if 1.05 / (ground + 0.05) >= (ground + 0.05) / 0.056 else _DARK_TEXT


def _luminance(colour: str) -> float:
    """Return how light a colour is, 0-1, as the guidelines for accessible pages reckon contrast."""
    parts = [channel / 255 for channel in channels(colour)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(colour: str) -> tuple[int, int, int]:
    """Return the red, green and blue of a colour, each from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _together(shape: Shape) -> str | None:
    """Return the colour of a shape that can share one path with others of it, else nothing."""
    if isinstance(shape, Box) and not shape.title and not shape.edge:
        return shape.fill
    return None


def _outline(box: Box) -> str:
    wide = _number(box.width)
    return f"M{_number(box.x)} {_number(box.y)}h{wide}v{_number(box.height)}h-{wide}z"


def _one(shape: Shape) -> str:
    if isinstance(shape, Words):
        bold = ' font-weight="600"' if shape.bold else ""
        title = f"<title>{content(shape.title)}</title>" if shape.title else ""
        return (
            f'<text x="{_number(shape.x)}" y="{_number(shape.y)}" font-size="{_number(shape.size)}" '
            f'text-anchor="{shape.anchor}"{bold}{_fill(shape.colour)}>{content(shape.text)}{title}</text>'
        )
    if isinstance(shape, Stroke):
        points = " ".join(f"{_number(x)},{_number(y)}" for x, y in shape.points)
        dashed = ' stroke-dasharray="4 3"' if shape.dashed else ""
        return (
            f'<polyline points="{points}" stroke-width="{_number(shape.width)}"'
            f"{dashed}{_fill_none(shape.colour)}/>"
        )
    title = f"<title>{content(shape.title)}</title>" if shape.title else ""
    edge = f' stroke="{shape.edge}" stroke-width="{_number(shape.weight)}"' if shape.edge else ""
    return (
        f'<rect x="{_number(shape.x)}" y="{_number(shape.y)}" width="{_number(shape.width)}" '
        f'height="{_number(shape.height)}"{_fill(shape.fill, edge=shape.edge)}{edge}>{title}</rect>'
    )


def _fill(colour: str, edge: str = "") -> str:
    classes = " ".join(_classes(colour, edge))
    themed = f' class="{classes}"' if classes else ""
    return f'{themed} fill="{colour}"'


def _fill_none(colour: str) -> str:
    themed = f' class="{ROLES[colour]}-edge"' if colour in ROLES else ""
    return f'{themed} fill="none" stroke="{colour}"'


def _classes(fill: str, edge: str) -> Iterator[str]:
    if fill in ROLES:
        yield ROLES[fill]
    if edge in ROLES:
        yield f"{ROLES[edge]}-edge"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
