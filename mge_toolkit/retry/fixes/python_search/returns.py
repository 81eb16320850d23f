"""Returns: missing, in the wrong place, or of the wrong value."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mge_toolkit.retry.fixes.python_search.blocks import line_after
from mge_toolkit.retry.fixes.python_search.changes import Change, quoted
from mge_toolkit.retry.fixes.python_search.program import FUNCTIONS, FunctionNode, Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import LIST, MAP, SET, Scopes


def changes(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield the changes of what a function returns, for a function's statement or one of its own."""
    node = statement.node
    if isinstance(node, FUNCTIONS):
        yield from _missing(program, scopes, node)
    elif isinstance(node, ast.Expr) and statement.function is not None:
        yield from _unreturned(program, statement, node)
    elif isinstance(node, ast.Return) and node.value is None:
        yield from _bare(program, scopes, statement, node)


def _own_returns(program: Program, function: FunctionNode) -> list[ast.Return]:
    return [
        one.node
        for one in program.statements
        if isinstance(one.node, ast.Return) and one.function is function
    ]


def _results(program: Program, scopes: Scopes, function: FunctionNode) -> list[str]:
    """Return the names whose value a function probably returns: what it collects, last bound first."""
    found = [one for one in scopes.own(function) if not one.loop and not one.parameter and one.reads == 0]
    kept = [one for one in scopes.own(function) if not one.loop and not one.parameter and one.reads]
    kept.sort(key=lambda one: (one.kind not in (LIST, SET, MAP), -one.line))
    parameters = [
        one.name for one in scopes.own(function) if one.parameter and one.name not in ("self", "cls")
    ]
    return [*(one.name for one in found), *(one.name for one in kept[:4]), *parameters[:1]]


def _missing(program: Program, scopes: Scopes, node: FunctionNode) -> Iterator[Change]:
    """Yield a return at the end of a function that ends without one."""
    last = program.of_node[node.body[-1]]
    if isinstance(last.node, ast.Return | ast.Raise) or node.name == "__init__":
        return
    if any(
        isinstance(n, ast.Yield | ast.YieldFrom)
        for s in program.statements
        if s.function is node
        for n in s.expressions
    ):
        return
    returns = [one for one in _own_returns(program, node) if one.value is not None]
    found: list[tuple[str, float]] = []
    constants = {one.value.value for one in returns if isinstance(one.value, ast.Constant)}
    if constants & {True, False} and all(isinstance(value, bool) for value in constants):
        found = [(str(not value), 0.8) for value in constants if isinstance(value, bool)]
    base = 0.9 if not returns else 0.5
    found += [(name, base * 0.8**rank) for rank, name in enumerate(_results(program, scopes, node)[:5])]
    if returns:
        found += [(text, 0.2) for text in ("0", "[]", "''", "-1")]
    for text, weight in found:
        edit = line_after(program, last.node, f"return {text}")
        if edit is not None:
            said = f"added the missing 'return {text}'"
            line = last.node.end_lineno or last.node.lineno
            yield Change((edit,), "return", weight, line, edit.start, said)


def _unreturned(program: Program, statement: Statement, node: ast.Expr) -> Iterator[Change]:
    """Yield the return of a value that is computed and dropped."""
    value = node.value
    if isinstance(value, ast.Constant | ast.Yield | ast.YieldFrom | ast.Await):
        return
    start = program.span(node)[0]
    mutator = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    loops = any(isinstance(one, ast.For | ast.While) for one in program.above(node))
    weight = 0.2 if mutator else 0.6
    if isinstance(value, ast.BinOp | ast.Compare | ast.Name | ast.BoolOp | ast.Subscript | ast.ListComp):
        weight = 0.9
    edit = program.edit(start, start, "return ")
    said = f"returned {quoted(program.source(value))}"
    yield Change((edit,), "return", weight * (0.5 if loops else 1.0), node.lineno, start, said)


def _bare(program: Program, scopes: Scopes, statement: Statement, node: ast.Return) -> Iterator[Change]:
    if statement.function is None:
        return
    end = program.span(node)[1]
    names = _results(program, scopes, statement.function)[:4]
    for text, weight in (
        *((name, 0.5) for name in names),
        ("[]", 0.3),
        ("0", 0.2),
        ("False", 0.3),
        ("True", 0.2),
    ):
        edit = program.edit(end, end, f" {text}")
        yield Change((edit,), "return", weight, node.lineno, end, f"returned {text}")
