"""Writes one run as it goes: a thread of its own, many events in one transaction."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Final, Protocol

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.events import AtomFinished, Event, RunFinished, RunStarted, WaveFinished

logger = logging.getLogger(__name__)

BATCH: Final = 64
"""How many events are written together at most."""

_KEPT: Final = (RunStarted, AtomFinished, WaveFinished, RunFinished)
_URGENT: Final = (RunStarted, RunFinished)


class Target(Protocol):
    """Where one run is written to. Only the writing thread calls it."""

    def write(self, events: list[tuple[Event, datetime]]) -> None:
        """Write events with the times at which they came, in one transaction. Raises ``RecordsError``."""

    def show_life(self) -> None:
        """Note that the run still goes on. Raises ``RecordsError``."""

    def close(self) -> None:
        """Let go of the connection."""


class _Batch:
    """Events that are written together. Who waits for the future cannot cancel what others wait for as well."""

    def __init__(self, due: float) -> None:
        self.due = due
        self.events: list[tuple[Event, datetime]] = []
        self.future: Future[None] = Future()
        self.future.set_running_or_notify_cancel()


class BatchingJournal:
    """A journal whose thread writes what has come together after ``delay`` seconds, or earlier what is much.

    Every ``heartbeat`` seconds without anything to write it notes that the run goes on.
    """

    def __init__(self, target: Callable[[], Target], *, delay: float = 0.05, heartbeat: float = 15.0) -> None:
        """Take what opens the target; nothing starts before the first event."""
        self._open = target
        self._delay = delay
        self._heartbeat = heartbeat
        self._batches: deque[_Batch] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._error: RecordsError | None = None
        self._thread: threading.Thread | None = None

    def append(self, event: Event) -> Future[None] | None:
        """Take an event; see the port."""
        if not isinstance(event, _KEPT):
            return None
        with self._changed:
            if self._error is not None or self._closed:
                return _failed(self._error or RecordsError("the journal is closed: a run takes a new one"))
            newest = self._batches[-1] if self._batches else None
            if newest is None or newest.due <= 0 or len(newest.events) >= BATCH:
                newest = _Batch(time.monotonic() + self._delay)
                self._batches.append(newest)
                self._changed.notify()
            newest.events.append((event, datetime.now(UTC)))
            if len(newest.events) >= BATCH or isinstance(event, _URGENT):
                newest.due = 0.0
                self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="mge-journal", daemon=True)
                self._thread.start()
            return newest.future

    def flush(self) -> None:
        """Have what was taken written now."""
        with self._changed:
            if self._batches:
                self._batches[-1].due = 0.0
                self._changed.notify()

    def close(self) -> None:
        """Write what was taken, wait for it, and end the thread."""
        with self._changed:
            self._closed = True
            for batch in self._batches:
                batch.due = 0.0
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        """Write batch by batch until the journal is closed or a batch fails."""
        target: Target | None = None
        while (batch := self._next(target)) is not None:
            try:
                if target is None:
                    target = self._open()
                target.write(batch.events)
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait have to hear of it
                self._fail(batch, error)
                break
            batch.future.set_result(None)
        if target is not None:
            target.close()

    def _next(self, target: Target | None) -> _Batch | None:
        """Wait for a batch that is due and take it; ``None`` when the journal is closed and all is written."""
        alive = time.monotonic()
        while True:
            with self._changed:
                now = time.monotonic()
                if self._batches and self._batches[0].due <= now:
                    return self._batches.popleft()
                if not self._batches and self._closed:
                    return None
                wait = alive + self._heartbeat - now
                if wait > 0:
                    due = self._batches[0].due - now if self._batches else wait
                    self._changed.wait(min(wait, due))
                    continue
            alive = time.monotonic()
            _show_life(target)

    def _fail(self, batch: _Batch, error: Exception) -> None:
        """Tell everyone who waits, and everyone who comes later, the same error."""
        if not isinstance(error, RecordsError):
            logger.error("the journal failed", exc_info=error)
            text = f"internal error in the journal ({type(error).__name__}: {error}): please report it"
            error = RecordsError(text)
        with self._changed:
            self._error = error
            waiting = [batch, *self._batches]
            self._batches.clear()
        for one in waiting:
            one.future.set_exception(error)


def _show_life(target: Target | None) -> None:
    """Note that the run goes on. Where that fails the next batch will tell, if it matters."""
    if target is None:
        return
    try:
        target.show_life()
    except RecordsError as error:
        logger.warning("%s", error)


def _failed(error: RecordsError) -> Future[None]:
    future: Future[None] = Future()
    future.set_exception(error)
    return future
