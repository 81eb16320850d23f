"""Reads runs back from their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, Table, bindparam, select

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import Attempt, ExecutionResult, Isolation
from mge_toolkit.core.runs import RunResult, Schedule, WaveSummary
from mge_toolkit.records.codec import (
    Row,
    atom_from,
    attempt_from,
    counts_of,
    hash_of,
    isolation_from,
    plan_from,
)
from mge_toolkit.records.schema import atoms, attempts, codes, plans, runs, waves
from mge_toolkit.records.structure import loaded, restored

if TYPE_CHECKING:
    from sqlalchemy import Connection

_cached_isolation = lru_cache(maxsize=64)(isolation_from)
_AT_A_TIME: Final = 1000
_ATOM_NAMES = tuple(atoms.c.keys())
_ATTEMPT_NAMES = tuple(attempts.c.keys())


def rows_of(connection: Connection, query: Select[Any], table: Table) -> Iterator[Row]:
    """Return what a query for whole rows of a table finds."""
    names = table.c.keys()
    for some in connection.execute(query).partitions(_AT_A_TIME):
        for found in some:
            yield dict(zip(names, found, strict=True))


def record_from(row: Row) -> RunRecord:
    """Return the record that a row of runs was made of."""
    return RunRecord(
        run_id=row["run_id"],
        masterplan=row["masterplan"],
        plan_path=row["plan_path"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        planned=row["planned"],
        counts=counts_of(row),
        wall=row["wall"],
        parallelism=row["parallelism"],
        slots=row["slots"],
        schedule=Schedule(row["schedule"]),
        repair=RepairLevel(row["repair"]),
        isolation=_cached_isolation(row["isolation"]),
        environment=row["environment"],
        toolkit_version=row["toolkit_version"],
        stop_reason=row["stop_reason"],
        resumed_from=row["resumed_from"],
    )


def plan_of(connection: Connection, row: Row) -> Masterplan:
    """Return the plan of a run."""
    query = select(plans.c.document).where(plans.c.plan_hash == row["plan_hash"])
    document = connection.execute(query).scalar()
    if document is None:
        raise RecordsError(f"the plan of run {row['run_id']} is missing from its records: they are damaged")
    return plan_from(document)


def waves_of(connection: Connection, run_id: str) -> tuple[WaveSummary, ...]:
    """Return the waves of a run that ended."""
    query = select(waves).where(waves.c.run_id == run_id).order_by(waves.c.number)
    return tuple(
        WaveSummary(
            number=row["number"],
            planned=row["planned"],
            counts=counts_of(row),
            wall=row["wall"],
            attempt_time=row["attempt_time"],
            parallelism=row["parallelism"],
            theoretical_parallelism=row["theoretical_parallelism"],
        )
        for row in rows_of(connection, query, waves)
    )


def results_of(connection: Connection, run_id: str, usual: Isolation) -> dict[str, ExecutionResult]:
    """Return the atoms of a run that finished, in the plan's order."""
    texts = _codes_of(connection, run_id)
    of_run = select(attempts).where(attempts.c.run_id == run_id)
    ordered = of_run.order_by(attempts.c.ordinal, attempts.c.position)
    made: dict[int, list[Attempt]] = {}
    for row in rows_of(connection, ordered, attempts):
        code = _code(texts, row["code_hash"])
        made.setdefault(row["ordinal"], []).append(attempt_from(row, code, usual))
    query = select(atoms).where(atoms.c.run_id == run_id).order_by(atoms.c.ordinal)
    return {
        row["atom_id"]: atom_from(row, tuple(made.pop(row["ordinal"], ())))
        for row in rows_of(connection, query, atoms)
    }


