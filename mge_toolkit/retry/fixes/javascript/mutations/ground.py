"""A program that runs and does not do what was asked, as the families of edits see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from tree_sitter import Node

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Role
from mge_toolkit.retry.fixes.javascript.source.edits import Change, Edit, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import FUNCTIONS, Program, nearest, text_of
from mge_toolkit.retry.fixes.javascript.source.scopes import Scopes, scopes_of

_PASSED_OVER: Final = frozenset(
    {
        "comment",
        "import_statement",
        "type_annotation",
        "type_arguments",
        "type_parameters",
        "interface_declaration",
        "type_alias_declaration",
        "formal_parameters",
    }
)
_SIMPLE: Final = frozenset(
    {
        "identifier",
        "number",
        "string",
        "member_expression",
        "subscript_expression",
        "call_expression",
        "parenthesized_expression",
        "this",
        "true",
        "false",
        "null",
        "array",
        "template_string",
    }
)

Mutation: TypeAlias = tuple[Change, float]
"""An edit and how unlikely it is to be what was meant, from 0."""

Family: TypeAlias = Callable[["Ground"], Iterator[Mutation]]
"""Yields edits of one kind, in the order of the program's text."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One program. ``nodes`` are those in which mistakes of logic can lie: no signatures, types and imports."""

    case: RepairCase
    program: Program

    @cached_property
    def nodes(self) -> list[Node]:
        """Return the nodes in the order of the text."""
        found, stack = [], [self.program.root]
        while stack:
            node = stack.pop()
            if node.type in _PASSED_OVER:
                continue
            found.append(node)
            stack.extend(reversed(node.children))
        return found

    @cached_property
    def by_kind(self) -> dict[str, list[Node]]:
        """Return the nodes by their kind."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            if node.is_named:
                found.setdefault(node.type, []).append(node)
        return found

    @cached_property
    def scopes(self) -> Scopes:
        """Return the program's names."""
        return scopes_of(self.program.root)

    @cached_property
    def suspects(self) -> frozenset[int]:
        """Return the lines of the code that were running when it failed."""
        raised = self.case.raised
        frames = () if raised is None else raised.frames
        lines = {
            frame.line for frame in frames if frame.role is Role.CODE and frame.atom_id == self.case.atom.id
        }
        failure = self.case.failure
        if failure.role is Role.CODE and failure.line is not None:
            lines.add(failure.line)
        return frozenset(lines)

    def of(self, *kinds: str) -> Iterator[Node]:
        """Yield the nodes of some kinds."""
        for kind in kinds:
            yield from self.by_kind.get(kind, ())


def put(node: Node, text: str, note: str) -> Change:
    """Return the change of a node's whole text."""
    return change(replacement(node.start_byte, node.end_byte, text, note))


def put_edit(node: Node, text: str, note: str = "") -> Edit:
    """Return the edit of a node's whole text."""
    return replacement(node.start_byte, node.end_byte, text, note)


def wrapped(node: Node, before: str, after: str, note: str) -> Change:
    """Return the change that puts text around a node."""
    return change(insertion(node.start_byte, before, note), insertion(node.end_byte, after, note))


def exchanged(first: Node, second: Node, note: str) -> Change:
    """Return the change that swaps two nodes' texts."""
    return change(put_edit(first, text_of(second), note), put_edit(second, text_of(first)))


def operator_of(node: Node) -> Node | None:
    """Return the operator of an expression."""
    return node.child_by_field_name("operator")


def sides(node: Node) -> tuple[Node, Node] | None:
    """Return both operands of a binary expression."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    return None if left is None or right is None else (left, right)


def atomic(node: Node) -> str:
    """Return a node's text, in parentheses where an operator beside it would tear it apart."""
    text = text_of(node)
    return text if node.type in _SIMPLE else f"({text})"


def function_of(node: Node) -> Node | None:
    """Return the function around a node."""
    return nearest(node, lambda one: one.type in FUNCTIONS)


def short(text: str) -> str:
    """Return a text for people."""
    one = " ".join(text.split())
    return one if len(one) <= 32 else f"{one[:18]} … {one[-10:]}"


def line_removal(ground: Ground, node: Node) -> tuple[int, int]:
    """Return the span of a statement with the blanks before it."""
    source = ground.program.source
    start = node.start_byte
    line_start = source.rfind(b"\n", 0, start) + 1
    if not source[line_start:start].strip():
        start = max(line_start - 1, 0)
    return start, node.end_byte
