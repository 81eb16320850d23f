"""Statements and clauses that are missing, superfluous, or in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.mutations.ground import (
    Ground,
    Mutation,
    exchanged,
    line_removal,
    operator_of,
    put,
    put_edit,
    short,
    sides,
)
from mge_toolkit.retry.fixes.javascript.source.edits import Change, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import FUNCTIONS, text_of

_REMOVABLE: Final = frozenset(
    {
        "expression_statement",
        "if_statement",
        "break_statement",
        "continue_statement",
        "for_statement",
        "throw_statement",
    }
)
_REMOVAL_COSTS: Final = {
    "expression_statement": 0.55,
    "if_statement": 0.65,
    "break_statement": 0.5,
    "return_statement": 0.8,
}
_OPERAND_COSTS: Final = {"&&": 0.5, "||": 0.55, "+": 0.55, "-": 0.55, "*": 0.7, "/": 0.75, "%": 0.8}
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
_LOOPS: Final = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})


def superfluous(ground: Ground) -> Iterator[Mutation]:
    """Yield statements, branches and operands left out."""
    for node in ground.nodes:
        if node.type in _REMOVABLE or node.type == "return_statement":
            parent = node.parent
            if parent is None or parent.type not in ("statement_block", "program"):
                continue
            if parent.type == "program" and node.type == "expression_statement":
                continue
            last = node.next_named_sibling is None
            cost = _REMOVAL_COSTS.get(node.type, 0.75) + 0.3 * (last and node.type == "return_statement")
            start, end = line_removal(ground, node)
            note = f"removed '{short(text_of(node))}'"
            yield change(replacement(start, end, "", note)), cost
    for node in ground.of("binary_expression"):
        both, mark = sides(node), operator_of(node)
        if both is None or mark is None:
            continue
        left, right = both
        word = text_of(mark)
        less = _OPERAND_COSTS.get(word)
        if less is not None:
            yield put(node, text_of(left), f"removed '{word} {short(text_of(right))}'"), less
            yield put(node, text_of(right), f"removed '{short(text_of(left))} {word}'"), less + 0.1
    for node in ground.of("array"):
        parts = node.named_children
        for index, part in enumerate(parts):
            if 1 < len(parts) <= 12 and part.type in ("string", "number"):
                start = part.start_byte if index == 0 else parts[index - 1].end_byte
                end = parts[1].start_byte if index == 0 else part.end_byte
                yield change(replacement(start, end, "", f"removed {text_of(part)}")), 0.8


def branches(ground: Ground) -> Iterator[Mutation]:
    """Yield the branches of conditions exchanged, joined by 'else', or without their condition."""
    for node in ground.of("if_statement"):
        then, other = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        inner = other.named_children[0] if other is not None and other.named_child_count else None
        if then is not None and inner is not None and inner.type != "if_statement":
            yield exchanged(then, inner, "exchanged the branches"), 0.55
        if other is not None:
            start, end = other.start_byte, other.end_byte
            yield change(replacement(start, end, "", "removed the 'else'")), 0.8
        following = node.next_named_sibling
        if other is None and following is not None and following.type == "if_statement":
            yield change(insertion(following.start_byte, "else ", "added the missing 'else'")), 0.7
        if inner is not None and inner.type == "if_statement" and other is not None:
            edit = replacement(other.start_byte, inner.start_byte, "\n", "removed the 'else'")
            yield change(edit), 0.75
        if then is not None and other is None:
            yield put(node, text_of(then), "removed the condition"), 0.95
    for node in ground.of("ternary_expression"):
        first, second = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        if first is not None and second is not None:
            yield exchanged(first, second, "exchanged the alternatives"), 0.4
    returns = [node for node in ground.of("return_statement") if node.named_child_count]
    for first, second in pairwise(returns):
        a, b = first.named_children[0], second.named_children[0]
        if text_of(a) != text_of(b):
            yield exchanged(a, b, "exchanged what is returned"), 0.6


def places(ground: Ground) -> Iterator[Mutation]:
    """Yield statements in another place: before or after a neighbour, inside or outside of a block."""
    for block in ground.of("statement_block", "program"):
        statements = [child for child in block.named_children if child.type != "comment"]
        for first, second in pairwise(statements):
            kinds = {first.type, second.type}
            if "function_declaration" in kinds or block.type == "program":
                continue
            yield exchanged(first, second, "exchanged two statements"), 0.7
        if not statements or block.parent is None or block.type == "program":
            continue
        owner = block.parent if block.parent.type != "else_clause" else block.parent.parent
        if owner is None or owner.type not in (*_LOOPS, "if_statement"):
            continue
        last = statements[-1]
        start, end = line_removal(ground, last)
        note = f"moved '{short(text_of(last))}' behind the block"
        edits = (replacement(start, end, "", note), insertion(owner.end_byte, f"\n{text_of(last)}"))
        yield change(*edits), 0.6 if last.type == "return_statement" else 0.75
        following = owner.next_named_sibling
        if following is not None and following.type in (
            "expression_statement",
            "return_statement",
            "if_statement",
        ):
            start, end = line_removal(ground, following)
            note = f"moved '{short(text_of(following))}' into the block"
            edits = (insertion(last.end_byte, f"\n{text_of(following)}"), replacement(start, end, "", note))
            yield change(*edits), 0.75


def returned(ground: Ground) -> Iterator[Mutation]:
    """Yield a missing 'return': before the last expression, or of a variable that was filled."""
    for node in ground.of("statement_block"):
        owner = node.parent
        if owner is None or owner.type not in FUNCTIONS:
            continue
        statements = [child for child in node.named_children if child.type != "comment"]
        last = statements[-1] if statements else None
        if last is not None and last.type == "expression_statement":
            note = "added the missing 'return'"
            yield change(insertion(last.start_byte, "return ", note)), 0.25 if not _returns(node) else 0.6
        if last is not None and last.type != "return_statement":
            scope = next((one for one in ground.scopes.scopes if one.node == owner), None)
            for rank, name in enumerate([] if scope is None else reversed(scope.names)):
                note = f"returned '{name}'"
                place = insertion(last.end_byte, f"\nreturn {name};", note)
                yield change(place), (0.35 if not _returns(node) else 0.75) + 0.08 * rank
            if _returns(node):
                for text in ("true", "false", "[]", "0"):
                    place = insertion(last.end_byte, f"\nreturn {text};", f"returned {text} at the end")
                    yield change(place), 0.9
    for node in ground.of("expression_statement"):
        inner = node.named_children[0] if node.named_child_count else None
        if inner is None or node.parent is None or node.parent.type == "program":
            continue
        idle = inner.type not in _EFFECTS
        if idle or inner.type == "call_expression":
            note = "added the missing 'return'"
            yield change(insertion(node.start_byte, "return ", note)), 0.1 if idle else 0.85
    for node in ground.of("return_statement"):
        if node.named_child_count == 0:
            yield put(node, "return [];", "returned an empty array"), 1.0


def _returns(block: Node) -> bool:
    return b"return" in (block.text or b"")


def loops(ground: Ground) -> Iterator[Mutation]:
    """Yield other loops, other ways out of them, and other steps."""
    for node in ground.of("for_in_statement"):
        mark = operator_of(node)
        if mark is not None:
            other = "in" if text_of(mark) == "of" else "of"
            yield put(mark, other, f"put '{other}' in place of '{text_of(mark)}'"), 0.35
    for node in ground.of("break_statement", "continue_statement"):
        if node.children:
            other = "continue" if node.type == "break_statement" else "break"
            yield (
                put(node.children[0], other, f"put '{other}' in place of '{text_of(node.children[0])}'"),
                0.4,
            )
    for node in ground.of("for_statement"):
        step = node.child_by_field_name("increment")
        if step is not None and step.type == "update_expression":
            name = text_of(step.child_by_field_name("argument"))
            yield put(step, f"{name} += 2", f"stepped '{name}' by 2"), 0.9
        elif step is not None and step.type == "augmented_assignment_expression":
            name = text_of(step.child_by_field_name("left"))
            yield put(step, f"{name}++", f"stepped '{name}' by 1"), 0.7
    for node in ground.of("for_statement", "for_in_statement", "while_statement"):
        body = node.child_by_field_name("body")
        statements = [] if body is None or body.type != "statement_block" else body.named_children
        if statements and statements[-1].type not in ("break_statement", "return_statement"):
            last = statements[-1]
            inner = last.child_by_field_name("consequence") if last.type == "if_statement" else None
            if inner is not None and inner.type == "statement_block" and inner.named_children:
                yield change(insertion(inner.named_children[-1].end_byte, "\nbreak;", "added a 'break'")), 0.8
    for node in ground.of("augmented_assignment_expression"):
        right, left = node.child_by_field_name("right"), text_of(node.child_by_field_name("left"))
        if right is not None and text_of(right) != "1" and text_of(operator_of(node)) in ("+=", "-="):
            yield put(right, "1", f"changed '{left}' by 1"), 0.6


def exchanges_of_values(ground: Ground) -> Iterator[Mutation]:
    """Yield the middle of an exchange of two values by a third, where it is missing."""
    for node in ground.of("variable_declarator"):
        name, value = text_of(node.child_by_field_name("name")), node.child_by_field_name("value")
        if value is None or value.type not in ("subscript_expression", "identifier", "member_expression"):
            continue
        statement = node.parent
        following = None if statement is None else statement.next_named_sibling
        inner = following.named_children[0] if following is not None and following.named_child_count else None
        if inner is None or inner.type != "assignment_expression" or statement is None:
            continue
        left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
        if text_of(right) == name and text_of(left) != text_of(value):
            text = f"\n{text_of(value)} = {text_of(left)};"
            note = "added the missing step of the exchange"
            yield change(insertion(statement.end_byte, text, note)), 0.2


def flags(ground: Ground) -> Iterator[Mutation]:
    """Yield what a variable is compared with and never becomes, set beside the other assignments of a block."""
    for block in ground.of("statement_block"):
        for statement in block.named_children:
            inner = statement.named_children[0] if statement.named_child_count else None
            if statement.type != "expression_statement" or inner is None:
                continue
            if inner.type != "assignment_expression" or statement.next_named_sibling is not None:
                continue
            scope = ground.scopes.at(statement.start_byte)
            for name, binding in list(scope.visible().items())[:8]:
                declared = binding.node.parent
                start = None if declared is None else declared.child_by_field_name("value")
                if (
                    binding.kind not in ("let", "var")
                    or start is None
                    or start.type not in ("number", "true", "false")
                ):
                    continue
                if name == text_of(inner.child_by_field_name("left")):
                    continue
                values = {"number": ("0", "1"), "true": ("true", "false"), "false": ("true", "false")}[
                    start.type
                ]
                for value in values:
                    note = f"set '{name}' to {value}, too"
                    yield change(insertion(statement.end_byte, f"\n{name} = {value};", note)), 0.9


def same_base(ground: Ground) -> Iterator[Mutation]:
    """Yield what a condition compares in place of what is then taken, in all conditions of that form."""
    edits = []
    for node in ground.of("if_statement"):
        condition, then = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        target = _last_assignment(then)
        if condition is None or target is None:
            continue
        left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
        for one in _binary(condition):
            both = sides(one)
            if (
                both is None
                or left is None
                or right is None
                or text_of(operator_of(one)) not in ("<", ">", "<=", ">=")
            ):
                continue
            if text_of(both[1]) == text_of(left) and text_of(both[0]) != text_of(right):
                edits.append(put_edit(right, text_of(both[0]), "took the value that is compared"))
    if edits:
        yield Change(edits=tuple(edits)), 0.3
    if len(edits) > 1:
        for edit in edits:
            yield change(edit), 0.5


def _last_assignment(node: Node | None) -> Node | None:
    inner = node
    while inner is not None and inner.type in ("statement_block", "expression_statement"):
        inner = inner.named_children[0] if inner.named_child_count == 1 else None
    return inner if inner is not None and inner.type == "assignment_expression" else None


def _binary(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type == "binary_expression":
            yield one
        stack += one.named_children
