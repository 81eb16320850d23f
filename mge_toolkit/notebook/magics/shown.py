"""What magics return: values to work with that look like what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import ExecutionResult
from mge_toolkit.notebook.explore.pages import atom_html
from mge_toolkit.notebook.handle import RunHandle
from mge_toolkit.notebook.pictures.pages import Markup, chip, page, paragraph, table
from mge_toolkit.plots.palette import Status
from mge_toolkit.reporting.failures import printable, seconds_text
from mge_toolkit.reporting.summary import counts_text, outcome_line
from mge_toolkit.sandbox.doctor import Report


class RunList:
    """Recorded runs, the last started first: a sequence of their records."""

    def __init__(self, runs: Sequence[RunRecord], location: str) -> None:
        """Take the runs and where they are recorded."""
        self.runs = tuple(runs)
        self.location = location

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.runs)

    def __getitem__(self, place: int) -> RunRecord:
        """Return one of them."""
        return self.runs[place]

    def __iter__(self) -> Iterator[RunRecord]:
        """Return all of them."""
        return iter(self.runs)

    def __repr__(self) -> str:
        """Return a line for each."""
        if not self.runs:
            return f"no runs in {self.location}"
        return "\n".join(
            f"{run.run_id}  {run.started_at.astimezone():%Y-%m-%d %H:%M}  {printable(run.masterplan)}  "
            f"{counts_text(run.counts)}{'' if run.finished else '  (unfinished)'}"
            for run in self.runs
        )

    def _repr_html_(self) -> str:
        """Return them as a table."""
        if not self.runs:
            return page(paragraph(f"no runs in {self.location}", "note"))
        rows = [
            (
                run.run_id,
                f"{run.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
                run.masterplan,
                run.plan_path,
                Markup(" ".join(_chips(run))),
                seconds_text(run.wall) if run.finished else "unfinished",
                f"{run.slots}",
                f"{run.parallelism:.2f}" if run.finished else "",
            )
            for run in self.runs
        ]
        head = ("run", "began", "masterplan", "plan", "atoms", "time", "slots", "busy")
        return page(table(head, rows, numbers=(5, 6, 7), note=self.location))


class AtomRun:
    """An atom of the notebook's masterplan with what its last run came to.

    ``result`` is the atom's own, ``run`` the whole run of it and of what depends on it.
    """

    def __init__(self, run: RunHandle, name: str) -> None:
        """Take a run that has ended. Raises what broke it."""
        self.run = run
        self.name = name
        self._whole = run.result()

    @property
    def result(self) -> ExecutionResult:
        """Return what became of the atom."""
        return self._whole.results[self.name]

    @property
    def value(self) -> Any:
        """Return the atom's own ``result``, ``None`` where it has none or none that JSON can hold."""
        last = self.result.attempts[-1] if self.result.attempts else None
        found = None if last is None else last.execution.result
        return None if found is None or found.repr is not None else found.json

    def __repr__(self) -> str:
        """Return the atom's outcome, and a line for each that depends on it."""
        return "\n".join(outcome_line(found) for found in self._ordered())

    def _repr_html_(self) -> str:
        """Return the atom's page."""
        return atom_html(self.run.plan.atoms[self.name], self.result, self._whole)

    def _ordered(self) -> Iterator[ExecutionResult]:
        yield self.result
        yield from (found for name, found in self._whole.results.items() if name != self.name)


class Doctor:
    """What isolation this machine gives. ``report`` is what was found."""

    def __init__(self, report: Report) -> None:
        """Take what was found."""
        self.report = report

    def __repr__(self) -> str:
        """Return the matrix as text."""
        return str(self.report)

    def _repr_html_(self) -> str:
        """Return the matrix as a table."""
        report = self.report
        if report.error is not None:
            return page(
                paragraph("the sandbox 'local' cannot work here", "bad-text"), paragraph(report.error)
            )
        rows = [
            (
                Markup(
                    chip(Status.PASSED if trial.held else Status.FAILED, "held" if trial.held else "NOT HELD")
                ),
                trial.protection.value,
                trial.attempt,
                trial.observed,
                trial.mechanism or "nothing",
                trial.remedy or "",
            )
            for trial in report.trials
        ]
        missing = [f"{name.value}: {why}" for name, why in report.isolation.missing.items()]
        return page(
            paragraph(f"sandbox 'local': isolation {report.isolation.level}"),
            table(("", "protection", "tried", "observed", "by", "remedy"), rows),
            *(paragraph(text, "bad-text") for text in missing),
        )


def _chips(run: RunRecord) -> Iterator[str]:
    counts = run.counts
    numbers = {
        Status.PASSED: counts.passed - counts.healed - counts.flaky,
        Status.HEALED: counts.healed,
        Status.FLAKY: counts.flaky,
        Status.FAILED: counts.failed,
        Status.ERROR: counts.error,
        Status.BLOCKED: counts.blocked,
        Status.SKIPPED: counts.skipped,
        Status.STOPPED: counts.stopped,
    }
    return (chip(status, f"{number:,} {status.value}") for status, number in numbers.items() if number)
