"""Statements too many, in the wrong block or order, or of the wrong word."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mge_toolkit.retry.fixes.python_search.blocks import bound_names, is_elif, read_names, shifted
from mge_toolkit.retry.fixes.python_search.changes import Change, from_to, quoted
from mge_toolkit.retry.fixes.python_search.program import FUNCTIONS, LOOPS, Program, Statement, is_docstring

_KEPT = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass, ast.Assert)


def changes(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield the changes of one statement as a whole."""
    if isinstance(statement.node, _KEPT) or is_docstring(statement):
        return
    yield from _dropped(program, statement)
    yield from _outdented(program, statement)
    yield from _indented(program, statement)
    yield from _exchanged(program, statement)
    yield from _worded(program, statement)


def _dropped(program: Program, statement: Statement) -> Iterator[Change]:
    node = statement.node
    site, line = program.span(node)[0], node.lineno
    said = f"dropped {quoted(program.source(node).splitlines()[0])}"
    weight = _drop_weight(program, statement)
    if is_elif(program, node):
        yield from _dropped_elif(program, statement, weight)
        return
    lines, indent = program.lines_of(node), program.indent(node)
    if lines is None or indent is None:
        if not isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
            edit = program.edit(*program.span(node), "pass")
            yield Change((edit,), "excess", weight * 0.6, line, site, said)
        return
    text = f"{indent}pass{program.text.newline}" if len(statement.block) == 1 else ""
    yield Change((program.edit(*lines, text),), "excess", weight, line, site, said)
    if isinstance(node, ast.If) and not node.orelse:
        yield from _unguarded(program, node)


def _drop_weight(program: Program, statement: Statement) -> float:
    """Return how often such a statement is one too many."""
    node = statement.node
    if isinstance(node, ast.Return):
        return 0.1 if len(statement.block) > 1 else 0.04
    if isinstance(node, ast.For | ast.While | ast.With | ast.Try):
        return 0.08
    weight = 0.4
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = bound_names(node)
        earlier = any(targets & bound_names(one) for one in statement.block[: statement.index])
        weight = 0.3 if earlier or program.loop_of(node) is not None else 0.08
    loop = program.loop_of(node)
    if isinstance(loop, ast.While) and bound_names(node) & read_names(loop.test):
        weight *= 0.25  # the loop would hardly end
    return weight if len(statement.block) > 1 else weight * 0.6


def _dropped_elif(program: Program, statement: Statement, weight: float) -> Iterator[Change]:
    node = statement.node
    if not isinstance(node, ast.If):
        return
    last = node.body[-1]
    lines, end = program.lines_of(last), program.text.line_start(node.lineno)
    if lines is None or program.indent(node) is None:
        return
    said = f"dropped the branch 'elif {' '.join(program.source(node.test).split())}'"
    yield Change((program.edit(end, lines[1], ""),), "excess", weight, node.lineno, end, said)


def _unguarded(program: Program, node: ast.If) -> Iterator[Change]:
    """Yield the body of an ``if`` without its condition."""
    outer = program.indent(node)
    edits = []
    header = program.text.line_start(node.lineno)
    first = program.lines_of(node.body[0])
    for one in node.body:
        inner = program.indent(one)
        if outer is None or inner is None or len(inner) <= len(outer):
            return
        edit = shifted(program, one, less=len(inner) - len(outer))
        if edit is None:
            return
        edits.append(edit)
    if first is not None and first[0] > header:
        edits.append(program.edit(header, first[0], ""))
        said = f"dropped the condition {quoted(program.source(node.test))}"
        yield Change(tuple(edits), "excess", 0.15, node.lineno, header, said)


