"""Members of a class that are named without their object, and names that are taken for members."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.classes import members
from mge_toolkit.retry.fixes.python_names.analysis.places import use_edits
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function, Use
from mge_toolkit.retry.fixes.python_names.resolution import Resolution
from mge_toolkit.retry.fixes.similarity import alike


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield ``self.name`` where the class around has such a member, or one that is spelt like it."""
    owner = uses[0].scope.enclosing_class()
    if owner is None or any(use.scope.enclosing_class() is not owner for use in uses):
        return
    known = members(program, owner)
    if name in known:
        yield from _through(program, uses, owner, name, 0.92)
    for score, other in alike(name, known, 0.6)[:3]:
        yield from _through(program, uses, owner, other, score - 0.1)


def _through(
    program: Program, uses: Sequence[Use], owner: ast.ClassDef, member: str, confidence: float
) -> Iterable[Resolution]:
    edits = []
    written = ""
    for use in uses:
        written = f"{_object(use, owner)}.{member}"
        edits += use_edits(program.source, use, written)
    yield Resolution(
        explanation=f"wrote '{written}' for '{uses[0].name}' on line {uses[0].node.lineno}",
        confidence=confidence,
        edits=tuple(edits),
    )


def _object(use: Use, owner: ast.ClassDef) -> str:
    """Return what stands for the object in the method around: its first parameter, else the class."""
    method = use.scope.method()
    if method is None or is_static(method):
        return owner.name
    first = [*method.args.posonlyargs, *method.args.args]
    return first[0].arg if first and first[0].arg in ("self", "cls") else owner.name


def is_static(method: Function) -> bool:
    """Return whether a method takes no object."""
    return any(isinstance(node, ast.Name) and node.id == "staticmethod" for node in method.decorator_list)
