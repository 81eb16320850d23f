"""What becomes of atoms: failure, blocking, skipping, infrastructure errors, the stop threshold."""

from __future__ import annotations

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.events import AttemptRescheduled
from mge_toolkit.core.plans import UNSET, Expectation, FromAtom
from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Execution, Flag, Outcome, Raised, RetryDecision, Role, Value
from mge_toolkit.plugins.hookspecs import hookimpl
from mge_toolkit.testing import PASSED, failing, make_atom
from tests.engine.conftest import RunFake


def test_atoms_that_end_normally_pass(run_fake: RunFake) -> None:
    observed = run_fake([make_atom("a"), make_atom("b", depends_on=("a",))])
    assert observed.outcomes == {"a": "passed", "b": "passed"}
    assert observed.result.exit_status == 0


def test_a_failure_blocks_its_dependents_and_says_so(run_fake: RunFake) -> None:
    atoms = [make_atom("ok1"), make_atom("ok2"), make_atom("a"), make_atom("b", depends_on=("a",))]
    observed = run_fake(atoms, script={"a": [failing("no")]})
    assert observed.outcomes == {"ok1": "passed", "ok2": "passed", "a": "failed", "b": "blocked"}
    blocked = observed.result.results["b"]
    assert blocked.reason == "needs 'a', which failed"
    assert blocked.blocked_by == "a"
    assert observed.result.exit_status == 1
    assert "b" not in observed.executed


def test_an_infrastructure_error_is_rescheduled_and_does_not_count(run_fake: RunFake) -> None:
    observed = run_fake([make_atom("a")], script={"a": [SandboxError("spawner died"), PASSED]})
    result = observed.result.results["a"]
    assert result.outcome is Outcome.PASSED
    assert [attempt.number for attempt in result.attempts] == [1]
    assert result.evidence == ("spawner died",)
    assert [e.evidence for e in observed.events if isinstance(e, AttemptRescheduled)] == ["spawner died"]
    assert not result.healed


def test_after_two_reschedules_it_is_an_error_and_no_failure(run_fake: RunFake) -> None:
    atoms = [make_atom("a"), make_atom("b", depends_on=("a",))]
    observed = run_fake(atoms, script={"a": [SandboxError("spawner died")]})
    result = observed.result.results["a"]
    assert observed.executed == ["a", "a", "a"]
    assert result.outcome is Outcome.ERROR
    assert result.attempts == ()
    assert result.evidence == ("spawner died",) * 3
    assert observed.outcomes["b"] == "blocked"
    assert observed.result.counts.success_rate is None
    assert observed.result.stop_reason is None
    assert (observed.result.exit_status, observed.result.pytest_exit_status) == (3, 1)


def test_a_sandbox_that_breaks_its_contract_is_an_infrastructure_error(run_fake: RunFake) -> None:
    result = run_fake([make_atom("a")], script={"a": [KeyError("slot")]}).result.results["a"]
    assert result.outcome is Outcome.ERROR
    assert result.reason == "unexpected KeyError in sandbox 'fake': 'slot'"


def test_an_atom_that_is_not_critical_is_given_up_with_its_dependents(run_fake: RunFake) -> None:
    atoms = [make_atom("a", critical=False), make_atom("b", depends_on=("a",)), make_atom("c")]
    observed = run_fake(atoms, script={"a": [failing("no")]})
    assert observed.outcomes == {"a": "skipped", "b": "skipped", "c": "passed"}
    assert observed.result.exit_status == 0


def test_a_wave_below_the_threshold_stops_what_has_not_started(run_fake: RunFake) -> None:
    atoms = [make_atom("a"), make_atom("b"), make_atom("c"), make_atom("d", depends_on=("c",))]
    atoms.append(make_atom("e", depends_on=("d",)))
    observed = run_fake(atoms, script={"a": [failing()], "b": [failing()]}, schedule="waves")
    assert observed.outcomes == {"a": "failed", "b": "failed", "c": "passed", "d": "stopped", "e": "stopped"}
    reason = "wave 0 ended with a success rate of 33%, below the threshold of 50%"
    assert observed.result.stop_reason == reason
    assert observed.result.results["d"].reason == reason


def test_a_wave_at_the_threshold_goes_on(run_fake: RunFake) -> None:
    atoms = [make_atom("a"), make_atom("b"), make_atom("c", depends_on=("b",))]
    observed = run_fake(atoms, script={"a": [failing()]})
    assert observed.outcomes == {"a": "failed", "b": "passed", "c": "passed"}


