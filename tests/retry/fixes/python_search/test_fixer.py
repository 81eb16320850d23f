"""When the search proposes, what its candidates look like, and what it never does."""

from __future__ import annotations

import ast
import asyncio
import time
from dataclasses import replace

import pytest

from mge_toolkit.core.plans import Expectation
from mge_toolkit.core.ports import Fixer, RepairLevel
from mge_toolkit.core.results import Category
from mge_toolkit.retry.fixes.python_search.fixer import MOST, PythonSearchFixer
from tests.retry.fixes.cases import codes, make_case, proposed
from tests.retry.fixes.python_search.failed import FIXER, TELLING, failed

CODE = "def f(n):\n    if n < 2:\n        return [n]\n    return [n, n + 1]\n"


def test_it_is_a_fixer_of_the_search_level() -> None:
    fixer: Fixer = PythonSearchFixer()
    assert fixer.level is RepairLevel.SEARCH
    assert fixer.name == "python-search"


def test_it_proposes_only_where_something_can_tell_right_from_wrong() -> None:
    assert codes(FIXER, make_case(CODE, kind="assertion")) == []
    assert codes(FIXER, make_case(CODE, kind="assertion", check=TELLING)) != []
    assert codes(FIXER, make_case(CODE, kind="mismatch", expect=Expectation(result=[1, 2]))) != []


@pytest.mark.parametrize("category", [Category.SYNTAX, Category.IMPORT])
def test_other_levels_mend_what_does_not_parse_or_import(category: Category) -> None:
    assert codes(FIXER, make_case(CODE, category=category, check=TELLING)) == []


def test_it_leaves_other_languages_alone() -> None:
    assert codes(FIXER, failed("let a = 1 < 2;", language="javascript")) == []


def test_what_was_tried_is_not_proposed_again() -> None:
    case = failed(CODE)
    first = codes(FIXER, case)
    assert not set(codes(FIXER, replace(case, tried=frozenset(first[:50])))) & set(first[:50])


def test_candidates_say_what_they_change_and_are_ever_less_sure() -> None:
    found = proposed(FIXER, failed(CODE))
    assert found[0].source == "python-search"
    assert "changed '<' to '<=' on line 2" in [one.explanation for one in found]
    confidences = [one.confidence for one in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < one < 1 for one in confidences)
    assert all("\n" not in one.explanation for one in found)


def test_the_layout_and_the_comments_stay() -> None:
    code = "def f( n ):  # ünïcode «»\n\tif (n<2) :\n\t\treturn [ 'ß' , n ] # why\n\treturn  [n,\n  n+1]"
    assert code.replace("n<2", "n<=2") in codes(FIXER, failed(code))
    assert code.replace("n+1", "n-1") in codes(FIXER, failed(code))


def test_line_breaks_of_other_systems_stay() -> None:
    code = "def f(a):\r\n    t = []\r\n    for x in a:\r\n        t.append(x)\r\n"
    assert f"{code}    return t\r\n" in codes(FIXER, failed(code))


def test_a_last_line_without_its_end_gets_one_before_an_addition() -> None:
    code = "def f(a):\n    t = []\n    for x in a:\n        t.append(x)"
    assert f"{code}\n    return t" in codes(FIXER, failed(code))


def test_assertions_signatures_and_imports_of_the_code_are_left_alone() -> None:
    code = "import math\n\ndef f(n, k=1):\n    assert n > 0\n    x = math.floor(n)\n    return x + k\n"
    for changed in codes(FIXER, failed(code)):
        tree = ast.parse(changed)
        function = tree.body[1]
        assert isinstance(function, ast.FunctionDef)
        assert [one.arg for one in function.args.args] == ["n", "k"]
        assert any(isinstance(one, ast.Assert) for one in function.body)
        assert isinstance(tree.body[0], ast.Import)
        assert not any(isinstance(one, ast.Try) for one in ast.walk(tree))


def test_what_the_check_expects_is_never_written_into_the_code() -> None:
    check = "".join(f"assert f({n}) == {7919 + n}\nassert f('{n}') == 'zebra{n}'\n" for n in range(9))
    for changed in codes(FIXER, failed(CODE, check=check)):
        assert "7919" not in changed
        assert "zebra" not in changed


HOSTILE = {
    "nothing": "",
    "no program": "def f(:\n",
    "a null": "x = 1\0",
    "a lone surrogate": "x = '\ud800' < 1",
    "deep brackets": "x = " + "(" * 10_000 + ")" * 10_000,
    "a deep chain": "def f(a):\n    return " + " + ".join(["a"] * 3_000),
    "deep attributes": "def f(a):\n    return a" + ".b" * 3_000,
    "a long line": "x = [" + "1 < 2, " * 5_000 + "]",
    "ten megabytes": "x = 1 < 2\n" * 1_000_000,
    "many functions": "".join(f"def f{n}(a):\n    return a < {n}\n" for n in range(700)),
    "deep blocks": "".join(f"{' ' * n}if a < {n}:\n" for n in range(90)) + " " * 90 + "a += 1\n",
    "f-strings": "def f(a):\n    return f'{a < 1!r:>{a + 1}} {a if a else \"\"}'\n",
    "a match": "def f(a):\n    match a:\n        case [x] if x < 1:\n            return x\n    return a\n",
    "a walrus": "def f(a):\n    return (y := a) + y\n",
    "strange places": "@d(1 < 2)\nclass A(B, m=1 < 2):\n    x: int = 1\n    async def g(self): await self\n",
    "one line": "def f(a): return a if a < 1 else f(a - 1); x = 1; y = 2\n",
    "starred": "def f(*a, **k):\n    return g(*a, **k)[1:, ...] or print(*a, sep='')\n",
    "continued": "def f(a):\n    return a \\\n        + 1 \\\n        < 2\n",
    "form feeds": "def f(a):\n    \x0cif a < 1:\n\x0c        return a\n    return 2\n",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_it_comes_back_from_any_text_in_time(code: str) -> None:
    began = time.monotonic()
    found = codes(FIXER, failed(code))
    assert time.monotonic() - began < 8
    assert len(found) <= MOST
    assert code not in found
    for changed in found[::7]:
        ast.parse(changed)


@pytest.mark.parametrize("check", ["def (", "\0", "\ud800", "assert " + "(" * 5_000, "assert f", ""])
def test_a_hostile_check_does_no_harm(check: str) -> None:
    codes(FIXER, failed(CODE, check=check))


def test_others_have_their_turn_while_it_works() -> None:
    code = "".join(f"def f{n}(a, b):\n    if a[{n}] < b + {n}:\n        return a - b\n" for n in range(200))
    gaps = []

    async def clock() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0)
            gaps.append(time.monotonic() - last)
            last = time.monotonic()

    async def main() -> None:
        ticking = asyncio.create_task(clock())
        await FIXER.candidates(failed(code))
        ticking.cancel()

    asyncio.run(main())
    assert len(gaps) > 3
