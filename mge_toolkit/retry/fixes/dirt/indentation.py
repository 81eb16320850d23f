"""Indentation that is wrong as a whole: tabs among spaces, everything too deep, a first line unlike the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import inner_lines
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_LEADING: Final = re.compile(r"[ \t\f]*")
_TABS: Final = (4, 8, 2)


class IndentationWash(Wash):
    """Writes tabs as spaces, and moves the whole source or its first line to where it belongs."""

    name = "dirt-indentation"
    certain = False
    only_python = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the source with spaces alone, each moved as a whole and in its first line."""
        inner = inner_lines(text, python=True)
        for spaced, note in _spaced(text, inner):
            if note:
                yield Washed(spaced, note, 0.05)
            for moved, what in _moved(spaced, inner):
                yield Washed(moved, f"{note}; {what}" if note else what, 0.1)


def _spaced(text: str, inner: set[int]) -> Iterator[tuple[str, str]]:
    """Yield ``text`` with its tabs as they are, or else as spaces of each likely width."""
    lines = text.split("\n")
    leading = {n: _leading(line) for n, line in enumerate(lines) if n not in inner and line.strip()}
    tabbed = [number for number, start in leading.items() if "\t" in start or "\f" in start]
    if not any(" " in start for start in leading.values()) or not tabbed:
        yield text, ""
        return
    for width in _TABS:
        spaced = [
            line[: len(leading[n])].replace("\f", "").expandtabs(width) + line[len(leading[n]) :]
            if n in leading
            else line
            for n, line in enumerate(lines)
        ]
        yield "\n".join(spaced), f"wrote tabs as {width} spaces, the first on line {tabbed[0] + 1}"


def _moved(text: str, inner: set[int]) -> Iterator[tuple[str, str]]:
    """Yield ``text`` moved to the left as a whole, or its first line to where the others are."""
    lines = text.split("\n")
    code = [
        n
        for n, line in enumerate(lines)
        if n not in inner and line.strip() and not line.lstrip().startswith("#")
    ]
    if not code:
        return
    first, rest = code[0], code[1:]
    own = len(_leading(lines[first]))
    common = min(len(_leading(lines[number])) for number in code)
    if common:
        yield _shifted(lines, common, range(len(lines))), f"moved every line {common} columns to the left"
    others = min((len(_leading(lines[number])) for number in rest), default=own)
    if own and own != common:
        yield _shifted(lines, own, range(first + 1)), f"moved line {first + 1} to the beginning of the line"
        if common:
            text = _shifted(lines, common, range(first + 1, len(lines)))
            lines = text.split("\n")
            yield (
                _shifted(lines, own, range(first + 1)),
                "moved every line to the left, the first one further",
            )
    elif others > own:
        what = f"moved the lines behind line {first + 1} {others - own} columns to the left"
        yield _shifted(lines, others - own, range(first + 1, len(lines))), what
        if rest:
            deeper = len(_leading(lines[rest[0]])) - others
            for width in sorted({4, deeper} - {0}):
                if others > width:
                    shifted = _shifted(lines, others - width - own, range(first + 1, len(lines)))
                    yield shifted, what


def _leading(line: str) -> str:
    found = _LEADING.match(line)
    return "" if found is None else found[0]


def _shifted(lines: Sequence[str], width: int, where: range) -> str:
    """Return ``lines`` with those in ``where`` moved to the left, none further than it can go."""
    return "\n".join(
        line[min(width, len(_leading(line))) :] if number in where else line
        for number, line in enumerate(lines)
    )
