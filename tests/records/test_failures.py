"""What goes wrong with a database is said clearly, and never ends in a wrong result."""

from __future__ import annotations

import os
import pwd
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.results import Outcome
from mge_toolkit.records import open_store
from tests.records.samples import record, sample_run
from tests.records.servers import PASSWORD, PostgresServer

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be a user whom permissions stop."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_directory(tmp_path: Path) -> Iterator[Path]:
    """A directory that other users can reach, with records in it; all modules are loaded that opening needs."""
    with tempfile.TemporaryDirectory(prefix="mge-records-", dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o755)
        store = open_store(directory / "history.db")
        record(store, sample_run())
        store.close()
        yield directory


def test_a_read_only_directory(open_directory: Path) -> None:
    (open_directory / "history.db").chmod(0o666)
    open_directory.chmod(0o555)
    with unprivileged():
        with pytest.raises(
            RecordsError, match=r"history\.db cannot be written: the directory .* is read-only"
        ):
            open_store(open_directory / "history.db")
        with pytest.raises(
            RecordsError, match=r"new\.db cannot be written: the directory .*name another place"
        ):
            open_store(open_directory / "new.db")
        with pytest.raises(
            RecordsError, match=r"cannot keep the records in .*/\.mge/history\.db: .*\.mge cannot be"
        ):
            open_store(open_directory / ".mge" / "history.db")


def test_a_file_that_may_not_be_written(open_directory: Path) -> None:
    open_directory.chmod(0o777)
    (open_directory / "history.db").chmod(0o444)
    with (
        unprivileged(),
        pytest.raises(RecordsError, match=r"history\.db cannot be written: change its permissions"),
    ):
        open_store(open_directory / "history.db")


def test_a_directory_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match=f"{tmp_path} is a directory: name a file in it"):
        open_store(tmp_path)


def test_a_file_in_place_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordsError, match=r"cannot keep the records in .*file/history\.db"):
        open_store(tmp_path / "file" / "history.db")


def test_a_device_in_place_of_the_file() -> None:
    with pytest.raises(RecordsError, match="/dev/null is no regular file"):
        open_store("/dev/null")


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="cannot keep the records in"):
        open_store(f"{tmp_path}/a\0b/history.db")


def test_an_empty_file_is_made_a_database(tmp_path: Path) -> None:
    (tmp_path / "history.db").touch()
    store = open_store(tmp_path / "history.db")
    assert store.runs() == []
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    content = "something that a person wrote\n" * 200
    path.write_text(content)
    with pytest.raises(
        RecordsError, match=r"cannot open the records in .*notes\.txt: it is no SQLite database"
    ):
        open_store(path)
    assert path.read_text() == content


def damage(path: Path, spoil: Callable[[bytes], bytes], pages: slice) -> None:
    """Spoil pages of a database in which there are two runs."""
    store = open_store(path)
    record(
        store,
        *(sample_run({f"atom {n}": Outcome.PASSED for n in range(200)}, run_id=f"r{i}") for i in range(2)),
    )
    store.close()
    content = path.read_bytes()
    size = int.from_bytes(content[16:18], "big")
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    parts[pages] = map(spoil, parts[pages])
    path.write_bytes(b"".join(parts))


def test_a_database_whose_beginning_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    damage(path, lambda page: page[:100] + b"\xff" * (len(page) - 100), slice(1))
    with pytest.raises(RecordsError, match=r"history\.db: it is damaged: move it away"):
        open_store(path)


def test_a_database_that_is_damaged_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    damage(path, lambda page: b"\xee" * len(page), slice(30, None))
    sample = sample_run({f"atom {n}": Outcome.PASSED for n in range(200)})
    store = open_store(path)
    with pytest.raises(RecordsError, match=r"cannot read the records in .*history\.db: it is damaged"):
        store.load("r1")
    with pytest.raises(RecordsError, match=r"cannot write the records in .*history\.db: it is damaged"):
        record(store, sample)
    store.close()


def test_a_code_that_was_changed_is_noticed(tmp_path: Path) -> None:
    store = open_store(tmp_path / "history.db")
    record(store, sample_run(run_id="r"))
    with closing(sqlite3.connect(tmp_path / "history.db")) as plain:
        plain.execute("UPDATE codes SET code = code || ' '")
        plain.commit()
    with pytest.raises(RecordsError, match="missing or changed"):
        store.load("r")
    with pytest.raises(RecordsError, match="missing or changed"):
        store.atom("r", "first")
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE atoms SET outcome = 'perfect'",
        "UPDATE attempts SET details = 'no JSON' WHERE NOT passed",
        "UPDATE attempts SET flags = 'new_flag'",
        "UPDATE runs SET schedule = 'random'",
        "UPDATE runs SET isolation = '[]'",
        "UPDATE plans SET document = 'text'",
        "DELETE FROM plans",
    ],
)
def test_what_is_no_record_of_ours_is_no_result(tmp_path: Path, statement: str) -> None:
    store = open_store(tmp_path / "history.db")
    record(store, sample_run(run_id="r"))
    with closing(sqlite3.connect(tmp_path / "history.db")) as plain:
        plain.execute(statement)
        plain.commit()
    with pytest.raises(RecordsError, match=r"no record of ours|damaged"):
        store.load("r")
    store.close()


