"""The run as one JSON document: stable names, plain values, every atom of the run.

``format`` is raised when a key changes its meaning or goes away; new keys may appear without notice. The keys
are documented in ``docs/cli.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mge_toolkit.core.plans import UNSET, Atom, Masterplan
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import (
    Attempt,
    ExecutionResult,
    Failure,
    Isolation,
    Raised,
    Spending,
    Stream,
    Trial,
    Usage,
    Value,
)
from mge_toolkit.core.runs import Counts, RunResult, WaveSummary
from mge_toolkit.reporting.passk import pass_at_k

FORMAT: Final = 1


def run_document(result: RunResult, plan: Masterplan) -> dict[str, Any]:
    """Return the whole run as JSON values."""
    head = run_figures(result, plan)
    head["atoms"] = list(atom_documents(result, plan))
    return head


def run_figures(result: RunResult, plan: Masterplan) -> dict[str, Any]:
    """Return the run without its atoms."""
    estimates = pass_at_k(plan, result.results)
    return {
        "format": FORMAT,
        "run_id": result.run_id,
        "masterplan": result.masterplan,
        "path": plan.path,
        "started_at": result.started_at.isoformat(),
        "wall": result.wall,
        "slots": result.slots,
        "schedule": result.schedule.value,
        "parallelism": result.parallelism,
        "critical_path": {"atoms": list(result.critical_path), "time": result.critical_path_time},
        "isolation": _isolation(result.isolation),
        "stop_reason": result.stop_reason,
        "resumed_from": result.resumed_from,
        "records_error": result.records_error,
        "exit_status": result.exit_status,
        "counts": _counts(result.counts),
        "pass_at_k": None
        if estimates is None
        else {
            "tasks": estimates.tasks,
            "samples": estimates.samples,
            "unjudged": estimates.unjudged,
            "estimates": {str(k): value for k, value in estimates.estimates.items()},
        },
        "waves": [_wave(wave) for wave in result.waves],
    }


def record_document(record: RunRecord) -> dict[str, Any]:
    """Return a recorded run without its atoms."""
    return {
        "run_id": record.run_id,
        "masterplan": record.masterplan,
        "path": record.plan_path,
        "started_at": record.started_at.isoformat(),
        "finished_at": None if record.finished_at is None else record.finished_at.isoformat(),
        "planned": record.planned,
        "counts": _counts(record.counts),
        "wall": record.wall,
        "slots": record.slots,
        "schedule": record.schedule.value,
        "parallelism": record.parallelism,
        "repair": record.repair.value,
        "isolation": _isolation(record.isolation),
        "stop_reason": record.stop_reason,
        "resumed_from": record.resumed_from,
        "toolkit_version": record.toolkit_version,
    }


def atom_documents(result: RunResult, plan: Masterplan) -> Iterator[dict[str, Any]]:
    """Return each atom's document in the plan's order, made when it is asked for."""
    return (atom_document(found, plan.atoms[name], plan) for name, found in result.results.items())


def atom_document(result: ExecutionResult, atom: Atom, plan: Masterplan) -> dict[str, Any]:
    """Return what became of one atom."""
    failure = result.failure
    last = result.attempts[-1].execution if result.attempts else None
    position = None if failure is None else failure.position
    return {
        "id": result.atom_id,
        "outcome": result.outcome.value,
        "healed": result.healed,
        "flaky": result.flaky,
        "component": result.component,
        "module": result.module,
        "language": atom.language,
        "wave": result.wave,
        "reported": result.reported,
        "origin": result.origin.value,
        "origin_run": result.origin_run,
        "defined_at": {"file": plan.path, "line": atom.line},
        "category": None if failure is None else failure.category.value,
        "kind": None if failure is None else failure.kind,
        "message": None if failure is None else failure.message,
        "position": None
        if position is None
        else {"file": position.file, "line": position.line, "column": position.column},
        "reason": result.reason,
        "blocked_by": result.blocked_by,
        "evidence": list(result.evidence),
        "duration": result.duration,
        "spending": spending_document(result.spending),
        "result": None if last is None else _value(last.result),
        "isolation": None if last is None else last.isolation.level,
        "attempts": [_attempt(attempt) for attempt in result.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    execution, decision = attempt.execution, attempt.decision
    return {
        "number": attempt.number,
        "passed": attempt.passed,
        "source": attempt.source,
        "explanation": attempt.explanation,
        "confidence": attempt.confidence,
        "code": attempt.code,
        "started_at": attempt.started_at.isoformat(),
        "slot": attempt.slot,
        "exit_code": execution.exit_code,
        "signal": execution.signal,
        "limit": None if execution.limit is None else execution.limit.value,
        "flags": sorted(flag.value for flag in execution.flags),
        "usage": _usage(execution.usage),
        "stdout": _stream(execution.stdout),
        "stderr": _stream(execution.stderr),
        "result": _value(execution.result),
        "isolation": execution.isolation.level,
        "raised": None if execution.raised is None else _raised(execution.raised),
        "failure": None if attempt.failure is None else _failure(attempt.failure),
        "decision": None
        if decision is None
        else {
            "strategy": decision.strategy.value,
            "confidence": decision.confidence,
            "reason": decision.reason,
        },
        "trials": [_trial(trial) for trial in attempt.trials],
        "work": [
            {"started_at": one.started_at.isoformat(), "slot": one.slot, "wall": one.wall}
            for one in attempt.work
        ],
        "spending": None if attempt.spending is None else spending_document(attempt.spending),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "source": trial.source,
        "explanation": trial.explanation,
        "code": trial.code,
        "accepted": trial.accepted,
        "failure": None if trial.failure is None else _failure(trial.failure),
        "refusal": trial.refusal,
        "usage": _usage(trial.usage),
    }


def spending_document(spending: Spending) -> dict[str, Any]:
    """Return what language models cost; ``usd`` is ``None`` where a price is unknown."""
    return {
        "input_tokens": spending.input_tokens,
        "output_tokens": spending.output_tokens,
        "cache_write_tokens": spending.cache_write_tokens,
        "cache_read_tokens": spending.cache_read_tokens,
        "usd": spending.usd,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {"wall": usage.wall, "cpu": usage.cpu, "peak_memory": usage.peak_memory}


def _raised(raised: Raised) -> dict[str, Any]:
    return {
        "type": raised.type,
        "bases": list(raised.bases),
        "message": raised.message,
        "traceback": raised.traceback,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    position = failure.position
    return {
        "category": failure.category.value,
        "kind": failure.kind,
        "message": failure.message,
        "culprit": failure.culprit,
        "role": failure.role.value,
        "line_in_part": failure.line,
        "column_in_part": failure.column,
        "position": None
        if position is None
        else {"file": position.file, "line": position.line, "column": position.column},
        "cause": failure.cause,
        "hint": failure.hint,
        "confidence": failure.confidence,
    }


def _stream(stream: Stream) -> dict[str, Any]:
    return {"text": stream.text, "bytes": stream.total, "truncated": len(stream.data) < stream.total}


def _value(value: Value | None) -> dict[str, Any] | None:
    """Return ``{"json": …}`` or ``{"repr": …}``, which tells a JSON null from a value that is no JSON."""
    if value is None:
        return None
    return {"repr": value.repr} if value.json is UNSET else {"json": value.json}


def _isolation(isolation: Isolation) -> dict[str, Any]:
    return {
        "sandbox": isolation.sandbox,
        "level": isolation.level,
        "mechanisms": {protection.value: how for protection, how in isolation.mechanisms.items()},
        "missing": {protection.value: why for protection, why in isolation.missing.items()},
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "passed": counts.passed,
        "failed": counts.failed,
        "blocked": counts.blocked,
        "skipped": counts.skipped,
        "stopped": counts.stopped,
        "error": counts.error,
        "healed": counts.healed,
        "flaky": counts.flaky,
        "resumed": counts.resumed,
        "cached": counts.cached,
        "total": counts.total,
        "success_rate": counts.success_rate,
    }


def _wave(wave: WaveSummary) -> dict[str, Any]:
    return {
        "number": wave.number,
        "planned": wave.planned,
        "counts": _counts(wave.counts),
        "wall": wave.wall,
        "attempt_time": wave.attempt_time,
        "parallelism": wave.parallelism,
        "theoretical_parallelism": wave.theoretical_parallelism,
    }
