"""Indentation: of one line, of a block, and blocks without a line."""

from __future__ import annotations

import pytest

from tests.retry.fixes.python_syntax.cases import candidates, first, mended


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("def f():\nx = 1", "def f():\n    x = 1"),
        ("def f():\nreturn 1", "def f():\n    return 1"),
        ("class A:\ndef f(self):\n    return 1", "class A:\n    def f(self):\n        return 1"),
        (
            "def f():\n    if x:\n    return 1\n    return 2",
            "def f():\n    if x:\n        return 1\n    return 2",
        ),
        ("def f():\n    # to do\n\nx = 1", "def f():\n    pass\n    # to do\n\nx = 1"),
        ("def f():\n    x = 1\n      y = 2\n    return x", "def f():\n    x = 1\n    y = 2\n    return x"),
        ("def f():\n    x = 1\n  y = 2\n    return x", "def f():\n    x = 1\n    y = 2\n    return x"),
        ("def f():\n    x = 1\nreturn x", "def f():\n    x = 1\n    return x"),
        ("  x = 1\ny = 2", "x = 1\ny = 2"),
        ("try:\n    x = 1\ny = 2", "try:\n    x = 1\nfinally: pass\ny = 2"),
        ("for i in x:\n    y\nbreak", "for i in x:\n    y\n    break"),
    ],
)
def test_blocks(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("x = a +\n    b", "x = a + \\\n    b"),
        ("x = foo()\n    .bar()", "x = foo() \\\n    .bar()"),
    ],
)
def test_continued_lines(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("def f(x):\n    await g(x)", "async def f(x):\n    await g(x)"),
    ],
)
def test_functions_that_await(broken: str, expected: str) -> None:
    assert first(broken) == expected


def test_both_readings_of_a_block_are_offered() -> None:
    found = mended("def f(a):\n    for b in a:\n    c = b\n    print(c)\n")
    assert "def f(a):\n    for b in a:\n        c = b\n    print(c)\n" in found
    assert "def f(a):\n    for b in a:\n        c = b\n        print(c)\n" in found


def test_a_class_whose_methods_stand_beside_it() -> None:
    broken = "class A:\ndef f(self):\n    if self:\n        return 1\n\ndef g(self):\n    return 2\n"
    expected = (
        "class A:\n    def f(self):\n        if self:\n            return 1\n\n"
        "    def g(self):\n        return 2\n"
    )
    assert first(broken) == expected


def test_a_string_over_several_lines_is_not_moved_with_its_line() -> None:
    broken = 'def f():\nx = """a\n  b"""\nreturn x\n'
    assert first(broken) == 'def f():\n    x = """a\n  b"""\n    return x\n'


def test_a_function_without_its_header_is_given_the_one_its_check_calls() -> None:
    body = "    total = 0\n    for value in values:\n        total += value * factor\n    return total\n"
    found = mended(body, check="assert scaled([1, 2], 3) == 9")
    assert f"def scaled(values, factor):\n{body}" in found
    assert f"def scaled(factor, values):\n{body}" in found


def test_a_method_without_its_header_is_given_one() -> None:
    broken = "class A:\n\n        return self.base + more\n"
    found = mended(broken, check="assert A().plus(2) == 3")
    assert "class A:\n\n    def plus(self, more):\n        return self.base + more\n" in found


def test_a_recursive_function_passes_its_parameters_in_order() -> None:
    body = "    if n == 0:\n        return acc\n    return fold(acc + n, n - 1)\n"
    assert first(body, check="assert fold(0, 3) == 6") == f"def fold(acc, n):\n{body}"


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (
            "def f(x):\n    pass\nx = 1\n",
            "added 'pass' after line 1, so that the block which begins there does nothing",
        ),
        ("def f(x):\n    x = 1\n", "indented line 2 into the block above"),
    ],
)
def test_a_reviewer_is_told_what_no_longer_does_anything(expected: str, said: str) -> None:
    told = {one.code.strip(): one.explanation for one in candidates("def f(x):\nx = 1\n")}
    assert told[expected.strip()] == said
