"""Words that are misspelt, missing, or may not stand where they do."""

from __future__ import annotations

import pytest

from tests.retry.fixes.python_syntax.cases import first, mended


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("whlie x:\n    y", "while x:\n    y"),
        ("def f():\n    retrun 1", "def f():\n    return 1"),
        ("if x:\n    y\nesle:\n    z", "if x:\n    y\nelse:\n    z"),
        ("dfe f():\n    pass", "def f():\n    pass"),
        ("fucntion f():\n    pass", "def f():\n    pass"),
        ("func f(a):\n    return a", "def f(a):\n    return a"),
        ("imprt math", "import math"),
        ("form math import sqrt", "from math import sqrt"),
        ("flor i in x:\n    y", "for i in x:\n    y"),
        ("calss A:\n    pass", "class A:\n    pass"),
        ("my-var = 3\nprint(my-var)", "my_var = 3\nprint(my_var)"),
        ("class = 3\nprint(class)", "class_ = 3\nprint(class_)"),
        ("2nd = 3\nprint(2nd)", "_2nd = 3\nprint(_2nd)"),
        ("def f(a=1, b):\n    return a", "def f(a=1, b=None):\n    return a"),
        ("f(a=1, 2)", "f(2, a=1)"),
        ("x =", "x = None"),
        ("def f()->:\n    pass", "def f():\n    pass"),
        ("def f:\n    pass", "def f():\n    pass"),
        ("for i range(3):\n    pass", "for i in range(3):\n    pass"),
        ("from math sqrt", "from math import sqrt"),
        ("add(a, b):\n    return a + b", "def add(a, b):\n    return a + b"),
        ("import sqrt from math", "from math import sqrt"),
        ("x = 1 if y", "x = 1 if y else None"),
    ],
)
def test_words(broken: str, expected: str) -> None:
    assert first(broken) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("my var = 3\nprint(my var)", "my_var = 3\nprint(my_var)"),
        ("lambda = 0.5\ny = lambda * 2", "lambda_ = 0.5\ny = lambda_ * 2"),
    ],
)
def test_words_where_several_are_likely(broken: str, expected: str) -> None:
    assert expected in mended(broken)
