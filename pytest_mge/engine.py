"""The engine on an event loop of its own, in one background thread beside pytest's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final

from mge_toolkit.core.events import AtomFinished, Event, RunFinished
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import ModelFixer
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.engine.run import Run
from mge_toolkit.history import History
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService

BATCH: Final = 256
DELAY: Final = 0.02
"""Events are handed over together, at most so many or after so many seconds: a hop between threads for each
would cost more than the event."""


class EngineThread:
    """Runs masterplans in a background thread; its events wait in a queue for the main thread.

    Every method is for the main thread. The thread starts with the first run and ends with ``close``.
    """

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        *,
        every_event: bool,
        model: ModelFixer | None = None,
        history: History | None = None,
    ) -> None:
        """Take what a service takes; without ``every_event`` only what the reports need is handed over.

        The records of ``history`` are closed with the engine.
        """
        self._settings = settings
        self._plugins = plugins
        self._every_event = every_event
        self._queue: SimpleQueue[list[Event] | BaseException] = SimpleQueue()
        self._batch: list[Event] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="mge-engine", daemon=True)
        self._history = history or History()
        self._service = ExecutionService(
            settings,
            plugins=plugins,
            subscribers=[self._collect],
            model=model,
            records=self._history.store,
            cache=self._history.cache,
        )
        self._starting: set[asyncio.Task[Any] | None] = set()
        self._tasks: dict[asyncio.Task[RunResult], Run] = {}
        self._closing: asyncio.Task[None] | None = None

    def start_run(self, plan: Masterplan, atoms: Collection[str] | None) -> str:
        """Start to run ``atoms`` (``None``: all) and return the run's id. Raises what ``prepare`` raises."""
        if not self._thread.is_alive():
            self._thread.start()
        # An interrupt may strike between any two steps here: whatever has begun by then, ``close`` cancels.
        return asyncio.run_coroutine_threadsafe(self._start(plan, atoms), self._loop).result()

    def receive(self) -> list[Event]:
        """Wait for events and return them. Raises what broke the engine."""
        return self._opened(self._queue.get())

    def rest(self) -> list[Event]:
        """Return the events that are there already."""
        events: list[Event] = []
        try:
            while True:
                events += self._opened(self._queue.get_nowait())
        except Empty:
            return events

    def close(self, reason: str) -> None:
        """Cancel what runs, close every sandbox and end the thread.

        Can be called twice, and again where the first call was interrupted. Raises what closing raised.
        """
        if self._thread.ident is None:
            self._loop.close()
            self._close_records()
            return
        with suppress(RuntimeError):  # the thread closed its loop: an earlier call got that far
            self._loop.call_soon_threadsafe(self._begin_closing, reason)
        self._thread.join()
        self._close_records()
        if self._closing is not None:
            self._closing.result()

    def _close_records(self) -> None:
        if self._history.store is not None:
            self._history.store.close()

    @staticmethod
    def _opened(parcel: list[Event] | BaseException) -> list[Event]:
        if isinstance(parcel, BaseException):
            raise parcel
        return parcel

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _start(self, plan: Masterplan, atoms: Collection[str] | None) -> str:
        this = asyncio.current_task()
        self._starting.add(this)
        try:
            run = await self._service.prepare(plan, atoms=atoms, resume=self._history.resume)
        finally:
            self._starting.discard(this)
        task = asyncio.ensure_future(run.execute())
        self._tasks[task] = run
        task.add_done_callback(self._forget)
        return run.run_id

    def _forget(self, task: asyncio.Task[RunResult]) -> None:
        """Let go of a run that has ended, and of all its results; tell the main thread if it broke."""
        del self._tasks[task]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._hand_over()
            self._queue.put(error)

    def _begin_closing(self, reason: str) -> None:
        """Shut down once, however often it is asked for, then let the thread end."""
        if self._closing is None:
            self._closing = self._loop.create_task(self._shut_down(reason))
            self._closing.add_done_callback(lambda _: self._loop.stop())

    async def _shut_down(self, reason: str) -> None:
        for run in self._tasks.values():
            run.cancel(reason)
        starting = [task for task in self._starting if task is not None]
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, *self._tasks, return_exceptions=True)
        self._hand_over()
        await self._service.close()

    def _collect(self, event: Event) -> None:
        """Keep an event until its batch goes; called in the engine's thread."""
        kind = type(event)
        if not self._every_event and kind is not AtomFinished and kind is not RunFinished:
            return
        batch = self._batch
        batch.append(event)
        if len(batch) >= BATCH or kind is RunFinished:
            self._hand_over()
        elif len(batch) == 1:
            self._loop.call_later(DELAY, self._hand_over)

    def _hand_over(self) -> None:
        if self._batch:
            self._queue.put(self._batch)
            self._batch = []
