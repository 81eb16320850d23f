"""Mend one logical line: a best-first search over small changes, the parser judging each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush, nsmallest
from math import inf
from time import thread_time
from typing import Final, NamedTuple

from mge_toolkit.retry.fixes.python_syntax.foreign import foreign
from mge_toolkit.retry.fixes.python_syntax.grammar import Reading, read
from mge_toolkit.retry.fixes.python_syntax.moves import moves
from mge_toolkit.retry.fixes.python_syntax.older import older
from mge_toolkit.retry.fixes.python_syntax.oracle import Refusal, Shape, line_shape
from mge_toolkit.retry.fixes.python_syntax.quotes import requoted
from mge_toolkit.retry.fixes.python_syntax.rewriting import Rewrite
from mge_toolkit.retry.fixes.python_syntax.tokens import Kind, Token, joined, tokens_of

_SECONDS: Final = 0.03
_STEPS: Final = 5
_EXPANSIONS: Final = 12
_QUICK: Final = 2
_CHILDREN: Final = 48
_MENDS: Final = 10
_MARGIN: Final = 0.9
_CLOSE: Final = 0.35
_OPENING: Final = 0.25
_NOT_OPENING: Final = 0.6
_NEXT: Final = 0.5
_PER_TOKEN: Final = 0.02
_LONGEST: Final = 4_000


class Note(NamedTuple):
    """What was changed, and on which line, counted from the first line of the changed text (0)."""

    text: str
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Mend:
    """A line that parses, what it costs, and what was changed. ``shape`` is ``None`` where no code is left."""

    text: str
    cost: float
    notes: tuple[Note, ...]
    shape: Shape | None
    renamed: tuple[tuple[str, str], ...] = ()


class Clock:
    """The time that a search may take."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._end = thread_time() + seconds

    def part(self, seconds: float) -> Clock:
        """Return a clock for a part of the search: at most half of what is left."""
        return Clock(min(seconds, max(self._end - thread_time(), 0.0) / 2))

    @property
    def over(self) -> bool:
        """Return whether the time is up."""
        return thread_time() > self._end


