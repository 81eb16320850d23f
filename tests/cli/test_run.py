"""``mge run`` on a scripted sandbox: outcomes, exit statuses, the report."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.results import Execution, Frame, Raised, Role, Value
from mge_toolkit.testing import FixerPlugin, ScriptedFixer, failing
from tests.cli.support import Commands, Script

ONE = "atoms: {one: {code: 'pass'}}\n"


@pytest.mark.parametrize(
    ("script", "status", "verdict"),
    [
        ({}, 0, "4 passed"),
        ({"second": [failing()]}, 1, "2 passed, 1 failed, 1 blocked"),
        ({"first": [SandboxError("the wall fell")]}, 3, "1 passed, 2 blocked, 1 error"),
    ],
)
def test_the_exit_status_says_what_became_of_the_run(
    commands: Commands, script: Script, status: int, verdict: str
) -> None:
    ended = commands.run(commands.plan(), "--wave-threshold", "0", script=script)
    assert ended.status == status
    assert verdict in ended.out.splitlines()[-1]
    assert ended.err == ""


def test_an_atom_that_is_given_up_on_does_not_fail_the_run(commands: Commands) -> None:
    plan = commands.plan("atoms: {one: {critical: false, code: pass}, two: {code: pass}}\n")
    ended = commands.run(plan, "--wave-threshold", "0", script={"one": [failing()]})
    assert ended.status == 0
    assert "1 passed, 1 skipped" in ended.out


def test_a_failure_is_shown_with_its_source_and_what_it_held_up(commands: Commands) -> None:
    frames = (Frame(atom_id="first", role=Role.DEPENDENCY, line=2, function="one"),)
    raised = Raised(type="ValueError", message="no", bases=("Exception",), frames=frames)
    ended = commands.run(
        commands.plan(),
        "--wave-threshold",
        "0",
        script={"first": [Execution(completed=False, raised=raised)]},
    )
    lines = ended.out.splitlines()
    assert any(line.startswith("failed  first: ") for line in lines)
    assert any("plan.yaml:" in line and line.startswith("-- ") and "first failed" in line for line in lines)
    assert "blocked: second, third: needs 'first'" in lines


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "which bound no 'result'"),
        (Value(repr="<object>"), "which has a result that is not JSON: <object>"),
    ],
)
def test_an_atom_whose_input_is_no_use_says_why(commands: Commands, value: Value | None, why: str) -> None:
    plan = commands.plan(
        "atoms:\n"
        "  odd: {code: pass}\n"
        "  user: {code: pass, input: {n: {from: odd}}}\n"
        "  later: {code: pass, depends_on: user}\n"
    )
    ended = commands.run(
        plan, "--wave-threshold", "0", script={"odd": [Execution(completed=True, result=value)]}
    )
    lines = ended.out.splitlines()
    assert any(line.startswith("blocked: user: input 'n'") and line.endswith(why) for line in lines), lines
    assert not any(line.startswith("blocked: user: needs") for line in lines)


def test_a_message_of_several_lines_is_shown_once(commands: Commands) -> None:
    raised = Raised(
        type="ValueError",
        message="one\ntwo",
        bases=("Exception", "BaseException"),
        traceback="ValueError: one\ntwo\na note\n",
    )
    ended = commands.run(
        commands.plan("atoms: {one: {code: pass, critical: false}}\n"),
        script={"one": [Execution(completed=False, raised=raised, segment=("one", Role.CODE))]},
    )
    lines = ended.out.splitlines()
    assert "runtime/value: ValueError: one" in lines
    assert [line.strip() for line in lines].count("two") == 1
    assert [line.strip() for line in lines].count("a note") == 1
    assert any(line.startswith("skipped: given up") and line.endswith("ValueError: one") for line in lines)


def test_a_broken_sandbox_is_reported_with_its_evidence(commands: Commands) -> None:
    ended = commands.run(commands.plan(ONE), script={"one": [SandboxError("the wall fell")]})
    assert "again   one: the sandbox failed under it: the wall fell" in ended.out
    assert "got no verdict" in ended.out
    assert "the sandbox failed 3 times: the wall fell" in ended.out


def test_a_run_below_the_threshold_stops_and_says_why(commands: Commands) -> None:
    plan = commands.plan("atoms: {a: {code: pass}, b: {depends_on: a, code: pass}, c: {code: pass}}\n")
    script: Script = {"c": [failing()], "a": [0.01]}
    ended = commands.run(plan, "--schedule", "waves", "--wave-threshold", "60%", script=script)
    assert ended.status == 1
    assert "stopped early: wave 0 ended with a success rate of 50%, below the threshold of 60%" in ended.out
    assert "stopped: b: " in ended.out


def test_selected_atoms_bring_what_they_need(commands: Commands) -> None:
    ended = commands.run(commands.plan(), "--atoms", "second", "--atoms", "alone,second", "-v")
    assert ended.status == 0
    passed = {line.split()[1] for line in ended.out.splitlines() if line.startswith("passed ")}
    assert passed == {"first", "second", "alone"}


def test_an_unknown_atom_is_named_with_what_was_meant(commands: Commands) -> None:
    ended = commands.run(commands.plan(), "--atoms", "secnd")
    assert (ended.status, ended.out) == (4, "")
    assert ended.err == "mge: masterplan 'chain' has no atom 'secnd' (did you mean 'second'?)\n"


def test_a_healed_atom_is_counted_and_its_attempts_are_kept(commands: Commands) -> None:
    fixer = FixerPlugin(ScriptedFixer({"one": ["x = 1"]}))
    passed, failed = Execution(completed=True, result=Value(json=None)), failing("as it was")
    script: Script = {"one": [failed, passed, failed, passed]}
    ended = commands.run(commands.plan(ONE), "-v", script=script, plugins=[fixer])
    assert ended.status == 0
    assert "passed  one (healed by attempt 2)" in ended.out
    assert "1 passed (1 healed)" in ended.out


def test_attempts_before_the_last_are_named_in_the_report(commands: Commands) -> None:
    fixer = FixerPlugin(ScriptedFixer({"one": ["x = 1"]}, name="guess"))
    script: Script = {"one": [failing("first try"), failing("second try")]}
    ended = commands.run(commands.plan(ONE), "--wave-threshold", "0", script=script, plugins=[fixer])
    assert "attempt 1 by plan: runtime/assertion: AssertionError: first try" in ended.out
    assert "attempt 2 by guess:" in ended.out
    assert "second try" in ended.out


def test_only_so_many_failures_are_shown_in_full(commands: Commands) -> None:
    atoms = "".join(f"  a{number}: {{code: pass}}\n" for number in range(5))
    plan = commands.plan(f"atoms:\n{atoms}")
    script = {f"a{number}": [failing()] for number in range(5)}

    def shown(*words: str) -> int:
        ended = commands.run(plan, *words, "--wave-threshold", "0", script=script)
        return ended.out.count("\nused: ")

    assert shown() == 5
    assert shown("--show-failures", "2") == 2
    assert shown("--show-failures", "all") == 5
    assert "... 3 more not shown" in commands.run(plan, "--show-failures", "2", script=script).out


def test_quiet_prints_only_the_summary(commands: Commands) -> None:
    ended = commands.run(commands.plan(), "-q", script={"second": [failing()]})
    assert ended.status == 1
    assert "-- summary" in ended.out.splitlines()[1]
    assert "failed  second" not in ended.out


def test_samples_of_tasks_are_summed_up_as_pass_at_k(commands: Commands) -> None:
    atoms = "".join(f"  s{number}: {{sample_of: task, code: pass}}\n" for number in range(5))
    script = {f"s{number}": [failing()] for number in range(3)}
    ended = commands.run(commands.plan(f"atoms:\n{atoms}"), "--wave-threshold", "0", script=script)
    assert (
        "pass@1: 40.0%, pass@2: 70.0%, pass@5: 100.0% (1 task, 5 samples, first attempts only)" in ended.out
    )


@pytest.mark.parametrize("words", [["--slots", "3"], ["--schedule", "sequential"], ["--timeout", "5"]])
def test_settings_reach_the_run(commands: Commands, words: Sequence[str]) -> None:
    ended = commands.run(commands.plan(), *words)
    assert ended.status == 0
    slots = {"--slots": "3 slots", "--schedule": "1 slot"}.get(words[0], "slot")
    assert f"on {slots}" in ended.out or words[0] == "--timeout"
