"""What every wash of dirty code shares: the form of its answers, and how they become candidates."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import ClassVar, Final, NamedTuple

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Category, Role
from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.python_parsing import LONGEST

LANGUAGES: Final = frozenset({"python", "javascript", "typescript"})
MOST: Final = 16
_SURE: Final = 0.9
_LEAST: Final = 0.05
_SECONDS: Final = 0.1
_SLICE: Final = 0.02


class Washed(NamedTuple):
    """Code after a wash, what was done in words, and how doubtful (0-1) it is that this was dirt."""

    code: str
    note: str
    doubt: float = 0.1


class Wash(ABC):
    """Takes one kind of dirt off code, and by itself is a fixer for code that has no other.

    ``on_programs``: the dirt may leave a program that parses, and fails in another way. ``only_python`` washes
    know no other language. ``certain``: what it takes off is dirt by its looks, and not because the parser then
    gets further.
    """

    name: ClassVar[str]
    level: ClassVar[RepairLevel] = RepairLevel.FIX
    on_programs: ClassVar[bool] = False
    only_python: ClassVar[bool] = False
    certain: ClassVar[bool] = True

    @abstractmethod
    def washed(self, text: str, judge: Judge) -> Iterator[Washed | None]:
        """Yield ``text`` without the dirt, the likeliest first; nothing where it is not there.

        What is yielded need not be a program: there may be other dirt. ``None`` in between marks where another
        task may have its turn. Never raises for any text.
        """

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return what is a program after this wash alone."""
        if not applies(case):
            return []
        text, judge = case.code, Judge(case.atom.language)
        if not self.fits(text, judge):
            return []
        found: dict[str, Candidate] = {}
        begun = pause = monotonic()
        for washed in self.washed(text, judge):
            if washed is not None and washed.code not in {text, *found} and judge.clean(washed.code):
                found[washed.code] = candidate(self.name, washed)
            now = monotonic()
            if len(found) == MOST or now - begun > _SECONDS:
                break
            if now - pause > _SLICE:
                await asyncio.sleep(0)
                pause = monotonic()
        return list(found.values())

    def fits(self, text: str, judge: Judge) -> bool:
        """Return whether this wash may be used on ``text``."""
        if self.only_python and not judge.python:
            return False
        return self.on_programs or not judge.clean(text)


def applies(case: RepairCase) -> bool:
    """Return whether the failure may be one of dirt in the atom's own code."""
    failure = case.failure
    if case.atom.language not in LANGUAGES or failure.culprit != case.atom.id or len(case.code) > LONGEST:
        return False
    if failure.category is Category.SYNTAX:
        return failure.role is Role.CODE
    if failure.category is Category.TYPE:  # a fence around JavaScript is a template called as a function
        return case.atom.language != "python"
    return failure.category is Category.IMPORT or failure.kind in ("name", "exit", "exception", "attribute")


def candidate(source: str, washed: Washed) -> Candidate:
    """Return a candidate of what was washed."""
    return Candidate(
        code=washed.code,
        source=source,
        explanation=washed.note,
        confidence=round(max(_LEAST, _SURE - washed.doubt), 3),
    )
