"""Follows every run and tells at any moment how it goes. Keeps figures, never results."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from mge_toolkit.core.errors import UnknownRunError
from mge_toolkit.core.events import (
    AtomFinished,
    AttemptRescheduled,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
    WaveFinished,
    WaveStarted,
)
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import ExecutionResult
from mge_toolkit.reporting.monitoring.figures import (
    ErrorAnalysis,
    MonitoringSummary,
    PerformanceAnalysis,
    RunFigures,
    TrendPoint,
)
from mge_toolkit.reporting.monitoring.ledger import PlanLedger, RunLedger
from mge_toolkit.reporting.monitoring.reading import (
    errors_of,
    pattern_figures,
    performance_of,
    point_of,
    remedies_of,
    run_figures,
    slow_atoms,
    totals_of,
)
from mge_toolkit.reporting.monitoring.tallies import OTHER, Tallies

MANUAL_RUN: Final = "manual"
"""The run, and its masterplan, of what is recorded by hand without naming a run."""
RUNS_KEPT: Final = 50
PLANS_KEPT: Final = 50
EARLIER_KEPT: Final = 20


class MonitoringCollector:
    """Counts and times what runs do; a subscriber of their events, or fed by hand.

    As a subscriber it is called with each event. By hand: :meth:`start_wave`, then :meth:`record_execution` for
    every attempt, :meth:`complete_wave`. Runs and masterplans are kept apart, however many go on at once.

    Memory is bounded: live runs and the last 50 that finished are known by themselves, earlier ones only by the
    sums of their masterplan; the 51st masterplan and those after it share one sum. Percentiles come from a sketch
    and are within 1 % of the exact ones. All methods may be called from any thread.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, runs_kept: int = RUNS_KEPT) -> None:
        """Start without runs. ``clock`` tells monotonic seconds; ``runs_kept`` is how many finished runs stay."""
        self._clock = clock
        self._runs_kept = runs_kept
        self._lock = Lock()
        self._runs: dict[str, RunLedger] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._past: dict[str, PlanLedger] = {}
        self._earlier: OrderedDict[str, dict[str, TrendPoint]] = OrderedDict()
        self._takers: dict[type, Callable[..., None]] = {
            AtomFinished: self._atom_finished,
            AttemptStarted: self._attempt_started,
            AttemptRescheduled: self._attempt_rescheduled,
            WaveStarted: self._wave_started,
            WaveFinished: self._wave_finished,
            RunStarted: self._run_started,
            RunFinished: self._run_finished,
        }

    def __call__(self, event: Event) -> None:
        """Take one event of a run."""
        take = self._takers.get(type(event))
        if take is not None:
            with self._lock:
                take(event)

    def start_wave(self, wave_number: int, total_atoms: int, *, run_id: str = MANUAL_RUN) -> None:
        """Note that a wave of so many atoms begins."""
        with self._lock:
            run = self._run(run_id)
            run.planned += total_atoms
            run.start_wave(wave_number, total_atoms, self._clock())

    def record_execution(
        self, result: ExecutionResult, wave_number: int, retry_attempt: int = 0, *, run_id: str = MANUAL_RUN
    ) -> None:
        """Take one attempt of an atom; with its last attempt the atom is settled.

        ``retry_attempt`` is the attempt's place in ``result.attempts``, 0 for the first; 0 also for an atom that
        has none because it was blocked or stopped. Raises ``ValueError`` where there is no such attempt.
        """
        if not 0 <= retry_attempt < max(len(result.attempts), 1):
            raise ValueError(
                f"atom '{result.atom_id}' has {len(result.attempts)} attempts: "
                f"retry_attempt {retry_attempt} is none of them (0 is the first)"
            )
        with self._lock:
            self._run(run_id).record(result, wave_number, retry_attempt, self._clock())

    def complete_wave(self, wave_number: int, *, run_id: str = MANUAL_RUN) -> None:
        """Note that a wave is over."""
        with self._lock:
            self._run(run_id).finish_wave(wave_number, self._clock())

    def add_earlier_runs(self, records: Iterable[RunRecord]) -> None:
        """Take recorded runs, for trends: finished ones count, the last 20 of each masterplan are kept."""
        with self._lock:
            for record in records:
                if record.finished:
                    self._keep_point(
                        record.masterplan,
                        TrendPoint(
                            run_id=record.run_id,
                            started_at=record.started_at,
                            atoms=record.counts.total,
                            success_rate=record.counts.success_rate,
                            wall=record.wall,
                            healed=record.counts.healed,
                        ),
                    )

    def get_summary(self, run_id: str | None = None, *, masterplan: str | None = None) -> MonitoringSummary:
        """Return totals and runs: of one run, of one masterplan, or of all.

        Raises ``UnknownRunError`` where ``run_id`` is not known, or no longer.
        """
        with self._chosen(run_id, masterplan) as (runs, past):
            tallies = _sum([*(run.tallies for run in runs), *(plan.tallies for plan in past)])
            return MonitoringSummary(runs=tuple(self._figures(runs)), totals=totals_of(tallies))

    def get_error_analysis(
        self, run_id: str | None = None, *, masterplan: str | None = None
    ) -> ErrorAnalysis:
        """Return why atoms failed and what helped: in one run, in one masterplan, or in all.

        Raises ``UnknownRunError`` where ``run_id`` is not known, or no longer.
        """
        with self._chosen(run_id, masterplan) as (runs, past):
            by_plan: dict[str, list[Tallies]] = {}
            for run in runs:
                by_plan.setdefault(run.masterplan, []).append(run.tallies)
            for plan in past:
                by_plan.setdefault(plan.masterplan, []).append(plan.tallies)
            sums = {name: _sum(found) for name, found in by_plan.items()}
            whole = _sum(sums.values())
            patterns = [
                pattern_figures(cluster, name) for name, found in sums.items() for cluster in found.clusters
            ]
            return ErrorAnalysis(
                run_ids=tuple(run.run_id for run in runs),
                failures=sum(errors.failures for errors in whole.errors.values()),
                errors=errors_of(whole),
                patterns=tuple(sorted(patterns, key=lambda one: (-one.failures, one.first_wave))),
                other_failures=sum(found.clusters.others for found in sums.values()),
                strategies=remedies_of(whole.strategies),
                sources=remedies_of(whole.sources),
            )

    def get_performance_analysis(
        self, run_id: str | None = None, *, masterplan: str | None = None
    ) -> PerformanceAnalysis:
        """Return where the time went: in one run, in one masterplan, or in all.

        Raises ``UnknownRunError`` where ``run_id`` is not known, or no longer.
        """
        with self._chosen(run_id, masterplan) as (runs, past):
            tallies = _sum([*(run.tallies for run in runs), *(plan.tallies for plan in past)])
            return PerformanceAnalysis(
                runs=tuple(performance_of(figures) for figures in self._figures(runs)),
                wall=tallies.wall.spread(),
                cpu=tallies.cpu.spread(),
                candidate_seconds=tallies.candidate_seconds,
                peak_memory=tallies.peak_memory,
                slowest=slow_atoms(tallies),
                strategies=remedies_of(tallies.strategies),
            )

    def plan_ledgers(self) -> list[PlanLedger]:
        """Return the sums of every masterplan since the collector began, for counters that never fall.

        Masterplans beyond the 50th are one, named ``(other)``. The sums are the caller's own.
        """
        with self._lock:
            now = self._clock()
            sums: dict[str, PlanLedger] = {}
            for name, plan in self._past.items():
                sums[name] = PlanLedger(masterplan=name)
                sums[name].merge(plan, now)
            for run in self._runs.values():
                name = self._plan(run.masterplan).masterplan
                sums.setdefault(name, PlanLedger(masterplan=name)).add(run, now)
            return list(sums.values())

    def live_runs(self) -> list[tuple[str, int, int, int]]:
        """Return each live run: masterplan as counters name it, atoms planned, settled, and running."""
        with self._lock:
            return [
                (
                    self._plan(run.masterplan).masterplan,
                    run.planned,
                    run.tallies.outcomes.total,
                    len(run.running),
                )
                for run in self._runs.values()
                if run.finished_at is None
            ]

    @contextmanager
    def _chosen(
        self, run_id: str | None, masterplan: str | None
    ) -> Iterator[tuple[list[RunLedger], list[PlanLedger]]]:
        """Hold the runs that are asked for, in the order in which they started, and sums of runs let go of."""
        with self._lock:
            if run_id is not None:
                run = self._runs.get(run_id)
                if run is None or masterplan not in (None, run.masterplan):
                    of_plan = "" if masterplan is None else f" of masterplan '{masterplan}'"
                    raise UnknownRunError(
                        f"monitoring knows no run '{run_id}'{of_plan}: it keeps live runs and the last "
                        f"{self._runs_kept} that finished; look earlier ones up in the records"
                    )
                yield [run], []
                return
            yield (
                [run for run in self._runs.values() if masterplan in (None, run.masterplan)],
                [plan for name, plan in self._past.items() if masterplan in (None, name)],
            )

    def _figures(self, runs: Iterable[RunLedger]) -> Iterator[RunFigures]:
        now = self._clock()
        for run in runs:
            yield run_figures(run, tuple(self._earlier.get(run.masterplan, {}).values()), now)

    def _run(self, run_id: str) -> RunLedger:
        """Return a run's ledger, a new one where its beginning was missed."""
        run = self._runs.get(run_id)
        if run is None:
            run = self._runs[run_id] = RunLedger(
                run_id=run_id, masterplan=MANUAL_RUN, began=self._clock(), started_at=datetime.now(UTC)
            )
        return run

    def _attempt_started(self, event: AttemptStarted) -> None:
        self._run(event.run_id).start_attempt(event.atom_id, event.slot)

    def _attempt_rescheduled(self, event: AttemptRescheduled) -> None:
        self._run(event.run_id).tallies.rescheduled += 1

    def _wave_started(self, event: WaveStarted) -> None:
        self._run(event.run_id).start_wave(event.number, event.planned, self._clock())

    def _wave_finished(self, event: WaveFinished) -> None:
        self._run(event.run_id).finish_wave(event.summary.number, self._clock(), event.summary)

    def _run_started(self, event: RunStarted) -> None:
        self._plan(event.masterplan.name)
        self._runs[event.run_id] = RunLedger(
            run_id=event.run_id,
            masterplan=event.masterplan.name,
            began=self._clock(),
            started_at=event.started_at,
            slots=event.slots,
            schedule=event.schedule,
            isolation=event.isolation,
            planned=len(event.waves),
            resumed_from=event.resumed_from,
            waves_of=event.waves,
        )

    def _atom_finished(self, event: AtomFinished) -> None:
        result = event.result
        run = self._run(event.run_id)
        now = self._clock()
        for index in range(max(len(result.attempts), 1)):
            run.record(result, result.wave, index, now)

    def _run_finished(self, event: RunFinished) -> None:
        run = self._run(event.run_id)
        now = self._clock()
        run.finish(event.result, now)
        self._keep_point(run.masterplan, point_of(run, now))
        self._finished[run.run_id] = None
        while len(self._finished) > self._runs_kept:
            oldest, _ = self._finished.popitem(last=False)
            gone = self._runs.pop(oldest)
            self._plan(gone.masterplan).add(gone, now)

    def _plan(self, name: str) -> PlanLedger:
        """Return the sums of a masterplan's runs that are let go of."""
        if name not in self._past and len(self._past) >= PLANS_KEPT:
            name = OTHER
        plan = self._past.get(name)
        if plan is None:
            plan = self._past[name] = PlanLedger(masterplan=name)
        return plan

    def _keep_point(self, masterplan: str, point: TrendPoint) -> None:
        points = self._earlier.setdefault(masterplan, {})
        self._earlier.move_to_end(masterplan)
        points[point.run_id] = point
        if len(points) > EARLIER_KEPT:
            del points[min(points.values(), key=lambda one: one.started_at).run_id]
        while len(self._earlier) > PLANS_KEPT:
            self._earlier.popitem(last=False)


def _sum(every: Iterable[Tallies]) -> Tallies:
    total = Tallies()
    for tallies in every:
        total.merge(tallies)
    return total
