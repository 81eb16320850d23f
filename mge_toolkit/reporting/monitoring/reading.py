"""Reads ledgers into figures. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import TypeVar

from mge_toolkit.core.runs import Counts
from mge_toolkit.reporting.monitoring.figures import (
    Change,
    CriticalPath,
    ErrorCount,
    ErrorPattern,
    RemedyFigures,
    RunFigures,
    RunPerformance,
    SlowAtom,
    Totals,
    Trend,
    TrendPoint,
    WaveFigures,
)
from mge_toolkit.reporting.monitoring.ledger import WAVES_KEPT, RunLedger, WaveLedger
from mge_toolkit.reporting.monitoring.patterns import Cluster, Remedy
from mge_toolkit.reporting.monitoring.statistics import wilson_interval
from mge_toolkit.reporting.monitoring.tallies import Outcomes, Tallies

_Name = TypeVar("_Name", bound=str)


def counts_of(outcomes: Outcomes) -> Counts:
    """Return outcomes as the engine's own record."""
    numbers = {outcome.value: number for outcome, number in outcomes.numbers.items()}
    return Counts(
        healed=outcomes.healed,
        flaky=outcomes.flaky,
        resumed=outcomes.resumed,
        cached=outcomes.cached,
        **numbers,
    )


def totals_of(tallies: Tallies) -> Totals:
    """Return the figures of tallies."""
    counts = counts_of(tallies.outcomes)
    return Totals(
        counts=counts,
        success_rate=counts.success_rate,
        interval=wilson_interval(counts.passed, counts.failed),
        executed_atoms=tallies.executed_atoms,
        executions=tallies.executions,
        successes=tallies.executions - tallies.failures,
        failures=tallies.failures,
        retries=tallies.retries,
        candidates=tallies.tried,
        refused=tallies.refused,
        rescheduled=tallies.rescheduled,
        wall=tallies.wall.spread(),
        cpu=tallies.cpu.spread(),
        candidate_seconds=tallies.candidate_seconds,
        peak_memory=tallies.peak_memory,
        errors=errors_of(tallies),
        sources=remedies_of(tallies.sources),
        spending=tallies.spending,
    )


def errors_of(tallies: Tallies) -> tuple[ErrorCount, ...]:
    """Return the failures by category and kind, most first."""
    found = (
        ErrorCount(category=category, kind=kind, failures=errors.failures, unresolved=errors.unresolved)
        for (category, kind), errors in tallies.errors.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.failures, one.category, one.kind)))


def remedies_of(remedies: Mapping[_Name, Remedy]) -> tuple[RemedyFigures, ...]:
    """Return what strategies or sources came to, by name."""
    return tuple(
        RemedyFigures(
            name=str(name),
            decided=remedy.decided,
            rounds=remedy.rounds,
            fixed=remedy.fixed,
            fix_rate=remedy.fixed / remedy.rounds if remedy.rounds else None,
            tried=remedy.tried,
            refused=remedy.refused,
            seconds=remedy.seconds,
            spending=remedy.spending,
        )
        for name, remedy in sorted(remedies.items())
    )


def pattern_figures(cluster: Cluster, masterplan: str) -> ErrorPattern:
    """Return the figures of one cluster."""
    pattern = cluster.pattern
    return ErrorPattern(
        masterplan=masterplan,
        category=pattern.category,
        kind=pattern.kind,
        message=pattern.message,
        place=pattern.place,
        example=cluster.message,
        failures=cluster.failures,
        atoms=cluster.atoms,
        healed=cluster.healed,
        flaky=cluster.flaky,
        unresolved=cluster.unresolved,
        fix_rate=cluster.healed / cluster.atoms if cluster.atoms else None,
        first_wave=cluster.first_wave,
        atom_ids=cluster.examples,
        strategies=remedies_of(cluster.strategies),
    )


def slow_atoms(tallies: Tallies) -> tuple[SlowAtom, ...]:
    """Return the slowest atoms, the slowest first."""
    return tuple(
        SlowAtom(
            run_id=slow.run_id,
            masterplan=slow.masterplan,
            atom_id=slow.atom_id,
            wave=slow.wave,
            outcome=slow.outcome,
            attempts=slow.attempts,
            seconds=slow.seconds,
        )
        for slow in sorted(tallies.slowest, reverse=True)
    )


