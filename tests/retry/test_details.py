"""What an exception says beyond its first line is part of the failure's message."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from mge_toolkit.core.plans import Expectation, RaisedException
from mge_toolkit.core.results import Raised
from mge_toolkit.retry.details import LINES
from tests.retry.cases import the_failure


def message_of(raiser: Callable[[], None], expect: Expectation | None = None) -> list[str]:
    """Return the lines of the message of a failure whose traceback is an interpreter's own."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011 (whatever it is, its text matters)
        raiser()
    error = caught.value
    bases = tuple(cls.__name__ for cls in type(error).__mro__[1:-1])
    text = "".join(traceback.format_exception(error))
    raised = Raised(type=type(error).__name__, message=str(error), bases=bases, traceback=text)
    return the_failure(raised=raised, expect=expect).message.split("\n")


def raise_noted() -> None:
    error = ValueError("first\n  second\nthird")
    error.add_note("a note\nof two lines")
    raise error


def raise_caused() -> None:
    try:
        try:
            raise KeyError("inner\nmost")
        except KeyError:
            raise OSError("middle\nmore") from None
    except OSError as error:
        raise ValueError("outer") from error


def raise_while_handling() -> None:
    try:
        raise KeyError("k")
    except KeyError:
        raise ValueError("outer")  # noqa: B904 (that there is no cause is the case)


def raise_group() -> None:
    members = [ValueError("one"), ExceptionGroup("inner", [TypeError("two")])]
    raise ExceptionGroup("many", members)


def test_all_lines_of_a_message_and_its_notes_are_kept() -> None:
    assert message_of(raise_noted) == [
        "ValueError: first",
        "  second",
        "third",
        "a note",
        "of two lines",
    ]


def test_a_cause_is_named_with_its_place() -> None:
    first, cause, more = message_of(raise_caused)
    assert first == "ValueError: outer"
    assert cause.startswith("caused by OSError: middle (")
    assert "test_details.py, line" in cause
    assert more == "    more"


def test_what_was_being_handled_is_named() -> None:
    _, handled = message_of(raise_while_handling)
    assert handled.startswith("while handling KeyError: 'k' (")


def test_the_members_of_a_group_are_shown() -> None:
    first, *rest = message_of(raise_group)
    assert first == "ExceptionGroup: many (2 sub-exceptions)"
    text = "\n".join(rest)
    assert "ValueError: one" in text
    assert "TypeError: two" in text
    assert "raise ExceptionGroup" not in text


def test_an_exception_of_one_line_says_no_more() -> None:
    def plain() -> None:
        raise ValueError("one")

    def empty() -> None:
        raise ValueError

    assert message_of(plain) == ["ValueError: one"]
    assert message_of(empty) == ["ValueError"]


def test_a_message_that_begins_with_empty_lines_repeats_nothing() -> None:
    def late() -> None:
        raise ValueError("\n\nfirst\nsecond")

    assert message_of(late) == ["ValueError: first", "second"]


def test_another_exception_than_expected_says_all_too() -> None:
    first, *rest = message_of(raise_noted, Expectation(raises=RaisedException(type="KeyError")))
    assert first == "expected KeyError to be raised, got ValueError: first"
    assert rest[-1] == "of two lines"


def test_many_lines_are_abbreviated() -> None:
    def long() -> None:
        raise ValueError("\n".join(str(number) for number in range(1000)))

    lines = message_of(long)
    assert len(lines) == 1 + LINES
    assert lines[-1] == "… 960 more lines"


def test_javascript_says_the_rest_and_its_causes() -> None:
    text = "Error: first\nsecond\n    at <atom j>:1:7\nCaused by: TypeError: inner\n    at <atom j>:1:42"
    raised = Raised(type="Error", message="first\nsecond", traceback=text)
    assert the_failure(raised=raised).message == "Error: first\nsecond\ncaused by TypeError: inner"


def test_without_a_traceback_the_first_line_is_all() -> None:
    raised = Raised(type="ValueError", message="x", bases=("Exception", "BaseException"))
    assert the_failure(raised=raised).message == "ValueError: x"
