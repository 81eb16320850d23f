"""Wrong operators: comparisons, arithmetic, logic, negations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.mutations.ground import (
    Ground,
    Mutation,
    operator_of,
    put,
    put_edit,
    sides,
    wrapped,
)
from mge_toolkit.retry.fixes.javascript.source.edits import Change, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import text_of

_COMPARISONS: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "<": (("<=", 0.25), (">", 0.3), (">=", 0.45), ("===", 0.75), ("!==", 0.8)),
    "<=": (("<", 0.25), (">=", 0.35), (">", 0.45), ("===", 0.8)),
    ">": ((">=", 0.25), ("<", 0.3), ("<=", 0.45), ("===", 0.6), ("!==", 0.8)),
    ">=": ((">", 0.25), ("<=", 0.35), ("<", 0.45), ("===", 0.8)),
    "==": (("!=", 0.3), ("===", 0.8), ("<", 0.65), ("<=", 0.7), (">", 0.65), (">=", 0.7)),
    "===": (("!==", 0.3), ("==", 0.7), ("<", 0.65), ("<=", 0.7), (">", 0.65), (">=", 0.7)),
    "!=": (("==", 0.3), ("<", 0.75), (">", 0.7), ("!==", 0.9)),
    "!==": (("===", 0.3), ("<", 0.75), (">", 0.7), ("!=", 0.8)),
}
_ARITHMETIC: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "+": (("-", 0.35), ("*", 0.55), ("/", 0.9), ("%", 0.95)),
    "-": (("+", 0.35), ("/", 0.6), ("*", 0.65), ("%", 0.6)),
    "*": (("+", 0.55), ("/", 0.45), ("**", 0.6), ("-", 0.7), ("%", 0.9)),
    "/": (("*", 0.4), ("%", 0.45), ("-", 0.7), ("+", 0.85)),
    "%": (("/", 0.45), ("*", 0.75), ("-", 0.8), ("+", 0.9)),
    "**": (("*", 0.4),),
    "&": (("&&", 0.35), ("|", 0.5), ("^", 0.7), ("%", 0.8)),
    "|": (("||", 0.35), ("&", 0.5), ("^", 0.7)),
    "^": (("**", 0.3), ("|", 0.6), ("&", 0.6)),
    "<<": ((">>", 0.4),),
    ">>": (("<<", 0.4), (">>>", 0.6), ("/", 0.9)),
    ">>>": ((">>", 0.5),),
}
_AUGMENTED: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "+=": (("-=", 0.4), ("=", 0.5), ("*=", 0.6)),
    "-=": (("+=", 0.4), ("=", 0.6), ("/=", 0.8), ("%=", 0.85)),
    "*=": (("+=", 0.5), ("/=", 0.5), ("=", 0.75)),
    "/=": (("*=", 0.45), ("-=", 0.7), ("%=", 0.75)),
    "%=": (("/=", 0.5), ("-=", 0.8)),
}
_LOGIC: Final = {"&&": "||", "||": "&&"}


def comparisons(ground: Ground) -> Iterator[Mutation]:
    """Yield other comparisons."""
    yield from _replaced(ground, _COMPARISONS)


def arithmetic(ground: Ground) -> Iterator[Mutation]:
    """Yield other arithmetic, that of assignments and of counting too."""
    yield from _replaced(ground, _ARITHMETIC)
    for node in ground.of("augmented_assignment_expression"):
        yield from _operator(node, _AUGMENTED)
    for node in ground.of("update_expression"):
        mark = operator_of(node)
        if mark is not None:
            other = "--" if text_of(mark) == "++" else "++"
            yield put(mark, other, f"put '{other}' in place of '{text_of(mark)}'"), 0.5
    for node in ground.of("assignment_expression"):
        right, left = node.child_by_field_name("right"), text_of(node.child_by_field_name("left"))
        mark = next((child for child in node.children if child.type == "="), None)
        if mark is not None and right is not None and not text_of(right).startswith(left):
            for other, cost in (("+=", 0.6), ("-=", 0.85), ("*=", 0.9)):
                yield put(mark, other, f"put '{other}' in place of '='"), cost


def _replaced(ground: Ground, table: dict[str, tuple[tuple[str, float], ...]]) -> Iterator[Mutation]:
    for node in ground.of("binary_expression"):
        yield from _operator(node, table)


def _operator(node: Node, table: dict[str, tuple[tuple[str, float], ...]]) -> Iterator[Mutation]:
    mark = operator_of(node)
    if mark is None:
        return
    texts = [] if (both := sides(node)) is None else [side.type for side in both]
    for other, cost in table.get(text_of(mark), ()):
        if other in ("-", "*", "/", "%") and ("string" in texts or "template_string" in texts):
            continue
        yield put(mark, other, f"put '{other}' in place of '{text_of(mark)}'"), cost


def logic(ground: Ground) -> Iterator[Mutation]:
    """Yield other connectives, one and all of a condition, and other groupings."""
    for node in ground.of("binary_expression"):
        mark = operator_of(node)
        text = text_of(mark)
        if mark is None or text not in _LOGIC:
            continue
        yield put(mark, _LOGIC[text], f"put '{_LOGIC[text]}' in place of '{text}'"), 0.35
        parent = node.parent
        if parent is not None and parent.type == "binary_expression" and text_of(operator_of(parent)) == text:
            continue
        marks = list(_chain(node, text))
        if len(marks) > 1:
            note = f"put '{_LOGIC[text]}' in place of every '{text}' of the condition"
            edits = tuple(put_edit(one, _LOGIC[text], note) for one in marks)
            yield Change(edits=edits), 0.3


def _chain(node: Node, mark: str) -> Iterator[Node]:
    """Yield the operators of a chain of the same one."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type != "binary_expression" or text_of(operator_of(one)) != mark:
            continue
        own = operator_of(one)
        if own is not None:
            yield own
        stack += sides(one) or ()


