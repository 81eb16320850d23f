"""How the toolkit's own records look as the value of a cell: a run as its picture, an atom as its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.records import RecordedRun, RunRecord
from mge_toolkit.core.results import ExecutionResult
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.cells import plan_html
from mge_toolkit.notebook.explore.explorer import Explorer
from mge_toolkit.notebook.magics.shown import RunList
from mge_toolkit.notebook.pictures.pages import Markup, chip, facts, page
from mge_toolkit.notebook.pictures.scene import content
from mge_toolkit.plots.palette import status_of
from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.frames.arrays import OURS
from mge_toolkit.reporting.report.escaping import NO_FORMULAS
from mge_toolkit.reporting.summary import outcome_line, verdict_line


def _run_text(run: RunResult) -> str:
    return f"<run {run.run_id} of {run.masterplan}: {verdict_line(run)}>"


def _run_html(run: RunResult) -> str:
    return Explorer(run, run.plan or Masterplan(name=run.masterplan, atoms={}))._repr_html_()


def _atom_page(found: ExecutionResult) -> str:
    head = f"<div>{chip(status_of(found))} <b>{content(found.atom_id)}</b></div>"
    rows: list[tuple[str, str | Markup]] = [
        ("wave", str(found.wave)),
        ("attempts", str(len(found.attempts))),
        ("time", seconds_text(found.duration)),
        ("why", found.reason or ""),
    ]
    return page(head, facts(rows))


def _plan_text(plan: Masterplan) -> str:
    return f"<masterplan '{plan.name}' of {len(plan)} atoms ({plan.path})>"


_LOOKS: Final[dict[type, tuple[Callable[[Any], str], Callable[[Any], str]]]] = {
    RunResult: (_run_text, _run_html),
    RecordedRun: (
        lambda run: _run_text(run.result),
        lambda run: Explorer(run.result, run.plan)._repr_html_(),
    ),
    RunRecord: (lambda run: repr(RunList([run], "")), lambda run: RunList([run], "")._repr_html_()),
    ExecutionResult: (outcome_line, _atom_page),
    Masterplan: (_plan_text, plan_html),
}


# Where pandas has its class, before version 3 and since.
_FRAMES: Final = (("pandas.core.frame", "DataFrame"), ("pandas", "DataFrame"))


def _frame_html(frame: Any) -> str | None:
    """Return a frame of ours with nothing in it set as a formula; any other as pandas shows it."""
    shown: str | None = frame._repr_html_()
    return f'<div class="{NO_FORMULAS}">{shown}</div>' if shown and frame.attrs.get(OURS) else shown


def add_formatters(shell: Any) -> None:
    """Have a shell show records as what they are; their own ``repr`` stays as it is."""
    plain, html = _formatters(shell)
    for module, name in _FRAMES:
        html.for_type_by_name(module, name, _frame_html)
    for kind, (text, page_of) in _LOOKS.items():
        plain.for_type(kind, _printer(text))
        html.for_type(kind, page_of)


def remove_formatters(shell: Any) -> None:
    """Have a shell show records as any other object again."""
    for module, name in _FRAMES:
        _formatters(shell)[1].pop(f"{module}.{name}", None)
    for formatter in _formatters(shell):
        for kind in _LOOKS:
            formatter.pop(kind, None)


def _printer(text: Callable[[Any], str]) -> Callable[[Any, Any, bool], None]:
    return lambda value, printer, _: printer.text(text(value))


def _formatters(shell: Any) -> tuple[Any, Any]:
    found = shell.display_formatter.formatters
    return found["text/plain"], found["text/html"]
