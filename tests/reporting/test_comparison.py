"""Which change of an outcome is called what."""

from __future__ import annotations

from itertools import product

import pytest

from mge_toolkit.core.results import Outcome
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.comparison import compare
from tests.reporting.samples import make_attempt, make_failure, make_result, make_run

FAILED = (Outcome.FAILED, Outcome.ERROR)
HELD_UP = (Outcome.BLOCKED, Outcome.STOPPED, Outcome.SKIPPED)
GROUPS = ("newly_failing", "newly_passing", "newly_held_up", "not_run_before", "still_failing")
CHANGES = [pair for pair in product(Outcome, Outcome) if pair[0] is not pair[1]]


def expected(before: Outcome, after: Outcome) -> str | None:
    if after in FAILED:
        if before in FAILED:
            return "still_failing"
        return "newly_failing" if before is Outcome.PASSED else "not_run_before"
    if after is Outcome.PASSED:
        return "not_run_before" if before is Outcome.STOPPED else "newly_passing"
    return None if before in HELD_UP else "newly_held_up"


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_a_change_of_the_outcome_is_told_once_at_most(before: Outcome, after: Outcome) -> None:
    def run(outcome: Outcome) -> RunResult:
        failure = None if outcome is Outcome.PASSED else make_failure()
        attempts = () if outcome in HELD_UP else (make_attempt(failure),)
        return make_run(make_result("gross", outcome, *attempts))

    found = compare(run(before), run(after))
    told = [group for group in GROUPS if getattr(found, group)]
    assert told == [one for one in [expected(before, after)] if one]
    assert found.worse == (expected(before, after) in ("newly_failing", "newly_held_up"))
