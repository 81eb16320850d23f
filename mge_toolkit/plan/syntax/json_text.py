"""JSON and JSON Lines text to nodes.

A reader of its own, because the standard one keeps no positions and YAML's is no reader of JSON (it refuses
surrogate pairs). Strings and numbers are left to the standard library's scanners.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from json import JSONDecodeError, JSONDecoder
from typing import Final, NoReturn

from mge_toolkit.core.plans import JsonValue
from mge_toolkit.plan.syntax.nodes import MAX_DEPTH, TOO_DEEP, MappingNode, Node, Report, Scalar, SequenceNode

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[^\s,:\[\]{}\"]+")
_DECODER = JSONDecoder()
_CONSTANTS: Final[dict[str, JsonValue]] = {"null": None, "true": True, "false": False}
_HINTS: Final = {
    "None": "null",
    "True": "true",
    "False": "false",
    "NaN": "a quoted text",
    "Infinity": "a quoted text",
    "-Infinity": "a quoted text",
}


class _JsonSyntaxError(Exception):
    """Text that is no JSON, at an offset."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def read_json(text: str, report: Report) -> Node:
    """Return the one value in ``text``. Raises :class:`PlanError` where it is no JSON."""
    try:
        return _Reader(text).document()
    except _JsonSyntaxError as error:
        _note(error, text, 1, report)
        raise report.error() from None


def read_json_lines(text: str, report: Report) -> list[Node]:
    """Return the value on each line of ``text`` that has one. Lines that are no JSON are reported and left out."""
    nodes: list[Node] = []
    offset = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                nodes.append(_Reader(line, number, offset).document())
            except _JsonSyntaxError as error:
                _note(error, line, number, report)
        offset += len(line) + 1
    return nodes


def _note(error: _JsonSyntaxError, text: str, first_line: int, report: Report) -> None:
    line = first_line + text.count("\n", 0, error.offset)
    column = error.offset - text.rfind("\n", 0, error.offset)
    report.add(line, str(error), None, column)


class _Reader:
    """Reads one JSON text that begins at ``offset`` of its file, on ``first_line``."""

    def __init__(self, text: str, first_line: int = 1, offset: int = 0) -> None:
        self._text = text
        self._offset = offset
        self._first_line = first_line
        self._breaks = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> Node:
        node, end = self._value(self._skip(0), 0)
        if end < len(self._text):
            self._fail(end, "text stands after the end of the value: remove it, or add the missing ','")
        return node

    def _fail(self, offset: int, message: str) -> NoReturn:
        raise _JsonSyntaxError(offset, message)

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _line(self, offset: int) -> int:
        return self._first_line + bisect_right(self._breaks, offset)

    def _value(self, start: int, depth: int) -> tuple[Node, int]:
        """Return the value that begins at ``start`` and where the next token begins."""
        if depth > MAX_DEPTH:
            self._fail(start, TOO_DEEP)
        character = self._text[start : start + 1]
        if character == "{":
            return self._object(start, depth)
        if character == "[":
            return self._array(start, depth)
        if character == '"':
            value, end = self._string(start)
            return self._scalar(value, start, end, '"')
        if match := _NUMBER.match(self._text, start):
            word = _WORD.match(self._text, start)
            if word and word.end() == match.end():
                return self._scalar(_number(match), start, match.end(), "")
        return self._constant(start)

    def _scalar(self, value: JsonValue, start: int, end: int, style: str) -> tuple[Scalar, int]:
        line = self._line(start)
        number = line - self._first_line
        column = start - (self._breaks[number - 1] + 1 if number else 0)
        return Scalar(value, line, column, self._offset + start, self._offset + end, style), self._skip(end)

    def _constant(self, start: int) -> tuple[Node, int]:
        match = _WORD.match(self._text, start)
        if not match:
            end = start >= len(self._text)
            self._fail(
                start, "the text ends here, before its value does" if end else "a value is missing here"
            )
        if match[0] not in _CONSTANTS:
            hint = _HINTS.get(match[0], "double quotes around text")
            self._fail(start, f"'{match[0][:40]}' is no JSON value: write {hint}")
        return self._scalar(_CONSTANTS[match[0]], start, match.end(), "")

    def _string(self, start: int) -> tuple[str, int]:
        try:
            value: str
            value, end = _DECODER.raw_decode(self._text, start)
            return value, end
        except JSONDecodeError as error:
            meanings = {
                "Unterminated string": "the quote opened here is never closed",
                "Invalid control": r"a line break or control character in a string: write \n, \t or \u00XX",
                "Invalid \\": "the backslash begins no escape that JSON knows: double it",
            }
            meaning = next((m for known, m in meanings.items() if error.msg.startswith(known)), error.msg)
            self._fail(error.pos, meaning)

    def _object(self, start: int, depth: int) -> tuple[Node, int]:
        entries: dict[str, tuple[int, Node]] = {}
        node = MappingNode(entries, self._line(start))
        offset = self._skip(start + 1)
        if self._text[offset : offset + 1] == "}":
            return node, self._skip(offset + 1)
        while True:
            if self._text[offset : offset + 1] != '"':
                self._fail(offset, "a key in double quotes is expected here (and no ',' before '}')")
            line = self._line(offset)
            key, end = self._string(offset)
            colon = self._skip(end)
            if self._text[colon : colon + 1] != ":":
                self._fail(colon, f"':' is expected after the key '{key[:40]}'")
            value, offset = self._value(self._skip(colon + 1), depth + 1)
            if key in entries:
                node.duplicates = [*(node.duplicates or ()), (key, line, entries[key][0])]
            else:
                entries[key] = (line, value)
            character = self._text[offset : offset + 1]
            if character == "}":
                return node, self._skip(offset + 1)
            if character != ",":
                self._fail(
                    offset, f"',' or '}}' is expected here, in the object that begins on line {node.line}"
                )
            offset = self._skip(offset + 1)

    def _array(self, start: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        node = SequenceNode(items, self._line(start))
        offset = self._skip(start + 1)
        if self._text[offset : offset + 1] == "]":
            return node, self._skip(offset + 1)
        while True:
            item, offset = self._value(offset, depth + 1)
            items.append(item)
            character = self._text[offset : offset + 1]
            if character == "]":
                return node, self._skip(offset + 1)
            if character != ",":
                self._fail(
                    offset, f"',' or ']' is expected here, in the list that begins on line {node.line}"
                )
            offset = self._skip(offset + 1)


def _number(match: re.Match[str]) -> JsonValue:
    whole, fraction, exponent = match.groups()
    if fraction is None and exponent is None:
        return int(whole) if len(whole) < 4000 else float("inf")
    return float(match[0])
