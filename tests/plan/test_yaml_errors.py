"""YAML that is none: line, column, and what to do about it, in words for people."""

from __future__ import annotations

import pytest

from tests.plan.helpers import problems

COLON = "this ': ' cannot stand here: quote the text that holds it, or indent the line like its neighbours"

CASES = {
    "a: b: c": f"1:5: {COLON}",
    "atoms:\n\ta: {}": "2:1: the line is indented with a tab: indent with spaces",
    "atoms:\n  a:\n    code: |\n\tx = 1\n": "4:1: the line is indented with a tab: indent with spaces",
    "a: [1,\nb": "3:1: the '[' on line 1 is not closed, or a comma is missing",
    "a: {b: 1\nc: 2": "2:2: the '{' on line 1 is not closed, or a comma is missing",
    "a: 'x\n\n": "3:1: the quote opened on line 1 is never closed",
    'a: "x\n---\n': "2:1: the quote opened on line 1 is never closed",
    "a: @x": "1:4: a value cannot begin with '@': put it in quotes",
    "a: `x`": "1:4: a value cannot begin with '`': put it in quotes",
    "a: %x": "1:4: a value cannot begin with '%': put it in quotes",
    "- a\nb: c": "2:1: this line is no item of the list that begins on line 1: begin it with '- '",
    "a: 1\n b: 2": f"2:3: {COLON}",
    "  a: 1\n b: 2": "2:1: text stands after the end of the plan: indent it, or remove it",
    "a:\n  b: 1\n c: 2": "3:2: this line fits no level of what begins on line 1: indent it like its neighbours",
    "a: 1\nb\nc: 2": "3:1: line 2 is no 'key: value': put '|' after the key of code",
    'a: "\\q"': "1:5: double quotes read the backslash as an escape: double it, or use single quotes",
    'a: "\\ud83d"': "1:7: the escape is no character: write the character itself",
    'a: "\\xZZ"': "1:7: an escape such as \\x or \\u lacks digits: double the backslash",
    "a: 1\n---\nb: 1": "2: a second document starts here: a plan is one document, so remove the '---'",
    "'a':1\nb": "1:4: text stands after the end of the plan: indent it, or remove it",
    "a: \x01": "1:4: the control character U+0001 cannot stand in YAML: remove it, or escape it in quotes",
    "a: 1\nb: x\0": "2:5: the control character U+0000 cannot stand in YAML: remove it, or escape it in quotes",
    "a: \ud800": "1: a lone surrogate is no character: remove it",
    "a: - b": "1:4: a list cannot begin here: put its '- ' on a line of its own, or quote the '-' if it is text",
    "a: !x!y z": "1:4: '!' begins a tag, which means nothing here: quote the text",
    "a: | x\n y": "1:6: only a comment may follow '|' or '>' on its line: begin the text below",
    "a: &": "1:5: '&' begins an anchor, which needs a name: quote the text if none is meant",
    "a: * b": "1:5: '*' begins an alias, which needs a name: quote the text if none is meant",
    "a: ]": "1:4: a value is missing here: complete it, or quote it if it is text",
}


@pytest.mark.parametrize(("text", "expected"), CASES.items(), ids=range(len(CASES)))
def test_a_syntax_error_says_where_and_what_to_do(text: str, expected: str) -> None:
    assert problems(text) == [expected]


@pytest.mark.parametrize("text", ["", "  \n\n", "# nothing but a comment\n", "---\n", "\ufeff"])
def test_an_empty_plan_says_what_is_needed(text: str) -> None:
    (found,) = problems(text)
    assert "atoms" in found


def test_directives_and_document_marks_around_one_document_are_fine() -> None:
    assert problems("%YAML 1.2\n---\natoms: {a: 1}\n...\n") == [
        "3: atom 'a': must be a mapping with the key 'code', not the number 1"
    ]
