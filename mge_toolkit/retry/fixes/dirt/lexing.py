"""Tell code, strings and comments of a dirty source apart: by tokens alone, as it may not parse."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a piece of a source is."""

    CODE = "code"
    STRING = "string"
    COMMENT = "comment"


class Piece(NamedTuple):
    """A stretch of a source. ``unfinished`` strings run on to the end of the source."""

    kind: Kind
    text: str
    unfinished: bool = False


# Every alternative is linear: a quote without its partner on the line is taken for code, alone. So are three
# backquotes in JavaScript: they are Markdown's, and no template.
_PYTHON: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>\"{3}(?:[^"\\]|\\(?:.|\Z)|"(?!""))*+(?:\"{3}|(?P<open>\Z))
    |'{3}(?:[^'\\]|\\(?:.|\Z)|'(?!''))*+(?:'{3}|(?P<open2>\Z))
    |"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')
    |[^"'\#\\]+|\\.|.""",
    re.VERBOSE | re.DOTALL,
)
_JAVASCRIPT: Final = re.compile(
    r"""(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))
    |`{3}
    |(?P<string>`(?:[^`\\]|\\(?:.|\Z))*+(?:`|(?P<open>\Z))|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')
    |(?P<open2>(?!))|[^"'`/\\]+|\\.|.""",
    re.VERBOSE | re.DOTALL,
)

_NOT_BREAK: Final = re.compile(r"[^\n]")


def pieces(text: str, *, python: bool) -> Iterator[Piece]:
    """Yield the pieces of ``text`` in order; together they are ``text``."""
    begun = 0
    for found in (_PYTHON if python else _JAVASCRIPT).finditer(text):
        kind = found.lastgroup
        if kind is None:
            continue
        if found.start() > begun:
            yield Piece(Kind.CODE, text[begun : found.start()])
        unfinished = found["open"] is not None or found["open2"] is not None
        is_comment = found["comment"] is not None
        yield Piece(Kind.COMMENT if is_comment else Kind.STRING, found[0], unfinished)
        begun = found.end()
    if begun < len(text):
        yield Piece(Kind.CODE, text[begun:])


def outside(
    text: str, change: Callable[[str], str], *, python: bool, kinds: Collection[Kind] = (Kind.CODE,)
) -> str:
    """Return ``text`` with its code (what is of ``kinds``) changed, its strings and comments as they were."""
    return "".join(
        change(piece.text) if piece.kind in kinds else piece.text for piece in pieces(text, python=python)
    )


def code_of(text: str, *, python: bool) -> str:
    """Return the code of ``text`` alone."""
    return "".join(piece.text for piece in pieces(text, python=python) if piece.kind is Kind.CODE)


def masked(text: str, *, python: bool) -> str:
    """Return ``text`` with spaces in place of its strings and comments."""
    return "".join(
        piece.text if piece.kind is Kind.CODE else _NOT_BREAK.sub(" ", piece.text)
        for piece in pieces(text, python=python)
    )


def inner_lines(text: str, *, python: bool) -> set[int]:
    """Return the lines (from 0) that begin inside a string or a comment: not theirs to be indented."""
    found: set[int] = set()
    line = 0
    for piece in pieces(text, python=python):
        height = piece.text.count("\n")
        if piece.kind is not Kind.CODE:
            found.update(range(line + 1, line + height + 1))
        line += height
    return found


_OPENERS: Final = {"(": ")", "[": "]", "{": "}"}


def unclosed(text: str, *, python: bool) -> str:
    """Return what would close the brackets that ``text`` leaves open, innermost first."""
    wanted: list[str] = []
    for letter in code_of(text, python=python):
        if letter in _OPENERS:
            wanted.append(_OPENERS[letter])
        elif wanted and letter == wanted[-1]:
            wanted.pop()
    return "".join(reversed(wanted))
