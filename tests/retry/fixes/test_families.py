"""The built-in fixers as the engine sees them: named before they are loaded, and loaded for what they are for."""

from __future__ import annotations

import subprocess
import sys

from mge_toolkit.core.results import Category
from mge_toolkit.retry.fixes import builtin_fixers
from mge_toolkit.retry.fixes.dirt import dirt_fixers
from mge_toolkit.retry.fixes.javascript import javascript_fixers
from mge_toolkit.retry.fixes.python_names import python_name_fixers
from mge_toolkit.retry.fixes.python_search.fixer import PythonSearchFixer
from mge_toolkit.retry.fixes.python_syntax import PythonSyntaxFixer
from tests.retry.fixes.cases import make_case, proposed
from tests.retry.fixes.failures import failed

OFFERED = {
    "syntax": ("def f(n)\n    return n\n", "python-syntax", {"category": Category.SYNTAX, "kind": "syntax"}),
    "search": (
        "def f(n):\n    return n - 1\n",
        "python-search",
        {"kind": "assertion", "message": "AssertionError", "check": "assert f(3) == 4"},
    ),
}

UNLOADED = """
import asyncio, sys
from mge_toolkit.retry.fixes import builtin_fixers
from tests.retry.fixes.cases import make_case
from mge_toolkit.core.results import Category
case = make_case("x = 1", kind="assertion", check="assert x == 2")
for fixer in builtin_fixers():
    asyncio.run(fixer.candidates(case))
print([name for name in ("tree_sitter", "parso") if name in sys.modules])
"""


def test_they_are_those_that_there_are() -> None:
    every = (
        *dirt_fixers(),
        PythonSyntaxFixer(),
        *python_name_fixers(),
        PythonSearchFixer(),
        *javascript_fixers(),
    )
    assert sorted((one.name, one.level) for one in builtin_fixers()) == sorted(
        (o.name, o.level) for o in every
    )


def test_each_offers_what_its_family_does() -> None:
    missing = failed("x = sqrt(4)\n", "NameError: name 'sqrt' is not defined", line=1)
    assert "python-missing-import" in [fixer.name for fixer in builtin_fixers() if proposed(fixer, missing)]
    for code, name, fields in OFFERED.values():
        case = make_case(code, **fields)  # type: ignore[arg-type]
        offering = [fixer.name for fixer in builtin_fixers() if proposed(fixer, case)]
        assert name in offering


def test_what_is_not_needed_is_not_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", UNLOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
