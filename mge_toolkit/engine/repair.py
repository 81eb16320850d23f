"""Repairs a failed atom: decides, gathers candidates, has them tried, and accepts what holds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from mge_toolkit.core.plans import Atom, Limits
from mge_toolkit.core.ports import (
    Candidate,
    Fixer,
    ModelFixer,
    RepairCase,
    RepairLevel,
    RepairMeans,
    RetryPolicy,
)
from mge_toolkit.core.results import Attempt, Category, Failure, Limit, RetryDecision, Spending, Strategy
from mge_toolkit.core.settings import RepairSettings
from mge_toolkit.engine.rivals import Doubt
from mge_toolkit.engine.trials import (
    Bench,
    InfrastructureFailedError,
    Tried,
    edit_size,
    progress,
    try_candidates,
    watched,
)

logger = logging.getLogger(__name__)

Gate: TypeAlias = Callable[[Atom, str, str], str | None]
"""Says why code may not take the place of an atom's own, which comes first; ``None`` where it may."""

NOTHING_PROPOSED: Final = "nothing proposed new code"
NOTHING_FURTHER: Final = "nothing further was proposed"
_GUESS: Final = 0.5  # below it a candidate is a guess, which loses to any that is not, however small it is
_MOST: Final = {RepairLevel.FIX: 64, RepairLevel.SEARCH: 600, RepairLevel.LLM: 16}
_LEVELS: Final = {
    Strategy.FIX: (RepairLevel.FIX, RepairLevel.SEARCH),
    Strategy.REGENERATE: (RepairLevel.LLM,),
}
_SEARCH_LEAST: Final = 1.0  # seconds that a candidate of a search has at least, if the atom has them
_SEARCH_AFTER_TIMEOUT: Final = 2.0
_SEARCH_FACTOR: Final = 10  # of what the failed program took


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairKit:
    """What may happen after a failed attempt: who decides, who proposes code, and what keeps it from counting.

    ``fixers`` are called for when the first atom fails: a run without failures does not load them.
    """

    policy: RetryPolicy
    fixers: Callable[[], Sequence[Fixer]] = tuple
    model: ModelFixer | None = None
    gate: Gate | None = None
    settings: RepairSettings = field(default_factory=RepairSettings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What follows a failed attempt: the decision, and the next attempt unless the atom is given up.

    ``spending`` is what was paid for answers that gave no candidate.
    """

    decision: RetryDecision
    attempt: Attempt | None = None
    flaky: bool = False
    spending: Spending | None = None


class Repairer:
    """Takes the steps after failed attempts, for all atoms of one run."""

    def __init__(self, kit: RepairKit) -> None:
        """Take what may be used."""
        self._kit = kit
        self._search_seconds = kit.settings.seconds
        self._retries = 0

    async def step(self, bench: Bench, attempts: Sequence[Attempt], tried: set[str]) -> Step:
        """Decide about the last attempt and, where that means a retry, carry out one round.

        ``tried`` holds every code that was executed for this atom, and grows.
        """
        case = self._case(bench, attempts, tried)
        mistakes: list[str] = []
        spending = Spending()
        while True:
            decision = self._kit.policy.decide(case)
            if decision.strategy not in _LEVELS:
                break
            if decision.strategy in case.exhausted:  # a policy that does not look at that
                strategy = Strategy.MANUAL if bench.atom.critical else Strategy.SKIP
                reason = NOTHING_PROPOSED if len(attempts) < 2 else NOTHING_FURTHER
                decision = replace(decision, strategy=strategy, confidence=1.0, reason=reason)
                break
            this = _Round(self._kit, bench, case, tried, mistakes)
            attempt = await this.run(_LEVELS[decision.strategy], self._seconds)
            if attempt is not None:
                self._retries += 1
                return Step(decision=_with(decision, mistakes), attempt=attempt[0], flaky=attempt[1])
            spending += this.spending() or Spending()
            case = replace(
                case,
                exhausted=case.exhausted | {decision.strategy},
                means=self._means(),
                tried=frozenset(tried),
            )
        return Step(decision=_with(decision, mistakes), spending=spending if spending != Spending() else None)

    def _case(self, bench: Bench, attempts: Sequence[Attempt], tried: set[str]) -> RepairCase:
        return RepairCase(
            atom=bench.atom,
            dependencies=bench.dependencies,
            attempts=tuple(attempts),
            means=self._means(),
            tried=frozenset(tried),
        )

    def _means(self) -> RepairMeans:
        settings, model = self._kit.settings, self._kit.model
        cap = settings.run_retries
        return RepairMeans(
            level=settings.level,
            model=None if model is None or model.unavailable is not None else model.model,
            retries_left=None if cap is None else max(cap - self._retries, 0),
            max_retries=settings.max_retries,
            categories=settings.categories,
        )

    def _seconds(self, spent: float = 0.0) -> float:
        """Return how long one atom may still be searched for, after ``spent`` seconds more are used up."""
        self._search_seconds = max(self._search_seconds - spent, 0.0)
        return min(self._search_seconds, self._kit.settings.atom_seconds)


class _Round:
    """One round of candidates for one atom."""

    def __init__(
        self, kit: RepairKit, bench: Bench, case: RepairCase, tried: set[str], mistakes: list[str]
    ) -> None:
        self._kit = kit
        self._bench, self._log = watched(bench)
        self._case = case
        self._codes = tried
        self._mistakes = mistakes
        self._every: list[Tried] = []
        self._paid: list[Spending] = []
        self._steady = False  # whether the plan's own code is known to fail again
        self._doubted: Tried | None = None  # what a search found and cannot be told from other changes

    async def run(
        self, levels: Sequence[RepairLevel], clock: Callable[[float], float]
    ) -> tuple[Attempt, bool] | None:
        """Try what is proposed, the cheap before the dear; return the best of it and whether the atom is flaky.

        ``clock`` takes the seconds that a search took and returns those that are left.
        """
        before = progress(self._case.failure)
        for level in levels:
            if not self._kit.settings.level.includes(level):
                continue
            accepted = await self._stage(level, clock)
            if accepted is not None:
                return accepted
            if any(one.progress > before for one in self._every):
                break
        best = self._doubted or max(
            (one for one in self._every if one.execution is not None),
            key=lambda one: (one.progress, one.candidate.confidence),
            default=None,
        )
        return None if best is None else (self._attempt(best), False)

    async def _stage(
        self, level: RepairLevel, clock: Callable[[float], float]
    ) -> tuple[Attempt, bool] | None:
        """Try what one level proposes, and go on where all that passed was refused."""
        searches = level is RepairLevel.SEARCH
        left = clock(0.0) if searches else None
        if left == 0 or (searches and self._searched_in_vain()):
            return None
        candidates = await self._propose(level)
        if candidates and not self._every:
            self._bench.announce(len(self._case.attempts) + 1)
        while candidates and left != 0:
            began = time.monotonic()
            found = await try_candidates(self._bench, candidates, self._limits(level), left)
            self._take(found)
            rest = [pair for pair in candidates if pair[1].code not in self._codes]
            accepted = await self._accept(
                level, rest, None if left is None else left - (time.monotonic() - began)
            )
            if searches:
                left = clock(time.monotonic() - began)
            if accepted is not None or self._doubted is not None or not any(one.passed for one in found):
                return accepted
            candidates = [pair for pair in rest if pair[1].code not in self._codes]
        return None

    def _take(self, tried: Sequence[Tried]) -> None:
        """Keep what was tried, each code once."""
        self._every += [one for one in tried if one.candidate.code not in self._codes]
        self._codes.update(one.candidate.code for one in tried)

    def _searched_in_vain(self) -> bool:
        """Return whether the code that failed last comes from a search that got no further.

        To search on from there would pile guess upon guess.
        """
        attempts = self._case.attempts
        names = {fixer.name for fixer in self._fixers(RepairLevel.SEARCH)}
        return (
            len(attempts) > 1
            and attempts[-1].source in names
            and progress(attempts[-1].failure) <= progress(attempts[-2].failure)
        )

    def _fixers(self, level: RepairLevel) -> list[Fixer]:
        """Return the fixers of a level; one that names no level counts among the first."""
        fixers = self._kit.fixers()
        return [fixer for fixer in fixers if getattr(fixer, "level", RepairLevel.FIX) is level]

    async def _propose(self, level: RepairLevel) -> list[tuple[int, Candidate]]:
        """Return the fixers' candidates that were not run before, best first, each with its cost.

        The cost is how much it changes; a search puts its candidates in order by all it knows, of which that is
        a part: there it is the place in that order.
        """
        fixers = self._fixers(level)
        if level is RepairLevel.LLM and self._kit.model is not None:
            fixers.append(self._kit.model)
        found: list[tuple[int, Candidate]] = []
        for fixer in fixers:
            try:
                proposed = await fixer.candidates(self._case)
                self._paid += [one.spending for one in proposed if one.spending is not None]
                found += [(edit_size(self._case.code, one.code), one) for one in proposed]
            except Exception as error:
                name = getattr(fixer, "name", type(fixer).__name__)
                logger.exception("fixer '%s' raised for atom '%s'", name, self._bench.atom.id)
                said = next(iter(str(error).splitlines()), "")
                self._mistakes.append(f"fixer '{name}' raised {type(error).__name__}: {said}")
        if level is RepairLevel.SEARCH:
            found = [(place, one) for place, (_, one) in enumerate(found)]
        else:
            found.sort(key=lambda pair: (-pair[1].confidence, pair[0]))
        fresh = {pair[1].code: pair for pair in reversed(found) if pair[1].code not in self._codes}
        return list(reversed(fresh.values()))[: _MOST[level]]

    def _limits(self, level: RepairLevel) -> Limits:
        """Return the limits of a candidate: a search gives each little more than the failed program took."""
        limits, first = self._bench.limits, self._case.attempts[0].execution
        if level is not RepairLevel.SEARCH:
            return limits
        if first.limit in (Limit.WALL, Limit.CPU):
            seconds = _SEARCH_AFTER_TIMEOUT
        else:
            seconds = max(_SEARCH_LEAST, _SEARCH_FACTOR * first.usage.wall)
        return replace(
            limits,
            timeout=min(limits.timeout, seconds),
            cpu_time=min(limits.cpu_seconds, seconds * max(limits.cpus, 1)),
        )

    async def _accept(
        self, level: RepairLevel, others: Sequence[tuple[int, Candidate]], seconds: float | None
    ) -> tuple[Attempt, bool] | None:
        """Return the smallest change that passes, may count, and passes again; or that the atom is flaky.

        ``others`` are candidates that were not tried, with which a search's find is compared.
        """
        passing = sorted(
            (one for one in self._every if one.passed and one.refusal is None),
            key=lambda one: (one.candidate.confidence < _GUESS, one.cost),
        )
        for one in passing:
            refusal = self._refusal(one.candidate)
            if refusal is None and (again := await self._original_again()) is not None:
                return again, True
            if refusal is None and level is RepairLevel.SEARCH:
                refusal = await self._doubt(
                    one, [*((each.cost, each.candidate) for each in passing), *others], seconds or 0.0
                )
            if refusal is None:
                refusal = await self._confirm(one)
            if refusal is None:
                return self._attempt(one), False
            refused = self._every[self._every.index(one)] = replace(one, refusal=refusal)
            if self._doubted is not None:
                self._doubted = refused
                return None
        return None

    def _refusal(self, candidate: Candidate) -> str | None:
        gate = self._kit.gate
        return None if gate is None else gate(self._bench.atom, self._bench.atom.code.text, candidate.code)

    async def _doubt(self, one: Tried, others: Sequence[tuple[int, Candidate]], seconds: float) -> str | None:
        """Return what speaks against a search's find; keep what was tried to learn it."""
        doubt = Doubt(self._bench, self._limits(RepairLevel.SEARCH), self._refusal)
        opinion = await doubt.of(one, others, seconds)
        self._take(opinion.tried)
        if opinion.ambiguous:
            self._doubted = one
            self._every = [
                replace(tried, refusal=opinion.refusal) if tried.passed and tried is not one else tried
                for tried in self._every
            ]
        return opinion.refusal

    async def _original_again(self) -> Attempt | None:
        """Run the plan's own code once more, but not after a syntax error; return the attempt if it passes now."""
        bench, first = self._bench, self._case.attempts[0]
        if self._steady or (first.failure is not None and first.failure.category is Category.SYNTAX):
            return None
        self._steady = True
        try:
            execution, failure = await bench.execute(bench.atom.code, bench.hold.slot, bench.limits)
        except InfrastructureFailedError:
            return None
        if failure is not None:
            return None
        return Attempt(
            number=len(self._case.attempts) + 1,
            code=bench.atom.code.text,
            execution=execution,
            started_at=self._log.of(execution).started_at,
            slot=bench.hold.slot,
            work=self._log.besides(execution),
            explanation="the plan's own code passed when it was run again",
            trials=tuple(one.trial() for one in self._every),
            spending=self.spending(),
        )

    async def _confirm(self, one: Tried) -> str | None:
        """Run an accepted candidate again, under the atom's own limits; return what is against it."""
        for _ in range(self._kit.settings.confirm):
            source = self._bench.source(one.candidate)
            try:
                _, failure = await self._bench.execute(source, self._bench.hold.slot, self._bench.limits)
            except InfrastructureFailedError:
                return "could not be run again: the infrastructure failed"
            if failure is not None:
                return f"passed once and failed when it was run again: {failure.message.splitlines()[0]}"
        return None

    def spending(self) -> Spending | None:
        """Return what the model's answers cost, those that gave no candidate too."""
        if (model := self._kit.model) is not None:
            self._mistakes += model.take_reasons(self._bench.atom.id)
            if (more := model.take_spending(self._bench.atom.id)) is not None:
                self._paid.append(more)
        return sum(self._paid, Spending()) if self._paid else None

    def _attempt(self, one: Tried) -> Attempt:
        """Return the attempt that stands for the round. ``one`` was executed."""
        if one.execution is None:
            raise ValueError("a candidate that was not executed cannot stand for its round")
        own = self._log.of(one.execution)
        return Attempt(
            number=len(self._case.attempts) + 1,
            code=one.candidate.code,
            execution=one.execution,
            started_at=own.started_at,
            slot=own.slot,
            work=self._log.besides(one.execution),
            source=one.candidate.source,
            explanation=one.candidate.explanation or None,
            failure=one.failure if one.refusal is None else self._refused(one.refusal),
            # Where nothing judges the code it merely ends: a person should look, however sure its author is.
            confidence=one.candidate.confidence
            if self._case.verifiable
            else min(one.candidate.confidence, _GUESS),
            trials=tuple(each.trial() for each in self._every),
            spending=self.spending(),
        )

    def _refused(self, reason: str) -> Failure:
        """Return the failure of code that passed and may not count."""
        return Failure(
            category=Category.RUNTIME,
            kind="refused",
            message=f"passed, but was refused: it {reason}",
            culprit=self._bench.atom.id,
            cause=f"The changed code passed and does not count: it {reason}.",
        )


def _with(decision: RetryDecision, mistakes: Sequence[str]) -> RetryDecision:
    return replace(decision, reason="; ".join((decision.reason, *mistakes)))
