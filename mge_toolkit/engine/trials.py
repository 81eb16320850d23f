"""Tries candidates for a failed atom in sandboxes: several at once where slots are idle, the likely ones first."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from mge_toolkit.core.plans import Atom, Limits, Source
from mge_toolkit.core.ports import Candidate
from mge_toolkit.core.results import (
    NO_USAGE,
    Category,
    Execution,
    Failure,
    Role,
    Trial,
    Work,
)
from mge_toolkit.engine.slots import Hold, SlotPool

_AFTER_A_PASS: Final = 8
"""How many more candidates are tried, of those that cost less than the one that passed."""


class InfrastructureFailedError(Exception):
    """Every reschedule of an execution ended in an infrastructure error."""


class Execute(Protocol):
    """Executes code in an atom's place."""

    async def __call__(
        self,
        source: Source,
        slot: int,
        limits: Limits,
        *,
        report: bool = False,
        check: Source | None = None,
    ) -> tuple[Execution, Failure | None]:
        """Return what came of it, classified. Raises ``InfrastructureFailedError``.

        With ``report`` it is the atom's first attempt, of which subscribers are told. ``check`` replaces the
        atom's own.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """A failed atom with what is needed to execute other code in its place."""

    atom: Atom
    dependencies: tuple[Atom, ...]
    limits: Limits
    hold: Hold
    pool: SlotPool
    execute: Execute
    announce: Callable[[int], None]

    def source(self, candidate: Candidate) -> Source:
        """Return the candidate's code, whose lines are no longer the plan's."""
        file = f"{self.atom.code.file} ({self.atom.id} by {candidate.source})"
        return Source(text=candidate.code, file=file)


class WorkLog:
    """What a round executes as time of slots: candidates, the plan's own code again, what was found again."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._noted: list[tuple[Execution, Work]] = []

    def note(self, execution: Execution, started_at: datetime, slot: int) -> None:
        """Take an execution that has ended."""
        work = Work(started_at=started_at, slot=slot, wall=execution.usage.wall)
        self._noted.append((execution, work))

    def of(self, execution: Execution) -> Work:
        """Return when and where an execution was. Raises ``KeyError`` for one that is not noted."""
        for noted, work in self._noted:
            if noted is execution:
                return work
        raise KeyError("the execution was not watched")

    def besides(self, execution: Execution) -> tuple[Work, ...]:
        """Return all that was executed but this."""
        return tuple(work for noted, work in self._noted if noted is not execution)


def watched(bench: Bench) -> tuple[Bench, WorkLog]:
    """Return the bench with a log of all that is executed on it from now on."""
    log = WorkLog()

    async def execute(
        source: Source, slot: int, limits: Limits, *, report: bool = False, check: Source | None = None
    ) -> tuple[Execution, Failure | None]:
        started_at = datetime.now(UTC)
        found = await bench.execute(source, slot, limits, report=report, check=check)
        log.note(found[0], started_at, slot)
        return found

    return replace(bench, execute=execute), log


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What became of one candidate. ``cost`` is what speaks against it: how much it changes, or its rank.

    ``refusal`` is why it may not count.
    """

    candidate: Candidate
    cost: int
    execution: Execution | None = None
    failure: Failure | None = None
    refusal: str | None = None

    @property
    def passed(self) -> bool:
        """Return whether it passed, whether or not it may count."""
        return self.execution is not None and self.failure is None

    @property
    def progress(self) -> tuple[int, int]:
        """Return how far it got; see :func:`progress`."""
        if self.execution is None or self.refusal is not None:
            return (-1, 0)
        return progress(self.failure)

    def trial(self) -> Trial:
        """Return the record of it."""
        return Trial(
            code=self.candidate.code,
            source=self.candidate.source,
            explanation=self.candidate.explanation,
            failure=self.failure,
            refusal=self.refusal,
            usage=NO_USAGE if self.execution is None else self.execution.usage,
        )


def progress(failure: Failure | None) -> tuple[int, int]:
    """Return how far a program got before it failed: by part, then by line. Larger is further."""
    if failure is None:
        return (9, 0)
    if failure.category is Category.SYNTAX:
        return (0, 0)
    if failure.kind == "mismatch":
        return (3, 0)
    return (2 if failure.role is Role.CHECK else 1, failure.line or 0)


def edit_size(before: str, after: str) -> int:
    """Return how many characters differ between two texts, taken as one replaced stretch."""
    shortest = min(len(before), len(after))
    start = next((i for i in range(shortest) if before[i] != after[i]), shortest)
    room = shortest - start
    end = next((i for i in range(room) if before[-1 - i] != after[-1 - i]), room)
    return max(len(before), len(after)) - start - end


async def try_candidates(
    bench: Bench,
    candidates: Sequence[tuple[int, Candidate]],
    limits: Limits,
    seconds: float | None,
    *,
    all_of_them: bool = False,
) -> list[Tried]:
    """Execute candidates, each with its cost, in order until some pass, none is left, or ``seconds`` are over.

    Once one has passed only a few of those that cost less are tried as well, unless ``all_of_them`` are.
    """
    return await _Trials(bench, candidates, limits, seconds, all_of_them).run()


class _Trials:
    """One sequence of trials, on the atom's own slot and on those that are idle meanwhile."""

    def __init__(
        self,
        bench: Bench,
        candidates: Sequence[tuple[int, Candidate]],
        limits: Limits,
        seconds: float | None,
        all_of_them: bool,
    ) -> None:
        self._bench = bench
        self._limits = limits
        self._all = all_of_them
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._queue = deque(Tried(candidate=candidate, cost=cost) for cost, candidate in candidates)
        self._tried: list[Tried] = []
        self._least: int | None = None
        self._borrowed: set[int] = set()

    async def run(self) -> list[Tried]:
        """Return what was tried, in the order in which it ended."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._work(group)
        finally:
            while self._borrowed:
                self._bench.pool.release(self._borrowed.pop())
        return self._tried

    async def _work(self, group: asyncio.TaskGroup) -> None:
        """Try candidates on the atom's own slot, with as many helpers as there are idle slots."""
        while (one := self._next()) is not None:
            while len(self._queue) > len(self._borrowed):
                slot = self._bench.pool.acquire_spare()
                if slot is None:
                    break
                self._borrowed.add(slot)
                group.create_task(self._help(slot))
            await self._try(one, self._bench.hold.slot)

    async def _help(self, slot: int) -> None:
        """Try candidates on a slot that nobody else wants."""
        while not self._bench.pool.contended and (one := self._next()) is not None:
            await self._try(one, slot)
        self._borrowed.discard(slot)
        self._bench.pool.release(slot)

    def _next(self) -> Tried | None:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return None
        return self._queue.popleft() if self._queue else None

    async def _try(self, one: Tried, slot: int) -> None:
        source = self._bench.source(one.candidate)
        try:
            execution, failure = await self._bench.execute(source, slot, self._limits)
        except InfrastructureFailedError:
            self._tried.append(replace(one, refusal="the infrastructure failed under it"))
            return
        self._tried.append(replace(one, execution=execution, failure=failure))
        if failure is None and not self._all and (self._least is None or one.cost < self._least):
            self._least = one.cost
            cheaper = [other for other in self._queue if other.cost < one.cost]
            self._queue = deque(cheaper[:_AFTER_A_PASS])
