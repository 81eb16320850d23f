"""How likely a strategy is to make a failed atom pass: one table, looked up from the top.

The rates of ``fix`` at the level ``search`` are what was measured with ``benchmarks/repair.py`` on 1,064 broken
programs (some by people, some as language models wrote them), rounded; at the level ``fix`` they come from
samples of these. Those of ``regenerate`` are priors: no model could be asked where this was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.ports import RepairCase, RepairLevel
from mge_toolkit.core.results import Category, Strategy


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A share of atoms that pass by ``strategy``; a field left empty fits every case.

    ``kinds`` are those of the failure, ``verifiable`` says whether a check can tell, ``searched`` whether the
    level allows a search.
    """

    strategy: Strategy
    passed: float
    category: Category | None = None
    kinds: frozenset[str] = frozenset()
    verifiable: bool | None = None
    searched: bool | None = None

    def fits(self, strategy: Strategy, case: RepairCase) -> bool:
        """Return whether this is the rate for ``case``."""
        failure = case.failure
        searched = case.means.level.includes(RepairLevel.SEARCH)
        return (
            self.strategy is strategy
            and self.category in (None, failure.category)
            and (not self.kinds or failure.kind in self.kinds)
            and self.verifiable in (None, case.verifiable)
            and self.searched in (None, searched)
        )


_FIX, _REGENERATE = Strategy.FIX, Strategy.REGENERATE
_WRONG: Final = frozenset({"assertion", "mismatch"})
_VALUES: Final = frozenset({"attribute", "index", "key", "null", "zero_division", "recursion", "value"})

RATES: Final = (
    Rate(
        strategy=_FIX,
        category=Category.SYNTAX,
        kinds=frozenset({"indentation"}),
        verifiable=True,
        searched=True,
        passed=0.43,
    ),
    Rate(strategy=_FIX, category=Category.SYNTAX, verifiable=True, searched=True, passed=0.58),
    Rate(strategy=_FIX, category=Category.SYNTAX, verifiable=True, passed=0.4),
    Rate(strategy=_FIX, category=Category.SYNTAX, passed=0.95),
    Rate(strategy=_FIX, category=Category.IMPORT, passed=0.8),
    Rate(strategy=_FIX, category=Category.TYPE, kinds=frozenset({"typecheck"}), passed=0.25),
    Rate(strategy=_FIX, category=Category.TYPE, verifiable=True, searched=True, passed=0.22),
    Rate(strategy=_FIX, category=Category.TYPE, passed=0.15),
    Rate(strategy=_FIX, category=Category.TIMEOUT, passed=0.25),
    Rate(strategy=_FIX, kinds=frozenset({"name"}), searched=True, passed=0.54),
    Rate(strategy=_FIX, kinds=frozenset({"name"}), passed=0.5),
    Rate(strategy=_FIX, kinds=_WRONG, searched=True, passed=0.43),
    Rate(strategy=_FIX, kinds=_WRONG, passed=0.05),
    Rate(strategy=_FIX, kinds=_VALUES, verifiable=True, searched=True, passed=0.67),
    Rate(strategy=_FIX, kinds=frozenset({"attribute"}), passed=0.5),
    Rate(strategy=_FIX, searched=True, passed=0.25),
    Rate(strategy=_FIX, passed=0.1),
    Rate(strategy=_REGENERATE, category=Category.SYNTAX, passed=0.85),
    Rate(strategy=_REGENERATE, category=Category.IMPORT, passed=0.75),
    Rate(strategy=_REGENERATE, category=Category.TIMEOUT, passed=0.5),
    Rate(strategy=_REGENERATE, kinds=_WRONG, passed=0.55),
    Rate(strategy=_REGENERATE, passed=0.65),
)

LATER: Final = (1.0, 0.7, 0.5, 0.4)
"""What is left of a rate at the first, the second … retry; the last figure holds for all that follow."""


def confidence_in(strategy: Strategy, case: RepairCase) -> float:
    """Return the probability (0-1) that the atom passes by ``strategy``; 1 for giving up, which always works."""
    found = next((rate.passed for rate in RATES if rate.fits(strategy, case)), None)
    if found is None:
        return 1.0
    return round(found * LATER[min(len(case.attempts), len(LATER)) - 1], 2)
