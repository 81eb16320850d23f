"""Beside pytest-xdist: one plan on one worker, never a silent pass, nothing run by the controller."""

from __future__ import annotations

import pytest

from tests.pytest_mge.conftest import Sessions

WORKERS = """
def pytest_runtest_logreport(report):
    if report.when == "teardown" and hasattr(report, "node"):
        print("\\nreported", report.nodeid, report.node.gateway.id)
def pytest_mge_event(config, event):
    if type(event).__name__ == "AttemptStarted":
        with open(config.rootpath / "ran.txt", "a") as file:
            file.write(f"{event.atom_id} {os.environ.get('PYTEST_XDIST_WORKER', 'controller')}\\n")
"""


@pytest.mark.parametrize("dist", ["load", "worksteal", "loadscope", "loadfile", "loadgroup"])
def test_one_plan_stays_on_one_worker(sessions: Sessions, dist: str) -> None:
    sessions.conftest(WORKERS)
    sessions.plan("atoms: {a: {code: pass}, b: {code: pass, depends_on: [a]}, c: {code: pass}}", "b/two.yaml")
    sessions.test_file("".join(f"def test_{n}(): pass\n" for n in range(20)))
    result = sessions.run_plan(
        "--mge-masterplan", "b/two.yaml", "-n2", f"--dist={dist}", "test_plain.py", "-s"
    )
    result.assert_outcomes(passed=28)
    ran = [line.split() for line in (sessions.path / "ran.txt").read_text().splitlines()]
    assert sorted(atom for atom, _ in ran) == sorted(["tax", "gross", "net", "total", "loose", "a", "b", "c"])
    for plan in (["tax", "gross", "net", "total", "loose"], ["a", "b", "c"]):
        workers = {worker for atom, worker in ran if atom in plan}
        assert len(workers) == 1
        assert workers != {"controller"}


def test_failures_and_blocked_atoms_look_the_same_from_a_worker(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'gross': [failing('no')]}")
    options = ("--mge-wave-threshold", "0")
    alone, apart = sessions.run_plan(*options), sessions.run_plan(*options, "-n2")
    for result in (alone, apart):
        result.assert_outcomes(passed=3, failed=1, skipped=1)
        assert result.ret == 1
        result.stdout.fnmatch_lines(
            [
                "plan.yaml:13: in the code",
                "E   runtime/assertion: AssertionError: no",
                "runs after: tax",
                "plan.yaml:13: runtime/assertion",
                "-* masterplan shop (plan.yaml) -*",
                "5 atoms in 3 waves*",
                "FAILED plan.yaml::catalog::pricing::gross - runtime/assertion: AssertionError: no",
            ]
        )
    sessions.run_plan("--lf", "-n2", *options).assert_outcomes(failed=1, skipped=1)


def test_exitfirst_in_a_worker(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'tax': [failing('no')], 'total': [600]}")
    result = sessions.run_plan("-x", "-n1", "--mge-wave-threshold", "0")
    result.assert_outcomes(failed=1)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["4 atoms were not reported*"])


def test_plan_errors_are_reported_once_by_the_controller(sessions: Sessions) -> None:
    sessions.plan("atoms: {one: {}}")
    result = sessions.run_plan("-n2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert (result.stderr.str() + result.stdout.str()).count("plan.yaml:1: ") == 1
    assert "gw0" not in result.stdout.str()


def test_an_unavailable_sandbox_is_a_usage_error_of_the_controller(sessions: Sessions) -> None:
    sessions.conftest(
        "class Missing(FakeSandbox):\n"
        "    async def start(self): raise SandboxUnavailableError('network: missing; remedy')\n"
        "def pytest_mge_sandboxes(config): return {'missing': Missing}\n"
    )
    result = sessions.run_plan("-n2", "--mge-sandbox", "missing")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stderr.str() + result.stdout.str()
    assert text.count("ERROR: network: missing; remedy") == 1
    assert "Traceback" not in text


def test_collect_only_with_workers_asked_for(sessions: Sessions) -> None:
    assert sessions.run_plan("-n2", "--collect-only", "-q").ret == 0


def test_each_worker_runs_everything_where_that_is_asked_for(sessions: Sessions) -> None:
    sessions.conftest(WORKERS)
    result = sessions.run_plan("-n2", "--dist=each")
    result.assert_outcomes(passed=10)


def test_a_crashed_worker_loses_no_atom(sessions: Sessions) -> None:
    sessions.conftest(
        "def pytest_runtest_setup(item):\n"
        "    if item.name == 'net' and not os.path.exists('crashed'):\n"
        "        open('crashed', 'w').close(); os._exit(3)\n"
    )
    result = sessions.run_plan("-n1")
    # xdist reports the crash, and runs what was being run again.
    result.assert_outcomes(passed=5, failed=1)
    assert result.ret == 1
