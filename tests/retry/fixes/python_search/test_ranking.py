"""The right change is among the first that are tried, by what the failure and the program's prose tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mge_toolkit.core.results import Category, Frame, Raised, Role
from mge_toolkit.retry.fixes.python_search.ranking import least_score
from tests.retry.fixes.cases import codes, make_case
from tests.retry.fixes.python_search.failed import FIXER, TELLING, failed, rank_of

SUMS = """\
def helper(values):
    total = 1
    for value in values:
        total = total * value
    return total

def f(values, limit):
    best = 0
    for i in range(len(values) - 1):
        if values[i] < limit and values[i] > best:
            best = values[i]
    return best
"""

FIRST = {
    "range": ("range(len(values) - 1)", "range(len(values))", 25),
    "comparison": ("values[i] < limit", "values[i] <= limit", 12),
    "boolean": ("limit and values", "limit or values", 12),
    "start": ("best = 0", "best = 1", 40),
}


@pytest.mark.parametrize(("broken", "mended", "within"), FIRST.values(), ids=FIRST)
def test_each_place_comes_early_with_its_likeliest_change(broken: str, mended: str, within: int) -> None:
    assert rank_of(SUMS.replace(broken, mended), failed(SUMS)) <= within


def test_the_first_hundred_touch_every_line_that_does_something() -> None:
    lines = SUMS.splitlines()
    touched = set()
    for code in codes(FIXER, failed(SUMS))[:100]:
        new = code.splitlines()
        touched |= {n for n, line in enumerate(lines) if n >= len(new) or new[n] != line}
    assert {7, 8, 9, 10, 11} <= touched


def crashed(code: str, kind: str, line: int, category: Category = Category.RUNTIME) -> list[str]:
    frames = (
        Frame(atom_id="a", role=Role.CHECK, line=1),
        Frame(atom_id="a", role=Role.CODE, line=line, function="f"),
    )
    raised = Raised(type="Error", message="", frames=frames)
    case = make_case(code, category=category, kind=kind, line=line, raised=raised, check=TELLING)
    return codes(FIXER, case)


def test_a_frame_moves_its_line_and_what_feeds_it_to_the_front() -> None:
    code = SUMS.replace("values[i] > best", "values[i + 1] > best").replace(" - 1)", ")")
    found = crashed(code, "index", 10)
    assert found.index(code.replace("range(len(values))", "range(len(values) - 1)")) < 12
    assert found.index(code.replace("[i + 1]", "[i]")) < 12


def test_a_type_error_is_met_by_conversions_first() -> None:
    code = "def f(n):\n    label = 'n: ' + n\n    return label\n"
    found = crashed(code, "type", 2, Category.TYPE)
    assert found.index(code.replace("+ n", "+ str(n)")) < 3


def test_a_division_by_zero_is_met_by_guards_first() -> None:
    code = "def f(a, b):\n    c = a * 2\n    return c / b\n"
    assert crashed(code, "zero_division", 3).index(code.replace("c / b", "c / b if b else 0")) < 6


def test_functions_that_the_check_does_not_reach_come_last() -> None:
    found = codes(FIXER, failed(SUMS))
    assert found.index(SUMS.replace("best = 0", "best = 1")) < found.index(
        SUMS.replace("total = 1", "total = 2")
    )


CALLS = """\
def helper(n):
    return n < 3

def unused(n):
    return n < 4

def f(n):
    return helper(n)
