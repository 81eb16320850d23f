"""The values of a plan file with the places where they stand, whatever the file's syntax.

Nodes are made once for every value of a plan, 100,000 atoms' worth at a time: they are plain slotted
classes, and the keys of a mapping have no node of their own.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from mge_toolkit.core.errors import PlanError, Problem
from mge_toolkit.core.plans import JsonValue, Position, Source

BLOCK = "|"
"""The style of a literal block scalar, whose lines are lines of the file."""

MAX_DEPTH = 100
"""How deep values may nest. Deeper ones are not written by people and would exhaust the stack."""

TOO_DEEP = f"values nest more than {MAX_DEPTH} levels deep: flatten them"

LONE_SURROGATE = "a lone surrogate cannot be written as UTF-8: remove it"

_HEADER = re.compile(r"[^\r\n]*(?:\r\n?|\n)(?: *(?:\r\n?|\n))*( *)")
_LEADING = re.compile(r"(?: *\n)*( *)")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Scalar:
    """A single value. ``start`` and ``end`` are its offsets in the file's text, quotes included.

    ``line`` counts from 1, ``column`` from 0. ``style`` is ``|``, ``>``, a quote, or empty for a plain word.
    """

    value: JsonValue
    line: int
    column: int
    start: int
    end: int
    style: str


@dataclass(slots=True)
class MappingNode:
    """A mapping: each key with its line and its value. ``duplicates``: key, its line, the first one's."""

    entries: dict[str, tuple[int, Node]]
    line: int
    duplicates: list[tuple[str, int, int]] | None = None


@dataclass(slots=True)
class SequenceNode:
    """A list of values."""

    items: list[Node]
    line: int


Node: TypeAlias = Scalar | MappingNode | SequenceNode


class Report:
    """Collects the problems of one file."""

    def __init__(self, file: str) -> None:
        """Start with none."""
        self.file = file
        self._problems: dict[Problem, int] = {}

    def add(self, line: int, message: str, atom_id: str | None = None, column: int | None = None) -> None:
        """Note a problem; the same one twice (an anchor used twice) counts once."""
        problem = Problem(position=self.position(line, column), message=message, atom_id=atom_id)
        self._problems.setdefault(problem, line)

    def position(self, line: int, column: int | None) -> Position:
        """Return the place that a line of the file is for the user."""
        return Position(file=self.file, line=line, column=column)

    def duplicates(self, node: MappingNode, atom_id: str | None = None) -> None:
        """Note the keys that a mapping has twice."""
        for key, line, first in node.duplicates or ():
            self.add(line, f"duplicate key '{key}' (first given on line {first}): keep one of them", atom_id)

    def error(self) -> PlanError:
        """Return the error that lists what was found, in the file's order."""
        return PlanError(sorted(self._problems, key=self._problems.__getitem__))

    @property
    def clean(self) -> bool:
        """Tell whether nothing was found."""
        return not self._problems

    def raise_any(self) -> None:
        """Raise :class:`PlanError` where there is anything to report."""
        if self._problems:
            raise self.error()


def kind(node: Node) -> str:
    """Return what a value is, in the words of a message."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {shortened(value)}"
    return f"the number {value}"


def has_lone_surrogate(text: str) -> bool:
    """Return whether a text holds half of a pair of surrogates, as JSON's escapes can spell it."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def shortened(text: str) -> str:
    """Return ``text`` quoted on one line, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def text_source(node: Scalar, value: str, text: str, file: str) -> Source:
    """Return the source that stands in ``node`` of the file that holds ``text``.

    Exact for literal blocks and for one-line scalars without escapes: what stands in the file is the code.
    """
    if node.style == BLOCK:
        header = _HEADER.match(text, node.start, node.end)
        leading = _LEADING.match(value)
        columns = len(header[1]) if header else 0
        indent = max(0, columns - (len(leading[1]) if leading else 0))
        return Source(text=value, file=file, line=node.line + 1, indent=indent)
    quote = 1 if node.style in {'"', "'"} else 0
    written = node.end - node.start == len(value) + 2 * quote and text.startswith(value, node.start + quote)
    if written and "\n" not in value:
        return Source(text=value, file=file, line=node.line, indent=node.column + quote)
    return Source(text=value, file=file, line=node.line, exact=False)


def plain(node: Node, report: Report, atom_id: str | None = None) -> JsonValue:
    """Return the JSON value that ``node`` stands for, and report what JSON cannot hold."""
    if isinstance(node, Scalar):
        value = node.value
        if isinstance(value, float) and not math.isfinite(value):
            report.add(
                node.line, "a number that is not finite or too large is no JSON value: quote it", atom_id
            )
        elif isinstance(value, str) and has_lone_surrogate(value):
            report.add(node.line, LONE_SURROGATE, atom_id)
        return value
    if isinstance(node, SequenceNode):
        return [plain(item, report, atom_id) for item in node.items]
    if node.duplicates:
        report.duplicates(node, atom_id)
    for key, (line, _) in node.entries.items():
        if has_lone_surrogate(key):
            report.add(line, LONE_SURROGATE, atom_id)
    return {key: plain(value, report, atom_id) for key, (_, value) in node.entries.items()}


def measure(node: Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how much a value amounts to when it is written out, and how deep it nests.

    Long texts count more. ``known`` holds the measures of shared values, by ``id``, so that none is walked
    twice: a value made of aliases of aliases may stand for more than any memory holds.
    """
    found = known.get(id(node))
    if found is not None:
        return found
    if isinstance(node, Scalar):
        return 1 + (len(node.value) // 100 if isinstance(node.value, str) else 0), 0
    children = node.items if isinstance(node, SequenceNode) else [value for _, value in node.entries.values()]
    measures = [measure(child, known) for child in children]
    total = 1 + sum(weight for weight, _ in measures)
    return total, 1 + max((depth for _, depth in measures), default=0)
