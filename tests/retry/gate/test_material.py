"""A repair may put the plan's own constants together anew; what they come to is no literal that it gives away."""

from __future__ import annotations

import pytest

from tests.retry.gate.cases import judged

TEXT = "assert result == 'n: 5'"
NULL = "console.assert(result === null);"


@pytest.mark.parametrize(
    ("before", "after", "check"),
    [
        ("result = 'n: ' + 5", "result = 'n: ' + str(5)", TEXT),
        ("result = 'n: ' + 5", "result = f'n: {5}'", TEXT),
        ("text = 'n: ' + 5\nresult = text", "text = 'n: ' + str(5)\nresult = text", TEXT),
        ("result = 3 + '4'", "result = 3 + int('4')", "assert result == 7"),
        ("def f():\n    return 'n: ' + 5\n", "def f():\n    return 'n: ' + str(5)\n", "assert f() == 'n: 5'"),
        ("result = 'n: ' + str(5", "result = 'n: ' + str(5)", TEXT),
        ("result = null", "result = None", "assert result is None"),
        (
            "result = {'a': null, 'b': [true, 5]}",
            "result = {'a': None, 'b': [True, 5]}",
            "assert result['b'][0]",
        ),
        ("def f(n):\n    return null\n", "def f(n):\n    return None\n", "assert f(1) is None"),
    ],
)
def test_python_put_together_anew(before: str, after: str, check: str) -> None:
    assert judged(before, after, check=check) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("print('n: ' + 5)", "print('n: ' + str(5))"),
        ("print('n:' + 5)", "print('n:', 5)"),
        ("print 'n:', 5", "print('n:', 5)"),
        ("print('n: ' + str(5)", "print('n: ' + str(5))"),
    ],
)
def test_python_printed_anew(before: str, after: str) -> None:
    assert judged(before, after, stdout="n: 5\n") is None


@pytest.mark.parametrize(
    ("before", "after", "check", "reason"),
    [
        ("result = 'n: ' + 5", "result = 'n: 5'", TEXT, "binds 'n: 5' on line 1"),
        ("x = 4\nresult = 'n: ' + x", "x = 4\nresult = 'n: ' + str(5)", TEXT, "binds 'n: 5' on line 2"),
        (
            "words = ['n', ': ', 5]\nresult = join(words)",
            "result = 'n' + ': ' + str(5)",
            TEXT,
            "binds 'n: 5'",
        ),
        ("result = 'n: ' + str(x, 5", "result = 'n: ' + str(5)", TEXT, "binds 'n: 5'"),
        (
            "def f(n):\n    return n - 100 + 21\n",
            "def f(n):\n    return 100 + 21\n",
            "assert f(3) == 121",
            "returns",
        ),
        ("result = total", "result = None", "assert result is None", "binds 'result' to a constant"),
        ("null = f()\nresult = null", "null = f()\nresult = None", "assert result is None", "to a constant"),
        ("result = false", "result = True", "assert result is True", "binds 'result' to a constant"),
        ("result = f(null)", "result = None", "assert result is None", "to a constant"),
        ("x = null\nresult = f()", "x = None\nresult = None", "assert result is None", "to a constant"),
        (
            "def f(n):\n    return g(n, null)\n",
            "def f(n):\n    return None\n",
            "assert f(1) is None",
            "the body",
        ),
        (
            "def f(n):\n    return 'n: ' + 5 if n else g(n)\n",
            "def f(n):\n    if n == 8: return 'n: ' + str(5)\n    return g(n)\n",
            "assert f(8) == 'n: 5'",
            "for the check's own input 8",
        ),
    ],
)
def test_python_given_away(before: str, after: str, check: str, reason: str) -> None:
    said = judged(before, after, check=check)
    assert said is not None
    assert reason in said


@pytest.mark.parametrize(
    ("before", "after", "check"),
    [
        ("const result = None;", "const result = null;", NULL),
        ("const result = True;", "const result = true;", "console.assert(result === true);"),
        ("const f = (n) => None;", "const f = (n) => null;", "console.assert(f(1) === null);"),
        (
            "function f(n) { return None; }",
            "function f(n) { return null; }",
            "console.assert(f(1) === null);",
        ),
        (
            "const result = {a: None, b: [True, 50]};",
            "const result = {a: null, b: [true, 50]};",
            "assert.deepEqual(result, {a: null, b: [true, 50]});",
        ),
        (
            "const result = 'n: ' + str(5);",
            "const result = 'n: ' + String(5);",
            "console.assert(result === 'n: 5');",
        ),
    ],
)
def test_javascript_meant(before: str, after: str, check: str) -> None:
    assert judged(before, after, check=check, language="javascript") is None


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("const result = total(3);", "const result = null;", "binds 'result' to a constant"),
        ("const result = x;", "const result = null;", "binds 'result' to a constant"),
        ("const result = f(None);", "const result = null;", "binds 'result' to a constant"),
        (
            "const None = f(3);\nconst result = None;",
            "const None = f(3);\nconst result = null;",
            "to a constant",
        ),
        ("const f = (None) => None;", "const f = (None) => null;", "replaces the body of 'f'"),
        (
            "const x = None;\nconst f = (n) => g(n);",
            "const x = null;\nconst f = (n) => null;",
            "the body of 'f'",
        ),
    ],
)
def test_javascript_given_away(before: str, after: str, reason: str) -> None:
    said = judged(before, after, check=NULL, language="javascript")
    assert said is not None
    assert reason in said
