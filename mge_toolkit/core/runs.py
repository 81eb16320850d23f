"""A run as records: its settings, its waves and its summary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Isolation, Origin, Outcome

if TYPE_CHECKING:
    import pandas as pd


class Schedule(StrEnum):
    """In which order atoms start: as soon as they can, wave by wave, or one at a time."""

    READY = "ready"
    WAVES = "waves"
    SEQUENTIAL = "sequential"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many atoms had each outcome.

    ``healed`` and ``flaky`` count among ``passed``. ``resumed`` and ``cached`` count, whatever their outcome, the
    atoms that were not executed in this run.
    """

    passed: int = 0
    failed: int = 0
    blocked: int = 0
    skipped: int = 0
    stopped: int = 0
    error: int = 0
    healed: int = 0
    flaky: int = 0
    resumed: int = 0
    cached: int = 0

    @property
    def total(self) -> int:
        """Return the number of atoms counted."""
        return self.passed + self.failed + self.blocked + self.skipped + self.stopped + self.error

    @property
    def success_rate(self) -> float | None:
        """Return passed ÷ (passed + failed), or ``None`` where nothing was decided."""
        decided = self.passed + self.failed
        return self.passed / decided if decided else None


@dataclass(frozen=True, kw_only=True, slots=True)
class WaveSummary:
    """One wave's figures. Times in seconds; parallelism in slots busy at once, on average and at most."""

    number: int
    planned: int
    counts: Counts
    wall: float
    attempt_time: float
    parallelism: float
    theoretical_parallelism: int


class Views:
    """What can be made of a run's results: pandas data frames, and what it would have taken otherwise.

    The frames need the ``notebook`` extra; ``mge_toolkit.reporting.frames`` documents their columns. This is
    the one place of the core that knows of something above it, by name only: people type ``run.atoms_frame()``.
    """

    __slots__ = ()

    def atoms_frame(self) -> pd.DataFrame:
        """Return a row for every atom."""
        return self._frame("atoms_frame")

    def attempts_frame(self) -> pd.DataFrame:
        """Return a row for every attempt."""
        return self._frame("attempts_frame")

    def waves_frame(self) -> pd.DataFrame:
        """Return a row for every wave."""
        return self._frame("waves_frame")

    def errors_frame(self) -> pd.DataFrame:
        """Return a row for every cluster of failures."""
        return self._frame("errors_frame")

    def simulate(
        self, *, slots: int | None = None, schedule: Schedule | str | None = None, retries: int | None = None
    ) -> Any:
        """Return what the run would have taken with other slots, schedule or retries; nothing is executed.

        It is a ``mge_toolkit.engine.simulation.Simulation``.
        """
        simulation = vars(import_module("mge_toolkit.engine.simulation"))
        return simulation["simulate"](self, slots=slots, schedule=schedule, retries=retries)

    def what_if(self) -> Any:
        """Return what more slots, another schedule, or splitting the slowest atom would give.

        It is a ``mge_toolkit.engine.simulation.WhatIf``.
        """
        return vars(import_module("mge_toolkit.engine.simulation"))["what_if"](self)

    def _frame(self, name: str) -> pd.DataFrame:
        made: pd.DataFrame = vars(import_module("mge_toolkit.reporting.frames"))[name](self)
        return made


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult(Views):
    """The end of a run. ``results`` holds every atom of the plan that was asked for or needed, in plan order.

    ``critical_path`` is the chain of atoms that took longest together, repairs and all; its time is in seconds.
    ``stop_reason`` says why a run ended before its atoms did. ``resumed_from`` is the run whose finished atoms it
    took over. ``records_error`` says why the run, or its end, could not be recorded. ``plan`` is what was run.
    """

    run_id: str
    masterplan: str
    results: Mapping[str, ExecutionResult]
    waves: tuple[WaveSummary, ...]
    counts: Counts
    started_at: datetime
    wall: float
    slots: int
    schedule: Schedule
    isolation: Isolation
    parallelism: float
    critical_path: tuple[str, ...] = ()
    critical_path_time: float = 0.0
    stop_reason: str | None = None
    resumed_from: str | None = None
    records_error: str | None = None
    plan: Masterplan | None = field(default=None, compare=False, repr=False)

    @property
    def exit_status(self) -> int:
        """Return 0 when all passed or were skipped by strategy, 3 for an infrastructure error, else 1."""
        return 3 if self.counts.error or self.records_error else self.pytest_exit_status

    @property
    def pytest_exit_status(self) -> int:
        """Return 0 when all passed or were skipped by strategy, else 1."""
        counts = self.counts
        lost = counts.failed or counts.blocked or counts.stopped or counts.error or self.records_error
        return int(bool(lost))


def count(results: Iterable[ExecutionResult]) -> Counts:
    """Count the outcomes of ``results``."""
    numbers = dict.fromkeys(Outcome, 0)
    healed = flaky = 0
    origins = dict.fromkeys(Origin, 0)
    for result in results:
        numbers[result.outcome] += 1
        origins[result.origin] += 1
        healed += result.healed
        flaky += result.flaky
    return Counts(
        healed=healed,
        flaky=flaky,
        resumed=origins[Origin.RESUMED],
        cached=origins[Origin.CACHED],
        **{outcome.value: number for outcome, number in numbers.items()},
    )


def atom_seconds(result: ExecutionResult, wall: float, retries: int | None = None) -> float:
    """Return how long an atom kept its slot in a run that took ``wall`` seconds (0: not known).

    These are its attempts, the trials of its repairs, and deciding and proposing between them; with ``retries``
    at most so many attempts after the first, and nothing after the last of them.
    """
    if result.origin is not Origin.EXECUTED:
        return 0.0
    seconds = 0.0
    attempts = result.attempts if retries is None else result.attempts[: 1 + retries]
    for place, attempt in enumerate(attempts, 1):
        passed = attempt.elapsed
        if place < len(attempts):
            passed = (attempts[place].began - attempt.began).total_seconds()
        # A clock that was set meanwhile must not make an attempt longer than the whole run.
        seconds += max(attempt.execution.usage.wall, min(passed, wall or math.inf))
    return seconds
