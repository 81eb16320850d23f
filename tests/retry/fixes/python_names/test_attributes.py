"""Attributes that values, classes and modules do not have."""

from __future__ import annotations

from typing import Any

import pytest

from mge_toolkit.core.results import Role
from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes

# What failed, how, and what is proposed first.
CASES = [
    pytest.param(
        ("import datetime\ndef f():\n    return datetime.now().year>2000\n"),
        "AttributeError: module 'datetime' has no attribute 'now'",
        {"line": 3, "column": 12, "check": "assert f()"},
        ("import datetime\ndef f():\n    return datetime.datetime.now().year>2000\n"),
        id="a method of the class of that name",
    ),
    pytest.param(
        ("from datetime import datetime\ndef f():\n    return datetime.timedelta(days=1).days\n"),
        "AttributeError: type object 'datetime.datetime' has no attribute 'timedelta'",
        {"line": 3, "column": 12, "check": "assert f()==1"},
        (
            "from datetime import timedelta\n"
            "from datetime import datetime\n"
            "def f():\n"
            "    return timedelta(days=1).days\n"
        ),
        id="the class hides its module",
    ),
    pytest.param(
        ("from datetime import datetime\ndef f():\n    return datetime.datetime(2020,1,1).year\n"),
        "AttributeError: type object 'datetime.datetime' has no attribute 'datetime'",
        {"line": 3, "column": 12, "check": "assert f()==2020"},
        ("from datetime import datetime\ndef f():\n    return datetime(2020,1,1).year\n"),
        id="the module's name twice",
    ),
    pytest.param(
        ("class Solution:\n    def two_sum(self, a, b):\n        return a + b\n"),
        "AttributeError: 'Solution' object has no attribute 'twoSum'",
        {"line": 1, "column": 8, "role": Role.CHECK, "check": "assert Solution().twoSum(1,2)==3"},
        ("class Solution:\n    def twoSum(self, a, b):\n        return a + b\n"),
        id="a method renamed as the check calls it",
    ),
    pytest.param(
        ("def f(s):\n    n = 0\n    for i in range(s.length):\n        n += i\n    return n + s.length\n"),
        "AttributeError: 'str' object has no attribute 'length'",
        {"line": 3, "column": 20, "check": "assert f('abc')==6"},
        ("def f(s):\n    n = 0\n    for i in range(len(s)):\n        n += i\n    return n + len(s)\n"),
        id="length",
    ),
    pytest.param(
        ("def f():\n    a = []\n    a.push(1)\n    a.push(2)\n    return a\n"),
        "AttributeError: 'list' object has no attribute 'push'",
        {"line": 3, "column": 5, "check": "assert f()==[1,2]"},
        ("def f():\n    a = []\n    a.append(1)\n    a.append(2)\n    return a\n"),
        id="push",
    ),
    pytest.param(
        ("def f(s):\n    return s.toUpperCase().charAt(0)\n"),
        "AttributeError: 'str' object has no attribute 'toUpperCase'",
        {"line": 2, "column": 12, "check": "assert f('abc')=='A'"},
        ("def f(s):\n    return s.upper()[0]\n"),
        id="upper",
    ),
    pytest.param(
        ("def f(s):\n    return s.substring(1, 3)\n"),
        "AttributeError: 'str' object has no attribute 'substring'",
        {"line": 2, "column": 12, "check": "assert f('abcd')=='bc'"},
        ("def f(s):\n    return s[1:3]\n"),
        id="substring",
    ),
    pytest.param(
        ("def f(s):\n    return s.includes('b')\n"),
        "AttributeError: 'str' object has no attribute 'includes'",
        {"line": 2, "column": 12, "check": "assert f('abc')"},
        ("def f(s):\n    return ('b' in s)\n"),
        id="includes",
    ),
    pytest.param(
        ("def f(s):\n    return s.indexOf('b')\n"),
        "AttributeError: 'list' object has no attribute 'indexOf'",
        {"line": 2, "column": 12, "check": "assert f([1,'b'])==1"},
        ("def f(s):\n    return s.index('b')\n"),
        id="indexof",
    ),
    pytest.param(
        ("def f(d):\n    return d.has_key('a')\n"),
        "AttributeError: 'dict' object has no attribute 'has_key'",
        {"line": 2, "column": 12, "check": "assert f({'a':1})"},
        ("def f(d):\n    return ('a' in d)\n"),
        id="haskey",
    ),
    pytest.param(
        ("def f(d):\n    return sum(v for k, v in d.iteritems())\n"),
        "AttributeError: 'dict' object has no attribute 'iteritems'",
        {"line": 2, "column": 30, "check": "assert f({'a':1})==1"},
        ("def f(d):\n    return sum(v for k, v in d.items())\n"),
        id="iteritems",
    ),
    pytest.param(
        ("def f():\n    s = set()\n    s.append(1)\n    return s\n"),
        "AttributeError: 'set' object has no attribute 'append'",
        {"line": 3, "column": 5, "check": "assert f()=={1}"},
        ("def f():\n    s = set()\n    s.add(1)\n    return s\n"),
        id="setappend",
    ),
    pytest.param(
        ("def f():\n    s = []\n    s.add(1)\n    return s\n"),
        "AttributeError: 'list' object has no attribute 'add'",
        {"line": 3, "column": 5, "check": "assert f()==[1]"},
        ("def f():\n    s = []\n    s.append(1)\n    return s\n"),
        id="listadd",
    ),
    pytest.param(
        ("def f(x):\n    return x.sorted()\n"),
        "AttributeError: 'list' object has no attribute 'sorted'",
        {"line": 2, "column": 12, "check": "assert f([2,1])==[1,2]"},
        ("def f(x):\n    return sorted(x)\n"),
        id="sortedm",
    ),
    pytest.param(
        ("def f(x):\n    return x.len()\n"),
        "AttributeError: 'list' object has no attribute 'len'",
        {"line": 2, "column": 12, "check": "assert f([2,1])==2"},
        ("def f(x):\n    return len(x)\n"),
        id="lenm",
    ),
    pytest.param(
        ("def f(x):\n    return x.reversed()\n"),
        "AttributeError: 'list' object has no attribute 'reversed'",
        {"line": 2, "column": 12, "check": "assert list(f([2,1]))==[1,2]"},
        ("def f(x):\n    return x[::-1]\n"),
        id="revm",
    ),
    pytest.param(
        ("def f(x):\n    return x.isEmpty()\n"),
        "AttributeError: 'list' object has no attribute 'isEmpty'",
        {"line": 2, "column": 12, "check": "assert f([])"},
        ("def f(x):\n    return (not x)\n"),
        id="isempty",
    ),
    pytest.param(
        (
            "class A:\n"
            "    def __init__(self):\n"
            "        self.balance = 1\n"
            "    def get(self):\n"
            "        return self.balanc\n"
        ),
        "AttributeError: 'A' object has no attribute 'balanc'",
        {"line": 5, "column": 16, "check": "assert A().get()==1"},
        (
            "class A:\n"
            "    def __init__(self):\n"
            "        self.balance = 1\n"
            "    def get(self):\n"
            "        return self.balance\n"
        ),
        id="ownattr",
    ),
    pytest.param(
        ("import math\ndef f(x):\n    return math.sqr(x)\n"),
        "AttributeError: module 'math' has no attribute 'sqr'",
        {"line": 3, "column": 12, "check": "assert f(4)==2"},
        ("import math\ndef f(x):\n    return math.sqrt(x)\n"),
        id="sqr",
    ),
    pytest.param(
        ("import collections\ndef f():\n    return collections.defaultDict(int)['a']\n"),
        "AttributeError: module 'collections' has no attribute 'defaultDict'",
        {"line": 3, "column": 12, "check": "assert f()==0"},
        ("import collections\ndef f():\n    return collections.defaultdict(int)['a']\n"),
        id="defaultDict",
    ),
    pytest.param(
        ("import collections\ndef f(x):\n    return isinstance(x, collections.Mapping)\n"),
        "AttributeError: module 'collections' has no attribute 'Mapping'",
        {"line": 3, "column": 26, "check": "assert f({})"},
        (
            "import collections.abc\n"
            "import collections\n"
            "def f(x):\n"
            "    return isinstance(x, collections.abc.Mapping)\n"
        ),
        id="mapping2",
    ),
    pytest.param(
        ("import time\ndef f():\n    return time.clock() > 0\n"),
        "AttributeError: module 'time' has no attribute 'clock'",
        {"line": 3, "column": 12, "check": "assert f()"},
        ("import time\ndef f():\n    return time.perf_counter() > 0\n"),
        id="clock",
    ),
    pytest.param(
        ("import string\ndef f():\n    return len(string.letters)\n"),
        "AttributeError: module 'string' has no attribute 'letters'",
        {"line": 3, "column": 16, "check": "assert f()==52"},
        ("import string\ndef f():\n    return len(string.ascii_letters)\n"),
        id="letters",
    ),
    pytest.param(
        ("import string\ndef f(s):\n    return s.translate(string.maketrans('a','b'))\n"),
        "AttributeError: module 'string' has no attribute 'maketrans'",
        {"line": 3, "column": 24, "check": "assert f('a')=='b'"},
        ("import string\ndef f(s):\n    return s.translate(str.maketrans('a','b'))\n"),
        id="maketrans",
    ),
    pytest.param(
        ("import inspect\ndef f():\n    return inspect.getargspec(lambda a: 1).args\n"),
        "AttributeError: module 'inspect' has no attribute 'getargspec'",
        {"line": 3, "column": 12, "check": "assert f()==['a']"},
        ("import inspect\ndef f():\n    return inspect.getfullargspec(lambda a: 1).args\n"),
        id="argspec",
    ),
    pytest.param(
        ("import sys\ndef f():\n    return sys.maxint > 5\n"),
        "AttributeError: module 'sys' has no attribute 'maxint'",
        {"line": 3, "column": 12, "check": "assert f()"},
        ("import sys\ndef f():\n    return sys.maxsize > 5\n"),
        id="maxint",
    ),
    pytest.param(
        ("def f():\n    xs = []\n    xs = xs.append(1)\n    xs = xs.append(2)\n    return xs\n"),
        "AttributeError: 'NoneType' object has no attribute 'append'",
        {"line": 4, "column": 10, "check": "assert f()==[1,2]"},
        ("def f():\n    xs = []\n    xs.append(1)\n    xs.append(2)\n    return xs\n"),
        id="append",
    ),
    pytest.param(
        ("def f(xs):\n    out = []\n    xs.forEach(out.append)\n    return out\n"),
        "AttributeError: 'list' object has no attribute 'forEach'",
        {"line": 3, "column": 5, "check": "assert f([1])==[1]"},
        ("def f(xs):\n    out = []\n    [out.append(item) for item in xs]\n    return out\n"),
        id="foreach",
    ),
    pytest.param(
        ("import math\ndef f(s):\n    return math.abs(s) + math.max(1,2)\n"),
        "AttributeError: module 'math' has no attribute 'abs'",
        {"line": 3, "column": 12, "check": "assert f(-4)==6"},
        ("import math\ndef f(s):\n    return abs(s) + max(1,2)\n"),
        id="mathabs",
    ),
    pytest.param(
        ("import itertools\ndef f(s):\n    return itertools.reduce(lambda a, b: a+b, s)\n"),
        "AttributeError: module 'itertools' has no attribute 'reduce'",
        {"line": 3, "column": 12, "check": "assert f([1,2])==3"},
        ("import functools\nimport itertools\ndef f(s):\n    return functools.reduce(lambda a, b: a+b, s)\n"),
        id="reducem",
    ),
    pytest.param(
        ("import xml\ndef f():\n    return xml.etree.ElementTree.fromstring('<a/>').tag\n"),
        "AttributeError: module 'xml' has no attribute 'etree'",
        {"line": 3, "column": 12, "check": "assert f()=='a'"},
        (
            "import xml.etree.ElementTree\n"
            "import xml\n"
            "def f():\n"
            "    return xml.etree.ElementTree.fromstring('<a/>').tag\n"
        ),
        id="xmlsub",
    ),
    pytest.param(
        ("def f(s):\n    return s.contains('a') and not s.contains('z')\n"),
        "AttributeError: 'str' object has no attribute 'contains'",
        {"line": 2, "column": 12, "check": "assert f('abc')"},
        ("def f(s):\n    return ('a' in s) and not ('z' in s)\n"),
        id="str.contains",
    ),
    pytest.param(
        ("class A:\n    def __init__(self): self.items = [1]\n    def n(self): return self.items.size()\n"),
        "AttributeError: 'list' object has no attribute 'size'",
        {"line": 3, "column": 25, "check": "assert A().n()==1"},
        ("class A:\n    def __init__(self): self.items = [1]\n    def n(self): return len(self.items)\n"),
        id="propcall",
    ),
]


@pytest.mark.parametrize(("code", "said", "where", "mended"), CASES)
def test_a_missing_attribute_is_mended(code: str, said: str, where: dict[str, Any], mended: str) -> None:
    assert all_codes(failed(code, said, **where))[0] == mended
