"""Results as rows and back, without loss.

What a row has no column for is in its ``details``. A number that its column cannot hold, such as a line of 30
digits that a program made up, is kept there as well, under ``odd``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from hashlib import blake2b
from itertools import chain, islice
from typing import Any, Final, TypeAlias

from mge_toolkit.core.plans import UNSET, Atom, Masterplan
from mge_toolkit.core.results import (
    EMPTY_STREAM,
    Attempt,
    Execution,
    ExecutionResult,
    Failure,
    Flag,
    Isolation,
    Limit,
    Origin,
    Outcome,
    Raised,
    RetryDecision,
    Role,
    Spending,
    Strategy,
    Stream,
    Trial,
    Usage,
    Value,
    Work,
)
from mge_toolkit.core.runs import Counts
from mge_toolkit.records.structure import dumped, loaded, plain, restored

Row: TypeAlias = dict[str, Any]
"""Values by the name of their column."""

COUNTS: Final = tuple(field.name for field in fields(Counts))
"""The columns of counts."""

_MOST: Final = 2**63 - 1
_PACKED: Final = 1_000  # atoms of a plan that are compressed at a time
_ATOM_NUMBERS: Final = ("wave", "line", "wall", "cpu", "peak_memory")
_ATTEMPT_NUMBERS: Final = (
    "number",
    "confidence",
    "line",
    "decision_confidence",
    "slot",
    "wall",
    "cpu",
    "peak_memory",
    "exit_code",
    "signal",
    "stdout_total",
    "stderr_total",
    "input_tokens",
    "output_tokens",
    "cache_write_tokens",
    "cache_read_tokens",
    "usd",
)
_SPENDING_COLUMNS: Final = tuple(field.name for field in fields(Spending))
_FAILURE_COLUMNS: Final = ("category", "kind", "message", "culprit", "role", "line")
_OUTCOMES: Final = {one.value: one for one in Outcome}


def hash_of(text: str) -> str:
    """Return what a text is stored under."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def recall_key(digest: str, environment: str) -> str:
    """Return what stands for a program and what it runs on."""
    return hash_of(f"{len(digest)} {digest} {environment}")


def counts_of(row: Row) -> Counts:
    """Return the counts of a row of runs or waves."""
    return Counts(**{name: row[name] for name in COUNTS})


def isolation_text(isolation: Isolation) -> str:
    """Return an isolation as it is stored."""
    return dumped(plain(isolation))


def isolation_from(text: str) -> Isolation:
    """Return a stored isolation."""
    return restored(Isolation, loaded(text))


def plan_document(plan: Masterplan, names: Iterable[str]) -> tuple[str, bytes]:
    """Return the part of a plan that ``names`` lists, as it is stored, and its hash."""
    head = replace(plan, atoms={})
    digest, packer = blake2b(digest_size=16), zlib.compressobj(level=1)
    packed = bytearray()
    wanted = names if isinstance(names, Mapping | set | frozenset) else set(names)
    records = chain([head], (atom for name, atom in plan.atoms.items() if name in wanted))
    # Many at once: each call lets another thread run meanwhile, and has to wait for its own turn again.
    while some := list(islice(records, _PACKED)):
        text = "".join(f"{dumped(plain(record))}\n" for record in some).encode("utf-8", "surrogatepass")
        digest.update(text)
        packed += packer.compress(text)
    packed += packer.flush()
    return digest.hexdigest(), bytes(packed)


def plan_from(document: bytes) -> Masterplan:
    """Return a stored plan."""
    text = zlib.decompress(document).decode("utf-8", "surrogatepass")
    head, *lines = text.removesuffix("\n").split("\n")
    atoms = (restored(Atom, loaded(line)) for line in lines)
    return replace(restored(Masterplan, loaded(head)), atoms={atom.id: atom for atom in atoms})


