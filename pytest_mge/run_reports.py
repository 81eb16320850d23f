"""The files that ``--mge-report DIR`` asks for: one set for the session, whichever process ran the plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from mge_toolkit.run_report import Reports
from pytest_mge.distribution import is_worker

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

    from mge_toolkit.core.plans import Masterplan
    from mge_toolkit.core.runs import RunResult
    from mge_toolkit.plugins.manager import Plugins


class SessionReports:
    """Takes the session's runs, also those of xdist's workers, and writes about them when it ends."""

    def __init__(self, config: pytest.Config, options: Mapping[str, Any], plugins: Plugins) -> None:
        """Take the options about records; see that the files can be written. Raises ``SettingsError``."""
        self._config = config
        self._said: str | None = None
        wanted = options["report"] is not None and not (config.option.collectonly or config.option.setuponly)
        directory = config.invocation_params.dir / options["report"] if wanted else None
        self._reports = Reports(directory, options, config.rootpath, plugins.languages)
        if not is_worker(config):
            self._reports.prepare()

    def add(self, plan: Masterplan, result: RunResult, *, fail_on_healed: bool) -> None:
        """Take a run that has ended."""
        healed = fail_on_healed and bool(result.counts.healed)
        self._reports.add(plan, result, result.pytest_exit_status or int(healed))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController) -> None:
        """Take the runs of a worker of xdist."""
        output: dict[str, Any] = getattr(node, "workeroutput", None) or {}
        self._reports.take(output.get("mge_reports", ()))

    def pytest_sessionfinish(self) -> None:
        """Write the files; a worker of xdist leaves that to its controller."""
        if is_worker(self._config):
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]  # set by xdist
            output["mge_reports"] = self._reports.to_data()
        else:
            self._said = self._reports.write()

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was written."""
        if self._said is not None:
            terminalreporter.write_line(self._said)