def _outdented(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield the end of a block, from this statement on, moved out of it."""
    owner = statement.owner
    if statement.index == 0 or not isinstance(owner, ast.If | ast.For | ast.While | ast.With):
        return
    later = getattr(owner, "orelse", [])
    if later and statement.block is not later:
        return
    leaves = any(isinstance(one, ast.Break | ast.Continue) for one in statement.block[statement.index :])
    if leaves and isinstance(owner, LOOPS):
        return
    outer, inner = program.indent(owner), program.indent(statement.node)
    if is_elif(program, owner) or outer is None or inner is None or len(inner) <= len(outer):
        return
    edits = [
        shifted(program, one, less=len(inner) - len(outer)) for one in statement.block[statement.index :]
    ]
    found = tuple(edit for edit in edits if edit is not None)
    if len(found) != len(edits):
        return
    loop = isinstance(owner, LOOPS)
    weight = (0.75 if isinstance(statement.node, ast.Return) else 0.35) if loop else 0.35
    weight *= 1.0 if len(edits) == 1 else 0.5
    said = f"moved {quoted(program.source(statement.node).splitlines()[0])} out of the block"
    yield Change(found, "layout", weight, statement.node.lineno, program.span(statement.node)[0], said)


def _indented(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield this statement moved into the block that ends before it."""
    if statement.index == 0:
        return
    before: ast.stmt | None = statement.block[statement.index - 1]
    base = program.indent(statement.node)
    depth = 0
    while isinstance(before, ast.If | ast.For | ast.While | ast.With) and base is not None and depth < 3:
        inside = getattr(before, "orelse", None) or before.body
        last = inside[-1]
        inner = program.indent(last)
        if inner is None or not inner.startswith(base) or is_elif(program, last):
            before = last if is_elif(program, last) else None
            continue
        edit = shifted(program, statement.node, deeper=inner[len(base) :])
        if edit is None:
            return
        weight = 0.3 if isinstance(statement.node, ast.Return) else 0.35
        if len(statement.block) == statement.index + 1 and isinstance(statement.node, ast.Return):
            weight = 0.2
        said = f"moved {quoted(program.source(statement.node).splitlines()[0])} into the block above"
        line = statement.node.lineno
        yield Change((edit,), "layout", weight * 0.8**depth, line, program.span(statement.node)[0], said)
        before, depth = last, depth + 1


def _exchanged(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield this statement and the one after it in the other order."""
    if statement.last:
        return
    one, two = statement.node, statement.block[statement.index + 1]
    simple = (ast.Assign, ast.AugAssign, ast.Expr, ast.AnnAssign)
    texts = program.source(one), program.source(two)
    if isinstance(one, simple) and isinstance(two, simple) and texts[0] != texts[1]:
        shared = bound_names(one) & (read_names(two) | bound_names(two)) or bound_names(two) & read_names(one)
        if shared:
            edits = program.edit(*program.span(one), texts[1]), program.edit(*program.span(two), texts[0])
            said = f"swapped {quoted(texts[0])} and {quoted(texts[1])}"
            yield Change(edits, "layout", 0.25, one.lineno, program.span(one)[0], said)
    elif isinstance(one, simple) and isinstance(two, ast.If) and not two.orelse:
        lines, next_lines = program.lines_of(one), program.lines_of(two)
        if lines is None or next_lines is None or lines[1] != next_lines[0]:
            return
        if bound_names(one) & (read_names(two) | bound_names(two)):
            first, second = program.code[slice(*lines)], program.code[slice(*next_lines)]
            if second.endswith(("\n", "\r")):
                edits = (program.edit(lines[0], next_lines[1], second + first),)  # type: ignore[assignment]
                said = f"moved {quoted(texts[0])} behind the condition after it"
                yield Change(edits, "layout", 0.2, one.lineno, program.span(one)[0], said)


def _worded(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield another word for the statement: ``break``, ``continue``, ``if``, ``elif``, ``while``."""
    node = statement.node
    start, end = program.span(node)
    forms: list[tuple[str, str, float]] = []
    if isinstance(node, ast.Break):
        forms = [("break", "continue", 0.35)]
    elif isinstance(node, ast.Continue):
        forms = [("continue", "break", 0.5)]
    elif isinstance(node, ast.Return) and program.loop_of(node) is not None:
        for word, weight in (("break", 0.12), ("continue", 0.12)):
            edit = program.edit(start, end, word)
            said = from_to(program.source(node), word)
            yield Change((edit,), "word", weight, node.lineno, start, said)
    elif is_elif(program, node):
        forms = [("elif", "if", 0.4)]
    elif isinstance(node, ast.If):
        previous = statement.block[statement.index - 1] if statement.index else None
        if isinstance(previous, ast.If) and not _ends_with_else(previous):
            forms.append(("if", "elif", 0.3))
        if not node.orelse:
            forms.append(("if", "while", 0.25))
    elif isinstance(node, ast.While) and not node.orelse and not _leaves(node):
        forms.append(("while", "if", 0.2))
    for word, other, weight in forms:
        if program.code.startswith(word, start):
            edit = program.edit(start, start + len(word), other)
            yield Change((edit,), "word", weight, node.lineno, start, from_to(word, other))


def _leaves(node: ast.While) -> bool:
    return any(isinstance(one, ast.Break | ast.Continue) for one in ast.walk(node))


def _ends_with_else(node: ast.If) -> bool:
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
    return bool(node.orelse)
