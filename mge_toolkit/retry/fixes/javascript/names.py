"""Mend names and members that JavaScript and TypeScript programs use and nothing gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Category
from mge_toolkit.retry.fixes.javascript.naming import members, misuse, undefined, wanted
from mge_toolkit.retry.fixes.javascript.naming.situation import Proposal, Proposer, situation_of
from mge_toolkit.retry.fixes.javascript.source.edits import candidates_of

_PROPOSERS: Final[tuple[Proposer, ...]] = (
    wanted.propose,
    undefined.propose,
    misuse.constants,
    misuse.too_early,
    misuse.construction,
    misuse.iterated,
    misuse.shadowed,
    misuse.declared_late,
    members.not_a_function,
    members.unknown_members,
    members.uncalled,
    members.length_of_collection,
)


class JavaScriptNamesFixer:
    """Looks up what a name or member may have been meant for, through the program's scopes."""

    name = "javascript-names"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return programs with the names put right, all of one kind at once, the likeliest first."""
        if case.failure.category in (Category.SYNTAX, Category.TIMEOUT):
            return []
        situation = situation_of(case)
        if situation is None:
            return []
        found: list[Proposal] = [one for propose in _PROPOSERS for one in propose(situation)]
        found.sort(key=lambda pair: -pair[1])
        return candidates_of(case, situation.program, found, self.name)