def atom_row(
    result: ExecutionResult, atom: Atom | None, *, ordinal: int, environment: str, finished_at: datetime
) -> Row:
    """Return an atom's row, but for the run's id."""
    usages = [attempt.execution.usage for attempt in result.attempts]
    failure = result.failure
    recallable = (
        result.digest is not None
        and result.outcome is Outcome.PASSED
        and result.origin is not Origin.RESUMED  # it may have run in another environment
        and not result.flaky
        and result.attempts
    )
    row: Row = {
        "ordinal": ordinal,
        "atom_id": result.atom_id,
        "wave": result.wave,
        "component": result.component,
        "module": result.module,
        "language": None if atom is None else atom.language,
        "line": None if atom is None else atom.line,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "blocked_by": result.blocked_by,
        "reported": result.reported,
        "flaky": result.flaky,
        "healed": result.healed,
        "origin": result.origin.value,
        "origin_run": result.origin_run,
        "digest": result.digest,
        "recall_key": recall_key(result.digest or "", environment) if recallable else None,
        "code_hash": None if atom is None else hash_of(atom.code.text),
        "category": None if failure is None else failure.category.value,
        "kind": None if failure is None else failure.kind,
        "message": None if failure is None else failure.message,
        "attempts": len(result.attempts),
        "wall": sum(usage.wall for usage in usages),
        "cpu": sum(usage.cpu for usage in usages),
        "peak_memory": max((u.peak_memory for u in usages if u.peak_memory is not None), default=None),
        "finished_at": finished_at,
    }
    details: dict[str, Any] = {"evidence": list(result.evidence)} if result.evidence else {}
    return _closed(row, details, _ATOM_NUMBERS)


def atom_from(row: Row, attempts: tuple[Attempt, ...]) -> ExecutionResult:
    """Return the result that an atom's row was made of."""
    details = _opened(row)
    return ExecutionResult(
        atom_id=row["atom_id"],
        outcome=_OUTCOMES[row["outcome"]],
        wave=row["wave"],
        attempts=attempts,
        component=row["component"],
        module=row["module"],
        reason=row["reason"],
        blocked_by=row["blocked_by"],
        evidence=tuple(details.get("evidence", ())),
        reported=row["reported"],
        flaky=row["flaky"],
        digest=row["digest"],
        origin=Origin(row["origin"]),
        origin_run=row["origin_run"],
    )


def attempt_row(attempt: Attempt, *, ordinal: int, position: int, usual: Isolation) -> Row:
    """Return an attempt's row, but for the run's id. ``usual`` is the isolation of its run."""
    execution, failure = attempt.execution, attempt.failure
    usage, result = execution.usage, execution.result
    details: dict[str, Any] = {}
    row: Row = {
        "ordinal": ordinal,
        "position": position,
        "number": attempt.number,
        "code_hash": hash_of(attempt.code),
        "source": attempt.source,
        "explanation": attempt.explanation,
        "confidence": attempt.confidence,
        "passed": failure is None,
        **_failure_columns(failure, details),
        "raised_type": None,
        "strategy": None,
        "decision_confidence": None,
        "decision_reason": None,
        "started_at": attempt.started_at,
        "slot": attempt.slot,
        "completed": execution.completed,
        "wall": usage.wall,
        "cpu": usage.cpu,
        "peak_memory": usage.peak_memory,
        "exit_code": execution.exit_code,
        "signal": execution.signal,
        "limit_hit": None if execution.limit is None else execution.limit.value,
        "flags": ",".join(sorted(execution.flags)) or None,
        "stdout_total": execution.stdout.total,
        "stderr_total": execution.stderr.total,
        **_spending_columns(attempt.spending),
        "trial_count": len(attempt.trials),
        "result": None if result is None or result.json is UNSET else dumped(result.json),
        "result_repr": None if result is None else result.repr,
        "isolation": None if execution.isolation == usual else isolation_text(execution.isolation),
        "trials": dumped([plain(trial) for trial in attempt.trials]) if attempt.trials else None,
        "stdout": execution.stdout.data or None,
        "stderr": execution.stderr.data or None,
    }
    if result is not None and row["result"] is None and row["result_repr"] is None:
        details["empty_result"] = True
    _add_what_may_be(attempt, row, details)
    return _closed(row, details, _ATTEMPT_NUMBERS)


def _add_what_may_be(attempt: Attempt, row: Row, details: dict[str, Any]) -> None:
    """Add what most attempts do not have."""
    execution, failure, decision = attempt.execution, attempt.failure, attempt.decision
    if attempt.work:
        details["work"] = [plain(one) for one in attempt.work]
    if execution.segment is not None:
        details["segment"] = list(execution.segment)
    if execution.raised is not None:
        raised = plain(execution.raised)
        row["raised_type"] = raised.pop("type")
        details["raised"] = raised
    if decision is not None:
        row["strategy"] = decision.strategy.value
        row["decision_confidence"] = decision.confidence
        row["decision_reason"] = decision.reason
        if decision.failure is not None:
            same = decision.failure is failure or decision.failure == failure
            details["decided_on"] = True if same else plain(decision.failure)


