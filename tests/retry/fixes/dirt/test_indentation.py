# ruff: noqa: E501 (a program a line)
"""Indentation that is wrong as a whole or in places."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.retry.fixes.dirt.soil import AREA, PROGRAMS, SCRIPT, WORDS, same, washed


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("width", [1, 2, 4, 7])
def test_a_source_that_is_indented_as_a_whole(program: str, width: int) -> None:
    original = PROGRAMS[program]
    assert same(washed(textwrap.indent(original, " " * width))[0].code, original)
    assert same(washed(textwrap.indent(original, "\t"))[0].code, original)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_first_line_unlike_the_rest(program: str) -> None:
    original = PROGRAMS[program]
    assert same(washed("    " + original)[0].code, original)
    assert same(washed(textwrap.indent(original, "    ").strip())[0].code, original)


@pytest.mark.parametrize(
    "soiled",
    [
        AREA.replace("        ", "\t"),
        AREA.replace("    def", "\tdef"),
        WORDS.replace("        return", "\treturn"),
        SCRIPT.replace("        total", "\ttotal"),
    ],
)
def test_tabs_among_spaces(soiled: str) -> None:
    assert any(same(each.code, original) for each in washed(soiled) for original in PROGRAMS.values())


@pytest.mark.parametrize(
    ("soiled", "clean"),
    [
        # a block that stands too far to the left
        ("class A:\ndef f(self):\n    return 1\n", "class A:\n    def f(self):\n        return 1\n"),
        ("def f(x):\nif x:\n    return 1\nreturn 2\n", "def f(x):\n    if x:\n        return 1\n    return 2\n"),
        ("for i in []:\nx = i\ny = 2\n", "for i in []:\n    x = i\n    y = 2\n"),
        # a line that does
        ("def f(x):\n    if x:\n    return 1\n    return 2\n", "def f(x):\n    if x:\n        return 1\n    return 2\n"),
        # too far to the right
        ("def f():\n    x = 1\n        y = 2\n    return x\n", "def f():\n    x = 1\n    y = 2\n    return x\n"),
        ("def f():\n    x = 1\n      if x:\n          y = 2\n    return x\n",
         "def f():\n    x = 1\n    if x:\n        y = 2\n    return x\n"),
        # no level at all
        ("def f():\n        x = 1\n     return x\n", "def f():\n        x = 1\n        return x\n"),
        ("def f(x):\n    if x:\n        x = 1\n      return x\n", "def f(x):\n    if x:\n        x = 1\n    return x\n"),
        # in two places
        (
            "def f(x):\n    if x:\n    return 1\n    for y in x:\n    print(y)\n    return 2\n",
            "def f(x):\n    if x:\n        return 1\n    for y in x:\n        print(y)\n    return 2\n",
        ),
    ],
)  # fmt: skip
def test_blocks_and_lines_out_of_place(soiled: str, clean: str) -> None:
    assert any(same(each.code, clean) for each in washed(soiled))


def test_text_in_strings_is_not_moved() -> None:
    soiled = 'def f():\n    x = """\n  a\n b\n"""\n     return x\n'
    codes = [each.code for each in washed(soiled)]
    assert 'def f():\n    x = """\n  a\n b\n"""\n    return x\n' in codes
    assert all('"""\n  a\n b\n"""' in code for code in codes)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_one_line_moved_is_moved_back_or_parses(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from([AREA, WORDS, SCRIPT])).split("\n")
    number = data.draw(st.sampled_from([n for n, line in enumerate(lines) if line.strip()]))
    width = data.draw(st.sampled_from([1, 2, 4]))
    lines[number] = " " * width + lines[number]
    text = "\n".join(lines)
    try:
        compile(text, "<soiled>", "exec")
    except SyntaxError:
        assert washed(text)


def test_other_faults_do_not_keep_indentation_from_being_mended() -> None:
    soiled = "class A:\ndef f(self):\n    return (1\n\ndef g():\n    pass\n"
    assert washed(soiled)[0].code.startswith("class A:\n    def f(self):\n        return (1\n")
