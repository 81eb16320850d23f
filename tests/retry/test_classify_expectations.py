"""Expectations are compared outside of the sandbox, and a mismatch says where the difference is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.plans import Expectation, RaisedException
from mge_toolkit.core.results import Category, Failure, Raised, Role, Stream, Value
from mge_toolkit.retry.compare import result_difference
from tests.retry.cases import failure_of, frame, python_error, the_failure

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def mismatch(expect: Expectation, **observed: Any) -> str:
    failure = the_failure(expect=expect, **observed)
    assert (failure.category, failure.kind) == (Category.RUNTIME, "mismatch")
    assert "\n" not in failure.message
    return failure.message


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1, 1.0),
        (1.0, 1),
        ([1, (2, 3)], [1, [2, 3]]),
        ({1: 2, None: 3}, {"1": 2, "null": 3}),
        (None, None),
    ],
)
def test_equal_results(expected: Any, got: Any) -> None:
    assert failure_of(expect=Expectation(result=expected), result=Value(json=got)) is None


@pytest.mark.parametrize(
    ("expected", "got", "message"),
    [
        (60.5, 60.0, "result: expected 60.5, got 60.0"),
        (True, 1, "result: expected True, got 1"),
        (0, False, "result: expected 0, got False"),
        (None, False, "result: expected None, got False"),
        ("1", 1, "result: expected '1', got 1"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "result['a'][1]['b']: expected 2, got 3"),
        ([1, 2], [1], "result: expected 2 items, got 1: expected [1, 2], got [1]"),
        ({"a": 1, "b": 2}, {"b": 2, "c": 3}, "result: missing key 'a'; unexpected key 'c'"),
        ([], {}, "result: expected [], got {}"),
    ],
)
def test_different_results(expected: Any, got: Any, message: str) -> None:
    assert mismatch(Expectation(result=expected), result=Value(json=got)) == message


def test_a_number_beyond_all_floats_is_just_another_number() -> None:
    expect = Expectation(result=1.5, tolerance=0.1)
    assert failure_of(expect=expect, result=Value(json=10**400)) is not None


def test_tolerance_holds_anywhere() -> None:
    expect = Expectation(result={"a": [1.0, 2]}, tolerance=0.01)
    assert failure_of(expect=expect, result=Value(json={"a": [1.005, 2.01]})) is None
    assert failure_of(expect=expect, result=Value(json={"a": [1.02, 2]})) is not None
    assert failure_of(expect=Expectation(result=1, tolerance=1.0), result=Value(json=True)) is not None


def test_a_result_that_is_missing_or_no_json() -> None:
    assert "did not bind 'result'" in mismatch(Expectation(result=1))
    assert "got nan, which is not a JSON value" in mismatch(Expectation(result=1), result=Value(repr="nan"))


def test_a_long_result_is_shown_short() -> None:
    message = mismatch(Expectation(result="x" * 10_000), result=Value(json=["y" * 10_000] * 100))
    assert len(message) < 400


def test_a_deep_result_is_compared() -> None:
    deep: Any = 1
    other: Any = 2
    for _ in range(5000):
        deep, other = [deep], [other]
    assert result_difference(deep, Value(json=deep), 0.0) is None
    assert "expected 1, got 2" in (result_difference(deep, Value(json=other), 0.0) or "")


@given(JSON)
def test_every_value_equals_itself(value: Any) -> None:
    assert result_difference(value, Value(json=value), 0.0) is None


@given(JSON, JSON)
def test_difference_is_symmetric(left: Any, right: Any) -> None:
    there, back = (
        result_difference(a, Value(json=b), 0.0) is None for a, b in ((left, right), (right, left))
    )
    assert there == back


@pytest.mark.parametrize(
    ("expected", "written", "words"),
    [
        ("hello", b"hello\n", None),
        ("hello\n", b"hello", None),
        ("a\nb\n", b"a\r\nb\r\n", None),
        ("a\nb", b"a\nc\n", "stdout, line 2: expected 'b', got 'c'"),
        ("a", b"a\nb\n", "stdout: unexpected line 2: 'b'"),
        ("a\nb", b"a\n", "stdout: ends after line 1, expected 'b' next"),
        ("", b"", None),
        (" a", b"a", "expected ' a', got 'a'"),
        ("hi", b"hi\n\n", "stdout: unexpected line 2: ''"),
        ("hi\n\n", b"hi\n", "stdout: ends after line 1, expected '' next"),
        ("hi\n\n", b"hi\n\n", None),
    ],
)
def test_output(expected: str, written: bytes, words: str | None) -> None:
    failure = failure_of(expect=Expectation(stdout=expected), stdout=Stream(data=written, total=len(written)))
    assert (failure is None) == (words is None)
    assert failure is None or words is None or words in failure.message


def test_output_that_was_cut_cannot_be_compared() -> None:
    assert "100 bytes" in mismatch(Expectation(stdout="a"), stdout=Stream(data=b"a", total=100))


BAD = python_error("__main__.Bad", "ValueError", message="no such order 17", frames=(frame(1),))


@pytest.mark.parametrize(
    "expected",
    [
        RaisedException(type="Bad"),
        RaisedException(type="__main__.Bad"),
        RaisedException(type="ValueError", match=r"order \d+$"),
        RaisedException(type="Exception"),
    ],
)
def test_an_expected_exception_passes(expected: RaisedException) -> None:
    assert failure_of(expect=Expectation(raises=expected), raised=BAD) is None


DECODING = python_error("json.decoder.JSONDecodeError", "ValueError", message="char 1")


@pytest.mark.parametrize("name", ["json.JSONDecodeError", "json.decoder.JSONDecodeError", "JSONDecodeError"])
def test_an_exception_can_be_named_as_its_package_exports_it(name: str) -> None:
    expect = Expectation(raises=RaisedException(type=name))
    assert failure_of(expect=expect, raised=DECODING) is None


@pytest.mark.parametrize("name", ["other.JSONDecodeError", "json.DecodeError", "json", "json.decoder"])
def test_another_packages_exception_is_another(name: str) -> None:
    assert failure_of(expect=Expectation(raises=RaisedException(type=name)), raised=DECODING) is not None


@pytest.mark.parametrize(
    ("expected", "got", "message"),
    [
        (None, {"a": True}, 'result: expected null, got {"a": true}'),
        ({"a": {"b": "x"}}, {"a": {"b": "ñ"}}, 'result["a"]["b"]: expected "x", got "ñ"'),
        ({"a": 1}, {}, 'result: missing key "a"'),
    ],
)
@pytest.mark.parametrize("language", ["javascript", "typescript"])
def test_values_are_shown_as_the_language_writes_them(
    language: str, expected: Any, got: Any, message: str
) -> None:
    expect = Expectation(result=expected)
    assert mismatch(expect, result=Value(json=got), language=language) == message


def test_output_of_javascript_is_shown_in_its_quotes() -> None:
    written = Stream(data=b"it's\n", total=5)
    message = mismatch(Expectation(stdout="a"), stdout=written, language="javascript")
    assert message == 'stdout, line 1: expected "a", got "it\'s"'


def test_another_exception_is_a_mismatch() -> None:
    assert mismatch(Expectation(raises=RaisedException(type="KeyError")), raised=BAD) == (
        "expected KeyError to be raised, got Bad: no such order 17"
    )
    wrong = mismatch(Expectation(raises=RaisedException(type="Bad", match="sold out")), raised=BAD)
    assert "does not match 'sold out'" in wrong


def test_no_exception_is_a_mismatch() -> None:
    expect = Expectation(raises=RaisedException(type="KeyError"))
    assert mismatch(expect) == "expected KeyError to be raised, but nothing was"


def test_a_broken_program_keeps_its_category() -> None:
    expect = Expectation(raises=RaisedException(type="KeyError"))
    failure = the_failure(expect=expect, raised=python_error("SyntaxError"))
    assert failure.category is Category.SYNTAX


def test_an_expected_exception_in_the_check_does_not_count() -> None:
    expect = Expectation(raises=RaisedException(type="Bad"))
    assert failure_of(expect=expect, check="x", raised=BAD, segment=("a", Role.CHECK)) is not None
    dependency: Failure = the_failure(
        expect=expect, dependencies={"d": "x"}, raised=BAD, segment=("d", Role.DEPENDENCY)
    )
    assert dependency.culprit == "d"


def test_an_exit_can_be_expected() -> None:
    leaving = Raised(type="SystemExit", message="2", bases=("BaseException",))
    expect = Expectation(raises=RaisedException(type="SystemExit", match="^2$"))
    assert failure_of(expect=expect, raised=leaving, exit_code=2) is None
    assert failure_of(raised=leaving, exit_code=2) is not None


def test_all_expectations_hold_together() -> None:
    expect = Expectation(result=1, stdout="a", raises=RaisedException(type="Bad"))
    observed: dict[str, Any] = {
        "raised": BAD,
        "stdout": Stream(data=b"a\n", total=2),
        "result": Value(json=1),
    }
    assert failure_of(expect=expect, **observed) is None
    assert "stdout" in mismatch(expect, **{**observed, "stdout": Stream()})
