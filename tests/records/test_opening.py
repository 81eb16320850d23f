"""Records are made, upgraded or refused when they are opened."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.results import Outcome
from mge_toolkit.records import open_store
from mge_toolkit.records.database import Database, connect
from mge_toolkit.records.opening import Revisions, opened, upgrade
from mge_toolkit.records.schema import REVISIONS, VERSION_TABLE, metadata
from tests.records.samples import record, sample_run
from tests.records.servers import PostgresServer

LOCATIONS: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "sqlite": lambda request, directory: str(directory / "history.db"),
    "postgresql": lambda request, directory: new_postgres(request.getfixturevalue("postgres_server")),
}
LATER = """
import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "%s"

def upgrade():
    op.add_column("runs", sa.Column("later", sa.Text))
    op.execute("UPDATE runs SET later = 'upgraded'")
"""


def new_postgres(server: PostgresServer) -> str:
    return server.url(server.new_database())


@pytest.fixture(params=LOCATIONS)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return LOCATIONS[request.param](request, tmp_path)


@pytest.fixture
def later(tmp_path: Path) -> Revisions:
    """The revisions of a version to come, which adds a column."""
    scripts = tmp_path / "100% later"
    scripts.mkdir()
    (scripts / "later.py").write_text(LATER % REVISIONS[-1])
    return Revisions(names=(*REVISIONS, "later"), scripts=(*Revisions().scripts, scripts))


def described(database: Database) -> dict[str, Any]:
    """Return what a database says of its tables."""
    inspector = inspect(database.engine)
    return {
        table: {
            "columns": [{**column, "type": str(column["type"])} for column in inspector.get_columns(table)],
            "key": inspector.get_pk_constraint(table),
            "foreign": inspector.get_foreign_keys(table),
            "indexes": [
                {**one, "dialect_options": {k: str(v) for k, v in one.get("dialect_options", {}).items()}}
                for one in inspector.get_indexes(table)
            ],
        }
        for table in inspector.get_table_names()
    }


def fetched(location: str, statement: str) -> list[tuple[Any, ...]]:
    database = connect(location, patience=5)
    with database.reading() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    database.close()
    return found


@pytest.mark.parametrize("other", LOCATIONS)
def test_migrations_make_the_same_tables_as_the_schema(
    request: pytest.FixtureRequest, tmp_path: Path, other: str
) -> None:
    (tmp_path / "migrated").mkdir()
    (tmp_path / "made").mkdir()
    migrated = connect(LOCATIONS[other](request, tmp_path / "migrated"), patience=5)
    with migrated.transaction() as connection:
        upgrade(connection, Revisions())
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    made_at = LOCATIONS[other](request, tmp_path / "made")
    opened(made_at).close()
    made = connect(made_at, patience=5)
    tables = described(made)
    assert described(migrated) == tables
    assert set(tables) == {*metadata.tables, VERSION_TABLE}
    versions = [database_revision(database) for database in (migrated, made)]
    assert versions == [REVISIONS[-1]] * 2
    migrated.close()
    made.close()


def database_revision(database: Database) -> str:
    with database.reading() as connection:
        return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def test_the_revisions_are_those_of_the_scripts() -> None:
    directory = Path(Revisions().scripts[0])
    scripts = ScriptDirectory(str(directory.parent), version_locations=[str(directory)])
    assert [one.revision for one in scripts.walk_revisions()] == list(reversed(REVISIONS))


def test_older_records_are_upgraded_and_kept(location: str, later: Revisions) -> None:
    sample = sample_run()
    store = open_store(location)
    record(store, sample)
    store.close()
    store = opened(location, revisions=later)
    assert store.load(sample.run_id).result == sample.end.result
    store.close()
    assert fetched(location, "SELECT later FROM runs") == [("upgraded",)]
    opened(location, revisions=later).close()


def test_an_upgrade_that_fails_changes_nothing(location: str, later: Revisions) -> None:
    sample = sample_run()
    store = open_store(location)
    record(store, sample)
    store.close()
    script = later.scripts[-1] / "later.py"
    script.write_text(script.read_text() + '    op.execute("UPDATE nothing SET x = 1")\n')
    with pytest.raises(RecordsError, match=r"cannot open the records in .*nothing"):
        opened(location, revisions=later)
    store = open_store(location)
    assert store.load(sample.run_id).result == sample.end.result
    store.close()


def test_newer_records_are_refused(location: str, later: Revisions) -> None:
    opened(location, revisions=later).close()
    with pytest.raises(
        RecordsError, match=r"written by a newer version \(schema later; .*upgrade mge-toolkit"
    ):
        open_store(location)


def test_tables_of_something_else_are_left_alone(location: str) -> None:
    database = connect(location, patience=5)
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE runs (distance INTEGER)"))
    database.close()
    with pytest.raises(RecordsError, match=r"holds tables of something else \(runs\): name another"):
        open_store(location)
    assert fetched(location, "SELECT * FROM runs") == []


OPEN = """
import sys
from pathlib import Path
from mge_toolkit.records.opening import Revisions, opened
from tests.records.samples import record, sample_run
location, run_id, names, scripts = sys.argv[1:]
revisions = Revisions(names=tuple(names.split(",")), scripts=tuple(map(Path, scripts.split(":"))))
import sqlalchemy.dialects.sqlite, mge_toolkit.records.store, alembic.command
print("ready", flush=True)
sys.stdin.readline()
store = opened(location, revisions=revisions)
record(store, sample_run(run_id=run_id))
"""


def open_at_once(location: str, revisions: Revisions, run_ids: list[str]) -> None:
    """Have several processes open the records at the same moment, and record a run each."""
    root = Path(__file__).resolve().parents[2]
    arguments = [",".join(revisions.names), ":".join(map(str, revisions.scripts))]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, location, run_id, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=root,
        )
        for run_id in run_ids
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.flush()
    for child in children:
        _, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors.decode()


def test_several_processes_make_and_upgrade_records_at_once(location: str, later: Revisions) -> None:
    open_at_once(location, Revisions(), ["a", "b", "c"])
    open_at_once(location, later, ["d", "e", "f"])
    store = opened(location, revisions=later)
    assert sorted(run.run_id for run in store.runs()) == list("abcdef")
    assert all(run.finished for run in store.runs())
    store.close()


def test_a_file_is_written_ahead_and_survives_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "history.db"
    store = open_store(path)
    record(store, sample_run())
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert plain.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()
    with store._database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    store.close()


def test_opening_records_that_are_up_to_date_imports_no_migrations(tmp_path: Path) -> None:
    text_of_child = (
        "import sys; from mge_toolkit.records import open_store; assert 'sqlalchemy' not in sys.modules\n"
        "open_store(sys.argv[1]).close(); open_store(sys.argv[1]).close()\n"
        "assert 'sqlalchemy' in sys.modules; print(*sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", text_of_child, tmp_path / "history.db"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not {"alembic", "mako", "psycopg"} & set(done.stdout.split())


def test_space_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = open_store(path)
    small, large = sample_run(), sample_run({f"atom-{n:06}": Outcome.PASSED for n in range(3000)})
    record(store, small, large)
    before = path.stat().st_size
    assert store.prune(before=large.start.started_at) == [small.run_id]
    assert fetched(str(path), "SELECT count(*) FROM codes") == [(3000,)]
    assert store.prune(keep=0) == [large.run_id]
    store.close()
    assert path.stat().st_size < before / 5
    for table in metadata.tables:
        assert fetched(str(path), f"SELECT count(*) FROM {table}") == [(0,)]
