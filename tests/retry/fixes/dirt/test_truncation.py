"""Answers that were cut off."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.retry.fixes.dirt.soil import AREA, JAVASCRIPT, PROGRAMS, washed

WHOLE = "def first(a):\n    return a\n\n\n"


@pytest.mark.parametrize(
    "end",
    [
        "def cut(a, b",
        "def cut(a, b):\n    x = [a, 'b",
        "def cut(a, b):\n    x = [a, 'b'\n",
        'def cut(a):\n    """Do what is',
        "def cut(a):\n    if a",
        "def cut(a):\n    return a +",
        "def cut(a):\n    return first(",
        "def cut(a):",
        "class Cut:\n    def method(self):\n",
        "@",
        "x = {'a': 1, 'b':",
        "from math import",
    ],
)
def test_what_was_cut_off_is_closed_or_dropped(end: str) -> None:
    found = washed(WHOLE + end)
    assert found
    for each in found:
        ast.parse(each.code)
        assert each.code.startswith(WHOLE.rstrip())


def test_the_last_statement_is_completed_where_it_can_be() -> None:
    assert any(
        each.code == "def f(a):\n    return g(a, [1, 2])\n"
        for each in washed("def f(a):\n    return g(a, [1, 2")
    )


def test_a_bracket_missing_in_the_middle_is_no_cut() -> None:
    found = washed("def f(a):\n    x = (a + 1\n    return x\n\n\ndef g():\n    return 2\n")
    assert all("def g" in each.code for each in found)


def test_javascript_is_closed() -> None:
    cut = "function f(a) {\n  const x = [a];\n  for (const y of x) {\n    console.log(y"
    found = washed(cut, "javascript")
    assert any(each.code.endswith("console.log(y)}}\n") for each in found)
    assert any(
        "console.log" not in each.code and each.code.count("{") == each.code.count("}") for each in found
    )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PROGRAMS)), st.floats(0.6, 1.0))
def test_wherever_it_was_cut_a_program_is_proposed(program: str, share: float) -> None:
    text = PROGRAMS[program]
    cut = text[: int(len(text) * share)]
    try:
        ast.parse(cut)
    except SyntaxError:
        found = washed(cut)
        assert found
        ast.parse(found[0].code)


@settings(max_examples=40, deadline=None)
@given(st.integers(20, len(JAVASCRIPT)))
def test_javascript_cut_anywhere_raises_nothing(end: int) -> None:
    for each in washed(JAVASCRIPT[:end], "javascript"):
        assert each.code != JAVASCRIPT[:end]


def test_little_is_dropped_before_much() -> None:
    found = washed(AREA + "\nvalue = area(1) + area(")
    confidences = [each.confidence for each in found]
    assert confidences == sorted(confidences, reverse=True)
    assert "describe" in found[0].code


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("x = {1: 2}}", "dropped the unfinished end from line 5 on (1 line)"),
        (
            "def cut(a):\n    for b in a:\n        b = (\n",
            "dropped the unfinished end from line 7 on (1 line); its block does nothing now",
        ),
    ],
)
def test_what_is_dropped_is_said(end: str, said: str) -> None:
    assert said in [each.explanation for each in washed(WHOLE + end)]