def wave_figures(wave: WaveLedger, slots: int, now: float) -> WaveFigures:
    """Return the figures of one wave."""
    counts = counts_of(wave.outcomes)
    wall = wave.elapsed(now)
    begun = "planned" if wave.began is None else "running"
    return WaveFigures(
        number=wave.number,
        status="finished" if wave.finished else begun,
        planned=wave.planned,
        started=wave.started,
        done=wave.done,
        counts=counts,
        success_rate=counts.success_rate,
        wall=wall,
        attempt_time=wave.attempt_time,
        parallelism=wave.attempt_time / wall if wall else 0.0,
        theoretical_parallelism=min(wave.planned, slots),
        barrier_time=wave.barrier_time(now),
        and_later=wave.number == WAVES_KEPT,
    )


def run_figures(run: RunLedger, earlier: Sequence[TrendPoint], now: float) -> RunFigures:
    """Return the figures of one run."""
    wall = run.elapsed(now)
    attempt_time = sum(wave.attempt_time for wave in run.waves.values())
    parallelism = run.parallelism
    if parallelism is None:
        parallelism = attempt_time / wall if wall else 0.0
    return RunFigures(
        run_id=run.run_id,
        masterplan=run.masterplan,
        status="running" if run.finished_at is None else "finished",
        started_at=run.started_at,
        finished_at=run.finished_at,
        slots=run.slots,
        schedule=run.schedule,
        isolation=None if run.isolation is None else run.isolation.level,
        planned=run.planned,
        settled=run.tallies.outcomes.total,
        running=len(run.running),
        wall=wall,
        parallelism=parallelism,
        throughput=run.tallies.executed_atoms / wall if wall else None,
        stop_reason=run.stop_reason,
        resumed_from=run.resumed_from,
        critical_path=_critical_path(run),
        totals=totals_of(run.tallies),
        waves=tuple(wave_figures(run.waves[number], run.slots, now) for number in sorted(run.waves)),
        trend=trend_of(point_of(run, now), earlier),
    )


def performance_of(figures: RunFigures) -> RunPerformance:
    """Return the part of a run's figures that is about time."""
    return RunPerformance(
        run_id=figures.run_id,
        masterplan=figures.masterplan,
        status=figures.status,
        slots=figures.slots,
        wall=figures.wall,
        parallelism=figures.parallelism,
        throughput=figures.throughput,
        barrier_time=sum(wave.barrier_time for wave in figures.waves),
        critical_path=figures.critical_path,
        waves=figures.waves,
        trend=figures.trend,
    )


def point_of(run: RunLedger, now: float) -> TrendPoint:
    """Return a run as trends show it."""
    outcomes = run.tallies.outcomes
    return TrendPoint(
        run_id=run.run_id,
        started_at=run.started_at,
        atoms=outcomes.total,
        success_rate=counts_of(outcomes).success_rate,
        wall=run.elapsed(now),
        healed=outcomes.healed,
    )


def trend_of(point: TrendPoint, earlier: Iterable[TrendPoint]) -> Trend:
    """Return a run against those of ``earlier`` that started before it."""
    before = sorted(
        (one for one in earlier if one.run_id != point.run_id and one.started_at <= point.started_at),
        key=lambda one: one.started_at,
    )

    def change(read: Callable[[TrendPoint], float | None]) -> Change:
        now = read(point)
        known = [value for one in before if (value := read(one)) is not None]
        middle = median(known) if known else None
        return Change(
            now=now,
            previous=known[-1] if known else None,
            median=middle,
            difference=None if now is None or middle is None else now - middle,
        )

    return Trend(
        earlier=tuple(before),
        success_rate=change(lambda one: one.success_rate),
        wall=change(lambda one: one.wall),
        healed=change(lambda one: one.healed),
    )


def _critical_path(run: RunLedger) -> CriticalPath | None:
    if run.critical_path_time is None:
        return None
    return CriticalPath(
        atoms=run.critical_path, length=run.critical_path_length, seconds=run.critical_path_time
    )
