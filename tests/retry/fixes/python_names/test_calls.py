"""Calls of modules, with arguments of a wrong name or number, and of what returns nothing."""

from __future__ import annotations

from typing import Any

import pytest

from mge_toolkit.core.results import Role
from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes

# What failed, how, and what is proposed first.
CASES = [
    pytest.param(
        ("import datetime\ndef f():\n    return datetime(2020,1,1).year\n"),
        "TypeError: 'module' object is not callable",
        {"line": 3, "column": 12, "check": "assert f()==2020"},
        ("import datetime\ndef f():\n    return datetime.datetime(2020,1,1).year\n"),
        id="called, the module is meant",
    ),
    pytest.param(
        ("class A:\n    def __init__(self): self.x = 1\n    def f(y): return self.x + y\n"),
        "TypeError: A.f() takes 1 positional argument but 2 were given",
        {"line": 1, "column": 8, "role": Role.CHECK, "check": "assert A().f(2)==3"},
        ("class A:\n    def __init__(self): self.x = 1\n    def f(self, y): return self.x + y\n"),
        id="a method without self",
    ),
    pytest.param(
        ("class A:\n    def f(x): return x + 1\n"),
        "TypeError: A.f() takes 1 positional argument but 2 were given",
        {"line": 1, "column": 8, "role": Role.CHECK, "check": "assert A().f(2)==3"},
        ("class A:\n    def f(self, x): return x + 1\n"),
        id="a method that does not need self",
    ),
    pytest.param(
        ("def f(self, x):\n    return x + 1\n"),
        "TypeError: f() missing 1 required positional argument: 'x'",
        {"line": 1, "column": 8, "role": Role.CHECK, "check": "assert f(2)==3"},
        ("def f(x):\n    return x + 1\n"),
        id="a function with self",
    ),
    pytest.param(
        ("def f(xs):\n    return sorted(xs, revers=True)\n"),
        "TypeError: 'revers' is an invalid keyword argument for sort()",
        {"line": 2, "column": 12, "check": "assert f([1,2])==[2,1]"},
        ("def f(xs):\n    return sorted(xs, reverse=True)\n"),
        id="kw",
    ),
    pytest.param(
        (
            "def area(width, height):\n"
            "    return width * height\n"
            "def f():\n"
            "    return area(width=2, heigth=3)\n"
        ),
        "TypeError: area() got an unexpected keyword argument 'heigth'",
        {"line": 4, "column": 12, "check": "assert f()==6"},
        (
            "def area(width, height):\n"
            "    return width * height\n"
            "def f():\n"
            "    return area(width=2, height=3)\n"
        ),
        id="kw2",
    ),
    pytest.param(
        ("def f(xs):\n    ys = xs.sort()\n    return ys[0]\n"),
        "TypeError: 'NoneType' object is not subscriptable",
        {"line": 3, "column": 12, "check": "assert f([2,1])==1"},
        ("def f(xs):\n    ys = sorted(xs)\n    return ys[0]\n"),
        id="sort",
    ),
    pytest.param(
        ("def f(s):\n    return ''.join(list(s).reverse())\n"),
        "TypeError: can only join an iterable",
        {"line": 2, "column": 12, "check": "assert f('ab')=='ba'"},
        ("def f(s):\n    return ''.join(list(s)[::-1])\n"),
        id="joinr",
    ),
]


@pytest.mark.parametrize(("code", "said", "where", "mended"), CASES)
def test_a_call_that_python_refuses_is_mended(
    code: str, said: str, where: dict[str, Any], mended: str
) -> None:
    assert all_codes(failed(code, said, **where))[0] == mended
