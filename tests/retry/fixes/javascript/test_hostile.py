"""Any code at all: nothing is raised, nothing hangs, and the rules for candidates hold."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.retry.fixes.javascript import javascript_fixers
from tests.retry.fixes.cases import codes
from tests.retry.fixes.failures import failed_script as failed

FIXERS = javascript_fixers()
ENDS = (
    "SyntaxError: Unexpected token",
    "ReferenceError: x is not defined",
    "TypeError: x.y is not a function",
    "TypeError: Assignment to constant variable.",
    "ReferenceError: Cannot access 'x' before initialization",
    "AssertionError: no",
    "SyntaxError: The requested module 'fs' does not provide an export named 'default'",
    "Error: Cannot find module 'x'",
    "TypeError: x is not iterable",
)
PIECES = (
    "let x = 1;",
    "function f(a) {",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "=>",
    "`",
    "${",
    "'",
    '"',
    "if (x)",
    "else",
    "return x;",
    "class A extends B {",
    "constructor() { this.x = 1 }",
    "for (const y of x)",
    "import x from 'fs';",
    "await x",
    "x.y()",
    "x",
    "=",
    "==",
    "+",
    "// c\n",
    "/* ",
    "*/",
    "\n",
    "#",
    ":",
    "enum E { A = 1 }",
    "as T",
    "?.",
    "é",
    "\u2028",
    "😀",
    "/x/",
    "let let",
    "async",
    "x: number",
    "switch (x) { case 1:",
    "new",
    "...",
    "break;",
)
HOSTILE = {
    "nothing": "",
    "blanks": " \n\t ",
    "NUL": "let a = '\0';\nf(",
    "lone surrogate": "let a = '\ud800';\nf(",
    "deep brackets": "[" * 10_000,
    "deep calls": "f(" * 10_000 + ")" * 10_000,
    "huge": "let a = 1;\n" * 1_000_000,
    "one long line": "x+" * 30_000,
    "many quotes": "'\"`" * 5_000,
    "many operators": "let a = " + "!" * 3_000 + "b",
    "many names": " ".join(f"name{n}" for n in range(4_000)),
    "carriage returns": "let a = (\r\nlet b = 2;\r",
    "nested templates": "`${" * 300,
    "many parameters": f"function f({', '.join(f'a{n}' for n in range(900))}) {{ return b; }}",
    "long chain": "f()" + ".map((x) => x + 1)" * 380 + ";",
}


@pytest.mark.parametrize("fixer", FIXERS, ids=lambda fixer: fixer.name)
@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_hostile_code_is_survived(code: str, fixer: object) -> None:
    one = next(each for each in FIXERS if each is fixer)
    for said in ENDS[:3]:
        began = time.monotonic()
        found = codes(one, failed(code, said, line=1, column=1))
        assert len(found) <= 600
        assert time.monotonic() - began < 20


@settings(max_examples=60, deadline=None)
@given(
    code=st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)),
    said=st.sampled_from(ENDS),
    line=st.one_of(st.none(), st.integers(1, 4)),
    column=st.one_of(st.none(), st.integers(1, 40)),
    language=st.sampled_from(["javascript", "typescript"]),
)
def test_the_rules_for_candidates_hold_for_any_code(
    code: str, said: str, line: int | None, column: int | None, language: str
) -> None:
    case = failed(code, said, line=line, column=column, language=language)
    for fixer in FIXERS:
        found = codes(fixer, case)
        assert code not in found
        assert len(set(found)) == len(found)
        assert len(found) <= (600 if fixer.level is RepairLevel.SEARCH else 16)


def test_the_fixers_have_names_of_their_own() -> None:
    assert [fixer.name for fixer in FIXERS] == [
        "javascript-syntax",
        "javascript-names",
        "javascript-modules",
        "javascript-search",
    ]
