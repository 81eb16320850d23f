"""Names by which the check, or other code outside, calls what the code defines under another name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.classes import classes
from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.places import (
    attribute_edits,
    binding_edit,
    renamed_everywhere,
)
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution
from mge_toolkit.retry.fixes.similarity import likeness


def propose(question: Question) -> Iterable[Resolution]:
    """Yield the code with the expected name for what it defines."""
    program, name = question.program, question.subject
    if question.trouble is Trouble.NAME and not question.in_code:
        yield from _class_around(program, name)
        yield from _renamed(program, name)
    elif question.trouble in (Trouble.ATTRIBUTE, Trouble.TYPE_ATTRIBUTE):
        owner = classes(program).get(question.evidence.of.rpartition(".")[2])
        if owner is not None and not any(_takes(node, name) for node in ast.walk(program.tree)):
            yield from _member_renamed(program, owner, name)


def _takes(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def _definitions(program: Program) -> list[tuple[str, ast.AST]]:
    """Return what the code defines at its top, the last first: helpers usually come before."""
    found = []
    for name, nodes in program.module.bindings.items():
        if not isinstance(nodes[-1], ast.alias):
            found.append((name, nodes[-1]))
    return found[::-1]


def _renamed(program: Program, name: str) -> Iterator[Resolution]:
    """Yield a definition under the expected name: renamed, or by both names."""
    for rank, (other, node) in enumerate(_definitions(program)):
        like = likeness(name, other)
        defined = isinstance(node, Function | ast.ClassDef)
        score = like if like >= 0.5 else (0.48 if defined else 0.3) - 0.03 * min(rank, 8)
        edits = renamed_everywhere(program, program.module, other, name)
        if edits:
            yield Resolution(
                explanation=f"renamed '{other}' to '{name}', as it is called from outside",
                confidence=min(0.96, score),
                edits=edits,
            )
        yield _appended(
            program, f"{name} = {other}", f"gave '{other}' the second name '{name}'", score - 0.02
        )
    for member, owner in _methods(program):
        if likeness(name, member) >= 0.9 or member == name:
            text = f"{name} = {owner}().{member}"
            yield _appended(
                program, text, f"made the method '{member}' of '{owner}' the function '{name}'", 0.85
            )


def _methods(program: Program) -> Iterator[tuple[str, str]]:
    for node in program.tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((s.name, node.name) for s in node.body if isinstance(s, Function))


def _appended(program: Program, text: str, explanation: str, confidence: float) -> Resolution:
    source = program.source
    start = len(source.text)
    newline = "" if source.text.endswith(("\n", "\r")) or not source.text else source.newline
    edit = Edit(start, start, f"{newline}{text}{source.newline}")
    return Resolution(explanation=explanation, confidence=confidence, edits=(edit,))


def _class_around(program: Program, name: str) -> Iterator[Resolution]:
    """Yield a class for functions that the check calls as methods: ``Solution().solve(...)``."""
    if program.check is None:
        return
    wanted = {
        node.attr
        for node in ast.walk(program.check)
        if isinstance(node, ast.Attribute) and _object_of(node) == name
    }
    functions = {s.name: s for s in program.tree.body if isinstance(s, Function)}
    if not wanted or not wanted <= functions.keys():
        return
    lines = [f"class {name}:"]
    for member in sorted(wanted):
        first = [*functions[member].args.posonlyargs, *functions[member].args.args][:1]
        takes_object = bool(first) and first[0].arg == "self"
        lines.append(f"    {member} = {member}" if takes_object else f"    {member} = staticmethod({member})")
    text = program.source.newline.join(lines)
    yield _appended(
        program, text, f"added the class '{name}' around the functions that are called as its methods", 0.93
    )


def _object_of(node: ast.Attribute) -> str | None:
    """Return the class of which, or of a new object of which, the attribute is taken."""
    value = node.value.func if isinstance(node.value, ast.Call) else node.value
    return value.id if isinstance(value, ast.Name) else None


def _member_renamed(program: Program, owner: ast.ClassDef, name: str) -> Iterator[Resolution]:
    """Yield a method of the class, or a function beside it, under the expected name."""
    methods = [s for s in owner.body if isinstance(s, Function) and not s.name.startswith("__")]
    for rank, method in enumerate(reversed(methods)):
        like = likeness(name, method.name)
        edits = _renamed_member(program, method, name)
        if edits:
            yield Resolution(
                explanation=f"renamed the method '{method.name}' on line {method.lineno} to '{name}', "
                "as it is called from outside",
                confidence=min(0.96, like if like >= 0.5 else 0.47 - 0.03 * min(rank, 8)),
                edits=edits,
            )
    functions = [s for s in program.tree.body if isinstance(s, Function) and s.name == name]
    if functions and owner in program.tree.body:
        first = [*functions[0].args.posonlyargs, *functions[0].args.args][:1]
        plain = bool(first) and first[0].arg == "self"
        text = f"{owner.name}.{name} = {name if plain else f'staticmethod({name})'}"
        yield _appended(program, text, f"made the function '{name}' a method of '{owner.name}'", 0.9)


def _renamed_member(program: Program, method: Function, new: str) -> tuple[Edit, ...]:
    edit = binding_edit(program.source, method, method.name, new)
    taken: Sequence[ast.Attribute] = [
        node
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Attribute) and node.attr == method.name
    ]
    return () if edit is None else (edit, *attribute_edits(program.source, taken, new))
