"""What the terminal shows of masterplans besides their reports."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.runs import RunResult
from mge_toolkit.healing import Healed
from mge_toolkit.reporting.failures import isolation_text, seconds_text
from mge_toolkit.reporting.passk import pass_at_k
from mge_toolkit.reporting.summary import passk_line, path_text, wave_line
from pytest_mge.representation import AtomRepr


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """The lines at the end about one run. ``details`` are for ``-v``; ``repairs`` and ``warnings`` for ``-q`` too.

    ``healed`` atoms passed with code other than the plan's; ``patch`` is that code as a patch, if one was wanted.
    """

    title: str
    lines: list[str]
    details: list[str]
    repairs: list[str]
    warnings: list[str]
    healed: int = 0
    patch: str = ""

    @classmethod
    def of(
        cls,
        result: RunResult,
        plan: Masterplan,
        healed: Healed,
        mistakes: Iterable[str] = (),
        records: str | None = None,
    ) -> RunSummary:
        """Sum ``result`` up; ``mistakes`` went wrong beside the run, ``records`` is where it was recorded."""
        waves, slots = len(result.waves), result.slots
        lines = [
            f"{len(result.results)} atom{'s' * (len(result.results) != 1)} in {waves} wave{'s' * (waves != 1)}, "
            f"{seconds_text(result.wall)}; parallelism {result.parallelism:.2f} on "
            f"{slots} slot{'s' * (slots != 1)} ({result.schedule}); isolation: {isolation_text(result.isolation)}"
        ]
        known = [f"{number} {how}" for number, how in _not_executed(result) if number]
        if known:
            lines.append(f"not executed again: {', '.join(known)}")
        estimates = pass_at_k(plan, result.results)
        if estimates is not None:
            lines.append(passk_line(estimates))
        details = [] if records is None else [f"run {result.run_id}, recorded in {records}"]
        details += [wave_line(wave) for wave in result.waves]
        if len(result.critical_path) > 1:
            path = path_text(result.critical_path)
            details.append(f"critical path: {seconds_text(result.critical_path_time)}: {path}")
        details += healed.diffs
        warnings = [*mistakes, *healed.warnings]
        if result.records_error is not None:
            warnings.append(f"not recorded to its end: {result.records_error}")
        if result.stop_reason is not None:
            warnings.append(f"stopped early: {result.stop_reason}")
            if records is not None and result.records_error is None:
                warnings.append(f"the rest can be executed with --mge-resume {result.run_id}")
        if result.isolation.level != "full":
            warnings.append(f"isolation is not full: {isolation_text(result.isolation)}")
            warnings += [
                f"  no {what.value}: {why}" for what, why in sorted(result.isolation.missing.items())
            ]
        return cls(
            title=f"masterplan {plan.name} ({plan.path})",
            lines=lines,
            details=details,
            repairs=list(healed.lines),
            warnings=warnings,
            healed=healed.number,
            patch=healed.patch,
        )

    def to_data(self) -> dict[str, Any]:
        """Return the summary as plain values, for another process."""
        return asdict(self)


def _not_executed(result: RunResult) -> list[tuple[int, str]]:
    counts = result.counts
    return [(counts.resumed, f"taken over from run {result.resumed_from}"), (counts.cached, "from the cache")]


def write_summaries(reporter: pytest.TerminalReporter, summaries: list[RunSummary], unreported: int) -> None:
    """Write what there is to say about the session's runs."""
    verbosity = reporter.config.get_verbosity()
    for summary in summaries:
        warnings = summary.warnings
        if verbosity < 0 and not warnings and not summary.repairs:
            continue
        reporter.write_sep("-", summary.title)
        if verbosity > 0:
            for line in summary.details:
                reporter.write_line(line)
        if verbosity >= 0 or warnings:
            for line in summary.lines:
                reporter.write_line(line)
        for line in summary.repairs:
            reporter.write_line(line)
        for line in warnings:
            reporter.write_line(line, yellow=True)
    if unreported:
        atoms = "1 atom was" if unreported == 1 else f"{unreported} atoms were"
        reporter.write_line(f"{atoms} not reported: the session ended before", yellow=True)


def write_reruns(reporter: pytest.TerminalReporter) -> None:
    """List earlier attempts for ``-rR``, unless the plug-in whose option that is does it itself."""
    if "R" not in reporter.reportchars or reporter.config.pluginmanager.hasplugin("rerunfailures"):
        return
    reports = reporter.getreports("rerun")
    if reports:
        reporter.write_sep("=", "rerun test summary info")
    for report in reports:
        reporter.write_line(f"RERUN ({report.mge_step}) {report.nodeid}")


class Annotations:
    """Prints a line for each failed atom at the end, which makes GitHub mark the plan's line."""

    def __init__(self, config: pytest.Config) -> None:
        """Take part in the session of ``config``."""
        self._root = config.invocation_params.dir
        self._lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failed atom."""
        if report.failed and hasattr(report, "mge_outcome"):
            line = annotation(report, self._root)
            if line is not None:
                self._lines.append(line)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the lines, each at the start of a line of the terminal's."""
        for line in self._lines:
            terminalreporter.ensure_newline()
            terminalreporter.write_line(line)


def annotation(report: pytest.TestReport, root: Path) -> str | None:
    """Return the line that makes GitHub mark a failed atom's line in the plan."""
    shown: object = report.longrepr
    if not isinstance(shown, AtomRepr):
        return None
    crash = shown.reprcrash
    workspace = os.environ.get("GITHUB_WORKSPACE")
    base = Path(workspace) if workspace and Path(workspace) in root.joinpath(crash.path).parents else root
    file = os.path.relpath(root / crash.path, base)
    title = _property(f"{report.nodeid.rpartition('::')[2]} {report.mge_outcome}")
    return f"::error file={_property(file)},line={crash.lineno},title={title}::{_data(crash.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
