"""The slots of one sandbox, shared by the runs that use it."""

from __future__ import annotations

import asyncio
from collections import deque


class SlotPool:
    """Hands out slot numbers, each to one holder at a time, first come, first served."""

    def __init__(self, size: int) -> None:
        """Make ``size`` slots."""
        self.size = size
        self._free = list(range(size - 1, -1, -1))
        self._waiting: deque[asyncio.Future[int]] = deque()

    async def acquire(self) -> int:
        """Return a slot that nobody else holds, waiting for one if need be."""
        if self._free:
            return self._free.pop()
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release(waiter.result())
            raise

    def release(self, slot: int) -> None:
        """Give ``slot`` back."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(slot)
                return
        self._free.append(slot)
