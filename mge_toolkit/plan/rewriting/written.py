"""A plan's text as it is written: every value with its place, aliases and merges not yet resolved.

The loader's own nodes say what a plan means and forget how it says so; to change one value and nothing else, one
must know where an alias stands and which mapping an anchor belongs to. The text has been loaded before, so that it
is known to be well-formed, of bounded depth, and without an alias inside its own anchor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from mge_toolkit.core.plans import JsonValue
from mge_toolkit.plan.syntax.json_text import read_json, read_json_lines
from mge_toolkit.plan.syntax.nodes import MappingNode, Node, Report, Scalar

JSON = "json"
"""The style of a JSON string; YAML's are ``|``, ``>``, a quote, and nothing for a plain word."""

_PROPERTIES = re.compile(r"(?:[&!]\S*(?:[ \t]|#[^\r\n]*|\r\n?|\n)*)+")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True, eq=False)
class Leaf:
    """A single value from ``start`` to ``end``, anchor and tag left out."""

    value: JsonValue
    start: int
    end: int
    style: str
    flow: bool


@dataclass(slots=True, eq=False)
class Alias:
    """A reference to an anchored value."""

    target: Written
    start: int
    end: int
    flow: bool


@dataclass(slots=True, eq=False)
class Entry:
    """One key of a mapping, which begins at ``start``, and its value. ``merges`` is true for ``<<``."""

    key: str
    start: int
    column: int
    merges: bool
    value: Written


@dataclass(slots=True, eq=False)
class Map:
    """A mapping. ``inside`` is where the text behind its opening brace begins, if it has one."""

    flow: bool
    inside: int
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Items:
    """A list."""

    values: list[Written] = field(default_factory=list)


Written: TypeAlias = Leaf | Alias | Map | Items


def resolved(value: Written) -> Leaf | Map | Items:
    """Return what an alias stands for, or the value itself."""
    while isinstance(value, Alias):
        value = value.target
    return value


def members(mapping: Map) -> Iterator[tuple[Entry, bool]]:
    """Yield the entries that a mapping has in effect, and whether ``<<`` brought them, its own first."""
    seen: set[str] = set()
    for entry in mapping.entries:
        if not entry.merges and entry.key not in seen:
            seen.add(entry.key)
            yield entry, False
    for entry in mapping.entries:
        if not entry.merges:
            continue
        value = resolved(entry.value)
        for source in value.values if isinstance(value, Items) else [value]:
            merged = resolved(source)
            for found, _ in members(merged) if isinstance(merged, Map) else ():
                if found.key not in seen:
                    seen.add(found.key)
                    yield found, True


class YamlText:
    """Reads YAML into :data:`Written` values; ``aliases`` are all that stand in it."""

    def __init__(self, text: str) -> None:
        """Read ``text``."""
        self.aliases: list[Alias] = []
        self._text = text
        self._anchors: dict[str, Written] = {}
        loader = _LOADER(text)
        try:
            self._next: Callable[[], Any] = loader.get_event
            self._next()
            self._next()
            self.root = self._value(self._next(), flow=False)
        finally:
            loader.dispose()

    def _value(self, event: Any, *, flow: bool) -> Written:
        start, end = event.start_mark.index, event.end_mark.index
        value: Written
        if type(event) is yaml.AliasEvent:
            value = Alias(self._anchors[str(event.anchor)], start, end, flow)
            self.aliases.append(value)
            return value
        if type(event) is yaml.ScalarEvent:
            properties = _PROPERTIES.match(self._text, start, end) if event.anchor or event.tag else None
            value = Leaf(event.value, properties.end() if properties else start, end, event.style or "", flow)
            self._remember(event, value)
        elif type(event) is yaml.MappingStartEvent:
            value = Map(flow=flow or bool(event.flow_style), inside=end)
            self._remember(event, value)
            self._entries(value)
        else:
            value = Items()
            self._remember(event, value)
            within = flow or bool(event.flow_style)
            while type(item := self._next()) is not yaml.SequenceEndEvent:
                value.values.append(self._value(item, flow=within))
        return value

    def _remember(self, event: Any, value: Written) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = value

    def _entries(self, mapping: Map) -> None:
        while type(event := self._next()) is not yaml.MappingEndEvent:
            start, column = event.start_mark.index, event.start_mark.column
            key = self._value(event, flow=True)
            named = resolved(key)
            merges = isinstance(key, Leaf) and key.value == "<<" and not key.style and event.implicit[0]
            value = self._value(self._next(), flow=mapping.flow)
            name = str(named.value) if isinstance(named, Leaf) else ""
            mapping.entries.append(Entry(name, start, column, merges, value))


def json_value(text: str) -> Written:
    """Return the value in a JSON text."""
    return _from_node(read_json(text, Report("")))


def json_lines(text: str) -> list[Written]:
    """Return the value on each line of a JSON Lines text that has one."""
    return [_from_node(node) for node in read_json_lines(text, Report(""))]


def _from_node(node: Node) -> Written:
    if isinstance(node, Scalar):
        return Leaf(node.value, node.start, node.end, JSON, flow=True)
    if isinstance(node, MappingNode):
        entries = [Entry(key, 0, 0, False, _from_node(value)) for key, (_, value) in node.entries.items()]
        return Map(flow=True, inside=0, entries=entries)
    return Items([_from_node(item) for item in node.items])