@dataclass(frozen=True, kw_only=True, slots=True)
class _Node:
    """A line on its way. ``remaining``: how many tokens the grammar has not understood; 0 for none."""

    text: str
    cost: float = 0.0
    notes: tuple[Note, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    remaining: int = 1
    unexpected: bool = False

    @property
    def estimate(self) -> float:
        """Return what a mend by way of this one costs at least, about."""
        return self.cost + (_NEXT + _PER_TOKEN * min(self.remaining, 40) if self.remaining else 0.0)


def mend(
    text: str, clock: Clock, *, opens: bool = False, names: Sequence[str] = (), quick: bool = False
) -> list[Mend]:
    """Return what ``text``, a logical line without indentation, may have been, the cheapest first.

    ``opens`` tells whether what follows is indented as if the line began a block, ``names`` what may stand where
    an operand is missing; ``quick`` asks for what is obvious only.
    """
    return _Search(clock, opens, names, _QUICK if quick else _EXPANSIONS).run(text)


class _Search:
    """One search; texts that were met are not met again."""

    def __init__(self, clock: Clock, opens: bool, names: Sequence[str], expansions: int) -> None:
        self._clock = clock.part(_SECONDS)
        self._opens = opens
        self._names = names
        self._most = expansions
        self._heap: list[tuple[float, int, _Node]] = []
        self._met: dict[str, float] = {}
        self._found: list[Mend] = []
        self._count = 0
        self._fits = False

    def run(self, text: str) -> list[Mend]:
        """Search from ``text``, which does not parse."""
        if len(text) > _LONGEST:
            return []
        self._met[text] = 0.0
        self._expand(_Node(text=text))
        expansions = 1
        while self._heap:
            estimate, _, node = heappop(self._heap)
            if node.cost > self._met[node.text] and not node.unexpected:
                continue  # met again since, by a cheaper way
            if self._found and estimate > self._found[0].cost + (_MARGIN if self._fits else 2 * _MARGIN):
                break
            if node.remaining == 0 and self._judged(node):
                if len(self._found) >= _MENDS:
                    break
            elif expansions < self._allowed(estimate) and len(node.notes) < _STEPS:
                expansions += 1
                self._expand(node)
        return self._found

    def _allowed(self, estimate: float) -> int:
        """Return how many lines may be looked at beyond: few, once there are mends that cost no more."""
        if self._clock.over:
            return 0
        if not self._fits:
            return self._most
        return 0 if estimate > self._found[0].cost + _CLOSE else self._most // 2

    def _judged(self, node: _Node) -> bool:
        """Return whether the compiler takes the line, and keep it if so."""
        stripped = node.text.strip()
        shape = None if not stripped or stripped.startswith("#") else line_shape(node.text)
        if isinstance(shape, Refusal):
            return False
        if node.unexpected or shape is None or shape.opens == self._opens:
            mend = Mend(text=node.text, cost=node.cost, notes=node.notes, shape=shape, renamed=node.renamed)
            self._found.append(mend)
            self._fits = self._fits or not node.unexpected
            return True
        # Not what the lines around it make one expect: it waits for those that are, and may be changed further.
        self._push(
            replace(node, unexpected=True, cost=node.cost + (_NOT_OPENING if self._opens else _OPENING))
        )
        return not self._opens

    def _push(self, node: _Node) -> None:
        self._count += 1
        heappush(self._heap, (node.estimate, self._count, node))

    def _expand(self, node: _Node) -> None:
        tokens = tokens_of(node.text)
        reading = read(tokens)
        whole = reading.refused is None
        target = _refused_by_compiler(node.text, tokens) if reading.refused is None else reading.refused
        children: dict[str, _Node] = {}
        for child in _children(node, tokens, reading, target, whole=whole, names=self._names):
            if child.cost < self._met.get(child.text, inf):
                self._met[child.text] = child.cost
                children[child.text] = child
        for child in nsmallest(_CHILDREN, children.values(), key=lambda found: found.estimate):
            self._push(child)


def _children(
    node: _Node,
    tokens: tuple[Token, ...],
    reading: Reading,
    target: int,
    *,
    whole: bool,
    names: Sequence[str],
) -> Iterator[_Node]:
    """Yield the line after one change more."""
    count = len(reading.labels)
    for move in moves(tokens, reading, target, whole=whole, names=names):
        line = joined(tokens[: move.place]).count("\n")
        remaining = 0 if move.refused is None else max(count - move.refused, 0) + 1
        yield _Node(
            text=joined(move.tokens),
            cost=node.cost + move.cost,
            notes=(*node.notes, Note(move.note, line)),
            renamed=node.renamed,
            remaining=remaining,
        )
    left = count if whole else count - target + 1
    for rewrite in _rewritten(tokens):
        remaining = _remaining(rewrite.text)
        if remaining == 0 or remaining < left:
            renamed = (*node.renamed, rewrite.renamed) if rewrite.renamed else node.renamed
            yield _Node(
                text=rewrite.text,
                cost=node.cost + rewrite.cost,
                notes=(*node.notes, Note(rewrite.note)),
                renamed=renamed,
                remaining=remaining,
            )


def _rewritten(tokens: tuple[Token, ...]) -> Iterator[Rewrite]:
    yield from foreign(tokens)
    yield from older(tokens)
    yield from requoted(tokens)


def _remaining(text: str) -> int:
    """Return how many tokens of ``text`` the grammar does not understand; 0 where it is a line or empty."""
    tokens = tokens_of(text)
    if tokens[0].kind is Kind.END:
        return 0
    refused = read(tokens).refused
    return 0 if refused is None else len(tokens) - refused


def _refused_by_compiler(text: str, tokens: tuple[Token, ...]) -> int:
    """Return the index of the token at which the compiler's complaint ends."""
    shape = line_shape(text)
    if not isinstance(shape, Refusal):
        return len(tokens) - 1
    lines = text.split("\n")
    offset = sum(len(line) + 1 for line in lines[: shape.line - 1]) + shape.column - 1
    end = 0
    for index, token in enumerate(tokens):
        end += len(token.prefix) + len(token.text)
        if end > offset:
            return index
    return len(tokens) - 1
