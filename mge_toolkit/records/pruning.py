"""Deletes runs, and what only they had."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, text

from mge_toolkit.records.reading import rows_of
from mge_toolkit.records.schema import atoms, attempts, codes, plans, runs, waves

if TYPE_CHECKING:
    from mge_toolkit.records.database import Database

ABANDONED: Final = timedelta(minutes=2)
"""After how long without a sign of life an unfinished run counts as one whose process died."""


def chosen_runs(database: Database, keep: int | None, before: datetime | None) -> list[str]:
    """Return the ids of the runs that may go, the oldest first; see the port for which."""
    if keep is None and before is None:
        return []
    places: Counter[str] = Counter()
    chosen = []
    with database.reading() as connection:
        now = connection.execute(select(func.clock_timestamp())).scalar_one() if database.server else None
        deadline = (now or datetime.now(UTC)) - ABANDONED
        query = select(runs).order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
        for row in rows_of(connection, query, runs):
            places[row["masterplan"]] += 1
            goes_on = row["finished_at"] is None and row["seen_at"] > deadline
            beyond = keep is None or places[row["masterplan"]] > keep
            old = before is None or row["started_at"] < before
            if beyond and old and not goes_on:
                chosen.append(row["run_id"])
    return chosen[::-1]


def delete_runs(database: Database, names: list[str]) -> None:
    """Delete runs, one in a transaction so that others get a turn, then give back the space."""
    for name in names:
        with database.writing("prune") as connection:
            for table in (attempts, atoms, waves, runs):
                connection.execute(table.delete().where(table.c.run_id == name))
    _delete_orphans(database)
    _give_back_space(database)


def _delete_orphans(database: Database) -> None:
    """Delete codes and plans that no run has any more.

    A run that is being written may have found such a code there, and be about to use it. SQLite has one writer at
    a time; on a server this waits for those that write, and they for this.
    """
    with database.writing("prune") as connection:
        if database.server:
            connection.execute(text("LOCK TABLE plans, codes IN EXCLUSIVE MODE"))
        used_codes = select(attempts.c.code_hash).where(attempts.c.code_hash == codes.c.code_hash).exists()
        used_plans = select(runs.c.plan_hash).where(runs.c.plan_hash == plans.c.plan_hash).exists()
        connection.execute(codes.delete().where(~used_codes))
        connection.execute(plans.delete().where(~used_plans))


def _give_back_space(database: Database) -> None:
    """Return free pages to the file system, as far as that goes without stopping others."""
    with database.told("prune"), database.engine.connect() as connection:
        if database.server:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in (attempts, atoms, codes, plans):
                alone.execute(text(f"VACUUM {table.name}"))
        else:
            raw: Any = connection.connection.driver_connection
            # A plain ``execute`` would free one page: it takes the first step only of what returns no rows.
            raw.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")
