"""The journal: what it promises while machines, servers and processes fail."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.events import Event
from mge_toolkit.core.results import Outcome
from mge_toolkit.records import open_store
from mge_toolkit.records.database import Database, connect
from mge_toolkit.records.store import SqlRecordStore
from mge_toolkit.records.target import RunTarget
from mge_toolkit.records.writer import BATCH, BatchingJournal
from tests.records.samples import record, sample_run
from tests.records.servers import PostgresServer, binaries

if TYPE_CHECKING:
    from sqlalchemy import Connection

ROOT = Path(__file__).resolve().parents[2]


class FakeTarget:
    """Notes what it is asked for; waits before every write until it is let go."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.signs_of_life = 0
        self.closed = False
        self.lived = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def write(self, events: list[tuple[Event, datetime]]) -> None:
        self.go.wait(60)
        self.batches.append(len(events))

    def show_life(self) -> None:
        self.signs_of_life += 1
        if self.signs_of_life >= 3:
            self.lived.set()

    def close(self) -> None:
        self.closed = True


def done(future: Future[None] | None) -> None:
    assert future is not None
    future.result(60)


def test_much_is_written_in_batches_of_the_most_that_is_allowed() -> None:
    target = FakeTarget()
    target.go.clear()
    journal = BatchingJournal(lambda: target, delay=1000)
    sample = sample_run({f"atom {n}": Outcome.PASSED for n in range(100)})
    futures = [journal.append(one) for one in sample.events]
    target.go.set()
    for future in futures:
        done(future)
    journal.close()
    assert target.batches[0] == 1, "the beginning of a run does not wait"
    assert sum(target.batches) == len(sample.events)
    assert max(target.batches) == BATCH
    assert len(target.batches) == 1 + ceil((len(sample.events) - 1) / BATCH)


def test_little_is_written_after_a_while_or_when_asked() -> None:
    target = FakeTarget()
    sample = sample_run()
    journal = BatchingJournal(lambda: target, delay=0.01)
    for one in sample.finished:
        done(journal.append(one))
    journal.close()
    patient = BatchingJournal(lambda: target, delay=1000)
    first = patient.append(sample.finished[0])
    assert first is not None
    assert not first.done()
    patient.flush()
    done(first)
    second = patient.append(sample.finished[1])
    patient.close()
    assert second is not None
    second.result(0)
    assert target.closed


def test_the_end_of_a_run_does_not_wait() -> None:
    journal = BatchingJournal(FakeTarget, delay=1000)
    sample = sample_run()
    for one in sample.finished:
        journal.append(one)
    done(journal.append(sample.end))
    journal.close()


def test_a_run_in_which_nothing_happens_shows_that_it_is_alive() -> None:
    target = FakeTarget()
    journal = BatchingJournal(lambda: target, delay=0.0, heartbeat=0.01)
    done(journal.append(sample_run().start))
    assert target.lived.wait(60)
    journal.close()


def test_a_sign_of_life_that_fails_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Mute(FakeTarget):
        def show_life(self) -> None:
            super().show_life()
            raise RecordsError("no answer")

    target = Mute()
    journal = BatchingJournal(lambda: target, delay=0.0, heartbeat=0.01)
    sample = sample_run()
    done(journal.append(sample.start))
    assert target.lived.wait(60)
    done(journal.append(sample.end))
    journal.close()
    assert "no answer" in caplog.text


def test_a_defect_of_ours_is_told_to_those_who_wait() -> None:
    def broken() -> FakeTarget:
        raise KeyError("oops")

    journal = BatchingJournal(broken)
    future = journal.append(sample_run().start)
    assert future is not None
    with pytest.raises(
        RecordsError, match=r"internal error in the journal .KeyError: .oops..: please report it"
    ):
        future.result(60)
    journal.close()


def test_a_run_whose_process_died_can_be_pruned_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = open_store(path)
    sample = sample_run()
    record(store, sample, events=sample.unfinished)
    for age, expected in ((timedelta(seconds=90), []), (timedelta(seconds=150), [sample.run_id])):
        seen = (datetime.now(UTC) - age).isoformat(" ", "microseconds")
        with closing(sqlite3.connect(path)) as plain:
            plain.execute("UPDATE runs SET seen_at = ?", [seen])
            plain.commit()
        assert store.prune(keep=0, dry_run=True) == expected
    store.close()