def _spending_columns(spending: Spending | None) -> Row:
    if spending is None:
        return dict.fromkeys(_SPENDING_COLUMNS)
    return {name: getattr(spending, name) for name in _SPENDING_COLUMNS}


def _failure_columns(failure: Failure | None, details: dict[str, Any]) -> Row:
    """Return a failure's columns; what else it says is added to ``details``."""
    if failure is None:
        return dict.fromkeys(_FAILURE_COLUMNS)
    whole = plain(failure)
    row = {name: whole.pop(name, None) for name in _FAILURE_COLUMNS}
    row["category"] = failure.category.value
    row["role"] = failure.role.value
    details["failure"] = whole
    return row


def attempt_from(row: Row, code: str, usual: Isolation) -> Attempt:
    """Return the attempt that a row was made of."""
    details = _opened(row)
    failure = None if row["passed"] else _failure_from(row, details)
    execution = Execution(
        completed=row["completed"],
        exit_code=row["exit_code"],
        signal=row["signal"],
        limit=None if row["limit_hit"] is None else Limit(row["limit_hit"]),
        raised=_raised_from(row, details),
        segment=_segment_from(details),
        result=_value_from(row, details),
        stdout=_stream_from(row["stdout"], row["stdout_total"]),
        stderr=_stream_from(row["stderr"], row["stderr_total"]),
        flags=frozenset() if row["flags"] is None else frozenset(map(Flag, row["flags"].split(","))),
        usage=Usage(wall=row["wall"], cpu=row["cpu"], peak_memory=row["peak_memory"]),
        isolation=usual if row["isolation"] is None else isolation_from(row["isolation"]),
    )
    trials = () if row["trials"] is None else tuple(restored(Trial, one) for one in loaded(row["trials"]))
    return Attempt(
        number=row["number"],
        code=code,
        execution=execution,
        started_at=row["started_at"],
        slot=row["slot"],
        source=row["source"],
        explanation=row["explanation"],
        failure=failure,
        decision=_decision_from(row, details, failure),
        confidence=row["confidence"],
        trials=trials,
        work=tuple(restored(Work, one) for one in details.get("work", ())),
        spending=_spending_from(row),
    )


def _failure_from(row: Row, details: Mapping[str, Any]) -> Failure:
    columns = {name: row[name] for name in _FAILURE_COLUMNS}
    return restored(Failure, {**details["failure"], **columns})


def _raised_from(row: Row, details: Mapping[str, Any]) -> Raised | None:
    raised = details.get("raised")
    return None if raised is None else restored(Raised, {"type": row["raised_type"], **raised})


def _segment_from(details: Mapping[str, Any]) -> tuple[str, Role] | None:
    segment = details.get("segment")
    return None if segment is None else (segment[0], Role(segment[1]))


def _value_from(row: Row, details: Mapping[str, Any]) -> Value | None:
    text, form = row["result"], row["result_repr"]
    if text is None and form is None and not details.get("empty_result"):
        return None
    return Value(json=UNSET if text is None else loaded(text), repr=form)


def _stream_from(data: bytes | None, total: int) -> Stream:
    return EMPTY_STREAM if data is None and not total else Stream(data=data or b"", total=total)


def _decision_from(row: Row, details: Mapping[str, Any], failure: Failure | None) -> RetryDecision | None:
    if row["strategy"] is None:
        return None
    decided_on = details.get("decided_on")
    return RetryDecision(
        strategy=Strategy(row["strategy"]),
        confidence=row["decision_confidence"],
        reason=row["decision_reason"],
        failure=failure if decided_on is True else decided_on and restored(Failure, decided_on),
    )


def _spending_from(row: Row) -> Spending | None:
    if row["input_tokens"] is None:
        return None
    return Spending(
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cache_write_tokens=row["cache_write_tokens"],
        cache_read_tokens=row["cache_read_tokens"],
        usd=row["usd"],
    )


def _closed(row: Row, details: dict[str, Any], numbers: Iterable[str]) -> Row:
    """Return the row with its details, and with the numbers in them that no column holds."""
    odd = {}
    for name in numbers:
        value = row[name]
        if value is not None and not -_MOST <= value <= _MOST:  # not a number compares with nothing
            odd[name], row[name] = value, None
    if odd:
        details["odd"] = odd
    row["details"] = dumped(details) if details else None
    return row


def _opened(row: Row) -> dict[str, Any]:
    """Return a row's details, and put the numbers that no column holds back into it."""
    if row["details"] is None:
        return {}
    details: dict[str, Any] = loaded(row["details"])
    row.update(details.get("odd", {}))
    return details
