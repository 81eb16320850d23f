"""The last events of one run, as they go over the wire, for any number of readers at their own pace."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What a reader gets at once: ``text`` holds the events numbered from ``first`` to ``last``, if there are any.

    ``missed`` is the first number that is not kept any more, where the reader would need it.
    """

    text: bytes
    first: int
    last: int
    missed: int | None = None


class Feed:
    """Numbers events from 1 and keeps the last ``capacity`` of them; a reader that is too slow misses some."""

    def __init__(self, capacity: int) -> None:
        """Keep ``capacity`` events."""
        self.last = 0
        self.closed = False
        self._events: deque[bytes] = deque(maxlen=capacity)
        self._waiting: list[asyncio.Future[None]] = []

    def append(self, name: str, document: Mapping[str, Any]) -> None:
        """Add an event for every reader."""
        if self.closed:
            return
        self.last += 1
        self._events.append(encoded(name, document, self.last))
        self._wake()

    def close(self) -> None:
        """Say that nothing follows."""
        self.closed = True
        self._wake()

    def after(self, number: int) -> Batch:
        """Return the events that follow event ``number``."""
        oldest = self.last - len(self._events) + 1
        wanted = max(0, self.last - max(number, oldest - 1))
        newest: list[bytes] = []
        for event in reversed(self._events):
            if len(newest) == wanted:
                break
            newest.append(event)
        missed = number + 1 if number + 1 < oldest else None
        first = self.last - len(newest) + 1
        return Batch(text=b"".join(reversed(newest)), first=first, last=self.last, missed=missed)

    async def beyond(self, number: int, seconds: float) -> bool:
        """Wait for an event after ``number``, or for the end; return false where neither came in time."""
        if self.last > number or self.closed:
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return False
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
        return True

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


def encoded(name: str, document: Mapping[str, Any], number: int | None = None) -> bytes:
    """Return one event in the form of an event stream. ASCII JSON has no line ends that could break it."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {name}\ndata: {json.dumps(document, separators=(',', ':'))}\n\n".encode()
