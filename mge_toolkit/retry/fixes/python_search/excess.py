"""Too much of an expression: a clause, an operand, a comprehension's condition, a branch of a choice."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to, quoted
from mge_toolkit.retry.fixes.python_search.program import COMPREHENSIONS, Program, Statement
from mge_toolkit.retry.fixes.python_search.terms import whole


def changes(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield one statement's own expressions with a part left out."""
    for node in statement.expressions:
        if isinstance(node, ast.BoolOp):
            yield from _clauses(program, node)
        elif isinstance(node, ast.BinOp):
            yield from _operands(program, node)
        elif isinstance(node, COMPREHENSIONS):
            yield from _conditions(program, node)
        elif isinstance(node, ast.IfExp):
            for part, weight in ((node.body, 0.2), (node.orelse, 0.2)):
                yield _kept(program, node, part, weight)
            yield _branches(program, node)


def _kept(program: Program, node: ast.expr, part: ast.expr, weight: float) -> Change:
    """Return the change of ``node`` to one part of it."""
    text = program.full(part)
    if program.outer(part) == program.span(part):
        loose = isinstance(part, ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda)
        operation = loose or isinstance(part, ast.BinOp | ast.UnaryOp)
        edit = program.fitted(node, text, loose=loose) if operation else program.replaced(node, text)
    else:
        edit = program.replaced(node, text)
    said = from_to(program.source(node), program.source(part))
    return Change((edit,), "excess", weight, node.lineno, program.span(node)[0], said)


def _branches(program: Program, node: ast.IfExp) -> Change:
    edits = (
        program.edit(*program.outer(node.body), program.full(node.orelse)),
        program.edit(*program.outer(node.orelse), program.full(node.body)),
    )
    said = f"swapped the branches of {quoted(program.source(node))}"
    return Change(edits, "swap", 0.5, node.lineno, program.span(node)[0], said)


def _clauses(program: Program, node: ast.BoolOp) -> Iterator[Change]:
    spans = [program.outer(value) for value in node.values]
    for index, value in enumerate(node.values):
        if len(node.values) == 2:
            yield _kept(program, node, node.values[1 - index], 0.5)
            continue
        start = spans[index][0] if index == 0 else spans[index - 1][1]
        end = spans[index + 1][0] if index == 0 else spans[index][1]
        edit = program.edit(start, end, "")
        said = f"dropped the clause {quoted(program.source(value))}"
        yield Change((edit,), "excess", 0.45, node.lineno, program.span(node)[0], said)


def _operands(program: Program, node: ast.BinOp) -> Iterator[Change]:
    weight = 0.35
    if isinstance(node.right, ast.Constant | ast.UnaryOp):
        odd = isinstance(node.op, ast.Mult) and whole(node.right) in (
            1,
            -1,
        )  # a sign is written before its operand
        one = isinstance(node.op, ast.Add | ast.Sub) and whole(node.right) == 1
        weight = 0.65 if odd or one else 0.4
    yield _kept(program, node, node.left, weight)
    yield _kept(program, node, node.right, 0.15)
    left = node.left
    depth = 0
    while isinstance(left, ast.BinOp) and depth < 2:
        yield _kept(program, node, left.left, 0.2)
        left, depth = left.left, depth + 1
    left = node.left
    if isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
        start, end = program.outer(left.left)[1], program.outer(left.right)[1]
        said = f"dropped {quoted(program.code[start:end])}"
        edit = program.edit(start, end, "")
        yield Change((edit,), "excess", 0.25, node.lineno, program.span(node)[0], said)


def _conditions(program: Program, node: ast.expr) -> Iterator[Change]:
    for generator in getattr(node, "generators", ()):
        before = program.outer(generator.iter)[1]
        for condition in generator.ifs:
            end = program.outer(condition)[1]
            edit = program.edit(before, end, "")
            said = f"dropped the condition {quoted(program.source(condition))}"
            yield Change((edit,), "excess", 0.3, node.lineno, program.span(node)[0], said)
            before = end