def result_from(
    row: Row, record: RunRecord, results: Mapping[str, ExecutionResult], ended: tuple[WaveSummary, ...]
) -> RunResult:
    """Return the result of a run, of which the atoms and waves have been read."""
    details = {} if row["details"] is None else loaded(row["details"])
    isolation = details.get("isolation")
    return RunResult(
        run_id=record.run_id,
        masterplan=record.masterplan,
        results=results,
        waves=ended,
        counts=record.counts,
        started_at=record.started_at,
        wall=record.wall,
        slots=record.slots,
        schedule=record.schedule,
        isolation=record.isolation if isolation is None else restored(Isolation, isolation),
        parallelism=record.parallelism,
        critical_path=tuple(details.get("critical_path", ())),
        critical_path_time=row["critical_path_time"],
        stop_reason=record.stop_reason,
        resumed_from=record.resumed_from,
        records_error=details.get("records_error"),
    )


def result_by_id(connection: Connection, run_id: str, atom_id: str) -> ExecutionResult | None:
    """Return one atom of a run, ``None`` where it has not finished or there is none."""
    found = _single_result(connection, _BY_ID, {"wanted_run": run_id, "wanted_atom": atom_id})
    return None if found is None else found[1]


def result_by_key(connection: Connection, key: str) -> tuple[str, ExecutionResult] | None:
    """Return the newest atom with this recall key, and its run."""
    return _single_result(connection, _BY_KEY, {"wanted_key": key})


def _single_result(
    connection: Connection, query: Select[Any], values: Mapping[str, str]
) -> tuple[str, ExecutionResult] | None:
    """Return what a query of :func:`_whole_atom` finds, with its run."""
    found = connection.execute(query, values).all()
    if not found:
        return None
    usual = _cached_isolation(found[0][0])
    end = 2 + len(_ATOM_NAMES)
    made = []
    for line in found:
        row = dict(zip(_ATTEMPT_NAMES, line[end:], strict=True))
        if row["position"] is not None:
            code = _code({row["code_hash"]: line[1]}, row["code_hash"])
            made.append(attempt_from(row, code, usual))
    atom = dict(zip(_ATOM_NAMES, found[0][2:end], strict=True))
    return atom["run_id"], atom_from(atom, tuple(made))


def _whole_atom(chosen: Select[Any]) -> Select[Any]:
    """Return a query for all of one atom; ``chosen`` selects its run's id and its ordinal."""
    one = chosen.limit(1).subquery()
    both = (
        one.join(atoms, (atoms.c.run_id == one.c.run_id) & (atoms.c.ordinal == one.c.ordinal))
        .join(runs, runs.c.run_id == atoms.c.run_id)
        .outerjoin(attempts, (attempts.c.run_id == atoms.c.run_id) & (attempts.c.ordinal == atoms.c.ordinal))
        .outerjoin(codes, codes.c.code_hash == attempts.c.code_hash)
    )
    query = select(runs.c.isolation, codes.c.code, *atoms.c, *attempts.c).select_from(both)
    return query.order_by(attempts.c.position)


# To build these queries takes longer than to execute them.
_BY_ID: Final = _whole_atom(
    select(atoms.c.run_id, atoms.c.ordinal).where(
        atoms.c.run_id == bindparam("wanted_run"), atoms.c.atom_id == bindparam("wanted_atom")
    )
)
_BY_KEY: Final = _whole_atom(
    select(atoms.c.run_id, atoms.c.ordinal)
    .where(atoms.c.recall_key == bindparam("wanted_key"))
    .order_by(atoms.c.finished_at.desc())
)


def _codes_of(connection: Connection, run_id: str) -> dict[str, str]:
    used = select(attempts.c.code_hash).where(attempts.c.run_id == run_id)
    query = select(codes).where(codes.c.code_hash.in_(used))
    return {row["code_hash"]: row["code"] for row in rows_of(connection, query, codes)}


def _code(texts: Mapping[str, str | None], name: str) -> str:
    """Return a code by its hash. Raises ``RecordsError`` where it is another than was written."""
    text = texts.get(name)
    if text is None or hash_of(text) != name:
        raise RecordsError(f"the code {name} is missing or changed: the records are damaged")
    return text
