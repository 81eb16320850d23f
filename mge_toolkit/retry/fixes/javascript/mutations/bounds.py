"""Bounds that are off: one more or one less in loops, indexes and slices; divisions; comparators of sorts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.mutations.ground import (
    Ground,
    Mutation,
    atomic,
    operator_of,
    put,
    sides,
    wrapped,
)
from mge_toolkit.retry.fixes.javascript.source.edits import change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import nearest, text_of

_COUNTED: Final = frozenset({"identifier", "member_expression", "call_expression", "subscript_expression"})


def steps(ground: Ground) -> Iterator[Mutation]:
    """Yield one more and one less where numbers bound, index or are returned."""
    for node in ground.of("for_statement", "while_statement"):
        condition = node.child_by_field_name("condition")
        for one in _comparisons(condition):
            both = sides(one)
            for side in both or ():
                yield from _off(side, 0.45)
        start = node.child_by_field_name("initializer")
        if start is not None:
            for declarator in start.named_children:
                value = declarator.child_by_field_name("value")
                if value is not None and value.type != "number":
                    yield from _off(value, 0.5)
                elif value is not None:
                    yield from _started_after(node, declarator, value)
    for node in ground.of("subscript_expression"):
        index = node.child_by_field_name("index")
        if index is not None and index.type != "string":
            yield from _off(index, 0.6)
    for node in ground.of("call_expression"):
        function = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        member = None if function is None else text_of(function.child_by_field_name("property"))
        if arguments is None:
            continue
        sliced = member in (
            "slice",
            "substring",
            "substr",
            "splice",
            "at",
            "charAt",
            "fill",
            "repeat",
            "charCodeAt",
        )
        for argument in arguments.named_children:
            if argument.type in _COUNTED or argument.type in ("binary_expression", "unary_expression"):
                yield from _off(argument, 0.5 if sliced else 0.95)
    for node in ground.of("return_statement"):
        value = node.named_children[0] if node.named_child_count else None
        if value is not None and value.type in (*_COUNTED, "binary_expression"):
            yield from _off(value, 0.75)
    for node in ground.of("variable_declarator", "assignment_expression"):
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if value is not None and value.type in ("member_expression", "binary_expression"):
            yield from _off(value, 0.9)


def _comparisons(condition: Node | None) -> Iterator[Node]:
    """Yield the comparisons of a condition."""
    stack = [] if condition is None else [condition]
    while stack:
        node = stack.pop()
        if node.type == "binary_expression" and text_of(operator_of(node)) in (
            "<",
            ">",
            "<=",
            ">=",
            "!=",
            "!==",
        ):
            yield node
        elif node.type in ("binary_expression", "parenthesized_expression", "expression_statement"):
            stack += node.named_children


def _off(node: Node, cost: float) -> Iterator[Mutation]:
    """Yield one more and one less than a value, or the value without the step that it has."""
    both = sides(node) if node.type == "binary_expression" else None
    mark = text_of(operator_of(node))
    if both is not None and mark in ("+", "-") and both[1].type == "number":
        yield put(node, text_of(both[0]), f"removed '{mark} {text_of(both[1])}'"), cost - 0.1
        return
    if node.type == "number" or (both is not None and mark not in ("+", "-", "*", "/", "%")):
        return
    loose = both is not None and mark in ("&&", "||", "<", ">")
    before, after = ("(", ")") if loose else ("", "")
    for step in ("- 1", "+ 1"):
        edits = [insertion(node.end_byte, f"{after} {step}", f"added '{step}'")]
        if before:
            edits.append(insertion(node.start_byte, before))
        yield change(*edits), cost


def _started_after(loop: Node, declarator: Node, value: Node) -> Iterator[Mutation]:
    """Yield a start of an inner loop after the counter of the outer one."""
    outer = nearest(loop, lambda one: one.type == "for_statement")
    start = None if outer is None else outer.child_by_field_name("initializer")
    for one in [] if start is None else start.named_children:
        name = text_of(one.child_by_field_name("name"))
        if name and name != text_of(declarator.child_by_field_name("name")):
            yield put(value, f"{name} + 1", f"started the loop at '{name} + 1'"), 0.5
            yield put(value, name, f"started the loop at '{name}'"), 0.55


def divisions(ground: Ground) -> Iterator[Mutation]:
    """Yield whole numbers from divisions, and fractions where they are cut."""
    for node in ground.of("binary_expression"):
        if text_of(operator_of(node)) == "/" and not _in_rounding(node):
            yield wrapped(node, "Math.floor(", ")", "rounded the division down"), 0.5
            yield wrapped(node, "Math.trunc(", ")", "cut the fraction of the division off"), 0.85
            yield wrapped(node, "Math.ceil(", ")", "rounded the division up"), 0.85
            yield wrapped(node, "Math.round(", ")", "rounded the division"), 0.9
    for node in ground.of("call_expression"):
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None or arguments.named_child_count != 1:
            continue
        if text_of(function) in (
            "Math.floor",
            "Math.trunc",
            "Math.round",
            "Math.ceil",
            "Math.abs",
            "parseInt",
        ):
            note = f"removed the call of '{text_of(function)}'"
            yield put(node, atomic(arguments.named_children[0]), note), 0.7


def _in_rounding(node: Node) -> bool:
    call = nearest(node, lambda one: one.type == "call_expression")
    return call is not None and text_of(call.child_by_field_name("function")).startswith("Math.")


def sorts(ground: Ground) -> Iterator[Mutation]:
    """Yield comparators for sorts of numbers, and the other direction."""
    for node in ground.of("call_expression"):
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        member = None if function is None else function.child_by_field_name("property")
        if arguments is None or text_of(member) not in ("sort", "toSorted"):
            continue
        if arguments.named_child_count == 0:
            for text, cost in (("(a, b) => a - b", 0.25), ("(a, b) => b - a", 0.5)):
                note = f"sorted by '{text}'"
                yield change(insertion(arguments.start_byte + 1, text, note)), cost
        else:
            note = "sorted by the default order"
            inner = arguments.named_children[0]
            yield change(replacement(inner.start_byte, inner.end_byte, "", note)), 0.9
        yield change(insertion(node.end_byte, ".reverse()", "reversed the sorted array")), 0.8


def scales(ground: Ground) -> Iterator[Mutation]:
    """Yield a value halved, doubled or squared."""
    for node in ground.of("variable_declarator", "assignment_expression", "return_statement"):
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if node.type == "return_statement":
            value = node.named_children[0] if node.named_child_count else None
        if value is None or value.type not in (*_COUNTED, "binary_expression", "parenthesized_expression"):
            continue
        text = atomic(value)
        for written, cost in ((f"{text} / 2", 1.0), (f"{text} * 2", 1.05)):
            yield put(value, written, f"put '{written}' in place of the value"), cost
    for node in ground.of("augmented_assignment_expression"):
        value = node.child_by_field_name("right")
        if value is not None and value.type in _COUNTED:
            text = text_of(value)
            yield put(value, f"{text} * {text}", f"squared '{text}'"), 1.0
