"""A local variable that is read before it is given a value, often because a function assigns an outer name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.places import rebound, renamed
from mge_toolkit.retry.fixes.python_names.analysis.program import BUILTINS, Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function, Scope, ScopeKind
from mge_toolkit.retry.fixes.python_names.guessed_name import resolve as guess
from mge_toolkit.retry.fixes.python_names.initialised import before_use, inserted
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution
from mge_toolkit.retry.fixes.similarity import likeness


def propose(question: Question) -> Iterable[Resolution]:
    """Yield a declaration, a first value, or another name for the variable."""
    if question.trouble not in (Trouble.UNBOUND_LOCAL, Trouble.UNBOUND_FREE):
        return
    name = question.subject
    for scope in question.program.scopes.all:
        node = scope.node
        if not isinstance(node, Function | ast.Lambda) or not question.on_failing_line(node):
            continue
        if name not in scope.bindings:
            continue
        likely = [*_declared(question.program, scope, name), *_shadowing(question.program, scope, name)]
        yield from likely
        if likely:
            continue
        yield from _other_target(question, scope, name)
        uses = [u for u in question.program.scopes.uses if u.name == name and u.scope.home(name) is scope]
        yield from before_use(question.program, name, uses, scope)
        if uses:
            yield from guess(question.program, name, uses)


def _declared(program: Program, scope: Scope, name: str) -> Iterator[Resolution]:
    """Yield ``global`` or ``nonlocal`` where an outer scope binds the name."""
    body = getattr(scope.node, "body", None)
    if not isinstance(body, list) or any(isinstance(node, ast.arg) for node in scope.bindings[name]):
        return
    outer = next((other for other in list(scope.chain())[1:] if name in other.bindings), None)
    if outer is None and name not in program.outer.names:
        return
    word = "nonlocal" if outer is not None and outer.kind is ScopeKind.FUNCTION else "global"
    edit = inserted(program, body, f"{word} {name}")
    if edit is not None:
        yield Resolution(
            explanation=f"declared '{word} {name}' on line {program.source.line_at(edit.start)}",
            confidence=0.85,
            edits=(edit,),
        )


def _shadowing(program: Program, scope: Scope, name: str) -> Iterator[Resolution]:
    """Yield another name for a local variable that hides a function which it needs: ``sum = sum(items)``."""
    outer = any(name in other.bindings for other in list(scope.chain())[1:])
    if name not in BUILTINS and not outer and name not in program.outer.names:
        return
    uses = [use for use in program.scopes.uses if use.name == name and use.scope.home(name) is scope]
    called = [use for use in uses if use.call is not None]
    if not called:
        return
    bindings = rebound(program, scope, name, f"{name}_")
    if bindings:
        others = [use for use in uses if use.call is None]
        yield Resolution(
            explanation=f"renamed the local variable '{name}' to '{name}_', as it hides the function '{name}'",
            confidence=0.9,
            edits=(*bindings, *renamed(program, others, f"{name}_")),
        )


def _other_target(question: Question, scope: Scope, name: str) -> Iterator[Resolution]:
    """Yield another variable for the target of ``name += ...`` where nothing else ever binds ``name``."""
    program = question.program
    targets = [
        node.target
        for node in ast.walk(scope.node)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name
    ]
    if len(targets) != len(scope.bindings[name]):
        return
    uses = [use for use in program.scopes.uses if use.name == name and use.scope.home(name) is scope]
    for other, nodes in scope.bindings.items():
        if other == name or not isinstance(nodes[0], ast.Name | ast.arg):
            continue
        edits = [program.source.replaced(target, other) for target in targets]
        like = likeness(name, other)
        yield Resolution(
            explanation=f"replaced '{name}', which has no value yet, by '{other}' on line {targets[0].lineno}",
            confidence=0.88 * like if like > 0.55 else 0.3 + 0.1 * like,
            edits=(*edits, *renamed(program, uses, other)),
        )
