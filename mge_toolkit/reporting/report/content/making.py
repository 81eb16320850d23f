"""Makes a report's content of a run, live or recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Origin
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.report.content.figures import (
    NOTHING_EARLIER,
    Earlier,
    noteworthy,
    report_figures,
)
from mge_toolkit.reporting.report.content.lanes import lanes_of
from mge_toolkit.reporting.report.content.records import AtomRow, RunReport
from mge_toolkit.reporting.report.content.views import Dependencies, atom_views
from mge_toolkit.reporting.report.escaping import clean

ROWS: Final = 10_000
"""How many atoms the table of all atoms has."""


def make_run_report(
    result: RunResult,
    plan: Masterplan,
    *,
    status: int,
    dependencies: Dependencies = lambda atom: (),
    earlier: Earlier = NOTHING_EARLIER,
    reword: Callable[[str], str] = str,
) -> RunReport:
    """Return what is reported of a run, which ends with the exit status ``status``.

    ``dependencies`` returns the atoms whose code ran before an atom's, with the code that they had in the end.
    ``reword`` names options in the toolkit's own sentences as the user's command has them.
    """
    lanes, span = lanes_of(result)
    return RunReport(
        figures=report_figures(result, plan, status, earlier, reword),
        views=atom_views(noteworthy(result), plan, dependencies, reword),
        rows=tuple(_row(found) for found in list(result.results.values())[:ROWS]),
        lanes=lanes,
        span=span,
    )


def _row(result: ExecutionResult) -> AtomRow:
    notes = ["healed" * result.healed, "flaky" * result.flaky]
    if result.origin is not Origin.EXECUTED:
        notes.append(result.origin.value)
    if result.blocked_by is not None:
        notes.append(f"by {result.blocked_by}")
    return AtomRow(
        atom_id=clean(result.atom_id),
        group=clean(".".join(part for part in (result.component, result.module) if part)),
        outcome=result.outcome.value,
        note=clean(", ".join(filter(None, notes))),
        wave=result.wave,
        attempts=len(result.attempts),
        seconds=result.duration,
    )
