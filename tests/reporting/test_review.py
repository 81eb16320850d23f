from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mge_toolkit.core.plans import Expectation, FromAtom
from mge_toolkit.core.results import (
    Attempt,
    ExecutionResult,
    Outcome,
    RetryDecision,
    Spending,
    Strategy,
    Trial,
)
from mge_toolkit.reporting.review import ReviewItem, ReviewReason, review_item, review_items
from mge_toolkit.reporting.review_text import review_lines, review_title
from tests.reporting.samples import (
    CODE,
    make_attempt,
    make_failure,
    make_gross,
    make_plan,
    make_result,
    stream,
)

FIXED = CODE.replace("* rate", "* (1 + rate)")
MANUAL = RetryDecision(strategy=Strategy.MANUAL, confidence=1.0, reason="no model is configured")
FAILED = make_attempt(make_failure(cause="21 is not 121", hint="add the price"), stdout=stream("hello"))


def second(confidence: float = 0.4, **fields: object) -> Attempt:
    attempt = make_attempt(number=2, source="search", code=FIXED)
    return replace(attempt, explanation="added 1 on line 3", confidence=confidence, **fields)  # type: ignore[arg-type]


def items(result: ExecutionResult, threshold: float = 0.6) -> tuple[ReviewItem, ...]:
    atom = make_gross(
        component="catalog",
        module="pricing",
        description="The price.",
        depends_on=("tax",),
        inputs={"n": 1, "m": FromAtom(atom="net")},
        expect=Expectation(result=121.0),
    )
    return review_items(make_plan(atom), {"gross": result}, threshold=threshold)


def only(result: ExecutionResult) -> ReviewItem:
    (item,) = items(result)
    return item


def test_a_guess_is_to_be_reviewed_with_all_that_is_known() -> None:
    spending = Spending(input_tokens=9, usd=0.02)
    item = only(make_result("gross", Outcome.PASSED, FAILED, second(spending=spending)))
    assert (item.why, item.outcome, item.passed) == (ReviewReason.DOUBTFUL, "passed", True)
    assert (item.original, item.proposed, item.source) == (CODE, FIXED, "search")
    assert (item.explanation, item.confidence, item.spending) == ("added 1 on line 3", 0.4, spending)
    assert item.diff[-1] == "+    return net * (1 + rate)"
    assert (item.dependencies, item.inputs) == (("tax", "net"), {"n": 1, "m": {"from": "net"}})
    assert (item.check, item.expect) == ("assert gross(100) == 121\n", {"result": 121.0})
    assert item.failure is not None
    assert (item.failure.where, item.failure.cause) == ("plan.yaml:14:15", "21 is not 121")
    assert [one.failure for one in item.attempts] == ["runtime/assertion: gross(100) == 121", None]


@pytest.mark.parametrize(("confidence", "number"), [(0.59, 1), (0.6, 0), (0.99, 0)])
def test_a_sure_repair_is_not(confidence: float, number: int) -> None:
    assert len(items(make_result("gross", Outcome.PASSED, FAILED, second(confidence)))) == number


def test_what_is_left_to_a_person_is_to_be_reviewed() -> None:
    item = only(make_result("gross", Outcome.FAILED, replace(FAILED, decision=MANUAL)))
    assert (item.why, item.reason, item.proposed) == (ReviewReason.MANUAL, "no model is configured", None)


def test_the_furthest_code_is_shown_with_its_own_failure() -> None:
    last = second(failure=make_failure(message="still"), decision=MANUAL)
    item = only(make_result("gross", Outcome.FAILED, FAILED, last))
    assert (item.proposed, item.passed) == (FIXED, False)
    assert item.proposed_failure is not None
    assert item.proposed_failure.message == "still"


def test_code_that_passed_and_was_refused_is_shown_with_the_reason() -> None:
    trial = Trial(code="gamed", source="llm", explanation="simpler", refusal="deletes an assertion")
    last = second(failure=make_failure(), decision=MANUAL, trials=(trial,))
    item = only(make_result("gross", Outcome.FAILED, FAILED, last))
    assert (item.proposed, item.refusal, item.source) == ("gamed", "deletes an assertion", "llm")
    assert not item.passed
    assert any("it passes, but was refused: it deletes an assertion" in line for line in review_lines(item))
    told = review_title(item)
    assert told.endswith("; what is proposed passed, but was refused: it deletes an assertion")
    said = replace(item, reason="what passed was refused: it deletes an assertion")
    assert review_title(said).count("refused") == 1


def test_a_flaky_atom_is_to_be_reviewed_and_proposes_nothing() -> None:
    item = only(make_result("gross", Outcome.PASSED, FAILED, make_attempt(number=2), flaky=True))
    assert (item.why, item.proposed) == (ReviewReason.FLAKY, None)


@pytest.mark.parametrize(
    "result",
    [
        make_result("gross", Outcome.PASSED, make_attempt()),
        make_result("gross", Outcome.BLOCKED, blocked_by="tax"),
        make_result("gross", Outcome.FAILED, FAILED),
    ],
)
def test_nothing_else_is(result: ExecutionResult) -> None:
    assert items(result) == ()


def test_an_item_survives_json() -> None:
    last = second(failure=make_failure(message="lone \ud800"), decision=MANUAL)
    for result in (
        make_result("gross", Outcome.FAILED, FAILED, last),
        make_result("gross", Outcome.PASSED, FAILED, make_attempt(number=2), flaky=True),
    ):
        item = only(result)
        assert review_item(json.loads(json.dumps(item.to_data(), allow_nan=False))) == item


def test_an_item_reads_from_what_failed_to_what_is_asked() -> None:
    item = only(make_result("gross", Outcome.PASSED, FAILED, second()))
    text = "\n".join(review_lines(item))
    order = [
        "plan.yaml:8, python, passed: healed, but by a guess of confidence 0.40",
        "The price.",
        "the plan's code failed at plan.yaml:14:15: runtime/assertion: gross(100) == 121",
        "cause: 21 is not 121",
        "hint: add the price",
        ">   14 | assert gross(100) == 121",
        "hello",
        "proposed by search, confidence 0.40: added 1 on line 3",
        "+    return net * (1 + rate)",
        "check:",
        'expect: {"result": 121.0}',
        "needs: tax, net",
        "  2  search: passed",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert review_title(item).startswith("doubtful  gross (catalog.pricing): healed")


def test_an_item_without_a_proposal_shows_the_code() -> None:
    item = only(make_result("gross", Outcome.FAILED, replace(FAILED, decision=MANUAL)))
    assert "     1 | def gross(net):" in review_lines(item)


def test_nothing_in_an_item_drives_the_terminal() -> None:
    item = only(make_result("gross", Outcome.PASSED, FAILED, second()))
    evil = replace(
        item, diff=("\x1b[2J",), check="\x1b", explanation="\x1b]0;x\x07", original="\x9b", description="\x1b"
    )
    assert "\x1b" not in "".join([*review_lines(evil), review_title(evil)])
