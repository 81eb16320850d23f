"""A variable that is used before anything is put into it: its first statement is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function, Scope, Use
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Resolution
from mge_toolkit.retry.fixes.similarity import alike

_BY_METHOD: Final = {
    **dict.fromkeys(("append", "extend", "insert", "sort", "reverse"), "[]"),
    **dict.fromkeys(("add", "discard", "union", "intersection"), "set()"),
    **dict.fromkeys(("items", "keys", "values", "get", "setdefault", "update"), "{}"),
    **dict.fromkeys(("join", "lower", "upper", "strip", "split"), "''"),
}


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield first values for ``name`` by how it is used, put before the statement that needs it."""
    function = uses[0].scope.function()
    if function is None and uses[0].scope.kind.name == "CLASS":
        return
    scope = function or program.module
    if len(uses) > 1 or uses[0].attribute is not None:  # else a value in its place is as good
        yield from before_use(program, name, uses, scope)
    yield from _like_its_twin(program, name, scope)


def before_use(program: Program, name: str, uses: Sequence[Use], scope: Scope) -> Iterator[Resolution]:
    """Yield statements that give ``name`` its first value at the start of ``scope``'s own body.

    Other variables of the scope that lack their first value get one along with it.
    """
    body = getattr(scope.node, "body", None)
    if not isinstance(body, list) or not body:
        return
    if any(use.call is not None or use.in_annotation for use in uses):
        return
    others = [other for other in _without_start(scope) if other != name][:4]
    for value, confidence in _values(program, name, uses):
        for rank, further in enumerate(("0", "1") if others else ("",)):
            names = [name, *others]
            values = [
                value,
                *(_added(program, other) or further if rank == 0 else further for other in others),
            ]
            edit = inserted(program, body, f"{', '.join(names)} = {', '.join(values)}")
            if edit is not None:
                started = " and ".join(f"'{n}' with {v}" for n, v in zip(names, values, strict=True))
                yield Resolution(
                    explanation=f"started {started} on line {program.source.line_at(edit.start)}",
                    confidence=confidence - 0.06 * rank,
                    edits=(edit,),
                )


def _without_start(scope: Scope) -> list[str]:
    """Return the variables of a function of which the first statement already needs a value."""
    statements = sorted(
        (n for n in ast.walk(scope.node) if isinstance(n, ast.Assign | ast.AugAssign)), key=lambda n: n.lineno
    )
    found = []
    for name, nodes in scope.bindings.items():
        if not all(isinstance(node, ast.Name) for node in nodes):
            continue
        first = next((s for s in statements if any(node in ast.walk(s) for node in nodes)), None)
        if first is None or first.lineno > min(getattr(node, "lineno", 0) for node in nodes):
            continue
        read = isinstance(first, ast.AugAssign) or any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
            for node in ast.walk(first.value)
        )
        if read:
            found.append(name)
    return found


def _values(program: Program, name: str, uses: Sequence[Use]) -> Iterator[tuple[str, float]]:
    """Yield what a variable may start with, the most likely first."""
    methods = [use.attribute.attr for use in uses if use.attribute is not None]
    for value in dict.fromkeys(_BY_METHOD[method] for method in methods if method in _BY_METHOD):
        yield value, 0.7
    if methods:
        return
    subscripted = [
        use for use in uses if isinstance(use.parent, ast.Subscript) and use.parent.value is use.node
    ]
    if subscripted:
        yield "{}", 0.4 if any(isinstance(use.parent.ctx, ast.Store) for use in subscripted) else 0.2  # type: ignore[attr-defined]
        return
    added = _added(program, name)
    if added is not None:
        yield added, 0.6
    for value, confidence in (("0", 0.4), ("1", 0.22), ("[]", 0.2), ("''", 0.18), ("None", 0.15)):
        if value != added:
            yield value, confidence if added is None else confidence - 0.1


def _added(program: Program, name: str) -> str | None:
    """Return the empty value of what ``name += ...`` adds, where that shows."""
    for node in ast.walk(program.tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            value = node.value
            if isinstance(value, ast.List | ast.ListComp):
                return "[]"
            if isinstance(value, ast.JoinedStr) or (
                isinstance(value, ast.Constant) and isinstance(value.value, str)
            ):
                return "''"
            return "1" if isinstance(node.op, ast.Mult) else "0"
    return None


def _like_its_twin(program: Program, name: str, scope: Scope) -> Iterator[Resolution]:
    """Yield the statement that starts a variable named like this one (``rows`` for ``cols``), for this one."""
    source = program.source
    for score, other in alike(name, scope.bindings, 0.45)[:3]:
        for node in ast.walk(scope.node):
            if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                continue
            target = node.targets[0]
            if (
                not isinstance(target, ast.Name)
                or target.id != other
                or source.line_at(source.end(node)) != node.lineno
            ):
                continue
            text = source.of(node.value)
            end = source.end(node)
            break_ = f"{source.newline}{source.indent(node.lineno)}"
            if source.text[source.line_start(node.lineno) : source.start(node)].strip():
                break_ = "; "
            yield Resolution(
                explanation=f"started '{name}' as '{other}' is started on line {node.lineno}",
                confidence=0.3 + 0.2 * score,
                edits=(Edit(end, end, f"{break_}{name} = {text}"),),
            )
            break


def inserted(program: Program, body: list[ast.stmt], statement: str) -> Edit | None:
    """Return the edit that puts a statement first in a body, below its docstring."""
    source = program.source
    first = body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        end = source.end(first)
        return Edit(end, end, f"{source.newline}{source.indent(first.lineno)}{statement}")
    start = source.start(first)
    decorators = getattr(first, "decorator_list", [])
    if decorators:
        start = source.text.rindex("@", 0, source.start(decorators[0]))
    line = source.line_at(start)
    if source.text[source.line_start(line) : start].strip():
        return Edit(start, start, f"{statement}; ") if not isinstance(first, Function) else None
    return Edit(start, start, f"{statement}{source.newline}{source.indent(line)}")
