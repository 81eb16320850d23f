"""A method that is called like a function: ``split(text)``, or ``text, split()`` with a comma for the dot."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.classes import public
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Use
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Resolution

_METHODS: Final = frozenset(name for kind in (str, list, dict, set) for name in public(kind))
_TIGHT: Final = (
    *(ast.Name, ast.Attribute, ast.Call, ast.Subscript),
    *(ast.List, ast.Dict, ast.JoinedStr, ast.Constant),
)


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield the call of the method on the first argument, and on what stands before a comma."""
    calls = [use.call for use in uses if use.call is not None]
    if name not in _METHODS or len(calls) != len(uses):
        return
    source, line = program.source, uses[0].node.lineno
    for use in uses:
        following = use.parents[1] if len(use.parents) > 1 else None
        elements = following.elts if isinstance(following, ast.Tuple | ast.List) else []
        if use.call in elements[1:]:
            before = elements[elements.index(use.call) - 1]
            dot = Edit(source.end(before), source.start(use.node), ".")
            yield Resolution(
                explanation=f"wrote a dot for the comma before '{name}' on line {use.node.lineno}",
                confidence=0.72,
                edits=(dot,),
            )
    if not all(call.args and isinstance(call.args[0], ast.expr) for call in calls):
        return
    edits = [edit for call in calls for edit in _on_first(program, call, name)]
    if edits:
        yield Resolution(
            explanation=f"called '{name}' as a method of its first argument on line {line}",
            confidence=0.7,
            edits=tuple(edits),
        )


def _on_first(program: Program, call: ast.Call, name: str) -> list[Edit]:
    """Return the edits that turn ``name(first, rest)`` into ``first.name(rest)``."""
    source, first = program.source, call.args[0]
    if isinstance(first, ast.Starred | ast.GeneratorExp):
        return []
    text = source.of(first)
    number = isinstance(first, ast.Constant) and not isinstance(first.value, str)
    if number or not isinstance(first, _TIGHT):
        text = f"({text})"
    following: list[ast.expr | ast.keyword] = [*call.args[1:], *call.keywords]
    end = source.start(following[0]) if following else source.end(call) - 1
    return [Edit(source.start(call), end, f"{text}.{name}(")]
