"""Edits of names at their exact places, which the syntax tree does not always give."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function, Scope, Use
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit, SourceText


def renamed(program: Program, uses: Sequence[Use], new: str) -> tuple[Edit, ...]:
    """Return the edits that put ``new`` in the place of the name at each of ``uses``."""
    return tuple(dict.fromkeys(edit for use in uses for edit in use_edits(program.source, use, new)))


def use_edits(source: SourceText, use: Use, new: str) -> list[Edit]:
    """Return the edit of one use; several where an f-string hides which of its braces hold it."""
    start, end = source.start(use.node), source.end(use.node)
    string = next((parent for parent in reversed(use.parents) if isinstance(parent, ast.JoinedStr)), None)
    inside = string is None or (source.start(string) < start and end < source.end(string))
    if inside and source.text[start:end] == use.name:
        return [Edit(start, end, new)]
    return [] if string is None else _in_braces(source, string, use.name, new)


def _in_braces(source: SourceText, string: ast.JoinedStr, name: str, new: str) -> list[Edit]:
    """Return the edits of a name within an f-string's braces: before 3.12, places there are wrong."""
    first, last = source.start(string), source.end(string)
    edits = []
    for found in re.finditer(rf"(?<![\w.])(?<!\w['\"]){re.escape(name)}(?!\w)", source.text[first:last]):
        before = source.text[first : first + found.start()].replace("{{", "  ").replace("}}", "  ")
        if before.rfind("{") > before.rfind("}"):
            edits.append(Edit(first + found.start(), first + found.end(), new))
    return edits


def attribute_edit(source: SourceText, node: ast.Attribute, new: str) -> Edit | None:
    """Return the edit that renames the attribute that ``node`` takes."""
    end = source.end(node)
    start = end - len(node.attr)
    if source.text[start:end] != node.attr:
        return None
    return Edit(start, end, new)


def attribute_edits(source: SourceText, nodes: Iterable[ast.Attribute], new: str) -> tuple[Edit, ...]:
    """Return the edits that rename the attributes that ``nodes`` take."""
    return tuple(edit for node in nodes if (edit := attribute_edit(source, node, new)) is not None)


def binding_edit(source: SourceText, node: ast.AST, name: str, new: str) -> Edit | None:
    """Return the edit that renames what ``node`` binds as ``name``."""
    if isinstance(node, ast.Name | ast.arg):
        start = source.start(node)
    elif isinstance(node, Function | ast.ClassDef):
        found = re.compile(r"(?:async\s+)?(?:def|class)\s+").match(source.text, source.start(node))
        start = source.end(node) if found is None else found.end()
    elif isinstance(node, ast.alias) and node.asname == name:
        start = source.end(node) - len(name)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs):
        head = source.text[
            : source.start(node.body[0]) if isinstance(node, ast.ExceptHandler) else source.end(node)
        ]
        start = head.rfind(name, source.start(node))
    else:
        return None
    end = start + len(name)
    return Edit(start, end, new) if start >= 0 and source.text[start:end] == name else None


def rebound(program: Program, scope: Scope, name: str, new: str) -> tuple[Edit, ...]:
    """Return the edits that rename every binding of ``name`` in ``scope``; none where one has no place."""
    edits = [binding_edit(program.source, node, name, new) for node in scope.bindings.get(name, ())]
    return tuple(edit for edit in edits if edit is not None) if None not in edits else ()


def renamed_everywhere(program: Program, scope: Scope, name: str, new: str) -> tuple[Edit, ...]:
    """Return the edits that rename ``name`` where ``scope`` binds it and wherever that binding is used."""
    bindings = rebound(program, scope, name, new)
    uses = [use for use in program.scopes.uses if use.name == name and use.scope.home(name) is scope]
    return (*bindings, *renamed(program, uses, new)) if bindings else ()


def statement_of(use: Use) -> ast.stmt | None:
    """Return the innermost statement that holds a use."""
    return next((node for node in use.parents if isinstance(node, ast.stmt)), None)


def removed(program: Program, statement: ast.stmt) -> Edit:
    """Return the edit that removes a statement: with its lines where it has them alone, else by ``pass``."""
    source = program.source
    body = next(body for body in _bodies(program.tree) if statement in body)
    start, end = source.line_start(statement.lineno), source.line_start((statement.end_lineno or 0) + 1)
    before = source.text[start : source.start(statement)]
    after = source.text[source.end(statement) : end]
    if len(body) == 1 or before.strip() or after.strip():
        return source.replaced(statement, "pass")
    return Edit(start, end, "")


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                yield block
