"""The durable record of runs: a database by SQLAlchemy, in an SQLite file or on a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mge_toolkit.records.store import SqlRecordStore

__all__ = ["open_store"]


def open_store(location: str | Path, *, patience: float = 30.0) -> SqlRecordStore:
    """Return the records at ``location``, which are made where there are none, and brought up to date.

    ``location`` is the path of an SQLite file, whose directory is made where it is missing, or the URL of a
    PostgreSQL database (``postgresql://user@host/name``). ``patience`` is for how many seconds a write waits for
    another process that holds the file, or for a server that went away. Raises ``RecordsError``.
    """
    from mge_toolkit.records.opening import opened

    return opened(location, patience=patience)
