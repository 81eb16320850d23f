"""Indentation that is wrong in places: lines and blocks that stand too far to the left or to the right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from mge_toolkit.retry.fixes.dirt.judging import INDENTATION, Judge
from mge_toolkit.retry.fixes.dirt.lexing import inner_lines
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed
from mge_toolkit.retry.fixes.python_parsing import Trouble, trouble

_PARSES: Final = 60
_MOVES: Final = 6
_FOUND: Final = 6
_STEP: Final = 4
_NEAR: Final = 4
_LEAVES: Final = re.compile(r"(?:return|break|continue|raise|pass)\b")
_CLAUSE: Final = re.compile(r"(?:else|elif|except|finally)\b.*:")
_DEFINES: Final = re.compile(r"(?:async[ \t]+def|def|class|@)\b|@")


class _Move(NamedTuple):
    """Lines from ``start`` up to ``end`` get ``width`` more columns; ``cost`` is how unlikely that is."""

    start: int
    end: int
    width: int
    cost: float


class BlockWash(Wash):
    """Moves the lines around the place where the parser stumbles over indentation, until it does not.

    A search over a few moves, the likeliest first: each is tried by the parser, and goes on from where that
    stumbles next.
    """

    name = "dirt-blocks"
    certain = False
    only_python = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed | None]:
        """Yield the programs that moving lines makes of ``text``, those with the fewest moves first."""
        stumble = trouble(text)
        if stumble is None or not _is_of_layout(stumble, text.split("\n")):
            return
        yield from _Search(text, judge).programs(stumble)


class _Search:
    """A best-first search; a state is the indentation of every line."""

    def __init__(self, text: str, judge: Judge) -> None:
        """Move the lines of ``text`` that do not begin inside a string."""
        self._lines = text.split("\n")
        self._inner = inner_lines(text, python=True)
        self._judge = judge
        self._parses = 0

    def programs(self, stumble: Trouble) -> Iterator[Washed | None]:
        """Yield programs; ``stumble`` is where the source as it is fails."""
        widths = tuple(_width(line) for line in self._lines)
        queue: list[tuple[float, int, tuple[int, ...], tuple[_Move, ...], Trouble]] = []
        seen = {widths}
        heappush(queue, (0.0, 0, widths, (), stumble))
        found = 0
        furthest: tuple[int, float, Washed] | None = None
        while queue and self._parses < _PARSES and found < _FOUND:
            yield None
            cost, _, widths, moves, stumble = heappop(queue)
            for move in self._moves(widths, stumble):
                changed = _moved(widths, move, self._inner)
                if changed in seen or self._parses >= _PARSES:
                    continue
                seen.add(changed)
                self._parses += 1
                text = self._text(changed)
                next_stumble = trouble(text)
                spent = cost + move.cost
                if next_stumble is None:
                    if self._judge.clean(text):
                        found += 1
                        yield Washed(text, _note((*moves, move)), min(0.12 + 0.06 * spent, 0.7))
                elif not _is_of_layout(next_stumble, self._lines):  # another fault: for another fixer
                    partly = Washed(text, _note((*moves, move)), min(0.4 + 0.06 * spent, 0.8))
                    if furthest is None or (next_stumble.line, -spent) > furthest[:2]:
                        furthest = (next_stumble.line, -spent, partly)
                elif len(moves) + 1 < _MOVES and next_stumble.line + 1 >= stumble.line:
                    progress = (next_stumble.line - stumble.line) / len(self._lines)
                    key = spent + 1.0 - min(progress, 1.0)
                    heappush(queue, (key, self._parses, changed, (*moves, move), next_stumble))

        if not found and furthest is not None:
            yield furthest[2]

    def _text(self, widths: Sequence[int]) -> str:
        return "\n".join(
            line if number in self._inner or not line.strip() else " " * width + line.lstrip()
            for number, (line, width) in enumerate(zip(self._lines, widths, strict=True))
        )

    def _moves(self, widths: Sequence[int], stumble: Trouble) -> Iterator[_Move]:
        """Yield moves around the line where the parser stumbled."""
        place = min(stumble.line, len(self._lines)) - 1
        while place > 0 and (place in self._inner or not self._lines[place].strip()):
            place -= 1
        before = self._before(place)
        outer = sorted({widths[n] for n in self._code(0, place)}, reverse=True)
        if "expected an indented block" in stumble.message:
            opener = before if before is not None else place
            yield from self._deeper(widths, place, widths[opener] + self._step(widths))
            if before is not None:  # its opener may stand too deep instead
                yield _Move(before, before + 1, widths[place] - _STEP - widths[before], 2.0)
            return
        if "unexpected indent" in stumble.message and before is not None:
            yield from self._to(widths, place, widths[before])
            yield from self._lines_above(widths, place, before)
        for width in outer[:_NEAR]:
            yield from self._to(widths, place, width)
        deeper = next((width for width in reversed(outer) if width > widths[place]), None)
        if deeper is not None:
            yield from self._to(widths, place, deeper)
        if before is not None:  # the line before may have left its block by mistake
            yield _Move(before, before + 1, widths[place] - widths[before], 2.0)

    def _deeper(self, widths: Sequence[int], place: int, wanted: int) -> Iterator[_Move]:
        """Yield moves of the line at ``place`` and so many of those behind it into the block above."""
        width = wanted - widths[place]
        if width <= 0:
            return
        ends = list(self._ends(widths, place))
        for end in ends:
            yield _Move(place, end, width, self._cost_of_end(widths, place, end, ends))

    def _cost_of_end(self, widths: Sequence[int], place: int, end: int, ends: Sequence[int]) -> float:
        """Return how unlikely it is that what belongs together ends there."""
        last = max(self._code(place, end), default=place)
        if end == ends[-1]:
            return 1.0 if self._is_definition(place) else 1.3
        if _LEAVES.match(self._lines[last].strip()) and widths[last] <= widths[place]:
            return 0.9
        following = self._lines[end].strip() if end < len(self._lines) else ""
        return 1.1 if _DEFINES.match(following) else 1.5 + 0.05 * ends.index(end)

    def _is_definition(self, place: int) -> bool:
        return _DEFINES.match(self._lines[place].strip()) is not None

    def _ends(self, widths: Sequence[int], place: int) -> Iterator[int]:
        """Yield where the run of lines from ``place`` on may end: before each line as deep as the first."""
        last = place + 1
        for number in self._code(place + 1, len(self._lines)):
            if widths[number] < widths[place]:
                break
            if widths[number] == widths[place]:
                yield last
            last = number + 1
        yield last

    def _to(self, widths: Sequence[int], place: int, wanted: int) -> Iterator[_Move]:
        """Yield moves of the line at ``place``, alone and with its block, to ``wanted`` columns."""
        width = wanted - widths[place]
        if not width:
            return
        distance = abs(width) / _STEP * 0.1
        block = place + 1
        for number in self._code(place + 1, len(self._lines)):
            if widths[number] < widths[place]:
                break
            block = number + 1
        yield _Move(place, place + 1, width, 1.0 + distance)
        if block > place + 1:
            yield _Move(place, block, width, 1.0 + distance)
            nested = place + 1
            for number in self._code(place + 1, block):
                if widths[number] <= widths[place]:
                    break
                nested = number + 1
            if place + 1 < nested < block:
                yield _Move(place, nested, width, 1.1 + distance)

    def _lines_above(self, widths: Sequence[int], place: int, before: int) -> Iterator[_Move]:
        """Yield moves of the lines just above to where the line at ``place`` is: it may be right, and they not."""
        width = widths[place] - widths[before]
        start = before
        for number in reversed(list(self._code(max(0, before - 40), before + 1))):
            if widths[number] != widths[before] or _DEFINES.match(self._lines[number].strip()):
                break
            start = number
            yield _Move(start, before + 1, width, 1.4 + 0.1 * (before - start))

    def _before(self, place: int) -> int | None:
        return next((n for n in range(place - 1, -1, -1) if self._is_code(n)), None)

    def _code(self, start: int, end: int) -> Iterator[int]:
        return (number for number in range(start, end) if self._is_code(number))

    def _is_code(self, number: int) -> bool:
        bare = self._lines[number].strip()
        return bool(bare) and number not in self._inner and not bare.startswith("#")

    def _step(self, widths: Sequence[int]) -> int:
        """Return how far blocks are indented here: the smallest step that occurs."""
        steps = [
            widths[n] - widths[b]
            for n in self._code(1, len(self._lines))
            if (b := self._before(n)) is not None and widths[n] > widths[b]
        ]
        return min((step for step in steps if step > 1), default=_STEP)


def _is_of_layout(stumble: Trouble, lines: Sequence[str]) -> bool:
    """Return whether the parser stumbles over indentation, or over a clause that has no statement to belong to."""
    if INDENTATION.search(stumble.message):
        return True
    line = lines[stumble.line - 1] if stumble.line <= len(lines) else ""
    return stumble.message == "invalid syntax" and _CLAUSE.match(line.strip()) is not None


def _width(line: str) -> int:
    expanded = line.expandtabs(_STEP)
    return len(expanded) - len(expanded.lstrip())


def _moved(widths: tuple[int, ...], move: _Move, inner: set[int]) -> tuple[int, ...]:
    """Return ``widths`` after a move; no line goes beyond the left edge."""
    return tuple(
        max(0, width + move.width) if move.start <= number < move.end and number not in inner else width
        for number, width in enumerate(widths)
    )


def _note(moves: Sequence[_Move]) -> str:
    """Return a sentence about ``moves``."""
    parts = []
    for move in moves:
        lines = (
            f"line {move.start + 1}" if move.end == move.start + 1 else f"lines {move.start + 1}-{move.end}"
        )
        parts.append(f"{lines} {abs(move.width)} columns to the {'right' if move.width > 0 else 'left'}")
    inside = ", into the block above" if len(moves) == 1 and moves[0].width > 0 else ""
    return f"moved {', '.join(parts)}{inside}"
