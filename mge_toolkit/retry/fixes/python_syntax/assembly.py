"""Write a program down as its lines were put, and say what was changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mge_toolkit.retry.fixes.python_syntax.headers import MISSING
from mge_toolkit.retry.fixes.python_syntax.layout import Placed
from mge_toolkit.retry.fixes.python_syntax.lines import Program


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembled:
    """A program's text, and for each of its lines the line of the broken program where its part begins."""

    code: str
    origins: tuple[int, ...]


def assembled(program: Program, path: Sequence[Placed]) -> Assembled:
    """Return the program's text as ``path`` puts its lines."""
    lines: list[tuple[str, int]] = []
    following = 0
    renamed: dict[str, str] = {}
    for placed in path:
        start = placed.start if placed.start >= 0 else len(program.lines)
        between = [(line, following + n) for n, line in enumerate(program.lines[following:start])]
        inserted = [(line, start) for line in placed.inserted]
        headless = any(MISSING in line for line in placed.inserted)
        if placed.start < 0 or headless:
            lines += [*between, *inserted]
        else:
            moved = [(_shifted(line, placed.moved), origin) for line, origin in between]
            lines += [*inserted, *moved]
        if placed.start >= 0:
            lines += [(line, start) for line in _placed_lines(placed)]
        renamed.update(placed.part.renamed)
        following = max(placed.part.end + 1, start)
    lines += [(line, following + n) for n, line in enumerate(program.lines[following:])]
    code = "\n".join(line for line, _ in lines)
    for old, new in renamed.items():
        code = re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", new, code)
    return Assembled(code=code, origins=tuple(origin for _, origin in lines))


def _placed_lines(placed: Placed) -> list[str]:
    if not placed.part.text.strip():
        return []
    first, *others = placed.part.text.split("\n")
    if placed.moved and '"""' not in placed.part.text and "'''" not in placed.part.text:
        others = [_shifted(line, placed.moved) for line in others]
    return [placed.prefix + first, *others]


def _shifted(line: str, columns: int) -> str:
    """Return ``line`` moved to the right, or to the left as far as it goes."""
    stripped = line.lstrip(" \t")
    if not stripped or not columns:
        return line
    width = len(line[: len(line) - len(stripped)].expandtabs())
    return " " * max(width + columns, 0) + stripped


def notes_of(program: Program, path: Sequence[Placed]) -> Iterator[str]:
    """Yield what was changed."""
    moved: tuple[int, int, int] | None = None
    for placed in path:
        if moved is not None and (placed.moved != moved[2] or placed.start < 0):
            yield _movement(*moved)
            moved = None
        if placed.inserted:
            after = placed.start if placed.start >= 0 else len(program.lines)
            words = " and ".join(f"'{line.strip()}'" for line in placed.inserted)
            empty = ", so that the block which begins there does nothing" if words == "'pass'" else ""
            yield f"added {words} after line {after}{empty}"
        if placed.moved:
            moved = (moved[0] if moved else placed.start, placed.part.end, placed.moved)
        for note in placed.part.notes:
            yield f"{note.text} on line {placed.start + note.line + 1}"
    if moved is not None:
        yield _movement(*moved)


def _movement(start: int, end: int, columns: int) -> str:
    word = "indented" if columns > 0 else "dedented"
    lines = f"line {start + 1}" if start == end else f"lines {start + 1} to {end + 1}"
    where = " into the block above" if columns > 0 else " out of the block"
    return f"{word} {lines}{where}"
