"""A name that exists nowhere, where one in scope was meant that need not be spelt like it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.places import renamed, statement_of
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function, Scope, ScopeKind, Use
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Resolution
from mge_toolkit.retry.fixes.similarity import likeness

_MOST = 9
_CONSTANTS = ("0", "1", "None", "[]", "''")


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield the names in scope that are used as this one is, then what remains without it, then constants."""
    if all(use.in_annotation for use in uses):
        return
    line = uses[0].node.lineno
    ranked = sorted(_fitting(program, name, uses), key=lambda pair: -pair[0])
    for score, other in ranked[:_MOST]:
        yield Resolution(
            explanation=f"replaced '{name}', which nothing defines, by '{other}' on line {line}",
            confidence=min(0.49, 0.25 + score),
            edits=renamed(program, uses, other),
        )
    if all(isinstance(use.parent, ast.Subscript) and use.parent.slice is use.node for use in uses):
        for score, other in ranked[:2]:
            yield Resolution(
                explanation=f"replaced the index '{name}', which nothing defines, by '{other} - 1' on line {line}",
                confidence=0.05 + score,
                edits=renamed(program, uses, f"{other} - 1"),
            )
    yield from _left_out(program, uses)
    if all(use.call is None and use.attribute is None and not _is_subscripted(use) for use in uses):
        for rank, constant in enumerate(dict.fromkeys((*_numbers(program, uses), *_CONSTANTS))):
            yield Resolution(
                explanation=f"replaced '{name}', which nothing defines, by {constant} on line {line}",
                confidence=0.2 - 0.02 * rank,
                edits=renamed(program, uses, constant),
            )


def _fitting(program: Program, name: str, uses: Sequence[Use]) -> Iterator[tuple[float, str]]:
    """Yield the names that every use can see, with how well each would fit."""
    first = uses[0]
    called = any(use.call is not None for use in uses)
    scopes = program.common(uses)
    loaded = {use.name for use in program.scopes.uses}
    statement = statement_of(first)
    for other, scope in scopes.items():
        if other in (name, "self", "cls"):
            continue
        node = program.outer.names.get(other) if scope is None else scope.bindings[other][0]
        if called != isinstance(node, Function | ast.ClassDef) and not (called and isinstance(node, ast.arg)):
            continue
        if isinstance(node, ast.alias) or (
            scope is not None and _comes_later(scope, other, first, statement)
        ):
            continue
        score = 0.1 * likeness(name, other) + (0.12 if other not in loaded else 0.0)
        score += {ScopeKind.MODULE: 0.0, ScopeKind.CLASS: 0.02}.get(scope.kind, 0.05) if scope else -0.05
        yield score + 0.05 * _same_use(program, uses, other) + _nearness(scope, other, first), other


def _nearness(scope: Scope | None, name: str, use: Use) -> float:
    """Return how near above the use a name is bound, as a part of its score."""
    lines = [] if scope is None else [getattr(node, "lineno", 0) for node in scope.bindings[name]]
    gaps = [use.node.lineno - line for line in lines if line <= use.node.lineno]
    return 0.08 / (1 + min(gaps) / 4) if gaps else 0.0


def _comes_later(scope: Scope, name: str, use: Use, statement: ast.stmt | None) -> bool:
    """Return whether a local name is bound only after the use, or by its own statement."""
    if scope is not use.scope.function() and scope is not use.scope:
        return False
    lines = [getattr(node, "lineno", 0) for node in scope.bindings[name]]
    own = statement is not None and isinstance(statement, ast.Assign | ast.AnnAssign)
    return min(lines) > use.node.lineno or (own and min(lines) == use.node.lineno and name != "self")


def _same_use(program: Program, uses: Sequence[Use], other: str) -> int:
    """Return how many ways of using the missing name ``other`` has elsewhere."""
    if _same_use not in program.answers:
        ways: dict[str, set[str]] = {}
        for use in program.scopes.uses:
            ways.setdefault(use.name, set()).add(_way(use))
        program.answers[_same_use] = ways
    known = program.answers[_same_use]
    return len({_way(use) for use in uses} & known.get(other, set()))


def _way(use: Use) -> str:
    """Return in which way a name is used, in a word that two uses share."""
    parent = use.parent
    if isinstance(parent, ast.Attribute):
        return f".{parent.attr}"
    if isinstance(parent, ast.Call) and parent.func is not use.node:
        return f"{parent.func.id}()" if isinstance(parent.func, ast.Name) else "argument"
    if isinstance(parent, ast.Subscript):
        return "[]" if parent.value is use.node else "index"
    return type(parent).__name__


def _is_subscripted(use: Use) -> bool:
    return isinstance(use.parent, ast.Subscript) and use.parent.value is use.node


def _left_out(program: Program, uses: Sequence[Use]) -> Iterator[Resolution]:
    """Yield what remains where the name is left out of a call's arguments, a sum, or before a dot."""
    found = [_without(program, use) for use in uses]
    edits = tuple(edit for edit in found if edit is not None)
    if len(edits) == len(uses):
        yield Resolution(
            explanation=f"left out '{uses[0].name}', which nothing defines, on line {uses[0].node.lineno}",
            confidence=0.32,
            edits=edits,
        )


def _without(program: Program, use: Use) -> Edit | None:
    source, node, parent = program.source, use.node, use.parent
    if isinstance(parent, ast.Call) and node in parent.args and len(parent.args) > 1:
        index = parent.args.index(node)
        if index:
            return Edit(source.end(parent.args[index - 1]), source.end(node), "")
        return Edit(source.start(node), source.start(parent.args[1]), "")
    if isinstance(parent, ast.BinOp):
        if parent.right is node:
            return Edit(source.end(parent.left), source.end(node), "")
        negative = "-" if isinstance(parent.op, ast.Sub) else ""
        return Edit(source.start(node), source.start(parent.right), negative)
    if isinstance(parent, ast.Attribute):
        return source.replaced(parent, parent.attr)
    return None


def _numbers(program: Program, uses: Sequence[Use]) -> list[str]:
    """Return the numbers that stand in the code where this name stands: after the same operator."""
    operators = {type(use.parent.op) for use in uses if isinstance(use.parent, ast.BinOp)}
    found = [
        node.right.value
        for node in ast.walk(program.tree)
        if isinstance(node, ast.BinOp)
        and type(node.op) in operators
        and isinstance(node.right, ast.Constant)
        and isinstance(node.right.value, int)
    ]
    return [str(number) for number in dict.fromkeys(found)][:3]
