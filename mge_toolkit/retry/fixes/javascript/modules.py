"""Mend the imports of JavaScript and TypeScript programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.retry.fixes.javascript.naming import importing
from mge_toolkit.retry.fixes.javascript.naming.situation import Proposal, Proposer, situation_of
from mge_toolkit.retry.fixes.javascript.source.edits import candidates_of

_KINDS: Final = frozenset(
    {"name", "import", "module", "type", "typecheck", "file", "permission", "exception"}
)
_PROPOSERS: Final[tuple[Proposer, ...]] = (
    importing.undefined,
    importing.no_export,
    importing.no_module,
    importing.used_as_function,
    importing.provided,
)


class JavaScriptModulesFixer:
    """Imports what the runtime comes with, and puts wrong imports right."""

    name = "javascript-modules"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return programs with their imports put right, the likeliest first."""
        if case.failure.kind not in _KINDS:
            return []
        situation = situation_of(case)
        if situation is None:
            return []
        found: list[Proposal] = [one for propose in _PROPOSERS for one in propose(situation)]
        found.sort(key=lambda pair: -pair[1])
        return candidates_of(case, situation.program, found, self.name)
