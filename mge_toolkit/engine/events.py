"""Carries the engine's events to its subscribers, and keeps their mistakes away from the engine.

What is recorded is on disk before anyone hears of it: such events, and those that come after them, wait for the
journal. The engine itself never waits, except at the end of a run.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace

from mge_toolkit.core.events import Event, RunFinished, Subscriber
from mge_toolkit.core.records import Journal

logger = logging.getLogger(__name__)


class EventBus:
    """Calls every subscriber with every event, in order, in the engine's own thread.

    A subscriber that raises is logged and left out from then on; the engine never notices. ``failure`` says why
    the journal could not write, once it could not: then the events go on without it.
    """

    def __init__(self, subscribers: Iterable[Subscriber] = ()) -> None:
        """Start with ``subscribers``."""
        self.failure: str | None = None
        self._subscribers = list(subscribers)
        self._journal: Journal | None = None
        self._on_failure: Callable[[str], None] | None = None
        self._held: deque[tuple[Event, Future[None] | None]] = deque()
        self._awaited: Future[None] | None = None

    def keep(self, journal: Journal, on_failure: Callable[[str], None]) -> None:
        """Hold every later event back until ``journal`` has written it; call ``on_failure`` if it cannot."""
        self._journal = journal
        self._on_failure = on_failure

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call ``subscriber`` with every later event."""
        self._subscribers.append(subscriber)

    def emit(self, event: Event) -> None:
        """Hand ``event`` to every subscriber, at once or when it is on disk."""
        written = None if self._journal is None or self.failure else self._journal.append(event)
        if written is None and not self._held:
            self._deliver(event)
            return
        if written is not None and written is not self._awaited:  # what is written together is told together
            self._awaited = written
            loop = asyncio.get_running_loop()
            written.add_done_callback(lambda _: loop.call_soon_threadsafe(self._release))
        self._held.append((event, written))

    async def settle(self) -> None:
        """Wait until everything emitted so far is on disk and delivered."""
        while self._held:
            written = next((future for _, future in self._held if future is not None), None)
            if written is not None:
                if self._journal is not None:
                    self._journal.flush()
                with suppress(Exception):  # what it ends with is read on release
                    await asyncio.wrap_future(written)
            self._release()

    def stream(self) -> AsyncIterator[Event]:
        """Return an iterator over the events from now on; it ends after ``RunFinished``."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self.subscribe(queue.put_nowait)
        return _drain(queue)

    def _release(self) -> None:
        """Deliver what waits for nothing any more."""
        while self._held and (self._held[0][1] is None or self._held[0][1].done()):
            event, written = self._held.popleft()
            error = None if written is None else written.exception()
            if error is not None and self.failure is None:
                self.failure = str(error)
                if self._on_failure is not None:
                    self._on_failure(self.failure)
            if self.failure is not None and isinstance(event, RunFinished):
                event = replace(event, result=replace(event.result, records_error=self.failure))
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(event)
            except Exception:
                logger.exception("subscriber %r raised and gets no more events", subscriber)
                self._subscribers.remove(subscriber)


async def _drain(queue: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        event = await queue.get()
        yield event
        if isinstance(event, RunFinished):
            return
