"""Which names nothing binds, by Python's own rules of scopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mge_toolkit.retry.fixes.python_names.analysis.program import program_of
from tests.retry.fixes.failures import failed


def unbound(code: str, dependencies: Sequence[str] = (), **fields: Any) -> set[str]:
    program = program_of(
        failed(code, "NameError: name 'x' is not defined", dependencies=dependencies, **fields)
    )
    assert program is not None
    return set(program.unbound)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a = b", {"b"}),
        ("def f(a, *b, c=d, **e): return a, b, c, e, f, g", {"d", "g"}),
        ("f = lambda a, b=c: a + b + d", {"c", "d"}),
        ("x = [a + b for a in c if a]\ny = a", {"b", "c", "a"}),
        ("x = {k: v for k, v in []}; y = {i for i in x}; z = (j for j in y)", set()),
        ("x = [y for _ in range(3) if (y := 1)]\nprint(y)", set()),
        ("class A:\n    b = 1\n    c = b\n    def f(self): return b", {"b"}),
        ("class A(B, metaclass=C):\n    @d\n    def f(self): return A", {"B", "C", "d"}),
        ("def f():\n    global g\n    g = 1\ndef h(): return g", set()),
        ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return g", set()),
        ("try: pass\nexcept E as error: print(error)", {"E"}),
        ("with a as (b, [c, *d]): print(b, c, d)", {"a"}),
        ("for i, (j, k) in x: print(i, j, k)\nelse: print(m)", {"x", "m"}),
        ("import a.b, c as d\nfrom e import f as g, h\nprint(a, d, g, h, c, f)", {"c", "f"}),
        ("from math import *\nprint(sqrt(pi), sqr)", {"sqr"}),
        ("match x:\n    case [a, *b]: print(a, b)\n    case {'k': c, **d}: print(c, d)", {"x"}),
        ("match x:\n    case E(f) as g: print(f, g)", {"x", "E"}),
        ("x: A = 1\ndef f(a: B) -> C:\n    y: D = 2", {"A", "B", "C"}),
        ("from __future__ import annotations\nx: A = 1\ndef f(a: B) -> C: ...", set()),
        ("print(__name__, __file__, __doc__, len, NotImplemented)", set()),
        ("f'{a} {b!r:>{c}}'", {"a", "b", "c"}),
        ("del a", {"a"}),
        ("async def f():\n    async for i in g(): yield i\n    async with h() as j: print(j)", {"g", "h"}),
    ],
)
def test_the_names_that_nothing_binds_are_found(code: str, names: set[str]) -> None:
    assert unbound(code) == names


def test_dependencies_inputs_and_the_check_bind_names() -> None:
    code = "print(a, b, c, d, e)"
    dependencies = ["def a(): pass", "from math import sqrt as b"]
    assert unbound(code, dependencies, inputs={"c": 1}, check="d = 1") == {"e"}


def test_nothing_is_certain_under_an_unknown_star() -> None:
    assert unbound("from nowhere import *\nprint(a)") == set()
    assert unbound("print(a)", ["from nowhere import *"]) == set()
    assert unbound("print(a)", ["this does not parse"]) == set()
