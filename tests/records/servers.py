"""A private PostgreSQL server, from the system's package, that lives as long as the test session."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

PASSWORD = "right-password"


def binaries() -> Path | None:
    """Return the directory of PostgreSQL's programs; Debian keeps them off the path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "postgres").exists()), None)


class PostgresServer:
    """A server in a directory of its own, as a user that is not root: it refuses to work as root.

    It trusts whoever comes by its socket, and wants :data:`PASSWORD` from who comes by 127.0.0.1.
    """

    def __init__(self, programs: Path, directory: Path) -> None:
        self._programs = programs
        self._directory = directory
        self._data = directory / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._user = next(u.pw_name for u in _candidates()) if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(directory, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        secret = directory / "password"
        secret.write_text(f"{PASSWORD}\n")
        options = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"]
        self._run("initdb", "-D", str(self._data), "-U", "mge", "-E", "UTF8", "--no-sync", *options)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._directory),
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-p", str(self.port), *settings],
                stdout=log,
                stderr=log,
                user=self._user,
                extra_groups=None if self._user is None else [],
                env=_environment(),
                start_new_session=True,
            )
        for _ in range(600):
            if self._process.poll() is not None:
                break
            with suppress(psycopg.OperationalError):
                self.execute("SELECT 1")
                return
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL did not start:\n{(self._directory / 'log').read_text()}")

    def stop(self, *, gently: bool = False) -> None:
        """End it: by default at once, as a crash would, so that connections break."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT if gently else signal.SIGQUIT)
            self._process.wait(60)
        self._process = None

    def url(self, database: str, *, password: str | None = None) -> str:
        """Return the URL of a database: by the socket, or with ``password`` by the loopback address."""
        if password is not None:
            return f"postgresql://mge:{quote(password)}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://mge@/{database}?host={quote(str(self._directory))}&port={self.port}"

    def new_database(self) -> str:
        """Make an empty database and return its name."""
        name = f"records_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def execute(self, statement: str) -> None:
        """Execute one statement outside a transaction, as the owner of the server."""
        where = f"host={self._directory} port={self.port} user=mge dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            capture_output=True,
            timeout=120,
            user=self._user,
            extra_groups=None if self._user is None else [],
            env=_environment(),
            cwd="/",
        )


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}


def _candidates() -> Iterator[pwd.struct_passwd]:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            yield pwd.getpwnam(name)


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; skips where PostgreSQL is not installed.

    It ends with the file's tests: others look at which children this process has.
    """
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    directory = Path(tempfile.mkdtemp(prefix="mge-postgres-", dir="/tmp"))  # a socket's path has to be short
    try:
        directory.chmod(0o755)
        server = PostgresServer(programs, directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
