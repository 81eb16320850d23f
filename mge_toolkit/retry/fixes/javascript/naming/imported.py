"""What a program imports already: a name that it lacks is taken from there before a module is imported twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.naming.situation import Situation
from mge_toolkit.retry.fixes.javascript.source.edits import Edit, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import text_of, walk


@dataclass(frozen=True, kw_only=True, slots=True)
class _Import:
    """One import at the top level: the name of the whole module there, or the braces with names of its parts."""

    whole: str | None = None
    braces: Node | None = None


def from_imported(situation: Situation, name: str, module: str) -> tuple[Edit, ...]:
    """Return the edits that take ``name`` from an import of ``module``, empty where there is none."""
    uses = [use.node for use in situation.scopes.unresolved() if use.name == name]
    for one in _imports(situation.program.root, module):
        if one.whole is not None and uses and all(node.type == "identifier" for node in uses):
            note = f"took '{name}' from '{one.whole}', which is imported,"
            return tuple(
                replacement(node.start_byte, node.end_byte, f"{one.whole}.{name}", note) for node in uses
            )
        if one.braces is not None and one.braces.named_children:
            note = f"imported '{name}' with the rest of '{module}'"
            return (insertion(one.braces.named_children[-1].end_byte, f", {name}", note),)
    return ()


def _imports(root: Node, module: str) -> Iterator[_Import]:
    """Yield the imports of a module in the order of the text."""
    for statement in root.children:
        if statement.type == "import_statement":
            if _named(statement.child_by_field_name("source")) == module:
                yield from map(_clause, (node for node in walk(statement) if node.type in _CLAUSES))
        elif statement.type in ("lexical_declaration", "variable_declaration"):
            for declarator in statement.named_children:
                value = declarator.child_by_field_name("value")
                name = declarator.child_by_field_name("name")
                if name is not None and _required(value) == module:
                    yield (
                        _Import(braces=name)
                        if name.type == "object_pattern"
                        else _Import(whole=text_of(name))
                    )


_CLAUSES = frozenset({"named_imports", "namespace_import", "import_clause"})


def _clause(node: Node) -> _Import:
    if node.type == "named_imports":
        return _Import(braces=node)
    first = next((child for child in node.named_children if child.type == "identifier"), None)
    return _Import(whole=None if first is None else text_of(first))


def _required(value: Node | None) -> str | None:
    """Return the module of ``require("…")``."""
    if (
        value is None
        or value.type != "call_expression"
        or text_of(value.child_by_field_name("function")) != "require"
    ):
        return None
    arguments = value.child_by_field_name("arguments")
    return None if arguments is None or not arguments.named_children else _named(arguments.named_children[0])


def _named(source: Node | None) -> str | None:
    return None if source is None else text_of(source)[1:-1].removeprefix("node:")
