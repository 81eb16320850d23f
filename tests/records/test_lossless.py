"""Whatever a record holds comes back as it was: in memory, and from both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mge_toolkit.core.plans import UNSET, Atom, Masterplan
from mge_toolkit.core.results import Attempt, ExecutionResult, Isolation, Raised, Stream, Value
from mge_toolkit.records import open_store
from mge_toolkit.records.store import SqlRecordStore
from mge_toolkit.records.structure import dumped, loaded, plain, restored
from tests.records.samples import passing_attempt, plan_with, record, result_for, sample_run
from tests.records.servers import PostgresServer
from tests.records.strategies import JSON, TEXT, anything, canonical

OPENED: dict[str, Callable[[pytest.FixtureRequest, Path], SqlRecordStore]] = {
    "sqlite": lambda request, directory: open_store(directory / "history.db"),
    "postgresql": lambda request, directory: on_server(request.getfixturevalue("postgres_server")),
}
IN_DATABASE = settings(max_examples=60, suppress_health_check=list(HealthCheck))
ATOM = plan_with(["first"]).atoms["first"]


def on_server(server: PostgresServer) -> SqlRecordStore:
    return open_store(server.url(server.new_database()))


@pytest.fixture(params=OPENED, scope="module")
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    store = OPENED[request.param](request, tmp_path_factory.mktemp("records"))
    yield store
    store.close()


def with_decision_on_itself(attempt: Attempt) -> Attempt:
    """Return the attempt as the engine makes them: what was decided was about its own failure."""
    if attempt.decision is None:
        return attempt
    return replace(attempt, decision=replace(attempt.decision, failure=attempt.failure))


@given(JSON)
def test_json_values_come_back(value: Any) -> None:
    assert canonical(loaded(dumped(value))) == canonical(value)


def test_whatever_python_reads_as_json_can_be_kept(store: SqlRecordStore) -> None:
    """A program chooses how deep its result is: as deep as the report's reader goes, which has frames below it."""
    text = "[" * 900 + "NaN" + "]" * 900
    attempt = passing_attempt(ATOM)
    execution = replace(attempt.execution, result=Value(json=json.loads(text)))
    sample = sample_run([replace(result_for(ATOM), attempts=(replace(attempt, execution=execution),))])
    record(store, sample)
    result = store.atom(sample.run_id, "first").attempts[0].execution.result
    assert result is not None
    assert json.dumps(result.json, separators=(",", ":")) == text


@pytest.mark.parametrize("kind", [Isolation, Raised, Atom, Masterplan])
def test_records_come_back_from_json(kind: type) -> None:
    @given(anything(kind))
    @settings(suppress_health_check=list(HealthCheck))
    def check(value: Any) -> None:
        if isinstance(value, Atom):
            value = without_contents(value)
        if isinstance(value, Masterplan):
            value = replace(value, atoms={name: without_contents(one) for name, one in value.atoms.items()})
        assert canonical(restored(kind, loaded(dumped(plain(value))))) == canonical(value)

    check()


def without_contents(atom: Atom) -> Atom:
    return replace(atom, files=tuple(replace(file, content=b"") for file in atom.files))


@given(st.data())
@IN_DATABASE
def test_results_come_back_from_a_database(store: SqlRecordStore, data: st.DataObject) -> None:
    result: ExecutionResult = data.draw(anything(ExecutionResult))
    result = replace(result, attempts=tuple(map(with_decision_on_itself, result.attempts)))
    round_trip(store, result)


@given(anything(Attempt))
@IN_DATABASE
def test_attempts_come_back_from_a_database(store: SqlRecordStore, attempt: Attempt) -> None:
    round_trip(store, replace(result_for(ATOM), attempts=(attempt, with_decision_on_itself(attempt))))


@given(TEXT, anything(Atom), anything(Isolation))
@IN_DATABASE
def test_runs_come_back_from_a_database(
    store: SqlRecordStore, text: str, atom: Atom, isolation: Isolation
) -> None:
    sample = sample_run()
    atom = without_contents(atom)
    plan = Masterplan(name=text, atoms={atom.id: atom}, path=text, preload=(text,))
    start = replace(
        sample.start,
        masterplan=plan,
        waves={atom.id: 0},
        isolation=isolation,
        environment=text,
    )
    end = replace(
        sample.end.result,
        masterplan=text,
        results={},
        waves=(),
        isolation=isolation,
        critical_path=(text,),
        stop_reason=text,
        resumed_from=text,
        records_error=text,
    )
    record(store, sample, events=(start, replace(sample.end, result=end)))
    found = store.load(sample.run_id)
    assert canonical(found.result) == canonical(end)
    assert canonical(found.plan) == canonical(plan)
    assert found.record.environment == text


def round_trip(store: SqlRecordStore, result: ExecutionResult) -> None:
    sample = sample_run([result])
    record(store, sample, events=(sample.start, *sample.finished))
    found = store.load(sample.run_id).result.results[result.atom_id]
    assert canonical(found) == canonical(result)
    assert canonical(store.atom(sample.run_id, result.atom_id)) == canonical(result)


def test_a_value_of_none_is_not_no_value(store: SqlRecordStore) -> None:
    attempt = passing_attempt(ATOM)
    for value in (None, Value(), Value(json=None), Value(json="unset"), Value(json=UNSET, repr="x")):
        execution = replace(attempt.execution, result=value)
        round_trip(store, replace(result_for(ATOM), attempts=(replace(attempt, execution=execution),)))


def test_streams_are_bytes(store: SqlRecordStore) -> None:
    every = bytes(range(256)) * 100
    attempt = passing_attempt(ATOM)
    for stream in (Stream(), Stream(data=every, total=10**9), Stream(total=7), Stream(data=b"\0", total=0)):
        execution = replace(attempt.execution, stdout=stream, stderr=stream)
        round_trip(store, replace(result_for(ATOM), attempts=(replace(attempt, execution=execution),)))


def test_times_of_any_zone_are_the_same_instant(store: SqlRecordStore) -> None:
    there = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    sample = sample_run([replace(result_for(ATOM), attempts=(passing_attempt(ATOM, started_at=there),))])
    record(store, sample)
    (attempt,) = store.atom(sample.run_id, "first").attempts
    assert attempt.started_at == there
    assert attempt.started_at.tzinfo is UTC
