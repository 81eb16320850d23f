"""The order of reports, and what ends a session early."""

from __future__ import annotations

import pytest

from tests.pytest_mge.conftest import Sessions

# Says what pytest is told, in the main thread, and in which order the engine finished.
SPY = """
import threading
def pytest_runtest_teardown(item, nextitem):
    assert threading.current_thread() is threading.main_thread()
    print("\\nnext", item.name, nextitem and nextitem.name)
def pytest_mge_atom_finished(item, result):
    assert threading.current_thread() is threading.main_thread()
"""


def followers(result: pytest.RunResult) -> list[list[str]]:
    return [line.split()[1:] for line in result.outlines if line.startswith("next ")]


def test_atoms_are_reported_as_they_finish_each_with_the_right_next_item(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'tax': [0.4], 'total': [0.2]}" + SPY)
    result = sessions.run_plan("-s", "--mge-slots", "5", "-v")
    result.assert_outcomes(passed=5)
    told = followers(result)
    assert [name for name, _ in told] == ["loose", "total", "tax", "gross", "net"]
    assert [following for _, following in told] == ["total", "tax", "gross", "net", "None"]


def test_tests_run_after_the_atoms_with_no_thread_of_ours_left(sessions: Sessions) -> None:
    sessions.conftest(SPY)
    sessions.test_file(
        "import threading\n"
        "def test_first(): assert 'mge-engine' not in [thread.name for thread in threading.enumerate()]\n"
        "def test_second(): pass\n"
    )
    result = sessions.run_plan("-s", "test_plain.py")
    result.assert_outcomes(passed=7)
    told = followers(result)
    assert told[-3][1:] == ["test_first"]
    assert told[-2:] == [["test_first", "test_second"], ["test_second", "None"]]


def test_session_fixtures_of_tests_are_set_up_once(sessions: Sessions) -> None:
    sessions.test_file(
        "import pytest\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def once():\n"
        "    print('set up'); yield; print('torn down')\n"
        "def test_first(): pass\n"
        "def test_second(): pass\n"
    )
    lines = sessions.run_plan("-s", "test_plain.py").stdout.str()
    assert lines.count("set up") == lines.count("torn down") == 1


def test_exitfirst_reports_the_failure_at_once_and_says_how_many_were_not_reported(
    sessions: Sessions,
) -> None:
    sessions.conftest("SCRIPT = {'tax': [failing('no')], 'total': [600], 'loose': [600]}")
    sessions.test_file("def test_plain(): raise KeyboardInterrupt('ran after -x')")
    result = sessions.run_plan("-x", "--mge-slots", "5", "--mge-wave-threshold", "0", "test_plain.py")
    result.assert_outcomes(failed=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "stopped early: stopping after 1 failures",
            "4 atoms were not reported*",
            "!* stopping after 1 failures !*",
        ]
    )


def test_maxfail_counts_atoms_and_tests_alike(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'tax': [failing('no')], 'total': [failing('no')]}")
    sessions.test_file("def test_one(): assert 0\ndef test_two(): assert 0\n")
    result = sessions.run_plan("--maxfail=3", "--mge-wave-threshold", "0", "test_plain.py")
    result.assert_outcomes(failed=3, passed=1, skipped=2)


def test_a_failing_teardown_of_a_conftest_is_its_own_error(sessions: Sessions) -> None:
    sessions.conftest(
        "@pytest.hookimpl(trylast=True)\n"
        "def pytest_runtest_teardown(item):\n    if item.name == 'tax': raise RuntimeError('oh')\n"
    )
    result = sessions.run_plan()
    result.assert_outcomes(passed=5, errors=1)


def test_another_plugins_stop_ends_the_session(sessions: Sessions) -> None:
    sessions.conftest(
        "SCRIPT = {'total': [600]}\n"
        "def pytest_runtest_logreport(report):\n"
        "    if report.nodeid.endswith('tax') and report.when == 'teardown': SESSION[0].shouldstop = 'enough'\n"
        "SESSION = []\n"
        "def pytest_sessionstart(session): SESSION.append(session)\n"
    )
    result = sessions.run_plan("--mge-slots", "1")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["stopped early: enough", "* not reported*", "!* enough !*"])


def test_a_keyboard_interrupt_reports_what_is_finished_and_stops(sessions: Sessions) -> None:
    sessions.conftest(
        "import _thread\n"
        "SCRIPT = {'total': [600], 'net': [600], 'loose': [600], 'gross': [600]}\n"
        "def pytest_mge_event(config, event):\n"
        "    if type(event).__name__ == 'AttemptStarted' and event.atom_id == 'gross':\n"
        "        raise KeyboardInterrupt\n"
    )
    result = sessions.run_apart("--mge-masterplan", "plan.yaml", "-v", "--mge-slots", "5")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*::tax PASSED*", "4 atoms were not reported*", "!* KeyboardInterrupt !*"])


def test_an_interrupt_while_the_sandbox_starts_closes_it(sessions: Sessions) -> None:
    sessions.conftest(
        "import signal, threading\n"
        "class Slow(FakeSandbox):\n"
        "    async def start(self):\n"
        "        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)\n"
        "        await asyncio.sleep(600)\n"
        "    async def close(self):\n"
        "        await asyncio.sleep(0.05)\n"
        "        open('closed', 'w').close()\n"
        "def pytest_mge_sandboxes(config): return {'slow': Slow}\n"
    )
    result = sessions.run_apart("--mge-masterplan", "plan.yaml", "--mge-sandbox", "slow")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert (sessions.path / "closed").exists()
    result.stdout.fnmatch_lines(["5 atoms were not reported*"])


def test_pytest_exit_in_a_hook(sessions: Sessions) -> None:
    sessions.conftest("def pytest_mge_atom_finished(item): pytest.exit('enough', returncode=9)")
    result = sessions.run_plan()
    assert result.ret == 9


def test_a_broken_engine_is_an_internal_error_not_a_pass(sessions: Sessions) -> None:
    sessions.conftest(
        "from mge_toolkit.engine.run import Run\n"
        "async def execute(self): raise ZeroDivisionError('engine')\n"
        "@pytest.fixture(autouse=True, scope='session')\n"
        "def nothing(): pass\n"
        "KEPT = Run.execute\n"
        "Run.execute = execute\n"
        "def pytest_unconfigure(): Run.execute = KEPT\n"
    )
    result = sessions.run_plan()
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["INTERNALERROR> ZeroDivisionError: engine"])


def test_an_atom_without_a_result_is_an_error_not_a_pass(sessions: Sessions) -> None:
    sessions.conftest(
        "from mge_toolkit.engine.run import Run\n"
        "KEPT = Run._finish\n"
        "def finish(self, result):\n"
        "    emit, self._bus.emit = self._bus.emit, lambda event: None\n"
        "    try: KEPT(self, result)\n"
        "    finally: self._bus.emit = emit\n"
        "Run._finish = finish\n"
        "def pytest_unconfigure(): Run._finish = KEPT\n"
    )
    result = sessions.run_plan()
    result.assert_outcomes(errors=5)
    assert result.ret == 1
