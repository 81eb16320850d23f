"""Clusters failures that say the same thing at the same place, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mge_toolkit.core.results import Attempt, Category, ExecutionResult, Failure, Spending, Strategy

CLUSTERS_KEPT: Final = 100
"""How many clusters are kept apart; what comes beyond takes the place of the smallest, which is only counted."""
EXAMPLES_KEPT: Final = 3
PLAN: Final = "plan"
"""The source of code that is the plan's own."""
NOTHING_SPENT: Final = Spending()

_TEXT: Final = 400
_PATTERN: Final = 200
_MASK: Final = re.compile(
    r"""
      (?P<address>\b0[xX][0-9a-fA-F]+\b | \b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
    | (?P<quoted>(?<![\w'])'(?:[^'\\]|\\.)*'(?!\w) | (?<![\w"])"(?:[^"\\]|\\.)*"(?!\w) | `[^`]*`)
    | (?P<path>(?:file:)?(?<![\w.<])(?:/[\w.@+-]+){2,}/? | \b[A-Za-z]:\\[\w.\\@+-]+)
    | (?P<number>(?<![\w.])[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    | (?P<blank>\s{2,} | [^\S\ ])
    """,
    re.VERBOSE,
)
_STANDS_FOR: Final = {
    "address": "<address>",
    "quoted": "<value>",
    "path": "<path>",
    "number": "<number>",
    "blank": " ",
}


class Pattern(NamedTuple):
    """What failures of one cluster have in common.

    ``message`` is the first line with numbers, quoted values, addresses and paths blanked. ``place`` is where the
    innermost frame of the culprit's own code lies: ``code`` or ``check`` of the failing atom itself, so that many
    atoms share a cluster, else ``ATOM:LINE`` in the dependency that failed.
    """

    category: Category
    kind: str
    message: str
    place: str


def normalised_message(message: str) -> str:
    """Return what a failure's message has in common with those that say the same about other values."""
    line = message[:_TEXT].lstrip().split("\n", 1)[0]
    return _MASK.sub(_blanked, line).strip()[:_PATTERN]


def _blanked(found: re.Match[str]) -> str:
    return _STANDS_FOR[found.lastgroup or "blank"]


def place_of(atom_id: str, culprit: str, role: str, line: int | None) -> str:
    """Return the place that a cluster is about; see :class:`Pattern`."""
    return role if culprit == atom_id else f"{culprit}:{line}" if line is not None else culprit


def pattern_of(atom_id: str, failure: Failure) -> Pattern:
    """Return the pattern of a failure of an atom."""
    return Pattern(
        failure.category,
        failure.kind,
        normalised_message(failure.message),
        place_of(atom_id, failure.culprit, failure.role.value, failure.line),
    )


@dataclass(kw_only=True, slots=True)
class Remedy:
    """What one strategy, or one source of fixes, came to.

    ``decided`` counts the failures for which a strategy was chosen, ``rounds`` the attempts with changed code that
    followed, ``fixed`` those of them that passed. ``tried`` and ``refused`` count candidates inside rounds.
    ``seconds`` is what their executions took together.
    """

    decided: int = 0
    rounds: int = 0
    fixed: int = 0
    tried: int = 0
    refused: int = 0
    seconds: float = 0.0
    spending: Spending = NOTHING_SPENT

    def add_round(self, attempt: Attempt, *, fixed: bool) -> None:
        """Take the round that ``attempt`` stands for. Its spending is added by who knows what it was for."""
        self.rounds += 1
        self.fixed += fixed
        self.seconds += attempt.slot_time

    def merge(self, other: Remedy) -> None:
        """Take what ``other`` took."""
        self.decided += other.decided
        self.rounds += other.rounds
        self.fixed += other.fixed
        self.tried += other.tried
        self.refused += other.refused
        self.seconds += other.seconds
        self.spending += other.spending


@dataclass(kw_only=True, slots=True)
class Cluster:
    """The failures of one pattern so far.

    ``failures`` counts attempts; ``atoms`` counts each atom once a run, and so do ``healed`` and ``flaky`` (it
    passed in the end) and ``unresolved`` (this is what it ended with). ``message`` is that of the first.
    """

    pattern: Pattern
    first_wave: int
    message: str
    failures: int = 0
    atoms: int = 0
    healed: int = 0
    flaky: int = 0
    unresolved: int = 0
    examples: tuple[str, ...] = ()
    strategies: dict[Strategy, Remedy] = field(default_factory=dict)

    def merge(self, other: Cluster) -> None:
        """Take what ``other`` took; the pattern is the same."""
        self.first_wave = min(self.first_wave, other.first_wave)
        self.failures += other.failures
        self.atoms += other.atoms
        self.healed += other.healed
        self.flaky += other.flaky
        self.unresolved += other.unresolved
        self.examples = tuple(dict.fromkeys((*self.examples, *other.examples)))[:EXAMPLES_KEPT]
        for strategy, remedy in other.strategies.items():
            self.strategies.setdefault(strategy, Remedy()).merge(remedy)


