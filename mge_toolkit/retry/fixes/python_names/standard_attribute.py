"""Attributes that a module does not have: misspelt, moved, renamed, of another module, or of no module at all."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.imports import statement_for
from mge_toolkit.retry.fixes.python_names.analysis.places import attribute_edits
from mge_toolkit.retry.fixes.python_names.analysis.program import BUILTINS, Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.analysis.standard import exporters, modules, submodules
from mge_toolkit.retry.fixes.python_names.moved import moved
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution
from mge_toolkit.retry.fixes.similarity import spelt_alike


def propose(question: Question) -> Iterable[Resolution]:
    """Yield what else may have been meant, in every place of the code that takes the attribute."""
    module, name = question.evidence.of, question.subject
    if question.trouble is Trouble.TYPE_ATTRIBUTE and "." in module and module.split(".")[0] in modules():
        yield from _of_a_class(question)
        return
    if question.trouble is not Trouble.MODULE_ATTRIBUTE:
        return
    program = question.program
    others = [
        max(found, key=lambda resolution: resolution.confidence)
        for other in _further(program, module, name)
        if (found := list(_repairs(program, module, other)))
    ]
    for resolution in _repairs(program, module, name):
        yield from resolution.with_and_without(others)


def _further(program: Program, module: str, name: str) -> list[str]:
    """Return the other attributes that the code takes of a listed module and that it does not have."""
    known = modules().get(module)
    if known is None:
        return []
    taken = dict.fromkeys(node.attr for node in ast.walk(program.tree) if isinstance(node, ast.Attribute))
    missing = [other for other in taken if other not in known | submodules(module) and other != name]
    return [other for other in missing if not other.startswith("_") and _taken(program, module, other)][:6]


def _repairs(program: Program, module: str, name: str) -> Iterator[Resolution]:
    """Yield the repairs of one attribute."""
    nodes = _taken(program, module, name)
    if not nodes:
        return
    line = nodes[0].lineno
    place = moved(module, name)
    if place is not None:
        yield _replaced(program, nodes, place, f"{module}.{name}", 0.95)
    for score, other in spelt_alike(name, modules().get(module, frozenset()) | submodules(module), 0.55)[:6]:
        yield Resolution(
            explanation=f"replaced '{name}' by '{other}' of {module} on line {line}",
            confidence=min(0.97, score + 0.02),
            edits=attribute_edits(program.source, nodes, other),
        )
    wanted = f"{module}.{name}"
    inner = [
        other for other in modules() if f"{other}.".startswith(f"{wanted}.") and other in program.source.text
    ]
    if name in submodules(module):
        deepest = max(inner, key=len, default=wanted)
        yield Resolution(
            explanation=f"imported {deepest}, which importing {module} does not",
            confidence=0.93,
            imports=(f"import {deepest}",),
        )
    yield from _elsewhere(program, nodes, module, name)
    if name == module:  # the name is bound to what the program took for a module's content
        edits = tuple(Edit(program.source.end(node.value), program.source.end(node), "") for node in nodes)
        yield Resolution(explanation=f"left out '.{name}' on line {line}", confidence=0.7, edits=edits)


def _taken(program: Program, module: str, name: str) -> list[ast.Attribute]:
    """Return where the attribute is taken of a name that an import of ``module`` binds."""
    bound = {
        local
        for scope in program.scopes.all
        for local, nodes in scope.bindings.items()
        if any(isinstance(node, ast.alias) and _names(node, local, module) for node in nodes)
    }
    bound |= {module.split(".")[0], module.rpartition(".")[2]}
    found = []
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Attribute) and node.attr == name:
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in bound:
                found.append(node)
    return found


def _names(alias: ast.alias, local: str, module: str) -> bool:
    return local == alias.asname and (alias.name == module or module.endswith(f".{alias.name}"))


def _replaced(
    program: Program, nodes: Sequence[ast.Attribute], place: str, what: str, confidence: float
) -> Resolution:
    """Return the repair that writes ``module.name``, or a bare built-in, for the attribute."""
    module = place.rpartition(".")[0]
    needs_import = module not in ("", *BUILTINS)
    return Resolution(
        explanation=f"replaced '{what}' by '{place}' on line {nodes[0].lineno}",
        confidence=confidence,
        edits=tuple(program.source.replaced(node, place) for node in nodes),
        imports=(statement_for(module),) if needs_import else (),
    )


def _elsewhere(
    program: Program, nodes: Sequence[ast.Attribute], module: str, name: str
) -> Iterator[Resolution]:
    """Yield the built-in of that name, what other modules export under it, and a class that has it."""
    if name in BUILTINS:
        yield _replaced(program, nodes, name, f"{module}.{name}", 0.9)
    elif name in program.module.bindings or name in program.outer.names:
        yield _replaced(program, nodes, name, f"{module}.{name}", 0.75)
    if module in _CLASSES and name in _CLASSES[module]:
        owner = module.rpartition(".")[2]
        edits = tuple(
            Edit(program.source.end(n.value), program.source.end(n.value), f".{owner}") for n in nodes
        )
        yield Resolution(
            explanation=f"wrote '{module}.{owner}.{name}' on line {nodes[0].lineno}",
            confidence=0.95,
            edits=edits,
        )
    places = () if name in BUILTINS else exporters().get(name, ())
    for rank, other in enumerate(places[:3]):
        yield _replaced(program, nodes, f"{other}.{name}", f"{module}.{name}", 0.88 - 0.15 * rank)


# Members of the class that has its module's own name.
_CLASSES = {
    "datetime": frozenset(
        (
            "now",
            "today",
            "strptime",
            "fromisoformat",
            "fromtimestamp",
            "utcnow",
            "combine",
            "utcfromtimestamp",
        )
    ),
    "array": frozenset(("append", "extend", "tolist")),
}


def _of_a_class(question: Question) -> Iterator[Resolution]:
    """Yield the module's own where a class of that name hides it: ``datetime.datetime`` after ``from``."""
    program, (module, _, owner) = question.program, question.evidence.of.partition(".")
    name, source = question.subject, program.source
    nodes = [n for n in ast.walk(program.tree) if isinstance(n, ast.Attribute) and n.attr == name]
    if not nodes or name not in modules().get(module, frozenset()):
        return
    inner = tuple(
        Edit(source.end(node.value), source.end(node), "") if name == owner else source.replaced(node, name)
        for node in nodes
    )
    yield Resolution(
        explanation=f"took '{name}' on line {nodes[0].lineno} from {module} itself",
        confidence=0.93,
        edits=inner,
        imports=() if name == owner else (statement_for(module, name),),
    )
