"""A program's text as the fixers edit it: places of the syntax tree as offsets, and edits by ranges."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

_BREAK = re.compile(r"\r\n|\r|\n")

Placed: TypeAlias = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.excepthandler | ast.pattern
"""Any node that has a place in the text."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Put ``text`` in the place of what stands from ``start`` to ``end``, in characters."""

    start: int
    end: int
    text: str


class SourceText:
    """Text whose lines and columns, which the parser counts in UTF-8 bytes, can be turned into offsets."""

    def __init__(self, text: str) -> None:
        """Find where the lines of ``text`` start, by Python's own line breaks."""
        self.text = text
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        first = _BREAK.search(text)
        self.newline = "\n" if first is None else first[0]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of the parser's ``line`` (from 1) and ``column`` (from 0, in bytes)."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        content = self.text[start:end]
        if content.isascii():
            return start + column
        return start + len(content.encode()[:column].decode(errors="ignore"))

    def start(self, node: Placed) -> int:
        """Return where ``node`` starts."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: Placed) -> int:
        """Return where ``node`` ends."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def of(self, node: Placed) -> str:
        """Return the text of ``node``."""
        return self.text[self.start(node) : self.end(node)]

    def line_at(self, offset: int) -> int:
        """Return the number of the line (from 1) that holds ``offset``."""
        return bisect_right(self._starts, offset)

    def line_start(self, line: int) -> int:
        """Return where ``line`` (from 1) starts; the end of the text for one line too many."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def indent(self, line: int) -> str:
        """Return the white space at the start of ``line``."""
        start = self.line_start(line)
        found = re.compile(r"[ \t\f]*").match(self.text, start)
        return found[0] if found else ""

    def column(self, offset: int) -> int:
        """Return the column (from 1, in characters) of ``offset``."""
        return offset - self.line_start(self.line_at(offset)) + 1

    def replaced(self, node: Placed, text: str) -> Edit:
        """Return the edit that puts ``text`` in the place of ``node``."""
        return Edit(self.start(node), self.end(node), text)

    def edited(self, edits: Iterable[Edit]) -> str | None:
        """Return the text after ``edits``, or ``None`` where two of them touch the same place.

        Insertions at one place keep their order.
        """
        pieces: list[str] = []
        position = 0
        for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end)):
            if edit.start < position or edit.end < edit.start or edit.end > len(self.text):
                return None
            pieces += [self.text[position : edit.start], edit.text]
            position = edit.end
        return "".join([*pieces, self.text[position:]])
