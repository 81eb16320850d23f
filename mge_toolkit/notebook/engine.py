"""The engine on an event loop of its own, in one background thread: a notebook's own loop may be running."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.events import Event
from mge_toolkit.core.plans import JsonValue, Masterplan, empty_mapping
from mge_toolkit.core.ports import ModelFixer
from mge_toolkit.core.records import RecordStore
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.engine.run import Run
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be run and how. ``records`` is where it is kept, ``model`` makes what asks a language model."""

    plan: Masterplan
    settings: Settings
    atoms: Collection[str] | None = None
    inputs: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=empty_mapping)
    resume: str | None = None
    records: RecordStore | None = None
    cache: bool = False
    model: Callable[[], ModelFixer | None] | None = None


class Follower(Protocol):
    """Follows one run, in the engine's thread."""

    def __call__(self, event: Event) -> None:
        """Take the run's next event."""

    def break_off(self) -> None:
        """Learn that no event comes any more, although the run has not ended as runs do."""


@dataclass(kw_only=True, slots=True)
class _Service:
    """A service with the number of its runs that go on."""

    service: ExecutionService
    users: int = 0


@dataclass(kw_only=True, slots=True)
class _Claim:
    """Whether anyone still waits for a run that is being started. ``run`` is set once it has begun."""

    dropped: bool = False
    run: Run | None = None

    def drop(self) -> None:
        """Stop the run where it has begun."""
        if self.run is not None:
            self.run.cancel("starting it was interrupted")


class BackgroundEngine:
    """Runs masterplans in a background thread. Every method is for other threads.

    The thread starts with the first run and ends with ``close``. Sandboxes stay for the next run with the same
    settings.
    """

    def __init__(self, plugins: Plugins) -> None:
        """Take the plug-ins; nothing starts yet."""
        self.plugins = plugins
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="mge-notebook-engine", daemon=True)
        self._services: dict[object, _Service] = {}
        self._runs: dict[asyncio.Task[None], Run] = {}
        self._closed = False

    def start(
        self,
        order: Order,
        follow: Callable[[str], Follower],
        after: Callable[[RunResult], None],
    ) -> tuple[Run, Future[RunResult]]:
        """Start a run; return it with its result to come. Raises what ``prepare`` raises.

        ``follow`` is called with the run's id for what takes its events; ``after`` with the result, in a thread of
        its own, before the future is done. Where the caller is interrupted, no run goes on.
        """
        claim = _Claim()
        try:
            return self.call(self._start(order, follow, after, claim))
        except BaseException:
            # The engine may be anywhere between preparing the run and handing it over.
            claim.dropped = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(claim.drop)
            raise

    def cancel(self, run: Run, reason: str) -> None:
        """Stop a run: what runs is killed."""
        with suppress(RuntimeError):  # the loop is closed, and the run with it
            self._loop.call_soon_threadsafe(run.cancel, reason)

    def call(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        """Have a coroutine run in the engine's thread, and wait for what it returns. Raises ``MgeError``."""
        try:
            self._refuse_own_thread()
            self.check_open()
        except MgeError:
            work.close()
            raise
        if self._thread.ident is None:
            self._thread.start()
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def check_open(self) -> None:
        """Raise ``MgeError`` where the engine has been closed."""
        if self._closed:
            raise MgeError("the notebook's engine is closed: load the extension again")

    def close(self, reason: str = "the notebook's engine was closed") -> None:
        """Cancel what runs, close every sandbox and end the thread. Can be called twice."""
        if self._closed:
            return
        self._refuse_own_thread()
        self._closed = True
        if self._thread.ident is None:
            self._loop.close()
            return
        asyncio.run_coroutine_threadsafe(self._shut_down(reason), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _refuse_own_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise MgeError(
                "the notebook's engine cannot wait for itself: what is called at the end of a run has to start "
                "others in a thread of its own"
            )

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _start(
        self,
        order: Order,
        follow: Callable[[str], Follower],
        after: Callable[[RunResult], None],
        claim: _Claim,
    ) -> tuple[Run, Future[RunResult]]:
        used = await self._service(order)
        used.users += 1
        try:
            run = await used.service.prepare(
                order.plan, atoms=order.atoms, inputs=order.inputs, resume=order.resume
            )
            if claim.dropped:
                raise asyncio.CancelledError
        except BaseException:
            used.users -= 1
            raise
        claim.run = run
        follower = follow(run.run_id)
        run.subscribe(follower)
        future: Future[RunResult] = Future()
        task = asyncio.ensure_future(self._execute(run, used, follower, after, future))
        self._runs[task] = run
        task.add_done_callback(self._runs.pop)
        return run, future

    async def _execute(
        self,
        run: Run,
        used: _Service,
        follower: Follower,
        after: Callable[[RunResult], None],
        future: Future[RunResult],
    ) -> None:
        try:
            result = await run.execute()
            await asyncio.to_thread(after, result)
        except asyncio.CancelledError:
            follower.break_off()
            future.set_exception(MgeError(f"run {run.run_id} was broken off"))
            raise
        except Exception as error:  # noqa: BLE001 - whoever waits for the result is told
            follower.break_off()
            future.set_exception(error)
        else:
            future.set_result(result)
        finally:
            used.users -= 1

    async def _service(self, order: Order) -> _Service:
        """Return a service for an order; idle ones with other settings let go of their sandboxes."""
        # Budgets of a language model are a run's own, and so is the service that spends them.
        key: object = object() if order.model else (order.settings, order.cache, id(order.records))
        for other, idle in list(self._services.items()):
            if other != key and not idle.users:
                del self._services[other]
                await idle.service.close()
        if key not in self._services:
            service = ExecutionService(
                order.settings,
                plugins=self.plugins,
                records=order.records,
                cache=order.cache,
                model=None if order.model is None else order.model(),
            )
            self._services[key] = _Service(service=service)
        return self._services[key]

    async def _shut_down(self, reason: str) -> None:
        for run in self._runs.values():
            run.cancel(reason)
        await asyncio.gather(*self._runs, return_exceptions=True)
        while self._services:
            _, used = self._services.popitem()
            await used.service.close()
