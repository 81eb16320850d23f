"""Keyword arguments that a function does not have, where one of another spelling was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.places import renamed_everywhere
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Function, parameters
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution
from mge_toolkit.retry.fixes.similarity import alike

_BUILT_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "sort": ("key", "reverse"),
    "sorted": ("key", "reverse"),
    "print": ("sep", "end", "file", "flush"),
    "enumerate": ("start", "iterable"),
    "max": ("key", "default"),
    "min": ("key", "default"),
    "sum": ("start",),
    "zip": ("strict",),
    "int": ("base",),
    "open": ("mode", "encoding", "newline", "errors", "buffering"),
    "split": ("sep", "maxsplit"),
    "rsplit": ("sep", "maxsplit"),
    "splitlines": ("keepends",),
    "round": ("number", "ndigits"),
    "pow": ("base", "exp", "mod"),
    "dumps": ("indent", "sort_keys", "default", "ensure_ascii", "separators", "cls"),
    "combinations": ("iterable", "r"),
    "permutations": ("iterable", "r"),
    "product": ("repeat",),
    "accumulate": ("initial", "func"),
    "zip_longest": ("fillvalue",),
    "deque": ("iterable", "maxlen"),
    "namedtuple": ("rename", "defaults", "module"),
    "lru_cache": ("maxsize", "typed"),
    "to_bytes": ("length", "byteorder", "signed"),
    "encode": ("encoding", "errors"),
    "decode": ("encoding", "errors"),
    "dataclass": ("frozen", "order", "eq", "slots", "kw_only"),
}


def propose(question: Question) -> Iterable[Resolution]:
    """Yield the argument by its right name; where the check passes it, the parameter renamed."""
    if question.trouble is not Trouble.KEYWORD:
        return
    program, wrong = question.program, question.subject
    name = question.evidence.of.rpartition(".")[2]
    functions = _functions(program, question.evidence.of)
    known = [p.arg for function in functions for p in parameters(function.args)] or list(
        _BUILT_IN.get(name, ())
    )
    keywords = [
        node for node in ast.walk(program.tree) if isinstance(node, ast.keyword) and node.arg == wrong
    ]
    failing = [node for node in keywords if question.on_failing_line(node.value)] or keywords
    for score, other in alike(wrong, known, 0.45)[:6]:
        if failing:
            start = program.source.start
            edits = [Edit(start(node), start(node) + len(wrong), other) for node in failing]
            yield Resolution(
                explanation=f"replaced the argument '{wrong}' by '{other}' on line {failing[0].value.lineno}",
                confidence=min(0.96, score),
                edits=tuple(edits),
            )
        yield from _parameter_renamed(program, functions, other, wrong, score - 0.05)
    for rank, other in enumerate(known):
        if other not in ("self", "cls"):
            yield from _parameter_renamed(program, functions, other, wrong, 0.48 - 0.05 * min(rank, 8))


def _functions(program: Program, name: str) -> list[Function]:
    """Return the functions, of the code, that a message calls ``name``; for a class, what makes its objects."""
    last = name.rpartition(".")[2]
    found = []
    for node in ast.walk(program.tree):
        if isinstance(node, Function) and node.name == last:
            found.append(node)
        elif isinstance(node, ast.ClassDef) and node.name == last:
            found += [s for s in node.body if isinstance(s, Function) and s.name == "__init__"]
    if "." in name and last == "__init__":
        owner = name.split(".")[-2]
        classes = [n for n in ast.walk(program.tree) if isinstance(n, ast.ClassDef) and n.name == owner]
        found = [s for c in classes for s in c.body if isinstance(s, Function) and s.name == last]
    return found


def _parameter_renamed(
    program: Program, functions: list[Function], old: str, new: str, confidence: float
) -> Iterable[Resolution]:
    """Yield the function with the parameter ``old`` called ``new``, as its caller calls it."""
    for scope in program.scopes.all:
        if scope.node in functions and old in scope.bindings and new not in scope.bindings:
            edits = renamed_everywhere(program, scope, old, new)
            if edits:
                yield Resolution(
                    explanation=f"renamed the parameter '{old}' to '{new}', as the caller names it",
                    confidence=confidence,
                    edits=edits,
                )
