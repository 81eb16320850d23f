"""Small changes to the tokens of a line that get the grammar beyond the token it refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from mge_toolkit.retry.fixes.python_syntax.grammar import (
    Label,
    Reading,
    State,
    before_word,
    continued,
    label_of,
    shifted,
)
from mge_toolkit.retry.fixes.python_syntax.hanging import line_of_its_own
from mge_toolkit.retry.fixes.python_syntax.prices import DELETED, HEADERS, INSERTED, PER_TOKEN, REPLACED
from mge_toolkit.retry.fixes.python_syntax.spelling import cut_words, meant_keywords
from mge_toolkit.retry.fixes.python_syntax.tokens import CLOSERS, OPENERS, Kind, Token

_NEAR: Final = 10
_FAR: Final = 48


@lru_cache(maxsize=1024)
def _label(token: Token) -> Label:
    return label_of(token)


class Move(NamedTuple):
    """A changed line: its tokens, what the change costs, what it was, and where (a token's index)."""

    tokens: tuple[Token, ...]
    cost: float
    note: str
    place: int
    refused: int | None


def moves(
    tokens: tuple[Token, ...], reading: Reading, target: int, *, whole: bool, names: Sequence[str] = ()
) -> Iterator[Move]:
    """Yield the moves that get the grammar beyond token ``target``.

    With ``whole`` (the grammar took the line, the compiler did not) only those that the grammar takes whole.
    ``names`` may be put where an operand is missing.
    """
    labels = reading.labels
    last = min(target + (3 if whole else 0), len(labels), len(reading.states) - 1)
    aim = _Aim(target, len(labels), whole)
    opened = _opened(tokens)
    for place in range(last, max(-1, target - _FAR), -1):
        around = _Place(tokens, labels, reading.states[place], place, aim, opened[place])
        if place < target - _NEAR:
            yield from around.closed()
            continue
        yield from around.inserted()
        if place == target and not whole:
            yield from around.named(names)
        if place < len(labels):
            yield from around.changed()


class _Aim(NamedTuple):
    """What a change must reach: the token refused so far, how many there are, and whether all must be taken."""

    target: int
    length: int
    whole: bool

    def missed(self, refused: int | None, place: int) -> bool:
        """Return whether a change at ``place`` after which ``refused`` is refused gets no further."""
        if refused is None:
            return False
        if self.whole:
            return True
        # At the line's end, where nothing is beyond, a change there is progress.
        at_end = self.target >= self.length == refused and place >= self.length - 2
        return refused <= self.target and not at_end


def _opened(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    """Return the brackets that are open before each token, the innermost last."""
    found: list[tuple[str, ...]] = []
    stack: tuple[str, ...] = ()
    for token in tokens:
        found.append(stack)
        if token.text in OPENERS and token.kind is Kind.OPERATOR:
            stack = (*stack, token.text)
        elif token.text in CLOSERS and stack:
            stack = stack[:-1]
    return found


class _Place:
    """A place in a line, and what may be changed there. ``refused`` counts in the line before the change."""

    def __init__(
        self,
        tokens: tuple[Token, ...],
        labels: Sequence[Label],
        state: State,
        place: int,
        aim: _Aim,
        opened: tuple[str, ...],
    ) -> None:
        self._tokens = tokens
        self._labels = labels
        self._state = state
        self._place = place
        self._aim = aim
        self._opened = opened

    @property
    def _inside(self) -> bool:
        """Return whether the place is inside brackets or behind ``lambda``."""
        return bool(self._opened) or any(token.text == "lambda" for token in self._tokens[: self._place])

    def closed(self) -> Iterator[Move]:
        """Yield the line with the innermost open bracket closed before this place."""
        if self._opened:
            closer = OPENERS[self._opened[-1]]
            yield from self._put(
                (Token(Kind.OPERATOR, closer, line_of_its_own(self._tokens, self._place)),), 1.0
            )

    def inserted(self) -> Iterator[Move]:
        """Yield the line with something put before this place."""
        yield from self.closed()
        for added, cost in INSERTED:
            yield from self._put(added, cost)

    def _put(self, added: tuple[Token, ...], cost: float, note: str | None = None) -> Iterator[Move]:
        state: State | None = self._state if self._place else before_word(added[0].text)
        for token in added:
            state = shifted(state, _label(token)) if state is not None else None
        if state is None:
            return
        refused = continued(state, self._labels, self._place)
        stuck = refused is not None and refused <= self._place < len(self._labels)
        if stuck or self._aim.missed(refused, self._place):
            return
        if note is None:
            cost += self._fitting(added[0].text, pair=len(added) > 1)
            note = f"added the missing '{_shown(added)}'"
        yield self._move(added, 0, cost, note, refused)

    def named(self, names: Sequence[str]) -> Iterator[Move]:
        """Yield the line with one of the program's names put here, where an operand is missing."""
        for rank, name in enumerate(names):
            added = (Token(Kind.NAME, name, " "),)
            yield from self._put(added, 1.3 + 0.1 * rank, f"added '{name}', which seemed to be missing")

    def changed(self) -> Iterator[Move]:
        """Yield the line with the token here removed, replaced, moved or cut."""
        token = self._tokens[self._place]
        yield from self._removed(token)
        for new, usual in REPLACED.get(token.text, ()):
            assigns = token.text == "=" and not (self._tokens[0].is_keyword or self._inside)
            cost = usual + 0.5 if assigns and new == "==" else usual
            kind = Kind.NAME if new.isalpha() else Kind.OPERATOR
            yield from self._replaced(
                (Token(kind, new, token.prefix),), 1, cost, f"replaced '{token.text}' with '{new}'"
            )
        if token.kind is Kind.NAME:
            yield from self._reworded(token)
        after = self._tokens[self._place + 1]
        if token.kind in (Kind.NAME, Kind.NUMBER) and after.kind in (Kind.NAME, Kind.NUMBER):
            yield from self._merged(token, after)
        if after.kind is not Kind.END:
            swapped = (
                Token(after.kind, after.text, token.prefix),
                Token(token.kind, token.text, after.prefix),
            )
            yield from self._replaced(swapped, 2, 1.3, f"swapped '{token.text}' and '{after.text}'")

    def _removed(self, token: Token) -> Iterator[Move]:
        cost = DELETED.get(token.kind, 0.75)
        if token.text in ("''", '""'):
            cost = 0.8
        after = self._tokens[self._place + 1]
        around = {after.text}
        if self._place:
            around.add(self._tokens[self._place - 1].text)
        if token.text in around:
            cost = 1.05 if token.text in OPENERS else min(cost, 0.8)
        elif token.kind is Kind.QUOTE:
            cost = 1.2 if len(token.text) < 4 else 2.5
        elif token.text == ";":
            cost = 0.75
        elif token.text in OPENERS or (token.text == "=" and after.kind is Kind.END):
            cost = 1.3
        elif token.is_keyword:
            cost = 1.4
        elif token.text in CLOSERS or token.text in ("->", "!"):
            cost = 1.0
        yield from self._replaced((), 1, cost, f"removed the stray '{token.text}'")
        if after.kind is not Kind.END:
            both = cost + DELETED.get(after.kind, 0.75)
            yield from self._replaced(
                (), 2, both, f"removed the stray '{token.text}{after.prefix}{after.text}'"
            )
        if self._place == self._aim.target and token.kind is not Kind.NAME:
            blank = (Token(Kind.NAME, "_", token.prefix or " "),)
            yield from self._replaced(blank, 1, 2.5, f"replaced '{token.text}' with '_'")

    def _reworded(self, token: Token) -> Iterator[Move]:
        word = token.text
        for keyword, cost in meant_keywords(word):
            yield from self._replaced(
                (Token(Kind.NAME, keyword, token.prefix),), 1, cost, f"replaced '{word}' with '{keyword}'"
            )
        for head, rest in () if token.is_keyword else cut_words(word):
            kind = Kind.NUMBER if rest.isdigit() else Kind.NAME
            cut = (Token(Kind.NAME, head, token.prefix), Token(kind, rest, " "))
            yield from self._replaced(cut, 1, 0.9, f"put a space into '{word}'")
        if token.is_keyword and word not in ("None", "True", "False"):
            renamed = Token(Kind.NAME, f"{word}_", token.prefix)
            yield from self._replaced((renamed,), 1, 1.25, f"renamed the keyword '{word}' to '{word}_'")

    def _merged(self, token: Token, after: Token) -> Iterator[Move]:
        for between, usual in (("", 1.15), ("_", 1.05)):
            name = f"{token.text}{between}{after.text}"
            if not name.isidentifier() or "\n" in after.prefix:
                continue
            one = Token(Kind.NAME, name, token.prefix)
            cost = usual
            if one.is_keyword:
                cost = 0.8
            elif token.is_keyword or after.is_keyword:
                cost = 1.4
            yield from self._replaced((one,), 2, cost, f"joined '{token.text}' and '{after.text}'")

    def _replaced(self, new: tuple[Token, ...], count: int, cost: float, note: str) -> Iterator[Move]:
        state: State | None = self._state
        if self._place == 0 and new:
            state = before_word(new[0].text)
        for token in new:
            state = shifted(state, label_of(token)) if state is not None else None
        if state is None:
            return
        following = self._place + count
        refused = continued(state, self._labels, following)
        stuck = refused is not None and refused <= following < len(self._labels)
        if stuck or self._aim.missed(refused, self._place):
            return
        yield self._move(new, count, cost, note, refused)

    def _move(self, new: tuple[Token, ...], count: int, cost: float, note: str, refused: int | None) -> Move:
        place = self._place
        before, after = list(self._tokens[:place]), list(self._tokens[place + count :])
        added = list(new)
        if count == 0:
            first = added[0]
            if place == 0:
                added[0] = Token(first.kind, first.text, "")
            elif first.text == "(" and after[0].kind is not Kind.END:
                added[0] = Token(first.kind, first.text, after[0].prefix)
                after[0] = Token(after[0].kind, after[0].text, "")
        elif not added and (place == 0 or not after[0].prefix) and after[0].kind is not Kind.END:
            prefix = self._tokens[place].prefix if place else ""
            after[0] = Token(after[0].kind, after[0].text, prefix)
        cost += PER_TOKEN * min(abs(self._aim.target - place), 25)
        return Move(_spaced(before, added, after), cost, note, place, refused)

    def _fitting(self, text: str, *, pair: bool) -> float:
        """Return how much less, or more, it costs to put ``text`` here than elsewhere."""
        tokens, place = self._tokens, self._place
        first, following = tokens[0].text, tokens[place]
        before = tokens[place - 1] if place else None
        if text == ":":
            if first in HEADERS and not self._inside:
                return -0.4 if following.kind is Kind.END else -0.25
            return (0.3 if first == "def" else 0.0) if self._inside else 0.6
        if text in CLOSERS and before is not None and before.text == ",":
            return -0.08 if line_of_its_own(tokens, place) else 0.1
        if text in CLOSERS and len(self._opened) == 1 and tokens[-2].text == ",":
            return 0.4  # the comma at the end would make a tuple of it all
        if text in CLOSERS:
            return -0.08 if following.text in (":", "==", "<", ">", "!=", "<=", ">=", "") else 0.0
        if text == "in":
            return -0.3 if any(token.text == "for" for token in tokens) else 0.3
        if text == "None":
            return -0.7 if before is not None and before.text == "=" and following.kind is Kind.END else 0.0
        if text == "(" and not pair and following.text in (")", ""):
            return 0.5
        if text == "(" and pair:
            return (
                0.0 if before is not None and before.kind is Kind.NAME and first in ("def", "class") else 0.9
            )
        if text == "0" and before is not None and before.text == "=":
            return -0.3
        if text == ".":
            return -0.35 if following.prefix == "" else 0.1
        return 0.0


def _shown(added: Sequence[Token]) -> str:
    return "".join(token.prefix + token.text for token in added).strip()


def _spaced(before: list[Token], added: list[Token], after: list[Token]) -> tuple[Token, ...]:
    """Return the line with a space where two words would run into one."""
    line = [*before, *added, *after]
    start = max(len(before) - 1, 0)
    for index in range(start, min(len(before) + len(added), len(line) - 1)):
        left, right = line[index], line[index + 1]
        if right.prefix or right.kind is Kind.END or not left.text:
            continue
        if _runs_on(left, right) or (index + 1 >= len(before) and right in added and right.prefix):
            line[index + 1] = Token(right.kind, right.text, " ")
    return tuple(line)


def _runs_on(left: Token, right: Token) -> bool:
    words = (Kind.NAME, Kind.NUMBER, Kind.STRING)
    if left.kind in words and right.kind in words:
        return True
    signs = left.kind is Kind.OPERATOR and right.kind is Kind.OPERATOR
    return signs and (left.text + right.text) in ("==", "**", "//", "<=", ">=", "->", ":=", "+=", "-=", "!=")
