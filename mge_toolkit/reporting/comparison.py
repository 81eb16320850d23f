"""Compares two runs of a masterplan atom by atom: what broke, what was mended, what takes longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from mge_toolkit.core.results import ExecutionResult, Origin, Outcome
from mge_toolkit.core.runs import RunResult

SLOWER: Final = 1.5
"""How many times longer an atom has to take to be called slower."""
NOTICEABLE: Final = 0.05  # seconds: below this a ratio says more about the machine than about the program


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One atom whose outcome is another. ``reason`` is why it did not pass in the later run."""

    atom_id: str
    before: Outcome
    after: Outcome
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """One atom that takes longer, or less long: the seconds of its last attempt in either run."""

    atom_id: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """Return how many times as long it takes."""
        return self.after / self.before if self.before else float("inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class Healing:
    """One atom that passed in both runs, but not by the same code: who wrote what passed, ``plan`` for its own."""

    atom_id: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What changed from one run to another. Each sequence is in the order of the later run's plan.

    ``newly_failing`` failed or got no verdict, and passed before; ``newly_held_up`` passed or failed before and
    was not run to its end now. ``not_run_before`` failed now, or passed, and the run before was stopped or held up
    before it came to that; but what was blocked and passes is ``newly_passing``. ``slower`` and ``faster`` are
    atoms that both runs executed and passed.
    """

    before: str
    after: str
    newly_failing: tuple[Change, ...] = ()
    newly_passing: tuple[Change, ...] = ()
    newly_held_up: tuple[Change, ...] = ()
    not_run_before: tuple[Change, ...] = ()
    still_failing: tuple[str, ...] = ()
    slower: tuple[Timing, ...] = ()
    faster: tuple[Timing, ...] = ()
    healed_differently: tuple[Healing, ...] = ()
    newly_flaky: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def worse(self) -> bool:
        """Return whether anything fails, or does not run, that did before."""
        return bool(self.newly_failing or self.newly_held_up)

    def to_data(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


_FAILED: Final = frozenset({Outcome.FAILED, Outcome.ERROR})
_HELD_UP: Final = frozenset({Outcome.BLOCKED, Outcome.STOPPED, Outcome.SKIPPED})


def compare(before: RunResult, after: RunResult, *, slower: float = SLOWER) -> Comparison:
    """Return what changed from ``before`` to ``after``; times that differ by the ratio ``slower`` count."""
    pairs = [(before.results[name], after.results[name]) for name in after.results if name in before.results]
    changes = [_change(one, other) for one, other in pairs if one.outcome is not other.outcome]
    timings = [found for one, other in pairs if (found := _timing(one, other)) is not None]
    return Comparison(
        before=before.run_id,
        after=after.run_id,
        newly_failing=tuple(c for c in changes if c.after in _FAILED and c.before is Outcome.PASSED),
        newly_passing=tuple(
            c for c in changes if c.after is Outcome.PASSED and c.before is not Outcome.STOPPED
        ),
        not_run_before=tuple(
            c
            for c in changes
            if (c.after in _FAILED and c.before in _HELD_UP)
            or (c.after is Outcome.PASSED and c.before is Outcome.STOPPED)
        ),
        newly_held_up=tuple(c for c in changes if c.after in _HELD_UP and c.before not in _HELD_UP),
        still_failing=tuple(
            other.atom_id for one, other in pairs if one.outcome in _FAILED and other.outcome in _FAILED
        ),
        slower=tuple(sorted((t for t in timings if t.ratio >= slower), key=lambda t: -t.ratio)),
        faster=tuple(sorted((t for t in timings if t.ratio <= 1 / slower), key=lambda t: t.ratio)),
        healed_differently=tuple(
            Healing(atom_id=other.atom_id, before=_author(one), after=_author(other))
            for one, other in pairs
            if one.outcome is other.outcome is Outcome.PASSED and _passing_code(one) != _passing_code(other)
        ),
        newly_flaky=tuple(other.atom_id for one, other in pairs if other.flaky and not one.flaky),
        added=_missing(after.results, before.results),
        removed=_missing(before.results, after.results),
    )


def _change(before: ExecutionResult, after: ExecutionResult) -> Change:
    return Change(
        atom_id=after.atom_id,
        before=before.outcome,
        after=after.outcome,
        reason=after.reason if after.outcome is not Outcome.PASSED else None,
    )


def _timing(before: ExecutionResult, after: ExecutionResult) -> Timing | None:
    """Return both times where they can be compared and differ noticeably."""
    for one in (before, after):
        if one.outcome is not Outcome.PASSED or one.origin is not Origin.EXECUTED or not one.attempts:
            return None
    first, last = (one.attempts[-1].execution.usage.wall for one in (before, after))
    if abs(last - first) < NOTICEABLE:
        return None
    return Timing(atom_id=after.atom_id, before=first, after=last)


def _passing_code(result: ExecutionResult) -> str | None:
    """Return the code that passed where it is not the plan's own."""
    return result.attempts[-1].code if result.healed else None


def _author(result: ExecutionResult) -> str:
    return result.attempts[-1].source if result.healed else "plan"


def _missing(these: Mapping[str, ExecutionResult], those: Mapping[str, ExecutionResult]) -> tuple[str, ...]:
    return tuple(name for name in these if name not in those)
