"""The order in which edits of all families are tried."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Final

from mge_toolkit.retry.fixes.javascript.mutations import (
    bounds,
    calls,
    constants,
    guards,
    operators,
    statements,
    variables,
)
from mge_toolkit.retry.fixes.javascript.mutations.ground import Family, Ground
from mge_toolkit.retry.fixes.javascript.source.edits import Change

_FAMILIES: Final[tuple[Family, ...]] = (
    operators.comparisons,
    operators.arithmetic,
    operators.logic,
    operators.negations,
    operators.grouping,
    constants.numbers,
    constants.truths,
    constants.texts,
    constants.exchanges,
    variables.others,
    variables.order,
    variables.whole_names,
    variables.symmetric,
    bounds.steps,
    bounds.divisions,
    bounds.sorts,
    bounds.scales,
    calls.others,
    calls.removed,
    calls.added,
    calls.awaited,
    statements.superfluous,
    statements.branches,
    statements.places,
    statements.returned,
    statements.loops,
    statements.exchanges_of_values,
    statements.flags,
    statements.same_base,
    guards.nulls,
    guards.defaults,
    guards.empties,
)
# What one more edit of the same family costs: none may keep the others waiting.
_TURN: Final = 0.006
_SUSPECT: Final = 0.12
_MOST: Final = 600


async def ranked(ground: Ground) -> list[tuple[Change, float]]:
    """Return the edits of every family, the likeliest first, with their costs."""
    found: list[tuple[float, int, Change]] = []
    for family in _FAMILIES:
        await asyncio.sleep(0)
        own = [(cost - _bonus(ground, change), change) for change, cost in islice(family(ground), _MOST)]
        own.sort(key=lambda pair: pair[0])
        found += [(cost + _TURN * turn, turn, change) for turn, (cost, change) in enumerate(own)]
    found.sort(key=lambda entry: entry[:2])
    return [(change, cost) for cost, _, change in found]


def _bonus(ground: Ground, change: Change) -> float:
    """Return what makes an edit likelier: that its line was running when the program failed."""
    lines = {ground.program.line(edit.start) for edit in change.edits} if ground.suspects else set()
    return _SUSPECT if lines & ground.suspects else 0.0
