"""Where runs are kept: opens the records that a session's options ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.errors import RecordsError, SettingsError

if TYPE_CHECKING:
    from mge_toolkit.core.records import RecordStore

DIRECTORY: Final = ".mge"
DEFAULT: Final = f"{DIRECTORY}/history.db"
OFF: Final = "off"


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What a session does about records. ``warning`` says why there are none although nobody turned them off."""

    store: RecordStore | None = None
    resume: str | None = None
    cache: bool = False
    warning: str | None = None


def open_history(options: Mapping[str, Any], base: Path) -> History:
    """Return what the parsed options about records ask for; paths are relative to ``base``.

    Raises ``RecordsError`` where records that are asked for by name, or that are to be read, cannot be had. The
    records that are kept by default are missed with a warning only: a run does not need them.
    """
    location, resume, cache = options.get("records"), options.get("resume"), bool(options.get("cache"))
    if location == OFF:
        if resume or cache:
            raise SettingsError(f"{'resume' if resume else 'cache'}: needs records, which are switched off")
        return History()
    try:
        store = open_records(location, base)
    except RecordsError as error:
        if location is not None or resume or cache:
            raise
        return History(warning=f"this run is not recorded: {error}")
    return History(store=store, resume=resume, cache=cache)


def open_records(location: str | None, base: Path) -> RecordStore:
    """Return the records at a path, a URL or (``None``) the usual place below ``base``.

    Raises ``RecordsError``.
    """
    from mge_toolkit.records import open_store

    if location is not None and "://" in location:
        return open_store(location)
    path = base / (location or DEFAULT)
    if location is None:
        _make_directory(path.parent)
    return open_store(path)


def _make_directory(directory: Path) -> None:
    """Make the toolkit's own directory, which no version control should take in."""
    try:
        directory.mkdir(exist_ok=True)
        ignore = directory / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# Made by MGE Toolkit.\n*\n", encoding="utf-8")
    except OSError as error:
        raise RecordsError(
            f"'{directory}' cannot be made or written ({error.strerror}): name another place for records"
        ) from None
