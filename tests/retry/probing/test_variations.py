"""Calls near to those of a check: new ones, few, and of nothing but what the check itself uses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.retry.probing.variations import MOST, Call, varied

NUMBERS = st.integers(-50, 50)
TEXTS = st.text("abcXY ", max_size=6)
ARGUMENTS = st.one_of(
    st.tuples(NUMBERS),
    st.tuples(TEXTS, NUMBERS),
    st.tuples(st.lists(NUMBERS, max_size=5)),
    st.tuples(st.lists(st.lists(TEXTS, max_size=3), max_size=3)),
    st.tuples(st.dictionaries(TEXTS, st.floats(-5, 5), max_size=3), st.booleans()),
)
CALLS = st.lists(ARGUMENTS.map(lambda values: Call(callee="f", arguments=values)), max_size=5)


def calls(*arguments: Any) -> list[Call]:
    return [Call(callee="f", arguments=one if isinstance(one, tuple) else (one,)) for one in arguments]


def asked(*arguments: Any) -> list[Any]:
    return [call.arguments[0] for call in varied(calls(*arguments))]


@given(CALLS)
def test_all_are_new_and_few(given_calls: list[Call]) -> None:
    found = varied(given_calls)
    assert len(found) <= MOST
    assert len({repr(call) for call in found}) == len(found)
    assert not {repr(call) for call in found} & {repr(call) for call in given_calls}
    assert found == varied(given_calls)


@given(st.lists(NUMBERS, min_size=1, max_size=6))
def test_no_number_is_smaller_than_those_seen(numbers: list[int]) -> None:
    assert all(number >= min(numbers) for number in asked(*numbers))


@given(st.lists(st.text("abcXY ", min_size=1, max_size=6), min_size=1, max_size=5))
def test_texts_are_of_the_letters_seen_and_not_empty(texts: list[str]) -> None:
    letters = set("".join(texts))
    assert all(text and set(text) <= letters for text in asked(*texts))


@given(st.lists(st.lists(NUMBERS, min_size=2, max_size=5), min_size=1, max_size=4))
def test_lists_are_no_shorter_than_those_seen(lists: list[list[int]]) -> None:
    shortest = min(map(len, lists))
    assert all(len(one) >= shortest for one in asked(*lists))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([7, 3], [8, 4, 6, 9, 5]),
        ([True], [False]),
        (["ab", "c"], ["a", "b", "bb", "ba", "aba"]),
        ([[1, 2], [3]], [[1], [2], [2, 1], [1, 2, 1]]),
        ([((1, 2),)], [(2, 2), (1, 3)]),
        ([{"a": 1, "b": 2}], [{"b": 2}, {"a": 2, "b": 2}]),
    ],
)
def test_they_are_near(shown: list[Any], expected: list[Any]) -> None:
    found = list(map(repr, asked(*shown)))
    assert [repr(one) for one in expected if repr(one) not in found] == []


def test_one_argument_changes_at_a_time_and_the_names_stay() -> None:
    call = Call(callee="g.f", arguments=(1, "ab"), names=("s",))
    found = varied([call])
    assert found
    for other in found:
        assert (other.callee, other.names) == ("g.f", ("s",))
        assert sum(map(lambda one, two: one != two, call.arguments, other.arguments)) == 1


def test_nothing_to_vary_gives_nothing() -> None:
    assert varied([]) == []
    assert varied(calls((None,))) == []
