"""A run's settings: what can be asked for, and what is refused with which words."""

from __future__ import annotations

import os

import pytest

from mge_toolkit.core.errors import MgeError, SettingsError
from mge_toolkit.core.runs import Schedule
from mge_toolkit.core.settings import Settings, available_cpus, parse_slots, parse_threshold


def test_auto_means_one_slot_for_each_processor_this_process_may_use() -> None:
    assert parse_slots("auto") == available_cpus() >= 1
    if hasattr(os, "sched_getaffinity"):
        assert available_cpus() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("text", "slots"), [("1", 1), ("8", 8), ("1024", 1024)])
def test_a_number_of_slots(text: str, slots: int) -> None:
    assert parse_slots(text) == slots


@pytest.mark.parametrize("text", ["0", "1025", "-1", "2.5", "many", "", "٣", "²", "9" * 5000])
def test_other_texts_are_refused_with_what_is_possible(text: str) -> None:
    with pytest.raises(SettingsError, match="neither 'auto' nor a whole number from 1 to 1024"):
        parse_slots(text)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"slots": 0}, "slots"),
        ({"slots": 2000}, "slots"),
        ({"wave_threshold": 1.1}, "wave threshold"),
        ({"wave_threshold": float("nan")}, "wave threshold"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": float("inf")}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
    ],
)
def test_values_that_cannot_be_used_are_refused(change: dict[str, float], word: str) -> None:
    with pytest.raises(SettingsError, match=word) as caught:
        Settings(**change)  # type: ignore[arg-type] # a wrong value is the point
    assert isinstance(caught.value, MgeError)
    assert isinstance(caught.value, ValueError)


def test_slots_default_to_the_processors_and_to_one_where_atoms_run_in_sequence() -> None:
    assert Settings().slot_count == available_cpus()
    assert Settings(schedule=Schedule.SEQUENTIAL).slot_count == 1
    assert Settings(slots=5).slot_count == 5


@pytest.mark.parametrize("text", ["50", "2", "100", "12.5"])
def test_a_rate_above_1_without_its_sign_is_taken_for_a_percentage_that_was_meant(text: str) -> None:
    with pytest.raises(SettingsError, match=rf"'{text}' is neither .* \(did you mean '{text}%'\?\)$"):
        parse_threshold(text)


@pytest.mark.parametrize("text", ["101", "150%", "half", "-1"])
def test_no_percentage_is_guessed_where_there_is_none(text: str) -> None:
    with pytest.raises(SettingsError, match=r"from 0% to 100%$"):
        parse_threshold(text)
