"""Names that nothing binds, and variables without a value yet."""

from __future__ import annotations

from typing import Any

import pytest

from mge_toolkit.core.results import Role
from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes

# What failed, how, and what is proposed first.
CASES = [
    pytest.param(
        ("def f():\n    pirnt('a')\n    return 1\n"),
        "NameError: name 'pirnt' is not defined",
        {"line": 2, "column": 5, "check": "assert f()==1"},
        ("def f():\n    print('a')\n    return 1\n"),
        id="a built-in",
    ),
    pytest.param(
        ("def f():\n    return Ture\n"),
        "NameError: name 'Ture' is not defined",
        {"line": 2, "column": 12, "check": "assert f() is True"},
        ("def f():\n    return True\n"),
        id="a constant",
    ),
    pytest.param(
        ("def f(x):\n    if x == null:\n        return false\n    return true\n"),
        "NameError: name 'null' is not defined",
        {"line": 2, "column": 13, "check": "assert f(1) is True"},
        ("def f(x):\n    if x == None:\n        return False\n    return True\n"),
        id="JavaScript's constants",
    ),
    pytest.param(
        ("def f(string):\n    return strings.upper()\n"),
        "NameError: name 'strings' is not defined",
        {"line": 2, "column": 12, "check": "assert f('a')=='A'"},
        ("def f(string):\n    return string.upper()\n"),
        id="a plural",
    ),
    pytest.param(
        ("def two_sum(a, b):\n    return a + b\n"),
        "NameError: name 'twoSum' is not defined",
        {"line": 1, "column": 8, "role": Role.CHECK, "check": "assert twoSum(1,2)==3"},
        ("def twoSum(a, b):\n    return a + b\n"),
        id="renamed as the check calls it",
    ),
    pytest.param(
        ("def twoSum(self, a, b):\n    return a + b\n"),
        "NameError: name 'Solution' is not defined",
        {"line": 1, "column": 8, "role": Role.CHECK, "check": "assert Solution().twoSum(1,2)==3"},
        ("def twoSum(self, a, b):\n    return a + b\nclass Solution:\n    twoSum = twoSum\n"),
        id="a function with self for a class",
    ),
    pytest.param(
        ("def twoSum(a, b):\n    return a + b\n"),
        "NameError: name 'Solution' is not defined",
        {"line": 1, "column": 8, "role": Role.CHECK, "check": "assert Solution().twoSum(1,2)==3"},
        ("def twoSum(a, b):\n    return a + b\nclass Solution:\n    twoSum = staticmethod(twoSum)\n"),
        id="a function for a class",
    ),
    pytest.param(
        ("class A:\n    def g(self): return 1\n    def f(self): return g() + 1\n"),
        "NameError: name 'g' is not defined",
        {"line": 3, "column": 25, "check": "assert A().f()==2"},
        ("class A:\n    def g(self): return 1\n    def f(self): return self.g() + 1\n"),
        id="a method",
    ),
    pytest.param(
        ("class A:\n    def __init__(self): self.total = 3\n    def f(self): return total\n"),
        "NameError: name 'total' is not defined",
        {"line": 3, "column": 25, "check": "assert A().f()==3"},
        ("class A:\n    def __init__(self): self.total = 3\n    def f(self): return self.total\n"),
        id="an attribute",
    ),
    pytest.param(
        ("class A:\n    def __init__(self): this.x = 3\n    def f(self): return this.x\n"),
        "NameError: name 'this' is not defined",
        {"line": 2, "column": 25, "check": "assert A().f()==3"},
        ("class A:\n    def __init__(self): self.x = 3\n    def f(self): return self.x\n"),
        id="this for self",
    ),
    pytest.param(
        ("def f(x):\n    console.log(x)\n    return parseInt('3')\n"),
        "NameError: name 'console' is not defined",
        {"line": 2, "column": 5, "check": "assert f(1)==3"},
        ("def f(x):\n    print(x)\n    return int('3')\n"),
        id="console",
    ),
    pytest.param(
        ("def f():\n    return taxrate('es')\n"),
        "NameError: name 'taxrate' is not defined",
        {"line": 2, "column": 12, "dependencies": ["def tax_rate(c): return 3\n"], "check": "assert f()==3"},
        ("def f():\n    return tax_rate('es')\n"),
        id="a name of a dependency, misspelt",
    ),
    pytest.param(
        ("count = 0\ndef f():\n    count += 1\n    return count\n"),
        "UnboundLocalError: cannot access local variable 'count' where it is not associated with a value",
        {"line": 3, "column": 5, "check": "assert f()==1"},
        ("count = 0\ndef f():\n    global count\n    count += 1\n    return count\n"),
        id="global",
    ),
    pytest.param(
        ("def f():\n    n = 0\n    def g():\n        n += 1\n    g()\n    return n\n"),
        "UnboundLocalError: cannot access local variable 'n' where it is not associated with a value",
        {"line": 4, "column": 9, "check": "assert f()==1"},
        ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    g()\n    return n\n"),
        id="nonlocal",
    ),
    pytest.param(
        ("def f(xs):\n    for x in xs:\n        total += x\n    return total\n"),
        "UnboundLocalError: cannot access local variable 'total' where it is not associated with a value",
        {"line": 3, "column": 9, "check": "assert f([1,2])==3"},
        ("def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"),
        id="uninit",
    ),
    pytest.param(
        ("def f(xs):\n    for x in xs:\n        out.append(x)\n    return out\n"),
        "NameError: name 'out' is not defined",
        {"line": 3, "column": 9, "check": "assert f([1,2])==[1,2]"},
        ("def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    return out\n"),
        id="uninit2",
    ),
    pytest.param(
        ("def f(xs):\n    sum = sum(xs)\n    return sum\n"),
        "UnboundLocalError: cannot access local variable 'sum' where it is not associated with a value",
        {"line": 2, "column": 11, "check": "assert f([1,2])==3"},
        ("def f(xs):\n    sum_ = sum(xs)\n    return sum_\n"),
        id="sumsum",
    ),
    pytest.param(
        ("result = g(2)\ndef g(x):\n    return x + 1\n"),
        "NameError: name 'g' is not defined",
        {"line": 1, "column": 10, "check": "assert result==3"},
        ("def g(x):\n    return x + 1\nresult = g(2)\n"),
        id="a function that is defined too late",
    ),
    pytest.param(
        ("class Node:\n    def __init__(self, nxt: Node = None):\n        self.nxt = nxt\n"),
        "NameError: name 'Node' is not defined",
        {"line": 2, "column": 29, "check": "assert Node().nxt is None"},
        ("class Node:\n    def __init__(self, nxt: 'Node' = None):\n        self.nxt = nxt\n"),
        id="a class that names itself",
    ),
    pytest.param(
        ("def f(name):\n    return f'hi {nmae}!'\n"),
        "NameError: name 'nmae' is not defined",
        {"line": 2, "column": 18, "check": "assert f('a')=='hi a!'"},
        ("def f(name):\n    return f'hi {name}!'\n"),
        id="within an f-string",
    ),
    pytest.param(
        "CONFIG = {'a': null, 'b': true, 'c': [false, undefined]}\n",
        "NameError: name 'null' is not defined",
        {"line": 1, "column": 16, "check": "assert CONFIG['b'] is True"},
        "CONFIG = {'a': None, 'b': True, 'c': [False, None]}\n",
        id="JSON",
    ),
    pytest.param(
        ("x = 1\ndef f(y):\n    return Y + x\n"),
        "NameError: name 'Y' is not defined",
        {"line": 3, "column": 12, "check": "assert f(1)==2"},
        ("x = 1\ndef f(y):\n    return y + x\n"),
        id="optdep",
    ),
    pytest.param(
        ("def f(a, b):\n    return cmp(a, b)\n"),
        "NameError: name 'cmp' is not defined",
        {"line": 2, "column": 12, "check": "assert f(1,2)==-1"},
        ("def f(a, b):\n    return ((a > b) - (a < b))\n"),
        id="cmp",
    ),
    pytest.param(
        ("# é 😀\nname = 'é'; other = 'ü' + nmae\n"),
        "NameError: name 'nmae' is not defined",
        {"line": 2, "column": 27, "check": "assert other=='üé'"},
        ("# é 😀\nname = 'é'; other = 'ü' + name\n"),
        id="beside letters of several bytes",
    ),
    pytest.param(
        ("def f(value):\r\n    return vlaue\r\n"),
        "NameError: name 'vlaue' is not defined",
        {"line": 2, "column": 12, "check": "assert f(1)==1"},
        ("def f(value):\r\n    return value\r\n"),
        id="line breaks of Windows",
    ),
    pytest.param(
        ("class A:\n    rate = 2\n    def f(self):\n        return rate * 2\n"),
        "NameError: name 'rate' is not defined",
        {"line": 4, "column": 16, "check": "assert A().f()==4"},
        ("class A:\n    rate = 2\n    def f(self):\n        return self.rate * 2\n"),
        id="an attribute of the class",
    ),
]


@pytest.mark.parametrize(("code", "said", "where", "mended"), CASES)
def test_a_missing_name_is_mended(code: str, said: str, where: dict[str, Any], mended: str) -> None:
    assert all_codes(failed(code, said, **where))[0] == mended
