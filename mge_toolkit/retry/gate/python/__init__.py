"""The gate for Python: what is wrong with a candidate as a repair, by comparing the two programs' trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mge_toolkit.core.plans import Atom
from mge_toolkit.retry.gate.given import Given, given_away
from mge_toolkit.retry.gate.python.broken import Remains, missing, remains
from mge_toolkit.retry.gate.python.check import given_by
from mge_toolkit.retry.gate.python.guards import swallowed, weakened
from mge_toolkit.retry.gate.python.material import kept_of, kept_of_text
from mge_toolkit.retry.gate.python.parsing import LARGEST, parsed, readable
from mge_toolkit.retry.gate.python.program import Program, body_of, read
from mge_toolkit.retry.gate.python.shape import (
    changed_signature,
    computes,
    gutted,
    loses_result,
)
from mge_toolkit.retry.gate.python.tampering import tampered
from mge_toolkit.retry.gate.python.yields import yields

_SHORT = 2  # lines of a function that a constant may take the place of


def refusal(atom: Atom, before: str, after: str) -> str | None:
    """Return why ``after`` may not count as a repair of ``before``, or ``None``."""
    if len(after) > LARGEST:
        return f"is too long to be judged ({len(after)} characters)"
    new = parsed(after)
    if new is None:  # it cannot pass
        return None
    given, old = given_by(atom), readable(before)
    reasons = _of_broken(atom, given, before, new) if old is None else _reasons(atom, given, old, new)
    return next((reason for reason in reasons if reason is not None), None)


def _reasons(atom: Atom, given: Given, old: ast.Module, new: ast.Module) -> Iterator[str | None]:
    """Yield what there is against ``new``, the plainest first."""
    before, after, kept = read(old), read(new), kept_of(old)
    yield tampered(atom, given, before, before.names, after)
    yield weakened(old, new, atom.check is not None or atom.expect is not None)
    yield swallowed(old, new)
    yield changed_signature(given, before, after)
    yield given_away(given, frozenset(before.constants), yields(new, given, kept))
    yield loses_result(before, after)
    yield gutted(before, after)


def _of_broken(atom: Atom, given: Given, text: str, new: ast.Module) -> Iterator[str | None]:
    """Yield what there is against ``new`` where the plan's code does not parse."""
    old, after = remains(text), read(new)
    before = old.program
    yield tampered(atom, given, before, before.names, after)
    yield missing(old, new)
    yield swallowed(None, new, old.handlers)
    yield changed_signature(given, before, after)
    yield given_away(given, frozenset(before.constants), yields(new, given, kept_of_text(text)))
    yield _emptied(given, old, after)


def _emptied(given: Given, old: Remains, after: Program) -> str | None:
    """Refuse a function that is a constant where broken code had more lines for it than that takes."""
    for name, function in after.functions.items():
        last = name.rpartition(".")[2]
        count = old.lines.get(last, old.total if last in given.uses else 0)
        if count > _SHORT and not computes(body_of(function)):
            return f"replaces the body of '{name}' with a constant on line {function.lineno}"
    return None
