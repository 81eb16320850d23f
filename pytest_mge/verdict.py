"""What an atom's outcome means to pytest: passed, skipped, failed in its call, or an error in its setup."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import pytest

from mge_toolkit.core.results import ExecutionResult, Outcome

if TYPE_CHECKING:
    from pytest_mge.collector import AtomItem


class AtomDidNotPassError(Exception):
    """Raised in an item's phase to make pytest report what the engine found."""


class Shown(Enum):
    """The four ways in which pytest shows an outcome."""

    PASSED = auto()
    FAILED = auto()
    SKIPPED = auto()
    ERROR = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a result is shown, and why; ``called`` if a skipped atom was, so that its attempts can be shown."""

    shown: Shown
    reason: str = ""
    called: bool = False

    @classmethod
    def of(cls, item: AtomItem, result: ExecutionResult) -> Verdict:
        """Return the verdict on ``item``.

        A blocked atom is a failure where nothing else tells of what blocks it: a run that selects an atom whose
        unselected dependency fails must not end green.
        """
        reason = result.reason or result.outcome.value
        match result.outcome:
            case Outcome.PASSED:
                return _PASSED
            case Outcome.FAILED:
                return cls(Shown.FAILED, reason)
            case Outcome.ERROR:
                return cls(Shown.ERROR, reason)
            case Outcome.BLOCKED if result.blocked_by not in item.plan_file.reported:
                return cls(Shown.FAILED, f"blocked: {reason}")
            case Outcome.SKIPPED:
                return cls(Shown.SKIPPED, reason, bool(result.attempts))  # pytest says "skipped" itself
            case _:
                return cls(Shown.SKIPPED, f"{result.outcome.value}: {reason}", bool(result.attempts))

    @property
    def fails(self) -> bool:
        """Return whether pytest counts it as a failure."""
        return self.shown in (Shown.FAILED, Shown.ERROR)

    def raise_in_setup(self) -> None:
        """Raise what belongs into the setup phase."""
        if self.shown is Shown.ERROR:
            raise AtomDidNotPassError(self.reason)
        if self.shown is Shown.SKIPPED and not self.called:
            pytest.skip(self.reason)

    def raise_in_call(self) -> None:
        """Raise what belongs into the call phase."""
        if self.shown is Shown.FAILED:
            raise AtomDidNotPassError(self.reason)
        if self.shown is Shown.SKIPPED:
            pytest.skip(self.reason)


_PASSED = Verdict(Shown.PASSED)
