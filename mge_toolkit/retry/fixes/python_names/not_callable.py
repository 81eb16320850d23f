"""A module that is called, where its function or class of that name was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.imports import statement_for
from mge_toolkit.retry.fixes.python_names.analysis.places import use_edits
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.analysis.standard import modules
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution

_LIKELY: Final = {"pprint": "pprint", "tqdm": "tqdm", "copy": "copy", "time": "time", "random": "random"}


def propose(question: Question) -> Iterable[Resolution]:
    """Yield ``module.name`` for calls of a module's own name, by each way to write that."""
    program = question.program
    if question.trouble is not Trouble.NOT_CALLABLE or question.subject != "module":
        return
    for name, nodes in program.module.bindings.items():
        alias = nodes[-1]
        if not isinstance(alias, ast.alias) or alias.name not in modules():
            continue
        calls = [use for use in program.scopes.uses if use.name == name and use.call is not None]
        member = _LIKELY.get(alias.name, alias.name.rpartition(".")[2])
        if not calls or member not in modules()[alias.name]:
            continue
        edits = [edit for use in calls for edit in use_edits(program.source, use, f"{name}.{member}")]
        yield Resolution(
            explanation=f"called '{name}.{member}', not the module, on line {calls[0].node.lineno}",
            confidence=0.95,
            edits=tuple(edits),
        )
        others = [use for use in program.scopes.uses if use.name == name and use.call is None]
        if not others:
            yield Resolution(
                explanation=f"imported '{member}' from {alias.name}, as line {calls[0].node.lineno} calls it",
                confidence=0.9,
                edits=_imported(program, alias, statement_for(alias.name, member, name)),
            )


def _imported(program: Program, alias: ast.alias, statement: str) -> tuple[Edit, ...]:
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Import) and alias in node.names and len(node.names) == 1:
            return (program.source.replaced(node, statement),)
    return ()
