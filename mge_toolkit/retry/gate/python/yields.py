"""Find where Python code gives constants away, and for which inputs it does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from mge_toolkit.retry.gate.given import Given, Yield
from mge_toolkit.retry.gate.literals import Literal, key
from mge_toolkit.retry.gate.python.material import WRITERS, Kept
from mge_toolkit.retry.gate.python.parsing import FUNCTIONS, NOTHING, constant, last_name, tree_of, truth_of

Guards: TypeAlias = tuple[Literal, ...]

_LEAVES: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reading is: under which conditions, and whether the function gives only one constant."""

    kept: Kept
    guards: Guards = ()
    alone: bool = False


def yields(tree: ast.Module, given: Given, kept: Kept) -> Iterator[Yield]:
    """Yield every place where a constant is returned, bound, printed or looked up."""
    blocks: list[tuple[list[ast.stmt], _Place]] = [(tree.body, _Place(kept=kept))]
    while blocks:
        block, place = blocks.pop()
        for statement in block:
            yield from _expressions(statement, place, given)
            blocks.extend(_inner(statement, place))
            after = _after(statement)
            if after:
                place = replace(place, guards=place.guards + after)
            if isinstance(statement, _LEAVES):
                break


def _inner(statement: ast.stmt, place: _Place) -> Iterator[tuple[list[ast.stmt], _Place]]:
    """Yield the blocks inside a statement, with what is known in them."""
    if isinstance(statement, FUNCTIONS):
        yield statement.body, _Place(kept=place.kept, alone=_gives_one(statement))
    elif isinstance(statement, ast.If | ast.While):
        equal, unequal = compared(statement.test)
        truth = truth_of(statement.test)
        if truth is not False:
            yield statement.body, replace(place, guards=place.guards + equal)
        if truth is not True:
            yield statement.orelse, replace(place, guards=place.guards + unequal)
    elif isinstance(statement, ast.Match):
        for case in statement.cases:
            yield case.body, replace(place, guards=place.guards + _pattern(case.pattern))
    else:
        for name in ("body", "orelse", "finalbody"):
            yield getattr(statement, name, []), place
        for handler in getattr(statement, "handlers", []):
            yield handler.body, place


def _gives_one(function: ast.AST) -> bool:
    """Return whether all that a function returns is one constant."""
    returned = {
        key(value) if (value := constant(node.value)) is not NOTHING else f"#{id(node)}"
        for node in ast.walk(function)
        if isinstance(node, ast.Return)
    }
    return len(returned) == 1 and not next(iter(returned)).startswith("#")


def _after(statement: ast.stmt) -> Guards:
    """Return what is known after a statement that leaves where something is not equal."""
    if not isinstance(statement, ast.If) or statement.orelse or not statement.body:
        return ()
    return compared(statement.test)[1] if isinstance(statement.body[-1], _LEAVES) else ()


def compared(test: ast.expr) -> tuple[Guards, Guards]:
    """Return the constants that something equals where ``test`` holds, and where it does not."""
    equal: list[Literal] = []
    unequal: list[Literal] = []
    for node in ast.walk(test):
        if not isinstance(node, ast.Compare):
            if isinstance(node, ast.Call) and last_name(node.func) in (
                "isclose",
                "startswith",
                "match",
                "fullmatch",
            ):
                equal.extend(value for value in map(constant, node.args) if value is not NOTHING)
            continue
        for left, compare, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            values = [value for value in (constant(left), constant(right)) if value is not NOTHING]
            if len(values) != 1:
                continue
            if isinstance(compare, ast.Eq | ast.Is):
                equal.extend(_meanings(values[0]))
            elif isinstance(compare, ast.NotEq | ast.IsNot):
                unequal.extend(_meanings(values[0]))
            elif isinstance(compare, ast.In) and isinstance(values[0], list | tuple | frozenset | dict):
                equal.extend(values[0])
            elif isinstance(compare, ast.NotIn) and isinstance(values[0], list | tuple | frozenset | dict):
                unequal.extend(values[0])
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return tuple(unequal), tuple(equal)
    return tuple(equal), tuple(unequal)


