"""The store: what earlier runs left, read back and cleared away."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from mge_toolkit.core.errors import UnknownAtomError, UnknownRunError
from mge_toolkit.core.records import Journal, RecordedRun, RunRecord
from mge_toolkit.core.results import ExecutionResult, Origin
from mge_toolkit.core.runs import WaveSummary
from mge_toolkit.records.codec import Row, recall_key
from mge_toolkit.records.columns import ATOM_COLUMNS, ATTEMPT_COLUMNS
from mge_toolkit.records.pruning import chosen_runs, delete_runs
from mge_toolkit.records.reading import (
    plan_of,
    record_from,
    result_by_id,
    result_by_key,
    result_from,
    results_of,
    rows_of,
    waves_of,
)
from mge_toolkit.records.schema import atoms, attempts, codes, runs
from mge_toolkit.records.target import RunTarget
from mge_toolkit.records.writer import BatchingJournal

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from mge_toolkit.records.database import Database

_NEWEST: Final = (runs.c.started_at.desc(), runs.c.run_id.desc())
_NAMED: Final = 5
_AT_A_TIME: Final = 2000


class SqlRecordStore:
    """Records in a database. See the port for what each method promises."""

    def __init__(self, database: Database) -> None:
        """Take a database whose tables are there."""
        self._database = database

    @property
    def location(self) -> str:
        """Where it is: a file or a URL without its password."""
        return self._database.location

    def journal(self) -> Journal:
        """Return a journal for one run that is about to start."""
        return BatchingJournal(lambda: RunTarget(self._database))

    def runs(self, masterplan: str | None = None, limit: int | None = None) -> Sequence[RunRecord]:
        """Return runs, the last started first."""
        query = select(runs).order_by(*_NEWEST)
        if masterplan is not None:
            query = query.where(runs.c.masterplan == masterplan)
        if limit is not None:
            query = query.limit(limit)
        with self._database.reading() as connection:
            return [record_from(row) for row in rows_of(connection, query, runs)]

    def find(self, run: str) -> RunRecord:
        """Return the run with this id, with an id that begins so, or the ``last``."""
        query = select(runs).order_by(*_NEWEST).limit(_NAMED + 1)
        begins = func.substr(runs.c.run_id, 1, len(run)) == run
        with self._database.reading() as connection:
            newest = [record_from(row) for row in rows_of(connection, query, runs)]
            if run == "last" and newest:
                return newest[0]
            found = [record_from(row) for row in rows_of(connection, query.where(begins), runs)]
            exact = query.where(runs.c.run_id == run)
            found = [record_from(row) for row in rows_of(connection, exact, runs)] or found
        if len(found) == 1:
            return found[0]
        if found and run:
            raise UnknownRunError(
                f"several runs in {self.location} begin with '{run}': {_named(found)}: write more of the id"
            )
        raise self._unknown(run, newest)

    def load(self, run_id: str) -> RecordedRun:
        """Return a whole run."""
        with self._database.reading() as connection, _no_garbage_collection():
            row = self._run(connection, run_id)
            record = record_from(row)
            plan = plan_of(connection, row)
            results = results_of(connection, run_id, record.isolation)
            ended = waves_of(connection, run_id)
            result = result_from(row, record, results, ended)
            return RecordedRun(record=record, plan=plan, result=replace(result, plan=plan))

    def atom(self, run_id: str, atom_id: str) -> ExecutionResult:
        """Return one atom of a run."""
        with self._database.reading() as connection:
            found = result_by_id(connection, run_id, atom_id)
            if found is not None:
                return found
            masterplan = self._run(connection, run_id)["masterplan"]
            names = connection.execute(select(atoms.c.atom_id).where(atoms.c.run_id == run_id))
            close = get_close_matches(atom_id, names.scalars().all(), 1)
        raise UnknownAtomError(atom_id, masterplan, close[0] if close else None)

    def recall(self, digest: str, environment: str) -> ExecutionResult | None:
        """Return the latest pass of a program: its ``origin`` is the cache, its ``origin_run`` where it ran."""
        with self._database.reading() as connection:
            found = result_by_key(connection, recall_key(digest, environment))
        if found is None:
            return None
        run_id, result = found
        return replace(result, origin=Origin.CACHED, origin_run=result.origin_run or run_id)

    def prune(
        self, *, keep: int | None = None, before: datetime | None = None, dry_run: bool = False
    ) -> Sequence[str]:
        """Delete old runs with the codes and plans that only they had; return their ids, the oldest first.

        Without a condition nothing is deleted. An SQLite file shrinks; a PostgreSQL server uses the space again.
        """
        names = chosen_runs(self._database, keep, before)
        if names and not dry_run:
            delete_runs(self._database, names)
        return names

    def waves(self, run_id: str) -> Sequence[WaveSummary]:
        """Return the waves of a run that have ended. Raises ``UnknownRunError``."""
        with self._database.reading() as connection:
            self._run(connection, run_id)
            return waves_of(connection, run_id)

    def atom_rows(self, run_id: str) -> Iterator[tuple[Any, ...]]:
        """Yield the finished atoms of a run in the plan's order, as plain values of :data:`ATOM_COLUMNS`."""
        query = select(*(atoms.c[name] for name in ATOM_COLUMNS))
        return self._stream(query.where(atoms.c.run_id == run_id).order_by(atoms.c.ordinal))

    def attempt_rows(self, run_id: str) -> Iterator[tuple[Any, ...]]:
        """Yield the attempts of a run in the plan's order, as plain values of :data:`ATTEMPT_COLUMNS`."""
        both = attempts.join(
            atoms, (atoms.c.run_id == attempts.c.run_id) & (atoms.c.ordinal == attempts.c.ordinal)
        )
        both = both.outerjoin(codes, codes.c.code_hash == attempts.c.code_hash)
        columns = [
            next(table.c[name] for table in (attempts, atoms, codes) if name in table.c)
            for name in ATTEMPT_COLUMNS
        ]
        query = select(*columns).select_from(both).where(attempts.c.run_id == run_id)
        return self._stream(query.order_by(attempts.c.ordinal, attempts.c.position))

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._database.close()

    def _stream(self, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
        with self._database.reading() as connection:
            streamed = connection.execution_options(yield_per=_AT_A_TIME)
            for rows in streamed.execute(query).partitions():
                yield from map(tuple, rows)

    def _run(self, connection: Connection, run_id: str) -> Row:
        query = select(runs).where(runs.c.run_id == run_id)
        for row in rows_of(connection, query, runs):
            return row
        newest = select(runs).order_by(*_NEWEST).limit(_NAMED + 1)
        raise self._unknown(run_id, [record_from(row) for row in rows_of(connection, newest, runs)])

    def _unknown(self, run: str, newest: Sequence[RunRecord]) -> UnknownRunError:
        if not newest:
            return UnknownRunError(f"there is no run '{run}': {self.location} has none yet")
        return UnknownRunError(f"there is no run '{run}' in {self.location}, which has {_named(newest)}")


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Hold the collector off: a large run makes millions of objects and no garbage, which it would go through."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _named(records: Sequence[RunRecord]) -> str:
    """Return a few runs as a person tells them apart."""
    names = [
        f"{record.run_id} ({record.masterplan}, {record.started_at:%Y-%m-%d %H:%M} UTC)"
        for record in records[:_NAMED]
    ]
    return ", ".join(names) + (" and others" if len(records) > _NAMED else "")
