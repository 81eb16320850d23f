# ruff: noqa: RUF001, E501 (the signs are the subject, and stand in rows)
"""When the fixers answer, and that no text makes them raise, hang or repeat themselves."""

from __future__ import annotations

import asyncio
from time import monotonic, thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mge_toolkit.core.ports import Fixer, RepairLevel
from mge_toolkit.core.results import Category, Role
from mge_toolkit.retry.fixes.dirt import dirt_fixers
from tests.retry.fixes.cases import make_case, proposed
from tests.retry.fixes.dirt.soil import AREA, PROGRAMS

FENCED = f"```python\n{AREA}```\n"
SCRAPS = [
    "```", "~~~", "```python\n", "`", "“", "”", "‘", "’", "…", "–", "&lt;", "&amp;", "&#39;", "<br>", "<pre>", "</code>",
    "\u200b", "\xa0", "\ufeff", "\u2028", "\0", "\ud800", "（", "1: ", "2: ", "12 | ", "+", "-", "@@", "> ", "| ", ">>> ",
    "... ", "In [1]: ", "!pip", "%run", "$ python", "Answer:", "<|im_end|>", "python\n", "Sure, here", "def f(", "x = ",
    "'", '"', '"""', "'''", "(", ")", "[", "]", "{", "}", "\\n", "\\", "#", "//", "/*", "*/", ":", "\n", "\n    ", "\t",
    "\r\n", "\r", "\f", " ", "return", "if", "else:", "1", "a", ",", "=", ";",
]  # fmt: skip


@pytest.mark.parametrize("fixer", dirt_fixers(), ids=lambda fixer: fixer.name)
def test_every_fixer_has_a_name_of_its_own_and_its_level(fixer: Fixer) -> None:
    assert fixer.level is RepairLevel.FIX
    assert [each.name for each in dirt_fixers()].count(fixer.name) == 1


@pytest.mark.parametrize(
    ("category", "kind", "role", "language"),
    [
        (Category.RUNTIME, "assertion", Role.CHECK, "python"),
        (Category.TIMEOUT, "wall", Role.CODE, "python"),
        (Category.SYNTAX, "syntax", Role.CHECK, "python"),
        (Category.TYPE, "type", Role.CODE, "python"),
        (Category.SYNTAX, "syntax", Role.CODE, "ruby"),
    ],
)
def test_other_failures_are_not_dirt(category: Category, kind: str, role: Role, language: str) -> None:
    case = make_case(FENCED, category=category, kind=kind, role=role, language=language)
    assert [proposed(fixer, case) for fixer in dirt_fixers() if proposed(fixer, case)] == []


def test_what_docstrings_show_is_no_dirt() -> None:
    code = 'def f(x):\n    """Return x.\n\n    >>> f(1)\n    1\n    ```\n    !ls\n    Answer:\n    ```\n    """\n    return y\n'
    case = make_case(code, category=Category.RUNTIME, kind="name")
    assert [proposed(fixer, case) for fixer in dirt_fixers() if proposed(fixer, case)] == []


@pytest.mark.parametrize("fixer", dirt_fixers(), ids=lambda fixer: fixer.name)
@pytest.mark.parametrize("program", PROGRAMS)
def test_clean_programs_that_fail_are_left_alone(fixer: Fixer, program: str) -> None:
    case = make_case(PROGRAMS[program], category=Category.RUNTIME, kind="name")
    assert proposed(fixer, case) == []


