"""Runs: what is asked of one, and what became of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from mge_toolkit.api.models.atoms import Atom
from mge_toolkit.api.models.base import Body, Count, Counts, Isolation, Page, Seconds, Shape, Share

Status = Literal["queued", "running", "finished", "cancelled", "broken", "unfinished"]


class AtomRequest(Body):
    """How one atom is to be executed: ``input_data`` replaces or adds input values by name."""

    input_data: dict[str, JsonValue] = Field(default_factory=dict)


class MasterplanRequest(Body):
    """How a masterplan is to be executed.

    ``execute_by_waves`` true puts a barrier after each wave, false runs one atom at a time; without it an atom
    starts as the service is set up, by default when what it needs has passed.
    """

    execute_by_waves: bool | None = None


class Summary(Shape):
    """A run's figures. ``success_interval`` is where the success rate lies with 95 % confidence."""

    masterplan: str
    run_id: str
    status: Status
    started_at: str
    finished_at: str | None
    planned: Count
    pending: Count
    counts: Counts
    success_rate: Share | None
    success_interval: list[Share] | None
    wall: Seconds
    parallelism: float
    slots: Count
    schedule: Literal["ready", "waves", "sequential"]
    repair: Literal["off", "fix", "search", "llm"]
    isolation: Isolation
    stop_reason: str | None
    resumed_from: str | None


class RunItem(Summary):
    """A run as a list shows it. ``kind`` and ``target`` say what was asked for, where that is known.

    ``live``: the run is in this service's memory, and its events can be followed.
    """

    kind: Literal["masterplan", "wave", "atom"] | None
    target: str | None
    live: bool
    elapsed: Seconds | None
    links: dict[str, str]


class RunList(Page):
    """Runs, the last started first."""

    items: list[RunItem]


class Wave(Shape):
    """One wave; what is null is known when it has ended."""

    number: Count
    planned: Count
    counts: Counts
    finished: bool
    wall: Seconds | None
    attempt_time: Seconds | None
    parallelism: float | None
    theoretical_parallelism: Count | None


class CriticalPath(Shape):
    """The chain of atoms with the longest total time."""

    atoms: list[str]
    time: Seconds


class Run(RunItem):
    """A run. ``last_event_id`` is the event up to which it was seen; ``error`` says what broke it."""

    waves: list[Wave]
    critical_path: CriticalPath | None
    exit_status: int | None
    records_error: str | None
    error: str | None
    last_event_id: Count | None


class AtomExecution(Shape):
    """An executed atom, and the run in which that happened."""

    run: Run
    atom: Atom
