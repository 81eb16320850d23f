"""Attributes that an object or a class does not have: misspelt, missing, or no attributes at all."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.classes import TYPES, classes, members, public
from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.imports import statement_for
from mge_toolkit.retry.fixes.python_names.analysis.places import attribute_edits
from mge_toolkit.retry.fixes.python_names.analysis.program import BUILTINS, Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function, Scope
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.analysis.standard import exporters
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution
from mge_toolkit.retry.fixes.similarity import alike

_TYPES_TROUBLE = (Trouble.ATTRIBUTE, Trouble.TYPE_ATTRIBUTE)


def propose(question: Question) -> Iterable[Resolution]:
    """Yield what else may have been meant, in every place of the code that takes the attribute."""
    if question.trouble not in _TYPES_TROUBLE:
        return
    program, name = question.program, question.subject
    nodes = question.taken()
    if not nodes:
        return
    owner = classes(program).get(question.evidence.of.rpartition(".")[2])
    known = _known(question, owner)
    everywhere = [n for n in ast.walk(program.tree) if isinstance(n, ast.Attribute) and n.attr == name]
    for score, other in alike(name, known, 0.5)[:8]:
        yield _renamed(question, nodes, other, min(score, 0.96))
        yield _renamed(question, everywhere, other, min(score, 0.96) - 0.02)
    yield from _functions(program, name, nodes)
    if owner is not None:
        yield from _other_members(question, owner, nodes, known)


def _renamed(question: Question, nodes: Sequence[ast.Attribute], other: str, confidence: float) -> Resolution:
    return Resolution(
        explanation=f"replaced the attribute '{question.subject}' by '{other}' on line {nodes[0].lineno}",
        confidence=confidence,
        edits=attribute_edits(question.program.source, nodes, other),
    )


def _known(question: Question, owner: ast.ClassDef | None) -> list[str]:
    """Return the attributes that the object has."""
    if owner is not None:
        return [name for name in members(question.program, owner) if name != question.subject]
    kind = TYPES.get(question.evidence.of)
    return [] if kind is None else public(kind)


def _functions(program: Program, name: str, nodes: Sequence[ast.Attribute]) -> Iterator[Resolution]:
    """Yield the name without its object, where it is a function, a class or a variable in sight."""
    edits = []
    for node in nodes:
        if not isinstance(node.value, ast.Name | ast.Call):
            return
        edits.append(Edit(program.source.start(node), program.source.end(node) - len(name), ""))
    in_sight = name in program.outer.names or any(name in scope.bindings for scope in _free_scopes(program))
    line = nodes[0].lineno
    if in_sight or name in BUILTINS:
        likely = 0.86 if in_sight or callable(getattr(builtins, name)) else 0.5
        yield Resolution(
            explanation=f"left out the object before '{name}' on line {line}",
            confidence=likely,
            edits=tuple(edits),
        )
    elif name in exporters():
        module = exporters()[name][0]
        yield Resolution(
            explanation=f"took '{name}' on line {line} from {module}",
            confidence=0.6,
            edits=tuple(edits),
            imports=(statement_for(module, name),),
        )


def _free_scopes(program: Program) -> Iterator[Scope]:
    """Yield the scopes whose names are no members of a class."""
    return (scope for scope in program.scopes.all if not isinstance(scope.node, ast.ClassDef))


def _other_members(
    question: Question, owner: ast.ClassDef, nodes: Sequence[ast.Attribute], known: Sequence[str]
) -> Iterator[Resolution]:
    """Yield the other members of the class that can be used as the missing one is, and a first value for it."""
    program = question.program
    called = {node.func for node in ast.walk(program.tree) if isinstance(node, ast.Call)}
    methods = members(program, owner)
    for rank, other in enumerate(other for other in known if not other.startswith("__")):
        if (nodes[0] in called) == isinstance(methods[other], Function):
            yield _renamed(question, nodes, other, 0.44 - 0.02 * min(rank, 10))
    edit = None if nodes[0] in called else _first_value(program, owner, question.subject)
    for value, confidence in (("None", 0.3), ("0", 0.28), ("[]", 0.29), ("{}", 0.27)):
        if edit is not None:
            yield Resolution(
                explanation=f"started the attribute '{question.subject}' with {value}",
                confidence=confidence,
                edits=(Edit(edit.start, edit.end, edit.text.format(value)),),
            )


def _first_value(program: Program, owner: ast.ClassDef, name: str) -> Edit | None:
    """Return the edit, with a gap for the value, that starts an attribute at the end of ``__init__``."""
    source = program.source
    for statement in owner.body:
        if isinstance(statement, Function) and statement.name == "__init__" and statement.args.args:
            last = statement.body[0]
            if source.text[source.line_start(last.lineno) : source.start(last)].strip():
                return None
            text = f"{statement.args.args[0].arg}.{name} = {{}}{source.newline}{source.indent(last.lineno)}"
            return Edit(source.start(last), source.start(last), text)
    return None
