"""One database: how it is connected to, and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.records.failures import translated, unusable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_WRITES: Final = "mge_writes"
_SECRETS: Final = ("password", "sslpassword")
_SERVER_DEFAULTS: Final = {
    "application_name": "mge-toolkit",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""A server that vanishes without a word is noticed within 25 s; the URL may say otherwise."""


class Database:
    """A database that holds records. Every method may be called from any thread.

    ``location`` is what messages call it: a path, or a URL without its password.
    """

    def __init__(self, engine: Engine, *, location: str, patience: float) -> None:
        """Take an engine of :func:`connect`."""
        self.location = location
        self.patience = patience
        self.server = engine.dialect.name == "postgresql"
        self.engine = engine
        # What a reader sees does not change between its statements; SQLite gives that anyway.
        self._readers = engine.execution_options(isolation_level="REPEATABLE READ") if self.server else engine
        self._writers = engine.execution_options(**{_WRITES: True})

    @contextmanager
    def reading(self, doing: str = "read") -> Iterator[Connection]:
        """Give a transaction that only reads. Raises ``RecordsError`` for whatever goes wrong in it."""
        with self.told(doing), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, doing: str = "write") -> Iterator[Connection]:
        """Give a transaction that is committed in the end. Raises ``RecordsError`` as :meth:`reading` does."""
        with self.told(doing), self.transaction() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a transaction that is committed in the end. What goes wrong is raised as it is."""
        with self._writers.begin() as connection:
            yield connection

    @contextmanager
    def told(self, doing: str) -> Iterator[None]:
        """Turn whatever is raised inside into ``RecordsError``."""
        try:
            yield
        except Exception as error:
            raise translated(error, self.location, self.patience, doing) from error

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()


def connect(location: str | Path, *, patience: float) -> Database:
    """Return the database at a path or a ``postgresql://`` URL; no connection is made yet.

    The directory of a file is made where it is missing. Raises ``RecordsError``.
    """
    text = str(location)
    if isinstance(location, Path) or "://" not in text:
        return _file(Path(location), patience)
    if text.startswith("sqlite:///"):
        return _file(Path(text.removeprefix("sqlite:///")), patience)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise RecordsError(
            f"the records' place is no URL that can be read: write postgresql://USER@HOST/NAME ({error})"
        ) from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise RecordsError(
            f"records cannot be kept in '{url.get_backend_name()}': name a file, or postgresql://USER@HOST/NAME"
        )
    return _server(url, patience)


def _file(path: Path, patience: float) -> Database:
    location = str(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        problem = unusable(path)
    except (OSError, ValueError) as error:
        raise translated(error, location, patience, "keep") from error
    if problem is not None:
        raise problem
    engine = create_engine(
        URL.create("sqlite", database=str(path.absolute())),
        connect_args={"timeout": patience, "check_same_thread": False},
        max_overflow=-1,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return Database(engine, location=location, patience=patience)


def _server(url: URL, patience: float) -> Database:
    location = _without_secrets(url)
    url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(
            url,
            connect_args={key: value for key, value in _SERVER_DEFAULTS.items() if key not in url.query},
            max_overflow=-1,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        raise RecordsError(
            f"records in {location} need a driver for PostgreSQL: pip install 'mge-toolkit[postgres]'"
        ) from error
    return Database(engine, location=location, patience=patience)


def _without_secrets(url: URL) -> str:
    bare = url.difference_update_query(_SECRETS)._replace(password=None)
    return bare.set(drivername="postgresql").render_as_string(hide_password=False)


def _prepare_connection(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    """Begin a transaction: one that writes takes its turn at once, since to wait later could be in vain."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
