"""What other languages, and Python 2, write otherwise."""

from __future__ import annotations

import pytest

from tests.retry.fixes.python_syntax.cases import first


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("// a comment\nx = 1", "# a comment\nx = 1"),
        ("x = 1 // the first one", "x = 1 # the first one"),
        ("/* a comment here */\nx = 1", "# a comment here\nx = 1"),
        (
            "/* a comment\n * over several lines\n */\nx = 1",
            "# /* a comment\n# * over several lines\n# */\nx = 1",
        ),
        ("Here is the function you asked for.\nx = 1", "# Here is the function you asked for.\nx = 1"),
    ],
)
def test_comments_and_prose(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("print 'a'", "print('a')"),
        ("print 'a', x", "print('a', x)"),
        ("print x,", 'print(x, end=" ")'),
        ("exec code", "exec(code)"),
        ("try:\n    x\nexcept ValueError, e:\n    y", "try:\n    x\nexcept ValueError as e:\n    y"),
        ("raise ValueError, 'm'", "raise ValueError('m')"),
        ("x = `y`", "x = repr(y)"),
        ("x = ur'abc'", "x = 'abc'"),
        ("x = 0777", "x = 0o777"),
        ("x = 10L", "x = 10"),
    ],
)
def test_python2(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("var x = 1", "x = 1"),
        ("let x = 1;", "x = 1;"),
        ("const x = 1", "x = 1"),
        ("int x = 1", "x = 1"),
        ("def f(int x, str y):\n    return x", "def f(x, y):\n    return x"),
        ("function f(a, b) {\n    return a + b;\n}", "def f(a, b):\n    return a + b;"),
        ("if (x > 0) {\n    y = 1;\n} else {\n    y = 2;\n}", "if (x > 0):\n    y = 1;\nelse:\n    y = 2;"),
        ("for (int i = 0; i < n; i++) {\n    print(i);\n}", "for i in range(0, n):\n    print(i);"),
        ("switch (x) {\n    case 1:\n        y()\n}", "match (x):\n    case 1:\n        y()"),
        ("x = a ? b : c", "x = b if a else c"),
        ("x = y => y + 1", "x = lambda y: y + 1"),
        ("throw new ValueError('x')", "raise ValueError('x')"),
        (
            "try {\n    x()\n} catch (ValueError e) {\n    y()\n}",
            "try:\n    x()\nexcept ValueError as e:\n    y()",
        ),
        ("public static int f(int a) {\n    return a;\n}", "def f(a):\n    return a;"),
        ("x = new Foo(1)", "x = Foo(1)"),
        ("import java.util.*;\nx = 1", "# import java.util.*;\nx = 1"),
        ("using System;\nx = 1", "# using System;\nx = 1"),
        ("def f(x) -> List<int>:\n    return x", "def f(x) -> List[int]:\n    return x"),
    ],
)
def test_other_languages(broken: str, expected: str) -> None:
    assert first(broken) == expected
