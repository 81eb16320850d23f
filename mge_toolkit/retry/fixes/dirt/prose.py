"""Prose around a program and between its parts, without a fence to tell them apart."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.dirt.chunks import (
    Chunk,
    bound_names,
    chunks,
    dedented,
    looks_like_code,
    says_nothing,
)
from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed
from mge_toolkit.retry.fixes.python_parsing import parse

_BUILTINS: Final = frozenset(dir(builtins))
_HEADING: Final = re.compile(r"#{2,6}[ \t]+\S")


class ProseWash(Wash):
    """Keeps the largest program that the lines of a text hold, with its comments."""

    name = "dirt-prose"
    certain = False

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield all statements that are no prose; then what lies between the first and the last of them."""
        parts = list(chunks(text, judge))
        programs = _programs(parts, judge)
        said = [part for part in programs if not says_nothing(part.text, judge, set())]
        kept = _kept(programs, judge) if said else []
        lost = any(looks_like_code(part.text) for part in parts if part not in programs)
        if kept and len(kept) < len(parts) and not lost:
            yield Washed(_put_together(text, kept), _note(text, parts, kept), 0.15)
        likely = [part for part in parts if part in kept or looks_like_code(part.text)]
        if likely and likely != kept and len(likely) < len(parts):
            yield Washed(_put_together(text, likely), _note(text, parts, likely), 0.3)
        if likely:
            lines = text.split("\n")[likely[0].start : likely[-1].end]
            yield Washed(
                dedented(lines), _note(text, parts, [Chunk(likely[0].start, likely[-1].end, "")]), 0.35
            )


def _programs(parts: Sequence[Chunk], judge: Judge) -> list[Chunk]:
    """Return the chunks that are programs by themselves, or comments."""
    found: list[Chunk] = []
    for part in parts:
        comment = part.text.lstrip().startswith("#" if judge.python else ("//", "/*"))
        if judge.clean(part.text) or comment:
            found.append(part)
    return found


def _kept(programs: Sequence[Chunk], judge: Judge) -> list[Chunk]:
    """Return the chunks less those that say nothing; a comment stays where it is next to a program."""
    bound: set[str] = set(_BUILTINS)
    said: list[Chunk] = []
    for part in programs:
        tree = parse(part.text) if judge.python else None
        names = set() if tree is None else bound_names(tree)
        if not says_nothing(part.text, judge, bound):
            said.append(part)
            bound |= names
    kept: list[Chunk] = []
    for number, part in enumerate(programs):
        if part in said or _is_kept_beside(programs, number, said, judge):
            kept.append(part)
    return kept


def _is_kept_beside(programs: Sequence[Chunk], number: int, said: Sequence[Chunk], judge: Judge) -> bool:
    """Return whether a chunk that says nothing is a comment or docstring right before a program."""
    part = programs[number]
    following = next((after for after in programs[number + 1 :] if after in said), None)
    is_comment = part.text.lstrip().startswith(("#", "'", '"') if judge.python else ("//", "/*"))
    if not is_comment or _HEADING.match(part.text) or following is None:
        return False
    between = [other for other in programs if part.start < other.start < following.start]
    gap = following.start - part.end - sum(other.end - other.start for other in between)
    return gap <= len(between) + 1


def _put_together(text: str, kept: Sequence[Chunk]) -> str:
    """Return the chunks with the blank lines that stand between neighbours."""
    lines = text.split("\n")
    written: list[str] = []
    for number, part in enumerate(kept):
        if number:
            before = kept[number - 1].end
            gap = part.start - before
            blank = gap if not any(line.strip() for line in lines[before : part.start]) else 1
            written.append("\n" * blank)
        written.append(part.text)
    return "".join(written)


def _note(text: str, parts: Sequence[Chunk], kept: Sequence[Chunk]) -> str:
    within = [(part.start, part.end) for part in kept]
    dropped = next(
        (part.start for part in parts if not any(start <= part.start < end for start, end in within)), 0
    )
    return f"removed what is no program around the code, the first on line {dropped + 1}"
