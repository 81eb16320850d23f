"""What earlier runs left, read from the records without holding the event loop up."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, ParamSpec, TypeVar

from mge_toolkit.core.errors import RecordsError, UnknownRunError
from mge_toolkit.core.records import RecordedRun, RecordStore, RunRecord

_ARGUMENTS = ParamSpec("_ARGUMENTS")
_RESULT = TypeVar("_RESULT")

_KEPT: Final = 4
_KEPT_ATOMS: Final = 250_000


class Recorded:
    """The records as the service asks for them; without a store there are none."""

    def __init__(self, store: RecordStore | None, seconds: float) -> None:
        """Read from ``store``, which has ``seconds`` for each answer."""
        self._store = store
        self._seconds = seconds
        self._loaded: OrderedDict[str, RecordedRun] = OrderedDict()
        self._loading = asyncio.Lock()

    async def runs(self, masterplan: str | None = None, limit: int | None = None) -> Sequence[RunRecord]:
        """Return runs, the last started first."""
        if self._store is None:
            return ()
        return await self._ask(self._store.runs, masterplan, limit)

    async def record(self, run_id: str) -> RunRecord:
        """Return one run's row. Raises ``UnknownRunError``: here a run goes by its whole id."""
        record = None if self._store is None else await self._ask(self._store.find, run_id)
        if record is None or record.run_id != run_id:
            raise UnknownRunError(f"there is no run '{run_id[:100]}' here: see the list of runs")
        return record

    async def run(self, run_id: str) -> RecordedRun:
        """Return a whole run; the last few that were asked for are kept, as long as they are finished."""
        record = await self.record(run_id)
        async with self._loading:
            if run_id in self._loaded:
                self._loaded.move_to_end(run_id)
                return self._loaded[run_id]
            if self._store is None:
                raise UnknownRunError(f"there is no run '{run_id[:100]}' here: see the list of runs")
            run = await self._ask(self._store.load, run_id)
            if record.finished:
                self._keep(run)
            return run

    def _keep(self, run: RecordedRun) -> None:
        self._loaded[run.record.run_id] = run
        while len(self._loaded) > _KEPT or (
            len(self._loaded) > 1 and sum(len(kept.plan) for kept in self._loaded.values()) > _KEPT_ATOMS
        ):
            self._loaded.popitem(last=False)

    async def _ask(
        self,
        question: Callable[_ARGUMENTS, _RESULT],
        *arguments: _ARGUMENTS.args,
        **named: _ARGUMENTS.kwargs,
    ) -> _RESULT:
        """Ask in a thread, and for so long only: a locked database must not hold every request."""
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.to_thread(question, *arguments, **named)
        except TimeoutError:
            raise RecordsError(
                f"the records did not answer within {self._seconds:g} s: see whether their database is locked"
            ) from None
