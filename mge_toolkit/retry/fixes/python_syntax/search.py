"""Mend a whole program: its lines, their layout, and the compiler's word on each combination."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from mge_toolkit.retry.fixes.python_syntax.assembly import assembled, notes_of
from mge_toolkit.retry.fixes.python_syntax.layout import Layouts, Placed, State
from mge_toolkit.retry.fixes.python_syntax.lines import Part, Program
from mge_toolkit.retry.fixes.python_syntax.mending import Clock
from mge_toolkit.retry.fixes.python_syntax.oracle import program_refusal

_COMPILED: Final = 40
_RETRIES: Final = 3
_MANY_LINES: Final = 150
_MARGIN: Final = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """A program that compiles, what its changes cost, and what they are, in the order of lines."""

    code: str
    cost: float
    notes: tuple[str, ...]


def repairs(code: str, clock: Clock) -> Generator[Repair | None, None, None]:
    """Yield programs that compile, the cheapest first for the most part; ``None`` where nothing is due yet."""
    program = Program(code, clock)
    layouts = Layouts(program=program, clock=clock)
    reached = {0}
    for index in range(len(program.lines)):
        if index not in reached:
            continue
        if program.is_code(index):
            reached.update(part.end + 1 for part in program.parts(index))
            yield None
            if clock.over and len(program.lines) > _MANY_LINES:
                return
        else:
            reached.add(index + 1)
    seen: set[str] = set()
    for attempt in range(_RETRIES):
        found = False
        refused_at: int | None = None
        ends = yield from layouts.found()
        for repair, line in _compiled(program, ends, seen, clock):
            if repair is None:
                refused_at = line if refused_at is None else refused_at
                yield None
                continue
            found = True
            yield repair
        if found or refused_at is None or clock.over:
            return
        program.doubt(refused_at)
        layouts.suspect(refused_at)
        if attempt:
            layouts.suspect_all()


def _compiled(
    program: Program, ends: Sequence[State], seen: set[str], clock: Clock
) -> Iterator[tuple[Repair | None, int]]:
    """Yield every combination as a repair, or ``None`` and the line at which the compiler refused it."""
    best: float | None = None
    for count, (cost, path) in enumerate(_combinations(program, ends)):
        if count >= _COMPILED or (count and clock.over) or (best is not None and cost > best + _MARGIN):
            return
        written = assembled(program, path)
        if written.code in seen:
            continue
        seen.add(written.code)
        refusal = program_refusal(written.code)
        if refusal is None:
            best = cost if best is None else best
            yield Repair(code=written.code, cost=cost, notes=tuple(notes_of(program, path))), 0
        else:
            line = min(refusal.line, len(written.origins)) - 1
            yield None, min(written.origins[line], len(program.lines) - 1)


def _combinations(program: Program, ends: Sequence[State]) -> Iterator[tuple[float, list[Placed]]]:
    """Yield the layouts with every choice of parts that fit alike, the cheapest first."""
    heap: list[tuple[float, int, tuple[int, ...], int]] = []
    paths: list[tuple[list[Placed], list[list[Part]]]] = []
    for number, end in enumerate(ends):
        path = end.path()
        paths.append((path, [_alike(program, placed) for placed in path]))
        heappush(heap, (end.cost, number, (0,) * len(path), 0))
    while heap:
        cost, number, chosen, start = heappop(heap)
        path, choices = paths[number]
        yield (
            cost,
            [
                placed if not pick else placed._replace(part=parts[pick])
                for placed, parts, pick in zip(path, choices, chosen, strict=True)
            ],
        )
        for place in range(start, len(path)):
            pick = chosen[place] + 1
            if pick < len(choices[place]):
                more = choices[place][pick].cost - choices[place][pick - 1].cost
                following = (*chosen[:place], pick, *chosen[place + 1 :])
                heappush(heap, (cost + more, number, following, place))


def _alike(program: Program, placed: Placed) -> list[Part]:
    """Return the part and the others that fit in its place, the cheapest first."""
    if placed.start < 0:
        return [placed.part]
    same = [part for part in program.parts(placed.start) if part.signature == placed.part.signature]
    return same if placed.part in same else [placed.part]
