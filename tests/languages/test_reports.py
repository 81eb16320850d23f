"""Reports are read with suspicion: a program may have written them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.jobs import ProcessExit
from mge_toolkit.core.plans import UNSET
from mge_toolkit.core.results import Flag, Limit, Role
from mge_toolkit.sandbox.languages import builtin_languages
from mge_toolkit.sandbox.languages.python import PythonLanguage
from mge_toolkit.sandbox.languages.reports import Nonces, read_report
from tests.jobs import make_job

JOB = make_job("x = 1", "assert x", dependencies={"d": "y = 1"})
GOOD: dict[str, Any] = {
    "nonce": "n",
    "completed": False,
    "segment": ["d", "dependency"],
    "raised": {
        "type": "ValueError",
        "message": "no",
        "bases": ["Exception"],
        "frames": [{"atom": "d", "role": "dependency", "line": 1, "column": None, "function": None}],
        "traceback": "…",
    },
    "limit": "wall",
    "flags": ["stream_closed"],
    "result": {"json": [1, None]},
}
FRAME: dict[str, Any] = GOOD["raised"]["frames"][0]


def test_a_good_report_is_read() -> None:
    reading = read_report(JOB, json.dumps(GOOD).encode(), "n")
    assert not reading.completed
    assert reading.segment == ("d", Role.DEPENDENCY)
    assert reading.raised is not None
    assert reading.raised.frames[0].line == 1
    assert reading.limit is Limit.WALL
    assert reading.flags == {Flag.STREAM_CLOSED}
    assert reading.result is not None
    assert reading.result.json == [1, None]


def test_no_report_is_no_forgery() -> None:
    reading = read_report(JOB, None, "n")
    assert (reading.completed, reading.flags) == (False, frozenset())


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"segment": ["other", "code"]},
        {"segment": ["d", "code"]},
        {"segment": 5},
        {"flags": None},
        {"flags": ["nonsense"]},
        {"flags": [[]]},
        {"limit": "patience"},
        {"result": 5},
        {"result": {"repr": 5}},
        {"result": {"json": float("nan")}},
        {"raised": {}},
        {"raised": [1]},
        {"raised": {**GOOD["raised"], "bases": [1]}},
        {"raised": {**GOOD["raised"], "frames": [{**FRAME, "line": 0}]}},
        {"raised": {**GOOD["raised"], "frames": [{**FRAME, "line": True}]}},
        {"raised": {**GOOD["raised"], "frames": [{**FRAME, "atom": "x"}]}},
    ],
)
def test_a_bad_report_is_a_forgery(change: dict[str, Any]) -> None:
    reading = read_report(JOB, json.dumps({**GOOD, **change}).encode(), "n")
    assert not reading.completed
    assert reading.flags == {Flag.REPORT_FORGED}
    assert reading.raised is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"9" * 10_000])
def test_garbage_is_a_forgery(data: bytes) -> None:
    assert read_report(JOB, data, "n").flags == {Flag.REPORT_FORGED}


@pytest.mark.parametrize("number", ["1e999", "-1e999", f"1{'0' * 400}.0"])
def test_a_number_beyond_all_floats_is_a_forgery(number: str) -> None:
    data = json.dumps({**GOOD, "result": {"json": "NUMBER"}}).replace('"NUMBER"', number).encode()
    assert read_report(JOB, data, "n").flags == {Flag.REPORT_FORGED}


def test_an_exception_and_completion_exclude_each_other() -> None:
    assert not read_report(JOB, json.dumps({**GOOD, "completed": True}).encode(), "n").completed


PIECES = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(GOOD)), inner),
    max_leaves=8,
)


@given(st.binary() | PIECES.map(lambda value: json.dumps(value).encode()))
def test_no_report_breaks_the_reader(data: bytes) -> None:
    for language in builtin_languages():
        assert not language.read(JOB, ProcessExit(report=data, exit_code=0)).completed


def test_each_job_has_its_own_word_and_each_run_its_own_secret() -> None:
    nonces = Nonces()
    first, second = make_job("x", trace_id="1"), make_job("x", trace_id="2")
    assert nonces.nonce(first) == nonces.nonce(first) != nonces.nonce(second)
    assert Nonces().nonce(first) != nonces.nonce(first)


def test_composed_python_runs_as_a_script() -> None:
    job = make_job(
        "from __future__ import annotations\ndef f(x: Unknown): return x + k\nresult = f(order)",
        "assert result == 3",
        dependencies={"d": "from __future__ import annotations\nk = one\nresult = 9"},
        inputs={"a": {"order": 2}, "d": {"one": 1}},
    )
    text = PythonLanguage().compose(job)
    assert "# --- dependency of d (plan.yaml:10)" in text
    namespace: dict[str, Any] = {}
    exec(compile(text, "composed", "exec"), namespace)
    assert namespace["result"] == 3
    assert "one" not in namespace


def test_an_unset_value_is_told_from_null() -> None:
    reading = read_report(JOB, json.dumps({**GOOD, "result": {"json": None}}).encode(), "n")
    assert reading.result is not None
    assert reading.result.json is None
    reading = read_report(JOB, json.dumps({**GOOD, "result": {"repr": "nan"}}).encode(), "n")
    assert reading.result is not None
    assert reading.result.json is UNSET
