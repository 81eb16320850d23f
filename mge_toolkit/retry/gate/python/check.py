"""Read off a Python check what it asks for, so that code which merely gives it back can be told."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mge_toolkit.core.plans import Atom
from mge_toolkit.retry.gate.given import Answer, Given, gather
from mge_toolkit.retry.gate.literals import Literal
from mge_toolkit.retry.gate.python.parsing import FUNCTIONS, NOTHING, constant, last_name, readable

_COMPARING: Final = frozenset(
    {
        "assertEqual",
        "assertEquals",
        "assertAlmostEqual",
        "assertListEqual",
        "assertDictEqual",
        "assertTupleEqual",
        "assertSetEqual",
        "assertCountEqual",
        "assertSequenceEqual",
        "assertMultiLineEqual",
        "isclose",
        "assert_equal",
        "assert_array_equal",
        "assert_allclose",
        "array_equal",
        "allclose",
    }
)


def given_by(atom: Atom) -> Given:
    """Return what the check and the expectation of ``atom`` give away."""
    text = "" if atom.check is None else atom.check.text
    answers, values, names, uses = _read(text)
    return gather(atom, answers, values, names, uses)


@lru_cache(maxsize=16)
def _read(text: str) -> tuple[tuple[Answer, ...], tuple[Literal, ...], frozenset[str], frozenset[str]]:
    tree = readable(text)
    if tree is None:
        return (), (), frozenset(), frozenset()
    names, uses = set(), set()
    answered: dict[str, tuple[Literal, ...]] = {}
    answers: list[Answer] = []
    values: list[Literal] = []
    own = {node.name for node in ast.walk(tree) if isinstance(node, FUNCTIONS)}
    for node in _in_order(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            uses.add(node.id)
        elif isinstance(node, ast.Attribute):
            uses.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg is not None:
            uses.add(node.arg)
        elif isinstance(node, ast.Assign):
            _remember(node, answered)
        for left, right in _compared(node, own):
            expected = constant(right)
            if expected is NOTHING:
                continue
            values.append(expected)
            arguments = _arguments(left, answered)
            if arguments:
                answers.append(Answer(arguments=arguments, expected=expected))
    for statement in tree.body:
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            names.add(statement.name)
    return tuple(answers), tuple(values), frozenset(names), frozenset(uses)


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node in the order of the source, so that variables are known before they are compared."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _remember(node: ast.Assign, answered: dict[str, tuple[Literal, ...]]) -> None:
    """Keep with which constants the call was made whose answer a variable holds."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            answered[target.id] = _arguments(node.value, answered)


def _compared(node: ast.AST, own: set[str]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each pair of expressions that ``node`` wants to be equal, in both orders.

    The check's own functions are taken to compare too where a call is given a computed and a constant argument.
    """
    pair: tuple[ast.expr, ast.expr] | None = None
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.Is):
        pair = node.left, node.comparators[0]
    elif isinstance(node, ast.Call) and len(node.args) >= 2:
        name = last_name(node.func)
        computed = isinstance(node.args[0], ast.Name | ast.Call) or isinstance(
            node.args[1], ast.Name | ast.Call
        )
        if name in _COMPARING or (name in own and computed):
            pair = node.args[0], node.args[1]
    if pair is not None:
        yield pair
        yield pair[1], pair[0]


def _arguments(node: ast.expr, answered: dict[str, tuple[Literal, ...]]) -> tuple[Literal, ...]:
    """Return the constants with which the calls in an expression are made."""
    found: list[Literal] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            given = [*part.args, *(keyword.value for keyword in part.keywords)]
            found.extend(value for value in map(constant, given) if value is not NOTHING)
        elif isinstance(part, ast.Name):
            found.extend(answered.get(part.id, ()))
    return tuple(found)
