"""How much a fixer may work, and when it lets others have their turn.

The work is counted in bytes parsed, so that a program gets the same candidates on every machine; the time is
only a backstop.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

_SLICE: Final = 0.02


class Clock:
    """Runs out after so much work or so many seconds; between two turns of others a slice of time passes."""

    def __init__(self, *, work: int, seconds: float) -> None:
        """Begin now."""
        self._work = work
        self._ends = time.thread_time() + seconds
        self._turn = time.thread_time() + _SLICE

    @property
    def over(self) -> bool:
        """Return whether the work or the time is used up."""
        return self._work < 0 or time.thread_time() > self._ends

    def spend(self, size: int) -> None:
        """Count ``size`` bytes, read by a parser or as much work as that."""
        self._work -= size

    async def pause(self) -> None:
        """Let others have their turn where it is due."""
        if time.thread_time() > self._turn:
            await asyncio.sleep(0)
            self._turn = time.thread_time() + _SLICE
