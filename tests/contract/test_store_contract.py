"""What every store of records promises, whatever database it is in: see ``LOCATIONS`` in ``conftest``."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mge_toolkit.core.errors import UnknownAtomError, UnknownRunError
from mge_toolkit.core.events import RunFinished
from mge_toolkit.core.plans import DataFile, Expectation, FromAtom, Masterplan, Source
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.results import Isolation, Origin, Outcome
from mge_toolkit.core.runs import Counts, Schedule
from mge_toolkit.records import open_store
from mge_toolkit.records.store import SqlRecordStore
from tests.records.samples import (
    ISOLATION,
    STARTED,
    passing_attempt,
    plan_with,
    record,
    result_for,
    sample_run,
    taken_over,
)
from tests.records.servers import PostgresServer, postgres_server  # noqa: F401 - a fixture


def test_a_whole_run_comes_back_as_it_was(store: SqlRecordStore) -> None:
    sample = sample_run()
    record(store, sample)
    loaded = store.load(sample.run_id)
    assert loaded.result == sample.end.result
    assert list(loaded.result.results) == ["first", "second", "third"]
    assert loaded.plan == sample.start.masterplan
    found = loaded.record
    assert (found.run_id, found.masterplan, found.plan_path) == (sample.run_id, "webshop", "webshop.yaml")
    assert found.started_at == sample.start.started_at
    assert found.finished_at is not None
    assert found.finished
    assert found.planned == 3
    assert found.counts == Counts(passed=1, failed=1, blocked=1)
    assert (found.wall, found.parallelism, found.slots) == (1.75, 0.5, 2)
    assert (found.schedule, found.repair) == (Schedule.READY, RepairLevel.FIX)
    assert found.isolation == ISOLATION
    assert found.environment == "python 3.11"
    assert found.toolkit_version


def test_the_plan_comes_back_whole_but_for_the_content_of_data_files(store: SqlRecordStore) -> None:
    sample = sample_run()
    plan = sample.start.masterplan
    rich = replace(
        plan.atoms["second"],
        check=Source(text="assert result\n", file="plan.yaml", line=9, indent=4, exact=False),
        expect=Expectation(result="unset", tolerance=0.5),
        depends_on=("first",),
        inputs={"a": FromAtom(atom="first"), "b": {"from": "first"}, "c": None, "d": [1, 2.5, "x"]},
        files=(DataFile(name="numbers.csv", content=b"1,2"),),
        critical=False,
    )
    whole = replace(plan, atoms={**plan.atoms, "second": rich}, preload=("json",))
    started = replace(sample.start, masterplan=whole, waves={"first": 0, "second": 1})
    record(store, sample, events=[started])
    kept = store.load(sample.run_id).plan
    assert list(kept.atoms) == ["first", "second"], "only what the run set out to run"
    assert kept.atoms["second"] == replace(rich, files=(DataFile(name="numbers.csv", content=b""),))
    assert kept.atoms["second"].expect == rich.expect
    assert (kept.name, kept.path, kept.preload) == (whole.name, whole.path, ("json",))


def test_runs_are_listed_the_last_started_first(store: SqlRecordStore) -> None:
    shop, other, again = sample_run(), sample_run(name="other"), sample_run()
    record(store, again, shop, other)
    assert [run.run_id for run in store.runs()] == [again.run_id, other.run_id, shop.run_id]
    assert [run.run_id for run in store.runs("webshop")] == [again.run_id, shop.run_id]
    assert [run.run_id for run in store.runs("webshop", limit=1)] == [again.run_id]
    assert store.runs("unknown") == []
    assert store.runs(limit=0) == []


def test_a_run_is_found_by_the_beginning_of_its_id(store: SqlRecordStore) -> None:
    ids = ("abc1", "abc2", "abd", "ab", "%", "AB3")
    record(store, *(sample_run(run_id=run_id) for run_id in ids))
    assert store.find("abc1").run_id == "abc1"
    assert store.find("abd").run_id == "abd"
    assert store.find("ab").run_id == "ab", "an id that is also a beginning"
    assert store.find("%").run_id == "%"
    assert store.find("A").run_id == "AB3"
    assert store.find("last").run_id == "AB3"
    with pytest.raises(UnknownRunError, match=r"several runs .* 'abc': abc2 .*, abc1 .*more of the id"):
        store.find("abc")


def test_an_unknown_run_is_answered_by_what_there_is(location: str, store: SqlRecordStore) -> None:
    for missing in ("last", "", "x"):
        with pytest.raises(UnknownRunError, match="none yet"):
            store.find(missing)
    record(store, sample_run(run_id="abc"), *(sample_run() for _ in range(6)))
    for method in (store.find, store.load, store.waves):
        with pytest.raises(UnknownRunError, match=r"no run 'ffff' in .* \(webshop, 2026-.* and others"):
            method("ffff")
    with pytest.raises(UnknownRunError):
        store.atom("ffff", "first")
    with pytest.raises(UnknownRunError):
        store.load("ab")


def test_one_atom_is_read_by_itself(store: SqlRecordStore) -> None:
    sample = sample_run()
    record(store, sample, sample_run())
    for event in sample.finished:
        assert store.atom(sample.run_id, event.result.atom_id) == event.result
    with pytest.raises(UnknownAtomError, match="did you mean 'third'"):
        store.atom(sample.run_id, "thrid")


def test_waves_are_read_by_themselves(store: SqlRecordStore) -> None:
    sample = sample_run()
    record(store, sample)
    assert store.waves(sample.run_id) == sample.end.result.waves


def test_recall_knows_the_latest_pass_of_a_program(store: SqlRecordStore) -> None:
    atom = plan_with(["first"]).atoms["first"]
    first = sample_run({"first": Outcome.PASSED})
    attempt = passing_attempt(atom, code="other", source="fixer")
    healed = replace(result_for(atom), attempts=(passing_attempt(atom), attempt))
    second = sample_run([healed])
    record(store, first, second)
    found = store.recall("digest of first", "python 3.11")
    assert found == replace(healed, origin=Origin.CACHED, origin_run=second.run_id)
    assert store.recall("digest of first", "python 3.12") is None
    assert store.recall("digest of second", "python 3.11") is None


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": Outcome.FAILED},
        {"flaky": True},
        {"origin": Origin.RESUMED},
        {"digest": None},
    ],
    ids=str,
)
def test_recall_knows_nothing_but_passes_that_were_executed(
    store: SqlRecordStore, change: dict[str, object]
) -> None:
    result = result_for(plan_with(["first"]).atoms["first"])
    record(store, sample_run([replace(result, **change)]))  # type: ignore[arg-type]
    assert store.recall("digest of first", "python 3.11") is None
    record(store, sample_run([result]))
    assert store.recall("digest of first", "python 3.11") is not None


def test_a_pass_from_the_cache_is_recalled_when_the_run_that_executed_it_is_gone(
    store: SqlRecordStore,
) -> None:
    first = sample_run([result_for(plan_with(["first"]).atoms["first"])])
    record(store, first)
    cached = store.recall("digest of first", "python 3.11")
    assert cached is not None
    record(store, sample_run([cached]))
    assert store.prune(keep=1) == [first.run_id]
    found = store.recall("digest of first", "python 3.11")
    assert found is not None
    assert (found.origin, found.origin_run) == (Origin.CACHED, first.run_id)


def test_recall_finds_passes_of_runs_that_have_not_finished(store: SqlRecordStore) -> None:
    sample = sample_run()
    record(store, sample, events=sample.unfinished)
    found = store.recall("digest of first", "python 3.11")
    assert found is not None
    assert found.origin_run == sample.run_id


def test_results_that_were_taken_over_keep_their_attempts(store: SqlRecordStore) -> None:
    first = sample_run()
    second = sample_run(
        [taken_over(event.result, first.run_id) for event in first.finished], resumed_from=first.run_id
    )
    record(store, first, second)
    loaded = store.load(second.run_id)
    assert loaded.result == second.end.result
    assert loaded.record.resumed_from == first.run_id
    assert loaded.record.counts.resumed == 3
    store.prune(keep=1)
    assert store.load(second.run_id).result == second.end.result


def test_an_isolation_other_than_the_run_s_is_kept(store: SqlRecordStore) -> None:
    atom = plan_with(["first"]).atoms["first"]
    other = Isolation(sandbox="other")
    attempt = passing_attempt(atom)
    attempt = replace(attempt, execution=replace(attempt.execution, isolation=other))
    sample = sample_run([replace(result_for(atom), attempts=(attempt,))])
    end = replace(sample.end, result=replace(sample.end.result, isolation=other))
    record(store, sample, events=(*sample.unfinished, end))
    assert store.load(sample.run_id).result == end.result


def test_rows_hold_the_columns_they_name(store: SqlRecordStore) -> None:
    from mge_toolkit.records.columns import ATOM_COLUMNS, ATTEMPT_COLUMNS

    sample = sample_run()
    record(store, sample, sample_run())
    atoms = [dict(zip(ATOM_COLUMNS, row, strict=True)) for row in store.atom_rows(sample.run_id)]
    assert [row["atom_id"] for row in atoms] == ["first", "second", "third"]
    assert [row["outcome"] for row in atoms] == ["passed", "failed", "blocked"]
    assert [row["kind"] for row in atoms] == [None, "name", None]
    assert [row["attempts"] for row in atoms] == [1, 1, 0]
    assert [row["wall"] for row in atoms] == [0.5, 0.5, 0.0]
    assert atoms[0]["line"] == 7
    assert isinstance(atoms[0]["finished_at"], datetime)
    attempts = [dict(zip(ATTEMPT_COLUMNS, row, strict=True)) for row in store.attempt_rows(sample.run_id)]
    assert [(row["atom_id"], row["position"], row["passed"]) for row in attempts] == [
        ("first", 1, True),
        ("second", 1, False),
    ]
    assert [row["strategy"] for row in attempts] == [None, "fix"]
    assert [row["started_at"] for row in attempts] == [STARTED, STARTED]
    assert list(store.atom_rows("unknown")) == []


def test_pruning_keeps_the_last_runs_of_each_masterplan(store: SqlRecordStore) -> None:
    shop = [sample_run() for _ in range(4)]
    other = [sample_run(name="other") for _ in range(2)]
    record(store, *shop, *other)
    before = shop[2].start.started_at
    assert store.prune() == []
    assert store.prune(keep=5) == []
    assert store.prune(keep=1, before=before, dry_run=True) == [shop[0].run_id, shop[1].run_id]
    assert len(store.runs()) == 6
    assert store.prune(keep=3) == [shop[0].run_id]
    assert store.prune(before=before) == [shop[1].run_id]
    assert store.prune(keep=1) == [shop[2].run_id, other[0].run_id]
    assert [run.run_id for run in store.runs()] == [other[1].run_id, shop[3].run_id]
    with pytest.raises(UnknownRunError):
        store.load(shop[0].run_id)
    assert store.load(shop[3].run_id).result == shop[3].end.result
    assert store.load(other[1].run_id).plan == other[1].start.masterplan


def test_a_run_that_goes_on_is_not_pruned(store: SqlRecordStore) -> None:
    sample = sample_run()
    journal = store.journal()
    for event in sample.unfinished:
        journal.append(event)
    journal.flush()
    future = journal.append(sample.finished[0])  # the same again changes nothing
    assert future is not None
    future.result(60)
    assert store.prune(keep=0) == []
    journal.append(sample.end)
    journal.close()
    assert store.prune(keep=0) == [sample.run_id]
    assert store.runs() == []


def test_runs_of_several_threads_do_not_get_in_each_other_s_way(store: SqlRecordStore) -> None:
    names = [f"a{n}" for n in range(100)]
    samples = [sample_run(dict.fromkeys(names[:: (-1) ** n], Outcome.PASSED)) for n in range(4)]
    threads = [threading.Thread(target=record, args=(store, sample)) for sample in samples]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for sample in samples:
        assert store.load(sample.run_id).result == sample.end.result


def test_runs_are_written_while_others_are_pruned(store: SqlRecordStore) -> None:
    record(store, *(sample_run() for _ in range(3)))
    samples = [sample_run(started_at=STARTED + timedelta(days=400)) for _ in range(8)]
    writer = threading.Thread(target=record, args=(store, *samples))
    writer.start()
    while writer.is_alive():
        store.prune(before=STARTED + timedelta(days=300))
    writer.join()
    for sample in samples:
        assert store.load(sample.run_id).result == sample.end.result


def test_a_store_that_was_closed_opens_again(location: str, store: SqlRecordStore) -> None:
    sample = sample_run()
    record(store, sample)
    store.close()
    store.close()
    assert store.find("last").run_id == sample.run_id
    again = open_store(location)
    assert again.load(sample.run_id).result == sample.end.result
    again.close()


def test_the_location_has_no_password(store: SqlRecordStore) -> None:
    assert "right-password" not in store.location
    with pytest.raises(UnknownRunError) as raised:
        store.find("x")
    assert store.location in str(raised.value)


def test_a_plan_of_nothing_is_a_run_too(store: SqlRecordStore) -> None:
    sample = sample_run({})
    record(store, sample)
    assert store.load(sample.run_id).result == sample.end.result
    assert store.load(sample.run_id).plan == Masterplan(name="webshop", atoms={}, path="webshop.yaml")


def test_why_the_end_was_not_recorded_can_be_recorded(store: SqlRecordStore) -> None:
    sample = sample_run()
    result = replace(sample.end.result, records_error="the disk was full", stop_reason="stopped")
    record(store, sample, events=(*sample.unfinished, RunFinished(run_id=sample.run_id, result=result)))
    assert store.load(sample.run_id).result == result
    assert store.find("last").stop_reason == "stopped"
