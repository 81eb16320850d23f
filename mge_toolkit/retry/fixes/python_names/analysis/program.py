"""A failed atom's program, read once for all the fixers: text, tree, scopes, and what surrounds the code."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Scope, Scopes, Use
from mge_toolkit.retry.fixes.python_names.analysis.source import SourceText
from mge_toolkit.retry.fixes.python_names.analysis.standard import modules
from mge_toolkit.retry.fixes.python_parsing import parse

BUILTINS: Final = frozenset(name for name in dir(builtins) if not name.startswith("_"))
# Characters: what is read, looked through and changed within about 50 ms, the longest that anyone may block.
_LONGEST: Final = 20_000
# A name that is missing in more places than this is looked at in the first of them.
_MOST_SCOPES: Final = 20
_ALWAYS: Final = frozenset(
    {*dir(builtins), "__name__", "__file__", "__doc__", "__builtins__", "__class__", "__spec__"}
    | {"__loader__", "__package__", "__annotations__", "__module__", "__qualname__", "__debug__"}
)


class Program:
    """The code that failed, with the names that its dependencies, its inputs and its check bring along.

    ``answers`` keeps what was worked out about it for the fixers that ask the same again.
    """

    def __init__(self, text: str, tree: ast.Module, outer: Outer, check: ast.Module | None) -> None:
        """Read ``tree``. Raises ``RecursionError`` where it is too deep."""
        self.source = SourceText(text)
        self.tree = tree
        self.scopes = Scopes(tree)
        self.outer = outer
        self.check = check
        self.check_scopes = None if check is None else Scopes(check)
        stars = [star for scope in self.scopes.all for star in scope.stars]
        self.answers: dict[object, Any] = {}
        self.open = outer.open or any(star not in modules() for star in stars)

    @property
    def module(self) -> Scope:
        """Return the outermost scope."""
        return self.scopes.root

    def is_bound(self, use: Use) -> bool:
        """Return whether something binds the name of ``use`` where it is looked up."""
        return (
            use.scope.home(use.name) is not None
            or use.name in self.outer.names
            or use.name in self.outer.later
            or use.name in _ALWAYS
        )

    @cached_property
    def unbound(self) -> dict[str, list[Use]]:
        """The names that nothing binds, with their uses; nothing is certain under a foreign ``*``."""
        found: dict[str, list[Use]] = {}
        for use in self.scopes.uses:
            if not self.open and not self.is_bound(use):
                found.setdefault(use.name, []).append(use)
        return found

    def uses_of(self, name: str) -> list[Use]:
        """Return the uses of ``name`` that nothing in the code itself binds."""
        return [use for use in self.scopes.uses if use.name == name and use.scope.home(name) is None]

    def visible(self, use: Use) -> Iterator[tuple[str, Scope | None]]:
        """Yield the names that may stand in the place of ``use``, the nearest first, with the scope of each.

        The scope is ``None`` for what comes from outside of the code.
        """
        seen: set[str] = set()
        for scope in use.scope.chain():
            for name in scope.bindings:
                if name not in seen:
                    seen.add(name)
                    yield name, scope
        for name in self.outer.names:
            if name not in seen:
                seen.add(name)
                yield name, None

    def common(self, uses: Sequence[Use]) -> dict[str, Scope | None]:
        """Return the names that may stand in the place of each of ``uses``, as the first of them sees them."""
        found = dict(self.visible(uses[0]))
        scopes = list(dict.fromkeys(use.scope for use in uses[1:]))
        return {
            name: home
            for name, home in found.items()
            if all(
                name in self.outer.names or scope.home(name) is not None for scope in scopes[:_MOST_SCOPES]
            )
        }

    def at(self, line: int | None, column: int | None) -> int | None:
        """Return the offset of a place that a failure names (both from 1, in characters)."""
        if line is None:
            return None
        return self.source.line_start(line) + (column or 1) - 1


class Outer:
    """What the code finds in its namespace: ``names`` before it runs, ``later`` only once the check has run."""

    def __init__(self, dependencies: Iterable[str], inputs: Iterable[str], check: ast.Module | None) -> None:
        """Read the dependencies' codes; one that cannot be read binds nobody knows what."""
        self.names: dict[str, ast.AST | None] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.open = False
        for code in dependencies:
            bound = _bound_by(code)
            self.open = self.open or bound is None
            self.names.update(bound or {})
        for name, node in self.names.items():
            if isinstance(node, ast.ClassDef):
                self.classes[name] = node
        self.names.update(dict.fromkeys(inputs))
        self.later = frozenset(() if check is None else Scopes(check).root.bindings)


@lru_cache(maxsize=64)
def _bound_by(code: str) -> Mapping[str, ast.AST] | None:
    """Return what a dependency binds, ``None`` where that cannot be known. Many atoms share a dependency."""
    tree = parse(code)
    try:
        root = None if tree is None else Scopes(tree).root
    except RecursionError:
        root = None
    if root is None or any(star not in modules() for star in root.stars):
        return None
    return {name: nodes[-1] for name, nodes in root.bindings.items()}


def program_of(case: RepairCase) -> Program | None:
    """Return the program of ``case``, or ``None`` where it cannot be read."""
    atom = case.atom
    if atom.language != "python" or len(case.code) > _LONGEST:
        return None
    return _program(
        case.code,
        tuple(other.code.text for other in case.dependencies if other.language == "python"),
        tuple(atom.inputs),
        None if atom.check is None else atom.check.text,
    )


@lru_cache(maxsize=8)
def _program(
    code: str, dependencies: tuple[str, ...], inputs: tuple[str, ...], check: str | None
) -> Program | None:
    """Read a program once for all fixers, which are asked one after another about the same case."""
    tree = parse(code)
    if tree is None:
        return None
    checked = None if check is None else parse(check)
    try:
        return Program(code, tree, Outer(dependencies, inputs, checked), checked)
    except RecursionError:
        return None
