"""``result`` travels as JSON where JSON can hold it, else as its ``repr``, and never fails an atom."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mge_toolkit.core.plans import UNSET
from mge_toolkit.core.results import Execution, Flag
from mge_toolkit.sandbox.languages.python_describe import value_record
from tests.jobs import Bench, result_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def shown(execution: Execution) -> str:
    """Return the ``repr`` of a result that is no JSON value."""
    assert execution.completed, execution
    assert execution.result is not None
    assert execution.result.json is UNSET
    assert execution.result.repr is not None
    assert Flag.RESULT_NOT_JSON in execution.flags
    return execution.result.repr


@given(value=JSON)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_values_come_back_as_they_are(bench: Bench, value: Any) -> None:
    try:
        repr(value).encode()
    except UnicodeEncodeError:
        return
    found = result_of(bench.run("result = value", inputs={"a": {"value": value}}))
    assert found == value
    assert repr(found) == repr(value)


@given(value=JSON)
@settings(max_examples=200, deadline=None)
def test_every_json_value_is_recognised_as_one(value: Any) -> None:
    try:
        repr(value).encode()
    except UnicodeEncodeError:
        return
    assert value_record(value)[1]


def test_tuples_are_lists_and_whole_keys_are_text(bench: Bench) -> None:
    assert result_of(bench.run("result = {1: (1, 2), 'b': ()}")) == {"1": [1, 2], "b": []}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("float('nan')", "nan"),
        ("[float('inf')]", "[inf]"),
        ("{1, 2}", "{1, 2}"),
        ("3+4j", "(3+4j)"),
        ("b'x'", "b'x'"),
        ("{1: 'a', '1': 'b'}", "{1: 'a', '1': 'b'}"),
        ("'\\ud800'", "'\\ud800'"),
        ("{(1, 2): 3}", "{(1, 2): 3}"),
        ("print", "<built-in function print>"),
    ],
)
def test_what_json_cannot_hold_is_shown(bench: Bench, expression: str, expected: str) -> None:
    assert shown(bench.run(f"result = {expression}")) == expected


@pytest.mark.parametrize(
    "body",
    [
        "raise RuntimeError",
        "raise SystemExit(3)",
        "return 5",
        "import os; return self.missing",
        "while True: pass",
    ],
)
def test_a_bad_repr_fails_nothing(bench: Bench, body: str) -> None:
    ended = bench.run(f"class Bad:\n    def __repr__(self):\n        {body}\nresult = Bad()")
    assert shown(ended) == "<Bad object whose repr failed>"


def test_a_huge_repr_is_cut(bench: Bench) -> None:
    assert len(shown(bench.run("result = {i for i in range(1_000_000)}"))) <= 4096
    assert (
        len(shown(bench.run("class Big:\n    def __repr__(self): return 'x' * 10**7\nresult = Big()")))
        <= 4096
    )


def test_a_cycle_and_a_bottomless_list_are_shown(bench: Bench) -> None:
    assert shown(bench.run("result = []\nresult.append(result)")) == "[[...]]"
    deep = "result = []\nfor _ in range(5000): result = [result]"
    assert len(shown(bench.run(deep))) <= 4096
    assert result_of(bench.run(deep.replace("5000", "300"))) is not None


def test_a_long_integer_is_no_trap_for_the_reader(bench: Bench) -> None:
    ended = bench.run("import sys\nsys.set_int_max_str_digits(0)\nresult = 10**6000")
    assert len(shown(ended)) <= 4096


def test_patched_modules_do_not_reach_the_report(bench: Bench) -> None:
    code = """
import builtins, json, os, sys
json.dumps = json.loads = os.getpid = os.open = os.write = builtins.open = builtins.print = None
sys.exit = os._exit = None
result = 7
"""
    assert result_of(bench.run(code)) == 7


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("code", "start"),
    [
        ("x = 1\nfor _ in range(60): x = [x, x]\nresult = x", "[[[[["),
        ("x = 1\nfor _ in range(60): x = {1: x, 2: x}\nresult = x", "{1: {1: "),
        ("x = 1\nfor _ in range(60): x = (x, x)\nresult = x", "(((("),
        ("x = 'x' * 10**6\nresult = [x] * 10**6", "['xxxxx"),
        ("x = 10**4000\nresult = [x] * 10**5", "[1000000"),
        ("x = []\nx += [x, x]\nresult = x", "[[...], [...]]"),
    ],
    ids=["list", "dict", "tuple", "text", "integer", "cycle"],
)
def test_a_result_too_large_for_json_is_shown_in_short(bench: Bench, code: str, start: str) -> None:
    assert shown(bench.run(code)).startswith(start)


def test_what_is_large_but_not_too_large_is_json(bench: Bench) -> None:
    assert result_of(bench.run("result = [0] * 1_000_000")) == [0] * 1_000_000
    assert result_of(bench.run("result = ['x' * 2**20] * 8")) == ["x" * 2**20] * 8
