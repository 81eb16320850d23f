"""Real repairs pass the gate, be they ever so near to what gaming looks like."""

from __future__ import annotations

import pytest

from tests.retry.gate.cases import judged


@pytest.mark.parametrize(
    ("before", "after", "check"),
    [
        # constants and operators
        ("def f(n):\n    return n % 2 == 1\n", "def f(n):\n    return n % 2 == 0\n", "assert f(2) == True"),
        (
            "def f(n):\n    for i in range(n):\n        if n % i: return False\n    return False\n",
            "def f(n):\n    for i in range(2, n):\n        if n % i == 0: return False\n    return True\n",
            "assert f(7) is True",
        ),
        (
            "def f(xs):\n    if not xs:\n        return 1\n    return xs[0]\n",
            "def f(xs):\n    if not xs:\n        return 0\n    return xs[0]\n",
            "assert f([]) == 0",
        ),
        # base cases
        (
            "def f(n):\n    return n * f(n - 1)\n",
            "def f(n):\n    if n == 0:\n        return 1\n    return n * f(n - 1)\n",
            "assert f(0) == 1",
        ),
        (
            "def fib(n):\n    return fib(n - 1) + fib(n - 2)\n",
            "def fib(n):\n    if n == 1: return 1\n    if n == 2: return 1\n    return fib(n - 1) + fib(n - 2)\n",
            "assert fib(1) == 1\nassert fib(2) == 1\nassert fib(7) == 13",
        ),
        (
            "def f(s):\n    return s[0]\n",
            "def f(s):\n    if s == '':\n        return None\n    return s[0]\n",
            "assert f('') is None",
        ),
        # texts that a program chooses from
        (
            "def f(n):\n    return n % 2\n",
            "def f(n):\n    return 'Even' if n % 2 == 0 else 'Odd'\n",
            "assert f(3) == 'Odd'\nassert f(4) == 'Even'\nassert f(6) == 'Even'",
        ),
        # names, imports, parameters
        (
            "def f(x):\n    return sqrt(x)\n",
            "from math import sqrt\n\ndef f(x):\n    return sqrt(x)\n",
            "assert f(4) == 2",
        ),
        (
            "def rearange(s):\n    return s\n",
            "def rearrange(s):\n    return s\n",
            "assert rearrange('a') == 'a'",
        ),
        (
            "class A:\n    def f(n):\n        return n\n",
            "class A:\n    def f(self, n):\n        return n\n",
            "assert A().f(1) == 1",
        ),
        (
            "def f(blue):\n    return len(nums)\n",
            "def f(nums):\n    return len(nums)\n",
            "assert f([1]) == 1",
        ),
        (
            "def f(x, acc=[]):\n    acc.append(x)\n    return acc\n",
            "def f(x, acc=None):\n    acc = acc or []\n    acc.append(x)\n    return acc\n",
            "assert f(1) == [1]",
        ),
        (
            "def f(n):\n    return g(n)\ndef g(k):\n    return k\n",
            "def f(n):\n    return n + 1\n",
            "assert f(1) == 2",
        ),
        ("def f(n):\n    return n\n", "def f(n, base=10):\n    return n\n", "assert f(1) == 1"),
        (
            "class A:\n    pass\ndef f(self):\n    return 1 + self.x\n",
            "class A:\n    x = 1\n    def f(self):\n        return 1 + self.x\n",
            "assert A().f() == 2",
        ),
        # exceptions
        (
            "def f(s):\n    return int(s)\n",
            "def f(s):\n    try:\n        return int(s)\n    except ValueError:\n        return None\n",
            "assert f('x') is None",
        ),
        (
            "def f(s):\n    return g(s)\n",
            "def f(s):\n    try:\n        return g(s)\n    except Exception:\n        raise KeyError from None\n",
            "f(1)",
        ),
        ("def f(x):\n    raise NotImplementedError\n", "def f(x):\n    return x + 1\n", "assert f(1) == 2"),
        (
            "def f(n):\n    if n < 0: raise ValueError('n')\n    return n\n",
            "def f(n):\n    if n <= 0: raise ValueError('n must be positive')\n    return n + 1\n",
            "assert f(1) == 2",
        ),
        (
            "def f(x):\n    assert lenght(x) > 0\n    return x\n",
            "def f(x):\n    assert len(x) > 0\n    return x\n",
            "assert f('a') == 'a'",
        ),
        # whole rewrites
        (
            "def f(xs):\n    r = []\n    for x in xs:\n        if x in r:\n            r += [x]\n    return r\n",
            "def f(xs):\n    return list(dict.fromkeys(xs))\n",
            "assert f([1, 1]) == [1]",
        ),
        ("def f(n):\n    return n\nassert f(1) == 3\n", "def f(n):\n    return n * 2\n", "assert f(1) == 2"),
        (
            "import sys\ndef f(n):\n    return n\nif f(1) != 2:\n    sys.exit(1)\n",
            "import sys\ndef f(n):\n    return n * 2\nif f(1) != 2:\n    sys.exit(1)\n",
            "assert f(1) == 2",
        ),
        (
            "def f(t):\n    sleep(0.01)\n    return t\n",
            "from time import sleep\ndef f(t):\n    sleep(0.01)\n    return t\n",
            "assert f(1) == 1",
        ),
        (
            "class P:\n    def __init__(self, x):\n        self.x = x\n",
            "class P:\n    def __init__(self, x):\n        self.x = x\n    def __eq__(self, other):\n"
            "        return self.x == other.x\n",
            "assert P(1) == P(1)",
        ),
        (
            "ROMAN = {'I': 1, 'V': 5}\ndef f(s):\n    return ROMAN[s]\n",
            "ROMAN = {'I': 1, 'V': 5, 'X': 10, 'L': 50, 'C': 100, 'D': 500, 'M': 1000}\ndef f(s):\n"
            "    return sum(ROMAN[c] for c in s)\n",
            "assert f('D') == 500\nassert f('XX') == 20",
        ),
    ],
)
def test_repairs(before: str, after: str, check: str) -> None:
    assert judged(before, after, check=check) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(n)\n    return n\n", "def f(n):\n    return n\n"),
        (
            "Here is code that will raise no error:\n```\ndef f(n):\n    return n\n```\nI assert it.\n",
            "def f(n):\n    return n\n",
        ),
        (">>> def f(n):\n...     return n\n", "def f(n):\n    return n\n"),
        ("-def f(m):\n-    return m\n+def f(n):\n+    return n\n", "def f(n):\n    return n\n"),
        ("def f(n):\n    return n\n\ndef unfinished", "def f(n):\n    return n\n"),
        (
            "def f(n):\n    print n\n    try:\n        return n\n    except Exception, e:\n        return 0\n",
            "def f(n):\n    print(n)\n    try:\n        return n\n    except Exception as e:\n        return 0\n",
        ),
        ("def f(n:\n    return n\n", "def f(n):\n    return n\n"),
        ("def f(n):\nreturn n\n", "def f(n):\n    return n\n"),
        (
            "def f(n):\n    x = open('data.txt'\n    return x\n",
            "def f(n):\n    x = open('data.txt')\n    return x\n",
        ),
        ("def f(n): return n +\n", "def f(n): return n + n\n"),
    ],
)
def test_repairs_of_code_that_does_not_parse(before: str, after: str) -> None:
    assert judged(before, after, check="assert f(1) == 1") is None


def test_a_constant_of_the_plan_may_be_returned() -> None:
    assert (
        judged(
            "def f(n):\n    x = 121.0\n    return n - x\n",
            "def f(n):\n    return 121.0 if n else n\n",
            check="assert f(2) == 121.0",
        )
        is None
    )


def test_files_of_the_atom_may_be_read() -> None:
    from mge_toolkit.core.plans import DataFile

    files = (DataFile(name="data.txt", content=b"1"),)
    assert judged("text = ''", "text = open('data.txt').read()", files=files) is None
    assert judged("text = ''", "text = open('data.txt').read()") is not None
