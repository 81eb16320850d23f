"""What can still be told of a plan's code that does not parse: enough to notice what a candidate leaves out."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mge_toolkit.retry.gate.literals import key
from mge_toolkit.retry.gate.python.parsing import FUNCTIONS, LARGEST, NOTHING, FunctionNode, constant, tree_of
from mge_toolkit.retry.gate.python.program import Program

_DEFINITION: Final = re.compile(
    r"^([^\n#\"']{0,40}?)\bdef[ \t]+([A-Za-z_]\w*)[ \t]*(\([^()\n]*\))?", re.MULTILINE
)
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*")
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TEXT: Final = re.compile(r"'([^'\n\\]*)'|\"([^\"\n\\]*)\"")
_ASSERTION: Final = re.compile(r"^\s*assert\b[^\n]*[=<>(\[]", re.MULTILINE)
_RAISE: Final = re.compile(r"^\s*raise\s+(\w+)\s*(?:\(|$)", re.MULTILINE)
_BROAD: Final = re.compile(r"\bexcept\s*(?::|\n|,|\(?[^:\n]*\b(?:Base)?Exception\b)")
_STATEMENT: Final = re.compile(r"^\s*[A-Za-z_(\[*@]", re.MULTILINE)
_PLACEHOLDERS: Final = frozenset({"NotImplementedError", "StopIteration"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Remains:
    """What is left of broken code. ``program`` holds the functions whose heads can be read, without bodies.

    ``assertions``, ``raised`` and ``handlers`` count lines that begin so; ``lines`` counts each function's own,
    ``total`` all.
    """

    program: Program
    assertions: int
    raised: Counter[str]
    handlers: int
    lines: dict[str, int]
    total: int


@lru_cache(maxsize=8)
def remains(text: str) -> Remains:
    """Return what can be told of code that does not parse."""
    text = text[:LARGEST].replace("\0", " ")
    program = Program(names=Counter(_IDENTIFIER.findall(text)))
    program.constants = set(_constants(text))
    program.calls = set(program.names)
    program.bound = dict.fromkeys(program.names, 1)
    program.uses = dict.fromkeys(program.names, 1)
    lines: dict[str, int] = {}
    found = list(_DEFINITION.finditer(text))
    for number, match in enumerate(found):
        prefix, name, head = match.groups()
        is_last = number + 1 == len(found)
        if prefix.lstrip().startswith(("-", "#")) or (is_last and len(text) - match.end() < 3):
            continue  # taken out by a diff, or cut off
        outer = (one.start() for one in found[number + 1 :] if len(one[1]) <= len(prefix))
        end = next(outer, len(text))
        lines[name] = len(_STATEMENT.findall(text[match.end() : end])) - 1
        function = None if head is None else _function(name, head)
        if function is not None:
            program.functions[name] = function
    return Remains(
        program=program,
        assertions=len(_ASSERTION.findall(text)),
        raised=Counter(n for n in _RAISE.findall(text) if n not in _PLACEHOLDERS),
        handlers=len(_BROAD.findall(text)),
        lines=lines,
        total=len(_STATEMENT.findall(text)),
    )


def _constants(text: str) -> set[str]:
    """Return the keys of numbers and texts that stand in broken code."""
    found: set[str] = set()
    for number in _NUMBER.findall(text):
        tree = tree_of(number)
        expression = tree.body[0] if tree is not None and tree.body else None
        value = constant(expression.value) if isinstance(expression, ast.Expr) else NOTHING
        if value is not NOTHING:
            found.add(key(value))
    found.update(key(one or other) for one, other in _TEXT.findall(text))
    return found


def _function(name: str, head: str) -> FunctionNode | None:
    tree = tree_of(f"def {name}{head}: pass")
    node = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    return node if isinstance(node, FUNCTIONS) else None


def missing(old: Remains, new: ast.Module) -> str | None:
    """Return which assertion or raise of broken code ``new`` has no more, or ``None``."""
    nodes = list(ast.walk(new))
    if sum(isinstance(node, ast.Assert) for node in nodes) < old.assertions:
        return "deletes an assertion"
    raised = Counter(
        name.id
        for node in nodes
        if isinstance(node, ast.Raise)
        for name in (node.exc.func if isinstance(node.exc, ast.Call) else node.exc,)
        if isinstance(name, ast.Name)
    )
    gone = old.raised - raised
    return f"deletes the raise of {min(gone)}" if gone else None
