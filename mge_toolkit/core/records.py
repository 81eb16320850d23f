"""Runs as they are kept, and the ports of what keeps them.

The journal is for the engine, which writes; the store is for everyone who reads what earlier runs left.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mge_toolkit.core.events import Event
from mge_toolkit.core.plans import Atom, Masterplan
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.results import ExecutionResult, Isolation
from mge_toolkit.core.runs import Counts, RunResult, Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """One recorded run without its atoms.

    ``planned`` is how many atoms it set out to run, ``counts`` what became of those that have finished so far.
    ``finished_at`` is ``None`` for a run that still goes on or whose process died; ``wall`` (seconds) and
    ``parallelism`` are 0 until then. ``plan_path`` is the plan's file as the user named it.
    """

    run_id: str
    masterplan: str
    plan_path: str
    started_at: datetime
    finished_at: datetime | None
    planned: int
    counts: Counts
    wall: float
    parallelism: float
    slots: int
    schedule: Schedule
    repair: RepairLevel
    isolation: Isolation
    environment: str
    toolkit_version: str
    stop_reason: str | None = None
    resumed_from: str | None = None

    @property
    def finished(self) -> bool:
        """Return whether the run came to its end."""
        return self.finished_at is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedRun:
    """A whole recorded run: the part of its plan that it set out to run, and its result as the run returned it.

    ``plan`` holds every atom of the run in the plan's order, equal to the atom that ran but for the content of its
    data files, of which names are kept only. The ``result`` of an unfinished run holds the atoms that had finished
    and the waves that had ended; its ``wall``, ``parallelism`` and critical path are 0 or empty.
    """

    record: RunRecord
    plan: Masterplan
    result: RunResult


class Journal(Protocol):
    """Writes the events of one run where they outlive the process, in a thread of its own.

    Order: any number of ``append`` and ``flush``, from one thread, then ``close`` once. Many events are written
    together, within some 50 ms of the first.
    """

    def append(self, event: Event) -> Future[None] | None:
        """Take an event and return at once: what is done when it is on disk, ``None`` where nothing of it is kept.

        Events that are written together share one future. It ends with ``RecordsError`` where they could not be
        written, and so does every later one: after a gap nothing is written.
        """

    def flush(self) -> None:
        """Have what was taken so far written now rather than soon. Returns at once."""

    def close(self) -> None:
        """Write what was taken, wait for it, and end the thread. Raises nothing: the futures tell."""


class RecordStore(Protocol):
    """Keeps runs. Every method may be called from any thread, and raises ``RecordsError`` where the store fails.

    Several processes may write to one store at the same time.
    """

    @property
    def location(self) -> str:
        """Where it is, as messages name it: a file or a URL without its password."""

    def journal(self) -> Journal:
        """Return a journal for one run that is about to start."""

    def runs(self, masterplan: str | None = None, limit: int | None = None) -> Sequence[RunRecord]:
        """Return runs, of one masterplan or of all, the last started first, at most ``limit``."""

    def find(self, run: str) -> RunRecord:
        """Return the run with this id or with an id that begins so; ``last`` is the one that started last.

        Raises ``UnknownRunError``, which names what there is, also where several ids begin so.
        """

    def load(self, run_id: str) -> RecordedRun:
        """Return a whole run; its results are equal to those that the run returned. Raises ``UnknownRunError``."""

    def atom(self, run_id: str, atom_id: str) -> ExecutionResult:
        """Return one atom of a run. Raises ``UnknownRunError``, ``UnknownAtomError``."""

    def recall(self, digest: str, environment: str) -> ExecutionResult | None:
        """Return the latest pass of the program ``digest`` in this environment, ``None`` where there is none.

        A pass that came from the cache itself counts, so that pruning the run that executed it loses nothing; one
        that was taken over on resuming, perhaps from another environment, does not, nor does a flaky one.
        """

    def prune(
        self, *, keep: int | None = None, before: datetime | None = None, dry_run: bool = False
    ) -> Sequence[str]:
        """Delete runs beyond the last ``keep`` of each masterplan, or that started before a time.

        Where both are given a run has to meet both. Returns their ids; with ``dry_run`` nothing is deleted. A run
        that still goes on stays.
        """

    def close(self) -> None:
        """Let go of the store. May be called twice."""


class Recall(Protocol):
    """Knows results that need not be executed again."""

    async def find(self, atom: Atom, digest: str) -> ExecutionResult | None:
        """Return the result of the very program ``digest`` with its origin set, ``None`` to have it executed."""
