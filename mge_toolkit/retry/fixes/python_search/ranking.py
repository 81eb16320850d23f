"""Puts changes in the order in which they are tried: every place early with its likeliest change."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from mge_toolkit.retry.fixes.python_search.changes import Change
from mge_toolkit.retry.fixes.python_search.program import Statement

_AT_SITE: Final = 0.93
_OF_FAMILY: Final = 0.88
_ON_LINE: Final = 0.985
_ANY_CHECK: Final = 0.3
_BITS: Final = 4.3


class Ranked(NamedTuple):
    """A change with its score, and the statement whose text it changes, if it changes only one.

    ``proven`` says that the program is known to parse after it.
    """

    score: float
    change: Change
    statement: Statement | None
    proven: bool = False


def ranked(found: Iterable[Ranked]) -> list[Ranked]:
    """Return the changes by score, where each further change of a place counts for less than the one before."""
    sites: dict[int, int] = defaultdict(int)
    families: dict[tuple[int, str], int] = defaultdict(int)
    lines: dict[int, int] = defaultdict(int)
    scored = []
    for one in sorted(found, key=lambda one: (-one.score, one.change.edits)):
        site, family, line = one.change.site, (one.change.site, one.change.family), one.change.line
        decay = _AT_SITE ** sites[site] * _OF_FAMILY ** families[family] * _ON_LINE ** lines[line]
        scored.append(one._replace(score=one.score * decay))
        sites[site] += 1
        families[family] += 1
        lines[line] += 1
    return sorted(scored, key=lambda one: -one.score)


def least_score(bits: float) -> float:
    """Return the score from which on a change is believed when a check of so many bits passes with it.

    Many unlikely changes are tried, so that one of them passes a weak check by accident sooner than it is right.
    """
    return min(_ANY_CHECK, _ANY_CHECK * math.pow(2.0, _BITS - bits))
