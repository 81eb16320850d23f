"""What holds for the gate whatever it is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.retry.gate import refusal
from mge_toolkit.testing import make_atom
from tests.retry.gate.cases import judged

LANGUAGES = ("python", "javascript", "typescript", "cobol")

PIECES = st.sampled_from(
    [
        "def f(n):",
        "\n",
        "    ",
        "return 7",
        "assert f(1) == 7",
        "if n == 1:",
        "class A:",
        "f(1)",
        "(",
        ")",
        "'",
        '"',
        "try:",
        "except:",
        "pass",
        "{",
        "}",
        "function f(a) {",
        "const f = (a) => ",
        ";",
        "x = 1",
        "lambda: 0",
        "\0",
        "\ud800",
        "match n:",
        "case 1:",
        "throw 1",
        "catch {",
        "`",
        "${",
        "*",
        "import os",
        "#",
        "//",
        "…",
    ]
)
CODES = st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=60))


@given(before=CODES, after=CODES, check=CODES, language=st.sampled_from(LANGUAGES))
def test_any_texts_are_judged(before: str, after: str, check: str, language: str) -> None:
    atom = make_atom("a", before, check=check, language=language)
    said = refusal(atom, before, after)
    assert said is None or (said and "\n" not in said and "internal error" not in said)


@given(code=CODES, check=CODES, language=st.sampled_from(LANGUAGES))
def test_the_same_code_is_never_refused(code: str, check: str, language: str) -> None:
    assert refusal(make_atom("a", code, check=check, language=language), code, code) is None


@given(code=CODES, check=CODES, language=st.sampled_from(("python", "javascript")))
def test_blank_lines_at_the_end_are_no_reason(code: str, check: str, language: str) -> None:
    after = f"{code}\n\n"
    assert refusal(make_atom("a", code, check=check, language=language), code, after) is None


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize(
    "hostile",
    [
        "(" * 10_000,
        "x = " + "-" * 100_000 + "1",
        "a" + ".b" * 50_000,
        "\0",
        "\ud800",
        "[" * 5000 + "]" * 5000,
        "if x:\n" * 90,
        "1 + " * 20_000 + "1",
        "not " * 20_000 + "x",
        "'" * 99_999,
    ],
)
def test_hostile_texts(hostile: str, language: str) -> None:
    for before, after in ((hostile, "x = 1"), ("x = 1", hostile), (hostile, hostile + " ")):
        said = judged(before, after, check=hostile, language=language)
        assert said is None or "internal error" not in said


def test_what_is_too_long_is_refused_unread() -> None:
    said = judged("x = 1", "x = 1\n" * 100_000, check="assert x")
    assert said == "is too long to be judged (600000 characters)"


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep = f"x = {'1 + ' * 20_000}1\n"
    assert judged("x = 1", f"import sys\n{deep}sys.exit()\n") == "is nested too deeply to be judged"


def test_other_languages_pass() -> None:
    assert judged("MOVE 1", "MOVE 2", language="cobol") is None
