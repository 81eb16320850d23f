"""Put logical lines together again: how far each is indented, and where a block lacks something.

A search over the lines from the first to the last. A line keeps its indentation, or it and those behind it are
moved; moving costs, and is considered only near a place where the lines as they are do not fit.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from typing import Final, NamedTuple, TypeAlias

from mge_toolkit.retry.fixes.python_syntax.headers import MISSING
from mge_toolkit.retry.fixes.python_syntax.lines import Part, Program
from mge_toolkit.retry.fixes.python_syntax.mending import Clock
from mge_toolkit.retry.fixes.python_syntax.oracle import Shape

_BEFORE: Final = 6
_STATES: Final = 40
_ALIKE: Final = 8
_MANY_LINES: Final = 150
_ROUNDS: Final = 12
_PATHS: Final = 12

_MOVED: Final = 1.0
_MOVED_AGAIN: Final = 0.2
_PER_LINE: Final = 0.004
_PER_COLUMN: Final = 0.003
_BACK_WITH_BLOCK: Final = 0.03
_BACK_IN_BLOCK: Final = 0.2
_UNREACHED: Final = 0.3
_OUT_OF_PLACE: Final = 4.0
_HEADLESS: Final = 1.6
_HEADLESS_LATER: Final = 2.8
_BEFORE_CLAUSE: Final = {
    "elif": frozenset(("if", "elif")),
    "else": frozenset(("if", "elif", "for", "while", "async", "except")),
    "except": frozenset(("try", "except")),
    "finally": frozenset(("try", "except", "else")),
}


class Block(NamedTuple):
    """An open block: how far it is indented, what opened it, and the first word of its last statement."""

    width: int
    prefix: str
    opener: str
    last: str = ""


class Placed(NamedTuple):
    """A part and where it was put. ``inserted`` are lines to put before it."""

    start: int
    part: Part
    prefix: str
    moved: int
    inserted: tuple[str, ...] = ()


Stack: TypeAlias = "tuple[Block, ...]"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class State:
    """What is known after some lines.

    ``pending`` is the word whose block must follow, ``misplaced`` the first line that may not stand where it does.
    ``headless``: a function's header had to be made up. ``jumped``: the last line left its block.
    """

    cost: float = 0.0
    stack: Stack = (Block(0, "", "module"),)
    pending: str | None = None
    shift: int = 0
    width: int = 0
    misplaced: int | None = None
    headless: bool = False
    jumped: bool = False
    previous: State | None = None
    placed: Placed | None = None

    @property
    def key(self) -> tuple[Stack, str | None, int]:
        """Return what of it matters to the lines that follow."""
        return self.stack, self.pending, self.shift

    @property
    def next_line(self) -> int:
        """Return the line that comes next."""
        return 0 if self.placed is None else self.placed.part.end + 1

    def path(self) -> list[Placed]:
        """Return what was put where, from the first line on."""
        found: list[Placed] = []
        state: State | None = self
        while state is not None:
            if state.placed is not None:
                found.append(state.placed)
            state = state.previous
        return found[::-1]


@dataclass(kw_only=True, slots=True)
class Layouts:
    """The layouts of a program, the cheapest first, and the lines near which it was changed."""

    program: Program
    clock: Clock
    suspects: set[int] = field(default_factory=set)

    def found(self) -> Generator[None, None, list[State]]:
        """Return the final states; none where the lines cannot be put together. Yields now and then."""
        for _ in range(_ROUNDS):
            states, stuck = yield from self._pass()
            best = _cheapest(states)
            if self.clock.over or (
                best and best[0].misplaced is None and (self._all or not best[0].headless)
            ):
                return best
            before = len(self.suspects)
            if best and best[0].misplaced is not None:
                self.suspect(best[0].misplaced)
            elif not best:
                self.suspect(stuck)
            if len(self.suspects) == before:
                if self._all or len(self.program.lines) > _MANY_LINES:
                    return best
                self.suspect_all()
        return []

    @property
    def _all(self) -> bool:
        return len(self.suspects) >= len(self.program.lines)

    def suspect_all(self) -> None:
        """Allow every line to be moved."""
        self.suspects.update(range(len(self.program.lines)))

    def suspect(self, index: int) -> None:
        """Allow the lines just before ``index`` and itself to be moved, and those that open blocks around it."""
        found = 0
        line = min(index, len(self.program.lines) - 1)
        width = self.program.width(line)
        while line >= 0:
            if self.program.is_code(line):
                opens = self.program.width(line) < width
                if found <= _BEFORE or opens:
                    self.suspects.add(line)
                found += 1
                width = min(width, self.program.width(line))
            line -= 1
            if found > 4 * _BEFORE:
                break

    def _pass(self) -> Generator[None, None, tuple[list[State], int]]:
        """Go through all lines once. Return the final states, or the furthest line where nothing fitted."""
        waiting: dict[int, list[State]] = {0: [State()]}
        total = len(self.program.lines)
        furthest = 0
        for index in range(total):
            states = waiting.pop(index, None)
            if not states:
                continue
            if not self.program.is_code(index):
                waiting.setdefault(index + 1, []).extend(states)
                continue
            furthest = index
            yield
            if self.clock.over and total > _MANY_LINES:
                break
            for state in _fewest(states, few=self._all):
                for following in self._after(state, index):
                    waiting.setdefault(following.next_line, []).append(following)
        return [end for state in waiting.get(total, ()) for end in _ended(state)], furthest

    def _after(self, state: State, index: int) -> Iterator[State]:
        program = self.program
        parts = program.parts(index)
        free = index in self.suspects
        if free:
            parts = [*parts, *program.also(index)]
        seen: set[tuple[int, Shape | None]] = set()
        for part in parts:
            if part.signature in seen or (part.last_resort and not free):
                continue
            seen.add(part.signature)
            if part.shape is None:
                placed = Placed(index, part, program.prefix(index), 0)
                yield replace(state, cost=state.cost + part.cost, previous=state, placed=placed)
            else:
                yield from _put(state, part, part.shape, _Line(program, index), free=free)


@dataclass(frozen=True, slots=True)
class _Line:
    program: Program
    index: int

    @property
    def width(self) -> int:
        return self.program.width(self.index)

    @property
    def prefix(self) -> str:
        return self.program.prefix(self.index)

    def follows_comment(self, width: int) -> bool:
        """Return whether a comment that is indented more than ``width`` stands right before the line."""
        before = self.index - 1
        while before >= 0 and not self.program.is_code(before):
            if self.program.lines[before].strip() and self.program.width(before) > width:
                return True
            before -= 1
        return False


def _cheapest(states: list[State]) -> list[State]:
    """Return the cheapest states, some of them without a header that was made up."""
    found = nsmallest(_PATHS, states, key=lambda state: state.cost)
    if any(state.headless for state in found):
        others = [state for state in states if not state.headless]
        found += nsmallest(_PATHS // 2, others, key=lambda state: state.cost)
    return sorted(dict.fromkeys(found), key=lambda state: state.cost)


def _fewest(states: list[State], *, few: bool) -> list[State]:
    """Return the cheapest states, ``few`` or some of those that are alike or were moved alike."""
    kept: list[State] = []
    alike: dict[tuple[Stack, str | None, int], int] = {}
    moved: dict[int, int] = {}
    each, together = (2, 6) if few else (_ALIKE, 2 * _ALIKE)
    for state in sorted(states, key=lambda found: found.cost):
        count, shifted = alike.get(state.key, 0), moved.get(state.shift, 0)
        if count < each and shifted < together:
            alike[state.key] = count + 1
            moved[state.shift] = shifted + 1
            kept.append(state)
            if len(kept) >= _STATES:
                break
    return kept


def _put(state: State, part: Part, shape: Shape, line: _Line, *, free: bool) -> Iterator[State]:
    """Yield the states after ``part`` in every indentation it may have."""
    width = line.width
    widths = {max(width + state.shift, 0)}
    if state.shift:
        widths.add(width)
    top = state.stack[-1]
    if free:
        widths.update(block.width for block in state.stack)
        if state.pending is not None:
            widths.update((width, top.width + 4))
    for new in widths:
        cost = state.cost + part.cost + _moving(state, width, new)
        for entered, inserted, more in _entered(state, shape, line, new, free=free):
            for left, closing, extra in _fitted(entered, shape, new):
                prefix = left[-1].prefix if new != width or left[-1].width != width else line.prefix
                placed = Placed(line.index, part, prefix, new - width, (*inserted, *closing))
                yield State(
                    cost=cost + more + extra,
                    stack=left,
                    pending=shape.word if shape.opens else None,
                    shift=new - width,
                    width=width,
                    misplaced=line.index
                    if extra >= _OUT_OF_PLACE and state.misplaced is None
                    else state.misplaced,
                    headless=state.headless or bool(inserted and MISSING in inserted[0]),
                    jumped=shape.word in ("return", "break", "continue", "raise"),
                    previous=state,
                    placed=placed,
                )


def _moving(state: State, width: int, new: int) -> float:
    shift = new - width
    if shift == state.shift:
        if not shift:
            return 0.0
        return _PER_LINE + (_UNREACHED if state.jumped and width == state.width else 0.0)
    if shift == 0:
        return _BACK_WITH_BLOCK if width < state.width or state.jumped else _BACK_IN_BLOCK
    return _MOVED + _PER_COLUMN * abs(shift) + (_MOVED_AGAIN if state.shift else 0.0)


def _entered(
    state: State, shape: Shape, line: _Line, new: int, *, free: bool
) -> Iterator[tuple[Stack, tuple[str, ...], float]]:
    """Yield the blocks that are open at ``new``, what must be inserted for that, and what it costs."""
    stack = state.stack
    top = stack[-1]
    if (
        free
        and new > top.width
        and (state.pending is None or (state.pending == "class" and new > top.width + 4))
    ):
        yield from _headless(state, line, new)
    if state.pending is None:
        yield stack, (), 0.0
    elif new > top.width:
        prefix = line.prefix if line.width == new else top.prefix + " " * (new - top.width)
        yield (*stack, Block(new, prefix, state.pending)), (), 0.0
    elif free:
        if new < top.width:
            cost = 0.9
        elif line.follows_comment(top.width):
            cost = 0.7
        elif state.pending == "class":
            cost = 2.0
        elif shape.word in _BEFORE_CLAUSE or shape.word in ("def", "class", "case"):
            cost = 0.8
        else:
            cost = 1.2
        yield stack, (f"{top.prefix}    pass",), cost


def _headless(state: State, line: _Line, new: int) -> Iterator[tuple[Stack, tuple[str, ...], float]]:
    """Yield the blocks of a function whose header is missing before a line."""
    stack = state.stack
    if state.pending is not None:
        outer = stack[-1]
        stack = (*stack, Block(outer.width + 4, f"{outer.prefix}    ", state.pending))
    prefix = line.prefix if line.width == new else stack[-1].prefix + " " * (new - stack[-1].width)
    header = f"{stack[-1].prefix}def {MISSING}():"
    stack = (*stack[:-1], stack[-1]._replace(last="def"))
    first = state.pending is not None or state.placed is None
    yield (*stack, Block(new, prefix, "def")), (header,), _HEADLESS if first else _HEADLESS_LATER


def _fitted(stack: Stack, shape: Shape, new: int) -> Iterator[tuple[Stack, tuple[str, ...], float]]:
    """Yield the blocks after a line at ``new``, where one is open there and the line may follow its last."""
    inserted: list[str] = []
    cost = 0.0
    open_blocks = list(stack)
    while open_blocks and open_blocks[-1].width > new:
        block = open_blocks.pop()
        if block.last == "@":
            return
        if block.last == "try":
            inserted.append(f"{block.prefix}finally: pass")
            cost += 1.3
    if not open_blocks or open_blocks[-1].width != new:
        return
    block = open_blocks[-1]
    word = shape.word
    if word in _BEFORE_CLAUSE:
        if block.last not in _BEFORE_CLAUSE[word]:
            return
    elif block.last == "@":
        if word not in ("def", "class", "async", "@"):
            return
    elif block.last == "try":
        inserted.append(f"{block.prefix}finally: pass")
        cost += 1.3
    if (word == "case" and shape.opens) != (block.opener == "match"):
        return
    cost += _out_of_place(open_blocks, shape)
    compound = shape.opens or word in _BEFORE_CLAUSE or word in ("if", "for", "while", "try", "@")
    open_blocks[-1] = block._replace(last=word if compound else "")
    yield tuple(open_blocks), tuple(inserted), cost


def _out_of_place(blocks: list[Block], shape: Shape) -> float:
    """Return what a statement costs that may not stand here, such as ``return`` outside a function."""
    if not (shape.returns or shape.loops):
        return 0.0
    openers = [block.opener for block in blocks]
    inner = max((i for i, opener in enumerate(openers) if opener in ("def", "class")), default=-1)
    inside = openers[inner] if inner >= 0 else ""
    cost = 0.0
    if shape.returns and inside != "def" and "async" not in openers:
        cost += _OUT_OF_PLACE
    if shape.loops and not any(opener in ("for", "while", "async") for opener in openers[inner + 1 :]):
        cost += _OUT_OF_PLACE
    return cost


def _ended(state: State) -> Iterator[State]:
    """Yield the state at the end of the program, with what its last lines lack."""
    lines: list[str] = []
    cost = state.cost
    top = state.stack[-1]
    if state.pending is not None:
        lines.append(f"{top.prefix}    pass")
        cost += 0.9
    for block in reversed(state.stack):
        if block.last == "@":
            return
        if block.last == "try":
            lines.append(f"{block.prefix}finally: pass")
            cost += 1.3
    if not lines:
        yield state
        return
    part = Part(end=-1, text="")
    yield State(cost=cost, previous=state, placed=Placed(-1, part, "", 0, tuple(lines)))
