"""How one missing name can be mended, and how several such repairs become one candidate."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Role
from mge_toolkit.retry.fixes.python_names.analysis.evidence import Evidence, Trouble, evidence
from mge_toolkit.retry.fixes.python_names.analysis.imports import importing
from mge_toolkit.retry.fixes.python_names.analysis.program import Program, program_of
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Use
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit, Placed
from mge_toolkit.retry.fixes.python_parsing import parse

MOST: Final = 16
# What is less likely than this is a guess, which only a check or an expectation can tell from a repair.
GUESS: Final = 0.5
# A further missing name is mended along with the one that was raised where it is as clear as this.
CLEAR: Final = 0.6
# Where one repair of a name is as likely as this, guesses at other ones are not worth a sandbox.
CERTAIN: Final = 0.9
# How many missing names of a program are looked up: one that has more of them lacks more than names.
MOST_NAMES: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """One repair: edits of the text, and import statements that it needs."""

    explanation: str
    confidence: float
    edits: tuple[Edit, ...] = ()
    imports: tuple[str, ...] = ()

    def with_others(self, others: Sequence[Resolution]) -> Resolution:
        """Return this repair together with others of further names."""
        if not others:
            return self
        return Resolution(
            explanation="; ".join([self.explanation, *(other.explanation for other in others)]),
            confidence=self.confidence,
            edits=tuple(dict.fromkeys([*self.edits, *(edit for other in others for edit in other.edits)])),
            imports=(*self.imports, *(line for other in others for line in other.imports)),
        )

    def with_and_without(self, others: Sequence[Resolution]) -> Iterable[Resolution]:
        """Yield this repair together with the others, and alone in case that they get in its way."""
        yield self.with_others(others)
        if others:
            yield replace(self, confidence=0.9 * self.confidence)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a fixer of names is asked: the failed case, its program, and what the message says."""

    case: RepairCase
    program: Program
    evidence: Evidence

    @property
    def trouble(self) -> Trouble:
        """Return what went wrong."""
        return self.evidence.trouble

    @property
    def subject(self) -> str:
        """Return the name that is missing."""
        return self.evidence.subject

    @property
    def in_code(self) -> bool:
        """Return whether the code itself failed, not the check's own lines."""
        return self.case.failure.role is Role.CODE

    @property
    def place(self) -> int | None:
        """Return the offset in the code at which it failed."""
        failure = self.case.failure
        return self.program.at(failure.line, failure.column) if self.in_code else None

    def on_failing_line(self, node: Placed) -> bool:
        """Return whether ``node`` reaches into the line that failed."""
        line = self.case.failure.line
        return self.in_code and line is not None and node.lineno <= line <= (node.end_lineno or node.lineno)

    def taken(self) -> list[ast.Attribute]:
        """Return where the attribute that is missing is taken of what failed: of what is written like it."""
        nodes = [
            node
            for node in ast.walk(self.program.tree)
            if isinstance(node, ast.Attribute) and node.attr == self.subject
        ]
        failing = [node for node in nodes if self.on_failing_line(node)]
        exactly = [node for node in failing if self.program.source.start(node) == self.place]
        objects = {ast.dump(node.value) for node in exactly or failing or nodes}
        return [node for node in nodes if ast.dump(node.value) in objects]


Proposer: TypeAlias = Callable[[Question], Iterable[Resolution]]
"""Proposes repairs for a failure, in any order."""

Resolver: TypeAlias = Callable[[Program, str, Sequence[Use]], Iterable[Resolution]]
"""Proposes repairs for one name that nothing binds, given its uses."""


