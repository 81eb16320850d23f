"""Choosing atoms: keywords, markers, deselection, and what ran or failed before."""

from __future__ import annotations

import json

import pytest

from tests.pytest_mge.conftest import Sessions, node_ids

GROSS_FAILS = "SCRIPT = {'gross': [failing('no')]}"


@pytest.mark.parametrize(
    ("option", "expression", "expected"),
    [
        ("-k", "gross", ["gross"]),
        ("-k", "pricing and not net", ["tax", "gross"]),
        ("-k", "javascript", ["total"]),
        ("-m", "mge", ["tax", "gross", "net", "total", "loose"]),
        ("-m", "python", ["tax", "gross", "net", "loose"]),
        ("-m", "javascript or pricing", ["tax", "gross", "net", "total"]),
        ("-m", "cart", ["total"]),
        ("-m", "not mge", []),
    ],
)
def test_keywords_and_markers(sessions: Sessions, option: str, expression: str, expected: list[str]) -> None:
    result = sessions.run_plan("--collect-only", "-q", "--strict-markers", option, expression)
    assert [name.rpartition("::")[2] for name in node_ids(result)] == expected


def test_names_that_mean_something_to_others_make_no_markers(sessions: Sessions) -> None:
    sessions.plan(
        "components: {skip: {modules: {xfail: {atoms: {one: {code: pass}}}}},"
        " usefixtures: {atoms: {two: {code: pass}}}, _private: {atoms: {three: {code: pass}}}}"
    )
    sessions.run_plan("--strict-markers").assert_outcomes(passed=3)
    assert len(node_ids(sessions.run_plan("--collect-only", "-q", "-k", "xfail"))) == 1


def test_the_marker_is_documented(sessions: Sessions) -> None:
    sessions.run("--markers").stdout.fnmatch_lines(["@pytest.mark.mge(language, component, module):*"])


def test_deselect(sessions: Sessions) -> None:
    result = sessions.run_plan("--deselect", "plan.yaml::catalog")
    result.assert_outcomes(passed=2, deselected=3)


def test_a_selected_atom_brings_what_it_needs_unreported(sessions: Sessions) -> None:
    sessions.conftest(
        "def pytest_mge_event(config, event):\n"
        "    if type(event).__name__ == 'AtomFinished': print('ran', event.result.atom_id)\n"
    )
    result = sessions.run_plan("-k", "net", "-s")
    result.assert_outcomes(passed=1, deselected=4)
    assert [line for line in result.outlines if line.startswith("ran ")] == [
        "ran tax",
        "ran gross",
        "ran net",
    ]


def test_a_failing_atom_that_was_not_selected_fails_the_selected_one(sessions: Sessions) -> None:
    sessions.conftest(GROSS_FAILS)
    result = sessions.run_plan("-k", "net")
    result.assert_outcomes(failed=1, deselected=4)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["E   blocked: needs 'gross', which failed", "*plan.yaml:1*: in the code*", "E * AssertionError: no"]
    )


def test_blocked_atoms_stay_in_last_failed(sessions: Sessions) -> None:
    sessions.conftest(GROSS_FAILS)
    sessions.run_plan("--mge-wave-threshold", "0").assert_outcomes(passed=3, failed=1, skipped=1)
    result = sessions.run_plan("--lf", "-v", "--mge-wave-threshold", "0")
    result.assert_outcomes(failed=1, skipped=1, deselected=3)
    sessions.conftest("")
    sessions.run_plan("--lf").assert_outcomes(passed=2, deselected=3)
    sessions.run_plan("--lf").assert_outcomes(passed=5)


def test_stopped_atoms_stay_in_last_failed(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'tax': [failing('no')]}")
    sessions.run_plan("-k", "pricing or loose", "--mge-schedule", "waves", "--mge-wave-threshold", "90%")
    names = json.loads((sessions.path / ".pytest_cache/v/cache/lastfailed").read_text())
    assert {name.rpartition("::")[2] for name in names} == {"tax", "gross", "net"}


def test_failed_first_and_a_run_without_the_cache(sessions: Sessions) -> None:
    sessions.conftest(GROSS_FAILS)
    sessions.run_plan()
    first = node_ids(sessions.run_plan("--ff", "--collect-only", "-q"))
    assert first[0].endswith("::gross")
    result = sessions.run_plan("-p", "no:cacheprovider", "--mge-wave-threshold", "0")
    result.assert_outcomes(passed=3, failed=1, skipped=1)


def test_stepwise_stops_at_a_failure_and_goes_on_there(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'total': [failing('no')], 'tax': [0.1]}")
    options = ("--sw", "--mge-wave-threshold", "0", "-v")
    first = sessions.run_plan(*options)
    first.assert_outcomes(passed=3, failed=1)
    assert first.ret == pytest.ExitCode.INTERRUPTED
    sessions.conftest("")
    second = sessions.run_plan(*options)
    second.assert_outcomes(passed=2, deselected=3)
