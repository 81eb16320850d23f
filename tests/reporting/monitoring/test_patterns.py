"""Failures that say the same fall into one cluster, those that do not stay apart, and memory is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.results import Category, Failure, Role, Strategy
from mge_toolkit.reporting.monitoring.patterns import (
    CLUSTERS_KEPT,
    Clusters,
    normalised_message,
    pattern_of,
)
from tests.reporting.monitoring.records import attempt, result


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("NameError: name 'foo' is not defined", "NameError: name <value> is not defined"),
        ('KeyError: "a key"', "KeyError: <value>"),
        ("expected `a`, not `b`", "expected <value>, not <value>"),
        ("it doesn't work, and won't", "it doesn't work, and won't"),
        ("KeyError: 'it\\'s'", "KeyError: <value>"),
        ("IndexError: 12 of -3.5e+7", "IndexError: <number> of <number>"),
        ("utf8 and x86 and python3.11 stay", "utf8 and x86 and python3.11 stay"),
        ("<obj at 0x7f00deadBEEF>", "<obj at <address>>"),
        ("id 123e4567-e89b-12d3-a456-426614174000 is gone", "id <address> is gone"),
        ("No such file: /tmp/a1/b.txt", "No such file: <path>"),
        ("cannot open C:\\work\\b.txt", "cannot open <path>"),
        ("1 / 2 is no path", "<number> / <number> is no path"),
        ("two   blanks\tand a tab", "two blanks and a tab"),
        ("the first line\nthe second", "the first line"),
        ("\n  after a blank line", "after a blank line"),
        ("", ""),
    ],
)
def test_what_varies_is_blanked(message: str, expected: str) -> None:
    assert normalised_message(message) == expected


@given(st.text(max_size=1000))
def test_any_message_has_a_short_pattern_that_stays_the_same(message: str) -> None:
    found = normalised_message(message)
    assert len(found) <= 200
    assert "\n" not in found


def test_a_hostile_message_takes_no_time() -> None:
    for message in ("'" * 100_000, "/a" * 50_000, "\\'" * 50_000, "1" * 100_000, "0x" * 50_000):
        assert len(normalised_message(message)) <= 200


def failure(**fields: object) -> Failure:
    values: dict[str, object] = {
        "category": Category.RUNTIME,
        "kind": "value",
        "message": "no 1",
        "culprit": "a",
        "line": 3,
    }
    return Failure(**(values | fields))  # type: ignore[arg-type]


def test_atoms_that_fail_alike_in_their_own_code_share_a_pattern_whatever_the_line() -> None:
    one = pattern_of("a", failure())
    assert one == pattern_of("b", failure(culprit="b", line=9, message="no 2"))
    assert one.place == "code"


@pytest.mark.parametrize(
    "fields",
    [
        {"category": Category.TYPE},
        {"kind": "key"},
        {"message": "none"},
        {"role": Role.CHECK},
        {"culprit": "b"},
    ],
)
def test_what_differs_in_anything_else_stays_apart(fields: dict[str, object]) -> None:
    assert pattern_of("a", failure()) != pattern_of("a", failure(**fields))


def test_a_dependency_that_fails_is_a_place_of_its_own() -> None:
    assert pattern_of("b", failure(role=Role.DEPENDENCY)).place == "a:3"
    assert pattern_of("b", failure(line=None)).place == "a"


def feed(clusters: Clusters, atom_id: str, *messages: str | None) -> None:
    """Record an atom whose attempts failed so, or passed."""
    made = result(
        atom_id,
        *(
            attempt(
                number,
                message,
                strategy=Strategy.FIX if number < len(messages) else None,
                failure={"culprit": atom_id},
            )
            for number, message in enumerate(messages, 1)
        ),
    )
    for index in range(len(messages)):
        clusters.add_attempt(made, 0, index)
    clusters.settle(made)


def test_an_atom_counts_once_in_a_cluster_however_often_it_fails() -> None:
    clusters = Clusters()
    feed(clusters, "a", "no 1", "no 2", "other", "no 3", None)
    feed(clusters, "b", "no 4")
    first, second = clusters
    assert (first.failures, first.atoms, first.healed, first.unresolved) == (4, 2, 1, 1)
    assert first.examples == ("a", "b")
    assert first.message == "no 1"
    assert (second.failures, second.atoms, second.healed, second.unresolved) == (1, 1, 1, 0)
    fix = first.strategies[Strategy.FIX]
    assert (fix.decided, fix.rounds, fix.fixed) == (3, 3, 1)


def test_the_smallest_cluster_makes_way_and_is_counted() -> None:
    clusters = Clusters()
    for _ in range(5):
        feed(clusters, "a", "a frequent one")
    for number in range(CLUSTERS_KEPT * 2):
        feed(clusters, "a", f"rare {'x' * number}")
    found = list(clusters)
    assert len(found) == CLUSTERS_KEPT
    assert max(found, key=lambda one: one.failures).message == "a frequent one"
    assert sum(one.failures for one in found) + clusters.others == 5 + CLUSTERS_KEPT * 2


def test_merged_clusters_are_those_of_all_failures() -> None:
    one, other, whole = Clusters(), Clusters(), Clusters()
    for name, messages in (
        ("a", ("no 1", None)),
        ("b", ("other",)),
        ("c", ("no 2",)),
        ("d", ("third", None)),
    ):
        feed(one if name in "ab" else other, name, *messages)
        feed(whole, name, *messages)
    one.merge(other)
    assert sorted(one, key=str) == sorted(whole, key=str)
