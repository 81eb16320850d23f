"""Expressions one more or one less, written as a person would."""

from __future__ import annotations

import ast

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to
from mge_toolkit.retry.fixes.python_search.program import Program

_LONGEST_NUMBER = 10**18


def whole(node: ast.expr | None) -> int | None:
    """Return the integer that an expression writes, ``-1`` included."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = whole(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value < _LONGEST_NUMBER:
        return node.value
    return None


def shifted(program: Program, node: ast.expr, by: int) -> tuple[str, bool]:
    """Return ``node`` plus ``by``, and whether that is an operation."""
    number = whole(node)
    if number is not None:
        return str(number + by), number + by < 0
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        last = whole(node.right)
        if last is not None:
            total = by + (last if isinstance(node.op, ast.Add) else -last)
            left = program.full(node.left)
            if total == 0:
                return left, isinstance(node.left, ast.BinOp)
            return f"{left} {'+' if total > 0 else '-'} {abs(total)}", True
    loose = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult)
    loose = loose or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Mod | ast.Div))
    text = program.full(node) if loose else program.operand(node)
    return f"{text} {'+' if by > 0 else '-'} {abs(by)}", True


def off_by_one(program: Program, node: ast.expr, by: int, weight: float, family: str = "bounds") -> Change:
    """Return the change of ``node`` to itself plus ``by``."""
    text, operation = shifted(program, node, by)
    edit = program.fitted(node, text) if operation else program.replaced(node, text)
    said = from_to(program.source(node), text)
    return Change((edit,), family, weight, node.lineno, program.span(node)[0], said)
