"""The slots of one sandbox, shared by the runs that use it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class SlotPool:
    """Hands out slot numbers, each to one holder at a time, first come, first served."""

    def __init__(self, size: int) -> None:
        """Make ``size`` slots."""
        self.size = size
        self._free = list(range(size - 1, -1, -1))
        self._waiting: deque[asyncio.Future[int]] = deque()
        self._turn = asyncio.Lock()

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

    def acquire_spare(self) -> int | None:
        """Return a slot that nobody holds or waits for, or ``None`` where there is none."""
        return self._free.pop() if self._free else None

    @property
    def contended(self) -> bool:
        """Return whether somebody waits for a slot."""
        return any(not waiter.done() for waiter in self._waiting)

    def release(self, slot: int) -> None:
        """Give ``slot`` back."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(slot)
                return
        self._free.append(slot)

    async def hold(self) -> Hold:
        """Return a hold on one slot."""
        return Hold(self, await self.acquire())

    @asynccontextmanager
    async def _all(self) -> AsyncIterator[list[int]]:
        """Hold every slot; what is left in the list afterwards is given back."""
        held: list[int] = []
        async with self._turn:
            try:
                while len(held) < self.size:
                    held.append(await self.acquire())
                yield held
            finally:
                for slot in held:
                    self.release(slot)


class Hold:
    """One holder's claim on a slot, whose number may change while it waits to be alone."""

    def __init__(self, pool: SlotPool, slot: int) -> None:
        """Hold ``slot``."""
        self._pool = pool
        self._slot: int | None = slot

    @property
    def slot(self) -> int:
        """Return the slot's number."""
        if self._slot is None:
            raise RuntimeError("the slot was given back")
        return self._slot

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Hold every slot meanwhile, so that nothing else runs; others that want to be alone wait their turn."""
        self.release()
        async with self._pool._all() as held:
            self._slot = held.pop()
            yield

    def release(self) -> None:
        """Give the slot back, if it is held."""
        if self._slot is not None:
            slot, self._slot = self._slot, None
            self._pool.release(slot)
