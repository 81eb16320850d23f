"""How new code is written as a literal block, the lines around it and its own unchanged lines left as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from mge_toolkit.plan.rewriting.changes import Edit
from mge_toolkit.plan.rewriting.places import Place
from mge_toolkit.plan.rewriting.written import Leaf
from mge_toolkit.plan.writing import double_quoted, fits_block, needs_indicator

STYLES: Final = ("|", ">")
DEEPEST: Final = 9
"""How much deeper than its key a block can say it is: the indicator is one digit."""

_BREAK = re.compile(r"\r\n?|\n")
_HEADER = re.compile(r"([|>])([-+0-9]*)[^\r\n]*(\r\n?|\n|\Z)")
_LINE = re.compile(r"([^\r\n]*)(\r\n?|\n|\Z)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Block:
    """A block as it stands: its indicators, where its content is, how deep it is and how its lines end."""

    indicators: str
    start: int
    end: int
    margin: int
    newline: str

    @property
    def keeps(self) -> bool:
        """Return whether the blank lines at its end belong to it."""
        return "+" in self.indicators


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lines:
    """A block as it is to be written."""

    header: str
    margin: int
    lines: list[str]


def newline_of(text: str, offset: int = 0) -> str:
    """Return how the line at ``offset`` ends, else the first line."""
    found = _BREAK.search(text, offset) or _BREAK.search(text)
    return found[0] if found else "\n"


def rewritten_block(text: str, place: Place, leaf: Leaf, code: str) -> Sequence[Edit]:
    """Return the edits that make a block hold ``code``; it becomes a quoted scalar where no block can."""
    block = _read(text, place, leaf)
    indicators = (leaf.start, leaf.start + 1 + len(block.indicators))
    made = _made(text, place, code, block)
    if made is None:
        at_end = block.end == len(text) and not text.endswith(("\r", "\n"))
        removed = block.start - (len(block.newline) if at_end and block.start < block.end else 0)
        return [
            Edit(start=indicators[0], end=indicators[1], text=double_quoted(code)),
            Edit(start=removed, end=block.end, text=""),
        ]
    body = "".join(_reusing(text[block.start : block.end], leaf, block, made))
    if block.start == len(text) and not _BREAK.search(text, leaf.start):
        body = block.newline + body
    return [
        Edit(start=indicators[0], end=indicators[1], text=made.header),
        Edit(start=block.start, end=block.end, text=_ended(text, block, body, code)),
    ]


def new_block(text: str, place: Place, start: int, end: int, code: str) -> Sequence[Edit] | None:
    """Return the edits that put a block into the place of a word or an alias, ``None`` where none fits.

    A comment behind it stays on its line.
    """
    rest = _LINE.match(text, end)
    after = rest.end() if rest else end
    newline = newline_of(text, start)
    block = _Block(indicators="", start=after, end=after, margin=place.column + place.step, newline=newline)
    made = _made(text, place, code, block)
    if made is None:
        return None
    body = ("" if rest and rest[2] else newline) + "".join(made.lines)
    return [
        Edit(start=start, end=end, text=made.header),
        Edit(start=after, end=after, text=_ended(text, block, body, code)),
    ]


def block_text(place: Place, code: str, newline: str) -> str | None:
    """Return a block with all its lines, to stand before another key; ``None`` where it cannot hold ``code``."""
    block = _Block(indicators="", start=0, end=0, margin=place.column + place.step, newline=newline)
    made = _made("", place, code, block)
    return None if made is None else f"{made.header}{newline}{''.join(made.lines)}"


def _read(text: str, place: Place, leaf: Leaf) -> _Block:
    header = _HEADER.match(text, leaf.start)
    if header is None:
        raise ValueError(f"no block begins at offset {leaf.start}")
    start, end = header.end(), max(leaf.end, header.end())
    digits = header[2].strip("+-")
    lines = [line.rstrip("\r\n") for line in _split(text[start:end])]
    first = next((line for line in lines if line.strip(" ")), None)
    if digits:
        margin = place.column + int(digits)
    elif first is None:
        margin = place.column + place.step
    else:
        margin = len(first) - len(first.lstrip(" "))
    if "+" not in header[2]:
        ended = _split(text[start:end])
        while ended and not (blank := ended[-1].rstrip("\r\n")).strip(" ") and len(blank) <= margin:
            end -= len(ended.pop())
    return _Block(
        indicators=header[2],
        start=start,
        end=end,
        margin=margin,
        newline=header[3] or newline_of(text),
    )


def _made(text: str, place: Place, code: str, block: _Block) -> _Lines | None:
    """Return the block to stand in the place of ``block``, or ``None`` where none can hold ``code``."""
    blanks = _blank_lines(text, block.end, block.margin)
    trailing = len(code) - len(code.rstrip("\n"))
    if blanks is None or not fits_block(code) or (trailing > 1 and blanks > trailing - 1):
        return None
    ended = "+" if trailing > 1 or block.keeps else ""
    chomping = ended if trailing else "-"
    digits = block.indicators.strip("+-")
    margin = block.margin
    if needs_indicator(code) and not digits:
        if margin - place.column > DEEPEST:
            margin = place.column + place.step
        digits = str(margin - place.column)
    lines = code.rstrip("\n").split("\n")
    indented = [f"{' ' * margin if line else ''}{line}{block.newline}" for line in lines]
    if trailing > 1:
        indented += [block.newline] * (trailing - 1 - blanks)
    return _Lines(header=f"|{digits}{chomping}", margin=margin, lines=indented)


def _blank_lines(text: str, offset: int, margin: int) -> int | None:
    """Return how many blank lines follow, or ``None`` where a block would take in what follows it."""
    blanks = 0
    while offset < len(text):
        line = _LINE.match(text, offset)
        content = line[1] if line else ""
        if content.strip(" \t"):
            return None if len(content) - len(content.lstrip(" ")) >= margin else blanks
        if "\t" in content or len(content) > margin:
            return None
        if line is None or not line[2]:
            break
        blanks += 1
        offset = line.end()
    return blanks


def _reusing(content: str, leaf: Leaf, block: _Block, made: _Lines) -> list[str]:
    """Return the block's lines, those that did not change as they stood, with their blanks and their ends."""
    old = _split(content)
    values = str(leaf.value).split("\n")[: len(old)]
    alike = [line.rstrip("\r\n")[block.margin :] == value for line, value in zip(old, values, strict=False)]
    if leaf.style != "|" or block.margin != made.margin or len(values) != len(old) or not all(alike):
        return made.lines
    new = [line.rstrip("\r\n")[made.margin :] for line in made.lines]
    lines = list(made.lines)
    for start, other, size in SequenceMatcher(None, values, new).get_matching_blocks():
        for number in range(size):
            if old[start + number].endswith(("\r", "\n")):
                lines[other + number] = old[start + number]
    return lines


def _split(text: str) -> list[str]:
    """Return the lines of ``text`` with their ends."""
    return [found[0] for found in _LINE.finditer(text) if found[0]]


def _ended(text: str, block: _Block, body: str, code: str) -> str:
    """Return ``body`` without a last line break where the file has none and the code needs none."""
    if block.end == len(text) and not code.endswith("\n") and not text.endswith(("\r", "\n")):
        return body.removesuffix(block.newline)
    return body
