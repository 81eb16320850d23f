"""Parse Python for the gate, whatever it is given, and read constants off its trees."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeAlias

from mge_toolkit.retry.gate.literals import Literal

LARGEST: Final = 200_000
"""How long (in characters) code may be to be judged; parsing more would take seconds."""

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
NOTHING: Final = object()
"""Stands for "no constant"; ``None`` is one."""

_ENDS: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CONVERSIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "bool": bool,
    "float": float,
    "int": int,
    "list": list,
    "str": str,
    "tuple": tuple,
}
_LARGE: Final = 10**9
_LONG: Final = 12
_FILENAME: Final = "<candidate>"


@lru_cache(maxsize=8)
def parsed(text: str) -> ast.Module | None:
    """Return the tree of ``text``, or ``None`` where it is no program.

    Raises ``RecursionError`` or ``MemoryError`` where it is nested too deeply to say: an interpreter with more
    room may run it.
    """
    return tree_of(text)


def tree_of(text: str) -> ast.Module | None:
    """Do what :func:`parsed` does for a text that will not come again."""
    if len(text) > LARGEST:
        return None
    _silence()
    try:
        return ast.parse(text, _FILENAME)
    except (SyntaxError, ValueError, OverflowError):
        return None


def readable(text: str) -> ast.Module | None:
    """Return the tree of ``text``, or ``None`` where it is no program or nested too deeply."""
    try:
        return parsed(text)
    except (RecursionError, MemoryError):
        return None


def _silence() -> None:
    """Have the parser's warnings about ``_FILENAME`` ignored: restoring filters would disturb other threads."""
    first = warnings.filters[0] if warnings.filters else None
    if first is None or getattr(first[3], "pattern", None) != _FILENAME:
        warnings.filterwarnings("ignore", module=_FILENAME)


def live(root: ast.AST) -> Iterator[ast.AST]:
    """Yield every node that can be reached: nothing after a ``return``, nothing under ``if False``."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            truth = truth_of(node.test)
            stack.append(node.test)
            for branch, dead in ((node.body, truth is False), (node.orelse, truth is True)):
                if not dead:
                    stack.extend(reachable(branch) if isinstance(branch, list) else [branch])
            continue
        for _, value in ast.iter_fields(node):
            if isinstance(value, list):
                stack.extend(reachable(value))
            elif isinstance(value, ast.AST):
                stack.append(value)


def reachable(block: list[Any]) -> list[Any]:
    """Return the nodes of a list of them up to the first statement that leaves it."""
    for number, statement in enumerate(block):
        if isinstance(statement, _ENDS):
            return block[: number + 1]
    return [node for node in block if isinstance(node, ast.AST)]


def truth_of(test: ast.expr) -> bool | None:
    """Return what a condition always is, or ``None`` where that depends on something."""
    if isinstance(test, ast.BoolOp):
        found = [truth_of(value) for value in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = truth_of(test.operand)
        return None if truth is None else not truth
    if isinstance(test, ast.Compare):
        return _comparison(test)
    if isinstance(test, ast.Call) and _named(test.func) == "isinstance" and len(test.args) == 2:
        return True if _named(test.args[1]) == "object" else None
    if isinstance(test, ast.Tuple | ast.List) and test.elts:
        return True
    value = constant(test)
    return None if value is NOTHING else bool(value)


def _comparison(test: ast.Compare) -> bool | None:
    """Return what a comparison always gives: of two constants, of a name with itself, ``len(x) >= 0``."""
    if len(test.ops) != 1:
        return None
    left, right, compare = test.left, test.comparators[0], test.ops[0]
    if isinstance(left, ast.Name) and isinstance(right, ast.Name) and left.id == right.id:
        return isinstance(compare, ast.Eq | ast.Is | ast.LtE | ast.GtE)
    first, second = constant(left), constant(right)
    if first is NOTHING or second is NOTHING:
        measured = isinstance(left, ast.Call) and _named(left.func) == "len" and isinstance(second, int)
        if measured and isinstance(compare, ast.GtE | ast.Gt) and isinstance(second, int):
            return True if second < isinstance(compare, ast.GtE) else None
        return None
    if type(compare) not in _COMPARED:
        return first is second if isinstance(compare, ast.Is) else None
    try:
        return bool(_COMPARED[type(compare)](first, second))
    except TypeError:
        return None


def constant(node: ast.AST | None) -> Literal:
    """Return the constant that an expression is whatever the variables are, else :data:`NOTHING`."""
    try:
        return _folded(node, 0)
    except (ArithmeticError, TypeError, ValueError, MemoryError):
        return NOTHING


def _folded(node: ast.AST | None, depth: int) -> Any:
    if isinstance(node, ast.Constant):
        return NOTHING if node.value is ... else node.value
    if depth > 20:
        return NOTHING
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return _sequence(node, depth)
    if isinstance(node, ast.Dict):
        keys = [_folded(k, depth + 1) for k in node.keys]
        values = [_folded(v, depth + 1) for v in node.values]
        return (
            NOTHING if NOTHING in (*keys, *values) else dict(zip(map(_hashable, keys), values, strict=True))
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd | ast.Not):
        value = _folded(node.operand, depth + 1)
        if value is NOTHING:
            return NOTHING
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return _calculated(node, depth)
    if isinstance(node, ast.Call) and not node.keywords and isinstance(node.func, ast.Name):
        values = [_folded(argument, depth + 1) for argument in node.args]
        if NOTHING in values or len(values) > 1:
            return NOTHING
        empty: dict[str, Any] = {} if values else {"set": set(), "dict": {}}
        convert = _CONVERSIONS.get(node.func.id)
        return empty.get(node.func.id, NOTHING) if convert is None else convert(*values)
    if isinstance(node, ast.JoinedStr):
        values = [_folded(part, depth + 1) for part in node.values]
        return NOTHING if NOTHING in values else "".join(map(str, values))
    if isinstance(node, ast.FormattedValue) and node.format_spec is None:
        return _folded(node.value, depth + 1)
    return NOTHING


def _sequence(node: ast.Tuple | ast.List | ast.Set, depth: int) -> Any:
    items = [_folded(item, depth + 1) for item in node.elts]
    if any(item is NOTHING for item in items):
        return NOTHING
    if isinstance(node, ast.Set):
        return frozenset(map(_hashable, items))
    return tuple(items) if isinstance(node, ast.Tuple) else items


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


def _calculated(node: ast.BinOp, depth: int) -> Any:
    """Return the value of arithmetic with constants, where it is small enough to be worth it."""
    left, right = _folded(node.left, depth + 1), _folded(node.right, depth + 1)
    calculate = _ARITHMETIC.get(type(node.op))
    if calculate is None or left is NOTHING or right is NOTHING:
        return NOTHING
    if isinstance(left, str) and isinstance(right, str) and isinstance(node.op, ast.Add):
        return left + right
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if not numbers or abs(left) > _LARGE or abs(right) > _LARGE:
        return NOTHING
    return calculate(left, right)


def dotted(node: ast.AST) -> str | None:
    """Return ``a.b.c`` for an attribute of an attribute of a name, else ``None``."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < _LONG:
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join((node.id, *reversed(names)))


def last_name(node: ast.AST | None) -> str:
    """Return the name, or the last attribute's, of a callee or a class; empty where it has none."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _named(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""
