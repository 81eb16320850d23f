"""Asks programs that pass the same check for more: where they differ, the check does not tell which is right.

What is asked are calls like the check's own, with arguments near to those that it uses. Nothing says what ought to
come of them; but repairs that agree there are one and the same, and of two that do not, one is wrong.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mge_toolkit.core.plans import Atom, Source

MARK: Final = "\x1fasked "
_TOLD: Final = re.compile(rf"^{MARK}(\d+) (.*)$", re.MULTILINE)
_CLOSE: Final = 1e-9


def with_questions(atom: Atom) -> Source | None:
    """Return the check of ``atom`` with questions behind it, or ``None`` where it makes no call to ask about."""
    if atom.check is None:
        return None
    check, code = atom.check.text, atom.code.text
    try:
        if atom.language == "python":
            from mge_toolkit.retry.probing import python
            from mge_toolkit.retry.probing.variations import varied

            calls = varied(python.calls_in(check, code))
            text = python.asking(check, calls, MARK)
        elif atom.language in ("javascript", "typescript"):
            from mge_toolkit.retry.probing import javascript
            from mge_toolkit.retry.probing.variations import varied

            calls = varied(javascript.calls_in(check, code, typescript=atom.language == "typescript"))
            text = javascript.asking(check, calls, MARK)
        else:
            return None
    except RecursionError:
        return None
    return replace(atom.check, text=text) if calls else None


def answers(stdout: str) -> dict[int, str]:
    """Return what a program answered, by the number of the question; those that raised are missing."""
    return {int(found[1]): found[2] for found in _TOLD.finditer(stdout)}


def differing(one: Mapping[int, str], other: Mapping[int, str]) -> int:
    """Return how many questions two programs answer differently."""
    return sum(not _alike(one[number], other[number]) for number in one.keys() & other.keys())


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    first, second = _number(one), _number(other)
    if first is None or second is None:
        return False
    return abs(first - second) <= _CLOSE * max(abs(first), abs(second))


def _number(text: str) -> float | None:
    try:
        value = json.loads(text if text[:1] not in "'\"" else ast.literal_eval(text))
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
