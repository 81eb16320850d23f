"""Adds up a run while it goes: results, waves, parallelism, critical path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mge_toolkit.core.graph import longest_path
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Isolation, Origin, Outcome
from mge_toolkit.core.runs import Counts, RunResult, Schedule, WaveSummary, atom_seconds, count


@dataclass(kw_only=True, slots=True)
class _Wave:
    planned: int
    started: float = 0.0
    ended: float = 0.0
    attempt_time: float = 0.0
    settled: int = 0
    healed: int = 0
    flaky: int = 0
    origins: dict[Origin, int] = field(default_factory=lambda: dict.fromkeys(Origin, 0))
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))


class Tally:
    """The figures of one run, kept up to date result by result."""

    def __init__(
        self, plan: Masterplan, waves: Mapping[str, int], planned: Mapping[int, int], slots: int
    ) -> None:
        """Expect the atoms of ``waves``, run on ``slots`` slots."""
        self._plan = plan
        self._atom_waves = waves
        self._slots = slots
        self._waves = {number: _Wave(planned=size) for number, size in planned.items()}
        self._complete: list[int] = []
        self._time_cut_short = 0.0
        self._results: dict[str, ExecutionResult] = {}
        self._summaries: dict[int, WaveSummary] = {}

    def start_wave(self, number: int, clock: float) -> None:
        """Note that wave ``number`` began at monotonic time ``clock``."""
        self._waves[number].started = clock

    def add(self, result: ExecutionResult, clock: float) -> None:
        """Add a final result, settled at monotonic time ``clock``."""
        self._results[result.atom_id] = result
        wave = self._waves[result.wave]
        wave.ended = clock
        wave.settled += 1
        wave.attempt_time += result.slot_time
        wave.outcomes[result.outcome] += 1
        wave.healed += result.healed
        wave.flaky += result.flaky
        wave.origins[result.origin] += 1
        if wave.settled == wave.planned:
            self._complete.append(result.wave)

    def cut_short(self, number: int, seconds: float) -> None:
        """Count the time that an atom of wave ``number`` had a slot before it was stopped without a result."""
        self._waves[number].attempt_time += seconds
        self._time_cut_short += seconds

    def complete_wave(self) -> int | None:
        """Return the first wave that is complete and not closed yet."""
        return min(self._complete, default=None)

    def close_wave(self, number: int) -> WaveSummary:
        """Return the summary of a complete wave; its figures are final from now on."""
        self._complete.remove(number)
        wave = self._waves[number]
        wall = wave.ended - wave.started
        summary = WaveSummary(
            number=number,
            planned=wave.planned,
            counts=Counts(
                healed=wave.healed,
                flaky=wave.flaky,
                resumed=wave.origins[Origin.RESUMED],
                cached=wave.origins[Origin.CACHED],
                **{o.value: n for o, n in wave.outcomes.items()},
            ),
            wall=wall,
            attempt_time=wave.attempt_time,
            parallelism=wave.attempt_time / wall if wall else 0.0,
            theoretical_parallelism=min(wave.planned, self._slots),
        )
        self._summaries[number] = summary
        return summary

    def result(
        self,
        *,
        run_id: str,
        schedule: Schedule,
        isolation: Isolation,
        started_at: datetime,
        wall: float,
        stop_reason: str | None,
        resumed_from: str | None = None,
        records_error: str | None = None,
    ) -> RunResult:
        """Return the whole run; every atom has been added."""
        ordered = {name: self._results[name] for name in self._plan.atoms if name in self._results}
        graph = {name: self._plan.atoms[name].predecessors for name in ordered}
        path, path_time = longest_path(graph, lambda name: atom_seconds(ordered[name], wall))
        attempt_time = self._time_cut_short + sum(result.slot_time for result in ordered.values())
        counts = count(ordered.values())
        return RunResult(
            run_id=run_id,
            masterplan=self._plan.name,
            results=ordered,
            waves=tuple(self._summaries[number] for number in sorted(self._summaries)),
            counts=counts,
            started_at=started_at,
            wall=wall,
            slots=self._slots,
            schedule=schedule,
            isolation=isolation,
            parallelism=attempt_time / wall if wall else 0.0,
            critical_path=tuple(path),
            critical_path_time=path_time,
            stop_reason=stop_reason if counts.stopped else None,
            resumed_from=resumed_from,
            records_error=records_error,
            plan=self._plan,
        )