def _meanings(value: Literal) -> Iterator[Literal]:
    """Yield a constant, what it says as text, and what it holds."""
    yield value
    if isinstance(value, list | tuple):
        yield from value
    tree = tree_of(value.strip()) if isinstance(value, str) and 0 < len(value) < 200 else None
    if tree is not None and len(tree.body) == 1 and isinstance(expression := tree.body[0], ast.Expr):
        said = constant(expression.value)
        if said is not NOTHING:
            yield said


def _pattern(pattern: ast.pattern) -> Guards:
    found = [constant(node.value) for node in ast.walk(pattern) if isinstance(node, ast.MatchValue)]
    whole = [value for value in found if value is not NOTHING]
    return (*whole, tuple(whole))


def _expressions(statement: ast.stmt, place: _Place, given: Given) -> Iterator[Yield]:
    """Yield the constants that one statement gives away by itself."""
    line = statement.lineno
    if isinstance(statement, ast.Return):
        yield from _branches("returns", statement.value, place, line)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        if isinstance(statement.value, ast.Lambda):
            body = statement.value.body
            yield from _branches("returns", body, replace(place, alone=constant(body) is not NOTHING), line)
        else:
            yield from _branches("binds", statement.value, place, line)
    elif isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call):
        yield from _printed(call, place, line)
    for part in ast.iter_child_nodes(statement):
        if isinstance(part, ast.expr):
            yield from _inside(part, place, given)


def _branches(verb: str, value: ast.expr | None, place: _Place, line: int) -> Iterator[Yield]:
    """Yield the constants that an expression may be, with the conditions under which it is each."""
    stack: list[tuple[ast.expr | None, Guards]] = [(value, place.guards)]
    while stack:
        node, guards = stack.pop()
        if isinstance(node, ast.IfExp):
            equal, unequal = compared(node.test)
            stack += [(node.body, guards + equal), (node.orelse, guards + unequal)]
        elif isinstance(node, ast.BoolOp):
            known = guards
            for part in node.values:
                stack.append((part, known))
                if isinstance(node.op, ast.And):
                    known = known + compared(part)[0]
        elif isinstance(node, ast.NamedExpr):
            stack.append((node.value, guards))
        elif (found := constant(node)) is not NOTHING and node is not None:
            yield Yield(
                verb=verb, value=found, line=line, guards=guards, alone=place.alone, kept=place.kept([node])
            )


def _printed(call: ast.Call, place: _Place, line: int) -> Iterator[Yield]:
    values = [constant(argument) for argument in call.args] if last_name(call.func) in WRITERS else []
    if not values or any(value is NOTHING for value in values):
        return
    separator = next((constant(k.value) for k in call.keywords if k.arg == "sep"), " ")
    text, kept = str(separator).join(map(str, values)), place.kept(call.args)
    for piece in (text, *text.split("\n")):
        yield Yield(verb="prints", value=piece, line=line, guards=place.guards, kept=kept)


def _inside(expression: ast.expr, place: _Place, given: Given) -> Iterator[Yield]:
    """Yield the tables and conditions that map the check's inputs to its answers, inside an expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Lambda | ast.IfExp):
            value = node.body if isinstance(node, ast.Lambda) else node
            yield from _branches("returns", value, place, node.lineno)
        elif isinstance(node, ast.Dict):
            yield from _table(node, given)


def _table(node: ast.Dict, given: Given) -> Iterator[Yield]:
    """Yield the entries of a table of which at least half are the check's own questions and answers."""
    entries = [
        (constant(name), constant(value))
        for name, value in zip(node.keys, node.values, strict=True)
        if name is not None
    ]
    known = [
        (tuple(_meanings(name)), value)
        for name, value in entries
        if name is not NOTHING and value is not NOTHING and _is_answer(name, value, given)
    ]
    if known and len(known) * 2 >= len(entries):
        for meanings, value in known:
            yield Yield(verb="looks up", value=value, line=node.lineno, guards=meanings)


def _is_answer(name: Literal, value: Literal, given: Given) -> bool:
    return any(key(value) in given.answers.get(key(meaning), ()) for meaning in _meanings(name))
