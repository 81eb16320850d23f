"""The decision after a failed attempt, as a pure function of the atom and its history."""

from __future__ import annotations

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import RetryDecision, Strategy


class BoundedRetryPolicy:
    """Asks for changed code until the atom's retries are used up, then gives up.

    Giving up means ``skip`` for an atom that is not critical and ``manual`` for every other.
    """

    def decide(self, case: RepairCase) -> RetryDecision:
        """Return ``fix`` while retries are left."""
        retries = len(case.attempts) - 1
        if retries < case.atom.max_retries:
            return RetryDecision(
                strategy=Strategy.FIX,
                confidence=0.5,
                reason=f"retry {retries + 1} of {case.atom.max_retries}",
            )
        strategy = Strategy.MANUAL if case.atom.critical else Strategy.SKIP
        return RetryDecision(
            strategy=strategy, confidence=1.0, reason=f"all {case.atom.max_retries} retries are used up"
        )
