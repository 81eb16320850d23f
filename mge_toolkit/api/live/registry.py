"""Starts runs, a bounded number at a time with a bounded queue before them, and remembers the last of them."""

from __future__ import annotations

import asyncio
from collections import deque

from mge_toolkit.api.live.run import Asked, LiveRun
from mge_toolkit.api.problems import Problem
from mge_toolkit.api.settings import ApiSettings
from mge_toolkit.service import ExecutionService


class RunRegistry:
    """The runs of this service, by id. Every method is called on the event loop of the service."""

    def __init__(self, service: ExecutionService, settings: ApiSettings) -> None:
        """Run on ``service`` within the bounds of ``settings``."""
        self._service = service
        self._settings = settings
        self._runs: dict[str, LiveRun] = {}
        self._queue: deque[LiveRun] = deque()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._preparing = 0
        self._closing = False

    @property
    def closing(self) -> bool:
        """Return whether nothing is started any more."""
        return self._closing

    @property
    def places(self) -> int:
        """Return how many more runs would be taken now."""
        taken = len(self._running) + len(self._queue) + self._preparing
        return max(0, self._settings.max_running + self._settings.max_queued - taken)

    def get(self, run_id: str) -> LiveRun | None:
        """Return a run that is in memory."""
        return self._runs.get(run_id)

    def all(self) -> list[LiveRun]:
        """Return the runs in memory, the last submitted first."""
        return list(reversed(self._runs.values()))

    def admit(self) -> None:
        """Refuse where no run can be taken: what costs nothing, done before anything else is."""
        if self._closing:
            raise Problem("shutting-down", "ask again when it is back", headers={"Retry-After": "5"})
        if not self.places:
            detail = (
                f"{len(self._running)} runs go on and {len(self._queue)} wait, which is all that is taken: "
                "ask again later"
            )
            raise Problem("busy", detail, headers={"Retry-After": "1"})

    async def submit(self, asked: Asked) -> LiveRun:
        """Take a run, and start it as soon as there is room. Refuses what is too much."""
        self.admit()
        self._preparing += 1
        try:
            run = await self._service.prepare(
                asked.plan, atoms=asked.atoms, inputs=asked.inputs, schedule=asked.schedule
            )
        finally:
            self._preparing -= 1
        schedule = asked.schedule or self._service.settings.schedule
        live = LiveRun(run, asked, schedule=schedule, events_kept=self._settings.events_kept)
        self._runs[live.run_id] = live
        self._queue.append(live)
        if self._closing:
            live.cancel("the service is shutting down")
        self._advance()
        return live

    async def close(self) -> None:
        """Take nothing more, cancel what goes on or waits, and return when all of it has ended and is recorded."""
        self._closing = True
        for live in self._runs.values():
            if not live.ended.is_set():
                live.cancel("the service is shutting down")
        self._advance()
        while self._running or self._queue or self._preparing:
            await asyncio.gather(*self._running.values(), asyncio.sleep(0.01))
        for live in self._runs.values():
            live.feed.close()

    def _advance(self) -> None:
        while self._queue and (self._closing or len(self._running) < self._settings.max_running):
            live = self._queue.popleft()
            self._running[live.run_id] = asyncio.create_task(self._execute(live))

    async def _execute(self, live: LiveRun) -> None:
        try:
            await live.execute()
        finally:
            del self._running[live.run_id]
            self._forget()
            self._advance()

    def _forget(self) -> None:
        """Let go of the oldest runs that have ended, beyond what is to be kept."""
        ended = [live for live in self._runs.values() if live.ended.is_set()]
        atoms = sum(len(live.results) for live in ended)
        for place, live in enumerate(ended[:-1] if ended else ()):
            if len(ended) - place <= self._settings.runs_kept and atoms <= self._settings.atoms_kept:
                break
            atoms -= len(live.results)
            del self._runs[live.run_id]
