"""YAML text to nodes, from PyYAML's parser events.

The events of libyaml cost a seventh of a load with PyYAML's constructors, and they keep what those throw away:
lines, block styles, duplicate keys. Plain words mean what YAML 1.2 says: only ``true`` and ``false`` are
booleans, a number is decimal and has no leading zero, and ``no``, ``12:30``, ``0o17`` or a date are text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

import yaml

from mge_toolkit.core.plans import JsonValue
from mge_toolkit.plan.syntax.nodes import (
    MAX_DEPTH,
    TOO_DEEP,
    MappingNode,
    Node,
    Report,
    Scalar,
    SequenceNode,
    measure,
)
from mge_toolkit.plan.syntax.yaml_words import control_character, in_plain_words

MAX_ALIASED: Final = 1_000_000
"""How many values the aliases of one file may stand for together; texts count one per 100 characters."""

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_STARTS = frozenset("-+.0123456789")
_WORDS: Final[dict[str, JsonValue]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:[ \t]|#[^\r\n]*|\r\n?|\n)*)+")
_STANDARD = "tag:yaml.org,2002:"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def resolve(word: str) -> JsonValue:
    """Return what a plain word means."""
    if word in _WORDS:
        return _WORDS[word]
    if word[0] in _NUMBER_STARTS:
        if _INTEGER.fullmatch(word):
            return int(word) if len(word) < 4000 else float("inf")
        if _FLOAT.fullmatch(word):
            return float(word)
        if _INFINITE.fullmatch(word):
            return float("inf")
    return word


def read_yaml(text: str, report: Report) -> Node:
    """Return the one document in ``text``. Raises :class:`PlanError` where it is no YAML."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        report.add(line, "a lone surrogate is no character: remove it")
        raise report.error() from None
    loader = _LOADER(text)
    composer = _Composer(loader.get_event, text, report)
    try:
        return composer.document()
    except yaml.reader.ReaderError:
        line, column, message = control_character(text)
        report.add(line, message, None, column)
        raise report.error() from None
    except yaml.MarkedYAMLError as error:
        line, place, message = in_plain_words(error, text)
        report.add(line, message, None, place)
        raise report.error() from None
    finally:
        loader.dispose()


