"""Names of modules, and of what they hold, that nothing imports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes

# What failed, how, and what is proposed first.
CASES = [
    pytest.param(
        ("def f(x):\n    return sqrt(x)\n"),
        "NameError: name 'sqrt' is not defined",
        {"line": 2, "column": 12, "check": "assert f(4)==2"},
        ("from math import sqrt\ndef f(x):\n    return sqrt(x)\n"),
        id="a function of a module",
    ),
    pytest.param(
        (
            "def f(xs):\n"
            "    c = Counter(xs)\n"
            "    d = defaultdict(list)\n"
            "    m = math.inf\n"
            "    return sorted(c.values()), Path('a')\n"
        ),
        "NameError: name 'Counter' is not defined",
        {"line": 2, "column": 9, "check": "assert f([1,1])[0]==[2]"},
        (
            "from collections import Counter, defaultdict\n"
            "import math\n"
            "from pathlib import Path\n"
            "def f(xs):\n"
            "    c = Counter(xs)\n"
            "    d = defaultdict(list)\n"
            "    m = math.inf\n"
            "    return sorted(c.values()), Path('a')\n"
        ),
        id="several at once",
    ),
    pytest.param(
        ("def f(x: List[int]) -> Optional[Dict[str, int]]:\n    return None\n"),
        "NameError: name 'List' is not defined",
        {"line": 1, "column": 10, "check": "f([])"},
        (
            "from typing import List, Optional, Dict\n"
            "def f(x: List[int]) -> Optional[Dict[str, int]]:\n"
            "    return None\n"
        ),
        id="types",
    ),
    pytest.param(
        ("def f():\n    return datetime.now().year > 2000\n"),
        "NameError: name 'datetime' is not defined",
        {"line": 2, "column": 12, "check": "assert f()"},
        ("from datetime import datetime\ndef f():\n    return datetime.now().year > 2000\n"),
        id="the class, by what is taken of it",
    ),
    pytest.param(
        ("def f():\n    return datetime.datetime.now().year > 2000\n"),
        "NameError: name 'datetime' is not defined",
        {"line": 2, "column": 12, "check": "assert f()"},
        ("import datetime\ndef f():\n    return datetime.datetime.now().year > 2000\n"),
        id="the module, by what is taken of it",
    ),
    pytest.param(
        ("@dataclass\nclass P:\n    x: int = 1\n    y: list = field(default_factory=list)\n"),
        "NameError: name 'dataclass' is not defined",
        {"line": 1, "column": 2, "check": "assert P().x==1"},
        (
            "from dataclasses import dataclass, field\n"
            "@dataclass\n"
            "class P:\n"
            "    x: int = 1\n"
            "    y: list = field(default_factory=list)\n"
        ),
        id="dataclass",
    ),
    pytest.param(
        (
            "class A(ABC):\n"
            "    @abstractmethod\n"
            "    def f(self): ...\n"
            "class B(A):\n"
            "    def f(self): return 1\n"
        ),
        "NameError: name 'ABC' is not defined",
        {"line": 1, "column": 9, "check": "assert B().f()==1"},
        (
            "from abc import ABC, abstractmethod\n"
            "class A(ABC):\n"
            "    @abstractmethod\n"
            "    def f(self): ...\n"
            "class B(A):\n"
            "    def f(self): return 1\n"
        ),
        id="used in bases and decorators",
    ),
    pytest.param(
        ("def f(p):\n    return os.path.join(p, 'x')\n"),
        "NameError: name 'os' is not defined",
        {"line": 2, "column": 12, "check": "assert f('a')=='a/x'"},
        ("import os\ndef f(p):\n    return os.path.join(p, 'x')\n"),
        id="a package's part",
    ),
    pytest.param(
        ("def f():\n    q = collections.deque([1])\n    return q.popleft()\n"),
        "NameError: name 'collections' is not defined",
        {"line": 2, "column": 9, "check": "assert f()==1"},
        ("import collections\ndef f():\n    q = collections.deque([1])\n    return q.popleft()\n"),
        id="deque",
    ),
    pytest.param(
        ("def f(x):\n    return Math.floor(x) + Math.max(1, 2)\n"),
        "NameError: name 'Math' is not defined",
        {"line": 2, "column": 12, "check": "assert f(2.5)==4"},
        ("import math\ndef f(x):\n    return math.floor(x) + max(1, 2)\n"),
        id="mathfloor",
    ),
    pytest.param(
        (
            "def f():\n"
            "    return sum(i for i in xrange(4)) + len(unicode('ab')) + reduce(lambda a, b: a + b, [1, 2])\n"
        ),
        "NameError: name 'xrange' is not defined",
        {"line": 2, "column": 27, "check": "assert f()==11"},
        (
            "from functools import reduce\n"
            "def f():\n"
            "    return sum(i for i in range(4)) + len(str('ab')) + reduce(lambda a, b: a + b, [1, 2])\n"
        ),
        id="xrange",
    ),
    pytest.param(
        ("def f(xs):\n    hq.heapify(xs)\n    return hq.heappop(xs)\n"),
        "NameError: name 'hq' is not defined",
        {"line": 2, "column": 5, "check": "assert f([2,1])==1"},
        ("import heapq as hq\ndef f(xs):\n    hq.heapify(xs)\n    return hq.heappop(xs)\n"),
        id="heapq",
    ),
    pytest.param(
        ("def f(x):\n    return f'{math.pi:.2f} {x}'\n"),
        "NameError: name 'math' is not defined",
        {"line": 2, "column": 15, "check": "assert f(1)=='3.14 1'"},
        ("import math\ndef f(x):\n    return f'{math.pi:.2f} {x}'\n"),
        id="fstr2",
    ),
    pytest.param(
        ('"""Doc."""\nfrom __future__ import annotations\n\ndef f():\n    return sqrt(4)\n'),
        "NameError: name 'sqrt' is not defined",
        {"line": 5, "column": 12, "check": "assert f()==2"},
        (
            '"""Doc."""\n'
            "from __future__ import annotations\n"
            "\n"
            "from math import sqrt\n"
            "def f():\n"
            "    return sqrt(4)\n"
        ),
        id="below the docstring and future imports",
    ),
    pytest.param(
        ("import random\ndef f():\n    return randint(1, 1)\n"),
        "NameError: name 'randint' is not defined",
        {"line": 3, "column": 12, "check": "assert f()==1"},
        ("from random import randint\nimport random\ndef f():\n    return randint(1, 1)\n"),
        id="randint",
    ),
    pytest.param(
        ("import collections\ndef f(s):\n    return Counter(s).most_common(1)[0][0]\n"),
        "NameError: name 'Counter' is not defined",
        {"line": 3, "column": 12, "check": "assert f('aab')=='a'"},
        (
            "from collections import Counter\n"
            "import collections\n"
            "def f(s):\n"
            "    return Counter(s).most_common(1)[0][0]\n"
        ),
        id="counter",
    ),
    pytest.param(
        ("@lru_cache(maxsize=None)\ndef f(n):\n    return n if n < 2 else f(n-1) + f(n-2)\n"),
        "NameError: name 'lru_cache' is not defined",
        {"line": 1, "column": 2, "check": "assert f(10)==55"},
        (
            "from functools import lru_cache\n"
            "@lru_cache(maxsize=None)\n"
            "def f(n):\n"
            "    return n if n < 2 else f(n-1) + f(n-2)\n"
        ),
        id="lru",
    ),
    pytest.param(
        ("def f():\n    with ThreadPoolExecutor(1) as e:\n        return e.submit(int, '3').result()\n"),
        "NameError: name 'ThreadPoolExecutor' is not defined",
        {"line": 2, "column": 10, "check": "assert f()==3"},
        (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "def f():\n"
            "    with ThreadPoolExecutor(1) as e:\n"
            "        return e.submit(int, '3').result()\n"
        ),
        id="concf",
    ),
    pytest.param(
        ("def f():\n    return NaN != NaN and inf > 1\n"),
        "NameError: name 'NaN' is not defined",
        {"line": 2, "column": 12, "check": "assert f()"},
        ("from math import inf\ndef f():\n    return float('nan') != float('nan') and inf > 1\n"),
        id="nan",
    ),
    pytest.param(
        ("def f():\n    async def g(): return 1\n    return asyncio.run(g())\n"),
        "NameError: name 'asyncio' is not defined",
        {"line": 3, "column": 12, "check": "assert f()==1"},
        ("import asyncio\ndef f():\n    async def g(): return 1\n    return asyncio.run(g())\n"),
        id="asyncio",
    ),
]


@pytest.mark.parametrize(("code", "said", "where", "mended"), CASES)
def test_a_missing_import_is_added(code: str, said: str, where: dict[str, Any], mended: str) -> None:
    assert all_codes(failed(code, said, **where))[0] == mended
