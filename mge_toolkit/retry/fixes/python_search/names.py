"""The wrong name: another variable of the same kind, a parameter, an attribute, or a text that should be one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, TypeGuard

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to
from mge_toolkit.retry.fixes.python_search.program import Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import FUNCTION, Scopes, Variable

_MOST: Final = 6
_LAST_READ: Final = 0.3  # a value that is worked out was hardly meant to be thrown away
_FIXED: Final = frozenset(("self", "cls", "_"))
_PAIRS: Final = frozenset(
    frozenset(pair.split())
    for pair in (
        "left right", "low high", "lo hi", "start end", "l r", "i j", "j k", "x y", "a b", "n m", "min max",
        "row col", "rows cols", "width height", "first last", "first second", "odd even", "odds evens", "u v",
        "prev curr", "slow fast", "before after", "old new", "head tail", "head node", "key value", "src dst",
    )
)  # fmt: skip


class Attributes:
    """The attributes of ``self`` that each class uses."""

    def __init__(self, program: Program) -> None:
        """Collect the attributes of ``program``'s classes."""
        self._of: dict[ast.AST | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._program = program
        for statement in program.statements:
            for node in statement.expressions:
                if is_own(node) and not self._called(node):
                    self._of[self._class(statement)][node.attr] += 1

    def others(self, statement: Statement, node: ast.Attribute) -> list[str]:
        """Return the other attributes that may stand in the place of ``node``."""
        if self._called(node):
            return []
        return [name for name in self._of[self._class(statement)] if name != node.attr]

    def _called(self, node: ast.Attribute) -> bool:
        parent = self._program.parents.get(node)
        return isinstance(parent, ast.Call) and node is parent.func

    def _class(self, statement: Statement) -> ast.AST | None:
        return next(
            (one for one in self._program.above(statement.node) if isinstance(one, ast.ClassDef)), None
        )


def is_own(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """Return whether ``node`` is an attribute of ``self``."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def changes(
    program: Program, scopes: Scopes, statement: Statement, attributes: Attributes
) -> Iterator[Change]:
    """Yield the changes of names in one statement's own expressions."""
    texts = {one.name: one for one in scopes.visible(statement.function, statement.node.lineno)}
    for node in statement.expressions:
        if isinstance(node, ast.Name):
            yield from _named(program, scopes, statement, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value in texts and not isinstance(program.parents.get(node), ast.Dict):
                yield _renamed(program, node, node.value, 0.6)
        elif isinstance(node, ast.Attribute) and is_own(node):
            for name in attributes.others(statement, node)[:_MOST]:
                weight = 0.4 * _closeness(node.attr, name)
                yield _renamed(program, node, f"self.{name}", weight)
    yield from _unpacked(program, statement)


def _renamed(program: Program, node: ast.expr, text: str, weight: float) -> Change:
    edit = program.replaced(node, text)
    said = from_to(program.source(node), text)
    return Change((edit,), "name", weight, node.lineno, program.span(node)[0], said)


def _named(program: Program, scopes: Scopes, statement: Statement, node: ast.Name) -> Iterator[Change]:
    own = scopes.find(node.id, statement.function)
    parent = program.parents.get(node)
    base = _base(program, statement, node)
    if own is None or base == 0 or FUNCTION in own.kinds or node.id in _FIXED:
        if own is not None and FUNCTION in own.kinds and isinstance(parent, ast.Call) and node is parent.func:
            for name in scopes.functions:
                if name != node.id and not name.startswith("__") and _is_plain(program, scopes, name):
                    yield _renamed(program, node, name, 0.2 * _closeness(node.id, name))
        return
    found = [
        (_likeness(own, other), other.name)
        for other in scopes.visible(statement.function, statement.node.lineno)
        if other.name != node.id and other.name not in _FIXED
    ]
    if isinstance(node.ctx, ast.Load):
        for outer in program.above(node):  # a comprehension's names are bound where it ends
            if isinstance(outer, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
                bound = {
                    n.id for g in outer.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)
                }
                found = [(score * (1.4 if name in bound else 1.0), name) for score, name in found]
    found.sort(key=lambda pair: -pair[0])
    if isinstance(node.ctx, ast.Load) and program.reads(statement.function)[node.id] == 1:
        base *= _LAST_READ
    for score, name in found[:_MOST]:
        yield _renamed(program, node, name, min(0.85, base * score))


def _base(program: Program, statement: Statement, node: ast.Name) -> float:
    """Return how often a name in this place is the wrong one."""
    parent = program.parents.get(node)
    if isinstance(node.ctx, ast.Load):
        if isinstance(parent, ast.Call) and node is parent.func:
            return 0.0
        return 0.75 if isinstance(parent, ast.Return) else 0.55
    if isinstance(statement.node, ast.AugAssign) and node is statement.node.target:
        return 0.6
    return 0.2 if isinstance(statement.node, ast.Assign) and isinstance(parent, ast.Assign) else 0.0


def _is_plain(program: Program, scopes: Scopes, name: str) -> bool:
    return isinstance(program.parents.get(scopes.functions[name]), ast.Module)


def _likeness(own: Variable, other: Variable) -> float:
    """Return how easily one variable is written for another: about 1 for equals, less for strangers."""
    score = 0.75
    if own.kind is not None and other.kind is not None:
        score = 1.0 if own.kind == other.kind else 0.35
    if own.loop and other.loop:
        score *= 1.15
    if own.parameter and other.parameter:
        score *= 1.1
    if other.reads == 0:
        score *= 1.3
    return score * _closeness(own.name, other.name)


@lru_cache(maxsize=4096)
def _closeness(one: str, two: str) -> float:
    """Return how much two names look like a pair, from 0.6 to 1.3."""
    if frozenset((one, two)) in _PAIRS:
        return 1.3
    if len(one) > 2 and len(two) > 2:
        if any(one.replace(*words) == two for pair in _PAIRS for words in _orders(pair)):
            return 1.3
        ratio = SequenceMatcher(None, one, two, autojunk=False).ratio()
        return 0.7 + 0.5 * ratio
    return 1.0 if len(one) == len(two) else 0.7


def _orders(pair: frozenset[str]) -> list[tuple[str, str]]:
    one, two = tuple(pair)
    return [(one, two), (two, one)] if len(one) > 1 else []


def _unpacked(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield targets of an unpacking in the other order."""
    node = statement.node
    targets: list[ast.expr] = []
    if isinstance(node, ast.For | ast.AsyncFor):
        targets = [node.target]
    elif isinstance(node, ast.Assign):
        targets = list(node.targets)
    targets += [g.target for one in statement.expressions for g in getattr(one, "generators", ())]
    for target in targets:
        if isinstance(target, ast.Tuple) and len(target.elts) == 2:
            one, two = target.elts
            edits = (
                program.edit(*program.outer(one), program.full(two)),
                program.edit(*program.outer(two), program.full(one)),
            )
            said = f"swapped what '{program.source(target)}' unpacks"
            yield Change(edits, "swap", 0.3, target.lineno, program.span(target)[0], said)
