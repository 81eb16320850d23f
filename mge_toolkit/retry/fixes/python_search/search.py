"""Gathers the changes of all families for a program, the likeliest first, and pairs of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.retry.fixes.python_search import (
    additions,
    bounds,
    calls,
    constants,
    excess,
    guards,
    names,
    operators,
    returns,
    statements,
    wrappers,
)
from mge_toolkit.retry.fixes.python_search.changes import Change
from mge_toolkit.retry.fixes.python_search.hints import Hints
from mge_toolkit.retry.fixes.python_search.program import Program, Statement
from mge_toolkit.retry.fixes.python_search.ranking import Ranked
from mge_toolkit.retry.fixes.python_search.scopes import Scopes
from mge_toolkit.retry.fixes.python_search.suspicion import Suspicion

_PAIRED: Final = 28
_PAIR_SCALE: Final = 0.08


class Search:
    """The changes of one failed program."""

    def __init__(self, program: Program, case: RepairCase) -> None:
        """Look at ``program``, the code of ``case``."""
        self._program = program
        self._suspicion = Suspicion(program, case)
        self._scopes = Scopes(program)
        self._constants = constants.Constants(program)
        self._attributes = names.Attributes(program)
        self._bindings = additions.Bindings(program)
        self._hints = Hints(program, case.atom.description)

    def order(self) -> list[Statement]:
        """Return the statements, the most suspicious first."""
        return sorted(self._program.statements, key=lambda one: -self._suspicion.weight(one))

    def at(self, statement: Statement) -> Iterator[Ranked]:
        """Yield the changes at one statement."""
        weight = self._suspicion.weight(statement)
        for change in self._changes(statement):
            factor = self._suspicion.factor(change.family) * self._hints.factor(change, statement)
            score = min(change.weight * factor, 1.0) * weight * self._suspicion.hanging(statement, change)
            yield Ranked(score, change, statement)

    def everywhere(self) -> Iterator[Ranked]:
        """Yield the changes of several places at once."""
        for change in (*constants.everywhere(self._program), *bounds.everywhere(self._program)):
            yield Ranked(change.weight * self._suspicion.factor(change.family), change, None)

    def _changes(self, statement: Statement) -> Iterator[Change]:
        program, scopes = self._program, self._scopes
        yield from operators.changes(program, scopes, statement)
        yield from bounds.changes(program, scopes, statement)
        yield from constants.changes(program, scopes, statement, self._constants)
        yield from names.changes(program, scopes, statement, self._attributes)
        yield from calls.changes(program, scopes, statement)
        yield from wrappers.changes(program, scopes, statement)
        yield from excess.changes(program, statement)
        yield from returns.changes(program, scopes, statement)
        yield from statements.changes(program, statement)
        yield from additions.changes(program, scopes, statement, self._bindings)
        yield from guards.changes(program, scopes, statement)


def pairs(program: Program, found: list[Ranked]) -> list[Ranked]:
    """Return two changes at once, at different places, of the likeliest after which ``program`` parses."""
    best: list[Ranked] = []
    seen: dict[int, int] = {}
    for one in found:
        if seen.setdefault(one.change.site, 0) < 2:
            best.append(one)
            seen[one.change.site] += 1
        if len(best) == _PAIRED:
            break
    made = []
    for one, two in combinations(best, 2):
        if one.change.site == two.change.site or _overlap(one.change, two.change):
            continue
        first, second = (one, two) if one.change.line <= two.change.line else (two, one)
        change = Change(
            edits=(*first.change.edits, *second.change.edits),
            family="pair",
            weight=one.change.weight * two.change.weight,
            line=first.change.line,
            site=first.change.site,
            said=f"{first.change.said} on line {first.change.line} and {second.change.said}",
        )
        alike = 2.0 if one.change.family == two.change.family else 1.0
        apart = one.statement is not two.statement and _is_inside(program, one) and _is_inside(program, two)
        made.append(Ranked(one.score * two.score * _PAIR_SCALE * alike, change, None, apart))
    return sorted(made, key=lambda one: -one.score)


def _is_inside(program: Program, one: Ranked) -> bool:
    return one.statement is not None and program.is_inside(one.change.edits, one.statement)


def _overlap(one: Change, two: Change) -> bool:
    return any(
        (a.start < b.end and b.start < a.end) or a.start == b.start for a in one.edits for b in two.edits
    )
