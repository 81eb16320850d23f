"""The commands about recorded runs: history, show and compare."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.report import RunReport
from mge_toolkit.core.errors import MgeError, RecordsError, SettingsError, UnknownAtomError
from mge_toolkit.core.records import RecordedRun, RecordStore, RunRecord
from mge_toolkit.core.results import Outcome
from mge_toolkit.healing import Healed
from mge_toolkit.history import DEFAULT, OFF, open_records
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.reporting.comparison import Change, Comparison, compare
from mge_toolkit.reporting.document import record_document, run_document
from mge_toolkit.reporting.failures import printable, seconds_text
from mge_toolkit.reporting.summary import counts_text

_AGO: Final = re.compile(r"(\d{1,5})([hdw])", re.ASCII)
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
_SHOWN: Final = 20


def history(options: argparse.Namespace, console: Console, _: Plugins) -> int:
    """List runs, or delete old ones."""
    with open_to_read(options) as store:
        if options.action == "prune":
            return _prune(store, options, console)
        runs = store.runs(options.masterplan, limit=options.limit)
        if options.json:
            console.document(f"{json.dumps([record_document(run) for run in runs], indent=2)}\n")
        elif runs:
            for line in _table(runs):
                console.line(line)
        else:
            of = "" if options.masterplan is None else f" of masterplan '{options.masterplan}'"
            console.line(f"no runs{of} in {store.location}")
    return 0


def show(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Report on a recorded run as 'mge run' does at its end, or on one atom of it."""
    with open_to_read(options) as store:
        recorded = store.load(store.find(options.run).run_id)
    record = recorded.record
    if options.atom is not None:
        if options.atom not in recorded.result.results:
            raise UnknownAtomError(options.atom, record.masterplan)
        results = {options.atom: recorded.result.results[options.atom]}
        recorded = replace(recorded, result=replace(recorded.result, results=results))
    if options.json:
        console.document(f"{json.dumps(run_document(recorded.result, recorded.plan), indent=2)}\n")
        return 0
    report = RunReport(console, recorded.plan, plugins.languages)
    if options.atom is not None:
        report.atom(recorded.result.results[options.atom])
        return 0
    console.line(_headline(record))
    report.failures(recorded.result, None if options.all else _SHOWN)
    report.summary(recorded.result, Healed(), verbose=False)
    if not record.finished:
        missing = record.planned - record.counts.total
        console.line(
            f"unfinished: {missing} of {record.planned} atoms have no outcome yet; "
            f"'mge run {record.plan_path} --resume {record.run_id}' executes the rest",
            "warn",
        )
    return 0


def compare_(options: argparse.Namespace, console: Console, _: Plugins) -> int:
    """Say what changed from one run to another; the status is 1 where anything became worse."""
    with open_to_read(options) as store:
        before, after = (store.load(store.find(run).run_id) for run in (options.before, options.after))
    if before.record.masterplan != after.record.masterplan:
        raise MgeError(
            f"run {before.record.run_id} is one of masterplan '{before.record.masterplan}' and "
            f"{after.record.run_id} one of '{after.record.masterplan}': compare two runs of one masterplan"
        )
    found = compare(before.result, after.result)
    if options.json:
        console.document(f"{json.dumps(found.to_data(), indent=2)}\n")
    else:
        _write_comparison(found, before, after, console)
    return int(found.worse)


@contextmanager
def open_to_read(options: argparse.Namespace) -> Iterator[RecordStore]:
    """Open the records to read; what is not there is not made."""
    location: str | None = options.records
    if location == OFF:
        raise SettingsError("records: there is nothing to read where they are off: name a file or a URL")
    path = Path(location or DEFAULT)
    if (location is None or "://" not in location) and not path.exists():
        raise RecordsError(
            f"there are no records in '{path}': run a plan here first, or name the place (--mge-records)"
        )
    store = open_records(location, Path.cwd())
    try:
        yield store
    finally:
        store.close()