class _Composer:
    """Builds nodes from events, whose classes are told apart by identity: they have no subclasses."""

    def __init__(self, next_event: Callable[[], Any], text: str, report: Report) -> None:
        """Start before the first event."""
        self._next: Callable[[], Any] = next_event
        self._text = text
        self._report = report
        self._anchors: dict[str, Node | None] = {}
        self._measures: dict[int, tuple[int, int]] = {}
        self._aliased = 0

    def document(self) -> Node:
        """Return the only document of the stream."""
        self._next()
        if type(self._next()) is yaml.StreamEndEvent:
            self._fail(1, "the file is empty: a plan needs at least 'atoms:'")
        node = self._node(self._next(), 0)
        self._next()
        event = self._next()
        line = event.start_mark.line + 1
        if type(event) is yaml.DocumentStartEvent:
            self._fail(line, "a second document starts here: a plan is one document, so remove the '---'")
        return node

    def _fail(self, line: int, message: str) -> NoReturn:
        self._report.add(line, message)
        raise self._report.error()

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        line = event.start_mark.line + 1
        if kind is yaml.AliasEvent:
            return self._alias(event.anchor, line, depth)
        if depth >= MAX_DEPTH:
            self._fail(line, TOO_DEEP)
        anchor = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        is_mapping = kind is yaml.MappingStartEvent
        if event.tag is not None and event.tag != _STANDARD + ("map" if is_mapping else "seq"):
            self._report_tag(event.tag, line)
        node = self._mapping(line, depth + 1) if is_mapping else self._sequence(line, depth + 1)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _sequence(self, line: int, depth: int) -> SequenceNode:
        items: list[Node] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._node(event, depth))
        return SequenceNode(items, line)

    def _mapping(self, line: int, depth: int) -> MappingNode:
        entries: dict[str, tuple[int, Node]] = {}
        node = MappingNode(entries, line)
        merged: list[Node] = []
        next_event, scalar = self._next, yaml.ScalarEvent
        while type(event := next_event()) is not yaml.MappingEndEvent:
            key_line = event.start_mark.line + 1
            merges = False
            if type(event) is scalar and event.anchor is None and event.tag is None:
                key = event.value
                merges = key == "<<" and event.implicit[0]
            else:
                key = self._key(event, key_line)
            event_of_value = next_event()
            plain_scalar = type(event_of_value) is scalar and event_of_value.anchor is None
            value = self._scalar(event_of_value) if plain_scalar else self._node(event_of_value, depth)
            if merges:
                merged.append(value)
            elif key in entries:
                node.duplicates = [*(node.duplicates or ()), (key, key_line, entries[key][0])]
            else:
                entries[key] = (key_line, value)
        for value in merged:
            self._merge(entries, value)
        return node

    def _key(self, event: Any, line: int) -> str:
        """Return a key that is not simply written there."""
        node: Node | None = None
        if type(event) is yaml.ScalarEvent:
            self._scalar(event)
            key: str = event.value
            return key
        if type(event) is yaml.AliasEvent:
            node = self._alias(str(event.anchor), line, 0)
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self._fail(line, "a key must be one plain word, not a list or a mapping: quote it if it is text")
        return node.value

    def _merge(self, entries: dict[str, tuple[int, Node]], value: Node) -> None:
        """Add what ``<<`` refers to; the mapping's own keys and earlier references win."""
        for source in value.items if isinstance(value, SequenceNode) else [value]:
            if not isinstance(source, MappingNode):
                self._report.add(
                    source.line, "'<<' merges mappings: give it an alias of one, such as '<<: *base'"
                )
                continue
            for key, entry in source.entries.items():
                entries.setdefault(key, entry)

    def _scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark, event.end_mark
        text: str = event.value
        value: JsonValue = resolve(text) if event.implicit[0] else text
        if event.anchor is None and event.tag is None:
            return Scalar(value, start.line + 1, start.column, start.index, end.index, event.style)
        # The event begins at its anchor or tag; the text itself may even begin on a later line.
        properties = _PROPERTIES.match(self._text, start.index, end.index)
        offset = properties.end() if properties else start.index
        passed = self._text[start.index : offset]
        line = start.line + 1 + passed.count("\n")
        column = len(passed) - passed.rfind("\n") - 1 if "\n" in passed else start.column + len(passed)
        if event.tag is not None:
            value = self._tagged(event.tag, text, line)
        node = Scalar(value, line, column, offset, end.index, event.style)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _tagged(self, tag: str, text: str, line: int) -> JsonValue:
        """Return the value of a tagged scalar: ``!!str`` makes text of anything, other types only confirm."""
        if tag in {"!", _STANDARD + "str"}:
            return text
        value = resolve(text)
        kinds = {"int": int, "float": float, "bool": bool, "null": type(None)}
        if type(value) is not kinds.get(tag.removeprefix(_STANDARD)):
            self._report_tag(tag, line)
        return value

    def _report_tag(self, tag: str, line: int) -> None:
        shown = "!!" + tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else tag
        self._report.add(line, f"the tag '{shown}' means nothing here: write the value without it")

    def _alias(self, anchor: str, line: int, depth: int) -> Node:
        if anchor not in self._anchors:
            self._fail(line, f"the alias '*{anchor}' has no anchor: put '&{anchor}' before a value above it")
        node = self._anchors[anchor]
        if node is None:
            self._fail(line, f"the alias '*{anchor}' stands inside its own anchor: remove it")
        found = self._measures[id(node)] = measure(node, self._measures)
        if depth + found[1] > MAX_DEPTH:
            self._fail(line, TOO_DEEP)
        self._aliased += found[0]
        if self._aliased > MAX_ALIASED:
            self._fail(line, f"aliases stand for more than {MAX_ALIASED:,} values: write fewer of them")
        return node
