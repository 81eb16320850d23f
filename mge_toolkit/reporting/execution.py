"""A run's figures as a document, the same for a run that goes on and for one that was recorded."""

from __future__ import annotations

from typing import Any

from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import Isolation
from mge_toolkit.core.runs import Counts
from mge_toolkit.reporting.monitoring.statistics import wilson_interval


def execution_summary(record: RunRecord, status: str | None = None) -> dict[str, Any]:
    """Return what became of a run so far, from its row alone: it takes the same time however many atoms there are.

    ``status`` is for who knows more than the record: whether a run without an end still goes on.
    """
    counts = record.counts
    interval = wilson_interval(counts.passed, counts.failed)
    return {
        "masterplan": record.masterplan,
        "run_id": record.run_id,
        "status": status or ("finished" if record.finished else "unfinished"),
        "started_at": record.started_at.isoformat(),
        "finished_at": None if record.finished_at is None else record.finished_at.isoformat(),
        "planned": record.planned,
        "pending": max(0, record.planned - counts.total),
        "counts": counts_document(counts),
        "success_rate": counts.success_rate,
        "success_interval": None if interval is None else [interval.low, interval.high],
        "wall": record.wall,
        "parallelism": record.parallelism,
        "slots": record.slots,
        "schedule": record.schedule.value,
        "repair": record.repair.value,
        "isolation": isolation_document(record.isolation),
        "stop_reason": record.stop_reason,
        "resumed_from": record.resumed_from,
    }


def counts_document(counts: Counts) -> dict[str, Any]:
    """Return the atoms by outcome, and of how many that is."""
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


def isolation_document(isolation: Isolation) -> dict[str, Any]:
    """Return the isolation that a run really had."""
    return {
        "sandbox": isolation.sandbox,
        "level": isolation.level,
        "mechanisms": {protection.value: how for protection, how in isolation.mechanisms.items()},
        "missing": {protection.value: why for protection, why in isolation.missing.items()},
    }
