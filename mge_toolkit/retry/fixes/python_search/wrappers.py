"""Missing wrappers: conversions, ``abs``, ``len``, ``set``, ``sorted``, a method on a text, a fixed factor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to, quoted
from mge_toolkit.retry.fixes.python_search.program import COMPREHENSIONS, Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import FLAG, LIST, MAP, NUMBER, SET, TEXT, Scopes

_CONVERSIONS: Final = {"str": "conversion", "int": "number", "float": "number"}
_LAZY: Final = frozenset(("map", "filter", "zip", "reversed", "range", "dict", "enumerate", "keys", "values"))


def changes(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield the wrappers that one statement's own expressions may lack."""
    for node in statement.expressions:
        if isinstance(node, ast.Starred | ast.Slice | ast.GeneratorExp) or not isinstance(
            getattr(node, "ctx", ast.Load()), ast.Load
        ):
            continue
        kind = scopes.kind(node, statement.function)
        forms = dict(_by_place(program, scopes, statement, node, kind))
        text = program.full(node)
        for name, weight in forms.items():
            if _is_call(node, name) or name in _outer_calls(program, node):
                continue
            if program.source(node) != text and isinstance(node, ast.Tuple):
                continue
            edit = program.replaced(node, f"{name}({program.source(node)})")
            family = _CONVERSIONS.get(name, "wrap")
            said = f"put {quoted(text)} into {name}()"
            yield Change((edit,), family, weight, node.lineno, program.span(node)[0], said, "", name)
        yield from _methods(program, scopes, statement, node, kind)
        yield from _scaled(program, node, kind)
        yield from _joined(program, scopes, statement, node)


def _is_call(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _outer_calls(program: Program, node: ast.expr) -> tuple[str, ...]:
    parent = program.parents.get(node)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return (parent.func.id,)
    return ()


def _by_place(
    program: Program, scopes: Scopes, statement: Statement, node: ast.expr, kind: str | None
) -> Iterator[tuple[str, float]]:
    """Yield the wrappers that make sense for an expression of such a kind in such a place."""
    parent = program.parents.get(node)
    returned = isinstance(parent, ast.Return) or (
        isinstance(parent, ast.Tuple) and isinstance(program.parents.get(parent), ast.Return)
    )
    given = returned or isinstance(parent, ast.Assign | ast.AnnAssign | ast.AugAssign)
    handed = isinstance(parent, ast.Call) and node in parent.args
    compared = isinstance(parent, ast.Compare)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield "abs", 0.55 if given or handed or compared else 0.25
    elif kind == NUMBER and (given or compared) and isinstance(node, ast.Name):
        yield "abs", 0.15
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult | ast.Pow):
        yield "int", 0.3
        yield "round", 0.15
    if isinstance(node, ast.Call) and _outer_calls(program, node) in (("len",), ("sorted",), ("sum",)):
        yield "set", 0.3
    written = isinstance(node, ast.Constant)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add) and (kind == NUMBER or not written):
        yield from _added(scopes, statement, parent, node, kind)
    if not isinstance(node, ast.Name | ast.Call | ast.ListComp | ast.Subscript | ast.BinOp | ast.Attribute):
        return
    gathered = handed and set(_outer_calls(program, node)) & {"sorted", "len", "sum", "list"}
    if gathered and kind in (LIST, TEXT, None):
        yield "set", 0.4
    if returned:
        yield from _returned(node, kind)
    elif given and kind in (LIST, None):
        yield "sorted", 0.2
        if kind == LIST or isinstance(parent, ast.Assign):
            yield "set", 0.1
        lazy = isinstance(node, ast.Call) and _name(node) in _LAZY
        yield "list", 0.35 if lazy else 0.12
    if compared and kind in (LIST, TEXT, SET, None) and isinstance(node, ast.Name | ast.Call | ast.Subscript):
        yield "len", 0.25 if kind is not None else 0.12
        yield "str", 0.06
        yield "int", 0.1
    if handed and isinstance(node, ast.Name | ast.Call) and kind not in (NUMBER, FLAG):
        yield "len", 0.12
        yield "sorted", 0.1
    if handed and kind in (NUMBER, None) and isinstance(node, ast.Name | ast.Subscript):
        yield "str", 0.12
        yield "int", 0.1
        yield "abs", 0.12 if isinstance(node, ast.Name) else 0.06
    if isinstance(parent, ast.For | ast.comprehension) and node is parent.iter:
        yield from _iterated(parent, kind)


