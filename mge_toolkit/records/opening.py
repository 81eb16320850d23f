"""Opens records: makes the tables where there are none, upgrades older ones, refuses newer ones."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.records.database import Database, connect
from mge_toolkit.records.schema import REVISIONS, VERSION_TABLE, metadata

if TYPE_CHECKING:
    from mge_toolkit.records.store import SqlRecordStore

_LOCK: Final = (
    0x6D67655F  # an advisory lock of PostgreSQL's, so that only one process makes or changes tables
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Revisions:
    """The revisions that this version knows, oldest first, and the directories of their scripts."""

    names: tuple[str, ...] = REVISIONS
    scripts: tuple[Path, ...] = (Path(__file__).parent / "migrations" / "versions",)


def opened(
    location: str | Path, *, patience: float = 30.0, revisions: Revisions | None = None
) -> SqlRecordStore:
    """Return the store at ``location`` with the newest schema. Raises ``RecordsError``."""
    from mge_toolkit.records.store import SqlRecordStore

    database = connect(location, patience=patience)
    try:
        with database.told("open"):
            _prepare(database, revisions or Revisions())
    except BaseException:
        database.close()
        raise
    return SqlRecordStore(database)


def _prepare(database: Database, revisions: Revisions) -> None:
    with database.reading("open") as connection:
        found = _revision(connection, database)
    if found == revisions.names[-1]:
        return
    if found is None and not database.server:
        _make_concurrent(database)
    with database.transaction() as connection:
        if database.server:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = _revision(connection, database)  # another process may have been here since
        if found is None:
            _create(connection, database, revisions)
        elif found not in revisions.names:
            raise RecordsError(
                f"the records in {database.location} were written by a newer version (schema {found}; this one "
                f"knows {revisions.names[-1]}): upgrade mge-toolkit, or name another place"
            )
        elif found != revisions.names[-1]:
            upgrade(connection, revisions)


def _revision(connection: Connection, database: Database) -> str | None:
    """Return which revision a database has; ``None`` where it holds no records."""
    exists = (
        "SELECT relname FROM pg_catalog.pg_class WHERE relname = :table AND pg_catalog.pg_table_is_visible(oid)"
        if database.server
        else "SELECT name FROM sqlite_master WHERE type = 'table' AND name = :table"
    )
    if connection.execute(text(exists), {"table": VERSION_TABLE}).scalar() is None:
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    return None if found is None else str(found)


def _make_concurrent(database: Database) -> None:
    """Have a new SQLite file written ahead of, so that readers and a writer do not wait for each other.

    Two processes may do so at once; SQLite does not wait for its turn here.
    """
    deadline = time.monotonic() + database.patience
    while True:
        raw = database.engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception as error:
            busy = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
            if not busy or time.monotonic() > deadline:
                raise
        else:
            return
        finally:
            raw.close()
        time.sleep(0.05)


def _create(connection: Connection, database: Database, revisions: Revisions) -> None:
    """Make the tables as the newest revision has them."""
    strangers = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if strangers:
        raise RecordsError(
            f"the records' place {database.location} holds tables of something else ({', '.join(strangers)}): "
            "name another file, database or schema"
        )
    metadata.create_all(connection, checkfirst=False)
    key = f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num)"  # as Alembic would make it
    connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, {key})"))
    connection.execute(
        text(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES (:name)"),  # noqa: S608 - a constant
        {"name": revisions.names[-1]},
    )


def upgrade(connection: Connection, revisions: Revisions) -> None:
    """Bring the tables to the newest revision, in the transaction of ``connection``."""
    from alembic import command  # imported here, since that takes longer than all else
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _escaped(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(_escaped, revisions.scripts)))
    config.attributes["connection"] = connection
    command.upgrade(config, revisions.names[-1])


def _escaped(path: Path) -> str:
    """Return a path as a configuration file takes it, where a percent sign means something."""
    return str(path).replace("%", "%%")