class Clusters:
    """The failures of one run by pattern, at most :data:`CLUSTERS_KEPT` of them.

    ``others`` counts the failures whose cluster made way for another.
    """

    __slots__ = ("_current", "_found", "others")

    def __init__(self) -> None:
        """Start without failures."""
        self._found: dict[Pattern, Cluster] = {}
        self._current: tuple[ExecutionResult, tuple[Pattern | None, ...]] | None = None
        self.others = 0

    def __iter__(self) -> Iterator[Cluster]:
        """Iterate over the clusters in the order in which they first occurred."""
        return iter(self._found.values())

    def add_attempt(self, result: ExecutionResult, wave: int, index: int) -> None:
        """Take one attempt of an atom, and what the attempt before it was followed by."""
        patterns = self._patterns(result)
        attempt, pattern = result.attempts[index], patterns[index]
        if index and (before := patterns[index - 1]) is not None:
            self._add_round(before, result, index)
        if pattern is None or attempt.failure is None:
            return
        cluster = self._found.get(pattern)
        if cluster is None:
            cluster = self._new(
                Cluster(pattern=pattern, first_wave=wave, message=attempt.failure.message[:_TEXT])
            )
        cluster.failures += 1
        if pattern not in patterns[:index]:
            cluster.atoms += 1
            if len(cluster.examples) < EXAMPLES_KEPT and result.atom_id not in cluster.examples:
                cluster.examples = (*cluster.examples, result.atom_id)
        if attempt.decision is not None:
            cluster.strategies.setdefault(attempt.decision.strategy, Remedy()).decided += 1

    def settle(self, result: ExecutionResult) -> None:
        """Take an atom's end, after its attempts."""
        patterns = self._patterns(result)
        self._current = None
        healed, flaky = result.healed, result.flaky
        for pattern in set(patterns) - {None}:
            cluster = self._found.get(pattern) if pattern is not None else None
            if cluster is not None:
                cluster.healed += healed
                cluster.flaky += flaky
                cluster.unresolved += pattern == patterns[-1]

    def merge(self, other: Clusters) -> None:
        """Take what ``other`` took."""
        self.others += other.others
        for cluster in other:
            mine = self._found.get(cluster.pattern)
            if mine is None:
                mine = self._new(
                    Cluster(pattern=cluster.pattern, first_wave=cluster.first_wave, message=cluster.message)
                )
            mine.merge(cluster)

    def _patterns(self, result: ExecutionResult) -> tuple[Pattern | None, ...]:
        """Return the pattern of each attempt of the result in hand, worked out once."""
        if self._current is None or self._current[0] is not result:
            found = tuple(
                None if attempt.failure is None else pattern_of(result.atom_id, attempt.failure)
                for attempt in result.attempts
            )
            self._current = (result, found)
        return self._current[1]

    def _add_round(self, before: Pattern, result: ExecutionResult, index: int) -> None:
        cluster, decision = self._found.get(before), result.attempts[index - 1].decision
        if cluster is None or decision is None:
            return
        attempt = result.attempts[index]
        remedy = cluster.strategies.setdefault(decision.strategy, Remedy())
        remedy.add_round(attempt, fixed=is_fix(result, attempt))
        if attempt.spending is not None:
            remedy.spending += attempt.spending

    def _new(self, cluster: Cluster) -> Cluster:
        """Keep a new cluster, in the place of the smallest where there is no room."""
        if len(self._found) >= CLUSTERS_KEPT:
            smallest = min(self._found.values(), key=lambda one: one.failures)
            self.others += smallest.failures
            del self._found[smallest.pattern]
        self._found[cluster.pattern] = cluster
        return cluster


def is_fix(result: ExecutionResult, attempt: Attempt) -> bool:
    """Return whether an attempt after the first is a fix: it passed, with code other than the plan's."""
    return attempt.failure is None and attempt.source != PLAN and not result.flaky
