"""Sums a run up in a few lines for a person."""

from __future__ import annotations

from collections.abc import Iterable

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Origin, Outcome
from mge_toolkit.core.runs import Counts, RunResult, WaveSummary
from mge_toolkit.reporting.failures import isolation_text, label, printable, seconds_text
from mge_toolkit.reporting.passk import PassAtK, pass_at_k

PATH_SHOWN = 6
"""How many atoms of a critical path are named before the rest is only counted."""
WAVES_SHOWN = 20


def summary_lines(result: RunResult, plan: Masterplan) -> list[str]:
    """Return the run's waves and figures, a line each; the last line is the verdict."""
    lines = [wave_line(wave) for wave in result.waves[:WAVES_SHOWN]]
    if len(result.waves) > WAVES_SHOWN:
        lines.append(f"... and {len(result.waves) - WAVES_SHOWN} more waves")
    slots = f"{result.slots} slot{'s' * (result.slots != 1)}"
    lines.append(f"{slots}, {result.parallelism:.2f} busy on average; schedule: {result.schedule.value}")
    if len(result.critical_path) > 1:
        lines.append(
            f"critical path: {seconds_text(result.critical_path_time)}: {path_text(result.critical_path)}"
        )
    lines.append(f"isolation: {isolation_text(result.isolation)}")
    lines += [
        f"  no {protection.value}: {why}" for protection, why in sorted(result.isolation.missing.items())
    ]
    estimates = pass_at_k(plan, result.results)
    if estimates is not None:
        lines.append(passk_line(estimates))
    if result.stop_reason is not None:
        lines.append(f"stopped early: {result.stop_reason}")
    if result.records_error is not None:
        lines.append(f"not recorded to its end: {result.records_error}")
    lines.append(verdict_line(result))
    return lines


def wave_line(wave: WaveSummary) -> str:
    """Return one wave's figures."""
    atoms = f"{wave.planned} atom{'s' * (wave.planned != 1)}"
    if not wave.attempt_time:
        return f"wave {wave.number}: {atoms}: {counts_text(wave.counts)}"
    rate = wave.counts.success_rate
    share = f" (success rate {rate:.0%})" if wave.counts.failed and rate is not None else ""
    return (
        f"wave {wave.number}: {atoms} in {seconds_text(wave.wall)}: {counts_text(wave.counts)}{share}; "
        f"parallelism {wave.parallelism:.2f} of {wave.theoretical_parallelism}"
    )


def verdict_line(result: RunResult) -> str:
    """Return the outcomes and the time, for all atoms that were asked for or needed."""
    atoms = f"{result.counts.total} atom{'s' * (result.counts.total != 1)}"
    return f"{atoms} in {seconds_text(result.wall)}: {counts_text(result.counts)}"


def counts_text(counts: Counts) -> str:
    """Return the outcomes that occurred: ``3 passed (1 healed), 1 failed [2 from the cache]``."""
    parts = []
    for outcome in Outcome:
        number = _number(counts, outcome)
        if number:
            among = [f"{counts.healed} healed"] if counts.healed else []
            among += [f"{counts.flaky} flaky"] if counts.flaky else []
            shown = f" ({', '.join(among)})" if outcome is Outcome.PASSED and among else ""
            parts.append(f"{number} {outcome.value}{shown}")
    known = [f"{counts.resumed} taken over"] if counts.resumed else []
    known += [f"{counts.cached} from the cache"] if counts.cached else []
    origins = f" [{', '.join(known)}]" if known else ""
    return f"{', '.join(parts) or 'nothing ran'}{origins}"


def passk_line(estimates: PassAtK) -> str:
    """Return ``pass@1: 45.2%, pass@10: 71.0% (164 tasks, 1640 samples, first attempts)``."""
    shown = ", ".join(f"pass@{k}: {value:.1%}" for k, value in estimates.estimates.items())
    unjudged = f", {estimates.unjudged} without a verdict left out" if estimates.unjudged else ""
    tasks = f"{estimates.tasks} task{'s' * (estimates.tasks != 1)}"
    samples = f"{estimates.samples} sample{'s' * (estimates.samples != 1)}"
    return f"{shown or 'pass@k: no verdicts'} ({tasks}, {samples}, first attempts only{unjudged})"


def path_text(atoms: tuple[str, ...]) -> str:
    """Return a path of atoms, its middle left out where it is long."""
    if len(atoms) <= PATH_SHOWN:
        return " -> ".join(atoms)
    half = PATH_SHOWN // 2
    return " -> ".join((*atoms[:half], f"({len(atoms) - 2 * half} more)", *atoms[-half:]))


def outcome_line(result: ExecutionResult) -> str:
    """Return one atom's outcome with its reason: ``failed  gross: runtime/assertion: …``."""
    if result.outcome is Outcome.PASSED:
        note = origin_note(result.origin)
        note += f" (healed by attempt {len(result.attempts)})" if result.healed else ""
        if result.flaky:
            note += " (flaky: failed, then passed unchanged)"
        return f"passed  {result.atom_id}{note}  {seconds_text(result.duration)}"
    failure = result.failure
    reason = result.reason or ""
    if result.outcome is Outcome.FAILED and failure is not None:
        reason = f"{label(failure)}: {failure.message}"
    first = next(iter(printable(reason).splitlines()), "")
    return f"{result.outcome.value:7} {result.atom_id}{origin_note(result.origin)}: {first}"


def origin_note(origin: Origin) -> str:
    """Return where a result comes from that was not executed in this run: `` (cached)``, else nothing."""
    return "" if origin is Origin.EXECUTED else f" ({origin.value})"


def not_passed(results: Iterable[ExecutionResult]) -> list[ExecutionResult]:
    """Return the results to look at, those with a failure of their own before those they hold up."""
    order = [Outcome.ERROR, Outcome.FAILED, Outcome.SKIPPED, Outcome.BLOCKED, Outcome.STOPPED]
    found = [result for result in results if result.outcome is not Outcome.PASSED]
    return sorted(found, key=lambda result: order.index(result.outcome))


def _number(counts: Counts, outcome: Outcome) -> int:
    return {
        Outcome.PASSED: counts.passed,
        Outcome.FAILED: counts.failed,
        Outcome.BLOCKED: counts.blocked,
        Outcome.SKIPPED: counts.skipped,
        Outcome.STOPPED: counts.stopped,
        Outcome.ERROR: counts.error,
    }[outcome]
