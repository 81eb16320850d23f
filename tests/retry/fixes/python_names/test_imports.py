"""Imports of what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes

# What failed, how, and what is proposed first.
CASES = [
    pytest.param(
        ("from collections import Mapping\ndef f(x):\n    return isinstance(x, Mapping)\n"),
        "ImportError: cannot import name 'Mapping' from 'collections' (/lib/x.py)",
        {"line": 1, "column": 1, "check": "assert f({})"},
        ("from collections.abc import Mapping\ndef f(x):\n    return isinstance(x, Mapping)\n"),
        id="mapping",
    ),
    pytest.param(
        (
            "from collections import Mapping, OrderedDict\n"
            "def f(x):\n"
            "    return isinstance(x, Mapping) and OrderedDict() is not None\n"
        ),
        "ImportError: cannot import name 'Mapping' from 'collections' (/lib/x.py)",
        {"line": 1, "column": 1, "check": "assert f({})"},
        (
            "from collections.abc import Mapping; from collections import OrderedDict\n"
            "def f(x):\n"
            "    return isinstance(x, Mapping) and OrderedDict() is not None\n"
        ),
        id="mapping3",
    ),
    pytest.param(
        ("from fractions import gcd\ndef f():\n    return gcd(4, 6)\n"),
        "ImportError: cannot import name 'gcd' from 'fractions' (/lib/x.py)",
        {"line": 1, "column": 1, "check": "assert f()==2"},
        ("from math import gcd\ndef f():\n    return gcd(4, 6)\n"),
        id="gcd",
    ),
    pytest.param(
        ("from itertools import izip, chain\ndef f(a, b):\n    return list(izip(a, chain(b)))\n"),
        "ImportError: cannot import name 'izip' from 'itertools' (unknown location)",
        {"line": 1, "column": 1, "check": "assert f([1],[2])==[(1,2)]"},
        ("izip = zip; from itertools import chain\ndef f(a, b):\n    return list(izip(a, chain(b)))\n"),
        id="izip",
    ),
    pytest.param(
        ("import urllib2\ndef f():\n    return urllib2.Request('http://a').full_url\n"),
        "ModuleNotFoundError: No module named 'urllib2'",
        {"line": 1, "column": 1, "check": "assert f()=='http://a'"},
        ("import urllib.request as urllib2\ndef f():\n    return urllib2.Request('http://a').full_url\n"),
        id="urllib2",
    ),
    pytest.param(
        ("from urlparse import urlparse\ndef f():\n    return urlparse('http://a/b').path\n"),
        "ModuleNotFoundError: No module named 'urlparse'",
        {"line": 1, "column": 1, "check": "assert f()=='/b'"},
        ("from urllib.parse import urlparse\ndef f():\n    return urlparse('http://a/b').path\n"),
        id="urlparse",
    ),
    pytest.param(
        (
            "from StringIO import StringIO\n"
            "import cPickle\n"
            "def f():\n"
            "    return StringIO('a').read() + str(cPickle.loads(cPickle.dumps(1)))\n"
        ),
        "ModuleNotFoundError: No module named 'StringIO'",
        {"line": 1, "column": 1, "check": "assert f()=='a1'"},
        (
            "from io import StringIO\n"
            "import pickle\n"
            "def f():\n"
            "    return StringIO('a').read() + str(pickle.loads(pickle.dumps(1)))\n"
        ),
        id="StringIO",
    ),
    pytest.param(
        ("import maths\ndef f():\n    return maths.sqrt(4)\n"),
        "ModuleNotFoundError: No module named 'maths'",
        {"line": 1, "column": 1, "check": "assert f()==2"},
        ("import math\ndef f():\n    return math.sqrt(4)\n"),
        id="maths",
    ),
    pytest.param(
        ("from colections import deque\ndef f():\n    return deque([1])[0]\n"),
        "ModuleNotFoundError: No module named 'colections'",
        {"line": 1, "column": 1, "check": "assert f()==1"},
        ("from collections import deque\ndef f():\n    return deque([1])[0]\n"),
        id="colections",
    ),
    pytest.param(
        ("import simplejson as json\ndef f():\n    return json.dumps([1])\n"),
        "ModuleNotFoundError: No module named 'simplejson'",
        {"line": 1, "column": 1, "check": "assert f()=='[1]'"},
        ("import json\ndef f():\n    return json.dumps([1])\n"),
        id="simplejson",
    ),
    pytest.param(
        ("import simplejson\ndef f():\n    return simplejson.dumps([1])\n"),
        "ModuleNotFoundError: No module named 'simplejson'",
        {"line": 1, "column": 1, "check": "assert f()=='[1]'"},
        ("import json\ndef f():\n    return json.dumps([1])\n"),
        id="simplejson2",
    ),
    pytest.param(
        ("from mock import Mock\ndef f():\n    return Mock(x=1).x\n"),
        "ModuleNotFoundError: No module named 'mock'",
        {"line": 1, "column": 1, "check": "assert f()==1"},
        ("from unittest.mock import Mock\ndef f():\n    return Mock(x=1).x\n"),
        id="mock",
    ),
    pytest.param(
        ("from utils import tax_rate\ndef f():\n    return tax_rate('es')\n"),
        "ModuleNotFoundError: No module named 'utils'",
        {"line": 1, "column": 1, "dependencies": ["def tax_rate(c): return 3\n"], "check": "assert f()==3"},
        ("def f():\n    return tax_rate('es')\n"),
        id="a name of a dependency",
    ),
    pytest.param(
        ("from .utils import tax_rate as t\ndef f():\n    return t('es')\n"),
        "ImportError: attempted relative import with no known parent package",
        {"line": 1, "column": 1, "dependencies": ["def tax_rate(c): return 3\n"], "check": "assert f()==3"},
        ("def f():\n    return tax_rate('es')\n"),
        id="relative, and renamed",
    ),
    pytest.param(
        ("import utils\ndef f():\n    return utils.tax_rate('es')\n"),
        "ModuleNotFoundError: No module named 'utils'",
        {"line": 1, "column": 1, "dependencies": ["def tax_rate(c): return 3\n"], "check": "assert f()==3"},
        ("def f():\n    return tax_rate('es')\n"),
        id="a module of dependencies",
    ),
    pytest.param(
        ("import collections.Counter\ndef f(s):\n    return collections.Counter(s)['a']\n"),
        "ModuleNotFoundError: No module named 'collections.Counter'",
        {"line": 1, "column": 1, "check": "assert f('aab')==2"},
        ("import collections\ndef f(s):\n    return collections.Counter(s)['a']\n"),
        id="importc",
    ),
    pytest.param(
        ("from math import Counter\ndef f(s):\n    return Counter(s)['a']\n"),
        "ImportError: cannot import name 'Counter' from 'math' (/lib/x.py)",
        {"line": 1, "column": 1, "check": "assert f('aab')==2"},
        ("from collections import Counter\ndef f(s):\n    return Counter(s)['a']\n"),
        id="importd",
    ),
    pytest.param(
        ("from math import sqr, ceil\ndef f(s):\n    return sqr(s) + ceil(0.5)\n"),
        "ImportError: cannot import name 'sqr' from 'math' (/lib/x.py)",
        {"line": 1, "column": 1, "check": "assert f(4)==3"},
        ("from math import sqrt, ceil\ndef f(s):\n    return sqrt(s) + ceil(0.5)\n"),
        id="importe",
    ),
    pytest.param(
        ("import nonexistent_package\ndef f(s):\n    return s\n"),
        "ModuleNotFoundError: No module named 'nonexistent_package'",
        {"line": 1, "column": 1, "check": "assert f(4)==4"},
        ("def f(s):\n    return s\n"),
        id="unused",
    ),
    pytest.param(
        ("from . import helper\ndef f():\n    return helper(1)\n"),
        "ImportError: attempted relative import with no known parent package",
        {"line": 1, "column": 1, "dependencies": ["def helper(x): return x+1\n"], "check": "assert f()==2"},
        ("def f():\n    return helper(1)\n"),
        id="relative to nothing",
    ),
    pytest.param(
        ("from os.pth import join\ndef f():\n    return join('a','b')\n"),
        "ModuleNotFoundError: No module named 'os.pth'; 'os' is not a package",
        {"line": 1, "column": 1, "check": "assert f()=='a/b'"},
        ("from os.path import join\ndef f():\n    return join('a','b')\n"),
        id="starred",
    ),
]


@pytest.mark.parametrize(("code", "said", "where", "mended"), CASES)
def test_a_failing_import_is_mended(code: str, said: str, where: dict[str, Any], mended: str) -> None:
    assert all_codes(failed(code, said, **where))[0] == mended


def test_what_does_nothing_but_import_is_not_mended_to_nothing() -> None:
    said = "ModuleNotFoundError: No module named 'nowhere_to_be_found'"
    assert all_codes(failed("import nowhere_to_be_found\n", said, line=1, column=1)) == []
