"""One run of a masterplan: workers take atoms from the scheduler until every atom is settled."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, cast

from mge_toolkit.core.events import (
    AtomFinished,
    Event,
    RunFinished,
    RunStarted,
    Subscriber,
    WaveFinished,
    WaveStarted,
)
from mge_toolkit.core.plans import Atom, JsonValue, Masterplan, empty_mapping
from mge_toolkit.core.ports import Language, Sandbox
from mge_toolkit.core.records import Recall, RecordStore
from mge_toolkit.core.results import ExecutionResult, Outcome
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.engine.composition import Composer
from mge_toolkit.engine.events import EventBus
from mge_toolkit.engine.repair import RepairKit
from mge_toolkit.engine.runner import AtomRunner
from mge_toolkit.engine.schedule import Scheduler, Settled
from mge_toolkit.engine.slots import Hold, SlotPool
from mge_toolkit.engine.tally import Tally

_TURNS: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOrder:
    """What is to be run: a plan, the atoms of it that are asked for (``None``: all), and replaced inputs.

    ``recalls`` are asked, in order, for results that need not be executed again; ``resumed_from`` is the run whose
    results those are.
    """

    plan: Masterplan
    selected: Collection[str] | None = None
    inputs: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=empty_mapping)
    weights: Mapping[str, float] = field(default_factory=empty_mapping)
    recalls: Sequence[Recall] = ()
    resumed_from: str | None = None


class Run:
    """A run in progress. Made by the service; ``execute`` is called once, on the event loop of its sandbox."""

    def __init__(
        self,
        order: RunOrder,
        *,
        settings: Settings,
        sandbox: Sandbox,
        slots: SlotPool,
        languages: Mapping[str, Language],
        kit: RepairKit,
        bus: EventBus,
        records: RecordStore | None = None,
    ) -> None:
        """Take everything the run needs; nothing starts yet. What it does is kept in ``records``."""
        self.run_id = uuid.uuid4().hex[:12]
        self._order = order
        self._settings = settings
        self._sandbox = sandbox
        self._slots = slots
        self._bus = bus
        self._records = records
        self._scheduler = Scheduler(order.plan, order.selected, settings.schedule, order.weights)
        self._tally = Tally(order.plan, self._scheduler.waves, self._scheduler.planned, slots.size)
        self._composer = Composer(order.plan, languages, settings.timeout)
        self._runner = AtomRunner(
            run_id=self.run_id,
            sandbox=sandbox,
            slots=slots,
            composer=self._composer,
            kit=kit,
            bus=bus,
            reschedules=settings.reschedules,
            inputs=order.inputs,
            recalls=order.recalls,
        )
        self._idle: list[asyncio.Future[None]] = []
        self._active: dict[str, asyncio.Task[None]] = {}
        self._stop_reason: str | None = None
        self._cancelled = False
        self._begun = False
        self._cancelled_early: str | None = None
        self._waves_started: set[int] = set()
        self._execution: asyncio.Task[RunResult] | None = None

    def events(self) -> AsyncIterator[Event]:
        """Return an iterator over the run's events from now on; it ends after ``RunFinished``."""
        return self._bus.stream()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call ``subscriber`` with every later event of this run."""
        self._bus.subscribe(subscriber)

    def start(self) -> None:
        """Begin to execute in the background of the running event loop; :meth:`result` waits for the end."""
        self._execution = asyncio.ensure_future(self.execute())

    async def result(self) -> RunResult:
        """Return the whole run when it has ended, starting it where that has not been done."""
        if self._execution is None:
            self.start()
        return await asyncio.shield(cast("asyncio.Task[RunResult]", self._execution))

    def cancel(self, reason: str = "the run was cancelled") -> None:
        """Stop the run: what runs is killed, and with what has not started it is settled as stopped.

        To be called on the run's event loop.
        """
        if self._cancelled:
            return
        self._cancelled = True
        if not self._begun:  # its beginning has to be told, and recorded, before its end
            self._cancelled_early = reason
            return
        self._stop(reason)
        for task in self._active.values():
            task.cancel()

    async def execute(self) -> RunResult:
        """Run every atom to its outcome and return the whole.

        When the calling task is cancelled, the run is cancelled, ended in good order, and the cancellation
        passed on.
        """
        journal = None if self._records is None else await asyncio.to_thread(self._records.journal)
        try:
            if journal is not None:
                self._bus.keep(journal, self._stop_unrecorded)
            return await self._execute()
        finally:
            if journal is not None:
                await asyncio.shield(asyncio.to_thread(journal.close))

    async def _execute(self) -> RunResult:
        started_at = datetime.now(UTC)
        clock = time.monotonic()
        self._bus.emit(
            RunStarted(
                run_id=self.run_id,
                masterplan=self._order.plan,
                waves=self._scheduler.waves,
                slots=self._slots.size,
                schedule=self._settings.schedule,
                isolation=self._sandbox.isolation,
                started_at=started_at,
                repair=self._settings.repair.level,
                resumed_from=self._order.resumed_from,
                environment=self._sandbox.environment,
            )
        )
        self._begun = True
        if self._cancelled_early is not None:
            self._stop(self._cancelled_early)
        interrupted = await self._work_all()
        await self._bus.settle()
        result = self._tally.result(
            run_id=self.run_id,
            schedule=self._settings.schedule,
            isolation=self._sandbox.isolation,
            started_at=started_at,
            wall=time.monotonic() - clock,
            stop_reason=self._stop_reason,
            resumed_from=self._order.resumed_from,
            records_error=self._bus.failure,
        )
        self._bus.emit(RunFinished(run_id=self.run_id, result=result))
        await self._bus.settle()
        if interrupted:
            raise asyncio.CancelledError
        return replace(result, records_error=self._bus.failure)

    async def _work_all(self) -> bool:
        """Let the workers settle every atom; return whether the calling task was cancelled meanwhile."""
        workers = [asyncio.ensure_future(self._work()) for _ in range(self._slots.size)]
        gathered = asyncio.gather(*workers)
        try:
            await asyncio.shield(gathered)
        except asyncio.CancelledError:
            self.cancel()
            await gathered
            return True
        finally:
            for worker in workers:
                worker.cancel()
        return False

    def _stop_unrecorded(self, why: str) -> None:
        """Stop a run that cannot be recorded: what it finds out would be lost."""
        self.cancel(f"the run cannot be recorded: {why}")

    async def _work(self) -> None:
        """Take atoms and run them until every atom is settled."""
        for turn in itertools.count():
            if turn % _TURNS == 0:  # a sandbox that never waits must not keep everyone else from the loop
                await asyncio.sleep(0)
            if self._scheduler.done:
                break
            name = self._scheduler.take()
            if name is None:
                await self._sleep()
                continue
            await self._run_atom(self._order.plan.atoms[name])
            self._wake()
        self._wake()

    async def _run_atom(self, atom: Atom) -> None:
        wave = self._scheduler.waves[atom.id]
        self._start_wave(wave)
        hold = await self._slots.hold()
        try:
            result = await self._run_unless_cancelled(atom, wave, hold)
        finally:
            hold.release()
        self._finish(result)
        for settled in self._scheduler.settle(atom.id, result.outcome):
            self._finish(self._unstarted(settled))
        self._close_waves()

    async def _run_unless_cancelled(self, atom: Atom, wave: int, hold: Hold) -> ExecutionResult:
        """Run the atom in this worker's own task, which ``cancel`` cancels only while it is here."""
        worker = cast("asyncio.Task[None]", asyncio.current_task())
        clock = time.monotonic()
        self._active[atom.id] = worker
        try:
            if not self._cancelled:
                result = await self._runner.run(atom, wave=wave, hold=hold)
                await self._absorb_cancellation(worker)
                return result
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            worker.uncancel()
            self._tally.cut_short(wave, time.monotonic() - clock)
        finally:
            del self._active[atom.id]
        reason = f"{self._stop_reason} while this atom was running"
        return self._unstarted(Settled(atom_id=atom.id, outcome=Outcome.STOPPED, reason=reason))

    async def _absorb_cancellation(self, worker: asyncio.Task[None]) -> None:
        """Take a cancellation that came, from a subscriber in this very task, after the last thing to cancel."""
        if self._cancelled and worker.cancelling():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
            worker.uncancel()

    def _finish(self, result: ExecutionResult) -> None:
        selected = self._order.selected
        if selected is not None and result.atom_id not in selected:
            result = replace(result, reported=False)
        self._start_wave(result.wave)
        self._tally.add(result, time.monotonic())
        self._bus.emit(AtomFinished(run_id=self.run_id, result=result))

    def _unstarted(self, settled: Settled) -> ExecutionResult:
        atom = self._order.plan.atoms[settled.atom_id]
        return ExecutionResult(
            atom_id=atom.id,
            outcome=settled.outcome,
            wave=self._scheduler.waves[atom.id],
            component=atom.component,
            module=atom.module,
            reason=settled.reason,
            blocked_by=settled.blocked_by,
        )

    def _start_wave(self, number: int) -> None:
        if number in self._waves_started:
            return
        self._waves_started.add(number)
        planned = self._scheduler.planned[number]
        self._tally.start_wave(number, time.monotonic())
        self._bus.emit(WaveStarted(run_id=self.run_id, number=number, planned=planned))

    def _close_waves(self) -> None:
        """Report every wave that is complete now, and stop the run below the threshold."""
        while (number := self._tally.complete_wave()) is not None:
            summary = self._tally.close_wave(number)
            self._bus.emit(WaveFinished(run_id=self.run_id, summary=summary))
            rate = summary.counts.success_rate
            if rate is not None and rate < self._settings.wave_threshold and self._stop_reason is None:
                self._stop(
                    f"wave {number} ended with a success rate of {rate:.0%}, "
                    f"below the threshold of {self._settings.wave_threshold:.0%}"
                )

    def _stop(self, reason: str) -> None:
        stopped = self._scheduler.stop(reason)
        if self._stop_reason is None and (stopped or self._cancelled):
            self._stop_reason = reason  # a threshold that keeps nothing from starting stops nothing
        for settled in stopped:
            self._finish(self._unstarted(settled))
        if self._cancelled:
            self._close_waves()
        self._wake()

    async def _sleep(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._idle.append(waiter)
        await waiter

    def _wake(self) -> None:
        """Wake as many idle workers as there may be work for, and all at the end."""
        number = len(self._idle) if self._scheduler.done else min(len(self._idle), self._scheduler.ready)
        for _ in range(number):
            waiter = self._idle.pop()
            if not waiter.done():
                waiter.set_result(None)
