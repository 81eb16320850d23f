"""The pictures that ``--mge-plots DIR`` asks for: a directory for each masterplan, drawn where it ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mge.distribution import is_worker

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

    from mge_toolkit.core.plans import Masterplan
    from mge_toolkit.core.runs import RunResult


class SessionPictures:
    """Draws the session's runs as they end; a worker of xdist tells its controller what it wrote."""

    def __init__(self, config: pytest.Config, options: Mapping[str, Any]) -> None:
        """Take the options about records; see that pictures can be written. Raises ``MgeError``."""
        from mge_toolkit.plots.pictures import RunPictures

        self._config = config
        self._said: list[str] = []
        self._pictures = RunPictures(options, config.invocation_params.dir, config.rootpath)
        if not (config.option.collectonly or config.option.setuponly):
            self._pictures.prepare()

    def add(self, plan: Masterplan, result: RunResult) -> None:
        """Draw a run that has ended."""
        said = self._pictures.draw(plan, result, apart=True)
        if said is not None:
            self._said.append(said)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController) -> None:
        """Take over what a worker of xdist wrote."""
        output: dict[str, Any] = getattr(node, "workeroutput", None) or {}
        self._said += output.get("mge_pictures", ())

    def pytest_sessionfinish(self) -> None:
        """Tell the controller of xdist what was written."""
        if is_worker(self._config):
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]  # set by xdist
            output["mge_pictures"] = self._said

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was written."""
        for line in self._said:
            terminalreporter.write_line(line)
