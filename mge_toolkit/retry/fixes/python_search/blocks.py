"""What the families of statements share: lines to add, moved lines, and which names a statement touches."""

from __future__ import annotations

import ast

from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_search.program import Program, Statement, is_docstring


def line_after(program: Program, node: ast.stmt, text: str) -> Edit | None:
    """Return the edit that puts lines after ``node``, indented as it is; ``None`` where it shares its lines."""
    lines, indent = program.lines_of(node), program.indent(node)
    if lines is None or indent is None:
        return None
    newline, offset = program.text.newline, lines[1]
    added = newline.join(f"{indent}{line}" for line in text.split("\n"))
    at_end = offset == len(program.code) and not program.code.endswith(("\n", "\r"))
    return Edit(offset, offset, f"{newline}{added}" if at_end else f"{added}{newline}")


def line_before(program: Program, node: ast.stmt, text: str) -> Edit | None:
    """Return the edit that puts lines before ``node``, indented as it is."""
    lines, indent = program.lines_of(node), program.indent(node)
    if lines is None or indent is None:
        return None
    newline = program.text.newline
    return Edit(lines[0], lines[0], "".join(f"{indent}{line}{newline}" for line in text.split("\n")))


def shifted(program: Program, node: ast.stmt, *, deeper: str | None = None, less: int = 0) -> Edit | None:
    """Return the edit that indents the lines of ``node`` by ``deeper``, or takes ``less`` columns from them."""
    lines = program.lines_of(node)
    if lines is None or any(isinstance(one, ast.JoinedStr) or _spans_lines(one) for one in ast.walk(node)):
        return None
    moved = []
    for line in program.code[lines[0] : lines[1]].splitlines(keepends=True):
        if not line.strip():
            moved.append(line)
        elif deeper is not None:
            moved.append(deeper + line)
        elif line[:less].strip():
            return None
        else:
            moved.append(line[less:])
    return Edit(lines[0], lines[1], "".join(moved))


def _spans_lines(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.end_lineno != node.lineno


def bound_names(node: ast.AST) -> set[str]:
    """Return the names that ``node`` binds or whose values it changes by a method or an item."""
    found: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store | ast.Del):
            found.add(one.id)
            continue
        changed: ast.expr | None = None
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
            changed = one.func.value
        elif isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
            changed = one.value
        if isinstance(changed, ast.Name):
            found.add(changed.id)
    return found


def read_names(node: ast.AST) -> set[str]:
    """Return the names that ``node`` reads."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def first_of(program: Program, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Statement:
    """Return the first statement of a function that is no docstring."""
    statements = [program.of_node[node] for node in function.body]
    return next((one for one in statements if not is_docstring(one)), statements[-1])


def is_elif(program: Program, node: ast.stmt) -> bool:
    """Return whether ``node`` is written ``elif``."""
    return isinstance(node, ast.If) and program.code.startswith("elif", program.span(node)[0])