def _added(
    scopes: Scopes, statement: Statement, parent: ast.BinOp, node: ast.expr, kind: str | None
) -> Iterator[tuple[str, float]]:
    """Yield conversions that an addition may need."""
    other = parent.left if node is parent.right else parent.right
    if scopes.kind(other, statement.function) == TEXT and kind != TEXT:
        yield "str", 0.45
    elif kind is None or kind == TEXT:
        yield "int", 0.12
    if kind == NUMBER and isinstance(node, ast.Name):
        yield "str", 0.1


def _iterated(parent: ast.For | ast.comprehension, kind: str | None) -> Iterator[tuple[str, float]]:
    """Yield what may be iterated in the place of a value itself."""
    if kind in (NUMBER, None):
        yield "range", 0.3 if kind == NUMBER else 0.12
        yield "str", 0.12
    if kind in (LIST, TEXT, SET, None):
        yield "sorted", 0.2
        yield "enumerate", 0.1 if isinstance(parent.target, ast.Tuple) else 0.01
        yield "set", 0.12
        yield "reversed", 0.15


def _returned(node: ast.expr, kind: str | None) -> Iterator[tuple[str, float]]:
    if kind in (LIST, SET, MAP, None):
        yield "sorted", 0.4 if kind in (LIST, SET) else 0.2
        lazy = isinstance(node, ast.Call) and _name(node) in _LAZY
        yield "list", 0.6 if lazy or kind == SET else 0.15
        yield "len", 0.3
        yield "set", 0.15
        yield "sum", 0.1
        yield "tuple", 0.08
    if kind in (NUMBER, TEXT, None):
        yield "str", 0.2
        yield "int", 0.3
    if kind in (NUMBER, None):
        yield "abs", 0.2
        yield "round", 0.12
        yield "float", 0.06
        yield "bool", 0.06
    if kind is None or kind == LIST:
        yield "max", 0.06
        yield "min", 0.06


def _name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _methods(
    program: Program, scopes: Scopes, statement: Statement, node: ast.expr, kind: str | None
) -> Iterator[Change]:
    """Yield a text's own methods where its case or its white space may matter."""
    if kind not in (TEXT, None) or not isinstance(node, ast.Name | ast.Subscript | ast.Call):
        return
    parent = program.parents.get(node)
    matters = isinstance(parent, ast.Compare | ast.comprehension | ast.For) or (
        isinstance(parent, ast.Call) and node in parent.args
    )
    returned = isinstance(parent, ast.Return | ast.Assign) and kind == TEXT
    if not (matters or returned) or _is_call(node, "range") or (kind is None and not matters):
        return
    scale = 1.0 if kind == TEXT else 0.5
    if isinstance(node, ast.Name) and kind is None:
        found = scopes.find(node.id, statement.function)
        if found is None or not (found.loop or found.parameter):
            return
    for method, weight in (("lower", 0.25), ("strip", 0.12), ("upper", 0.12), ("split", 0.1)):
        edit = program.replaced(node, f"{program.operand(node)}.{method}()")
        said = f"called .{method}() of {quoted(program.source(node))}"
        yield Change((edit,), "method", weight * scale, node.lineno, program.span(node)[0], said, "", method)


def _scaled(program: Program, node: ast.expr, kind: str | None) -> Iterator[Change]:
    """Yield a computed number halved or doubled."""
    parent = program.parents.get(node)
    if kind not in (NUMBER, None) or not isinstance(parent, ast.Return | ast.Assign):
        return
    if not isinstance(node, ast.BinOp | ast.Call | ast.Name):
        return
    scale = 1.0 if kind == NUMBER or isinstance(node, ast.BinOp) else 0.4
    for tail, weight in ((" / 2", 0.2), (" // 2", 0.2), (" * 2", 0.15), (" % 2", 0.03), (" ** 2", 0.05)):
        edit = program.fitted(node, f"{program.operand(node)}{tail}")
        said = from_to(program.source(node), edit.text)
        yield Change((edit,), "factor", weight * scale, node.lineno, program.span(node)[0], said)


def _joined(program: Program, scopes: Scopes, statement: Statement, node: ast.expr) -> Iterator[Change]:
    """Yield the text of a list's items where the list itself is returned, and a choice of an empty value."""
    parent = program.parents.get(node)
    if not isinstance(parent, ast.Return):
        return
    if scopes.kind(node, statement.function) == LIST and isinstance(node, (ast.Name, *COMPREHENSIONS)):
        for glue, weight in (("''", 0.2), ("' '", 0.12)):
            edit = program.replaced(node, f"{glue}.join({program.full(node)})")
            yield Change(
                (edit,), "wrap", weight, node.lineno, program.span(node)[0], f"joined the items by {glue}"
            )
