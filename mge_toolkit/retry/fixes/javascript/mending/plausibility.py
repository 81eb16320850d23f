"""How odd a program is that parses: of several ways to make it parse, the one that people would write is meant."""

from __future__ import annotations

from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.source.builtins import GLOBALS
from mge_toolkit.retry.fixes.javascript.source.parsing import Program, text_of, walk
from mge_toolkit.retry.fixes.javascript.source.scopes import Scopes

_EFFECTS: Final = frozenset(
    {
        "assignment_expression",
        "augmented_assignment_expression",
        "await_expression",
        "call_expression",
        "new_expression",
        "string",
        "update_expression",
        "yield_expression",
    }
)
_STEPS: Final = _EFFECTS | {"sequence_expression"}
_CONDITIONS: Final = frozenset({"if_statement", "while_statement", "do_statement"})


def oddity(program: Program, scopes: Scopes, known: frozenset[str] = frozenset()) -> float:
    """Return how odd a program is, from 0. ``known`` are names that come from elsewhere."""
    total = 0.0
    for node in walk(program.root):
        total += _odd(node)
    names = {use.name for use in scopes.unresolved() if not use.assigned}
    total += 0.5 * len(names - GLOBALS - known)
    assigned = {use.name for use in scopes.unresolved() if use.assigned}
    total += 0.35 * len(assigned - GLOBALS - known)
    return total + 0.8 * len(scopes.clashes)


def _odd(node: Node) -> float:
    """Return how odd one node is."""
    kind = node.type
    if kind == "expression_statement":
        return _idle(node)
    if kind == "sequence_expression":
        loop = node.parent is not None and node.parent.type == "for_statement"
        return 0.0 if loop else 0.5
    if kind == "labeled_statement":
        return 0.6
    if kind == "empty_statement":
        parent = node.parent
        return 0.6 if parent is not None and parent.type not in ("program", "statement_block") else 0.05
    if kind == "call_expression":
        return _call(node)
    if kind == "parenthesized_expression":
        return _condition(node)
    if kind == "subscript_expression":
        base = node.child_by_field_name("object")
        return 0.4 if base is not None and base.type in ("number", "arrow_function") else 0.0
    if kind == "for_statement":
        step = node.child_by_field_name("increment")
        return 0.6 if step is not None and step.type not in _STEPS else 0.0
    if kind in ("binary_expression", "member_expression"):
        return _operands(node)
    if (
        kind == "statement_block"
        and node.parent is not None
        and node.parent.type in ("program", "statement_block")
    ):
        return 0.4
    return 0.0


def _idle(node: Node) -> float:
    """Return the oddity of a statement without an effect."""
    inner = node.named_children[0] if node.named_child_count else None
    if inner is None or inner.type in _EFFECTS:
        return 0.0
    if inner.type == "parenthesized_expression":
        return 0.0 if "=>" in text_of(inner) or "function" in text_of(inner) else 0.5
    if inner.type in ("ternary_expression", "internal_module"):
        return 0.2
    if inner.type == "binary_expression" and text_of(inner.child_by_field_name("operator")) in (
        "&&",
        "||",
        "??",
    ):
        return 0.2
    return 0.6


def _call(node: Node) -> float:
    """Return the oddity of a call: of a literal, or of what lies on the line before."""
    function = node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return 0.0
    if function.type in ("number", "string", "array", "object", "arrow_function", "binary_expression"):
        return 0.7
    if arguments.type == "template_string":
        return 0.4
    return 0.5 if arguments.start_point.row > function.end_point.row else 0.0


def _condition(node: Node) -> float:
    """Return the oddity of an assignment as a condition."""
    parent = node.parent
    if parent is None or parent.type not in _CONDITIONS or not node.named_child_count:
        return 0.0
    inner = node.named_children[0].type
    return 0.4 if inner == "assignment_expression" else 0.3 if inner in ("object", "array", "string") else 0.0


def _operands(node: Node) -> float:
    """Return the oddity of an operator between values it makes no sense for."""
    if node.type == "member_expression":
        base = node.child_by_field_name("object")
        return 0.4 if base is not None and base.type == "number" else 0.0
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return 0.0
    mark = text_of(node.child_by_field_name("operator"))
    comparison = mark in ("<", ">", "<=", ">=")
    chained = comparison and left.type == "binary_expression" and _mark(left) in ("<", ">", "<=", ">=")
    objects = mark not in ("==", "===", "!=", "!==", "||", "&&", "??") and (
        left.type in ("object", "arrow_function", "function_expression", "assignment_expression")
        or right.type in ("object", "arrow_function", "function_expression", "regex")
    )
    empty = mark not in ("==", "===", "!=", "!==", "||", "&&", "??") and "[]" in (
        text_of(left),
        text_of(right),
    )
    same = mark not in ("+", "*") and text_of(left) == text_of(right)
    return 0.5 * chained + 0.5 * (objects or empty) + 0.4 * same


def _mark(node: Node) -> str:
    return text_of(node.child_by_field_name("operator"))
