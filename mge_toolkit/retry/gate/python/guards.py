"""Whether a candidate weakens what a Python program demands of itself, or swallows what it raises."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mge_toolkit.retry.gate.python.parsing import FUNCTIONS, constant, last_name, live, truth_of

_NAME: Final = re.compile(r"\b(?!(?:not|in|is|and|or|None|True|False)\b)[A-Za-z_]\w*\b")
_VALIDATING: Final = re.compile(r"(?:validate|ensure|require|verify|assert)(?:_\w*|[A-Z]\w*)?|check_\w+")
# What says "not written yet", or ends an iteration: a real program does something else there.
_PLACEHOLDERS: Final = frozenset(
    {"", "NotImplementedError", "NotImplemented", "StopIteration", "StopAsyncIteration"}
)
_BROAD: Final = frozenset({"Exception", "BaseException", "AssertionError"})
_MANY: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """An assertion, a raise or a call that validates. ``shape`` is its text with the names left out.

    ``tested`` are the program's functions that an example at the program's own level calls, if it is one.
    """

    what: str
    shape: str
    line: int
    tested: frozenset[str] = frozenset()


def weakened(before: ast.Module, after: ast.Module, is_verifiable: bool) -> str | None:
    """Return which demand of ``before`` is missing or changed in ``after``, or ``None``.

    Examples that a program holds of itself may go together with the functions that they are about, where the
    plan has a check (``is_verifiable``): models write them, often wrong, and rewrite a program without them.
    """
    old, new = list(_demands(before)), list(_demands(after))
    if old and is_verifiable:
        old = _without_examples(before, after, old, new)
    if not old:
        return None
    left = Counter((demand.what, demand.shape) for demand in new)
    counts = Counter(demand.what for demand in new)
    needed = Counter(demand.what for demand in old)
    for demand in old:
        if left[demand.what, demand.shape] > 0:
            left[demand.what, demand.shape] -= 1
        elif counts[demand.what] < needed[demand.what]:
            return f"deletes or disables {demand.what} on line {demand.line}"
        elif demand.what == "the assertion":
            return f"changes the assertion on line {demand.line}"
    return None


def _demands(tree: ast.Module) -> Iterator[Demand]:
    found: list[Demand] = []
    own = {s.name for s in tree.body if isinstance(s, (*FUNCTIONS, ast.ClassDef))}
    top: set[ast.AST] = set(tree.body)
    for node in live(tree):
        if isinstance(node, ast.Assert) and truth_of(node.test) is not True:
            tested = _tested(node, own) if node in top else frozenset()
            shape = _shape(node.test)
            found.append(Demand(what="the assertion", shape=shape, line=node.lineno, tested=tested))
        elif isinstance(node, ast.Raise) and (name := last_name(node.exc)) not in _PLACEHOLDERS:
            found.append(Demand(what=f"the raise of {name}", shape="", line=node.lineno))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            name = last_name(node.value.func)
            if _VALIDATING.fullmatch(name):
                found.append(Demand(what=f"the call of '{name}'", shape="", line=node.lineno))
    yield from sorted(found, key=lambda demand: demand.line)


def _without_examples(
    before: ast.Module, after: ast.Module, old: list[Demand], new: list[Demand]
) -> list[Demand]:
    """Return the demands of ``old`` that hold whatever becomes of its functions."""
    tested = frozenset().union(*(demand.tested for demand in old))
    kept = {demand.shape for demand in new if demand.tested}
    if not tested or kept & {demand.shape for demand in old if demand.tested}:
        return old
    is_rewritten = _definitions(before, tested) != _definitions(after, tested)
    return [demand for demand in old if not (demand.tested and is_rewritten)]


def _definitions(tree: ast.Module, names: frozenset[str]) -> list[str]:
    return [ast.dump(s) for s in tree.body if isinstance(s, (*FUNCTIONS, ast.ClassDef)) and s.name in names]


def _tested(statement: ast.Assert, own: set[str]) -> frozenset[str]:
    """Return which of the program's ``own`` functions an assertion calls."""
    calls = (node for node in ast.walk(statement.test) if isinstance(node, ast.Call))
    return frozenset(last_name(call.func) for call in calls) & own


def _shape(test: ast.expr) -> str:
    return _NAME.sub("_", ast.unparse(test))


def swallowed(before: ast.Module | None, after: ast.Module, handled_before: int = 0) -> str | None:
    """Return which exceptions ``after`` swallows that ``before`` let through, or ``None``.

    ``handled_before`` is how many broad handlers a ``before`` seems to have that does not parse.
    """
    known = handled_before if before is None else len(list(_swallowing(before)))
    found = sorted(_swallowing(after))
    if len(found) <= known:
        return None
    line, what = found[-1] if known else found[0]
    return f"{what} on line {line}"


def _swallowing(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every place where exceptions of any kind end, and what it does."""
    for node in live(tree):
        if isinstance(node, ast.Try | ast.TryStar):
            for handler in node.handlers:
                if _is_broad(handler.type) and not any(isinstance(n, ast.Raise) for n in live_in(handler)):
                    yield handler.lineno, "swallows every exception"
            leaving = (ast.Return, ast.Break, ast.Continue)
            for statement in node.finalbody:
                if isinstance(statement, leaving):
                    yield statement.lineno, "swallows every exception by leaving 'finally'"
        elif (
            isinstance(node, ast.Call)
            and last_name(node.func) == "suppress"
            and any(map(_is_broad, node.args))
        ):
            yield node.lineno, "suppresses every exception"
        elif isinstance(node, FUNCTIONS) and node.name in ("__exit__", "__aexit__"):
            returned = [n for n in ast.walk(node) if isinstance(n, ast.Return)]
            if any(n.value is not None and constant(n.value) is True for n in returned):
                yield node.lineno, "swallows every exception in '__exit__'"
        elif (
            isinstance(node, ast.Attribute) and node.attr == "excepthook" and isinstance(node.ctx, ast.Store)
        ):
            yield node.lineno, "replaces sys.excepthook"


def live_in(handler: ast.ExceptHandler) -> Iterator[ast.AST]:
    """Yield what is reached in a handler, but not in functions that it only defines."""
    stack: list[ast.AST] = list(handler.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return len(caught.elts) >= _MANY or any(map(_is_broad, caught.elts))
    return last_name(caught) in _BROAD
