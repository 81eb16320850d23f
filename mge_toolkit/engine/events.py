"""Carries the engine's events to its subscribers, and keeps their mistakes away from the engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable

from mge_toolkit.core.events import Event, RunFinished, Subscriber

logger = logging.getLogger(__name__)


class EventBus:
    """Calls every subscriber with every event, in order, in the engine's own thread.

    A subscriber that raises is logged and left out from then on; the engine never notices.
    """

    def __init__(self, subscribers: Iterable[Subscriber] = ()) -> None:
        """Start with ``subscribers``."""
        self._subscribers = list(subscribers)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call ``subscriber`` with every later event."""
        self._subscribers.append(subscriber)

    def emit(self, event: Event) -> None:
        """Hand ``event`` to every subscriber."""
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(event)
            except Exception:
                logger.exception("subscriber %r raised and gets no more events", subscriber)
                self._subscribers.remove(subscriber)

    def stream(self) -> AsyncIterator[Event]:
        """Return an iterator over the events from now on; it ends after ``RunFinished``."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self.subscribe(queue.put_nowait)
        return _drain(queue)


async def _drain(queue: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        event = await queue.get()
        yield event
        if isinstance(event, RunFinished):
            return
