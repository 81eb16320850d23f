"""Read off a JavaScript or TypeScript check what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tree_sitter import Node

from mge_toolkit.core.plans import Atom
from mge_toolkit.retry.gate.given import Answer, Given, gather
from mge_toolkit.retry.gate.javascript.script import read
from mge_toolkit.retry.gate.javascript.syntax import NOTHING, constant, dotted, parsed, text_of, unwrapped
from mge_toolkit.retry.gate.literals import Literal

_EQUAL: Final = frozenset({"==", "==="})
_COMPARING: Final = frozenset(
    {
        "equal",
        "strictEqual",
        "deepEqual",
        "deepStrictEqual",
        "toBe",
        "toEqual",
        "toStrictEqual",
        "is",
        "isDeepStrictEqual",
        "assertEquals",
        "assertStrictEquals",
    }
)


def given_by(atom: Atom) -> Given:
    """Return what the check and the expectation of ``atom`` give away."""
    text = "" if atom.check is None else atom.check.text
    typescript = atom.language == "typescript"
    answers, values = _read(text, typescript)
    script = read(text, typescript)
    names = frozenset(script.functions) | frozenset(script.classes)
    uses = frozenset(script.names) - {name for name in names if script.names[name] <= 1}
    return gather(atom, answers, values, names, uses)


@lru_cache(maxsize=16)
def _read(text: str, typescript: bool) -> tuple[tuple[Answer, ...], tuple[Literal, ...]]:
    answered: dict[str, tuple[Literal, ...]] = {}
    bound: dict[str, Literal] = {}
    answers: list[Answer] = []
    values: list[Literal] = []
    stack = [parsed(text, typescript)]
    while stack:
        node = stack.pop()
        if node.type == "variable_declarator":
            name, value = text_of(node.child_by_field_name("name")), node.child_by_field_name("value")
            answered[name] = _arguments(value, answered)
            if (said := constant(value)) is not NOTHING:
                bound[name] = said
        for left, right in _compared(node):
            expected = constant(right)
            if expected is NOTHING and right.type == "identifier":
                expected = bound.get(text_of(right), NOTHING)
            if expected is NOTHING:
                continue
            values.append(expected)
            arguments = _arguments(left, answered)
            if arguments:
                answers.append(Answer(arguments=arguments, expected=expected))
        stack.extend(reversed(node.named_children))
    return tuple(answers), tuple(values)


def _compared(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each pair of expressions that ``node`` wants to be equal, in both orders."""
    pair: tuple[Node | None, Node | None] = (None, None)
    if node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) in _EQUAL:
        pair = node.child_by_field_name("left"), node.child_by_field_name("right")
    elif node.type == "call_expression":
        callee, group = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        arguments = [] if group is None else group.named_children
        name = (dotted(callee) or text_of(callee)[-40:]).rpartition(".")[2]
        if name in _COMPARING and len(arguments) >= 2:
            pair = arguments[0], arguments[1]
        elif name in _COMPARING and arguments and callee is not None:  # expect(f(1)).toBe(2)
            pair = callee.child_by_field_name("object"), arguments[0]
    left, right = unwrapped(pair[0]), unwrapped(pair[1])
    if left is not None and right is not None:
        yield _plain(left), _plain(right)
        yield _plain(right), _plain(left)


def _plain(node: Node) -> Node:
    """Return what ``JSON.stringify(…)`` is asked about, else ``node`` itself."""
    group = node.child_by_field_name("arguments")
    is_text = text_of(node.child_by_field_name("function")) == "JSON.stringify"
    if is_text and group is not None and group.named_children:
        return unwrapped(group.named_children[0]) or node
    return node


def _arguments(node: Node | None, answered: dict[str, tuple[Literal, ...]]) -> tuple[Literal, ...]:
    """Return the constants with which the calls in an expression are made."""
    found: list[Literal] = []
    stack = [] if node is None else [node]
    while stack:
        part = stack.pop()
        if part.type == "call_expression":
            group = part.child_by_field_name("arguments")
            values = map(constant, [] if group is None else group.named_children)
            found.extend(value for value in values if value is not NOTHING)
        elif part.type == "identifier":
            found.extend(answered.get(text_of(part), ()))
        stack.extend(part.named_children)
    return tuple(found)
