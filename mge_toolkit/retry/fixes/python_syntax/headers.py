"""Guess the first line of a function whose body alone was given: its name and its parameters.

The names come from whoever calls it (the check, the code itself), the parameters from the names that the body
uses and nobody defines.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Final, NamedTuple

MISSING: Final = "__missing_header__"
"""The name that stands for the unknown one until it is guessed."""

_GUESSES: Final = 8
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_MODULES: Final = sys.stdlib_module_names | {"np", "pd", "numpy", "pandas"}


class _Call(NamedTuple):
    name: str
    size: int
    keywords: tuple[str, ...]
    method: bool


def guessed(code: str, elsewhere: Sequence[str]) -> Iterator[str]:
    """Yield ``code`` with likely headers for its headless functions, given what is run around it."""
    tree = _tree(code)
    if tree is None:
        return
    found = _headless(tree)
    if found is None:
        return
    function, in_class = found
    others = [parsed for parsed in map(_tree, elsewhere) if parsed is not None]
    defined = _defined(tree).union(*map(_defined, others)) | set(dir(builtins))
    calls = [call for parsed in (tree, *others) for call in _calls(parsed)]
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    wanted = [
        c for c in calls if c.method == in_class and c.name not in defined | bound and c.name[:1].islower()
    ]
    free = _free(function, defined - {MISSING})
    called = {call.name for call in wanted}
    free = [name for name in free if name not in called and not (in_class and name == "self")]
    sizes = {call.name: call for call in reversed(wanted)}
    headers: dict[str, None] = {}
    for name in dict.fromkeys(call.name for call in wanted):
        if (own := _as_called(function, name, free)) is not None:
            headers[f"{name}({', '.join((*(('self',) if in_class else ()), *own))})"] = None
        for parameters in _parameters(free, sizes[name]):
            listed = ", ".join((*(("self",) if in_class else ()), *parameters))
            headers[f"{name}({listed})"] = None
    for header in list(headers)[:_GUESSES]:
        text = code.replace(f"{MISSING}()", header, 1)
        if MISSING in text:
            yield from guessed(text, elsewhere)
        else:
            yield text


def _tree(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _headless(tree: ast.Module) -> tuple[ast.FunctionDef, bool] | None:
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, ast.FunctionDef) and child.name == MISSING:
                return child, isinstance(parent, ast.ClassDef)
    return None


def _defined(tree: ast.Module) -> set[str]:
    """Return every name that some statement outside a headless function binds."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    for node in tree.body:
        names.update(
            name.id
            for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        ) if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)) else None
    return names


def _calls(tree: ast.Module) -> Iterator[_Call]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        keywords = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
        count = len(node.args) + len(keywords)
        if isinstance(node.func, ast.Name):
            yield _Call(node.func.id, count, keywords, method=False)
        elif isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            yield _Call(node.func.attr, count, keywords, method=True)


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _MODULES


def _free(function: ast.FunctionDef, defined: set[str]) -> list[str]:
    """Return the names that the body reads and nobody binds, in their order."""
    bound = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    bound |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    reads = [
        node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    reads.sort(key=lambda node: (node.lineno, node.col_offset))
    stored = _first_stores(function)
    names: dict[str, None] = {}
    for node in reads:
        early = node.id in bound and (node.lineno, node.col_offset) < stored.get(node.id, (0, 0))
        if (node.id not in bound or early) and node.id not in defined and node.id not in _MODULES:
            names[node.id] = None
    return list(names)


def _first_stores(function: ast.FunctionDef) -> dict[str, tuple[int, int]]:
    """Return where each plain name is first bound by an assignment, which binds after its right side is read."""
    found: dict[str, tuple[int, int]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            place = (node.end_lineno or node.lineno, node.end_col_offset or 0)
            for name in (n for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)):
                found[name.id] = min(found.get(name.id, place), place)
    return found


def _as_called(function: ast.FunctionDef, name: str, free: list[str]) -> tuple[str, ...] | None:
    """Return the parameters in the order in which the function passes them to itself, if it does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and node.args and not node.keywords:
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
            if called != name:
                continue
            passed = [
                next((n.id for n in ast.walk(argument) if isinstance(n, ast.Name) and n.id in free), None)
                for argument in node.args
            ]
            names = tuple(each for each in passed if each is not None)
            if len(names) == len(passed) == len(set(names)):
                return names
    return None


def _parameters(free: list[str], call: _Call) -> Iterator[tuple[str, ...]]:
    """Yield orders of parameters that suit a call, the order of their use first."""
    names = [*call.keywords, *(name for name in free if name not in call.keywords)]
    if call.keywords:
        positional = [name for name in names if name not in call.keywords]
        names = [*positional[: call.size - len(call.keywords)], *call.keywords]
    names = names[: call.size] if len(free) > call.size else names
    names += [f"argument{number}" for number in range(len(names) + 1, call.size + 1)]
    if len(names) > 3:
        yield tuple(names)
    else:
        yield from permutations(names)