def test_blocked_atoms_do_not_count_toward_the_threshold(run_fake: RunFake) -> None:
    atoms = [make_atom("ok"), make_atom("bad"), make_atom("x", depends_on=("bad",))]
    atoms += [make_atom("y", depends_on=("bad",)), make_atom("z", depends_on=("ok",))]
    observed = run_fake([*atoms, make_atom("last", depends_on=("z",))], script={"bad": [failing()]})
    assert observed.outcomes["last"] == "passed"


def test_a_dependency_that_fails_inside_a_dependent_is_the_dependencys_failure(run_fake: RunFake) -> None:
    broken = Execution(
        completed=False, exit_code=1, raised=failing("flaky").raised, segment=("a", Role.DEPENDENCY)
    )
    atoms = [make_atom("a"), make_atom("b", depends_on=("a",))]
    result = run_fake(atoms, script={"b": [broken]}).result.results["b"]
    assert result.outcome is Outcome.BLOCKED
    assert result.blocked_by == "a"
    assert result.failure is not None
    assert result.failure.culprit == "a"


def test_a_missing_result_blocks_who_asks_for_it(run_fake: RunFake) -> None:
    atoms = [make_atom("a"), make_atom("b", inputs={"x": FromAtom(atom="a")})]
    no_json = Execution(
        completed=True,
        exit_code=0,
        result=Value(json=UNSET, repr="<object>"),
        flags=frozenset({Flag.RESULT_NOT_JSON}),
    )
    unbound = Execution(completed=True, exit_code=0)
    for answer, why in ((no_json, "has a result that is not JSON: <object>"), (unbound, "bound no 'result'")):
        result = run_fake(atoms, script={"a": [answer]}).result.results["b"]
        assert result.outcome is Outcome.BLOCKED
        assert result.reason == f"input 'x' comes from atom 'a', which {why}"


def test_an_expectation_is_compared_with_the_result(run_fake: RunFake) -> None:
    atoms = [make_atom(name, expect=Expectation(result=3)) for name in ("right", "wrong")]
    answers = {
        name: [Execution(completed=True, exit_code=0, result=Value(json=value))]
        for name, value in (("right", 3), ("wrong", 4))
    }
    observed = run_fake(atoms, script=answers)
    assert observed.outcomes == {"right": "passed", "wrong": "failed"}
    failure = observed.result.results["wrong"].failure
    assert failure is not None
    assert failure.kind == "mismatch"


def test_a_threshold_that_kept_nothing_from_starting_did_not_stop_the_run(run_fake: RunFake) -> None:
    observed = run_fake([make_atom("a"), make_atom("b")], script={"a": [failing()], "b": [failing()]})
    assert observed.outcomes == {"a": "failed", "b": "failed"}
    assert observed.result.stop_reason is None


def test_a_wave_of_one_atom_stops_what_waits_for_a_slot(run_fake: RunFake) -> None:
    atoms = [make_atom("a"), make_atom("b", depends_on=("a",)), make_atom("c", depends_on=("b",))]
    observed = run_fake([*atoms, make_atom("waits")], script={"b": [failing()]}, slots=1)
    assert observed.outcomes == {"a": "passed", "b": "failed", "c": "blocked", "waits": "stopped"}


def test_a_policy_that_raises_costs_one_atom_its_verdict_and_no_other(run_fake: RunFake) -> None:
    class Broken:
        def decide(self, case: RepairCase) -> RetryDecision:
            raise KeyError("policy is broken")

    class Offer:
        @hookimpl
        def mge_retry_policy(self) -> Broken:
            return Broken()

    observed = run_fake([make_atom("a"), make_atom("b")], script={"a": [failing()]}, extra=[Offer()])
    assert observed.outcomes == {"a": "error", "b": "passed"}
    reason = observed.result.results["a"].reason
    assert reason == "internal error (KeyError: 'policy is broken'): please report it"


def test_a_reason_is_one_line(run_fake: RunFake) -> None:
    text = "Traceback (most recent call last):\nAssertionError: first\nsecond\n"
    raised = Raised(type="AssertionError", message="first\nsecond", bases=("Exception",), traceback=text)
    broken = Execution(completed=False, exit_code=1, raised=raised)
    result = run_fake([make_atom("a")], script={"a": [broken]}).result.results["a"]
    assert result.reason == "AssertionError: first"
    assert result.failure is not None
    assert "second" in result.failure.message
