"""What is known about one run while it goes and afterwards: its waves and its tallies, no result of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from mge_toolkit.core.results import ExecutionResult, Isolation, Origin
from mge_toolkit.core.runs import RunResult, Schedule, WaveSummary
from mge_toolkit.reporting.monitoring.tallies import Outcomes, Slow, Tallies

WAVES_KEPT: Final = 200
"""How many waves of a run are told apart; those from this number on are counted together under it."""
PATH_KEPT: Final = 100


@dataclass(kw_only=True, slots=True)
class WaveLedger:
    """One wave. Times are the collector's clock in seconds.

    ``took`` and ``barrier`` are known when the wave is over, ``released`` until then: when each slot was last let
    go of. A wave that is started again, as by hand it may be, adds to what it took before.
    """

    number: int
    planned: int = 0
    started: int = 0
    done: int = 0
    outcomes: Outcomes = field(default_factory=Outcomes)
    attempt_time: float = 0.0
    began: float | None = None
    ended: float | None = None
    finished: bool = False
    took: float = 0.0
    barrier: float = 0.0
    released: dict[int, float] = field(default_factory=dict)

    def start(self, planned: int, now: float) -> None:
        """Note that the wave began, with so many atoms."""
        self.planned += planned
        if self.began is None or self.finished:
            self.began = now
        self.finished = False

    def finish(self, now: float) -> None:
        """Note that the wave is over: it ended when its last atom was settled."""
        if self.finished:
            return
        end = now if self.ended is None else self.ended
        self.took = self.elapsed(end)
        self.barrier = self.barrier_time(end)
        self.released = {}
        self.finished = True

    def elapsed(self, now: float) -> float:
        """Return how long the wave took, or has taken so far."""
        if self.finished or self.began is None:
            return self.took
        return self.took + max(now - self.began, 0.0)

    def barrier_time(self, now: float) -> float:
        """Return the slot-seconds between the last use of each slot that the wave used and the wave's end."""
        return self.barrier + sum(max(now - moment, 0.0) for moment in self.released.values())

    def merge(self, other: WaveLedger, now: float) -> None:
        """Take what the same wave of another run took; times add up."""
        self.planned += other.planned
        self.started += other.started
        self.done += other.done
        self.outcomes.merge(other.outcomes)
        self.attempt_time += other.attempt_time
        self.took += other.elapsed(now)
        self.barrier += other.barrier_time(now)


@dataclass(kw_only=True, slots=True)
class RunLedger:
    """One run. ``waves_of`` maps its atoms to their waves while it goes; ``running`` atoms to their slots."""

    run_id: str
    masterplan: str
    began: float
    started_at: datetime
    slots: int = 1
    schedule: Schedule | None = None
    isolation: Isolation | None = None
    planned: int = 0
    finished_at: datetime | None = None
    wall: float | None = None
    parallelism: float | None = None
    critical_path: tuple[str, ...] = ()
    critical_path_length: int = 0
    critical_path_time: float | None = None
    stop_reason: str | None = None
    resumed_from: str | None = None
    good: bool = False
    running: dict[str, int] = field(default_factory=dict)
    waves_of: Mapping[str, int] = field(default_factory=dict)
    waves: dict[int, WaveLedger] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=Tallies)

    def wave(self, number: int) -> WaveLedger:
        """Return the ledger of a wave."""
        number = min(number, WAVES_KEPT)
        found = self.waves.get(number)
        if found is None:
            found = self.waves[number] = WaveLedger(number=number)
        return found

    def start_wave(self, number: int, planned: int, now: float) -> None:
        """Note that a wave of so many atoms began."""
        self.wave(number).start(planned, now)

    def start_attempt(self, atom_id: str, slot: int) -> None:
        """Note that an atom was given a slot, for its first attempt or a later one."""
        if atom_id not in self.running:
            number = self.waves_of.get(atom_id)
            if number is not None:
                self.wave(number).started += 1
        self.running[atom_id] = slot

    def record(self, result: ExecutionResult, number: int, index: int, now: float) -> None:
        """Take one attempt of an atom, and with the last of them the atom's end."""
        attempts = result.attempts
        wave = self.wave(number)
        if index < len(attempts):
            self.tallies.add_attempt(result, number, index)
            if result.origin is Origin.EXECUTED:
                wave.attempt_time += attempts[index].slot_time
        if index + 1 >= len(attempts):
            self._settle(result, wave, now)

    def _settle(self, result: ExecutionResult, wave: WaveLedger, now: float) -> None:
        self.tallies.settle(result)
        wave.outcomes.add(result)
        wave.done += 1
        wave.ended = now
        if wave.began is None:
            wave.began = now
        slot = self.running.pop(result.atom_id, None)
        attempts = result.attempts
        if result.origin is not Origin.EXECUTED:
            return
        counted = slot is not None and result.atom_id in self.waves_of
        if not counted and (attempts or result.evidence):
            wave.started += 1
        if slot is None and attempts:
            slot = attempts[-1].slot
        if slot is not None:
            wave.released[slot] = now
        if attempts and (seconds := result.duration) >= self.tallies.slow_from:
            self.tallies.add_slow(
                Slow(
                    seconds,
                    result.atom_id,
                    self.run_id,
                    self.masterplan,
                    result.wave,
                    result.outcome,
                    len(attempts),
                )
            )

    def finish_wave(self, number: int, now: float, summary: WaveSummary | None = None) -> None:
        """Note that a wave is over; the engine's ``summary`` counts more than what was observed here."""
        wave = self.wave(number)
        wave.finish(now)
        if summary is not None and number < WAVES_KEPT:
            wave.took = summary.wall
            wave.attempt_time = summary.attempt_time

    def finish(self, result: RunResult, now: float) -> None:
        """Note the run's end; what only a run in progress needs is let go."""
        self.masterplan = result.masterplan
        self.finished_at = result.started_at + timedelta(seconds=result.wall)
        self.wall = result.wall
        self.parallelism = result.parallelism
        self.critical_path = result.critical_path[:PATH_KEPT]
        self.critical_path_length = len(result.critical_path)
        self.critical_path_time = result.critical_path_time
        self.stop_reason = result.stop_reason
        self.good = result.exit_status == 0
        self.running = {}
        self.waves_of = {}
        for wave in self.waves.values():
            wave.finish(now)

    def elapsed(self, now: float) -> float:
        """Return how long the run took, or has taken so far."""
        return max(now - self.began, 0.0) if self.wall is None else self.wall


@dataclass(kw_only=True, slots=True)
class PlanLedger:
    """All runs of one masterplan that are no longer known by themselves, added."""

    masterplan: str
    runs: int = 0
    good_runs: int = 0
    tallies: Tallies = field(default_factory=Tallies)
    waves: dict[int, WaveLedger] = field(default_factory=dict)

    def add(self, run: RunLedger, now: float) -> None:
        """Take a run that is let go of, or that is to be counted with the others."""
        if run.finished_at is not None:
            self.runs += 1
            self.good_runs += run.good
        self.tallies.merge(run.tallies)
        self._add_waves(run.waves, now)

    def merge(self, other: PlanLedger, now: float) -> None:
        """Take what ``other`` took."""
        self.runs += other.runs
        self.good_runs += other.good_runs
        self.tallies.merge(other.tallies)
        self._add_waves(other.waves, now)

    def _add_waves(self, waves: Mapping[int, WaveLedger], now: float) -> None:
        for number, wave in waves.items():
            self.waves.setdefault(number, WaveLedger(number=number)).merge(wave, now)
