"""Every family of edits, as what is broken and what mends it."""

from __future__ import annotations

import pytest

from tests.retry.fixes.cases import codes
from tests.retry.fixes.python_search.failed import FIXER, failed

EXPRESSIONS = {
    "comparison widened": ("a < b", "a <= b"),
    "comparison flipped": ("a < b", "a > b"),
    "comparison inverted": ("a == b", "a != b"),
    "membership inverted": ("a in b", "a not in b"),
    "identity inverted": ("a is b", "a is not b"),
    "identity for equality": ("a is b", "a == b"),
    "comparison in a chain": ("a < b < 9", "a < b <= 9"),
    "arithmetic": ("a + b", "a - b"),
    "floor for true division": ("a / b", "a // b"),
    "true for floor division": ("a // b", "a / b"),
    "remainder": ("a // b", "a % b"),
    "bitwise": ("a & b", "a | b"),
    "power for xor": ("a ^ b", "a ** b"),
    "shift": ("a << b", "a >> b"),
    "and for or": ("a or b", "a and b"),
    "or for and, all of a chain": ("a and b and 9", "a or b or 9"),
    "not removed": ("not a", "a"),
    "not added": ("a if b else 0", "a if not b else 0"),
    "minus removed": ("-a", "a"),
    "operands": ("a - b", "b - a"),
    "operands in parentheses": ("(a + 1) / b", "b / (a + 1)"),
    "operands of in": ("a in b", "b in a"),
    "grouping": ("a - b // 2", "(a - b) // 2"),
    "grouping to the right": ("a % b - 1", "a % (b - 1)"),
    "range to its end": ("list(range(a))", "list(range(a + 1))"),
    "range too far": ("list(range(a + 1))", "list(range(a))"),
    "range from one": ("list(range(a))", "list(range(1, a + 1))"),
    "range's start": ("list(range(2, a))", "list(range(1, a))"),
    "index before": ("b[a]", "b[a - 1]"),
    "index after": ("b[a - 1]", "b[a]"),
    "last index": ("b[0]", "b[-1]"),
    "slice's end": ("b[1:a]", "b[1:a + 1]"),
    "slice's side": ("b[a:]", "b[:a]"),
    "slice backwards": ("b[:]", "b[::-1]"),
    "slice forwards": ("b[::-1]", "b[:]"),
    "compared with one less": ("len(a) == b", "len(a) == b - 1"),
    "returned one more": ("len(a)", "len(a) + 1"),
    "constant": ("a * 3", "a * 2"),
    "zero for one": ("[a, 1]", "[a, 0]"),
    "sign": ("a(b, 1)", "a(b, -1)"),
    "another constant of the program": ("[a, 7, 3] + [b, 3]", "[a, 7, 7] + [b, 3]"),
    "text for a space": ("' '.join(a)", "''.join(a)"),
    "truth value": ("[a, True]", "[a, False]"),
    "another variable": ("a[0] + a[1]", "a[0] + b[1]"),
    "text for a variable": ("len('b')", "len(b)"),
    "elements": ("[a, b]", "[b, a]"),
    "arguments": ("a.get(b, 0)", "a.get(0, b)"),
    "function": ("min(a, b)", "max(a, b)"),
    "any and all": ("any(a)", "all(a)"),
    "method": ("a.lower()", "a.upper()"),
    "method of a pair": ("a.startswith(b)", "a.endswith(b)"),
    "missing key": ("a[b]", "a.get(b, 0)"),
    "sorted in reverse": ("sorted(a)", "sorted(a, reverse=True)"),
    "not reversed": ("sorted(a, reverse=True)", "sorted(a)"),
    "call that is missing": ("a.split", "a.split()"),
    "wrapper removed": ("abs(a)", "a"),
    "method removed": ("a.lower()", "a"),
    "item for the whole": ("a[0]", "a"),
    "abs": ("a - b", "abs(a - b)"),
    "sorted": ("[x for x in a]", "sorted([x for x in a])"),
    "set": ("sorted(a)", "sorted(set(a))"),
    "str beside text": ("'x' + a", "'x' + str(a)"),
    "str of a number beside text": ("'x' + 5", "'x' + str(5)"),
    "int of a quotient": ("a / b", "int(a / b)"),
    "halved": ("a + b", "(a + b) / 2"),
    "joined": ("[x for x in a]", "''.join([x for x in a])"),
    "clause removed": ("a and b and 9", "a and 9"),
    "clause of two removed": ("a and b", "a"),
    "operand removed": ("a + b + 1", "a + b"),
    "condition removed": ("[x for x in a if x]", "[x for x in a]"),
    "element removed": ("[a, b, 3]", "[a, 3]"),
    "choice swapped": ("a if b else 0", "0 if b else a"),
    "part of what is iterated": ("sum(a)", "sum(a[1:])"),
    "zero division": ("a / b", "a / b if b else 0"),
    "None": ("[x for x in a]", "[x for x in (a or [])]"),
    "compared only where it is": ("a[0] == b", "a and a[0] == b"),
}


