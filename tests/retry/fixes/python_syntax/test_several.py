"""Programs with several faults are mended in one candidate."""

from __future__ import annotations

import pytest

from tests.retry.fixes.python_syntax.cases import candidates, first


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (
            "def f(n)\n    if n = 0\n        return 'a\n    return f(n - 1",
            "def f(n):\n    if n == 0:\n        return 'a'\n    return f(n - 1)",
        ),
        (
            "class A\n    def f(self, x:\n        if x > 1 && x < 3\n            return x++\n",
            "class A:\n    def f(self, x):\n        if x > 1 and x < 3:\n            return x\n",
        ),
        (
            (
                "function fib(n) {\n    if (n <= 1) {\n        return n;\n"
                "    } else if (n == 2) {\n        return 1;\n    }\n"
                "    return fib(n - 1) + fib(n - 2);\n}"
            ),
            (
                "def fib(n):\n    if (n <= 1):\n        return n;\n    elif (n == 2):\n"
                "        return 1;\n    return fib(n - 1) + fib(n - 2);"
            ),
        ),
    ],
)
def test_several_faults(broken: str, expected: str) -> None:
    assert first(broken) == expected


LONG = """\
import math

def area(shape, sizes)
    \"\"\"Return the area.\"\"\"
    if shape = 'circle':
        return math.pi * sizes[0] ** 2
    else if shape == 'square':
        return sizes[0] ** 2
    elif shape == "rectangle:
        return sizes[0] * sizes[1
    return None


class Shapes:
    def __init__(self):
        self.found = {}

    def add(self, name, *sizes):
    self.found[name] = area(name, sizes
    return self.found[name]

    def total(self):
        total = 0
        for name in self.found:
            total += self.found[name]
              print 'so far', total
        return total
"""


def test_many_faults_of_many_kinds_in_one_candidate() -> None:
    expected = (
        LONG.replace('sizes)\n    "', 'sizes):\n    "')
        .replace("shape = 'circle'", "shape == 'circle'")
        .replace("else if", "elif")
        .replace('"rectangle:', '"rectangle":')
        .replace("sizes[1\n", "sizes[1]\n")
        .replace(
            "    self.found[name] = area(name, sizes\n", "        self.found[name] = area(name, sizes)\n"
        )
        .replace("\n    return self", "\n        return self")
        .replace("              print 'so far', total", "            print('so far', total)")
    )
    assert first(LONG) == expected


def test_an_explanation_names_each_change_and_its_line() -> None:
    [best, *_] = candidates("def f(n)\n    if n = 0:\n        return 1\n    return f(n - 1\n")
    assert best.explanation == (
        "added the missing ':' on line 1; replaced '=' with '==' on line 2; added the missing ')' on line 4"
    )
    assert best.source == "python-syntax"


def test_the_cheapest_comes_first_and_no_code_twice() -> None:
    found = candidates("x = max(len(a) + 1, b\nif x > 3\n    print(x)\n")
    assert len({candidate.code for candidate in found}) == len(found) > 1
    confidences = [candidate.confidence for candidate in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < confidence < 1 for confidence in confidences)


def test_at_most_sixteen_where_many_are_likely() -> None:
    assert 1 < len(candidates("\n".join(f"x{n} = f(a, b(c, d)" for n in range(5)))) <= 16


def test_lines_that_parse_stay_as_they_are_written() -> None:
    code = "x  =  { 'a' :1 }   # kept\n\n\n\ty = (1,\n  2)\nif x\n    z = `y`  # too\n"
    broken = code.replace("\ty", "y")
    assert first(broken) == broken.replace("if x", "if x:").replace("`y`", "repr(y)")
