"""Questions behind a check: what is asked, and what answers tell."""

from __future__ import annotations

import ast

import pytest

from mge_toolkit.retry.probing import MARK, answers, differing, javascript, python, with_questions
from mge_toolkit.testing import make_atom

CODE = "def f(n, s='a'):\n    return n\nclass C:\n    def m(self, n):\n        return n\n"
SCRIPT = "const f = (n) => n;\nfunction g(xs) { return xs; }\nclass C { static m(n) { return n; } }\n"


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("assert f(1) == f(2) == 3", ["f(1)", "f(2)"]),
        ("assert f(1, s='b') == 1", ["f(1, s='b')"]),
        ("def check(candidate):\n    assert candidate(-3) == 1\ncheck(f)", ["f(-3)"]),
        ("assert C().m([1, 2]) == 3", ["C().m([1, 2])"]),
        ("c = C()\nassert c.m(4) == 3", ["c.m(4)"]),
        ("got = f(5)\nassert abs(got - 2) < 1 and len([1]) == 1", ["f(5)"]),
        ("assert f(len('ab')) == 2", []),
        ("assert sorted([3, 1]) == [1, 3]", []),
        ("assert f() == 1", []),
        ("def check(other):\n    assert other(1)\n", []),
        ("assert (", []),
    ],
)
def test_calls_of_a_python_check(check: str, expected: list[str]) -> None:
    found = python.calls_in(check, CODE)
    text = python.asking("", found, MARK)
    assert [ast.unparse(call) for call in _asked(text)] == expected


def _asked(text: str) -> list[ast.expr]:
    return [
        node.args[1].body
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "__tell"
        and isinstance(node.args[1], ast.Lambda)
    ]


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("console.assert(f(1) === 2);", ["f(1)"]),
        ("const t = () => { assert.deepEqual(g([1, 'a']), [1]); }; t();", ['g([1, "a"])']),
        ("assert.equal(C.m({a: null}), 1);", ['C.m({"a": null})']),
        ("console.assert(Math.max(1, 2) === 2);", []),
        ("console.assert(f(x) === 2);", []),
        ("console.assert(f(NaN) === 2);", []),
    ],
)
def test_calls_of_a_javascript_check(check: str, expected: list[str]) -> None:
    found = javascript.calls_in(check, SCRIPT, typescript=False)
    text = javascript.asking("", found, MARK)
    asked = [line.partition("() => ")[2].removesuffix(");") for line in text.splitlines() if "() => " in line]
    assert asked == expected


def test_questions_follow_the_check() -> None:
    source = with_questions(make_atom("a", CODE, check="assert f(1) == 1"))
    assert source is not None
    assert source.text.startswith("assert f(1) == 1\n")
    assert "f(2)" in [ast.unparse(call) for call in _asked(source.text)]
    script = with_questions(
        make_atom("a", SCRIPT, check="console.assert(f(1) === 1);", language="javascript")
    )
    assert script is not None
    assert "f(2)" in script.text


@pytest.mark.parametrize(
    ("check", "language"),
    [(None, "python"), ("assert True", "python"), ("f(1)", "cobol"), ("f(1" * 9, "python")],
)
def test_where_there_is_nothing_to_ask(check: str | None, language: str) -> None:
    assert with_questions(make_atom("a", CODE, check=check, language=language)) is None


def test_what_is_asked_is_answered() -> None:
    told = answers(f"noise\n{MARK}0 1\nmore {MARK}9 2\n{MARK}2 '[1]'\n{MARK}3 \n")
    assert told == {0: "1", 2: "'[1]'", 3: ""}


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ({0: "1", 1: "2"}, {0: "1", 1: "2"}, 0),
        ({0: "1", 1: "2"}, {0: "1", 1: "3"}, 1),
        ({0: "1"}, {1: "2"}, 0),
        ({0: "1"}, {0: "1.0"}, 0),
        ({0: "'0.30000000000000004'"}, {0: "'0.3'"}, 0),
        ({0: "'True'"}, {0: "'1'"}, 1),
        ({0: "'a'"}, {0: "'b'"}, 1),
    ],
)
def test_answers_that_differ(one: dict[int, str], other: dict[int, str], number: int) -> None:
    assert differing(one, other) == differing(other, one) == number