@pytest.mark.parametrize(("broken", "mended"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_an_expression_is_mended(broken: str, mended: str) -> None:
    form = "def f(a, b):\n    return {}  # so\n"
    assert form.format(mended) in codes(FIXER, failed(form.format(broken)))


PROGRAMS = {
    "all places of an index": (
        "def f(a):\n    t = 0\n    for i in a:\n        if a[i + 1] > t:\n            t = a[i + 1]\n",
        "def f(a):\n    t = 0\n    for i in a:\n        if a[i] > t:\n            t = a[i]\n",
    ),
    "returned truth values": (
        "def f(a):\n    if a > 3:\n        return False\n    return True\n",
        "def f(a):\n    if a > 3:\n        return True\n    return False\n",
    ),
    "plain assignment for an update": (
        "def f(a):\n    t = 0\n    for x in a:\n        t = x\n    return t\n",
        "def f(a):\n    t = 0\n    for x in a:\n        t += x\n    return t\n",
    ),
    "update for a plain assignment": (
        "def f(a):\n    t = 1\n    for x in a:\n        t *= t * x\n    return t\n",
        "def f(a):\n    t = 1\n    for x in a:\n        t = t * x\n    return t\n",
    ),
    "name that is updated": (
        "def f(a):\n    odd = even = 0\n    for x in a:\n        even += 1\n    return odd, even\n",
        "def f(a):\n    odd = even = 0\n    for x in a:\n        odd += 1\n    return odd, even\n",
    ),
    "infinity": (
        "def f(a):\n    best = 0\n    for x in a:\n        best = max(best, x)\n    return best\n",
        "def f(a):\n    best = float('-inf')\n    for x in a:\n        best = max(best, x)\n    return best\n",
    ),
    "unpacking": (
        "def f(a):\n    for v, k in a.items():\n        return k, v\n",
        "def f(a):\n    for k, v in a.items():\n        return k, v\n",
    ),
    "attribute of self": (
        "class C:\n    def g(self):\n        self.low = 1\n        self.high = 2\n        return self.low\n",
        "class C:\n    def g(self):\n        self.low = 1\n        self.high = 2\n        return self.high\n",
    ),
    "item of what was called": (
        "def f(n):\n    xs = [1, 2]\n    return xs(n)\n",
        "def f(n):\n    xs = [1, 2]\n    return xs[n]\n",
    ),
    "call of what was indexed": (
        "def g(n):\n    return n\ndef f(n):\n    return g[n]\n",
        "def g(n):\n    return n\ndef f(n):\n    return g(n)\n",
    ),
    "argument from scope": (
        "def g(n, m):\n    return n\ndef f(n, m):\n    return g(n)\n",
        "def g(n, m):\n    return n\ndef f(n, m):\n    return g(n, m)\n",
    ),
    "missing return": (
        "def f(a):\n    out = []\n    for x in a:\n        out.append(x)\n",
        "def f(a):\n    out = []\n    for x in a:\n        out.append(x)\n    return out\n",
    ),
    "value that is not returned": ("def f(a):\n    a + 1\n", "def f(a):\n    return a + 1\n"),
    "last truth value": (
        "def f(a):\n    for x in a:\n        if x:\n            return True\n",
        "def f(a):\n    for x in a:\n        if x:\n            return True\n    return False\n",
    ),
    "bare return": (
        "def f(a):\n    out = [a]\n    return\n",
        "def f(a):\n    out = [a]\n    return out\n",
    ),
    "return inside the loop": (
        "def f(a):\n    t = 0\n    for x in a:\n        t += x\n        return t\n",
        "def f(a):\n    t = 0\n    for x in a:\n        t += x\n    return t\n",
    ),
    "statement outside the loop": (
        "def f(a):\n    t = 0\n    for x in a:\n        y = x\n    t += y\n    return t\n",
        "def f(a):\n    t = 0\n    for x in a:\n        y = x\n        t += y\n    return t\n",
    ),
    "statement too many": (
        "def f(a):\n    t = 0\n    for x in a:\n        t += x\n        t *= x\n    return t\n",
        "def f(a):\n    t = 0\n    for x in a:\n        t += x\n    return t\n",
    ),
    "if too many": (
        "def f(a):\n    if a == 2:\n        return 2\n    return a\n",
        "def f(a):\n    return a\n",
    ),
    "condition too many": (
        "def f(a):\n    t = 1\n    if a == 2:\n        t += a\n    return t\n",
        "def f(a):\n    t = 1\n    t += a\n    return t\n",
    ),
    "order of statements": (
        "def f(a):\n    t = 0\n    for x in a:\n        t += 1\n        x = x + t\n    return t\n",
        "def f(a):\n    t = 0\n    for x in a:\n        x = x + t\n        t += 1\n    return t\n",
    ),
    "continue for break": (
        "def f(a):\n    for x in a:\n        if x:\n            break\n    return a\n",
        "def f(a):\n    for x in a:\n        if x:\n            continue\n    return a\n",
    ),
    "missing break": (
        "def f(a):\n    for x in a:\n        if x:\n            y = x\n    return y\n",
        "def f(a):\n    for x in a:\n        if x:\n            y = x\n            break\n    return y\n",
    ),
    "while for if": (
        "def f(a):\n    if a > 9:\n        a -= 9\n    return a\n",
        "def f(a):\n    while a > 9:\n        a -= 9\n    return a\n",
    ),
    "if for elif": (
        "def f(a):\n    if a:\n        t = 1\n    elif a > 2:\n        t = 2\n    return t\n",
        "def f(a):\n    if a:\n        t = 1\n    if a > 2:\n        t = 2\n    return t\n",
    ),
    "elif for if": (
        "def f(a):\n    if a:\n        a = 1\n    if a > 2:\n        a = 2\n    return a\n",
        "def f(a):\n    if a:\n        a = 1\n    elif a > 2:\n        a = 2\n    return a\n",
    ),
    "missing else": (
        "def f(a):\n    n = 0\n    for x in a:\n        if x:\n            n += 1\n    return n\n",
        "def f(a):\n    n = 0\n    for x in a:\n        if x:\n            n += 1\n        else:\n"
        "            n = 0\n    return n\n",
    ),
    "counter that waits for its else": (
        "def f(a):\n    n = 0\n    m = 0\n    for x in a:\n        if x:\n            n += 1\n    return n, m\n",
        "def f(a):\n    n = 0\n    m = 0\n    for x in a:\n        if x:\n            n += 1\n"
        "        else:\n            m += 1\n    return n, m\n",
    ),
    "missing append": (
        "def f(a):\n    out = []\n    for x in a:\n        y = x + 1\n    return out\n",
        "def f(a):\n    out = []\n    for x in a:\n        y = x + 1\n        out.append(y)\n    return out\n",
    ),
    "unused function": (
        "def ok(n):\n    return n > 2\ndef f(a):\n    if a > 0:\n        return 1\n    return 0\n",
        "def ok(n):\n    return n > 2\ndef f(a):\n    if a > 0 and ok(a):\n        return 1\n    return 0\n",
    ),
    "guard for nothing": (
        'def f(a: list):\n    """Do."""\n    return a[0]\n',
        'def f(a: list):\n    """Do."""\n    if not a:\n        return None\n    return a[0]\n',
    ),
    "mutable default": (
        "def f(a, out=[]):\n    out.append(a)\n    return out\n",
        "def f(a, out=None):\n    if out is None:\n        out = []\n    out.append(a)\n    return out\n",
    ),
    "first value of a key": (
        "def f(a):\n    d = {}\n    for x in a:\n        d[x] += 1\n    return d\n",
        "def f(a):\n    d = {}\n    for x in a:\n        d[x] = d.get(x, 0) + 1\n    return d\n",
    ),
    "two mistakes": (
        "def f(a):\n    if a < 1:\n        return 0\n    return a * 4\n",
        "def f(a):\n    if a <= 1:\n        return 0\n    return a * 3\n",
    ),
}


@pytest.mark.parametrize(("broken", "mended"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_is_mended(broken: str, mended: str) -> None:
    assert mended in codes(FIXER, failed(broken))


BY_KIND = {
    "update of what the loop waits for": (
        "timeout",
        "def f(n):\n    i = 0\n    t = 0\n    while i < n:\n        t += i\n    return t\n",
        "def f(n):\n    i = 0\n    t = 0\n    while i < n:\n        t += i\n        i += 1\n    return t\n",
    ),
    "base case": (
        "recursion",
        "def f(n):\n    return n * f(n - 1)\n",
        "def f(n):\n    if n <= 1:\n        return 1\n    return n * f(n - 1)\n",
    ),
}


@pytest.mark.parametrize(("kind", "broken", "mended"), BY_KIND.values(), ids=BY_KIND)
def test_a_program_is_mended_by_what_it_died_of(kind: str, broken: str, mended: str) -> None:
    assert mended in codes(FIXER, failed(broken, kind))[:40]
