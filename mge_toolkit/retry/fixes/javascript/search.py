"""Search for small mistakes of logic, which only a check or an expectation can tell from what is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Category
from mge_toolkit.retry.fixes.javascript.mutations.ground import Ground
from mge_toolkit.retry.fixes.javascript.mutations.ranking import ranked
from mge_toolkit.retry.fixes.javascript.source.clock import Clock
from mge_toolkit.retry.fixes.javascript.source.edits import explained, reparsed
from mge_toolkit.retry.fixes.javascript.source.parsing import program_of
from mge_toolkit.retry.gate.javascript.check import given_by

_MOST: Final = 600
_WORK: Final = 2_000_000
_REREAD: Final = 8  # the part of the text that a parser reads again after a small edit
_SECONDS: Final = 10.0
_FEW: Final = 6
_FEWEST: Final = 12
_YES_OR_NO: Final = frozenset({"true", "false", "none", "'yes'", "'no'"})


class JavaScriptSearchFixer:
    """Proposes one small edit at a time, of many families, the likeliest first."""

    name = "javascript-search"
    level = RepairLevel.SEARCH

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return programs with one edit each, all of which parse."""
        if not case.verifiable or case.failure.category in (Category.SYNTAX, Category.IMPORT):
            return []
        program = program_of(case)
        if program is None or program.broken:
            return []
        found: dict[str, Candidate] = {}
        most = _most(case)
        clock = Clock(work=_WORK, seconds=_SECONDS)
        for change, cost in await ranked(Ground(case=case, program=program)):
            await clock.pause()
            if clock.over:
                break
            source = change.apply(program.source)
            clock.spend(1 + len(source or b"") // _REREAD)
            if source is None or reparsed(program, change, source).broken:
                continue
            code = source.decode("utf-8", "replace")
            if code in found or code == case.code or code in case.tried:
                continue
            found[code] = Candidate(
                code=code,
                source=self.name,
                explanation=explained(program, change),
                confidence=round(min(max(0.6 - 0.4 * cost, 0.02), 0.6), 3),
            )
            if len(found) == most:
                break
        return list(found.values())


def _most(case: RepairCase) -> int:
    """Return how many candidates are believed: few where the check compares nothing but a few times yes or no.

    Each such answer halves what passes by accident, so that of many candidates one soon does.
    """
    expected = given_by(case.atom).expected
    if not expected or not all(value.lower() in _YES_OR_NO for value in expected):
        return _MOST
    # An answer to a call with constants is counted twice there: as a value, and as that call's.
    bits = sum(0.5 + 0.4 * ((count - 1) // 2) for count in expected.values())
    return min(max(round(_FEW * 2**bits), _FEWEST), _MOST)
