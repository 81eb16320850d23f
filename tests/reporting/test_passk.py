from __future__ import annotations

from itertools import combinations

import pytest

from mge_toolkit.core.plans import Atom, Source
from mge_toolkit.core.results import ExecutionResult, Outcome
from mge_toolkit.reporting.passk import estimate, pass_at_k
from mge_toolkit.reporting.summary import passk_line
from tests.reporting.samples import make_attempt, make_failure, make_plan, make_result


def sample(number: int, task: str | None) -> Atom:
    return Atom(id=f"s{number}", code=Source(text="pass"), sample_of=task)


def verdict(number: int, *, passed: bool) -> ExecutionResult:
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    return make_result(f"s{number}", outcome, make_attempt(None if passed else make_failure()))


@pytest.mark.parametrize(("n", "c"), [(1, 0), (1, 1), (5, 0), (5, 2), (5, 5), (7, 3)])
def test_the_estimate_is_the_share_of_draws_that_hold_a_correct_sample(n: int, c: int) -> None:
    for k in range(1, n + 1):
        draws = list(combinations(range(n), k))
        share = sum(any(index < c for index in draw) for draw in draws) / len(draws)
        assert estimate(n, c, k) == pytest.approx(share)


@pytest.mark.parametrize(("n", "c", "k"), [(3, 1, 4), (3, 4, 1), (3, 1, 0), (0, 0, 1)])
def test_impossible_estimates_are_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="cannot be estimated"):
        estimate(n, c, k)


def test_the_mean_is_over_tasks_and_k_is_bounded_by_the_fewest_samples() -> None:
    plan = make_plan(*(sample(number, "a" if number < 5 else "b") for number in range(7)))
    results = {f"s{number}": verdict(number, passed=number in (0, 5, 6)) for number in range(7)}
    found = pass_at_k(plan, results)
    assert found is not None
    assert (found.tasks, found.samples, found.unjudged) == (2, 7, 0)
    assert found.estimates == pytest.approx({1: (0.2 + 1) / 2, 2: (0.4 + 1) / 2})
    assert passk_line(found) == ("pass@1: 60.0%, pass@2: 70.0% (2 tasks, 7 samples, first attempts only)")


def test_only_the_first_attempt_counts() -> None:
    healed = make_result("s0", Outcome.PASSED, make_attempt(make_failure()), make_attempt(number=2))
    found = pass_at_k(make_plan(sample(0, "a")), {"s0": healed})
    assert found is not None
    assert found.estimates == {1: 0.0}


def test_samples_without_a_verdict_are_left_out_and_counted() -> None:
    plan = make_plan(sample(0, "a"), sample(1, "a"), sample(2, "b"))
    results = {
        "s0": verdict(0, passed=True),
        "s1": make_result("s1", Outcome.ERROR, evidence=("broken",)),
        "s2": make_result("s2", Outcome.STOPPED),
    }
    found = pass_at_k(plan, results)
    assert found is not None
    assert (found.tasks, found.samples, found.unjudged) == (1, 1, 2)
    assert "2 without a verdict left out" in passk_line(found)


def test_a_plan_without_samples_has_no_estimate() -> None:
    assert pass_at_k(make_plan(sample(0, None)), {"s0": verdict(0, passed=True)}) is None
