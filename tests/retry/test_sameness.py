"""Failures that say the same are the same, whatever differs from run to run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.results import Category, Failure, Role
from mge_toolkit.retry.sameness import normalised


def failure(message: str, kind: str = "value", role: Role = Role.CODE) -> Failure:
    return Failure(category=Category.RUNTIME, kind=kind, message=message, culprit="a", role=role)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("expected 3, got 4", "expected 3, got -17"),
        ("expected 0.5, got 1e-7", "expected 0.5, got 2.25"),
        ("<A object at 0x7f00aa12>", "<A object at 0x7f11bb34>"),
        ("no /tmp/x1/data.txt", "no /home/me/y/data.txt"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id 00000000-e89b-12d3-a456-426614174fff"),
        ("hash 5d41402abc4b2a76b9719d911017c592", "hash 7d793037a0760186574b0282f2f435e7"),
        ("two  words\n", "two words"),
    ],
)
def test_what_differs_by_chance_is_masked(one: str, other: str) -> None:
    assert normalised(failure(one)) == normalised(failure(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (failure("name 'a1' is not defined"), failure("name 'a2' is not defined")),
        (failure("no", "value"), failure("no", "key")),
        (failure("no"), failure("no", role=Role.CHECK)),
        (failure("'price' is missing"), failure("'size' is missing")),
    ],
)
def test_what_differs_in_kind_is_not(one: Failure, other: Failure) -> None:
    assert normalised(one) != normalised(other)


@given(st.text())
def test_any_message_is_normalised_once_and_for_all(message: str) -> None:
    once = normalised(failure(message))
    assert "\n" not in once
    assert once == normalised(failure(message))
