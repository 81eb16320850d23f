"""What a piece of code defines and what it needs, so that assembled files can import from each other.

Python is read with the compiler's own symbol tables. JavaScript and TypeScript are read by their lines:
declarations that begin in the first column count, destructured ones do not.
"""

from __future__ import annotations

import ast
import re
import symtable
from dataclasses import dataclass
from typing import Final

FAMILIES: Final = {"python": "python", "javascript": "ecmascript", "typescript": "ecmascript"}
"""The languages that can be assembled, and which of them share a program."""

SUFFIXES: Final = {"python": (".py",), "javascript": (".js", ".mjs"), "typescript": (".ts", ".mts")}

_DECLARED = re.compile(
    r"^(?:export\s+(?:default\s+)?)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:function\s*\*?|class|const\s+enum|enum|namespace|const|let|var)\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
_TYPES = re.compile(r"^(?:export\s+)?(?:interface|type)\s+([A-Za-z_$][\w$]*)", re.MULTILINE)
_EXPORTED = re.compile(
    r"^export\s+(?:default\s+)?(?:\w+\s+)*?(?:function\s*\*?|class|enum|const|let|var|interface|type)"
    r"\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The names that a piece of code binds at its top level, those of them that are types, and those it uses."""

    bound: frozenset[str]
    used: frozenset[str]
    types: frozenset[str] = frozenset()
    exported: frozenset[str] = frozenset()


def python_names(code: str) -> Names:
    """Return the names of a piece of Python. Raises ``SyntaxError`` and ``ValueError``."""
    top = symtable.symtable(code, "<atom>", "exec")
    bound: set[str] = set()
    used: set[str] = set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        for symbol in table.get_symbols():
            local = table is top
            defines = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
            if defines and (local or symbol.is_declared_global()):
                bound.add(symbol.get_name())
            if symbol.is_referenced() and (local or symbol.is_global()):
                used.add(symbol.get_name())
    return Names(bound=frozenset(bound - {"result"}), used=frozenset(used))


def without_future(code: str) -> tuple[str, set[str]]:
    """Return Python code without its ``from __future__`` lines, which belong at a file's top, and their names."""
    lines = code.split("\n")
    features: set[str] = set()
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            features.update(alias.name for alias in statement.names)
            for number in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
                lines[number] = ""
    return "\n".join(lines), features


def ecmascript_names(code: str) -> Names:
    """Return the names of a piece of JavaScript or TypeScript, as far as its lines tell."""
    types = frozenset(_TYPES.findall(code))
    return Names(
        bound=frozenset(_DECLARED.findall(code)) - {"result"} | types,
        used=frozenset(_IDENTIFIER.findall(code)),
        types=types,
        exported=frozenset(_EXPORTED.findall(code)),
    )
