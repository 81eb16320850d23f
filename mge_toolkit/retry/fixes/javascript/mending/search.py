"""Search for small edits after which a program parses: one at a time, then several, the cheapest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Final

from mge_toolkit.retry.fixes.javascript.mending.blocks import layout_changes
from mge_toolkit.retry.fixes.javascript.mending.brackets import bracket_changes
from mge_toolkit.retry.fixes.javascript.mending.early import early_changes
from mge_toolkit.retry.fixes.javascript.mending.plausibility import oddity
from mge_toolkit.retry.fixes.javascript.mending.quotes import quote_changes
from mge_toolkit.retry.fixes.javascript.mending.token_edits import token_changes
from mge_toolkit.retry.fixes.javascript.mending.types import type_changes
from mge_toolkit.retry.fixes.javascript.source.clock import Clock
from mge_toolkit.retry.fixes.javascript.source.edits import Change, apart, explained, reparsed
from mge_toolkit.retry.fixes.javascript.source.parsing import Program, faults
from mge_toolkit.retry.fixes.javascript.source.scopes import Scopes, scopes_of
from mge_toolkit.retry.fixes.javascript.source.tokens import tokens_of

_DEPTH: Final = 5
_WIDTH: Final = 5
_ENOUGH: Final = 32
_FEW: Final = 12
_WORK: Final = 2_000_000
# What a trial costs beside the text, and the part of the text that a parser reads again after a small edit.
_FIXED: Final = 500
_REREAD: Final = 8
_SECONDS: Final = 2.0
_MARGIN: Final = 0.9
_PLACES: Final = 4
_CERTAIN: Final = 0.3
_STEP: Final = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """A program on the way to one that parses. ``notes`` say what was changed, in order."""

    program: Program
    cost: float = 0.0
    notes: tuple[str, ...] = ()
    score: float = 0.0

    def then(self, program: Program, change: Change, score: float = 0.0) -> Repair:
        """Return the repair that goes on with ``change``."""
        return Repair(
            program=program,
            cost=self.cost + change.cost,
            notes=(*self.notes, explained(self.program, change)),
            score=score,
        )


async def repairs(program: Program, known: frozenset[str]) -> list[Repair]:
    """Return programs that parse, the likeliest first; ``known`` are names that come from elsewhere."""
    clock = Clock(work=_WORK, seconds=_SECONDS)
    found: dict[bytes, tuple[float, Repair]] = {}
    frontier = [Repair(program=program, score=_score(program))]
    seen = {program.source}
    for _ in range(_DEPTH):
        children: list[Repair] = []
        for state in frontier:
            if len(found) >= _FEW:
                break
            async for child in _children(state, seen, clock):
                if child.score:
                    children.append(child)
                    continue
                for whole, scopes in _without_early_mistakes(child):
                    if whole.program.source not in found:
                        found[whole.program.source] = (oddity(whole.program, scopes, known), whole)
                if len(found) >= _ENOUGH:
                    break
        if found or clock.over:
            break
        children.sort(key=lambda one: one.score + one.cost)
        frontier = children[:_WIDTH]
        if not frontier:
            break
    least = min((odd for odd, _ in found.values()), default=0.0)
    ranked = [replace(one, cost=one.cost + odd - least) for odd, one in found.values()]
    return sorted(ranked, key=lambda one: one.cost)


async def _children(state: Repair, seen: set[bytes], clock: Clock) -> AsyncIterator[Repair]:
    """Yield what one edit more makes of a program, where that is better than before."""
    program = state.program
    best: float | None = None
    for change in changes_of(program):
        if clock.over or (best is not None and change.cost > best + _MARGIN):
            return
        source = change.apply(program.source)
        if source is None or source in seen:
            continue
        seen.add(source)
        clock.spend(_FIXED + len(source) // _REREAD)
        await clock.pause()
        changed = reparsed(program, change, source)
        if not changed.broken and not program.changed(source).broken:  # whatever the way to this text
            best = change.cost if best is None else min(best, change.cost)
            yield state.then(changed, change)
        elif best is None:
            score = _score(changed)
            if change.cost <= _CERTAIN:  # whatever the parser makes of the rest for now
                score = min(score, 0.9 * state.score)
            if score < state.score - 0.01:
                yield state.then(changed, change, score)


def changes_of(program: Program) -> list[Change]:
    """Return every small edit that may help, the cheapest first."""
    tokens = tokens_of(program)
    if not tokens:
        return []
    if not program.broken:
        early = [one for ways in early_changes(program, scopes_of(program.root)) for one in ways]
        places = [] if program.at is None else [program.at]
        return [*early, *(Change(edits=c.edits, cost=c.cost + 0.5) for c in token_changes(tokens, places))]
    places = _places(program)
    found = [
        *type_changes(program),
        *layout_changes(program, tokens),
        *bracket_changes(tokens, program.source),
        *quote_changes(program, places),
        *token_changes(tokens, places),
    ]
    found.sort(key=lambda one: one.cost)
    return found


def _places(program: Program) -> list[int]:
    """Return where the mistakes may be: where the program was given up, then where the parser found faults."""
    found = [] if program.at is None else [program.at]
    for node in faults(program.root)[:_PLACES]:
        found += (
            [node.start_byte, node.end_byte] if node.end_byte - node.start_byte < 200 else [node.start_byte]
        )
    return list(dict.fromkeys(found))[: 2 * _PLACES]


def _score(program: Program) -> float:
    """Return how much of a program the parser did not understand."""
    total = 0.0
    for node in faults(program.root):
        total += 1.0 + (0.0 if node.is_missing else min((node.end_byte - node.start_byte) / 60, 3.0))
    return max(total, 1.0) if program.broken else 0.0


def _without_early_mistakes(repair: Repair) -> Iterator[tuple[Repair, Scopes]]:
    """Yield a program that parses without the mistakes that V8 finds meanwhile, in the likeliest ways."""
    scopes = scopes_of(repair.program.root)
    ways = early_changes(repair.program, scopes)
    if not ways:
        yield repair, scopes
        return
    for pick in range(min(max(len(one) for one in ways), 3)):
        edits = tuple(edit for one in ways for edit in one[min(pick, len(one) - 1)].edits)
        together = Change(edits=apart(edits), cost=_STEP * (pick + 1))
        source = together.apply(repair.program.source)
        if source is None:
            continue
        changed = repair.program.changed(source)
        if not changed.broken:
            yield repair.then(changed, together), scopes_of(changed.root)
