"""Calls like those that a check makes: their arguments a little changed, from what the check itself uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Final, TypeAlias

Value: TypeAlias = object
"""``None``, ``bool``, numbers, ``str``, and lists, tuples and mappings of them."""

MOST: Final = 120
_CALLS: Final = 16
_A_CALL: Final = 24
_DEEPEST: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call with constants. ``callee`` is its source; ``names`` are those of the last arguments."""

    callee: str
    arguments: tuple[Value, ...]
    names: tuple[str, ...] = ()


def varied(calls: Sequence[Call]) -> list[Call]:
    """Return calls near to ``calls``, the nearest to each of them in turn, each once.

    What a program was not made for tells nothing of it. So no number is smaller than those seen at its place, no
    text or list is empty where none is, and every letter and element is one that was seen there.
    """
    shown = {repr(call) for call in calls}
    rows = [islice(_near(call, calls), _A_CALL) for call in list(dict.fromkeys(map(_Same, calls)))[:_CALLS]]
    found: dict[str, Call] = {}
    for column in zip_longest(*rows):
        for call in column:
            if call is not None and repr(call) not in shown:
                found.setdefault(repr(call), call)
    return list(found.values())[:MOST]


class _Same:
    """A call that equals another by what is written: ``1``, ``1.0`` and ``True`` are equal and not the same."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self._text = repr(call)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _near(same: _Same, calls: Sequence[Call]) -> Iterator[Call]:
    """Yield calls that differ from one in a single argument."""
    call = same.call
    rows = []
    for place, value in enumerate(call.arguments):
        pool = [
            other.arguments[place]
            for other in calls
            if other.callee == call.callee and other.names == call.names and len(other.arguments) > place
        ]
        rows.append([(place, new) for new in islice(_values(value, pool, 0), _A_CALL)])
    for column in zip_longest(*rows):
        for one in column:
            if one is not None:
                place, new = one
                arguments = (*call.arguments[:place], new, *call.arguments[place + 1 :])
                yield replace(call, arguments=arguments)


def _values(value: Value, pool: Sequence[Value], depth: int) -> Iterator[Value]:
    """Yield values near ``value``; ``pool`` are those seen at its place."""
    alike = [one for one in pool if type(one) is type(value)]
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from _numbers(value, [one for one in alike if isinstance(one, int | float)])
    elif isinstance(value, str):
        texts = [one for one in alike if isinstance(one, str)]
        lists: list[list[Value]] = [list(text) for text in texts]
        yield from ("".join(map(str, one)) for one in _sequences(list(value), lists, depth))
    elif isinstance(value, list):
        yield from _sequences(value, [one for one in alike if isinstance(one, list)], depth)
    elif isinstance(value, tuple):
        yield from map(
            tuple, _elements(list(value), [list(one) for one in alike if isinstance(one, tuple)], depth)
        )
    elif isinstance(value, Mapping):
        yield from _mappings(value, depth)


def _numbers(value: float, pool: Sequence[float]) -> Iterator[float]:
    least, most = min(pool), max(pool)
    yield value + 1
    if value - 1 >= least:
        yield value - 1
    for other in (value + 2, (least + most) // 2, value * 2, most - 1, value // 2):
        if other >= least:
            yield other


def _sequences(value: list[Value], pool: Sequence[list[Value]], depth: int) -> Iterator[list[Value]]:
    """Yield lists with an element less, more or other, in another order, and of parts of the others."""
    size, least = len(value), min(len(one) for one in pool)
    if size > least:
        yield value[:-1]
        yield value[1:]
    yield from islice(_elements(value, pool, depth), 6)
    if size > 1:
        yield value[::-1]
        yield [*value[1:], value[0]]
        yield [value[1], value[0], *value[2:]]
    if size > least:
        yield value[: size // 2] + value[size // 2 + 1 :]
    if size:
        yield [*value, value[0]]
        yield [value[-1], *value]
    for other in pool:
        if other != value and other:
            yield [*value[: (size + 1) // 2], *other[len(other) // 2 :]]


def _elements(value: list[Value], pool: Sequence[list[Value]], depth: int) -> Iterator[list[Value]]:
    """Yield lists of the same length with one element changed: first, last and middle."""
    if depth >= _DEEPEST:
        return
    seen = [element for one in pool for element in one]
    rows = []
    for place in dict.fromkeys((0, len(value) - 1, len(value) // 2)) if value else ():
        element = value[place]
        changed = (
            (other for other in seen if type(other) is type(element) and other != element)
            if isinstance(element, str) and len(element) == 1
            else _values(element, seen, depth + 1)
        )
        rows.append([[*value[:place], new, *value[place + 1 :]] for new in islice(changed, 4)])
    for column in zip_longest(*rows):
        yield from (one for one in column if one is not None)


def _mappings(value: Mapping[Value, Value], depth: int) -> Iterator[Value]:
    if depth >= _DEEPEST:
        return
    for name in islice(value, 3):
        if len(value) > 1:
            yield {other: kept for other, kept in value.items() if other != name}
        for new in islice(_values(value[name], list(value.values()), depth + 1), 2):
            yield {**value, name: new}
