"""YAML's syntax errors in the words of someone who has never read YAML's grammar."""

from __future__ import annotations

import re
from typing import Final

import yaml

from mge_toolkit.plan.syntax.nodes import TOO_DEEP

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIBYAML_TOO_DEEP: Final = "exceeded maximum nesting depth"  # newer versions scan ahead only so far
_TAB_INDENT = re.compile(r" *\t")

_MEANINGS: Final[tuple[tuple[str, str], ...]] = (
    (
        "mapping values are not allowed",
        "this ': ' cannot stand here: quote the text that holds it, or indent the line like its neighbours",
    ),
    (
        "block sequence entries are not allowed",
        "a list cannot begin here: put its '- ' on a line of its own, or quote the '-' if it is text",
    ),
    (
        "did not find expected key",
        "this line fits no level of what begins on line {first}: indent it like its neighbours",
    ),
    (
        "did not find expected '-' indicator",
        "this line is no item of the list that begins on line {first}: begin it with '- '",
    ),
    ("did not find expected ',' or '}'", "the '{{' on line {first} is not closed, or a comma is missing"),
    ("did not find expected ',' or ']'", "the '[' on line {first} is not closed, or a comma is missing"),
    ("did not find expected node content", "a value is missing here: complete it, or quote it if it is text"),
    ("unexpected end of stream", "the quote opened on line {first} is never closed"),
    ("unexpected document indicator", "the quote opened on line {first} is never closed"),
    ("could not find expected ':'", "line {first} is no 'key: value': put '|' after the key of code"),
    ("unknown escape character", "double quotes read the backslash as an escape: double it, or use single quotes"),
    ("invalid Unicode character escape", "the escape is no character: write the character itself"),
    ("did not find expected hexdecimal", "an escape such as \\x or \\u lacks digits: double the backslash"),
    ("tab character", "a tab stands where spaces are expected: indent with spaces"),
    ("did not find expected <document start>", "text stands after the end of the plan: indent it, or remove it"),
    ("undefined tag handle", "'!' begins a tag, which means nothing here: quote the text"),
    ("while scanning an anchor", "'&' begins an anchor, which needs a name: quote the text if none is meant"),
    ("while scanning an alias", "'*' begins an alias, which needs a name: quote the text if none is meant"),
    ("while scanning a block scalar", "only a comment may follow '|' or '>' on its line: begin the text below"),
    ("directive", "a '%' at the start of a line is a directive: quote or indent the text"),
    ("duplicate anchor", "the anchor is given twice: rename one"),
)  # fmt: skip


def control_character(text: str) -> tuple[int, int, str]:
    """Return line, column and message for the first character that YAML refuses."""
    found = _UNREADABLE.search(text)
    offset = found.start() if found else 0
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    name = f"U+{ord(text[offset]):04X}" if found else "unknown"
    return (
        line,
        column,
        f"the control character {name} cannot stand in YAML: remove it, or escape it in quotes",
    )


def in_plain_words(error: yaml.MarkedYAMLError, text: str) -> tuple[int, int | None, str]:
    """Return line, column and message for a syntax error; without a column where none is to blame."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if error.problem == _LIBYAML_TOO_DEEP:
        return line + 1, None, TOO_DEEP
    lines = text.splitlines()
    written = lines[line] if line < len(lines) else ""
    problem = f"{error.context or ''}: {error.problem or error}"
    first = error.context_mark.line + 1 if error.context_mark else line + 1
    return line + 1, column + 1, _meaning(problem, first, written, column)


def _meaning(problem: str, first: int, written: str, column: int) -> str:
    if _TAB_INDENT.match(written) and not written.lstrip().startswith("#"):
        return "the line is indented with a tab: indent with spaces"
    if "cannot start any token" in problem and column < len(written):
        return f"a value cannot begin with '{written[column]}': put it in quotes"
    for known, meaning in _MEANINGS:
        if known in problem:
            return meaning.format(first=first)
    return f"this is no YAML ({problem.strip(': ')}): mend the syntax"
