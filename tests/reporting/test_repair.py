from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.plans import Atom, Source
from mge_toolkit.core.results import Attempt, ExecutionResult, Outcome, RetryDecision, Spending, Strategy
from mge_toolkit.reporting.repair import code_diff, repair_summary, spending_text
from tests.reporting.samples import CODE, make_attempt, make_failure, make_gross, make_plan, make_result

FIXED = CODE.replace("* rate", "* (1 + rate)")


def healed(atom_id: str = "gross", spending: Spending | None = None) -> ExecutionResult:
    second = replace(make_attempt(number=2, source="search", code=FIXED), spending=spending)
    return make_result(atom_id, Outcome.PASSED, make_attempt(make_failure()), second)


def left_to_a_person(strategy: Strategy = Strategy.MANUAL, **fields: object) -> ExecutionResult:
    decision = RetryDecision(strategy=strategy, confidence=1.0, reason="no model is configured")
    return make_result(
        "net", Outcome.FAILED, replace(make_attempt(make_failure()), decision=decision), **fields
    )


def test_a_diff_names_the_code_and_shows_what_changed() -> None:
    assert code_diff(make_gross(), CODE, FIXED, "healed by search") == [
        "--- plan.yaml:10 gross",
        "+++ plan.yaml:10 gross (healed by search)",
        "@@ -1,3 +1,3 @@",
        " def gross(net):",
        "     rate = 0.21",
        "-    return net * rate",
        "+    return net * (1 + rate)",
    ]


def test_equal_code_has_no_diff() -> None:
    assert code_diff(make_gross(), CODE, CODE) == []


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("x\u00a0= 1", "x = 1", ["-x\\xa0= 1", "+x = 1"]),
        ("x\u200b = 1\n", "x = 1\n", ["-x\\u200b = 1", "+x = 1"]),
        ("\tx\n", "    x\n", ["-\\tx", "+    x"]),
        ("\tx\n", "\ty\n", ["-\tx", "+\ty"]),
        ("x\r\n", "x\n", ["-x\\r", "+x"]),
        ("print('\x1b[2J')\n", "x\n", ["-print('\\x1b[2J')", "+x"]),
        ("'\ud800'\n", "''\n", ["-'\\ud800'", "+''"]),
        ("x\n", "x", ["-x", "+x", "\\ No newline at end of file"]),
        ("x", "y", ["-x", "+y"]),
    ],
)
def test_what_cannot_be_seen_is_escaped(before: str, after: str, lines: list[str]) -> None:
    assert code_diff(make_gross(), before, after)[3:] == lines


@given(before=st.text(), after=st.text())
def test_any_two_codes_can_be_compared(before: str, after: str) -> None:
    lines = code_diff(make_gross(), before, after)
    assert bool(lines) == (before != after)
    assert not any("\n" in line or "\x1b" in line for line in lines)


def test_a_summary_names_what_there_is() -> None:
    results = {
        "gross": healed(spending=Spending(input_tokens=1000, output_tokens=100, usd=0.036)),
        "net": left_to_a_person(),
        "coin": make_result("coin", Outcome.PASSED, make_attempt(make_failure()), make_attempt(), flaky=True),
    }
    said = "healed 1 · flaky 1 · manual 1 · $0.04 · 1 passed only because of healed code"
    assert repair_summary(results) == said


def test_dependents_of_healed_atoms_passed_only_because_of_them() -> None:
    atoms = [
        make_gross(),
        Atom(id="invoice", code=Source(text=""), depends_on=("gross",)),
        Atom(id="book", code=Source(text=""), depends_on=("invoice",)),
        Atom(id="failing", code=Source(text=""), depends_on=("gross",)),
        Atom(id="after", code=Source(text=""), depends_on=("failing",)),
        Atom(id="alone", code=Source(text="")),
    ]
    results = {atom.id: make_result(atom.id, Outcome.PASSED, make_attempt()) for atom in atoms}
    results["gross"] = healed()
    results["failing"] = make_result("failing", Outcome.FAILED, make_attempt(make_failure()))
    results["after"] = make_result("after", Outcome.BLOCKED)
    said = repair_summary(results, make_plan(*atoms))
    assert said == "healed 1 · 3 passed only because of healed code"


@pytest.mark.parametrize(
    "result",
    [
        make_result("gross", Outcome.PASSED, make_attempt()),
        make_result("gross", Outcome.BLOCKED),
        make_result("gross", Outcome.FAILED, make_attempt(make_failure())),
        replace(left_to_a_person(Strategy.SKIP), outcome=Outcome.SKIPPED),
    ],
)
def test_a_run_without_repairs_has_nothing_to_sum_up(result: ExecutionResult) -> None:
    assert repair_summary({"gross": result}) == ""


@pytest.mark.parametrize(
    ("spending", "text"),
    [
        (Spending(usd=0.0), "$0.00"),
        (Spending(usd=0.0042), "<$0.01"),
        (Spending(usd=0.0362), "$0.04"),
        (Spending(usd=1234.5), "$1,234.50"),
        (Spending(input_tokens=1200, output_tokens=34, usd=None), "1,234 tokens of unknown price"),
    ],
)
def test_costs_are_dollars_or_tokens(spending: Spending, text: str) -> None:
    assert spending_text(spending) == text


def test_spending_of_every_attempt_counts() -> None:
    attempt: Attempt = replace(make_attempt(make_failure()), spending=Spending(output_tokens=5, usd=0.02))
    results = {"a": make_result("a", Outcome.FAILED, attempt, attempt)}
    assert repair_summary(results) == "$0.04"
