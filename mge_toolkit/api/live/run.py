"""One run that was asked for here, from its acceptance to some time after its end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import Any

from mge_toolkit.api.live.events import event_document, wave_document
from mge_toolkit.api.live.feed import Feed
from mge_toolkit.core.events import (
    AtomFinished,
    AttemptFinished,
    AttemptRescheduled,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
    WaveFinished,
)
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import NO_ISOLATION, Attempt, ExecutionResult, Origin
from mge_toolkit.core.runs import Counts, RunResult, Schedule
from mge_toolkit.engine.run import Run
from mge_toolkit.reporting.execution import counts_document


class Kind(StrEnum):
    """What was asked for: a whole masterplan, one wave of it, or one atom."""

    MASTERPLAN = "masterplan"
    WAVE = "wave"
    ATOM = "atom"


class Status(StrEnum):
    """How far a run is. ``broken``: it ended without a result; ``unfinished``: its record has no end."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    BROKEN = "broken"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a run was asked to do: ``plan`` holds what is needed for it, ``target`` the wave or the atom."""

    plan: Masterplan
    kind: Kind
    target: str | None = None
    atoms: tuple[str, ...] | None = None
    inputs: Mapping[str, Mapping[str, Any]] | None = None
    schedule: Schedule | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Going:
    """An attempt that goes on: its number, its slot, and when it started, in seconds of the run."""

    number: int
    slot: int
    at: float


class LiveRun:
    """Follows a run's events: figures at any moment, results as they come, and the feed for who listens.

    ``attempts`` are those of atoms that are not settled yet.
    """

    def __init__(self, run: Run, asked: Asked, *, schedule: Schedule, events_kept: int) -> None:
        """Follow ``run``, which has not started."""
        self.asked = asked
        self.submitted_at = datetime.now(UTC)
        self.feed = Feed(events_kept)
        self.waves: Mapping[str, int] = {}
        self.results: dict[str, ExecutionResult] = {}
        self.going: dict[str, Going] = {}
        self.attempts: dict[str, list[Attempt]] = {}
        self.result: RunResult | None = None
        self.error: Exception | None = None
        self.cancelled = False
        self.ended = asyncio.Event()
        self._run = run
        self._schedule = schedule
        self._started: RunStarted | None = None
        self._origin = 0.0
        self._planned: Counter[int] = Counter()
        self._wave_counts: dict[int, Counter[str]] = {}
        self._wave_ends: dict[int, dict[str, Any]] = {}
        self._counts: Counter[str] = Counter()
        run.subscribe(self.take)

    @property
    def run_id(self) -> str:
        """Return the run's id."""
        return self._run.run_id

    @property
    def status(self) -> Status:
        """Return how far the run is."""
        if self.error is not None:
            return Status.BROKEN
        if self.result is not None:
            return Status.CANCELLED if self.cancelled and self.result.counts.stopped else Status.FINISHED
        return Status.QUEUED if self._started is None else Status.RUNNING

    @property
    def going_on(self) -> bool:
        """Return whether the run has started and not ended."""
        return self.status is Status.RUNNING

    async def execute(self) -> None:
        """Run to the end. Nothing is raised: what breaks the run is kept in ``error``."""
        try:
            self.result = await self._run.execute()
        except Exception as error:  # noqa: BLE001 - whoever asked for the run is told
            self.error = error
            self.feed.append("run_broken", {"at": 0.0, "run_id": self.run_id, "message": str(error)})
        finally:
            self.going.clear()
            self.feed.close()
            self.ended.set()

    def cancel(self, reason: str) -> None:
        """Stop a run that goes on; one that has not started is stopped as soon as it does."""
        self.cancelled = True
        if self._started is not None:
            self._run.cancel(reason)
        else:
            self._run.subscribe(lambda event: self._cancel_on_start(event, reason))

    def take(self, event: Event) -> None:
        """Follow an event of the run."""
        at = time.monotonic() - self._origin
        match event:
            case RunStarted():
                self._start(event)
                at = 0.0
            case AttemptStarted():
                self.going[event.atom_id] = Going(number=event.number, slot=event.slot, at=at)
            case AttemptFinished():
                self.going.pop(event.atom_id, None)
                self.attempts.setdefault(event.atom_id, []).append(event.attempt)
            case AttemptRescheduled():
                self.going.pop(event.atom_id, None)
            case AtomFinished():
                self._settle(event.result)
            case WaveFinished():
                self._wave_ends[event.summary.number] = wave_document(event.summary)
            case RunFinished():
                self.result = event.result
        name, document = event_document(event, round(at, 4))
        self.feed.append(name, document)

    def record(self) -> RunRecord:
        """Return the run as its record would have it now."""
        result, started = self.result, self._started
        began = self.submitted_at if started is None else started.started_at
        return RunRecord(
            run_id=self.run_id,
            masterplan=self.asked.plan.name,
            plan_path=self.asked.plan.path,
            started_at=began,
            finished_at=None if result is None else began + timedelta(seconds=result.wall),
            planned=len(self.waves) or len(self.asked.plan),
            counts=self.counts(),
            wall=0.0 if result is None else result.wall,
            parallelism=0.0 if result is None else result.parallelism,
            slots=0 if started is None else started.slots,
            schedule=self._schedule if started is None else started.schedule,
            repair=RepairLevel.OFF if started is None else started.repair,
            isolation=NO_ISOLATION if started is None else started.isolation,
            environment="" if started is None else started.environment,
            toolkit_version=_toolkit_version(),
            stop_reason=None if result is None else result.stop_reason,
            resumed_from=None if started is None else started.resumed_from,
        )

    def counts(self) -> Counts:
        """Return what became of the atoms that are settled."""
        return Counts(**self._counts) if self.result is None else self.result.counts

    def wave_documents(self) -> list[dict[str, Any]]:
        """Return the waves, those that have ended with their figures."""
        return [
            self._wave_ends.get(number)
            or {
                "number": number,
                "planned": planned,
                "counts": counts_document(Counts(**self._wave_counts.get(number, Counter()))),
                "finished": False,
                "wall": None,
                "attempt_time": None,
                "parallelism": None,
                "theoretical_parallelism": None,
            }
            for number, planned in sorted(self._planned.items())
        ]

    def _start(self, event: RunStarted) -> None:
        self._started = replace(event, masterplan=self.asked.plan)
        # What is on disk before it is told comes a little late: the run's clock began when the run did.
        late = (datetime.now(UTC) - event.started_at).total_seconds()
        self._origin = time.monotonic() - max(0.0, late)
        self.waves = event.waves
        self._planned = Counter(event.waves.values())

    def _settle(self, result: ExecutionResult) -> None:
        self.results[result.atom_id] = result
        self.going.pop(result.atom_id, None)
        self.attempts.pop(result.atom_id, None)
        names = [result.outcome.value]
        names += [name for name, holds in (("healed", result.healed), ("flaky", result.flaky)) if holds]
        names += [result.origin.value] if result.origin is not Origin.EXECUTED else []
        self._counts.update(names)
        self._wave_counts.setdefault(result.wave, Counter()).update(names)

    def _cancel_on_start(self, event: Event, reason: str) -> None:
        if isinstance(event, RunStarted):
            # Not inside the engine's own turn: it has not made its workers yet.
            asyncio.get_running_loop().call_soon(self._run.cancel, reason)


@cache
def _toolkit_version() -> str:
    return version("mge-toolkit")
