"""The engine's events as they go over the wire: short, and of atoms only what a list of them shows."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from mge_toolkit.core.events import (
    AtomFinished,
    AttemptFinished,
    AttemptRescheduled,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
    WaveFinished,
    WaveStarted,
)
from mge_toolkit.core.results import ExecutionResult, Failure
from mge_toolkit.core.runs import WaveSummary
from mge_toolkit.reporting.execution import counts_document, isolation_document

SHOWN: Final = 300
"""How many characters of a message a list shows."""


def event_document(event: Event, at: float) -> tuple[str, dict[str, Any]]:
    """Return the name and the content of an event; ``at`` is when it happened, in seconds of the run."""
    match event:
        case RunStarted():
            return "run_started", _run_started(event)
        case WaveStarted():
            return "wave_started", {"at": at, "number": event.number, "planned": event.planned}
        case AttemptStarted():
            started = {"atom_id": event.atom_id, "number": event.number, "slot": event.slot}
            return "attempt_started", {"at": at, **started}
        case AttemptFinished():
            return "attempt_finished", {"at": at, **_attempt_finished(event)}
        case AttemptRescheduled():
            rescheduled = {
                "atom_id": event.atom_id,
                "number": event.number,
                "evidence": brief(event.evidence),
            }
            return "attempt_rescheduled", {"at": at, **rescheduled}
        case AtomFinished():
            return "atom_finished", {"at": at, **result_brief(event.result)}
        case WaveFinished():
            return "wave_finished", {"at": at, **wave_document(event.summary)}
        case RunFinished():
            return "run_finished", {"at": at, **_run_finished(event)}


def result_brief(result: ExecutionResult) -> dict[str, Any]:
    """Return what a list shows of a settled atom."""
    return {
        "id": result.atom_id,
        "outcome": result.outcome.value,
        "wave": result.wave,
        "healed": result.healed,
        "flaky": result.flaky,
        "attempts": len(result.attempts),
        "duration": result.duration,
        "reported": result.reported,
        "origin": result.origin.value,
        "reason": None if result.reason is None else brief(result.reason),
        **failure_brief(result.failure),
    }


def failure_brief(failure: Failure | None) -> dict[str, Any]:
    """Return what a list shows of a failure."""
    if failure is None:
        return {"category": None, "kind": None, "message": None}
    return {
        "category": failure.category.value,
        "kind": failure.kind,
        "message": brief(failure.message),
    }


def wave_document(wave: WaveSummary) -> dict[str, Any]:
    """Return the figures of a wave that has ended."""
    return {
        "number": wave.number,
        "planned": wave.planned,
        "counts": counts_document(wave.counts),
        "finished": True,
        "wall": wave.wall,
        "attempt_time": wave.attempt_time,
        "parallelism": wave.parallelism,
        "theoretical_parallelism": wave.theoretical_parallelism,
    }


def brief(text: str) -> str:
    """Return the first line of ``text``, cut where it is long."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _run_started(event: RunStarted) -> dict[str, Any]:
    waves = Counter(event.waves.values())
    return {
        "run_id": event.run_id,
        "masterplan": event.masterplan.name,
        "started_at": event.started_at.isoformat(),
        "planned": len(event.waves),
        "waves": [{"number": number, "planned": waves[number]} for number in sorted(waves)],
        "slots": event.slots,
        "schedule": event.schedule.value,
        "isolation": isolation_document(event.isolation),
        "resumed_from": event.resumed_from,
    }


def _attempt_finished(event: AttemptFinished) -> dict[str, Any]:
    attempt = event.attempt
    decision = attempt.decision
    return {
        "atom_id": event.atom_id,
        "number": attempt.number,
        "slot": attempt.slot,
        "passed": attempt.passed,
        "source": attempt.source,
        "started_at": attempt.started_at.isoformat(),
        "wall": attempt.execution.usage.wall,
        "strategy": None if decision is None else decision.strategy.value,
        **failure_brief(attempt.failure),
    }


def _run_finished(event: RunFinished) -> dict[str, Any]:
    result = event.result
    return {
        "run_id": result.run_id,
        "counts": counts_document(result.counts),
        "wall": result.wall,
        "parallelism": result.parallelism,
        "stop_reason": result.stop_reason,
        "records_error": result.records_error,
        "exit_status": result.exit_status,
    }
