"""What a check can tell."""

from __future__ import annotations

import pytest

from mge_toolkit.core.plans import Expectation
from mge_toolkit.retry.fixes.python_search.strength import strength
from mge_toolkit.testing import make_atom


def bits(check: str | None, code: str = "pass", expect: Expectation | None = None) -> float:
    return strength(make_atom("a", code, check=check, expect=expect), code)


WEAKER = {
    "a truth value tells less than a number": ("assert f(1) == True", "assert f(1) == 17"),
    "a small number tells less than a large one": ("assert f(1) == 1", "assert f(1) == 17"),
    "a number tells less than a list": ("assert f(1) == 17", "assert f(1) == [1, 7, 9]"),
    "fewer tell less": ("assert f(1) == 17", "assert f(1) == 17\nassert f(2) == 18"),
    "the same value tells less": (
        "assert f(1) == 17\nassert f(2) == 17",
        "assert f(1) == 17\nassert f(2) == 18",
    ),
    "the same assertion tells nothing": ("assert f(1)\nassert f(1)\n", "assert f(1)\nassert f(2)"),
    "a constant tells nothing": ("assert f(1)\nassert True\n", "assert f(1)\nassert f(2)"),
    "an order tells less than a value": ("assert f(1) < 17", "assert f(1) == 17"),
    "a test case's methods count": ("t.assertTrue(f(1))", "t.assertEqual(f(1), 17)"),
    "calls that compare count by their value": ("assert close(f(1), True)", "assert close(f(1), 17)"),
    "what is near a value counts": ("assert f(1) < 2", "assert abs(f(1) - 2.5) < 1e-6"),
}


@pytest.mark.parametrize(("weaker", "stronger"), WEAKER.values(), ids=WEAKER)
def test_one_check_tells_less_than_another(weaker: str, stronger: str) -> None:
    assert bits(weaker) < bits(stronger)


def test_a_check_without_assertions_is_taken_for_a_fair_one() -> None:
    assert bits("run_all_tests()") == bits("other()") > bits("assert f(1)")


def test_an_expectation_counts() -> None:
    assert bits(None, expect=Expectation(result=[1, 2, 3])) > bits(None, expect=Expectation(result=True)) > 0
    assert bits(None, expect=Expectation(stdout="a longer text\n")) > 0
    assert bits("assert f(1)", expect=Expectation(result=3)) > bits(None, expect=Expectation(result=3))


def test_examples_in_docstrings_count() -> None:
    code = 'def f(n):\n    """Double.\n\n    >>> f(21)\n    42\n    """\n    return n\n'
    assert bits("assert f(1) == 2", code) > bits("assert f(1) == 2")
