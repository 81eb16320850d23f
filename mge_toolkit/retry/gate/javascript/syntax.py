"""Parse JavaScript and TypeScript for the gate, and read constants off their trees.

Tree-sitter takes any text: where a source is broken, the rest of it is still understood.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser

from mge_toolkit.retry.gate.literals import Literal

LARGEST: Final = 200_000
NOTHING: Final = object()
"""Stands for "no constant"; ``None`` is one."""
UNDEFINED: Final = None  # a check that asks for null takes undefined too, loosely compared

FUNCTIONS: Final = frozenset(
    {"function_declaration", "generator_function_declaration", "function_expression", "generator_function",
     "arrow_function", "method_definition", "class_static_block"}
)  # fmt: skip
LEAVES: Final = frozenset({"return_statement", "throw_statement", "continue_statement", "break_statement"})
_BLOCKS: Final = frozenset({"program", "statement_block", "switch_case", "switch_default"})
_WRAPPERS: Final = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
    }
)
_WORDS: Final = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f", "v": "\v", "\n": ""}
_CODE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\})")
_DEPTH: Final = 30
_LONG: Final = 12


@lru_cache(maxsize=2)
def _parser(typescript: bool) -> Parser:
    if typescript:
        import tree_sitter_typescript

        return Parser(Grammar(tree_sitter_typescript.language_typescript()))
    import tree_sitter_javascript

    return Parser(Grammar(tree_sitter_javascript.language()))


@lru_cache(maxsize=8)
def parsed(text: str, typescript: bool) -> Node:
    """Return the root of the tree of ``text``."""
    return _parser(typescript).parse(text[:LARGEST].encode("utf-8", "replace")).root_node


def text_of(node: Node | None) -> str:
    """Return a node's source."""
    return "" if node is None else (node.text or b"").decode("utf-8", "replace")


def line_of(node: Node) -> int:
    """Return the line (from 1) that a node begins on."""
    return node.start_point.row + 1


def live(root: Node) -> Iterator[Node]:
    """Yield every named node that can be reached: nothing after a ``return``, nothing under ``if (false)``."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if node.type in ("if_statement", "ternary_expression"):
            truth = truth_of(node.child_by_field_name("condition"))
            for name in ("condition", "consequence", "alternative"):
                dead = (name, truth) in (("consequence", False), ("alternative", True))
                child = node.child_by_field_name(name)
                if child is not None and not dead:
                    stack.append(child)
            continue
        children = node.named_children
        stack.extend(reversed(reachable(children) if node.type in _BLOCKS else children))


def reachable(children: list[Node]) -> list[Node]:
    """Return statements up to the first that leaves their block, and the functions below it, which are hoisted."""
    for number, child in enumerate(children):
        if child.type in LEAVES:
            rest = [c for c in children[number + 1 :] if c.type == "function_declaration"]
            return children[: number + 1] + rest
    return children


def unwrapped(node: Node | None) -> Node | None:
    """Return an expression without the parentheses and type assertions around it."""
    while node is not None and node.type in _WRAPPERS and node.named_children:
        node = node.named_children[-1 if node.type == "type_assertion" else 0]
    return node


def truth_of(node: Node | None) -> bool | None:
    """Return what a condition always is, or ``None`` where that depends on something."""
    node = unwrapped(node)
    if node is None:
        return None
    if node.type == "binary_expression":
        operator = text_of(node.child_by_field_name("operator"))
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator in ("||", "&&"):
            found = (truth_of(left), truth_of(right))
            decisive = operator == "||"
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        same = text_of(left) == text_of(right) and left is not None and left.type == "identifier"
        return True if same and operator in ("==", "===", "<=", ">=") else None
    if node.type == "unary_expression" and text_of(node.child_by_field_name("operator")) == "!":
        truth = truth_of(node.child_by_field_name("argument"))
        return None if truth is None else not truth
    if node.type in ("array", "object", "regex", "arrow_function", "function_expression"):
        return True
    value = constant(node)
    if value is NOTHING:
        return None
    return False if isinstance(value, float) and math.isnan(value) else bool(value)


def constant(node: Node | None, depth: int = 0) -> Literal:
    """Return the constant that an expression is, else :data:`NOTHING`."""
    node = unwrapped(node)
    if node is None or depth > _DEPTH:
        return NOTHING
    kind = node.type
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "identifier":
        return {"undefined": UNDEFINED, "NaN": math.nan, "Infinity": math.inf}.get(text_of(node), NOTHING)
    if kind == "number":
        return _number(text_of(node))
    if kind in ("string", "template_string"):
        return _string(node)
    if kind == "unary_expression":
        value = constant(node.child_by_field_name("argument"), depth + 1)
        negative = text_of(node.child_by_field_name("operator")) == "-"
        if negative and isinstance(value, int | float) and not isinstance(value, bool):
            return -value
        return NOTHING
    if kind == "array":
        items = [constant(child, depth + 1) for child in node.named_children]
        return NOTHING if any(item is NOTHING for item in items) else items
    if kind == "object":
        return _object(node, depth)
    return NOTHING


def _number(text: str) -> Literal:
    text = text.replace("_", "").rstrip("n").lower()
    try:
        return int(text, 0) if text[:2] in ("0x", "0o", "0b") else _shortest(float(text))
    except (ValueError, OverflowError):
        return NOTHING


def _shortest(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _string(node: Node) -> Literal:
    parts = []
    for child in node.named_children:
        if child.type == "template_substitution":
            return NOTHING
        text = text_of(child)
        parts.append(_escaped(text) if child.type == "escape_sequence" else text)
    return "".join(parts)


def _escaped(text: str) -> str:
    code = _CODE.fullmatch(text)
    if code is not None:
        number = int(code[1] or code[2] or code[3], 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    return _ESCAPES.get(text[1:], text[1:])


def _object(node: Node, depth: int) -> Literal:
    found: dict[str, Literal] = {}
    for pair in node.named_children:
        if pair.type != "pair":
            return NOTHING
        value = constant(pair.child_by_field_name("value"), depth + 1)
        if value is NOTHING:
            return NOTHING
        found[key_name(pair)] = value
    return found


def key_name(pair: Node) -> str:
    """Return the key of an object's entry, as text."""
    name = pair.child_by_field_name("key")
    value = constant(name) if name is not None and name.type in ("string", "number") else NOTHING
    return text_of(name) if value is NOTHING else str(value)


def dotted(node: Node | None) -> str | None:
    """Return ``a.b.c`` for a member of a member of a name (``a["b"]`` too), else ``None``."""
    names: list[str] = []
    node = unwrapped(node)
    while (
        len(names) < _LONG and node is not None and node.type in ("member_expression", "subscript_expression")
    ):
        if node.type == "member_expression":
            names.append(text_of(node.child_by_field_name("property")))
        else:
            index = constant(node.child_by_field_name("index"))
            if not isinstance(index, str):
                return None
            names.append(index)
        node = unwrapped(node.child_by_field_name("object"))
    if node is None or node.type not in ("identifier", "this"):
        return None
    return ".".join((text_of(node), *reversed(names)))