"""


def test_called_functions_are_reached() -> None:
    near, far = (CALLS.replace(f"n < {limit}", f"n <= {limit}") for limit in (3, 4))
    assert rank_of(near, failed(CALLS)) < rank_of(far, failed(CALLS))


PROSE = {
    "docstring": ('def f(a):\n    """Return the largest."""\n    return {}(a)\n', "sum", "max"),
    "name": ("def f(a):\n    return below(a)\n\ndef below(t):\n    return t {} 0\n", "==", "<"),
    "camel case": ("def f(a):\n    return isBelow(a)\n\ndef isBelow(t):\n    return t {} 0\n", "==", "<"),
}


@pytest.mark.parametrize(("form", "broken", "mended"), PROSE.values(), ids=PROSE)
def test_what_the_prose_speaks_of_comes_earlier(form: str, broken: str, mended: str) -> None:
    code = form.format(broken)
    plain = code.replace("below", "g").replace("isBelow", "g").replace("isg", "g").replace("largest", "thing")
    plain = plain.replace("Below", "G")
    told = rank_of(form.format(mended), failed(code))
    untold = rank_of(plain.replace(broken, mended, 1) if broken in plain else plain, failed(plain))
    assert told < untold


def test_a_description_in_the_plan_counts_as_prose() -> None:
    code = "def f(a):\n    return min(a, key=len) + sum(a)\n"
    mended = code.replace("sum", "max")
    assert rank_of(mended, failed(code, description="the largest of all")) < rank_of(mended, failed(code))


def test_unlikely_changes_need_a_check_that_tells_more() -> None:
    assert least_score(1) == least_score(4) == 0.3
    assert least_score(6) < 0.3
    assert least_score(30) < 0.001


def test_a_weak_check_gets_only_what_is_likely() -> None:
    weak = codes(FIXER, failed(SUMS, check="assert f([1], 2)\n"))
    strong = codes(FIXER, failed(SUMS))
    assert 0 < len(weak) < len(strong) / 3
    assert weak == [code for code in strong if code in set(weak)]


def test_edits_on_top_of_unproven_ones_need_more_proof() -> None:
    case = failed(SUMS, check="".join(f"assert f([{n}], 9) == {n + 7}\n" for n in range(4)))
    again = replace(case, attempts=(replace(case.attempts[0], source=FIXER.name),))
    assert len(codes(FIXER, again)) < len(codes(FIXER, case))


def test_the_last_use_of_a_value_is_hardly_the_wrong_one() -> None:
    code = "def f(values, extra):\n    total = sum(values)\n    return total\n"
    again = code.replace("return total", "extra += total\n    return total")
    mended = "return extra"
    last = rank_of(code.replace("return total", mended), failed(code))
    another = rank_of(again.replace("return total", mended), failed(again))
    assert another < last


def test_a_conversion_of_numbers_is_unlikely_where_no_type_failed() -> None:
    code = "def f(values, n):\n    total = 0\n    for one in values[:n]:\n        total += one\n    return total\n"
    converted, plain = (
        code.replace("return total", "return int(total)"),
        code.replace("return total", "return n"),
    )
    assert converted not in codes(FIXER, failed(code, check="assert f([1], 2) == 3\n"))
    assert rank_of(converted, failed(code)) > rank_of(plain, failed(code))


def test_a_sum_starts_at_nothing_sooner_than_its_range_is_right() -> None:
    code = "def f(xs):\n    s = 0\n    for i in range(1, len(xs)):\n        s += xs[i]\n    return s\n"
    start, first = code.replace("s = 0", "s = 1"), code.replace("range(1, ", "range(0, ")
    assert rank_of(first, failed(code)) < rank_of(start, failed(code))


@pytest.mark.parametrize(
    ("code", "kind", "said", "guard"),
    [
        (
            "def f(n):\n    return n * f(n - 1)\n",
            "recursion",
            "RecursionError: deep",
            "if n == 0:\n        return 1",
        ),
        (
            "def f(n):\n    return f(n - 1) + f(n - 2)\n",
            "recursion",
            "RecursionError: deep",
            "if n <= 1:\n        return n",
        ),
        (
            "def f(n):\n    return n + f(n // 10)\n",
            "recursion",
            "RecursionError: deep",
            "if n == 0:\n        return 0",
        ),
        (
            "def f(s):\n    return len(s)\n",
            "type",
            "TypeError: object of type 'NoneType' has no len()",
            "if s is None:\n        return 0",
        ),
        (
            "def f(user):\n    return user.strip()\n",
            "attribute",
            "AttributeError: 'NoneType' object has no attribute 'strip'",
            "if user is None:\n        return None",
        ),
    ],
)
def test_a_guard_is_likely_where_the_failure_speaks_of_it(
    code: str, kind: str, said: str, guard: str
) -> None:
    category = Category.TYPE if kind == "type" else Category.RUNTIME
    case = make_case(code, category=category, kind=kind, line=2, message=said, check="assert f(3) == 6")
    head, _, body = code.partition("\n")
    assert f"{head}\n    {guard}\n{body}" in codes(FIXER, case)