def negations(ground: Ground) -> Iterator[Mutation]:
    """Yield conditions negated, negations left out, and signs."""
    for node in ground.of("unary_expression"):
        mark, argument = operator_of(node), node.child_by_field_name("argument")
        if mark is not None and argument is not None and text_of(mark) in ("!", "-", "~"):
            note = f"removed the '{text_of(mark)}'"
            cost = 0.6 if argument.type == "number" else 0.35
            yield change(replacement(mark.start_byte, argument.start_byte, "", note)), cost
    for node in ground.of("if_statement", "while_statement"):
        condition = node.child_by_field_name("condition")
        inner = None if condition is None or not condition.named_child_count else condition.named_children[0]
        if inner is not None and inner.type not in ("unary_expression",):
            yield from _negated(inner, 0.55)
            for side in _operands(inner):
                yield from _negated(side, 0.75)
    for node in ground.of("return_statement"):
        inner = node.named_children[0] if node.named_child_count else None
        if inner is not None and inner.type in ("binary_expression", "call_expression", "identifier"):
            yield from _negated(inner, 0.85)
        if inner is not None and inner.type in ("identifier", "binary_expression"):
            yield wrapped(inner, "-(", ")", "changed the sign"), 1.1


def _negated(node: Node, cost: float) -> Iterator[Mutation]:
    if node.type in ("identifier", "call_expression", "member_expression", "parenthesized_expression"):
        yield change(insertion(node.start_byte, "!", "negated the condition")), cost
    elif node.type == "binary_expression":
        both = text_of(operator_of(node))
        simple = both in _COMPARISONS
        yield wrapped(node, "!(", ")", "negated the condition"), cost + (0.3 if simple else 0.0)


def _operands(node: Node) -> Iterator[Node]:
    """Yield the parts of a condition."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type == "binary_expression" and text_of(operator_of(one)) in _LOGIC:
            stack += list(sides(one) or ())
        elif one is not node:
            yield one


def grouping(ground: Ground) -> Iterator[Mutation]:
    """Yield other parentheses: left out, and put around the left or the right of a nested operation."""
    for node in ground.of("binary_expression"):
        both = sides(node)
        if both is None:
            continue
        left, right = both
        inner = sides(left) if left.type == "binary_expression" else None
        if inner is not None and text_of(operator_of(node)) not in ("&&", "||"):
            note = "grouped the operation otherwise"
            edits = (insertion(inner[1].start_byte, "(", note), insertion(right.end_byte, ")", note))
            yield change(*edits), 0.75
        inner = sides(right) if right.type == "binary_expression" else None
        if inner is not None:
            note = "grouped the operation otherwise"
            edits = (insertion(left.start_byte, "(", note), insertion(inner[0].end_byte, ")", note))
            yield change(*edits), 0.75
    for node in ground.of("parenthesized_expression"):
        inner_node = node.named_children[0] if node.named_child_count else None
        parent = node.parent
        nested = parent is not None and parent.type == "binary_expression"
        if nested and inner_node is not None and inner_node.type == "binary_expression":
            yield put(node, text_of(inner_node), "removed the parentheses"), 0.8
