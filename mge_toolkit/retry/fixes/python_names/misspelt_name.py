"""Names that are misspelt: here, where they are bound, or of the standard library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.imports import statement_for
from mge_toolkit.retry.fixes.python_names.analysis.places import rebound, renamed
from mge_toolkit.retry.fixes.python_names.analysis.program import BUILTINS, Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Scope, ScopeKind, Use
from mge_toolkit.retry.fixes.python_names.analysis.standard import exporters, has_all, modules
from mge_toolkit.retry.fixes.python_names.resolution import Resolution
from mge_toolkit.retry.fixes.similarity import alike, spelt_alike

_KEYWORDS = ("True", "False", "None")
_LEAST = 0.55


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield the names that may have been meant, those in scope before all others."""
    yield from _in_scope(program, name, uses)
    yield from _built_in(program, name, uses)
    yield from _standard(program, name, uses)


def _in_scope(program: Program, name: str, uses: Sequence[Use]) -> Iterator[Resolution]:
    """Yield the names that every use can see; where the binding is the misspelt one, it is renamed instead."""
    scopes = program.common(uses)
    loaded = {use.name for use in program.scopes.uses}
    for score, other in alike(name, scopes, _LEAST)[:8]:
        scope = scopes[other]
        # What is bound and never used was probably meant; the nearer binding is the likelier one.
        likely = score + (0.04 if other not in loaded else 0.0) + _nearness(scope)
        yield _replaced(program, name, other, uses, min(likely, 0.97))
        if other not in loaded and scope is not None and (edits := rebound(program, scope, other, name)):
            yield Resolution(
                explanation=f"renamed '{other}', which is bound but never used, to '{name}'",
                confidence=min(likely + (0.005 if len(uses) > 1 else -0.05), 0.97),
                edits=edits,
            )


def _nearness(scope: Scope | None) -> float:
    if scope is None:
        return 0.0
    return 0.01 if scope.kind is ScopeKind.MODULE else 0.03


def _replaced(
    program: Program, name: str, other: str, uses: Sequence[Use], confidence: float, line: str = ""
) -> Resolution:
    lines = sorted({use.node.lineno for use in uses})
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    return Resolution(
        explanation=f"replaced '{name}' by '{other}' on line {lines[0]}{more}",
        confidence=confidence,
        edits=renamed(program, uses, other),
        imports=(line,) if line else (),
    )


def _built_in(program: Program, name: str, uses: Sequence[Use]) -> Iterator[Resolution]:
    called = any(use.call is not None for use in uses)
    for score, other in alike(name, (*BUILTINS, *_KEYWORDS), _LEAST)[:4]:
        kind_fits = called != (other in _KEYWORDS)
        yield _replaced(program, name, other, uses, score if kind_fits else score - 0.2)


def _standard(program: Program, name: str, uses: Sequence[Use]) -> Iterator[Resolution]:
    attributes = {use.attribute.attr for use in uses if use.attribute is not None}
    if attributes:
        for score, module in spelt_alike(name, modules(), 0.6)[:3]:
            if "." not in module and has_all(module, attributes):
                yield _replaced(program, name, module, uses, score, statement_for(module))
    if len(name) < 4:  # nearly anything is like so short a name
        return
    for score, other in spelt_alike(name, exporters(), 0.75)[:3]:
        module = exporters()[other][0]
        less = 0.1 if any(use.call is not None for use in uses) else 0.25
        yield _replaced(program, name, other, uses, score - less, statement_for(module, other))
