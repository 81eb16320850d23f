"""A recorded run's data frames, read from the columns of its rows without making its results first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.records.codec import isolation_from
from mge_toolkit.records.columns import ATOM_COLUMNS, ATTEMPT_COLUMNS
from mge_toolkit.reporting import frames

if TYPE_CHECKING:
    import pandas as pd

    from mge_toolkit.records.store import SqlRecordStore

_RENAMED: Final = {
    "limit": "limit_hit",
    "stdout_bytes": "stdout_total",
    "stderr_bytes": "stderr_total",
    "trials": "trial_count",
}
_TOKENS: Final = ("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens")
_FROM_ATTEMPTS: Final = (
    "source",
    "strategy",
    "category",
    "kind",
    "message",
    "started_at",
    "isolation",
    "tokens",
    "usd",
)
_Row = tuple[Any, ...]


class RecordedFrames:
    """The frames of one run in the records, equal to those of its result.

    Only what had finished is there. Every method reads the records anew and raises ``RecordsError``.
    """

    def __init__(self, store: SqlRecordStore, run: str) -> None:
        """Take a run by its id, the beginning of it, or ``last``. Raises ``UnknownRunError``."""
        self._store = store
        record = store.find(run)
        self.run_id = record.run_id
        self._level = record.isolation.level

    def attempts_frame(self) -> pd.DataFrame:
        """Return a row for every attempt."""
        return frames.attempts_frame_of_rows(self._attempts())

    def errors_frame(self) -> pd.DataFrame:
        """Return a row for every cluster of failures."""
        return frames.errors_frame_of_rows(self._attempts())

    def waves_frame(self) -> pd.DataFrame:
        """Return a row for every wave that has ended."""
        return self._store.load(self.run_id).result.waves_frame()

    def atoms_frame(self) -> pd.DataFrame:
        """Return a row for every atom that has finished."""
        last: dict[str, dict[str, Any]] = {}
        names = [column.name for column in frames.ATTEMPT_COLUMNS]
        for row in self._attempts():
            attempt = dict(zip(names, row, strict=True))
            known = last.get(attempt["atom_id"])
            last[attempt["atom_id"]] = attempt if known is None else _joined(known, attempt)
        rows = (dict(zip(ATOM_COLUMNS, row, strict=True)) for row in self._store.atom_rows(self.run_id))
        return frames.atoms_frame_of_rows(_atom(row, last.get(row["atom_id"])) for row in rows)

    def _attempts(self) -> Iterator[_Row]:
        """Yield the rows in the order of the frame's columns."""
        place = {name: number for number, name in enumerate(ATTEMPT_COLUMNS)}
        usual = self._level

        def taker(name: str) -> Callable[[_Row], Any]:
            if name == "tokens":
                kinds = [place[kind] for kind in _TOKENS]
                return lambda row: sum(row[kind] or 0 for kind in kinds)
            if name == "usd":
                spent, first = place["usd"], place[_TOKENS[0]]
                return lambda row: 0.0 if row[first] is None else row[spent]
            if name == "isolation":
                held = place["isolation"]
                return lambda row: usual if row[held] is None else _level(row[held])
            at = place[_RENAMED.get(name, name)]
            return lambda row: row[at]

        takers = [taker(column.name) for column in frames.ATTEMPT_COLUMNS]
        return (tuple(take(row) for take in takers) for row in self._store.attempt_rows(self.run_id))


def _joined(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return an atom's last attempt with what all of them cost."""
    usd = None if before["usd"] is None or after["usd"] is None else before["usd"] + after["usd"]
    return {
        **after,
        "started_at": before["started_at"],
        "tokens": before["tokens"] + after["tokens"],
        "usd": usd,
    }


def _atom(row: dict[str, Any], last: dict[str, Any] | None) -> dict[str, Any]:
    if last is None:
        return {**row, "tokens": 0, "usd": 0.0}
    return {**row, **{name: last[name] for name in _FROM_ATTEMPTS}}


@lru_cache(maxsize=64)
def _level(text: str) -> str:
    """Return the level of an isolation as the records have it."""
    return isolation_from(text).level
