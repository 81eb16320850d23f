"""Writes one run's rows, batch by batch, and again where a server went away in between.

Every row is written at most once, however often its batch is sent, and counts are written as they are rather than
added to: a batch may have been committed although the answer to it was lost.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Insert, Table, Update, bindparam, func

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.events import AtomFinished, Event, RunFinished, RunStarted, WaveFinished
from mge_toolkit.core.results import ExecutionResult
from mge_toolkit.core.runs import RunResult, WaveSummary, count
from mge_toolkit.records.codec import (
    COUNTS,
    Row,
    atom_row,
    attempt_row,
    isolation_text,
    plan_document,
)
from mge_toolkit.records.failures import passing, translated
from mge_toolkit.records.schema import atoms, attempts, codes, plans, runs, waves
from mge_toolkit.records.structure import dumped, plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mge_toolkit.records.database import Database

_REMEMBERED: Final = 20_000
_PAUSES: Final = (0.1, 0.2, 0.4, 0.8)
_ORDER: Final = (plans, codes, runs, waves, atoms, attempts)


class RunTarget:
    """Where one run is written to."""

    def __init__(self, database: Database) -> None:
        """Take the database; the first event has to be ``RunStarted``."""
        self._database = database
        self._inserts = {table: _insert(table, database.server) for table in _ORDER}
        self._counting = _counting(database.server)
        self._start: RunStarted | None = None
        self._ordinals: dict[str, int] = {}
        self._counts = dict.fromkeys(COUNTS, 0)
        self._known_codes: set[str] = set()

    def write(self, events: list[tuple[Event, datetime]]) -> None:
        """Write events in one transaction, trying again for a while where the server is away."""
        rows: dict[Table, list[Row]] = {table: [] for table in _ORDER}
        changes: Row = {}
        with self._database.told("write"):
            for event, came_at in events:
                if isinstance(event, RunStarted):
                    self._add_run(rows, event)
                elif isinstance(event, AtomFinished):
                    self._add_atom(rows, event.result, came_at)
                elif isinstance(event, WaveFinished):
                    rows[waves].append(self._with_run(wave_row(event.summary)))
                elif isinstance(event, RunFinished):
                    changes |= end_of_run(event.result, self._started, came_at)
        of_batch = count(event.result for event, _ in events if isinstance(event, AtomFinished))
        for name in COUNTS:
            self._counts[name] += getattr(of_batch, name)
        # Two runs that insert the same codes do so in the same order: neither waits for the other in a circle.
        rows[codes].sort(key=lambda row: str(row["code_hash"]))
        self._persistently(rows, changes)

    def show_life(self) -> None:
        """Note that the run still goes on."""
        with self._database.writing() as connection:
            self._update(connection, {})

    def close(self) -> None:
        """Do nothing: connections go back to the engine after every transaction."""

    @property
    def _started(self) -> RunStarted:
        if self._start is None:
            raise RecordsError("the first event of a journal has to be RunStarted")
        return self._start

    def _with_run(self, row: Row) -> Row:
        return {"run_id": self._started.run_id, **row}

    def _add_run(self, rows: dict[Table, list[Row]], event: RunStarted) -> None:
        self._start = event
        self._ordinals = {name: number for number, name in enumerate(event.masterplan.atoms)}
        plan_hash, document = plan_document(event.masterplan, event.waves)
        rows[plans].append({"plan_hash": plan_hash, "document": document})
        rows[runs].append(
            {
                "run_id": event.run_id,
                "masterplan": event.masterplan.name,
                "plan_path": event.masterplan.path,
                "plan_hash": plan_hash,
                "started_at": event.started_at,
                "seen_at": datetime.now(UTC),
                "planned": len(event.waves),
                **dict.fromkeys(COUNTS, 0),
                "wall": 0.0,
                "parallelism": 0.0,
                "slots": event.slots,
                "schedule": event.schedule.value,
                "repair": event.repair.value,
                "isolation": isolation_text(event.isolation),
                "environment": event.environment,
                "toolkit_version": _toolkit_version(),
                "resumed_from": event.resumed_from,
                "critical_path_time": 0.0,
            }
        )

    def _add_atom(self, rows: dict[Table, list[Row]], result: ExecutionResult, came_at: datetime) -> None:
        start = self._started
        ordinal = self._ordinals.setdefault(result.atom_id, len(self._ordinals))
        atom = start.masterplan.atoms.get(result.atom_id)
        row = atom_row(result, atom, ordinal=ordinal, environment=start.environment, finished_at=came_at)
        rows[atoms].append(self._with_run(row))
        for position, attempt in enumerate(result.attempts, 1):
            row = attempt_row(attempt, ordinal=ordinal, position=position, usual=start.isolation)
            rows[attempts].append(self._with_run(row))
            if row["code_hash"] not in self._known_codes:
                rows[codes].append({"code_hash": row["code_hash"], "code": attempt.code})
                self._known_codes.add(row["code_hash"])

    def _persistently(self, rows: dict[Table, list[Row]], changes: Row) -> None:
        """Write rows and changes; where the server is away, again until the patience is at its end."""
        deadline = time.monotonic() + self._database.patience
        pauses = iter(_PAUSES)
        while True:
            try:
                self._write_once(rows, changes)
            except Exception as error:
                if not passing(error) or time.monotonic() >= deadline:
                    raise translated(
                        error, self._database.location, self._database.patience, "write"
                    ) from error
                time.sleep(next(pauses, _PAUSES[-1]))
            else:
                if len(self._known_codes) > _REMEMBERED:
                    self._known_codes.clear()
                return

    def _write_once(self, rows: dict[Table, list[Row]], changes: Row) -> None:
        with self._database.transaction() as connection:
            for table, some in rows.items():
                if some:
                    connection.execute(self._inserts[table], some)
            self._update(connection, changes)

    def _update(self, connection: Connection, changes: Row) -> None:
        """Change the run's own row, in which its counts and a sign of life are written every time."""
        run_id = self._started.run_id
        counts = {f"new_{name}": number for name, number in self._counts.items()}
        now = {} if self._database.server else {"now": datetime.now(UTC)}
        statement = self._counting.values(changes) if changes else self._counting
        done = connection.execute(statement, {"of_run": run_id, **counts, **now})
        if done.rowcount != 1:
            raise RecordsError(
                f"run {run_id} was deleted from the records in {self._database.location} while it was going on"
            )


