"""Strings that end nowhere, or too early."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.retry.fixes.python_syntax.cases import first, mended


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("x = 'abc", "x = 'abc'"),
        ("print('abc)", "print('abc')"),
        ("x = ['a, 'b']", "x = ['a', 'b']"),
        ("x = 'don't'", 'x = "don\'t"'),
        ('x = "say "yes" now"', "x = 'say \"yes\" now'"),
        ("x = 'abc\"", "x = 'abc'"),
        ("x = 'abc\\\ny = 2", "x = 'abc'\ny = 2"),
        ('def f():\n    """Do it.\n    return 1', 'def f():\n    """Do it."""\n    return 1'),
        ('def f():\n    """Do it."\n    return 1', 'def f():\n    """Do it."""\n    return 1'),
        (
            'def f():\n    """Do it.\n\n    And more prose here\n    x = 1\n    return x',
            'def f():\n    """Do it.\n\n    And more prose here"""\n    x = 1\n    return x',
        ),
    ],
)
def test_quotes(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("x = {'a: 1}", "x = {'a': 1}"),
        ("print(abc')", "print('abc')"),
    ],
)
def test_quotes_where_several_are_likely(broken: str, expected: str) -> None:
    assert expected in mended(broken)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("x = f'{a'", "x = f'{a}'"),
        ("x = f'a} b'", "x = f'a b'"),
    ],
)
def test_formatted_strings(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("x = f'{a['b']}'", "x = f'{a[\"b\"]}'"),
        ('x = f"{d["k"]} and {y}"', "x = f\"{d['k']} and {y}\""),
    ],
)
def test_the_same_quotes_inside_a_formatted_string(broken: str, expected: str) -> None:
    if sys.version_info >= (3, 12):  # which takes them: there is nothing to mend
        compile(broken, "<code>", "exec", flags=ast.PyCF_ONLY_AST)
    else:
        assert first(broken) == expected
