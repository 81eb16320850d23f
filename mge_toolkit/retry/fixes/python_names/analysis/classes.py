"""The members of classes, read off the syntax tree."""

from __future__ import annotations

import ast
import builtins
import collections
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function

# By the names under which messages show them. Their members are those of this process's own Python.
TYPES: Final[Mapping[str, type]] = MappingProxyType(
    {
        **{name: kind for name, kind in vars(builtins).items() if isinstance(kind, type)},
        "collections.deque": collections.deque,
        "deque": collections.deque,
        "Counter": collections.Counter,
        "collections.defaultdict": collections.defaultdict,
        "defaultdict": collections.defaultdict,
        "OrderedDict": collections.OrderedDict,
        "collections.OrderedDict": collections.OrderedDict,
        "dict_keys": type({}.keys()),
        "dict_values": type({}.values()),
        "dict_items": type({}.items()),
        "generator": type(_ for _ in ()),
    }
)


def classes(program: Program) -> dict[str, ast.ClassDef]:
    """Return the classes of the code and of its dependencies, by name."""
    own = {node.name: node for node in ast.walk(program.tree) if isinstance(node, ast.ClassDef)}
    return {**program.outer.classes, **own}


def members(program: Program, owner: ast.ClassDef) -> dict[str, ast.AST | None]:
    """Return what objects of ``owner`` have, with the node that defines each: bases included."""
    known = classes(program)
    found: dict[str, ast.AST | None] = {}
    pending, seen = [owner], {owner}
    while pending:
        kind = pending.pop(0)
        for name, node in _own(kind):
            found.setdefault(name, node)
        for base in kind.bases:
            name = base.id if isinstance(base, ast.Name) else ""
            if name in known and known[name] not in seen:
                seen.add(known[name])
                pending.append(known[name])
            elif name in TYPES:
                found |= {member: None for member in public(TYPES[name]) if member not in found}
    return found


def _own(owner: ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    """Yield what the class's body and its methods' assignments to ``self`` define."""
    for statement in owner.body:
        if isinstance(statement, Function | ast.ClassDef):
            yield statement.name, statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name):
                        yield node.id, node
    for statement in owner.body:
        if isinstance(statement, Function) and statement.args.args:
            first = statement.args.args[0].arg
            for node in ast.walk(statement):
                if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store):
                    continue
                if isinstance(node.value, ast.Name) and node.value.id == first:
                    yield node.attr, node


def public(kind: type) -> list[str]:
    """Return the public attributes of a type."""
    return [name for name in dir(kind) if not name.startswith("_")]
