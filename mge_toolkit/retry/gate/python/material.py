"""The constants that an expression is made of, in order: what a repair may put together anew.

``"n: " + 5`` raises and ``"n: " + str(5)`` does not, and both are made of the same two constants: the second gives
nothing away that the plan's own code did not hold. A literal ``"n: 5"`` is made of another.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, TypeAlias

from mge_toolkit.retry.gate.literals import key
from mge_toolkit.retry.gate.python.parsing import FUNCTIONS, last_name, tree_of
from mge_toolkit.retry.gate.words import WORDS

Material: TypeAlias = tuple[str, ...]
"""Keys of constants; what holds others is between marks."""
Kept: TypeAlias = Callable[[Iterable[ast.expr]], bool]
"""Says whether expressions are made of what the plan's code put together in one place, and of nothing else."""

WRITERS: Final = frozenset({"print", "write", "writelines"})
_CONVERSIONS: Final = frozenset({"str", "int", "float", "bool", "repr"})
_DEPTH: Final = 20
_OPEN, _CLOSE = "[", "]"
_LEAF: Final = re.compile(
    r"'[^'\n\\]*'|\"[^\"\n\\]*\"|(?<![\w.])\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*"
)


def kept_of(tree: ast.Module) -> Kept:
    """Return what tells the material of a program."""
    found, bound = _materials(tree), _bound(tree)

    def kept(expressions: Iterable[ast.expr]) -> bool:
        made = _joined(expressions, bound)
        return bool(made) and made in found

    return kept


def is_same(tree: ast.Module, old: ast.expr, new: ast.expr) -> bool:
    """Return whether ``new`` is made of just the constants that ``old``, which stands in ``tree``, is made of."""
    made = _material(old, _bound(tree), 0)
    return made is not None and made == _material(new, _bound(tree), 0)


def kept_of_text(text: str) -> Kept:
    """Return what tells the material of code that does not parse: constants that follow one another in it."""
    leaves = tuple(_leaves(text))

    def kept(expressions: Iterable[ast.expr]) -> bool:
        made = _joined(expressions, frozenset())
        wanted = tuple(leaf for leaf in made or () if leaf not in (_OPEN, _CLOSE))
        size = len(wanted)
        return size > 0 and any(leaves[at : at + size] == wanted for at in range(len(leaves) - size + 1))

    return kept


@lru_cache(maxsize=4)
def _materials(tree: ast.Module) -> frozenset[Material]:
    bound, found = _bound(tree), set[Material]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in WRITERS:
            found.add(_joined(node.args, bound) or ())
        elif isinstance(node, ast.expr):
            found.add(_material(node, bound, 0) or ())
    return frozenset(found - {()})


@lru_cache(maxsize=4)
def _bound(tree: ast.Module) -> frozenset[str]:
    """Return the names that a program binds anywhere: those mean what it says."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return frozenset(found)


def _joined(expressions: Iterable[ast.expr], bound: frozenset[str], depth: int = 0) -> Material | None:
    parts: list[str] = []
    for expression in expressions:
        part = _material(expression, bound, depth)
        if part is None:
            return None
        parts += part
    return tuple(parts)


def _material(node: ast.expr | None, bound: frozenset[str], depth: int) -> Material | None:
    """Return what an expression is made of, or ``None`` where it depends on more than constants."""
    if node is None or depth > _DEPTH:
        return None
    if isinstance(node, ast.Constant):
        return None if node.value is ... else (key(node.value),)
    if isinstance(node, ast.Name):
        return (key(WORDS[node.id]),) if node.id in WORDS and node.id not in bound else None
    parts: list[ast.expr | None] = []
    marked = isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict)
    if isinstance(node, ast.UnaryOp):
        parts = [node.operand]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.JoinedStr):
        parts = [*node.values]
    elif isinstance(node, ast.FormattedValue) and node.format_spec is None:
        parts = [node.value]
    elif isinstance(node, ast.Call) and not node.keywords and len(node.args) == 1:
        known = isinstance(node.func, ast.Name) and node.func.id in _CONVERSIONS - bound
        parts = [node.args[0] if known else None]
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        parts = [*node.elts]
    elif isinstance(node, ast.Dict):
        parts = [part for pair in zip(node.keys, node.values, strict=True) for part in pair]
    else:
        return None
    if None in parts:
        return None
    made = _joined((part for part in parts if part is not None), bound, depth + 1)
    return (_OPEN, *made, _CLOSE) if made is not None and marked else made


def _leaves(text: str) -> Iterator[str]:
    """Yield the constants of a text, in order; a name between them is yielded as itself."""
    for found in _LEAF.finditer(text):
        leaf = found[0]
        if leaf in WORDS:
            yield key(WORDS[leaf])
        elif leaf[0].isalpha() or leaf[0] == "_":
            if leaf not in _CONVERSIONS:
                yield f"name {leaf}"
        elif leaf[0] in "'\"":
            yield key(leaf[1:-1])
        else:
            tree = tree_of(leaf)
            value = tree.body[0] if tree is not None and tree.body else None
            if isinstance(value, ast.Expr) and isinstance(value.value, ast.Constant):
                yield key(value.value.value)
