"""Colons, commas, brackets and signs: missing, too many, or another in their place."""

from __future__ import annotations

import pytest

from tests.retry.fixes.python_syntax.cases import first, mended


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("if x\n    y = 1", "if x:\n    y = 1"),
        ("for i in range(3)\n    print(i)", "for i in range(3):\n    print(i)"),
        ("def f(a)\n    return a", "def f(a):\n    return a"),
        ("class A\n    pass", "class A:\n    pass"),
        ("if x:\n    y\nelse\n    z", "if x:\n    y\nelse:\n    z"),
        ("try\n    y()\nexcept ValueError\n    z()", "try:\n    y()\nexcept ValueError:\n    z()"),
        ("with open('f') as g\n    g.read()", "with open('f') as g:\n    g.read()"),
        ("f = lambda x x + 1", "f = lambda x: x + 1"),
        ("d = {'a' 1, 'b': 2}", "d = {'a': 1, 'b': 2}"),
        ("match x\n    case 1:\n        y", "match x:\n    case 1:\n        y"),
        ("match x:\n    case 1\n        y", "match x:\n    case 1:\n        y"),
        ("match x:\n    case [a, *b]\n        y", "match x:\n    case [a, *b]:\n        y"),
        ("x = [1, 2 3]", "x = [1, 2, 3]"),
        ("f(a b)", "f(a, b)"),
        ("x = {'a': 1 'b': 2}", "x = {'a': 1, 'b': 2}"),
        ("x = [\n    1,\n    2\n    3,\n]", "x = [\n    1,\n    2,\n    3,\n]"),
        ("f(a,, b)", "f(a, b)"),
        ("def f(a b):\n    return a", "def f(a, b):\n    return a"),
    ],
)
def test_colons_and_commas(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("print((1 + 2)", "print((1 + 2))"),
        ("x = foo(1\ny = 2", "x = foo(1)\ny = 2"),
        ("x = [1, 2\ny = 3", "x = [1, 2]\ny = 3"),
        ("def f(a, b:\n    return a", "def f(a, b):\n    return a"),
        ("x = (1 + 2))", "x = (1 + 2)"),
        ("x = [1, 2)", "x = [1, 2]"),
        ("x = foo[1)", "x = foo[1]"),
        ("x = foo(a, b}", "x = foo(a, b)"),
        ("d = {\n    'a': 1,\n    'b': [1, 2,\n}\nx = 1", "d = {\n    'a': 1,\n    'b': [1, 2],\n}\nx = 1"),
        ("foo(bar(1, 2),\n    baz(3, 4)\nx = 1", "foo(bar(1, 2),\n    baz(3, 4))\nx = 1"),
        ("if x = 1:\n    y", "if x == 1:\n    y"),
        ("while x = 1 and y = 2:\n    z", "while x == 1 and y == 2:\n    z"),
        ("x := 3", "x = 3"),
        ("return_value = [i for i in x if i = 1]", "return_value = [i for i in x if i == 1]"),
    ],
)
def test_brackets(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("if len(x > 3:\n    y", "if len(x) > 3:\n    y"),
    ],
)
def test_brackets_where_several_are_likely(broken: str, expected: str) -> None:
    assert expected in mended(broken)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("if x:\n    y\nelse if z:\n    w", "if x:\n    y\nelif z:\n    w"),
        ("if x:\n    y\nelseif z:\n    w", "if x:\n    y\nelif z:\n    w"),
        ("if x:\n    y\nelsif z:\n    w", "if x:\n    y\nelif z:\n    w"),
        ("if x:\n    y\nelse z:\n    w", "if x:\n    y\nelif z:\n    w"),
        ("i++", "i += 1"),
        ("i--;", "i -= 1;"),
        ("while x:\n    i++\n    y", "while x:\n    i += 1\n    y"),
        ("if a && b || !c:\n    d", "if a and b or not c:\n    d"),
        ("x = !y", "x = not y"),
        ("if x <> y:\n    z", "if x != y:\n    z"),
        ("if x => y:\n    z", "if x >= y:\n    z"),
        ("if x === y:\n    z", "if x == y:\n    z"),
        ("if x !== y:\n    z", "if x != y:\n    z"),
    ],
)
def test_signs_and_conditions(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("if st:;\n    x", "if st:\n    x"),
        ("if x == 1 then:\n    y", "if x == 1:\n    y"),
        ("if x == 1 then\n    y", "if x == 1:\n    y"),
        ("def f():\n    return 1\n}", "def f():\n    return 1"),
        ("while x do:\n    y", "while x:\n    y"),
        ("x = 1;;", "x = 1;"),
        ("x = $y", "x = y"),
    ],
)
def test_stray_tokens(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("x = {\n    'a': 1,\n    'b': 2,\n\ny = 3\n", "x = {\n    'a': 1,\n    'b': 2,\n}\n\ny = 3\n"),
        ("x = [\n    1,\n    2\n", "x = [\n    1,\n    2\n]\n"),
        (
            "def f():\n    return g(\n        1,\n        h(2),\n\ndef k():\n    return 1\n",
            "def f():\n    return g(\n        1,\n        h(2),\n    )\n\ndef k():\n    return 1\n",
        ),
        (
            "x = [\n    {\n        'a': 1,\n    },\n    {\n        'a': 2,\n]\n",
            "x = [\n    {\n        'a': 1,\n    },\n    {\n        'a': 2,\n    }\n]\n",
        ),
        ("x = [1, 2,\n", "x = [1, 2,]\n"),
    ],
)
def test_what_hangs_is_closed_on_a_line_of_its_own(broken: str, expected: str) -> None:
    assert first(broken) == expected
