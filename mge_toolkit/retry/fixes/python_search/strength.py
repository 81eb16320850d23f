"""How much a check can tell: the fewer outcomes it compares, the more wrong programs pass it by accident."""

from __future__ import annotations

import ast
from typing import Final

from mge_toolkit.core.plans import UNSET, Atom
from mge_toolkit.retry.examples import examples_check
from mge_toolkit.retry.fixes.python_parsing import parse

_YES_OR_NO: Final = 0.5
_PLAIN: Final = 1.0
_TELLING: Final = 1.7
_RICH: Final = 2.2
_REPEATED: Final = 0.4
_UNKNOWN: Final = 6.0
_SMALL: Final = 2


def strength(atom: Atom, code: str) -> float:
    """Return about how many yes-or-no questions ``atom``'s check, expectation and examples answer together."""
    bits = 0.0
    if atom.expect is not None:
        if atom.expect.result is not UNSET:
            bits += _UNKNOWN + _of_value(atom.expect.result)
        if atom.expect.stdout is not None:
            bits += _UNKNOWN + 0.2 * min(len(atom.expect.stdout), 20)
        if atom.expect.raises is not None:
            bits += _UNKNOWN
    texts = [] if atom.check is None else [atom.check.text]
    asserted: list[ast.expr] = []
    for text in (*texts, examples_check(code) or ""):
        tree = parse(text)
        if tree is not None:
            asserted += _asserted(tree)
    if texts and not asserted:
        return bits + _UNKNOWN
    different: set[str] = set()
    wanted: set[str] = set()
    for node in asserted:
        text = ast.dump(node)
        if text in different:
            continue
        different.add(text)
        one, value = _of_assertion(node)
        bits += one if value is None or value not in wanted else min(one, _REPEATED)
        if value is not None:
            wanted.add(value)
    return bits


def _asserted(tree: ast.Module) -> list[ast.expr]:
    """Return what a check asserts, by statement or by a method of a test case."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            found.append(node.test)
        elif isinstance(node, ast.Call) and node.args and getattr(node.func, "attr", "").startswith("assert"):
            found.append(node)
    return [node for node in found if not isinstance(node, ast.Constant)]


def _of_assertion(node: ast.expr) -> tuple[float, str | None]:
    """Return what one assertion tells, and the value that it wants, if that is written there."""
    sides: list[ast.expr] = []
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        if not isinstance(node.ops[0], ast.Eq | ast.Is):
            distance = isinstance(node.left, ast.Call) and getattr(node.left.func, "id", "") == "abs"
            return (_RICH if distance else _YES_OR_NO), None
        sides = [node.left, node.comparators[0]]
    elif isinstance(node, ast.Call):
        sides = list(node.args)
        if len(sides) < 2:
            return _YES_OR_NO, None
    else:
        return _YES_OR_NO, None
    for side in reversed(sides):
        try:
            value = ast.literal_eval(side)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        return _of_value(value), ast.dump(side)
    return _TELLING, None


def _of_value(value: object) -> float:
    """Return what it tells that a program gives ``value``: chance gives ``True`` sooner than a list of numbers."""
    if (
        isinstance(value, bool)
        or value is None
        or (isinstance(value, str) and value.lower() in ("yes", "no"))
    ):
        return _YES_OR_NO
    if isinstance(value, int):
        return _PLAIN if abs(value) <= _SMALL else _TELLING
    if isinstance(value, float):
        return _RICH
    if isinstance(value, str | list | tuple | dict | set):
        return _PLAIN if len(value) == 0 else (_TELLING if len(value) < 3 else _RICH)
    return _TELLING
