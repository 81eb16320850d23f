"""What ``summary.json`` says of a run: the figures of aggregation, monitoring and comparison in one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mge_toolkit.core.events import AtomFinished, AttemptRescheduled, RunFinished, RunStarted
from mge_toolkit.core.plans import Atom, Masterplan
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import ExecutionResult, Origin, Outcome
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.aggregation import AggregatedResult, Level, ResultAggregator
from mge_toolkit.reporting.comparison import compare
from mge_toolkit.reporting.document import record_document, run_figures, spending_document
from mge_toolkit.reporting.execution import counts_document
from mge_toolkit.reporting.failures import label, position_of
from mge_toolkit.reporting.monitoring import MonitoringCollector
from mge_toolkit.reporting.report.escaping import clean_values, first_line
from mge_toolkit.reporting.summary import not_passed

FORMAT: Final = 1
_ITS_OWN: Final = (Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED)
"""Outcomes that an atom's own failure explains better than the reason for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """What records hold of earlier runs of the masterplan.

    ``previous`` is the last one that finished, with its record; ``records`` are the last ones, the newest first.
    ``unavailable`` says why nothing could be read.
    """

    record: RunRecord | None = None
    previous: RunResult | None = None
    records: tuple[RunRecord, ...] = ()
    unavailable: str | None = None


NOTHING_EARLIER: Final = Earlier()


def report_figures(
    result: RunResult, plan: Masterplan, status: int, earlier: Earlier, reword: Callable[[str], str]
) -> dict[str, Any]:
    """Return the run's figures as JSON values, every text in them clean. ``status`` is what it ends with.

    ``reword`` names options in the toolkit's own sentences as the user's command has them.
    """
    whole = ResultAggregator().aggregate_system_results(result)
    monitoring = _monitored(result, plan, earlier)
    totals = monitoring.get_summary(result.run_id).totals
    performance = monitoring.get_performance_analysis(result.run_id)
    errors = monitoring.get_error_analysis(result.run_id).to_data()
    (run,) = performance.runs
    head = run_figures(result, plan)
    del head["format"]
    figures = {
        **head,
        "exit_status": status,
        "success_interval": _interval(whole),
        "executions": {
            "atoms": totals.executed_atoms,
            "attempts": whole.attempts,
            "passed": totals.successes,
            "failed": totals.failures,
            "retries": whole.retries,
            "candidates": totals.candidates,
            "refused": totals.refused,
            "infrastructure_errors": totals.rescheduled,
            "throughput": run.throughput,
        },
        "times": _times(whole, totals.candidate_seconds),
        "peak_memory": whole.peak_memory,
        "spending": spending_document(whole.spending),
        "components": [_group(part) for part in whole.parts],
        "errors": {name: errors[name] for name in ("failures", "errors", "patterns", "other_failures")},
        "repair": {name: errors[name] for name in ("strategies", "sources")},
        "slowest": [slow.to_data() for slow in performance.slowest],
        "isolation_held": None if whole.isolation is None else whole.isolation.to_data(),
        "noteworthy": [_noteworthy(found, plan, reword) for found in noteworthy(result)],
        "previous": _previous(result, earlier),
        "previous_unavailable": None if earlier.unavailable is None else reword(earlier.unavailable),
        "trend": run.trend.to_data(),
    }
    cleaned: dict[str, Any] = clean_values(figures)
    return cleaned


def noteworthy(result: RunResult) -> list[ExecutionResult]:
    """Return the atoms to look at: those that did not pass, then the flaky, then the healed ones."""
    passed = [found for found in result.results.values() if found.outcome is Outcome.PASSED]
    return [
        *not_passed(result.results.values()),
        *(found for found in passed if found.flaky),
        *(found for found in passed if found.healed),
    ]


def _monitored(result: RunResult, plan: Masterplan, earlier: Earlier) -> MonitoringCollector:
    """Return a collector that has seen the run, whether it was live or comes from the records."""
    collector = MonitoringCollector()
    collector.add_earlier_runs(earlier.records)
    collector(
        RunStarted(
            run_id=result.run_id,
            masterplan=plan,
            waves={name: found.wave for name, found in result.results.items()},
            slots=result.slots,
            schedule=result.schedule,
            isolation=result.isolation,
            started_at=result.started_at,
            resumed_from=result.resumed_from,
        )
    )
    for found in result.results.values():
        for text in found.evidence if found.origin is Origin.EXECUTED else ():
            collector(
                AttemptRescheduled(run_id=result.run_id, atom_id=found.atom_id, number=1, evidence=text)
            )
        collector(AtomFinished(run_id=result.run_id, result=found))
    collector(RunFinished(run_id=result.run_id, result=result))
    return collector


def _interval(group: AggregatedResult) -> list[float] | None:
    return None if group.interval is None else [group.interval.low, group.interval.high]


def _times(group: AggregatedResult, candidate_seconds: float | None = None) -> dict[str, Any]:
    times: dict[str, Any] = {"wall": group.wall.to_data(), "cpu": group.cpu.to_data()}
    if candidate_seconds is not None:
        times["candidates"] = candidate_seconds
    return times


def _group(group: AggregatedResult) -> dict[str, Any]:
    """Return a component with its modules, or a module."""
    found: dict[str, Any] = {
        "name": group.name,
        "component": group.component,
        "module": group.module,
        "counts": counts_document(group.counts),
        "success_interval": _interval(group),
        "attempts": group.attempts,
        "retries": group.retries,
        "times": _times(group),
        "peak_memory": group.peak_memory,
        "spending": spending_document(group.spending),
    }
    if group.level is Level.COMPONENT:
        found["modules"] = [_group(part) for part in group.parts]
    return found


def _noteworthy(result: ExecutionResult, plan: Masterplan, reword: Callable[[str], str]) -> dict[str, Any]:
    atom = plan.atoms[result.atom_id]
    failure = next((one.failure for one in reversed(result.attempts) if one.failure is not None), None)
    place = _place(atom, result, plan)
    said = reword(result.reason or "")
    if failure is not None and result.outcome in _ITS_OWN:
        said = f"{label(failure)}: {failure.message}"
    return {
        "id": result.atom_id,
        "component": result.component,
        "module": result.module,
        "outcome": result.outcome.value,
        "healed": result.healed,
        "flaky": result.flaky,
        "origin": result.origin.value,
        "wave": result.wave,
        "file": place[0],
        "line": place[1],
        "category": None if failure is None else failure.category.value,
        "kind": None if failure is None else failure.kind,
        "message": first_line(said),
        "blocked_by": result.blocked_by,
        "attempts": len(result.attempts),
        "source": result.attempts[-1].source if result.attempts else None,
        "confidence": result.attempts[-1].confidence if result.healed else None,
        "seconds": result.duration,
    }


def _place(atom: Atom, result: ExecutionResult, plan: Masterplan) -> tuple[str, int]:
    """Return where to look in the plan: code that is not the plan's has no place there."""
    failure = result.failure
    if failure is None or result.attempts[-1].code != atom.code.text:
        return plan.path, atom.line
    position = position_of(atom, failure, plan)
    return position.file, position.line


def _previous(result: RunResult, earlier: Earlier) -> Mapping[str, Any] | None:
    if earlier.previous is None or earlier.record is None:
        return None
    return {"run": record_document(earlier.record), "changes": compare(earlier.previous, result).to_data()}
