"""Exports a recorded run into a notebook or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import MgeError, SettingsError
from mge_toolkit.core.plans import Atom
from mge_toolkit.core.ports import Language
from mge_toolkit.core.records import RecordedRun, RecordStore, RunRecord
from mge_toolkit.engine.composition import Composer
from mge_toolkit.export.executing import executed_notebook
from mge_toolkit.export.page import notebook_page
from mge_toolkit.export.parts import report_parts
from mge_toolkit.reporting.failures import as_run, printable
from mge_toolkit.reporting.report import NOTHING_EARLIER, Earlier, RunReport, make_run_report

SUFFIXES: Final = (".ipynb", ".html")
VARIABLE: Final = "MGE_RECORDS"
"""The variable from which an exported notebook takes the URL of the records: it may hold a password."""

_LOOKED_BACK: Final = 60


def export_run(
    store: RecordStore,
    run: str,
    target: Path,
    *,
    location: str,
    languages: Mapping[str, Language],
    kernel: bool | None = None,
) -> Path:
    """Write a recorded run into ``target``, a notebook (``.ipynb``) or a page (``.html``), and return that.

    ``run`` is an id, the beginning of one, or ``last``; ``location`` is where ``store`` is, for the cells that
    open it. ``kernel`` says whether a kernel executes the cells (``None``: where one is installed). Raises
    ``MgeError``.
    """
    if target.suffix.lower() not in SUFFIXES:
        raise SettingsError(f"to: '{target}' ends in neither .ipynb nor .html: name such a file")
    if not target.parent.is_dir():
        raise SettingsError(f"to: there is no directory '{target.parent}': make it, or name another file")
    record = store.find(run)
    recorded = store.load(record.run_id)
    runs = [
        one
        for one in store.runs(record.masterplan, limit=_LOOKED_BACK)
        if one.started_at <= record.started_at and (one.finished or one.run_id == record.run_id)
    ]
    before = next((one for one in runs if one.run_id != record.run_id), None)
    report = _report(store, recorded, runs, before, languages)
    environment = {VARIABLE: location} if "://" in location else {}
    opening = f'open_store(os.environ["{VARIABLE}"])' if environment else f"open_store({location!r})"
    parts = list(report_parts(recorded, report, opening, runs, before))
    title = f"{printable(record.masterplan)}: run {record.run_id}"
    notebook = executed_notebook(parts, Path.cwd(), environment, title, kernel=kernel)
    text = _notebook_text(notebook) if target.suffix.lower() == ".ipynb" else notebook_page(notebook)
    try:
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise MgeError(f"'{target}' cannot be written ({error.strerror}): name another file") from None
    return target


def _report(
    store: RecordStore,
    recorded: RecordedRun,
    runs: Sequence[RunRecord],
    before: RunRecord | None,
    languages: Mapping[str, Language],
) -> RunReport:
    result = recorded.result
    composer = Composer(recorded.plan, languages)

    def dependencies(atom: Atom) -> Sequence[Atom]:
        return [as_run(found, result.results.get(found.id)) for found in composer.dependencies(atom)]

    earlier = NOTHING_EARLIER
    if before is not None:
        others = tuple(one for one in runs if one.run_id != result.run_id)
        earlier = Earlier(record=before, previous=store.load(before.run_id).result, records=others)
    return make_run_report(
        result, recorded.plan, status=result.exit_status, dependencies=dependencies, earlier=earlier
    )


def _notebook_text(notebook: Any) -> str:
    import nbformat

    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return f"{text}\n"
