"""Counts what came of atoms and attempts, in bounded memory and so that two counts can be added."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Final, NamedTuple, TypeVar

from mge_toolkit.core.results import Attempt, Category, ExecutionResult, Origin, Outcome, Spending, Strategy
from mge_toolkit.reporting.monitoring.patterns import (
    NOTHING_SPENT,
    PLAN,
    Clusters,
    Remedy,
    is_fix,
)
from mge_toolkit.reporting.monitoring.statistics import Sketch

SLOWEST_KEPT: Final = 10
NAMES_KEPT: Final = 64
"""How many kinds and how many sources are told apart; what comes beyond is counted as :data:`OTHER`."""
OTHER: Final = "(other)"

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Slow(NamedTuple):
    """An atom by the wall time of its attempts together, in seconds; the longest is the largest."""

    seconds: float
    atom_id: str
    run_id: str
    masterplan: str
    wave: int
    outcome: Outcome
    attempts: int


@dataclass(kw_only=True, slots=True)
class Errors:
    """Failures of one category and kind: attempts that failed so, and atoms whose last attempt did."""

    failures: int = 0
    unresolved: int = 0


@dataclass(kw_only=True, slots=True)
class Outcomes:
    """How many atoms had each outcome; the other fields are those of the engine's ``Counts``."""

    numbers: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    healed: int = 0
    flaky: int = 0
    resumed: int = 0
    cached: int = 0

    def add(self, result: ExecutionResult) -> None:
        """Take one atom."""
        self.numbers[result.outcome] += 1
        if result.outcome is Outcome.PASSED and len(result.attempts) > 1:
            self.healed += result.healed
            self.flaky += result.flaky
        if result.origin is not Origin.EXECUTED:
            self.resumed += result.origin is Origin.RESUMED
            self.cached += result.origin is Origin.CACHED

    def merge(self, other: Outcomes) -> None:
        """Take what ``other`` took."""
        for outcome, number in other.numbers.items():
            self.numbers[outcome] += number
        self.healed += other.healed
        self.flaky += other.flaky
        self.resumed += other.resumed
        self.cached += other.cached

    @property
    def total(self) -> int:
        """Return the number of atoms."""
        return sum(self.numbers.values())


