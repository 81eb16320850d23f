from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from mge_toolkit.core.results import (
    Outcome,
    Raised,
    RetryDecision,
    Spending,
    Strategy,
    Trial,
    Usage,
    Value,
    Work,
)
from mge_toolkit.reporting.document import run_document
from tests.reporting.samples import (
    WHEN,
    make_attempt,
    make_failure,
    make_gross,
    make_plan,
    make_result,
    make_run,
    stream,
)


def test_a_failed_atom_has_its_failure_its_attempts_and_its_place() -> None:
    attempt = make_attempt(
        make_failure(), stdout=stream("hi", total=9), exit_code=1, raised=Raised(type="E", message="m")
    )
    attempt = replace(
        attempt, decision=RetryDecision(strategy=Strategy.MANUAL, confidence=1.0, reason="no more")
    )
    result = make_result(
        "gross", Outcome.FAILED, attempt, component="catalog", module="pricing", reason="why"
    )
    (atom,) = run_document(make_run(result), make_plan(make_gross()))["atoms"]
    assert atom["category"] == "runtime"
    assert atom["kind"] == "assertion"
    assert atom["message"] == "gross(100) == 121"
    assert atom["position"] == {"file": "plan.yaml", "line": 14, "column": 15}
    assert atom["defined_at"] == {"file": "plan.yaml", "line": 8}
    assert (atom["component"], atom["module"], atom["reason"]) == ("catalog", "pricing", "why")
    (shown,) = atom["attempts"]
    assert shown["stdout"] == {"text": "hi", "bytes": 9, "truncated": True}
    assert shown["usage"] == {"wall": 0.25, "cpu": 0.125, "peak_memory": 8 * 1024**2}
    assert shown["started_at"] == WHEN.isoformat()
    assert shown["decision"]["strategy"] == "manual"
    assert shown["failure"]["role"] == "check"
    assert shown["isolation"] == "full"


def test_an_exception_is_kept_whole() -> None:
    raised = Raised(type="E", message="one\ntwo", bases=("B",), traceback="stack\nE: one\ntwo")
    attempt = make_attempt(make_failure(message="E: one\ntwo"), raised=raised)
    result = make_result("gross", Outcome.FAILED, attempt)
    (atom,) = run_document(make_run(result), make_plan(make_gross()))["atoms"]
    assert atom["message"] == "E: one\ntwo"
    assert atom["attempts"][0]["raised"] == {
        "type": "E",
        "bases": ["B"],
        "message": "one\ntwo",
        "traceback": "stack\nE: one\ntwo",
    }
    passed = make_result("gross", Outcome.PASSED, make_attempt())
    assert (
        run_document(make_run(passed), make_plan(make_gross()))["atoms"][0]["attempts"][0]["raised"] is None
    )


def test_a_null_result_differs_from_none_at_all_and_from_one_that_is_no_json() -> None:
    plan = make_plan(make_gross())

    def shown(value: Value | None) -> object:
        result = make_result("gross", Outcome.PASSED, make_attempt(result=value))
        return run_document(make_run(result), plan)["atoms"][0]["result"]

    assert shown(None) is None
    assert shown(Value(json=None)) == {"json": None}
    assert shown(Value(repr="<object>")) == {"repr": "<object>"}


def test_trials_spending_and_causes_are_kept() -> None:
    usage = Usage(wall=1.0, cpu=0.5)
    trial = Trial(code="c", source="names", explanation="e", refusal="r", usage=usage)
    work = Work(started_at=datetime(2026, 11, 9, tzinfo=UTC), slot=1, wall=0.5)
    spending = Spending(input_tokens=3, usd=None)
    failure = make_failure(cause="why", column=4)
    attempt = replace(make_attempt(failure), trials=(trial,), work=(work,), spending=spending)
    result = make_result("gross", Outcome.FAILED, attempt, attempt, flaky=True)
    (atom,) = run_document(make_run(result), make_plan(make_gross()))["atoms"]
    assert (atom["flaky"], atom["spending"]["input_tokens"], atom["spending"]["usd"]) == (True, 6, None)
    shown = atom["attempts"][0]
    assert (shown["failure"]["cause"], shown["failure"]["column_in_part"]) == ("why", 4)
    assert shown["spending"]["cache_read_tokens"] == 0
    assert shown["confidence"] == 1.0
    assert shown["trials"] == [
        {
            "source": "names",
            "explanation": "e",
            "code": "c",
            "accepted": False,
            "failure": None,
            "refusal": "r",
            "usage": {"wall": 1.0, "cpu": 0.5, "peak_memory": None},
        }
    ]
    assert shown["work"] == [{"started_at": "2026-11-09T00:00:00+00:00", "slot": 1, "wall": 0.5}]


def test_a_blocked_atom_has_no_attempt_but_a_reason() -> None:
    result = make_result("gross", Outcome.BLOCKED, reason="needs 'net'", blocked_by="net")
    (atom,) = run_document(make_run(result), make_plan(make_gross()))["atoms"]
    assert (atom["attempts"], atom["blocked_by"], atom["position"]) == ([], "net", None)


def test_the_whole_survives_json_whatever_programs_wrote() -> None:
    attempt = make_attempt(make_failure(message="lone \ud800 surrogate"), stdout=stream("\x00\x1b"))
    run = make_run(make_result("gross", Outcome.FAILED, attempt))
    document = run_document(run, make_plan(make_gross()))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["format"] == 1
    assert document["counts"]["success_rate"] == 0.0
    assert document["waves"][0]["parallelism"] == 1.5
