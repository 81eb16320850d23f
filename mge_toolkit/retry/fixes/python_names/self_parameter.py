"""A method without ``self`` among its parameters, or a function that has it for no reason."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.receiver import is_static
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution


def propose(question: Question) -> Iterable[Resolution]:
    """Yield the parameter where it lacks, for every method at once, and without it where it is too much."""
    said = question.evidence
    name = said.subject.rpartition(".")[2]
    if question.trouble is Trouble.NAME and name in ("self", "cls"):
        yield from _added(question.program, name, None)
        yield from _around(question, name)
    elif question.trouble is Trouble.TOO_MANY and said.of.isdigit() and said.count == int(said.of) + 1:
        yield from _added(question.program, "self", name)
    elif question.trouble is Trouble.TOO_FEW and said.count == 1:
        yield from _dropped(question.program, name)


def _added(program: Program, first: str, only: str | None) -> Iterator[Resolution]:
    """Yield the parameter for all methods that lack it; only where the method ``only``, if given, is one."""
    lacking = [method for method in _methods(program) if _lacks_object(method)]
    if only is not None:
        named = [method for method in lacking if method.name == only]
        chosen = [named, lacking] if named else []
    else:
        chosen = [[method for method in lacking if _mentions(method, first)], lacking]
    for methods in chosen:
        edits = [edit for method in methods if (edit := _parameter(program, method, first)) is not None]
        if edits:
            yield Resolution(
                explanation=f"added the parameter '{first}' to '{methods[0].name}' on line {methods[0].lineno}",
                confidence=0.93 if methods is chosen[0] else 0.9,
                edits=tuple(edits),
            )


def _methods(program: Program) -> Iterator[Function]:
    for node in ast.walk(program.tree):
        if isinstance(node, ast.ClassDef):
            yield from (statement for statement in node.body if isinstance(statement, Function))


def _lacks_object(method: Function) -> bool:
    first = [*method.args.posonlyargs, *method.args.args][:1]
    return not is_static(method) and not (first and first[0].arg in ("self", "cls", "this", "mcs"))


def _mentions(method: Function, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(method))


def _parameter(program: Program, method: Function, first: str) -> Edit | None:
    """Return the edit that puts a parameter first."""
    source = program.source
    start = source.text.find("(", source.text.find(method.name, source.start(method)))
    arguments = method.args
    some = (
        arguments.posonlyargs or arguments.args or arguments.vararg or arguments.kwonlyargs or arguments.kwarg
    )
    if start < 0 or start >= source.start(method.body[0]):
        return None
    return Edit(start + 1, start + 1, f"{first}, " if some else first)


def _around(question: Question, name: str) -> Iterator[Resolution]:
    """Yield the name without ``self.`` where there is no class at all."""
    program = question.program
    uses = program.uses_of(name)
    if any(use.scope.enclosing_class() is not None or use.attribute is None for use in uses) or not uses:
        return
    source = program.source
    edits = tuple(
        Edit(source.start(use.node), source.end(use.attribute) - len(use.attribute.attr), "")
        for use in uses
        if use.attribute is not None
    )
    yield Resolution(
        explanation=f"left out '{name}.' on line {uses[0].node.lineno}: there is no object",
        confidence=0.85,
        edits=edits,
    )


def _dropped(program: Program, name: str) -> Iterator[Resolution]:
    """Yield a function outside of classes without its parameter ``self``."""
    for statement in program.tree.body:
        if not isinstance(statement, Function) or statement.name != name:
            continue
        arguments = statement.args.args
        if not arguments or arguments[0].arg not in ("self", "cls"):
            continue
        source, first = program.source, arguments[0].arg
        end = source.start(arguments[1]) if len(arguments) > 1 else source.end(arguments[0])
        edits = [Edit(source.start(arguments[0]), end, "")]
        for node in ast.walk(statement):
            value = node.value if isinstance(node, ast.Attribute) else None
            if isinstance(node, ast.Attribute) and isinstance(value, ast.Name) and value.id == first:
                edits.append(Edit(source.start(node), source.end(node) - len(node.attr), ""))
        yield Resolution(
            explanation=f"removed the parameter '{first}' of '{name}' on line {statement.lineno}",
            confidence=0.9,
            edits=tuple(edits),
        )