class Forgetful(Database):
    """A database of which every other answer to a commit is lost."""

    commits = 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as connection:
            yield connection
        self.commits += 1
        if self.commits % 2:
            raise OperationalError("COMMIT", None, psycopg.OperationalError("the connection is lost"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_written_before_the_answer_was_lost_is_not_written_again(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    location = str(tmp_path / "history.db")
    if kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
        location = server.url(server.new_database())
    store = open_store(location)
    good = connect(location, patience=30)
    database = Forgetful(good.engine, location=location, patience=30)
    sample = sample_run({f"atom {n}": Outcome.PASSED for n in range(20)})
    journal = BatchingJournal(lambda: RunTarget(database), delay=0)
    futures = [journal.append(one) for one in sample.events]
    journal.close()
    for future in futures:
        done(future)
    assert database.commits > 2
    found = store.load(sample.run_id)
    assert found.result == sample.end.result
    assert found.record.counts == sample.end.result.counts
    assert len(list(store.attempt_rows(sample.run_id))) == 20
    good.close()
    store.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="mge-postgres-", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        server = PostgresServer(programs, Path(name))
        server.start()
        yield server
        server.stop()


def test_a_server_that_goes_away_and_comes_back_loses_nothing(own_server: PostgresServer) -> None:
    store = open_store(own_server.url(own_server.new_database()))
    sample = sample_run({f"atom {n}": Outcome.PASSED for n in range(120)})
    journal = store.journal()
    done(journal.append(sample.start))
    futures: list[Future[None] | None] = []
    for number, one in enumerate(sample.finished):
        if number in (40, 80):
            own_server.stop(gently=number == 80)
        futures.append(journal.append(one))
        if number in (60, 100):
            journal.flush()
            time.sleep(0.3)
            last = futures[-1]
            assert last is not None
            assert not last.done(), "what is not on disk does not count as written"
            own_server.start()
            done(last)
    futures += [journal.append(one) for one in sample.events[121:]]
    journal.close()
    for future in futures:
        done(future)
    found = store.load(sample.run_id)
    assert found.result == sample.end.result
    assert found.record.counts == sample.end.result.counts
    store.close()


def test_a_server_that_stays_away_ends_the_journal(own_server: PostgresServer) -> None:
    store = open_store(own_server.url(own_server.new_database()), patience=0.5)
    sample = sample_run()
    journal = store.journal()
    done(journal.append(sample.start))
    first = journal.append(sample.finished[0])
    journal.flush()
    done(first)
    own_server.stop()
    lost = journal.append(sample.finished[1])
    assert lost is not None
    error = lost.exception(60)
    assert isinstance(error, RecordsError)
    assert "cannot write the records in postgresql://" in str(error)
    assert "start the server" in str(error)
    with pytest.raises(RecordsError, match=r"cannot read the records in postgresql://.*start the server"):
        store.runs()
    own_server.start()
    later = journal.append(sample.finished[2])
    assert later is not None
    assert later.exception(0) is error
    journal.close()
    assert list(store.load(sample.run_id).result.results) == ["first"], "the store itself works again"
    store.close()


KILLED = """
import sys
from mge_toolkit.core.results import Outcome
from mge_toolkit.records import open_store
from tests.records.samples import sample_run
store = open_store(sys.argv[1])
journal = store.journal()
sample = sample_run({f"atom {n}": Outcome.PASSED for n in range(5000)}, run_id=sys.argv[2])
journal.append(sample.start).result()
print("started", flush=True)
for event in sample.finished:
    journal.append(event).add_done_callback(
        lambda future, name=event.result.atom_id: future.exception() or print(name, flush=True)
    )
"""


def kill_after(lines: int, location: str, run_id: str) -> list[str]:
    """Run a writer, kill it when it has said so many lines, and return the atoms that it called written."""
    said = []
    command = [sys.executable, "-c", KILLED, location, run_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            said.append(line)
            if len(said) == lines:
                child.kill()
    return [line.rstrip("\n") for line in said if line.endswith("\n")][1:]


WHERE: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "sqlite": lambda request, directory: str(directory / "history.db"),
    "postgresql": lambda request, directory: new_postgres(request.getfixturevalue("postgres_server")),
}


def new_postgres(server: PostgresServer) -> str:
    return server.url(server.new_database())


@pytest.mark.parametrize("kind", WHERE)
def test_what_was_called_written_survives_kill(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    location = WHERE[kind](request, tmp_path)
    moments = random.Random(5)
    for number in range(4):
        told = kill_after(moments.randrange(1, 2000), location, f"r{number}")
        store: SqlRecordStore = open_store(location)
        found = store.load(f"r{number}")
        assert set(told) <= set(found.result.results)
        assert found.record.counts.passed == len(found.result.results) < 5000
        assert len(found.plan.atoms) == 5000
        assert not found.record.finished
        store.close()
