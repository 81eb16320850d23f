"""The stores of records that keep the contracts. Each joins by a line in ``LOCATIONS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mge_toolkit.records import open_store
from mge_toolkit.records.store import SqlRecordStore
from tests.records.servers import PostgresServer, postgres_server  # noqa: F401 - a fixture

LOCATIONS: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "sqlite": lambda request, directory: str(directory / "made" / "history.db"),
    "postgresql": lambda request, directory: new_postgres(request.getfixturevalue("postgres_server")),
}


def new_postgres(server: PostgresServer) -> str:
    return server.url(server.new_database())


@pytest.fixture(params=LOCATIONS)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return LOCATIONS[request.param](request, tmp_path)


@pytest.fixture
def store(location: str) -> Iterator[SqlRecordStore]:
    store = open_store(location)
    yield store
    store.close()
