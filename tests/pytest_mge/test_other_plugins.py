"""Beside the plug-ins that people use: they see atoms as tests, and neither breaks the other."""

from __future__ import annotations

import sys

import pytest

from tests.pytest_mge.conftest import Sessions

FAILS = "SCRIPT = {'gross': [failing('no')]}"
OPTIONS = ("--mge-wave-threshold", "0")


def test_rerunfailures_leaves_atoms_to_the_engine(sessions: Sessions) -> None:
    sessions.conftest(FAILS)
    sessions.test_file("def test_flaky(): assert 0")
    result = sessions.run_plan(*OPTIONS, "test_plain.py", "--reruns", "2", "-rR")
    result.assert_outcomes(passed=3, failed=2, skipped=1)
    assert result.parseoutcomes()["rerun"] == 2


def test_rerunfailures_lists_the_engines_attempts(sessions: Sessions) -> None:
    sessions.conftest(
        "SCRIPT = {'gross': [failing('no'), PASSED]}\n"
        "FIXES = {'gross': ['def gross(net):\\n    return net + net * RATE\\n']}"
    )
    result = sessions.run_plan("-rR")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["RERUN (runtime → run again unchanged) plan.yaml::catalog::pricing::gross"])


def test_timeout_does_not_count_the_time_in_the_engine(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'gross': [0.6]}")
    sessions.run_plan("--timeout=0.5").assert_outcomes(passed=5)
    sessions.run_plan("--timeout=0.5", "-n1").assert_outcomes(passed=5)


def test_randomly_shuffles_without_harm(sessions: Sessions) -> None:
    sessions.conftest(FAILS)
    for seed in (1, 2):
        result = sessions.pytester.runpytest_inprocess(
            *("plan.yaml", "--mge-sandbox", "fake", *OPTIONS, "-p", "no:cov"),
            *("-p", "randomly", "-p", "no:hypothesispytest", f"--randomly-seed={seed}"),
        )
        result.assert_outcomes(passed=3, failed=1, skipped=1)


def test_html_reports_every_atom(sessions: Sessions) -> None:
    sessions.conftest(FAILS + "\nSCRIPT['loose'] = [failing('once'), PASSED]\nFIXES = {'loose': ['x']}")
    result = sessions.run_plan(*OPTIONS, "--html=report.html", "--self-contained-html")
    result.assert_outcomes(passed=3, failed=1, skipped=1)
    page = (sessions.path / "report.html").read_text(encoding="utf-8")
    assert "plan.yaml::catalog::pricing::gross" in page
    assert "AssertionError: no" in page
    assert "Rerun" in page


def test_cov_measures_tests_beside_atoms(sessions: Sessions) -> None:
    sessions.test_file()
    result = sessions.run_apart(
        "--mge-masterplan", "plan.yaml", "test_plain.py", "--cov=.", "--cov-report=term"
    )
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["test_plain.py * 100%*"])


@pytest.mark.parametrize(
    "plugin", ["terminal", "junitxml", "cacheprovider", "stepwise", "rerunfailures", "xdist"]
)
def test_without_a_plugin_of_pytest(sessions: Sessions, plugin: str) -> None:
    sessions.conftest(FAILS)
    options = ["-p", "no:stepwise"] if plugin == "cacheprovider" else []
    result = sessions.run_plan(*OPTIONS, "-p", f"no:{plugin}", *options)
    assert result.ret == 1
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_pdb_does_not_stop_in_our_own_code(sessions: Sessions) -> None:
    sessions.conftest(FAILS)
    result = sessions.run_plan(*OPTIONS, "--pdb")
    result.assert_outcomes(passed=3, failed=1, skipped=1)


def test_with_no_plugin_but_pytests_own(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    sessions.conftest(FAILS + "\nSCRIPT['loose'] = [failing('once'), PASSED]\nFIXES = {'loose': ['x']}")
    sessions.test_file("def test_plain(capsys):\n    print('captured'); assert capsys.readouterr().out\n")
    command = ("-m", "pytest", "-p", "pytest_mge.plugin", "--mge-sandbox", "fake", *OPTIONS)
    result = sessions.pytester.run(
        sys.executable, *command, "--mge-masterplan", "plan.yaml", "test_plain.py", "-v", "-W", "error"
    )
    result.assert_outcomes(passed=4, failed=1, skipped=1)
    assert result.parseoutcomes()["rerun"] == 1
    result.stdout.fnmatch_lines(["plan.yaml:13: runtime/assertion"])
