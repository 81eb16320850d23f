"""The gate for JavaScript and TypeScript: what is wrong with a candidate as a repair, by their trees."""

from __future__ import annotations

from collections.abc import Iterator

from mge_toolkit.core.plans import Atom
from mge_toolkit.retry.gate.given import given_away
from mge_toolkit.retry.gate.javascript.check import given_by
from mge_toolkit.retry.gate.javascript.material import kept_of
from mge_toolkit.retry.gate.javascript.rules import (
    changed_signature,
    gutted,
    loses_result,
    tampered,
    weakened,
)
from mge_toolkit.retry.gate.javascript.script import read
from mge_toolkit.retry.gate.javascript.syntax import LARGEST
from mge_toolkit.retry.gate.javascript.yields import yields


def refusal(atom: Atom, before: str, after: str) -> str | None:
    """Return why ``after`` may not count as a repair of ``before``, or ``None``."""
    if len(after) > LARGEST:
        return f"is too long to be judged ({len(after)} characters)"
    return next((reason for reason in _reasons(atom, before, after) if reason is not None), None)


def _reasons(atom: Atom, before: str, after: str) -> Iterator[str | None]:
    """Yield what there is against ``after``, the plainest first."""
    typescript = atom.language == "typescript"
    old, new, given = read(before, typescript), read(after, typescript), given_by(atom)
    yield tampered(atom, given, old, new)
    yield weakened(old, new)
    yield changed_signature(given, old, new)
    yield given_away(given, frozenset(old.constants), yields(new.root, given, kept_of(old.root)))
    yield loses_result(old, new)
    yield gutted(old, new)