def _insert(table: Table, server: bool) -> Insert:
    """Return how rows are written unless they are there. Only the dialect in use is imported, which takes time."""
    if server:
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table).on_conflict_do_nothing()


def _toolkit_version() -> str:
    try:
        return version("mge-toolkit")
    except PackageNotFoundError:  # a source tree that was not installed
        return "unknown"


def _counting(server: bool) -> Update:
    """Return how counts and a sign of life are written. A server's clock is the same for all who write to it."""
    seen: Any = func.clock_timestamp() if server else bindparam("now")
    counts: dict[str, Any] = {name: bindparam(f"new_{name}") for name in COUNTS}
    return runs.update().where(runs.c.run_id == bindparam("of_run")).values(seen_at=seen, **counts)


def wave_row(summary: WaveSummary) -> Row:
    """Return a wave's row, but for the run's id."""
    return {
        "number": summary.number,
        "planned": summary.planned,
        **{name: getattr(summary.counts, name) for name in COUNTS},
        "wall": summary.wall,
        "attempt_time": summary.attempt_time,
        "parallelism": summary.parallelism,
        "theoretical_parallelism": summary.theoretical_parallelism,
    }


def end_of_run(result: RunResult, start: RunStarted, came_at: datetime) -> Row:
    """Return what the end of a run changes in its row."""
    details: dict[str, Any] = {"critical_path": list(result.critical_path)}
    if result.records_error is not None:
        details["records_error"] = result.records_error
    if result.isolation != start.isolation:
        details["isolation"] = plain(result.isolation)
    return {
        **{name: getattr(result.counts, name) for name in COUNTS},
        "started_at": result.started_at,
        "finished_at": came_at,
        "wall": result.wall,
        "parallelism": result.parallelism,
        "slots": result.slots,
        "schedule": result.schedule.value,
        "stop_reason": result.stop_reason,
        "resumed_from": result.resumed_from,
        "critical_path_time": result.critical_path_time,
        "details": dumped(details),
    }
