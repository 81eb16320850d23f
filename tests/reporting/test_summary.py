from __future__ import annotations

from dataclasses import replace

from mge_toolkit.core.results import Category, Isolation, Outcome, Protection
from mge_toolkit.core.runs import Counts
from mge_toolkit.reporting.summary import counts_text, not_passed, outcome_line, path_text, summary_lines
from tests.reporting.samples import make_attempt, make_failure, make_gross, make_plan, make_result, make_run


def test_the_summary_of_a_run() -> None:
    passed = make_result("gross", Outcome.PASSED, make_attempt())
    failed = make_result("net", Outcome.FAILED, make_attempt(make_failure()))
    run = make_run(
        passed, failed, critical_path=("gross", "net"), critical_path_time=0.5, stop_reason="enough"
    )
    assert summary_lines(run, make_plan(make_gross(), make_gross(id="net"))) == [
        "wave 0: 2 atoms in 0.50 s: 1 passed, 1 failed (success rate 50%); parallelism 1.50 of 2",
        "2 slots, 1.50 busy on average; schedule: ready",
        "critical path: 0.50 s: gross -> net",
        "isolation: local, full",
        "stopped early: enough",
        "2 atoms in 0.50 s: 1 passed, 1 failed",
    ]


def test_of_many_waves_only_the_first_have_a_line() -> None:
    run = make_run(make_result("gross", Outcome.PASSED, make_attempt()))
    lines = summary_lines(replace(run, waves=run.waves * 50), make_plan(make_gross()))
    assert sum(line.startswith("wave ") for line in lines) == 20
    assert "... and 30 more waves" in lines


def test_missing_protections_are_named_with_their_reason() -> None:
    isolation = Isolation(
        sandbox="local",
        mechanisms={Protection.NETWORK: "seccomp"},
        missing={Protection.MEMORY: "no writable cgroup"},
    )
    run = make_run(make_result("gross", Outcome.PASSED, make_attempt()), isolation=isolation)
    assert "  no memory: no writable cgroup" in summary_lines(run, make_plan(make_gross()))


def test_only_outcomes_that_occurred_are_counted() -> None:
    assert counts_text(Counts(passed=3, healed=1, stopped=2)) == "3 passed (1 healed), 2 stopped"
    assert counts_text(Counts()) == "nothing ran"


def test_a_long_path_is_cut_in_its_middle() -> None:
    names = tuple(f"a{number}" for number in range(10))
    assert path_text(names) == "a0 -> a1 -> a2 -> (4 more) -> a7 -> a8 -> a9"
    assert path_text(names[:2]) == "a0 -> a1"


def test_an_outcome_is_one_line_whatever_the_message_holds() -> None:
    failure = make_failure(category=Category.TIMEOUT, kind="timeout", message="first\nsecond\x1b[0m")
    assert outcome_line(make_result("gross", Outcome.FAILED, make_attempt(failure))) == (
        "failed  gross: timeout: first"
    )


def test_a_healed_atom_says_so() -> None:
    result = make_result("gross", Outcome.PASSED, make_attempt(make_failure()), make_attempt(number=2))
    assert "healed by attempt 2" in outcome_line(result)


def test_own_failures_stand_before_what_they_hold_up() -> None:
    results = [
        make_result("a", Outcome.STOPPED),
        make_result("b", Outcome.BLOCKED),
        make_result("c", Outcome.FAILED),
        make_result("d", Outcome.PASSED),
        make_result("e", Outcome.ERROR),
    ]
    assert [result.atom_id for result in not_passed(results)] == ["e", "c", "b", "a"]
