from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mge_toolkit.core.records import RecordStore
from mge_toolkit.records import open_store
from tests.api.support import SHOP_SCRIPT, Served, make_backend, serve

Serve = Callable[..., Served]


@pytest.fixture
def serving() -> Iterator[Serve]:
    """Start services; they are stopped after the test, and nothing may be left of them."""
    started: list[Served] = []

    def start(*plans: Any, **more: Any) -> Served:
        backend = make_backend(*([plans] if plans else []), **more)
        started.append(serve(backend))
        return started[-1]

    yield start
    for served in started:
        served.stop()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Served]:
    """Serve the same for all the tests of a module that leave it as it was."""
    served = serve(make_backend(script=SHOP_SCRIPT))
    yield served
    served.stop()


@pytest.fixture
def stranger(guarded: Served) -> Iterator[httpx.Client]:
    """Return a client of that service without the token."""
    with httpx.Client(base_url=guarded.url, timeout=30) as client:
        yield client


@pytest.fixture
def shop(serving: Serve) -> Served:
    """Serve a plan of four atoms, of which one fails and one depends on that."""
    return serving(script=SHOP_SCRIPT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    """Open records in a file."""
    opened = open_store(tmp_path / "history.db")
    yield opened
    opened.close()
