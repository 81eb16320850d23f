"""The fixer of Python's syntax, as the engine asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from math import exp, inf
from time import thread_time
from typing import Final

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Category, Role
from mge_toolkit.retry.fixes.python_parsing import LONGEST, is_too_deep
from mge_toolkit.retry.fixes.python_syntax.grammar import tables
from mge_toolkit.retry.fixes.python_syntax.headers import MISSING, guessed
from mge_toolkit.retry.fixes.python_syntax.mending import Clock
from mge_toolkit.retry.fixes.python_syntax.oracle import program_refusal, quiet
from mge_toolkit.retry.fixes.python_syntax.search import Repair, repairs

_CANDIDATES: Final = 16
_SECONDS: Final = 0.3
_LAST_SECONDS: Final = 0.8
_ENOUGH: Final = 0.04
_SLICE: Final = 0.02
_SURE: Final = 0.9
_SCALE: Final = 4.0
_RIVAL: Final = 1.5
_UNLIKELY: Final = 0.01


class PythonSyntaxFixer:
    """Proposes programs that parse for one that does not, those with the smallest changes first."""

    name = "python-syntax"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return up to 16 programs that compile."""
        code = case.code
        failure = case.failure
        if case.atom.language != "python" or failure.category is not Category.SYNTAX:
            return []
        if failure.role is not Role.CODE or len(code) > LONGEST or "\0" in code or is_too_deep(code):
            return []
        with quiet():
            if program_refusal(code) is None:
                return []
        return await self._searched(case)

    async def _searched(self, case: RepairCase) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        cheapest = inf
        tables()  # made once, outside of the time that a search may take
        begun = pause = thread_time()
        steps = _steps(case, Clock(_LAST_SECONDS))
        while True:
            with quiet():
                step = _next_until(steps, pause + _SLICE)
            if step is _END:
                break
            if isinstance(step, Repair) and step.code != case.code and step.code not in found:
                cheapest = min(cheapest, step.cost)
                found[step.code] = _candidate(step, cheapest)
            if _enough(len(found), thread_time() - begun):
                break
            if thread_time() >= pause + _SLICE:
                await asyncio.sleep(0)
                pause = thread_time()
        return list(found.values())


def _enough(count: int, seconds: float) -> bool:
    """Return whether to end the search: the longer it took, the fewer candidates will do."""
    if count >= _CANDIDATES or (seconds > _ENOUGH and count >= _CANDIDATES // 2):
        return True
    return seconds > _SECONDS and count > 0


class _End:
    """What stands for the end of the search."""


_END: Final = _End()


def _next_until(steps: Iterator[Repair | None], end: float) -> Repair | _End | None:
    """Return the next repair, ``None`` where there was none until ``end``."""
    for step in steps:
        if step is not None or thread_time() >= end:
            return step
    return _END


def _steps(case: RepairCase, clock: Clock) -> Iterator[Repair | None]:
    """Yield the repairs, those with an unknown header once for each guess."""
    elsewhere = [dependency.code.text for dependency in case.dependencies]
    if case.atom.check is not None:
        elsewhere.append(case.atom.check.text)
    for repair in repairs(case.code, clock):
        if repair is None or MISSING not in repair.code:
            yield repair
            continue
        for number, code in enumerate(guessed(repair.code, elsewhere)):
            if program_refusal(code) is None:
                notes = tuple(_named(note, repair.code, code) for note in repair.notes)
                yield Repair(code=code, cost=repair.cost + 0.1 * number, notes=notes)


def _named(note: str, before: str, after: str) -> str:
    """Return ``note`` with the header that was guessed, which is the first line that differs."""
    pairs = zip(before.split("\n"), after.split("\n"), strict=False)
    guess = next((new.strip() for old, new in pairs if old != new), "")
    return note.replace(f"def {MISSING}():", guess)


def _candidate(repair: Repair, cheapest: float) -> Candidate:
    """Return the repair; the more it costs, alone and beside the cheapest, the less likely it is meant."""
    confidence = _SURE * exp(-repair.cost / _SCALE - _RIVAL * (repair.cost - cheapest))
    return Candidate(
        code=repair.code,
        source=PythonSyntaxFixer.name,
        explanation="; ".join(repair.notes),
        confidence=round(max(confidence, _UNLIKELY), 3),
    )
