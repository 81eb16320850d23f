"""What is decided after a failed attempt, by its category, its history and what may be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.plans import Expectation
from mge_toolkit.core.ports import RepairCase, RepairLevel, RepairMeans
from mge_toolkit.core.results import (
    Attempt,
    Category,
    Execution,
    Failure,
    RetryDecision,
    Role,
    Strategy,
    Trial,
    Usage,
)
from mge_toolkit.retry.confidence import RATES
from mge_toolkit.retry.policy import CategoryPolicy
from mge_toolkit.testing import make_atom

FIX, REGENERATE, SKIP, MANUAL = Strategy.FIX, Strategy.REGENERATE, Strategy.SKIP, Strategy.MANUAL
SYNTAX, IMPORT, TYPE, RUNTIME, TIMEOUT = Category
OFF, LEVEL_FIX, SEARCH, LLM = RepairLevel

WITH_MODEL = RepairMeans(level=LLM, model="some-model")
MEANS = RepairMeans()


def attempt(
    number: int,
    category: Category = RUNTIME,
    kind: str = "name",
    message: str | None = None,
    *,
    code: str | None = None,
    by: Strategy | None = None,
    cpu: float = 1.0,
    culprit: str = "a",
) -> Attempt:
    """Return the failed attempt ``number``; ``by`` is the strategy that is decided after it."""
    decision = None if by is None else RetryDecision(strategy=by, confidence=0.5, reason="")
    text = f"failure {'abcdefgh'[number]}" if message is None else message
    return Attempt(
        number=number,
        code=f"code {number}" if code is None else code,
        execution=Execution(completed=False, usage=Usage(cpu=cpu)),
        started_at=datetime.now(UTC),
        slot=0,
        failure=Failure(category=category, kind=kind, message=text, culprit=culprit, role=Role.CODE),
        decision=decision,
    )


def case_of(*attempts: Attempt, means: RepairMeans = MEANS, **fields: Any) -> RepairCase:
    exhausted, tried = fields.pop("exhausted", ()), fields.pop("tried", ())
    return RepairCase(
        atom=make_atom("a", attempts[0].code, **fields),
        dependencies=(),
        attempts=attempts,
        means=means,
        exhausted=frozenset(exhausted),
        tried=frozenset(tried),
    )


def decide(*attempts: Attempt, means: RepairMeans = MEANS, **fields: Any) -> RetryDecision:
    return CategoryPolicy().decide(case_of(*attempts, means=means, **fields))


@pytest.mark.parametrize(
    ("category", "kind", "level", "check", "strategy"),
    [
        (SYNTAX, "syntax", LEVEL_FIX, None, FIX),
        (SYNTAX, "indentation", LLM, None, FIX),
        (IMPORT, "module", LEVEL_FIX, None, FIX),
        (TYPE, "type", SEARCH, "f()", FIX),
        (RUNTIME, "assertion", LEVEL_FIX, "f()", FIX),
        (RUNTIME, "name", LLM, None, FIX),
        (TIMEOUT, "wall", LLM, None, REGENERATE),
        (TIMEOUT, "cpu", LEVEL_FIX, "f()", MANUAL),
        (TIMEOUT, "cpu", SEARCH, "f()", FIX),
        (TIMEOUT, "cpu", SEARCH, None, MANUAL),
        (RUNTIME, "memory", LEVEL_FIX, None, MANUAL),
        (RUNTIME, "memory", SEARCH, "f()", FIX),
        (RUNTIME, "output", SEARCH, "f()", FIX),
        (RUNTIME, "output", LLM, None, MANUAL),
        (RUNTIME, "permission", LLM, "f()", MANUAL),
        (RUNTIME, "network", LLM, "f()", MANUAL),
        (RUNTIME, "disk", LLM, "f()", MANUAL),
        (RUNTIME, "processes", LLM, "f()", MANUAL),
        (RUNTIME, "signal", LLM, "f()", MANUAL),
        (RUNTIME, "exit", LLM, "f()", MANUAL),
        (RUNTIME, "name", OFF, "f()", MANUAL),
    ],
)
def test_the_first_decision(
    category: Category, kind: str, level: RepairLevel, check: str | None, strategy: Strategy
) -> None:
    means = RepairMeans(level=level, model="some-model" if level is LLM else None)
    decision = decide(attempt(1, category, kind), means=means, check=check)
    assert decision.strategy is strategy
    assert decision.failure is not None
    assert decision.failure.kind == kind


@pytest.mark.parametrize("category", [SYNTAX, IMPORT, TYPE, RUNTIME])
def test_after_fixes_without_progress_the_model_is_asked(category: Category) -> None:
    attempts = attempt(1, category, message="no", by=FIX), attempt(2, category, message="no")
    assert decide(*attempts, means=WITH_MODEL).strategy is REGENERATE


def test_after_progress_the_next_fault_is_fixed() -> None:
    attempts = attempt(1, SYNTAX, "syntax", by=FIX), attempt(2, RUNTIME, "name")
    assert decide(*attempts, means=WITH_MODEL).strategy is FIX


def test_where_fixes_have_nothing_the_model_is_asked() -> None:
    assert decide(attempt(1), means=WITH_MODEL, exhausted=[FIX]).strategy is REGENERATE
    nothing = decide(attempt(1), means=WITH_MODEL, exhausted=[FIX, REGENERATE])
    assert (nothing.strategy, nothing.reason) == (MANUAL, "nothing proposed new code")


@pytest.mark.parametrize("level", [LEVEL_FIX, SEARCH, LLM])
def test_without_a_model_it_says_so(level: RepairLevel) -> None:
    decision = decide(attempt(1), means=RepairMeans(level=level), exhausted=[FIX])
    assert decision.strategy is MANUAL
    assert "no model" in decision.reason
    assert ("--mge-repair llm" in decision.reason) is (level is not LLM)


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        ([], "nothing proposed new code, regenerating it is due"),
        (["code 1"], "nothing proposed new code, regenerating it is due"),
        (["code 1", "x"], "the candidate that was tried did not pass, and nothing further was proposed; "),
        (["code 1", "x", "y"], "none of the 2 candidates tried passed, and nothing further was proposed; "),
    ],
)
def test_it_says_what_came_of_the_candidates(tried: list[str], said: str) -> None:
    assert decide(attempt(1), exhausted=[FIX], tried=tried).reason.startswith(said)


def test_it_says_that_what_passed_was_refused() -> None:
    trials = (
        Trial(code="x", source="s", explanation="e", failure=attempt(1).failure),
        Trial(code="y", source="s", explanation="e", refusal="exits early"),
    )
    attempts = attempt(1, by=FIX), replace(attempt(2, kind="refused"), trials=trials)
    for means, exhausted, rest in (
        (MEANS, [FIX], "; regenerating it is due and no model is configured (--mge-repair llm asks Claude)"),
        (WITH_MODEL, [FIX, REGENERATE], ""),
    ):
        decision = decide(*attempts, means=means, exhausted=exhausted, tried=["code 1", "x", "y"])
        assert decision.reason == f"what passed was refused: it exits early{rest}"


def test_a_model_is_not_asked_below_its_level() -> None:
    means = RepairMeans(level=SEARCH, model="some-model")
    assert decide(attempt(1), means=means, exhausted=[FIX]).strategy is MANUAL


@pytest.mark.parametrize(
    ("means", "fields", "reason"),
    [
        (RepairMeans(), {"max_retries": 1}, "its only retry is used up"),
        (RepairMeans(max_retries=1), {"max_retries": 9}, "its only retry is used up"),
        (RepairMeans(retries_left=0), {}, "the run's cap on retries is reached"),
        (RepairMeans(categories=frozenset({SYNTAX})), {}, "failures of the category runtime are not retried"),
        (RepairMeans(level=OFF), {}, "repair is switched off (--mge-repair off)"),
    ],
)
def test_limits_end_it(means: RepairMeans, fields: dict[str, Any], reason: str) -> None:
    decision = decide(attempt(1, by=FIX), attempt(2), means=means, **fields)
    assert (decision.strategy, decision.reason) == (MANUAL, reason)
    given_up = decide(attempt(1, by=FIX), attempt(2), means=means, critical=False, **fields)
    assert (given_up.strategy, given_up.reason) == (SKIP, reason)


def test_three_retries_by_default() -> None:
    attempts = [attempt(n, by=FIX) for n in (1, 2, 3)]
    assert decide(*attempts).reason == "retry 3 of 3"
    last = decide(*attempts, attempt(4))
    assert (last.strategy, last.reason) == (MANUAL, "all 3 retries are used up")
    assert decide(attempt(1), max_retries=0).reason == "it may not be retried"


def test_the_same_code_ends_it() -> None:
    decision = decide(attempt(1, code="x", by=FIX), attempt(2, code="x"))
    assert (decision.strategy, decision.reason) == (MANUAL, "the same code failed before")


def test_the_same_failure_twice_in_a_row_ends_it() -> None:
    attempts = [attempt(n, message=f"expected 3, got {n}", by=REGENERATE) for n in (1, 2, 3)]
    assert decide(*attempts[:2], means=WITH_MODEL).strategy is REGENERATE
    decision = decide(*attempts, means=WITH_MODEL, max_retries=9)
    assert (decision.strategy, decision.reason) == (MANUAL, "two retries in a row failed in the same way")


def test_a_suspected_load_timeout_may_come_again() -> None:
    attempts = [attempt(n, TIMEOUT, "wall", "too long", code="x", cpu=0.1, by=FIX) for n in (1, 2, 3)]
    assert decide(*attempts, means=WITH_MODEL, max_retries=9).strategy is REGENERATE
    busy = [replace(a, execution=Execution(completed=False, usage=Usage(cpu=29.0))) for a in attempts]
    assert decide(*busy, means=WITH_MODEL, max_retries=9).strategy is MANUAL


def test_a_dependencys_failure_is_not_the_atoms() -> None:
    assert decide(attempt(1, culprit="d")).reason == "its dependency 'd' failed"


def test_a_timeout_is_regenerated_to_be_faster() -> None:
    assert decide(attempt(1, TIMEOUT, "cpu"), means=WITH_MODEL).reason == "retry 1 of 3: make it faster"


def test_later_retries_are_less_likely_to_work() -> None:
    first = decide(attempt(1))
    later = decide(attempt(1, by=FIX), attempt(2))
    assert 0 < later.confidence < first.confidence < 1
    assert decide(attempt(1), means=RepairMeans(level=OFF)).confidence == 1


def test_what_a_search_can_verify_is_likelier_to_be_found() -> None:
    wrong = attempt(1, RUNTIME, "assertion")
    searched = decide(wrong, check="f()", means=RepairMeans(level=SEARCH)).confidence
    assert searched > decide(wrong, check="f()").confidence


def test_rates_are_probabilities() -> None:
    assert all(0 < rate.passed < 1 for rate in RATES)


@given(
    kinds=st.lists(
        st.tuples(
            st.sampled_from(Category),
            st.sampled_from(["name", "wall", "assertion", "memory", "exit", "typecheck", "refused", ""]),
            st.sampled_from([None, FIX, REGENERATE, MANUAL]),
        ),
        min_size=1,
        max_size=5,
    ),
    level=st.sampled_from(RepairLevel),
    model=st.sampled_from([None, "m"]),
    left=st.sampled_from([None, 0, 3]),
    critical=st.booleans(),
    exhausted=st.sets(st.sampled_from([FIX, REGENERATE])),
    verifiable=st.booleans(),
)
def test_whatever_the_case_the_decision_can_be_carried_out(
    kinds: list[tuple[Category, str, Strategy | None]],
    level: RepairLevel,
    model: str | None,
    left: int | None,
    critical: bool,
    exhausted: set[Strategy],
    verifiable: bool,
) -> None:
    attempts = [attempt(n, category, kind, by=by) for n, (category, kind, by) in enumerate(kinds, 1)]
    means = RepairMeans(level=level, model=model, retries_left=left)
    expect = Expectation(result=1) if verifiable else None
    decision = decide(*attempts, means=means, critical=critical, exhausted=exhausted, expect=expect)
    assert decision.strategy not in exhausted
    assert 0 <= decision.confidence <= 1
    assert decision.reason
    assert decision.failure is attempts[-1].failure
    if decision.strategy is REGENERATE:
        assert (model, level) == ("m", LLM)
    if decision.strategy in (FIX, REGENERATE):
        assert level is not OFF
        assert left != 0
        assert len(attempts) <= 3
    else:
        assert decision.strategy is (MANUAL if critical else SKIP)