def _prune(store: RecordStore, options: argparse.Namespace, console: Console) -> int:
    if options.keep is None and options.before is None:
        raise SettingsError("prune: say what may go: --keep N, --before AGE, or both")
    before = None if options.before is None else parse_age(options.before, datetime.now(UTC))
    gone = store.prune(keep=options.keep, before=before, dry_run=options.dry_run)
    runs = f"{len(gone)} run{'s' * (len(gone) != 1)}"
    console.line(f"{'would delete' if options.dry_run else 'deleted'} {runs} in {store.location}")
    return 0


def parse_age(text: str, now: datetime) -> datetime:
    """Return the time that ``30d`` (also ``12h``, ``4w``) before ``now`` or ``2026-01-31`` means."""
    found = _AGO.fullmatch(text)
    if found is not None:
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"before: '{text[:40]}' is neither an age (12h, 30d, 4w) nor a date (2026-01-31)"
        ) from None
    return then if then.tzinfo is not None else then.astimezone()


def _table(runs: Sequence[RunRecord]) -> Iterator[str]:
    head = ("RUN", "STARTED", "MASTERPLAN", "RATE", "TIME", "ATOMS")
    rows = [head, *(_row(run) for run in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head) - 1)]
    for row in rows:
        fixed = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield f"{fixed}  {row[-1]}".rstrip()


def _row(run: RunRecord) -> tuple[str, ...]:
    rate = run.counts.success_rate
    notes = [counts_text(run.counts)]
    if not run.finished:
        notes.append(f"unfinished ({run.counts.total} of {run.planned})")
    if run.resumed_from is not None:
        notes.append(f"resumed {run.resumed_from}")
    return (
        run.run_id,
        f"{run.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
        printable(run.masterplan),
        "-" if rate is None else f"{rate:.0%}",
        seconds_text(run.wall) if run.finished else "-",
        "; ".join(notes),
    )


def _headline(record: RunRecord) -> str:
    return (
        f"run {record.run_id} of {printable(record.masterplan)} ({printable(record.plan_path)}), "
        f"started {record.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
    )


def _write_comparison(found: Comparison, before: RecordedRun, after: RecordedRun, console: Console) -> None:
    for recorded in (before, after):
        console.line(f"{_headline(recorded.record)}: {counts_text(recorded.result.counts)}")
    sections: list[tuple[str, list[str], str | None]] = [
        ("newly failing", [_changed(one) for one in found.newly_failing], "bad"),
        ("newly held up", [_changed(one) for one in found.newly_held_up], "warn"),
        ("newly passing", [f"{one.atom_id} ({one.before})" for one in found.newly_passing], "good"),
        ("not run before", [f"{_changed(one)} (before: {one.before})" for one in found.not_run_before], None),
        ("still failing", list(found.still_failing), None),
        ("newly flaky", list(found.newly_flaky), "warn"),
        (
            "healed differently",
            [f"{one.atom_id}: by {one.before}, now by {one.after}" for one in found.healed_differently],
            None,
        ),
        ("slower", [_timed(one.atom_id, one.before, one.after) for one in found.slower], None),
        ("faster", [_timed(one.atom_id, one.before, one.after) for one in found.faster], None),
        ("added", list(found.added), None),
        ("removed", list(found.removed), None),
    ]
    for title, lines, style in sections:
        if lines:
            console.line(f"{title}: {len(lines)}", style)
            for line in lines[:_SHOWN]:
                console.line(f"  {line}")
            if len(lines) > _SHOWN:
                console.line(f"  ... and {len(lines) - _SHOWN} more (--json has all)")
    if not any(lines for _, lines, _ in sections):
        console.line("no difference")


def _changed(change: Change) -> str:
    said = "" if not change.reason else f": {printable(change.reason).splitlines()[0]}"
    outcome = "" if change.after is Outcome.FAILED else f" ({change.after})"
    return f"{change.atom_id}{outcome}{said}"


def _timed(name: str, before: float, after: float) -> str:
    return f"{name}: {seconds_text(before)}, now {seconds_text(after)}"


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace, Console, Plugins], int]]] = {
    "history": history,
    "show": show,
    "compare": compare_,
}
