"""Finds checks that cannot fail an atom because they assert nothing: a remark for their author, never an error."""

from __future__ import annotations

import ast
from typing import Final

from mge_toolkit.core.plans import Atom

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS: Final = (ast.Import, ast.ImportFrom, ast.Pass)


def tests_nothing(atom: Atom) -> bool:
    """Return whether the check of a Python atom is made of definitions and bare comparisons alone."""
    if atom.check is None or atom.language != "python":
        return False
    try:
        body = ast.parse(atom.check.text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # the run says so, with its place
    idle = [_defines(statement) or _compares(statement) for statement in body]
    return any(idle) and all(
        nothing or isinstance(statement, _IMPORTS) or _is_text(statement)
        for nothing, statement in zip(idle, body, strict=True)
    )


def _defines(statement: ast.stmt) -> bool:
    """Return whether a statement only defines: a decorator calls something, and so may a class's body."""
    if not isinstance(statement, _DEFINITIONS) or statement.decorator_list:
        return False
    return not isinstance(statement, ast.ClassDef) or not any(
        isinstance(inner, ast.Assert | ast.Raise | ast.Expr) and not _is_text(inner)
        for inner in statement.body
    )


def _compares(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Compare)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
