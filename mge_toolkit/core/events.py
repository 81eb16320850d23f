"""What the engine says while it runs: past-tense, frozen records, in the order in which things happened.

Order: one :class:`RunStarted`; then, per atom, any :class:`AttemptStarted`/:class:`AttemptFinished` pairs
(an :class:`AttemptRescheduled` ends a pair that the infrastructure broke) and exactly one
:class:`AtomFinished`; a :class:`WaveStarted` before the first atom of a wave finishes and a
:class:`WaveFinished` after its last; one :class:`RunFinished`, the last event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.results import Attempt, ExecutionResult, Isolation
from mge_toolkit.core.runs import RunResult, Schedule, WaveSummary


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStarted:
    """A run began. ``waves`` maps each atom that will run to its wave.

    ``resumed_from`` is the run whose finished atoms it takes over. ``environment`` names what programs run on:
    interpreters, packages and sandbox.
    """

    run_id: str
    masterplan: Masterplan
    waves: Mapping[str, int]
    slots: int
    schedule: Schedule
    isolation: Isolation
    started_at: datetime
    repair: RepairLevel = RepairLevel.OFF
    resumed_from: str | None = None
    environment: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaveStarted:
    """The first atom of a wave was given a slot (or was settled without one)."""

    run_id: str
    number: int
    planned: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptStarted:
    """An atom was given a slot."""

    run_id: str
    atom_id: str
    number: int
    slot: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptFinished:
    """An attempt ended, passed or failed, and what follows is decided."""

    run_id: str
    atom_id: str
    attempt: Attempt


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRescheduled:
    """The infrastructure failed under an attempt, which does not count and will be run again."""

    run_id: str
    atom_id: str
    number: int
    evidence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AtomFinished:
    """An atom has its final outcome."""

    run_id: str
    result: ExecutionResult


@dataclass(frozen=True, kw_only=True, slots=True)
class WaveFinished:
    """Every atom of a wave has its final outcome."""

    run_id: str
    summary: WaveSummary


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFinished:
    """Every atom has its final outcome; nothing of the run is left running."""

    run_id: str
    result: RunResult


Event: TypeAlias = (
    RunStarted
    | WaveStarted
    | AttemptStarted
    | AttemptFinished
    | AttemptRescheduled
    | AtomFinished
    | WaveFinished
    | RunFinished
)
Subscriber: TypeAlias = Callable[[Event], None]
