"""Find where JavaScript code gives constants away, and for which inputs it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from tree_sitter import Node

from mge_toolkit.retry.gate.given import Given, Yield
from mge_toolkit.retry.gate.javascript.material import Kept
from mge_toolkit.retry.gate.javascript.syntax import (
    FUNCTIONS,
    LEAVES,
    NOTHING,
    constant,
    dotted,
    key_name,
    line_of,
    text_of,
    unwrapped,
)
from mge_toolkit.retry.gate.literals import Literal, key

Guards: TypeAlias = tuple[Literal, ...]

_WRITERS: Final = frozenset({"console.log", "console.info", "process.stdout.write", "console.error"})


def yields(root: Node, given: Given, kept: Kept) -> Iterator[Yield]:
    """Yield every place where a constant is returned, bound, printed or looked up."""
    stack: list[tuple[Node, Guards, bool]] = [(root, (), False)]
    while stack:
        node, guards, alone = stack.pop()
        for found, value in _given_away(node, guards, alone, given):
            yield found if value is None else replace(found, kept=kept(value))
        if node.type in FUNCTIONS:
            guards, alone = (), _gives_one(node)
        if node.type in ("if_statement", "ternary_expression"):
            equal, unequal = compared(node.child_by_field_name("condition"))
            for name, known in (("condition", ()), ("consequence", equal), ("alternative", unequal)):
                child = node.child_by_field_name(name)
                if child is not None:
                    stack.append((child, guards + known, alone))
            continue
        for child in node.named_children:
            if node.type == "switch_case" and child == node.child_by_field_name("value"):
                guards += _meanings(constant(child))
            stack.append((child, guards, alone))
            guards += _after(child)


def _gives_one(function: Node) -> bool:
    """Return whether all that a function returns is one constant."""
    body = unwrapped(function.child_by_field_name("body"))
    if body is None:
        return False
    if body.type != "statement_block":
        return constant(body) is not NOTHING
    found: set[str] = set()
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type == "return_statement":
            value = constant(node.named_children[0] if node.named_children else None)
            found.add(f"#{node.id}" if value is NOTHING else key(value))
        if node.type not in FUNCTIONS:
            stack.extend(node.named_children)
    return len(found) == 1 and not next(iter(found)).startswith("#")


def _after(node: Node) -> Guards:
    """Return what is known after a statement that leaves where something is not equal."""
    if node.type != "if_statement" or node.child_by_field_name("alternative") is not None:
        return ()
    branch = node.child_by_field_name("consequence")
    if branch is not None and branch.type == "statement_block" and branch.named_children:
        branch = branch.named_children[-1]
    leaves = branch is not None and branch.type in LEAVES
    return compared(node.child_by_field_name("condition"))[1] if leaves else ()


def compared(test: Node | None) -> tuple[Guards, Guards]:
    """Return the constants that something equals where ``test`` holds, and where it does not."""
    equal: list[Literal] = []
    unequal: list[Literal] = []
    stack = [] if test is None else [test]
    while stack:
        node = stack.pop()
        if node.type == "binary_expression":
            sides = [constant(node.child_by_field_name(name)) for name in ("left", "right")]
            values = [value for value in sides if value is not NOTHING]
            operator = text_of(node.child_by_field_name("operator"))
            if len(values) == 1 and operator in ("==", "==="):
                equal.extend(_meanings(values[0]))
            elif len(values) == 1 and operator in ("!=", "!=="):
                unequal.extend(_meanings(values[0]))
        elif node.type == "call_expression":
            callee = node.child_by_field_name("function")
            if text_of(callee).endswith(".includes") and callee is not None:
                listed = constant(callee.child_by_field_name("object"))
                equal.extend(listed if isinstance(listed, list) else ())
        stack.extend(node.named_children)
    return tuple(equal), tuple(unequal)


def _meanings(value: Literal) -> Guards:
    """Return a constant, what it says as JSON, and what it holds."""
    found: list[Literal] = [] if value is NOTHING else [value]
    if isinstance(value, str) and 0 < len(value) < 200:
        try:
            found.append(json.loads(value))
        except (ValueError, RecursionError):
            return tuple(found)
    return tuple(found)


def _given_away(node: Node, guards: Guards, alone: bool, given: Given) -> Iterator[tuple[Yield, Node | None]]:
    """Yield the constants that one node gives away by itself, each with where it is written if it may be kept."""
    kind, line = node.type, line_of(node)
    if kind == "return_statement" and node.named_children:
        yield from _branches("returns", node.named_children[0], guards, alone, line)
    elif kind == "arrow_function":
        body = unwrapped(node.child_by_field_name("body"))
        if body is not None and body.type != "statement_block":
            yield from _branches("returns", body, (), constant(body) is not NOTHING, line)
    elif kind in ("variable_declarator", "assignment_expression"):
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        yield from _branches("binds", value, guards, alone, line)
    elif kind == "call_expression" and dotted(node.child_by_field_name("function")) in _WRITERS:
        group = node.child_by_field_name("arguments")
        values = [constant(part) for part in ([] if group is None else group.named_children)]
        if values and not any(value is NOTHING for value in values):
            text = " ".join(str(value) for value in values)
            for piece in {text, *text.split("\n")}:
                yield Yield(verb="prints", value=piece, line=line, guards=guards), None
    elif kind == "object":
        yield from ((found, None) for found in _table(node, given))


def _branches(
    verb: str, value: Node | None, guards: Guards, alone: bool, line: int
) -> Iterator[tuple[Yield, Node]]:
    """Yield the constants that an expression may be, with the conditions under which it is each."""
    stack = [(unwrapped(value), guards)]
    while stack:
        node, known = stack.pop()
        if node is None:
            continue
        if node.type == "ternary_expression":
            equal, unequal = compared(node.child_by_field_name("condition"))
            stack.append((unwrapped(node.child_by_field_name("consequence")), known + equal))
            stack.append((unwrapped(node.child_by_field_name("alternative")), known + unequal))
        elif node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) in (
            "&&",
            "||",
            "??",
        ):
            left = node.child_by_field_name("left")
            stack.append((unwrapped(left), known))
            stack.append((unwrapped(node.child_by_field_name("right")), known + compared(left)[0]))
        elif (found := constant(node)) is not NOTHING:
            yield Yield(verb=verb, value=found, line=line, guards=known, alone=alone), node


def _table(node: Node, given: Given) -> Iterator[Yield]:
    """Yield the entries of a table of which at least half are the check's own questions and answers."""
    pairs = [part for part in node.named_children if part.type == "pair"]
    known: list[tuple[Guards, Literal]] = []
    for pair in pairs:
        value, meanings = constant(pair.child_by_field_name("value")), _meanings(key_name(pair))
        if value is not NOTHING and any(key(value) in given.answers.get(key(m), ()) for m in meanings):
            known.append((meanings, value))
    if known and len(known) * 2 >= len(pairs):
        for meanings, value in known:
            yield Yield(verb="looks up", value=value, line=line_of(node), guards=meanings)