@pytest.mark.parametrize(
    ("code", "clean", "language", "category", "kind"),
    [
        ("python\nx = 1\n", "x = 1", "python", Category.RUNTIME, "name"),
        ("Sure\nx = 1\n", "x = 1", "python", Category.RUNTIME, "name"),
        ("x = 1\nNote: important\n", "x = 1", "python", Category.RUNTIME, "name"),
        ("y = 1\nx = y &lt; 2\n", "y = 1\nx = y < 2", "python", Category.RUNTIME, "name"),
        ('"def f(x):\\n    return x\\n"', "def f(x):\n    return x", "python", Category.RUNTIME, "name"),
        ("In [1]: x = 1\n", "x = 1", "python", Category.RUNTIME, "name"),
        ("javascript\nlet x = 1;\n", "let x = 1;", "javascript", Category.RUNTIME, "name"),
        ("Sure\nlet x = 1;\n", "let x = 1;", "javascript", Category.RUNTIME, "name"),
        ("```js\nlet x = 1;\n```\n", "let x = 1;", "javascript", Category.TYPE, "type"),
        ("let x\u200b = 1;\n", "let x = 1;", "javascript", Category.SYNTAX, "syntax"),
    ],
)
def test_dirt_that_parses(code: str, clean: str, language: str, category: Category, kind: str) -> None:
    case = make_case(code, category=category, kind=kind, language=language)
    assert proposed(dirt_fixers()[0], case)[0].code.strip() == clean


def test_a_single_kind_is_offered_by_its_own_fixer_too() -> None:
    case = make_case(FENCED, category=Category.SYNTAX)
    by_name = {fixer.name: proposed(fixer, case) for fixer in dirt_fixers()}
    assert by_name["dirt-fences"][0].code == AREA
    assert by_name["dirt-entities"] == []


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(SCRAPS), max_size=40).map("".join) | st.text(max_size=60),
    st.sampled_from(["python", "javascript", "typescript"]),
    st.sampled_from([(Category.SYNTAX, "syntax"), (Category.RUNTIME, "name")]),
)
def test_any_text_is_answered_with_other_codes_each_once(
    text: str, language: str, failure: tuple[Category, str]
) -> None:
    case = make_case(text, category=failure[0], kind=failure[1], language=language)
    for fixer in dirt_fixers():
        found = proposed(fixer, case)
        codes = [each.code for each in found]
        assert text not in codes
        assert len(codes) == len(set(codes)) <= 16
        assert [each.confidence for each in found] == sorted(
            (each.confidence for each in found), reverse=True
        )
        assert all(0 < each.confidence < 1 and "\n" not in each.explanation for each in found)


HOSTILE = {
    "ten megabytes": "x = 1\n" * 1_700_000,
    "brackets": "(" * 10_000,
    "quotes": "“" * 30_000,
    "apostrophes": "’a" * 30_000,
    "triple quotes": '"""' * 20_000 + "\\",
    "backslashes": "\\" * 60_000,
    "spaces": "python" + " " * 60_000 + "x",
    "label spaces": "Answer" + " " * 60_000 + "x",
    "fence spaces": "``` " + " " * 60_000 + "x",
    "breaks": "<br" + " " * 60_000 + "x",
    "tags": "<a " * 20_000,
    "tokens": "<s>" * 20_000 + "x",
    "literal breaks": "x\\n" * 20_000,
    "lines": "a b\n" * 16_000,
    "indents": "".join(" " * (n % 90) + "if x:\n" for n in range(1_300)),
    "numbers": "".join(f"{n}: (\n" for n in range(8_000)),
    "fences": "```\n" * 16_000,
    "entities": "&lt;" * 16_000,
    "deep names": "a." * 30_000 + "a b",
    "marks": "> " * 30_000,
}


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sources_are_given_up_soon(name: str, language: str) -> None:
    case = make_case(HOSTILE[name], category=Category.SYNTAX, language=language)
    begun = thread_time()
    for fixer in dirt_fixers():
        proposed(fixer, case)
    assert thread_time() - begun < 5


def test_other_tasks_have_their_turn() -> None:
    text = "".join(f"{' ' * (n % 7)}if a{n}:\n" for n in range(400))
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        asked = asyncio.ensure_future(dirt_fixers()[0].candidates(make_case(text, category=Category.SYNTAX)))
        while not asked.done():
            before = monotonic()
            await asyncio.sleep(0)
            longest = max(longest, monotonic() - before)
        await asked

    asyncio.run(watch())
    assert longest < 0.5  # 50 ms on a machine that has nothing else to do
