"""What a database says when it fails, in words that name the place, the cause and the remedy."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from mge_toolkit.core.errors import RecordsError

_SQLITE: Final = (
    ("SQLITE_BUSY", "another process holds it and did not let go for {patience:g} s: let that process end"),
    ("SQLITE_LOCKED", "another process holds it and did not let go for {patience:g} s: let that process end"),
    (
        "SQLITE_FULL",
        "the disk is full: make room (`mge history prune` deletes old runs), or name another place",
    ),
    ("SQLITE_READONLY", "it cannot be written: change its permissions or those of its directory"),
    ("SQLITE_CANTOPEN", "it cannot be opened: its directory has to be there and to be writable"),
    ("SQLITE_PERM", "it may not be opened: change its permissions"),
    ("SQLITE_NOTADB", "it is no SQLite database: name another file"),
    (
        "SQLITE_CORRUPT",
        "it is damaged: move it away to begin anew (`sqlite3 FILE .recover` saves what can be read)",
    ),
    ("SQLITE_IOERR", "the disk cannot be read or written: see whether it is full, over quota or failing"),
    ("SQLITE_TOOBIG", "a value is too large for a database: lower the atoms' limit of output"),
)
_CONFLICTS: Final = (
    "40001",
    "40P01",
)  # PostgreSQL's serialization failure and deadlock: the same again works
_UNREACHABLE: Final = (
    (
        "password authentication failed",
        "the user or the password is wrong: correct the URL, or set PGPASSWORD",
    ),
    ("no password supplied", "it wants a password: name it in the URL, or set PGPASSWORD"),
    ("does not exist", "create it, or correct the URL"),
    ("too many clients", "all its connections are taken: end some, or raise max_connections"),
)


def translated(error: BaseException, location: str, patience: float, doing: str = "use") -> RecordsError:
    """Return the error to raise for what a database or its driver raised while we were ``doing`` something."""
    if isinstance(error, RecordsError):
        return error
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    head = f"cannot {doing} the records in {location}"
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:
        remedy = next((text for prefix, text in _SQLITE if name.startswith(prefix)), None)
        if remedy is not None:
            return RecordsError(f"{head}: {remedy.format(patience=patience)} ({_line(cause)})")
    if isinstance(error, IntegrityError):
        return RecordsError(f"{head}: the run was deleted while it was going on ({_line(cause)})")
    if _class(cause) == "psycopg":
        return RecordsError(f"{head}: {_server(cause, error)}")
    if isinstance(error, SQLAlchemyError):
        return RecordsError(f"{head}: {type(cause).__name__}: {_line(cause)}")
    if isinstance(error, OSError):
        return RecordsError(f"{head}: {_system(error)}")
    return RecordsError(
        f"{head}: something in it is no record of ours ({type(error).__name__}: {_line(error)})"
    )


def passing(error: BaseException) -> bool:
    """Return whether the same may work in a while: the server is away, or two writers met."""
    if not isinstance(error, DBAPIError) or error.orig is None or _class(error.orig) != "psycopg":
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
    return error.connection_invalidated or state in _CONFLICTS or state[:2] in ("08", "53", "57")


def unusable(path: Path) -> RecordsError | None:
    """Return why a file cannot hold records, as far as its permissions tell; ``None`` where they allow it."""
    directory = path.parent
    if path.is_dir():
        return RecordsError(f"the records' place {path} is a directory: name a file in it")
    if path.exists() and not path.is_file():
        return RecordsError(f"the records' place {path} is no regular file: name another")
    if path.exists() and not _allowed(path, os.R_OK | os.W_OK):
        return RecordsError(
            f"the records in {path} cannot be written: change its permissions, or name another"
        )
    if not _allowed(directory, os.W_OK | os.X_OK):
        return RecordsError(
            f"the records in {path} cannot be written: the directory {directory} is read-only for this user: "
            "change its permissions, or name another place"
        )
    return None


def _allowed(path: Path, access: int) -> bool:
    return os.access(path, access, effective_ids=os.access in os.supports_effective_ids)


def _class(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _server(cause: BaseException, error: BaseException) -> str:
    """Return what is wrong with a PostgreSQL server, from what its driver said."""
    text = _line(cause)
    remedy = next((remedy for part, remedy in _UNREACHABLE if part in text), None)
    if remedy is None and passing(error):
        remedy = "start the server, or correct the URL"
    return text if remedy is None else f"{text}: {remedy}"


def _system(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename or 'it'} cannot be written: change its permissions, or name another place"
    return f"{error.strerror or error}"


def _line(error: BaseException) -> str:
    """Return what an error says in one line."""
    return " ".join(str(error).split())
