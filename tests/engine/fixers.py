"""Fixers for tests of rounds."""

from __future__ import annotations

from collections.abc import Sequence

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel


class Proposes:
    """A fixer with a list of candidates, at one level."""

    def __init__(self, *codes: str, level: RepairLevel = RepairLevel.FIX, confidence: float = 0.5) -> None:
        self.name = f"proposes-{level}"
        self.level = level
        self.cases: list[RepairCase] = []
        self._codes = codes
        self._confidence = confidence

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        self.cases.append(case)
        return [
            Candidate(code=code, source=self.name, explanation="so", confidence=self._confidence)
            for code in self._codes
        ]
