"""Every outcome as pytest shows it, and the exit status: the table of outcomes, in hand-written numbers."""

from __future__ import annotations

import pytest

from tests.pytest_mge.conftest import Sessions

TABLE = """\
masterplan: table
defaults: {max_retries: 1}
components:
  all:
    modules:
      kinds:
        atoms:
          passes: {code: "1"}
          heals: {code: "2"}
          fails: {code: "3"}
          blocked: {code: "4", depends_on: [fails]}
          blocked_too: {code: "5", depends_on: [blocked]}
          given_up: {code: "6", critical: false}
          needs_given_up: {code: "7", depends_on: [given_up]}
          breaks: {code: "8"}
          needs_broken: {code: "9", depends_on: [breaks]}
"""
SCRIPTED = """
SCRIPT = {
    "fails": [failing("always")],
    "given_up": [failing("hopeless")],
    "breaks": [SandboxError("the spawner died")],
}
ANSWER = lambda job: failing("first time") if job.segments[-1].source.text == "2" else PASSED
FIXES = {"heals": ["22"], "fails": ["33"], "given_up": ["66"]}
"""


@pytest.fixture
def table(sessions: Sessions) -> Sessions:
    sessions.plan(TABLE)
    sessions.conftest(SCRIPTED)
    return sessions


def test_each_outcome_on_the_terminal(table: Sessions) -> None:
    result = table.run_plan("-v", "--mge-wave-threshold", "0")
    assert result.ret == 1
    result.assert_outcomes(passed=2, failed=1, skipped=5, errors=1)
    assert result.parseoutcomes()["rerun"] == 3
    lines = [
        "*::passes PASSED *",
        "*::heals RERUN *",
        "*::heals PASSED *",
        "*::fails RERUN *",
        "*::fails FAILED *",
        "*::blocked SKIPPED (blocked: needs 'fails', which failed)*",
        "*::blocked_too SKIPPED (blocked: needs 'fails', which failed (thr*",
        "*::given_up RERUN *",
        "*::given_up SKIPPED (given up (*",
        "*::needs_given_up SKIPPED (needs 'given_up', which was skipped)*",
        "*::breaks ERROR *",
        "*::needs_broken SKIPPED (blocked: needs 'breaks', which could not be executed)*",
    ]
    for line in lines:
        result.stdout.fnmatch_lines([line])


def test_reruns_are_reported_with_the_final_report(table: Sessions) -> None:
    result = table.run_plan("-v", "-k", "heals")
    seen = [line.split()[1] for line in result.outlines if line.startswith("plan.yaml::")]
    assert seen == ["RERUN", "PASSED"]
    assert result.ret == 0


@pytest.mark.parametrize(
    ("selected", "status"),
    [("passes", 0), ("heals", 0), ("given_up", 0), ("fails", 1), ("breaks", 1), ("needs_broken", 1)],
)
def test_exit_status(table: Sessions, selected: str, status: int) -> None:
    assert table.run_plan("-k", selected, "--mge-wave-threshold", "0").ret == status


def test_a_session_that_only_blocks_is_not_green(sessions: Sessions) -> None:
    sessions.plan("atoms: {one: {code: pass}, two: {code: pass, input: {x: {from: one}}}}")
    sessions.conftest("SCRIPT = {'one': [Execution(completed=True, exit_code=0)]}")
    result = sessions.run_plan("-rs")
    result.assert_outcomes(passed=1, skipped=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["SKIPPED * plan.yaml:1: blocked: input 'x' comes from atom 'one', which *"])


def test_no_atoms_selected_is_no_tests_collected(sessions: Sessions) -> None:
    assert sessions.run_plan("-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_an_infrastructure_error_is_an_error_in_setup_with_its_evidence(table: Sessions) -> None:
    result = table.run_plan("-k", "breaks")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "* ERROR at setup of all.kinds.breaks *",
            "E   the spawner died",
            "plan.yaml:15: the spawner died",
            "ERROR plan.yaml::all::kinds::breaks - the spawner died",
        ]
    )


def test_markers_of_a_conftest_hold_for_atoms(sessions: Sessions) -> None:
    sessions.conftest(
        "SCRIPT = {'total': [failing('no')]}\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        if item.name == 'tax': item.add_marker(pytest.mark.skip(reason='not today'))\n"
        "        if item.name == 'total': item.add_marker(pytest.mark.xfail(reason='known'))\n"
    )
    result = sessions.run_plan("-rsx", "--mge-wave-threshold", "0")
    result.assert_outcomes(passed=3, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["SKIPPED * not today", "XFAIL *total*known*"])
    assert result.ret == 0


def test_a_stop_of_the_run_is_said_and_is_not_green(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'loose': [failing('no')], 'total': [failing('no')]}")
    result = sessions.run_plan("--mge-schedule", "waves")
    result.assert_outcomes(passed=1, failed=2, skipped=2)
    result.stdout.fnmatch_lines(
        ["stopped early: wave 0 ended with a success rate of 33%, below the threshold of 50%"]
    )


def test_a_threshold_that_stopped_nothing_is_not_said_to_have(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'tax': [failing('no')], 'total': [failing('no')]}")
    result = sessions.run_plan("--mge-schedule", "waves")
    result.assert_outcomes(passed=1, failed=2, skipped=2)
    assert "stopped early" not in result.stdout.str()


@pytest.mark.parametrize("options", [(), ("-n1",), ("-p", "no:xdist", "--stepwise")])
def test_an_atom_that_a_marker_skips_is_reported(sessions: Sessions, options: tuple[str, ...]) -> None:
    sessions.conftest(
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        if item.name == 'tax': item.add_marker(pytest.mark.skip(reason='not today'))\n"
    )
    result = sessions.run_plan(*options)
    result.assert_outcomes(passed=4, skipped=1)
    assert "not reported" not in result.stdout.str()


def test_an_atom_that_is_expected_to_fail_counts_toward_its_waves_rate(sessions: Sessions) -> None:
    sessions.conftest(
        "SCRIPT = {'total': [failing('no')], 'loose': [failing('no')]}\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        if item.name in SCRIPT: item.add_marker(pytest.mark.xfail(reason='known'))\n"
    )
    result = sessions.run_plan("--mge-schedule", "waves")
    result.assert_outcomes(passed=1, xfailed=2, skipped=2)
    result.stdout.fnmatch_lines(["stopped early: wave 0 ended with a success rate of 33%*"])
