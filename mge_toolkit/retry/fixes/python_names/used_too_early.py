"""A function, class or value that is defined below the statement that needs it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution


def propose(question: Question) -> Iterable[Resolution]:
    """Yield the program with the definition moved in front of the statement that failed."""
    if question.trouble not in (Trouble.NAME, Trouble.UNBOUND_LOCAL, Trouble.UNBOUND_FREE):
        return
    program, name = question.program, question.subject
    for node in ast.walk(program.tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        wanted = [index for index, statement in enumerate(body) if _binds(statement, name)]
        needing = next(
            (index for index, statement in enumerate(body) if _mentions(statement, name, question)), None
        )
        if wanted and needing is not None and needing < wanted[0]:
            edits = _moved(program, body[wanted[0]], body[needing])
            if edits:
                yield Resolution(
                    explanation=f"moved the definition of '{name}' from line {body[wanted[0]].lineno} "
                    f"to above line {body[needing].lineno}",
                    confidence=0.8,
                    edits=edits,
                )


def _binds(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.name == name
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name) == name for alias in statement.names)
    return isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == name for target in statement.targets
    )


def _mentions(statement: ast.stmt, name: str, question: Question) -> bool:
    """Return whether a statement uses ``name`` when it runs: the body of a function does so only later."""
    deferred = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    if deferred and not question.on_failing_line(statement):
        return False
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in ast.walk(statement)
    )


def _moved(program: Program, definition: ast.stmt, before: ast.stmt) -> tuple[Edit, ...]:
    """Return the edits that take whole lines from one place to another; none where a line is shared."""
    source = program.source
    first = min([definition.lineno, *(node.lineno for node in getattr(definition, "decorator_list", []))])
    target = min([before.lineno, *(node.lineno for node in getattr(before, "decorator_list", []))])
    start, end = source.line_start(first), source.line_start((definition.end_lineno or first) + 1)
    text = source.text[start:end]
    head = source.text[start : source.start(definition)] if first == definition.lineno else ""
    if head.strip() or source.text[source.end(definition) : end].lstrip(" \t").rstrip("\r\n")[:1] not in (
        "",
        "#",
    ):
        return ()
    if not text.endswith(("\n", "\r")):
        text += source.newline
    place = source.line_start(target)
    return (Edit(place, place, text), Edit(start, end, ""))