@dataclass(kw_only=True, slots=True)
class Tallies:
    """The figures of one run, or of several added.

    What is executed, timed and paid for counts where it happened: an atom that was taken over from an earlier run
    or from the cache adds to ``outcomes``, ``errors`` and ``clusters`` alone. ``candidate_seconds`` is
    the time of candidates that did not become an attempt themselves. Spending by strategy is that of the attempt
    which the strategy led to; what was paid in vain about a first attempt counts for what was decided about it.
    """

    outcomes: Outcomes = field(default_factory=Outcomes)
    executed_atoms: int = 0
    executions: int = 0
    failures: int = 0
    retries: int = 0
    tried: int = 0
    refused: int = 0
    rescheduled: int = 0
    candidate_seconds: float = 0.0
    wall: Sketch = field(default_factory=Sketch)
    cpu: Sketch = field(default_factory=Sketch)
    peak_memory: int | None = None
    spending: Spending = NOTHING_SPENT
    errors: dict[tuple[Category, str], Errors] = field(default_factory=dict)
    strategies: dict[Strategy, Remedy] = field(default_factory=dict)
    sources: dict[str, Remedy] = field(default_factory=dict)
    clusters: Clusters = field(default_factory=Clusters)
    slowest: list[Slow] = field(default_factory=list)

    def add_attempt(self, result: ExecutionResult, wave: int, index: int) -> None:
        """Take one attempt of an atom."""
        attempt = result.attempts[index]
        if result.origin is Origin.EXECUTED:
            self._add_execution(attempt)
            if index or attempt.spending is not None or attempt.decision is not None:
                self._add_repair(result, index)
        failure = attempt.failure
        if failure is not None:
            key = self._kind(failure.category, failure.kind)
            _kept(self.errors, key, Errors).failures += 1
        if index or failure is not None:
            self.clusters.add_attempt(result, wave, index)

    def settle(self, result: ExecutionResult) -> None:
        """Take an atom's end, after its attempts."""
        self.outcomes.add(result)
        attempts = result.attempts
        if not attempts:
            return
        if result.origin is Origin.EXECUTED:
            self.executed_atoms += 1
        failure = attempts[-1].failure
        if failure is not None:
            key = self._kind(failure.category, failure.kind)
            _kept(self.errors, key, Errors).unresolved += 1
        if failure is not None or len(attempts) > 1:
            self.clusters.settle(result)

    @property
    def slow_from(self) -> float:
        """Return how long an atom must have taken to be among the slowest, in seconds."""
        return self.slowest[0].seconds if len(self.slowest) >= SLOWEST_KEPT else 0.0

    def add_slow(self, slow: Slow) -> None:
        """Keep an atom if it is among the slowest."""
        if len(self.slowest) < SLOWEST_KEPT:
            heappush(self.slowest, slow)
        elif slow > self.slowest[0]:
            heappushpop(self.slowest, slow)

    def merge(self, other: Tallies) -> None:
        """Take what ``other`` took."""
        self.outcomes.merge(other.outcomes)
        self.executed_atoms += other.executed_atoms
        self.executions += other.executions
        self.failures += other.failures
        self.retries += other.retries
        self.tried += other.tried
        self.refused += other.refused
        self.rescheduled += other.rescheduled
        self.candidate_seconds += other.candidate_seconds
        self.wall.merge(other.wall)
        self.cpu.merge(other.cpu)
        if other.peak_memory is not None:
            self.peak_memory = max(self.peak_memory or 0, other.peak_memory)
        self.spending += other.spending
        for (category, kind), errors in other.errors.items():
            mine = _kept(self.errors, self._kind(category, kind), Errors)
            mine.failures += errors.failures
            mine.unresolved += errors.unresolved
        for strategy, remedy in other.strategies.items():
            _kept(self.strategies, strategy, Remedy).merge(remedy)
        for source, remedy in other.sources.items():
            self._source(source).merge(remedy)
        self.clusters.merge(other.clusters)
        for slow in other.slowest:
            self.add_slow(slow)

    def _add_execution(self, attempt: Attempt) -> None:
        usage = attempt.execution.usage
        self.executions += 1
        self.wall.add(usage.wall)
        self.cpu.add(usage.cpu)
        peak = usage.peak_memory
        if peak is not None and (self.peak_memory is None or peak > self.peak_memory):
            self.peak_memory = peak
        if attempt.failure is not None:
            self.failures += 1

    def _add_repair(self, result: ExecutionResult, index: int) -> None:
        """Take what an attempt says about repair: the decision about it, and the round that it stands for."""
        attempt = result.attempts[index]
        decision = attempt.decision
        if decision is not None:
            _kept(self.strategies, decision.strategy, Remedy).decided += 1
        if index:
            decision = result.attempts[index - 1].decision
            self._add_round(attempt, fixed=is_fix(result, attempt))
        remedy = None if decision is None else _kept(self.strategies, decision.strategy, Remedy)
        if remedy is not None and index:
            remedy.add_round(attempt, fixed=is_fix(result, attempt))
        if attempt.spending is not None:
            self.spending += attempt.spending
            self._source(attempt.source).spending += attempt.spending
            if remedy is not None:
                remedy.spending += attempt.spending

    def _add_round(self, attempt: Attempt, *, fixed: bool) -> None:
        self.retries += 1
        chosen = self._source(attempt.source)
        chosen.rounds += 1
        chosen.fixed += fixed
        if attempt.source == PLAN or not attempt.trials:
            chosen.seconds += attempt.execution.usage.wall
        for trial in attempt.trials:
            source = self._source(trial.source)
            source.tried += 1
            source.refused += trial.refusal is not None
            source.seconds += trial.usage.wall
            self.tried += 1
            self.refused += trial.refusal is not None
        self.candidate_seconds += sum(one.wall for one in attempt.work)

    def _source(self, name: str) -> Remedy:
        known = name in self.sources or len(self.sources) < NAMES_KEPT
        return _kept(self.sources, name if known else OTHER, Remedy)

    def _kind(self, category: Category, kind: str) -> tuple[Category, str]:
        key = (category, kind)
        return key if key in self.errors or len(self.errors) < NAMES_KEPT else (category, OTHER)


def _kept(found: dict[_Key, _Value], key: _Key, make: type[_Value]) -> _Value:
    value = found.get(key)
    if value is None:
        value = found[key] = make()
    return value
