"""What all the fixers of names together propose."""

from __future__ import annotations

from mge_toolkit.core.ports import Candidate, RepairCase
from mge_toolkit.retry.fixes.python_names import python_name_fixers
from tests.retry.fixes.cases import proposed

FIXERS = {fixer.name: fixer for fixer in python_name_fixers()}


def all_proposed(case: RepairCase) -> list[Candidate]:
    """Return what all the fixers propose, the most likely first."""
    found = [candidate for fixer in FIXERS.values() for candidate in proposed(fixer, case)]
    return sorted(found, key=lambda candidate: -candidate.confidence)


def all_codes(case: RepairCase) -> list[str]:
    """Return the codes that all the fixers propose, the most likely first."""
    return [candidate.code for candidate in all_proposed(case)]
