"""Mends wrong results, errors of types and values, and endless loops of Python atoms by a bounded search."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Category, Role
from mge_toolkit.retry.fixes.python_search.program import Program
from mge_toolkit.retry.fixes.python_search.ranking import Ranked, least_score, ranked
from mge_toolkit.retry.fixes.python_search.search import Search, pairs
from mge_toolkit.retry.fixes.python_search.strength import strength

MOST: Final = 600
_LONGEST: Final = 24_000
_MOST_CHANGES: Final = 4_000
_TURN: Final = 0.02  # seconds of work between two turns of the event loop
_CRASHED: Final = 1.0
_PILED: Final = 2.0
_LOWEST, _SHARE = 0.1, 0.7


class PythonSearchFixer:
    """Proposes small edits of the syntax tree, where a check or an expectation can tell right from wrong.

    It never proposes what would only silence a check: no literal that is not the program's own or next to it, no
    special case of an input, no exception caught.
    """

    name = "python-search"
    level = RepairLevel.SEARCH

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return at most 600 candidates."""
        if not _applies(case):
            return []
        turns = _Turns()
        program = Program.of(case.code)
        if program is None:
            return []
        await turns.take()
        search = Search(program, case)
        await turns.take()
        found: list[Ranked] = list(search.everywhere())
        for statement in search.order():
            found += search.at(statement)
            await turns.take()
            if len(found) >= _MOST_CHANGES:
                break
        order = ranked(found)
        del found
        await turns.take()
        least = least_score(_bits(case))
        codes: dict[str, Ranked] = {}
        for choose in (_alone, pairs):
            for one in choose(program, order):
                if one.score >= least and (code := _changed(program, one)) is not None:
                    codes.setdefault(code, one)
                await turns.take()
                if len(codes) >= MOST + len(case.tried):
                    break
            order = list(codes.values())
        fresh = [(code, one) for code, one in codes.items() if code != case.code and code not in case.tried]
        return list(_candidates(self.name, fresh[:MOST]))


class _Turns:
    """Lets the event loop have its turn now and then."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    async def take(self) -> None:
        if time.monotonic() - self._began > _TURN:
            await asyncio.sleep(0)
            self._began = time.monotonic()


def _applies(case: RepairCase) -> bool:
    return (
        case.atom.language == "python"
        and case.verifiable
        and case.failure.category not in (Category.SYNTAX, Category.IMPORT)
        and len(case.code) <= _LONGEST
    )


def _bits(case: RepairCase) -> float:
    """Return how much a pass will tell: less where unproven edits are already piled up."""
    piled = sum(attempt.source == PythonSearchFixer.name for attempt in case.attempts)
    return strength(case.atom, case.code) + (_CRASHED if _crashed(case) else 0.0) - _PILED * piled


def _crashed(case: RepairCase) -> bool:
    """Return whether the program failed before anything was compared."""
    return case.failure.role is Role.CODE and case.failure.kind not in ("mismatch", "assertion")


def _alone(program: Program, order: list[Ranked]) -> list[Ranked]:
    return order


def _changed(program: Program, one: Ranked) -> str | None:
    """Return the changed program, or ``None`` where it would not parse."""
    code = program.text.edited(one.change.edits)
    if code is None or not (one.proven or program.parses_after(one.change.edits, one.statement)):
        return None
    return code


def _candidates(source: str, fresh: Iterable[tuple[str, Ranked]]) -> Iterator[Candidate]:
    """Yield candidates that are ever less sure, as they are tried in this order."""
    confidence = 1.0
    for code, one in fresh:
        confidence = min(confidence, _LOWEST + _SHARE * min(one.score, 1.0))
        said = f"{one.change.said} on line {one.change.line}"
        yield Candidate(code=code, source=source, explanation=said, confidence=round(confidence, 4))