class NamesFixer:
    """Proposes what one kind of repair of Python names has to offer."""

    level = RepairLevel.FIX

    def __init__(self, name: str, propose: Proposer) -> None:
        """Ask ``propose``; ``name`` is recorded with the candidates."""
        self.name = name
        self._propose = propose

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return what ``propose`` offers, the most likely first."""
        question = question_of(case)
        if question is None:
            return []
        await asyncio.sleep(0)
        try:
            resolutions = list(self._propose(question))
        except RecursionError:  # a tree that is too deep to be walked
            return []
        return await _candidates(self.name, question, resolutions)


def question_of(case: RepairCase) -> Question | None:
    """Return the question that a case puts, or ``None`` where it is none of names."""
    if case.atom.language != "python" or case.failure.culprit != case.atom.id:
        return None
    said = evidence(case.raised)
    program = None if said is None else program_of(case)
    if said is None or program is None:
        return None
    return Question(case=case, program=program, evidence=said)


async def _candidates(source: str, question: Question, resolutions: Iterable[Resolution]) -> list[Candidate]:
    """Return the candidates of resolutions, best first, each code once and none that does not parse."""
    program, case = question.program, question.case
    least = 0.0 if case.verifiable else GUESS
    found: dict[str, Candidate] = {}
    ranked = sorted(resolutions, key=lambda resolution: -resolution.confidence)
    for resolution in ranked:
        if len(found) == MOST or resolution.confidence < least:
            break
        await asyncio.sleep(0)  # parsing what is long takes a while
        code = program.source.edited([*importing(program, resolution.imports), *resolution.edits])
        if code is None or code == case.code or code in found or code in case.tried or parse(code) is None:
            continue
        found[code] = Candidate(
            code=code,
            source=source,
            explanation=resolution.explanation,
            confidence=max(0.0, min(resolution.confidence, 1.0)),
        )
    return list(found.values())


class MissingNames:
    """Turns a resolver of single names into a proposer that mends every missing name at once.

    The name that was raised is mended in each way that ``resolve`` knows; every other one in the way that is
    most likely by any of ``all_resolvers``.
    """

    def __init__(self, resolve: Resolver, all_resolvers: Sequence[Resolver]) -> None:
        """Resolve the raised name by ``resolve`` and the others by ``all_resolvers``."""
        self._resolve = resolve
        self._all = all_resolvers

    def __call__(self, question: Question) -> Iterable[Resolution]:
        """Yield the repairs, alone where the others would get in their way.

        Where another kind of repair is certain, what only guesses is not tried.
        """
        if question.trouble is not Trouble.NAME:
            return
        program, name = question.program, question.subject
        uses = _uses(question)
        if not uses:
            return
        certain = max((best.confidence for best in self._best_of_each(program, name, uses)), default=0.0)
        least = GUESS if certain >= CERTAIN else 0.0
        others = self._others(program, name)
        for resolution in _resolved(self._resolve, program, name, uses):
            if resolution.confidence >= least:
                yield from resolution.with_and_without(others)

    def _others(self, program: Program, name: str) -> list[Resolution]:
        """Return the most likely repairs of the further missing names, of those that have a likely one."""
        found = []
        for other, uses in list(program.unbound.items())[:MOST_NAMES]:
            if other != name:
                best = max(
                    self._best_of_each(program, other, uses), key=lambda one: one.confidence, default=None
                )
                if best is not None and best.confidence >= CLEAR:
                    found.append(best)
        return found

    def _best_of_each(self, program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
        """Yield the most likely repair of each kind."""
        for resolve in self._all:
            found = _resolved(resolve, program, name, uses)
            if found:
                yield max(found, key=lambda resolution: resolution.confidence)


def _resolved(resolve: Resolver, program: Program, name: str, uses: Sequence[Use]) -> list[Resolution]:
    """Return what a resolver says, which is worked out once for all the fixers."""
    key = (resolve, name)
    if key not in program.answers:
        program.answers[key] = list(resolve(program, name, uses))
    answer: list[Resolution] = program.answers[key]
    return answer


def _uses(question: Question) -> list[Use]:
    """Return the uses of the raised name that nothing binds, or else the one that failed."""
    program, name = question.program, question.subject
    uses = program.uses_of(name)
    if uses or not question.in_code:
        return uses
    line = question.case.failure.line
    return [use for use in program.scopes.uses if use.name == name and use.node.lineno == line]
