"""Mend JavaScript and TypeScript that do not parse."""

from __future__ import annotations

from collections.abc import Sequence

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Category
from mge_toolkit.retry.fixes.javascript.mending.search import repairs
from mge_toolkit.retry.fixes.javascript.source.edits import MOST_FIXES
from mge_toolkit.retry.fixes.javascript.source.outside import outside_names
from mge_toolkit.retry.fixes.javascript.source.parsing import program_of


class JavaScriptSyntaxFixer:
    """Searches for the smallest edits after which the program parses, all of its mistakes at once."""

    name = "javascript-syntax"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return programs that parse, those that people would write first."""
        if case.failure.category is not Category.SYNTAX:
            return []
        program = program_of(case)
        if program is None:
            return []
        found: list[Candidate] = []
        for repair in await repairs(program, outside_names(case)):
            code = repair.program.source.decode("utf-8", "replace")
            if code != case.code and code not in case.tried:
                note = "; ".join(note for note in repair.notes if note)
                confidence = round(max(0.95 - 0.2 * repair.cost, 0.1), 3)
                found.append(Candidate(code=code, source=self.name, explanation=note, confidence=confidence))
            if len(found) == MOST_FIXES:
                break
        return found
