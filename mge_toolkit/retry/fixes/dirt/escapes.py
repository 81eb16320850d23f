"""A whole program on one line, escaped as for JSON, or kept in a JSON object or a string."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed
from mge_toolkit.retry.fixes.python_parsing import parse

_NEWLINE: Final = re.compile(r"\\r?\\n|\\n|\\r")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_KEPT_LINES: Final = 2
# A comment ends at the escape that was its line's end; a string of one line has its own.
_BROKEN: Final = r"|(?P<break>(?:\\r)?\\n)"
_STRINGS: Final = r"""|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'"""
_PYTHON_KEPT: Final = re.compile(r'"{3}|\'{3}|#(?:(?!\\n)[^\n])*' + _STRINGS + _BROKEN)
_JAVASCRIPT_KEPT: Final = re.compile(r"//(?:(?!\\n)[^\n])*" + _STRINGS + _BROKEN)


class EscapeWash(Wash):
    """Puts a program that was escaped as one string into lines again."""

    name = "dirt-escapes"
    on_programs = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the value of the JSON around it, then the line with its escapes replaced."""
        for inner in _enclosed(text, judge):
            yield Washed(inner, "took the program out of the string that it was written as", 0.15)
        bare = text.strip()
        if bare.count("\n") > _KEPT_LINES or not _NEWLINE.search(bare) or judge.clean(text):
            return
        note = r"replaced the literal \n on line 1 with line breaks"
        for choice in (
            _unescaped(bare),
            _in_lines(bare, judge.python),
            _NEWLINE.sub("\n", bare).replace(r"\t", "\t").replace(r"\"", '"').replace(r"\'", "'"),
            _NEWLINE.sub("\n", bare),
            _unescaped(_unescaped(bare)),
        ):
            yield Washed(choice, note, 0.15)


def _in_lines(text: str, python: bool) -> str:
    """Return ``text`` with line breaks for the escapes that stand outside of strings of one line."""
    kept = _PYTHON_KEPT if python else _JAVASCRIPT_KEPT
    return kept.sub(lambda found: found[0] if found["break"] is None else "\n", text)


def _unescaped(text: str) -> str:
    """Return ``text`` with its escapes replaced, once."""

    def letter(found: re.Match[str]) -> str:
        what = found[1]
        return (
            chr(int(what[1:], 16))
            if len(what) > 1
            else _LETTERS.get(what, what if what in "\"'\\/" else found[0])
        )

    return _ESCAPE.sub(letter, text)


def _enclosed(text: str, judge: Judge) -> Iterator[str]:
    """Yield the texts in a JSON value, or in the one string that a Python program consists of."""
    bare = text.strip()
    if bare[:1] not in ('"', "{", "[", "'", "r", "b", "f"):
        return
    value: Any = None
    try:
        value = json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        tree = parse(bare) if judge.python else None
        if tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
            constant = tree.body[0].value
            value = constant.value if isinstance(constant, ast.Constant) else None
    texts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    strings = [each for each in texts if isinstance(each, str)]
    for each in sorted(strings, key=len, reverse=True):
        if "\n" in each.strip() or "(" in each or "=" in each:
            yield each
