"""Wrong variables, and operands or arguments in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.mutations.ground import (
    Ground,
    Mutation,
    atomic,
    exchanged,
    operator_of,
    put,
    put_edit,
    short,
    sides,
)
from mge_toolkit.retry.fixes.javascript.source.edits import Change
from mge_toolkit.retry.fixes.javascript.source.parsing import text_of
from mge_toolkit.retry.fixes.javascript.source.scopes import Binding, Use

_MOST: Final = 8


def others(ground: Ground) -> Iterator[Mutation]:
    """Yield another variable that is visible, those used nearby first."""
    for use in ground.scopes.uses:
        binding = use.binding
        if binding is None or use.node.type != "identifier" or use.node.parent is None:
            continue
        if (
            binding.kind in ("function", "class", "import")
            or use.node.start_byte == use.scope.node.start_byte
        ):
            continue
        called = use.node.parent.type == "call_expression"
        if called and use.node.parent.child_by_field_name("function") == use.node:
            continue
        written = ground.program.source
        for rank, other in enumerate(_alternatives(use, binding)):
            cost = 0.65 + 0.06 * rank + (0.15 if use.assigned else 0.0)
            cost -= 0.1 if not other.uses else 0.0
            if _doubles(use.node, other.name) or not written:
                cost += 0.35
            yield put(use.node, other.name, f"put '{other.name}' in place of '{use.name}'"), cost


def _alternatives(use: Use, binding: Binding) -> list[Binding]:
    """Return the variables that may be meant, the likeliest first."""
    place = use.node.start_byte
    found: list[tuple[float, Binding]] = []
    for other in use.scope.visible().values():
        if other is binding or other.kind in ("function", "class", "import"):
            continue
        if other.node.start_byte > place and other.kind != "var":
            continue
        value = other.node.parent
        held = (
            None
            if value is None or value.type != "variable_declarator"
            else value.child_by_field_name("value")
        )
        if held is not None and held.type in ("arrow_function", "function_expression"):
            continue
        if held is not None and held.start_byte <= place < held.end_byte:
            continue
        nearest_use = min((abs(one.node.start_byte - place) for one in other.uses), default=0)
        distance = min(nearest_use, abs(other.node.start_byte - place))
        found.append((distance + (0 if other.kind == binding.kind else 30), other))
    found.sort(key=lambda pair: pair[0])
    return [other for _, other in found[:_MOST]]


def _doubles(node: Node, name: str) -> bool:
    """Return whether a name would stand on both sides of an operator."""
    parent = node.parent
    if parent is None or parent.type not in ("binary_expression", "assignment_expression"):
        return False
    both = sides(parent)
    return both is not None and name in (text_of(both[0]), text_of(both[1]))


def order(ground: Ground) -> Iterator[Mutation]:
    """Yield operands, arguments and indexes the other way round."""
    for node in ground.of("binary_expression"):
        both, mark = sides(node), text_of(operator_of(node))
        if both is None or mark not in ("-", "/", "%", "<", ">", "<=", ">=", "+", "**"):
            continue
        left, right = both
        plain = mark == "+" and not _has_text(node)
        if plain or text_of(left) == text_of(right):
            continue
        cost = 0.45 if mark in ("-", "/", "%") else 0.4 if mark == "+" else 0.9
        note = f"exchanged the operands of '{mark}'"
        yield Change(edits=(put_edit(left, atomic(right), note), put_edit(right, atomic(left)))), cost
    for node in ground.of("arguments", "array"):
        parts = [child for child in node.named_children if child.type != "comment"]
        if len(parts) > 8 or (node.type == "array" and len(parts) > 3):
            continue
        for first, second in combinations(parts, 2):
            if text_of(first) != text_of(second) and first.type not in (
                "arrow_function",
                "function_expression",
            ):
                note = f"exchanged '{short(text_of(first))}' and '{short(text_of(second))}'"
                yield exchanged(first, second, note), 0.55
    for node in ground.of("subscript_expression"):
        inner = node.child_by_field_name("object")
        if inner is not None and inner.type == "subscript_expression":
            row, column = inner.child_by_field_name("index"), node.child_by_field_name("index")
            if row is not None and column is not None and text_of(row) != text_of(column):
                yield exchanged(row, column, "exchanged the indexes"), 0.7


def _has_text(node: Node) -> bool:
    """Return whether an addition joins texts, as far as one can see."""
    both = sides(node)
    kinds = (
        "string",
        "template_string",
        "call_expression",
        "identifier",
        "subscript_expression",
        "member_expression",
    )
    return both is not None and any(side.type in kinds for side in both)


def whole_names(ground: Ground) -> Iterator[Mutation]:
    """Yield a variable in place of another wherever that is used in one statement."""
    for statement in ground.of("if_statement", "for_statement", "return_statement", "expression_statement"):
        inside = [
            use
            for use in ground.scopes.uses
            if use.binding is not None
            and statement.start_byte <= use.node.start_byte < statement.end_byte
            and use.node.type == "identifier"
        ]
        names: dict[str, list[Use]] = {}
        for use in inside:
            names.setdefault(use.name, []).append(use)
        for (first, mine), (second, theirs) in pairwise(sorted(names.items())):
            if len(inside) > 12 or mine[0].binding is None or mine[0].binding.kind in ("function", "import"):
                continue
            note = f"exchanged '{first}' and '{second}'"
            edits = [put_edit(use.node, second, note) for use in mine]
            edits += [put_edit(use.node, first, note) for use in theirs]
            yield Change(edits=tuple(edits)), 0.85


def symmetric(ground: Ground) -> Iterator[Mutation]:
    """Yield a condition joined with the same about its variables in turn: a case that was forgotten."""
    for node in ground.of("binary_expression"):
        mark = text_of(operator_of(node))
        parent = node.parent
        if mark not in ("==", "===", "<", ">", "<=", ">=") or parent is None:
            continue
        uses = [u for u in ground.scopes.uses if node.start_byte <= u.node.start_byte < node.end_byte]
        names = list(dict.fromkeys(use.name for use in uses if use.binding is not None))
        if len(names) != 3:
            continue
        turned = [
            _turned(node, uses, dict(zip(names, (*names[n:], *names[:n]), strict=True))) for n in (1, 2)
        ]
        for join, cost in (("||", 0.25 if mark in ("==", "===") else 0.6), ("&&", 0.9)):
            note = "added the same about the other variables"
            every = f" {join} ".join([text_of(node), *turned])
            one = parent.type == "parenthesized_expression"
            yield put(node, every if one else f"({every})", note), cost
            for single in turned:
                text = f"{text_of(node)} {join} {single}"
                yield put(node, text if one else f"({text})", note), cost + 0.05


def _turned(node: Node, uses: list[Use], names: dict[str, str]) -> str:
    """Return an expression with other variables."""
    source = bytearray(node.text or b"")
    for use in sorted(uses, key=lambda one: -one.node.start_byte):
        start = use.node.start_byte - node.start_byte
        source[start : use.node.end_byte - node.start_byte] = names.get(use.name, use.name).encode()
    return source.decode("utf-8", "replace")
