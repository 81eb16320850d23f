"""An atom's way through pytest's phases, replayed from its result, so that other plug-ins see what they know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from mge_toolkit.core.results import ExecutionResult, Outcome
from pytest_mge.collector import AtomItem, PlanFile
from pytest_mge.distribution import is_worker
from pytest_mge.reports import make_report, output_sections, properties, rerun_reports
from pytest_mge.shortcuts import PhaseHooks


class AtomProtocol:
    """Runs the protocol of finished atoms, and keeps the promises about outcomes that pytest does not.

    It comes before other plug-ins' protocols: running an atom again that the engine has given up on would run
    the same code again, so ``--reruns`` is left to the engine's own retries.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Serve the session of ``config``."""
        self._config = config
        self._held_up: set[str] = set()
        self._hooks: dict[PlanFile, PhaseHooks] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Report an atom that is finished. All else, ``--setup-only`` too, is left to pytest."""
        if not isinstance(item, AtomItem) or item.result is None:
            return None
        hooks = self._hooks.get(item.plan_file)
        if hooks is None:
            hooks = self._hooks[item.plan_file] = PhaseHooks.of(item.plan_file)
        relay = hooks.relay
        relay.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self._run_phases(item, item.result, nextitem, hooks)
        relay.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        item.reported = True
        item.result = None
        return True

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        """Make the reports of atoms."""
        return make_report(item, call) if isinstance(item, AtomItem) else None

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Show an earlier attempt as a rerun, and what was not executed in this run as such."""
        outcome: str = report.outcome
        origin = getattr(report, "mge_origin", None)
        if origin is not None and report.when == "call" and outcome in ("passed", "failed"):
            letter, markup = (".", "green") if outcome == "passed" else ("F", "red")
            return outcome, letter, (f"{outcome.upper()} ({origin})", {markup: True})
        if outcome != "rerun":
            return None
        step = getattr(report, "mge_step", None)
        word = "RERUN" if step is None else f"RERUN ({step})"
        return "rerun", "R", (word, {"yellow": True})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the atoms that something else held up."""
        outcome = getattr(report, "mge_outcome", None)
        if report.skipped and outcome in (Outcome.BLOCKED, Outcome.STOPPED):
            self._held_up.add(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let no session end green that held atoms up, and let ``--lf`` run those again."""
        if not self._held_up or is_worker(self._config):
            return
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        cache: pytest.Cache | None = getattr(self._config, "cache", None)
        if cache is not None and self._config.pluginmanager.hasplugin("lfplugin"):
            failed = cache.get("cache/lastfailed", {})
            cache.set("cache/lastfailed", {**failed, **dict.fromkeys(sorted(self._held_up), True)})

    def _run_phases(
        self, item: AtomItem, result: ExecutionResult, following: pytest.Item | None, hooks: PhaseHooks
    ) -> None:
        config = self._config
        if config.hook.pytest_mge_attempt_finished.get_hookimpls():
            for attempt in result.attempts:
                config.hook.pytest_mge_attempt_finished(item=item, attempt=attempt)
        config.hook.pytest_mge_atom_finished(item=item, result=result)
        item.user_properties.extend(properties(item, result))
        setup = _phase(item, hooks, "setup", lambda: hooks.setup(item=item))
        if setup.passed:
            if config.getoption("setupshow", False):
                _show(item)
            for report in rerun_reports(item, result):
                hooks.relay.pytest_runtest_logreport(report=report)
            if result.attempts:
                item.add_output(output_sections(result.attempts[-1]))
            _phase(item, hooks, "call", lambda: hooks.call(item=item))
        if item.session.shouldfail or item.session.shouldstop:
            following = None
        _phase(item, hooks, "teardown", lambda: hooks.teardown(item=item, nextitem=following))


def _phase(
    item: AtomItem, hooks: PhaseHooks, when: Literal["setup", "call", "teardown"], body: Callable[[], None]
) -> pytest.TestReport:
    call = pytest.CallInfo.from_call(body, when=when, reraise=(pytest.exit.Exception, KeyboardInterrupt))
    report: pytest.TestReport = hooks.relay.pytest_runtest_makereport(item=item, call=call)
    hooks.relay.pytest_runtest_logreport(report=report)
    return report


def _show(item: AtomItem) -> None:
    """Print the item's line for ``--setup-show``."""
    writer = item.config.get_terminal_writer()
    writer.line()
    writer.write(f"        {item.nodeid}")
    writer.flush()
