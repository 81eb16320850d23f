"""The parser that broken and hostile Python is given to."""

from __future__ import annotations

import ast
import warnings
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.retry.fixes.python_parsing import DEEPEST, LONGEST, examined, parse, parses, trouble


def test_a_program_has_a_tree_and_no_trouble() -> None:
    tree = parse("x = 1\n")
    assert isinstance(tree, ast.Module)
    assert parses("x = 1\n")
    assert trouble("x = 1\n") is None


@pytest.mark.parametrize(
    ("code", "line", "column", "is_indentation"),
    [
        ("x = 1\nif x\n    y\n", 2, 5, False),
        ("def f():\nreturn 1\n", 2, 1, True),
        ("x = 'a\n", 1, 5, False),
    ],
)
def test_trouble_says_where(code: str, line: int, column: int, is_indentation: bool) -> None:
    found = trouble(code)
    assert found is not None
    assert (found.line, found.column, found.is_indentation) == (line, column, is_indentation)
    assert parse(code) is None
    assert not parses(code)


@pytest.mark.parametrize(
    "code",
    [
        "\0",
        "\ud800",
        "x = '\ud800'",
        "(" * 10_000,
        "-" * (LONGEST - 1) + "1",
        "x\n" * LONGEST,
        "{" * DEEPEST + "[",
        "\x1a",
    ],
)
def test_hostile_sources_are_no_programs(code: str) -> None:
    begun = thread_time()
    assert not parses(code)
    assert trouble(code) is not None
    assert thread_time() - begun < 2


def test_brackets_side_by_side_are_not_too_deep() -> None:
    assert parses("x = " + "+".join(["(1)"] * (DEEPEST + 5)))
    assert parses("(" * DEEPEST + ")" * DEEPEST)


@pytest.mark.parametrize("code", ["x = '\\d'", "x = 1if 2else 3", "x = b'\\N'"])
def test_what_python_only_warns_about_parses_in_silence(code: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        assert parses(code)
    assert caught == []


def test_warnings_of_others_still_come() -> None:
    parses("x = 1")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parses("x = '\\d'")
        warnings.warn("other", UserWarning, stacklevel=1)
    assert [str(each.message) for each in caught] == ["other"]


def test_filters_do_not_pile_up() -> None:
    with warnings.catch_warnings():
        parses("x = 1")
        count = len(warnings.filters)
        for _ in range(5):
            parses("x = 2")
        warnings.simplefilter("default")
        parses("x = 3")
        assert len(warnings.filters) <= count + 1


@given(st.text())
def test_nothing_is_raised_for_any_text(text: str) -> None:
    assert parses(text) == (trouble(text) is None) == isinstance(examined(text), ast.Module)
