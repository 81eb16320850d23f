"""The decision after a failed attempt, as a pure function of the atom, its history and what may be used."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from mge_toolkit.core.ports import RepairCase, RepairLevel
from mge_toolkit.core.results import Category, RetryDecision, Strategy
from mge_toolkit.retry.confidence import confidence_in
from mge_toolkit.retry.sameness import is_load_timeout, is_same_failure

# What no change of the code that keeps its meaning can mend: the plan or the machine has to change, or the author
# has to say what was meant.
_FOR_A_PERSON: Final = {
    "permission": "it asks for what the sandbox denies",
    "network": "it asks for a network, which the sandbox denies",
    "disk": "it needs more disk than its limit allows",
    "processes": "it needs more processes than its limit allows",
    "signal": "a signal ended it",
    "exit": "it ends itself before its end",
    "interrupt": "it was interrupted",
}
# A wrong loop condition fills the memory or the output where it does not use up the time.
_PERHAPS_A_LOOP: Final = {
    "memory": "it needs more memory than its limit allows",
    "output": "it writes more than its limit allows",
}
_HOW_TO_REGENERATE: Final = "regenerating it is due and no model is configured (--mge-repair llm asks Claude)"
_NOTHING_NEW: Final = "nothing proposed new code"


class CategoryPolicy:
    """Asks for fixes first and for a model's rewriting next, and gives up where neither can help.

    Timeouts are for the model at once, unless a search can tell by a check which loop is wrong. Giving up means
    ``skip`` for an atom that is not critical and ``manual`` for every other.
    """

    def decide(self, case: RepairCase) -> RetryDecision:
        """Return what to do about the last attempt's failure."""
        reason = _forbidden(case) or _repeated(case) or _for_a_person(case)
        if reason is not None:
            return _give_up(case, reason)
        for strategy in _strategies(case):
            if strategy in case.exhausted:
                continue
            if strategy is Strategy.REGENERATE and not _has_model(case):
                break
            return RetryDecision(
                strategy=strategy,
                confidence=confidence_in(strategy, case),
                reason=_why(strategy, case),
                failure=case.failure,
            )
        return _give_up(case, _nothing_left(case))


def _strategies(case: RepairCase) -> tuple[Strategy, ...]:
    """Return the strategies for this failure in the order in which they are due."""
    searchable = case.verifiable and case.means.level.includes(RepairLevel.SEARCH)
    if case.failure.category is Category.TIMEOUT and not searchable:
        return (Strategy.REGENERATE,)
    if _has_model(case) and not _progressed(case) and _last_strategy(case) in _RETRIES:
        return (Strategy.REGENERATE,)
    return (Strategy.FIX, Strategy.REGENERATE)


_RETRIES: Final = (Strategy.FIX, Strategy.REGENERATE)


def _last_strategy(case: RepairCase) -> Strategy | None:
    """Return the strategy that led to the code that failed last."""
    decision = case.attempts[-2].decision if len(case.attempts) > 1 else None
    return None if decision is None else decision.strategy


def _progressed(case: RepairCase) -> bool:
    """Return whether the last attempt failed otherwise than the one before it."""
    return len(case.attempts) < 2 or not is_same_failure(case.attempts[-2], case.attempts[-1])


def _has_model(case: RepairCase) -> bool:
    return case.means.model is not None and case.means.level.includes(RepairLevel.LLM)


def _limit(case: RepairCase) -> int:
    return case.atom.max_retries if case.means.max_retries is None else case.means.max_retries


def _forbidden(case: RepairCase) -> str | None:
    """Return why nothing may be tried."""
    means, failure = case.means, case.failure
    if means.level is RepairLevel.OFF:
        return "repair is switched off (--mge-repair off)"
    if failure.culprit != case.atom.id:
        return f"its dependency '{failure.culprit}' failed"
    if failure.category not in means.categories:
        return f"failures of the category {failure.category} are not retried"
    limit = _limit(case)
    if len(case.attempts) - 1 >= limit:
        if limit == 0:
            return "it may not be retried"
        return f"all {limit} retries are used up" if limit > 1 else "its only retry is used up"
    if means.retries_left is not None and means.retries_left <= 0:
        return "the run's cap on retries is reached"
    return None


def _repeated(case: RepairCase) -> str | None:
    """Return what comes again and again, so that trying on would be a waste."""
    attempts = case.attempts
    if is_load_timeout(attempts[-1], case.atom.limits.cpu_seconds):
        return None
    if any(attempt.code == attempts[-1].code for attempt in attempts[:-1]):
        return "the same code failed before"
    pairs = tuple(pairwise(attempts[-3:]))
    if len(pairs) == 2 and all(is_same_failure(one, other) for one, other in pairs):
        return "two retries in a row failed in the same way"
    return None


def _for_a_person(case: RepairCase) -> str | None:
    """Return why neither a fixer nor a model can help."""
    kind = case.failure.kind
    why = _FOR_A_PERSON.get(kind)
    if why is None and not (case.verifiable and case.means.level.includes(RepairLevel.SEARCH)):
        why = _PERHAPS_A_LOOP.get(kind)
    return None if why is None else f"a person must decide: {why}"


def _nothing_left(case: RepairCase) -> str:
    """Return why no strategy is left: what came of those that were asked, and what is due and cannot be had."""
    so_far = _so_far(case)
    if _has_model(case):
        return so_far or _NOTHING_NEW
    due = _HOW_TO_REGENERATE
    if case.means.level is RepairLevel.LLM:
        due = "regenerating it is due and no model can be asked"
    if so_far is not None:
        return f"{so_far}; {due}"
    return f"{_NOTHING_NEW}, {due}" if case.exhausted else due


def _so_far(case: RepairCase) -> str | None:
    """Return what became of the candidates that were tried, or ``None`` where there was none."""
    refusals = (
        trial.refusal
        for attempt in reversed(case.attempts)
        for trial in attempt.trials
        if trial.failure is None and trial.refusal is not None
    )
    refused = next(refusals, None)
    if refused is not None:
        return f"what passed was refused: it {refused}"
    tried = len(case.tried - {case.attempts[0].code})
    if tried:
        candidates = "the candidate that was tried" if tried == 1 else f"none of the {tried} candidates tried"
        return f"{candidates} {'did not pass' if tried == 1 else 'passed'}, and nothing further was proposed"
    return None


def _why(strategy: Strategy, case: RepairCase) -> str:
    """Return which retry this is, and what it is for."""
    reason = f"retry {len(case.attempts)} of {_limit(case)}"
    if strategy is not Strategy.REGENERATE:
        return reason
    if case.failure.category is Category.TIMEOUT:
        return f"{reason}: make it faster"
    if case.exhausted or not _progressed(case):
        return f"{reason}: the automatic fixes do not mend it"
    return reason


def _give_up(case: RepairCase, reason: str) -> RetryDecision:
    strategy = Strategy.MANUAL if case.atom.critical else Strategy.SKIP
    return RetryDecision(
        strategy=strategy, confidence=confidence_in(strategy, case), reason=reason, failure=case.failure
    )
