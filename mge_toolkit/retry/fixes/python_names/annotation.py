"""Unknown names in annotations, which Python evaluates although they decide nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.places import renamed, use_edits
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Use
from mge_toolkit.retry.fixes.python_names.analysis.standard import exporters, modules
from mge_toolkit.retry.fixes.python_names.resolution import Resolution
from mge_toolkit.retry.fixes.similarity import spelt_alike

_SEQUENCE: Final = re.compile(r"list|arr|vec|seq|tabl|lst|stack|queue", re.IGNORECASE)
_MAPPING: Final = re.compile(r"map|dic|hash|object|table", re.IGNORECASE)
_LAZY: Final = "from __future__ import annotations"


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield the type that was meant, else annotations that are not evaluated."""
    places = [use for use in uses if use.in_annotation]
    if not places or len(places) != len(uses) or name in exporters():
        return
    line = places[0].node.lineno
    for other, confidence in _types(program, name, places):
        yield Resolution(
            explanation=f"replaced the unknown type '{name}' by '{other}' on line {line}",
            confidence=confidence,
            edits=renamed(program, places, other),
        )
    if any(name in scope.bindings for scope in program.scopes.all):  # a class that names itself
        quoted = tuple(edit for use in places for edit in use_edits(program.source, use, f"'{use.name}'"))
        yield Resolution(
            explanation=f"quoted the type '{name}', which is defined later, on line {line}",
            confidence=0.9,
            edits=quoted,
        )
    yield Resolution(
        explanation=f"put off the evaluation of annotations, as '{name}' on line {line} is unknown",
        confidence=0.58,
        imports=(_LAZY,),
    )


def _types(program: Program, name: str, places: Sequence[Use]) -> Iterable[tuple[str, float]]:
    """Yield types that may have been meant; with the capital letter where ``typing`` is at hand."""
    typing = modules()["typing"]
    known = {*program.module.bindings, *program.outer.names}
    for score, other in spelt_alike(name, [*(typing & known), *("list", "dict", "set", "tuple", "str")], 0.6)[
        :2
    ]:
        yield other, 0.9 * score
    subscripts = [use.parent for use in places if isinstance(use.parent, ast.Subscript)]
    pairs = any(isinstance(s.slice, ast.Tuple) and len(s.slice.elts) == 2 for s in subscripts)
    if pairs or _MAPPING.search(name):
        yield "Dict" if "Dict" in known else "dict", 0.8 if _MAPPING.search(name) else 0.6
    if _SEQUENCE.search(name) or subscripts:
        yield "List" if "List" in known else "list", 0.85 if _SEQUENCE.search(name) else 0.62