def test_a_file_that_another_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    sample = sample_run()
    store = open_store(path, patience=0.2)
    record(store, sample_run())
    journal = store.journal()
    first = journal.append(sample.start)
    assert first is not None
    first.result(60)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        second = journal.append(sample.finished[0])
        assert second is not None
        error = second.exception(60)
        assert isinstance(error, RecordsError)
        assert "another process holds it and did not let go for 0.2 s" in str(error)
        with pytest.raises(RecordsError, match="another process holds it"):
            store.prune(keep=0)
    later = journal.append(sample.end)
    assert later is not None
    assert later.exception(0) is error
    journal.close()
    assert store.load(sample.run_id).result.results == {}
    store.close()


def test_a_file_that_another_process_holds_for_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    sample = sample_run()
    store = open_store(path, patience=60)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        journal = store.journal()
        futures = [journal.append(one) for one in sample.events]
        assert not any(future is None or future.done() for future in futures)
        other.execute("ROLLBACK")
    journal.close()
    assert store.load(sample.run_id).result == sample.end.result
    store.close()


def test_a_new_file_that_another_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE something (x)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RecordsError, match=r"cannot open the records in .*another process holds it"):
            open_store(path, patience=0.1)


def test_a_full_disk(tmp_path: Path) -> None:
    sample = sample_run({f"atom {n}": Outcome.PASSED for n in range(1000)})
    store = open_store(tmp_path / "history.db")
    store.close()
    event.listen(store._database.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 60"))
    journal = store.journal()
    futures = [journal.append(one) for one in sample.events]
    journal.close()
    errors = [future.exception() for future in futures if future is not None]
    written = errors.index(next(error for error in errors if error is not None))
    assert 1 < written < 900
    assert len(set(errors[written:])) == 1, "after the first failure everything fails, with the same error"
    assert "the disk is full: make room" in str(errors[-1])
    found = store.load(sample.run_id)
    assert list(found.result.results.values()) == [one.result for one in sample.finished[: written - 1]]
    assert found.record.counts.passed == written - 1
    store.close()


SMALL_FILES = """
import resource, sys
from pathlib import Path
from mge_toolkit.core.results import Outcome
from mge_toolkit.records import open_store
from tests.records.samples import sample_run
path = Path(sys.argv[1])
store = open_store(path)
sample = sample_run({f"atom {n}": Outcome.PASSED for n in range(1000)}, run_id="r")
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
journal = store.journal()
futures = [journal.append(event) for event in sample.events]
journal.close()
errors = [future.exception() for future in futures]
print(sum(error is None for error in errors), errors[-1], sep="\\n")
"""


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SMALL_FILES, tmp_path / "history.db"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=ROOT,
    )
    number, message = done.stdout.strip().split("\n")
    assert 1 < int(number) < 900
    assert "cannot write the records in" in message
    assert "the disk" in message
    store = open_store(tmp_path / "history.db")
    assert store.find("r").counts.passed == len(store.load("r").result.results) == int(number) - 1
    store.close()


def test_a_run_that_is_deleted_while_it_goes_on(tmp_path: Path) -> None:
    sample = sample_run()
    store = open_store(tmp_path / "history.db")
    journal = store.journal()
    first = journal.append(sample.start)
    assert first is not None
    first.result(60)
    with closing(sqlite3.connect(tmp_path / "history.db")) as plain:
        plain.execute("DELETE FROM runs")
        plain.commit()
    for one in (sample.finished[0], sample.end):
        future = journal.append(one)
        journal.flush()
        assert future is not None
        with pytest.raises(RecordsError, match="was deleted"):
            future.result(60)
    journal.close()
    assert store.runs() == []
    store.close()


@pytest.mark.parametrize(
    ("location", "message"),
    [
        (
            "mysql://somewhere/records",
            "cannot be kept in 'mysql': name a file, or postgresql://USER@HOST/NAME",
        ),
        ("nonsense://", "name a file, or postgresql"),
        ("postgresql://host:port/records", "no URL that can be read: write postgresql://USER@HOST/NAME"),
    ],
)
def test_a_place_that_is_none(location: str, message: str) -> None:
    with pytest.raises(RecordsError, match=message):
        open_store(location)


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RecordsError, match=r"pip install 'mge-toolkit\[postgres\]'") as raised:
        open_store("postgresql://me:secret@127.0.0.1:1/records?password=secret")
    assert "secret" not in str(raised.value)


def test_a_server_that_is_not_there() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(
        RecordsError, match=r"postgresql://me@127\.0\.0\.1:1/records: .*start the server, or"
    ) as raised:
        open_store("postgresql://me:secret@127.0.0.1:1/records?password=secret")
    assert "secret" not in str(raised.value)


def test_a_wrong_password(postgres_server: PostgresServer) -> None:
    name = postgres_server.new_database()
    with pytest.raises(RecordsError, match="the user or the password is wrong: correct the URL") as raised:
        open_store(postgres_server.url(name, password="wrong-password"))
    assert "wrong-password" not in str(raised.value)
    store = open_store(postgres_server.url(name, password=PASSWORD))
    assert PASSWORD not in store.location
    store.close()


def test_a_database_that_is_not_there(postgres_server: PostgresServer) -> None:
    with pytest.raises(
        RecordsError, match='database "nowhere" does not exist: create it, or correct the URL'
    ):
        open_store(postgres_server.url("nowhere"))
