"""A line that is like the one above it, for another variable: ``b = …`` as ``a = f(x_a)`` is written."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit


def twin(program: Program, call: ast.Call, parents: Sequence[ast.AST]) -> tuple[Edit, str] | None:
    """Return the edit that writes a call as the statement before it is written, with its text."""
    statement = parents[0]
    before = _before(statement, parents[1]) if len(parents) > 1 else None
    name, model = _target(statement), _target(before)
    if (
        name is None
        or model is None
        or not isinstance(before, ast.Assign)
        or call is not getattr(statement, "value", None)
    ):
        return None
    differing = _difference(model, name)
    if differing is None:
        return None
    old, new = differing
    places = [n for n in ast.walk(before.value) if isinstance(n, ast.Name) and n.id == old]
    if not places or not any(new in scope.bindings for scope in program.scopes.all):
        return None
    source, start = program.source, program.source.start(before.value)
    text = source.of(before.value)
    for place in sorted(places, key=source.start, reverse=True):
        at = source.start(place) - start
        text = text[:at] + new + text[at + len(old) :]
    return source.replaced(call, text), text


def _before(statement: ast.AST, block: ast.AST) -> ast.AST | None:
    for name in ("body", "orelse", "finalbody"):
        statements = getattr(block, name, [])
        if isinstance(statements, list) and statement in statements:
            place = statements.index(statement)
            return statements[place - 1] if place else None
    return None


def _target(statement: ast.AST | None) -> str | None:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def _difference(one: str, other: str) -> tuple[str, str] | None:
    """Return the parts in which two names differ, between what begins and what ends both alike."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    old, new = one[start : len(one) - end], other[start : len(other) - end]
    return (old, new) if old.isidentifier() and new.isidentifier() else None
