"""When the fixer has something to offer at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mge_toolkit.core.ports import Fixer, RepairLevel
from mge_toolkit.core.results import Category, Role
from mge_toolkit.retry.fixes.python_syntax import PythonSyntaxFixer
from tests.retry.fixes.cases import codes, make_case

BROKEN = "if x\n    pass\n"
FIXER: Fixer = PythonSyntaxFixer()


def test_its_name_and_level() -> None:
    assert (FIXER.name, FIXER.level) == ("python-syntax", RepairLevel.FIX)


def test_it_mends_python_that_does_not_parse() -> None:
    assert codes(FIXER, make_case(BROKEN, category=Category.SYNTAX)) == ["if x:\n    pass\n"]


@pytest.mark.parametrize("category", [category for category in Category if category is not Category.SYNTAX])
def test_other_categories_are_not_its_business(category: Category) -> None:
    assert codes(FIXER, make_case(BROKEN, category=category)) == []


def test_other_languages_are_not_its_business() -> None:
    assert codes(FIXER, make_case(BROKEN, category=Category.SYNTAX, language="javascript")) == []


def test_a_check_that_does_not_parse_is_not_its_business() -> None:
    assert codes(FIXER, make_case(BROKEN, category=Category.SYNTAX, role=Role.CHECK)) == []


def test_code_that_compiles_is_left_alone() -> None:
    # A program may raise SyntaxError itself, by calling compile().
    assert codes(FIXER, make_case("compile('1 +', 'x', 'exec')", category=Category.SYNTAX)) == []


def test_the_code_that_failed_last_is_mended_not_the_plan_s() -> None:
    case = make_case(BROKEN, category=Category.SYNTAX)
    changed = replace(case, attempts=(replace(case.attempts[0], code="while y\n    pass\n"),))
    assert codes(FIXER, changed) == ["while y:\n    pass\n"]


def test_it_lets_others_have_their_turn() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def both() -> None:
        counting = asyncio.create_task(count())
        hard = "\n".join(f"f(a{n} b[c) ] = d e !" for n in range(30))
        await FIXER.candidates(make_case(hard, category=Category.SYNTAX))
        counting.cancel()

    asyncio.run(both())
    assert turns > 2
