"""What tells a value that the plan's code meant, and misnamed, from one that a candidate gives away.

``None`` in JavaScript is an unknown name, and ``null`` in its place is what the author meant.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from tree_sitter import Node

from mge_toolkit.retry.gate.javascript.syntax import NOTHING, constant, key_name, text_of, unwrapped
from mge_toolkit.retry.gate.literals import key
from mge_toolkit.retry.gate.words import WORDS

Kept: TypeAlias = Callable[[Node | None], bool]
"""Says whether a constant stands in the plan's code too, there perhaps with another language's words in it."""

_DEPTH: Final = 20
_BINDING: Final = frozenset(
    {"variable_declarator", "function_declaration", "class_declaration", "assignment_expression"}
)
_PARAMETERS: Final = frozenset(
    {"formal_parameters", "required_parameter", "optional_parameter", "import_specifier"}
)


def kept_of(root: Node) -> Kept:
    """Return what tells the values of a program."""
    found = _values(root)

    def kept(node: Node | None) -> bool:
        value = constant(node)
        return value is not NOTHING and key(value) in found

    return kept


def is_same(root: Node, old: Node, new: Node) -> bool:
    """Return whether ``new`` is the constant that ``old``, which stands below ``root``, was meant to be."""
    value = constant(new)
    return value is not NOTHING and _meant(old, _bound(root), 0) == key(value)


@lru_cache(maxsize=8)
def _values(root: Node) -> frozenset[str]:
    bound = _bound(root)
    found: set[str] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        value = _meant(node, bound, 0)
        if value is not None:
            found.add(value)
        stack.extend(node.named_children)
    return frozenset(found)


@lru_cache(maxsize=8)
def _bound(root: Node) -> frozenset[str]:
    """Return those of the words that the program uses as names of its own."""
    found: set[str] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in _BINDING:
            found.add(text_of(node.child_by_field_name("name") or node.child_by_field_name("left")))
        elif node.type in _PARAMETERS:
            found.update(text_of(child) for child in node.named_children)
        elif node.type == "arrow_function":
            found.add(text_of(node.child_by_field_name("parameter")))
        stack.extend(node.named_children)
    return frozenset(found & WORDS.keys())


def _meant(node: Node | None, bound: frozenset[str], depth: int) -> str | None:
    """Return the key of the constant that an expression was meant to be, ``None`` where it is more than that."""
    node = unwrapped(node)
    if node is None or depth > _DEPTH:
        return None
    if node.type == "identifier":
        word = text_of(node)
        return key(WORDS[word]) if word in WORDS and word not in bound else None
    if node.type == "array":
        return _within("[", [_meant(child, bound, depth + 1) for child in node.named_children], "]")
    if node.type == "object":
        pairs = [pair for pair in node.named_children if pair.type == "pair"]
        if len(pairs) < len(node.named_children):
            return None
        values = [_meant(pair.child_by_field_name("value"), bound, depth + 1) for pair in pairs]
        named = [None if v is None else f"{key(key_name(p))}:{v}" for p, v in zip(pairs, values, strict=True)]
        return _within("{", named, "}")
    value = constant(node)
    return None if value is NOTHING else key(value)


def _within(opening: str, parts: list[str | None], closing: str) -> str | None:
    """Return the key of what holds other constants, as :func:`~mge_toolkit.retry.gate.literals.key` writes it."""
    known = [part for part in parts if part is not None]
    return None if len(known) < len(parts) else "".join((opening, *(f"{part}," for part in known), closing))
