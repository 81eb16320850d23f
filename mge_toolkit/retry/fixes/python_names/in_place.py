"""What a method that changes its object in place returns, which is nothing, and is used all the same."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.forms import filled
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution

_IN_PLACE: Final = frozenset(("append", "extend", "insert", "clear", "sort", "reverse", "add", "update"))
_RESULTS: Final = {"sort": "sorted({all})", "reverse": "{0}[::-1]"}


def propose(question: Question) -> Iterable[Resolution]:
    """Yield the call alone for ``x = x.append(y)``, and ``sorted(x)`` for a ``x.sort()`` that is used."""
    none = question.trouble is Trouble.ATTRIBUTE and question.evidence.of == "NoneType"
    if not none and question.trouble is not Trouble.NONE_USED:
        return
    for changes, confidence in ((_alone(question.program), 0.92), (_with_result(question.program), 0.88)):
        if changes:
            yield Resolution(
                explanation="used the object itself, as its in-place method returns nothing, on line "
                f"{question.program.source.line_at(changes[0].start)}",
                confidence=confidence,
                edits=tuple(changes),
            )


def _alone(program: Program) -> list[Edit]:
    """Return the edits that take the useless assignments away."""
    source = program.source
    edits = []
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            changed = _changed(node.value)
            if changed is not None and source.of(changed) == source.of(node.targets[0]):
                edits.append(Edit(source.start(node), source.start(node.value), ""))
    return edits


def _changed(node: ast.expr) -> ast.expr | None:
    """Return the object of a call that changes it in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _IN_PLACE:
        return node.func.value
    return None


def _with_result(program: Program) -> list[Edit]:
    """Return the edits that make a new object where the result is used."""
    source = program.source
    alone = {node.value for node in ast.walk(program.tree) if isinstance(node, ast.Expr)}
    edits = []
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Call) and node not in alone and isinstance(node.func, ast.Attribute):
            form = _RESULTS.get(node.func.attr)
            if form is not None and not node.args:
                parts = [source.of(node.func.value), *(source.of(keyword) for keyword in node.keywords)]
                edits.append(source.replaced(node, filled(form, parts)))
    return edits
