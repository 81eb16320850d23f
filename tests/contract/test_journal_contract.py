"""What every journal promises, whatever database it writes into: see ``LOCATIONS`` in ``conftest``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.events import AtomFinished, AttemptFinished, AttemptStarted, WaveStarted
from mge_toolkit.core.runs import Counts
from mge_toolkit.records import open_store
from mge_toolkit.records.store import SqlRecordStore
from tests.records.samples import (
    passing_attempt,
    plan_with,
    record,
    result_for,
    sample_run,
)
from tests.records.servers import PostgresServer, postgres_server  # noqa: F401 - a fixture


def test_an_unfinished_run_holds_what_had_finished(store: SqlRecordStore) -> None:
    sample = sample_run()
    record(store, sample, events=(sample.start, *sample.finished[1:]))
    loaded = store.load(sample.run_id)
    assert not loaded.record.finished
    assert loaded.record.planned == 3
    assert loaded.record.counts == loaded.result.counts == Counts(failed=1, blocked=1)
    assert list(loaded.result.results) == ["second", "third"]
    assert list(loaded.plan.atoms) == ["first", "second", "third"]
    assert loaded.result.waves == ()
    assert (loaded.result.wall, loaded.result.parallelism, loaded.result.critical_path) == (0, 0, ())


def test_a_future_that_is_done_means_that_another_process_can_read_it(
    location: str, store: SqlRecordStore
) -> None:
    sample = sample_run()
    journal = store.journal()
    journal.append(sample.start)
    other = open_store(location)
    try:
        for number, event in enumerate(sample.finished, 1):
            future = journal.append(event)
            journal.flush()
            assert future is not None
            future.result(60)
            assert len(other.load(sample.run_id).result.results) == number
            assert other.find(sample.run_id).counts.total == number
    finally:
        journal.close()
        other.close()


def test_nothing_is_kept_of_other_events(store: SqlRecordStore) -> None:
    sample = sample_run()
    journal = store.journal()
    journal.append(sample.start)
    attempt = passing_attempt(sample.start.masterplan.atoms["first"])
    ids = {"run_id": sample.run_id, "atom_id": "first"}
    assert journal.append(AttemptStarted(**ids, number=1, slot=0)) is None
    assert journal.append(AttemptFinished(**ids, attempt=attempt)) is None
    assert journal.append(WaveStarted(run_id=sample.run_id, number=0, planned=3)) is None
    journal.close()
    assert store.load(sample.run_id).result.results == {}


def test_events_that_are_written_together_share_a_future(store: SqlRecordStore) -> None:
    results = [result_for(plan_with([f"a{n}"]).atoms[f"a{n}"]) for n in range(200)]
    sample = sample_run(results)
    journal = store.journal()
    futures = [journal.append(event) for event in sample.events]
    journal.close()
    assert all(future is not None and future.exception() is None for future in futures)
    assert 200 / 64 <= len({id(future) for future in futures}) < 100
    assert store.load(sample.run_id).result == sample.end.result


def test_what_waits_cannot_cancel_what_others_wait_for(store: SqlRecordStore) -> None:
    sample = sample_run()
    journal = store.journal()
    future = journal.append(sample.start)
    assert future is not None
    assert not future.cancel()
    journal.close()
    future.result(0)


def test_a_journal_that_is_closed_takes_nothing(store: SqlRecordStore) -> None:
    sample = sample_run()
    journal = store.journal()
    journal.append(sample.start)
    journal.close()
    journal.close()
    late = journal.append(sample.end)
    assert late is not None
    with pytest.raises(RecordsError, match="closed"):
        late.result(0)
    assert not store.find(sample.run_id).finished


def test_a_journal_without_events_ends_at_once(store: SqlRecordStore) -> None:
    journal = store.journal()
    journal.flush()
    journal.close()
    assert store.runs() == []


def test_after_a_failure_nothing_more_is_written(store: SqlRecordStore) -> None:
    sample = sample_run()
    broken = AtomFinished(run_id=sample.run_id, result=replace(sample.finished[1].result, wave="no number"))  # type: ignore[arg-type]
    journal = store.journal()
    good = journal.append(sample.start)
    assert good is not None
    good.result(60)
    bad = journal.append(broken)
    journal.flush()
    assert bad is not None
    error = bad.exception(60)
    assert isinstance(error, RecordsError)
    later = journal.append(sample.finished[0])
    last = journal.append(sample.end)
    assert later is not None
    assert last is not None
    assert later.exception(0) is error
    assert last.exception(0) is error
    journal.close()
    assert store.load(sample.run_id).result.results == {}
    assert not store.find(sample.run_id).finished
