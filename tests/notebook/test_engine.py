"""The engine's own thread: what may not wait in it, and what an interrupt leaves behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.settings import Settings
from mge_toolkit.notebook.engine import BackgroundEngine, Order
from mge_toolkit.notebook.live.model import LiveRun
from mge_toolkit.notebook.session import RunOptions, Session
from mge_toolkit.testing import PASSED, make_atom, make_plan
from tests.notebook.conftest import make_plugins

PLAN = make_plan([make_atom("slow")])
UNRECORDED = RunOptions(settings=Settings(slots=1), records={"records": "off"})


@pytest.fixture
def engine(directory: Path) -> Iterator[BackgroundEngine]:
    """Return an engine on whose sandbox ``slow`` takes longer than any test."""
    assert directory.is_dir()
    engine = BackgroundEngine(make_plugins(lambda _: PASSED, {"slow": [600.0]}))
    yield engine
    engine.close()


def _interrupt(monkeypatch: pytest.MonkeyPatch, before: Callable[[Future[Any]], object]) -> None:
    """Have an interrupt end the next wait for the engine, after ``before`` was called with what it waits for."""
    submit = asyncio.run_coroutine_threadsafe

    def submitted(work: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> Future[Any]:
        monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", submit)
        future = submit(work, loop)
        wait = future.result

        def interrupted(timeout: float | None = None) -> None:
            monkeypatch.setattr(future, "result", wait)
            before(future)
            raise KeyboardInterrupt

        monkeypatch.setattr(future, "result", interrupted)
        return future

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", submitted)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(lambda future: future.result(30), id="when the run has been started"),
        pytest.param(lambda _: None, id="at any moment before"),
    ],
)
def test_an_interrupt_while_a_run_is_started_leaves_no_run_going_on(
    engine: BackgroundEngine, monkeypatch: pytest.MonkeyPatch, before: Callable[[Future[Any]], object]
) -> None:
    async def rest() -> int:
        for _ in range(100):  # the start may not have come to its turn
            await asyncio.sleep(0)
        async with asyncio.timeout(30):
            while engine._runs:
                await asyncio.wait(tuple(engine._runs))
        return sum(service.users for service in engine._services.values())

    assert engine.call(asyncio.sleep(0, "warm")) == "warm"
    _interrupt(monkeypatch, before)
    with pytest.raises(KeyboardInterrupt):
        engine.start(
            Order(plan=PLAN, settings=Settings(slots=1)), lambda run_id: LiveRun(PLAN, run_id), lambda _: None
        )
    assert engine.call(rest()) == 0


def test_what_is_called_at_the_end_of_a_run_cannot_wait_for_the_engine(directory: Path) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: PASSED, {"slow": [600.0]}))
    run = session.start(PLAN, UNRECORDED)
    said: list[str] = []
    called = threading.Event()

    def again() -> None:
        for act in (run.retry, session.close):
            with pytest.raises(MgeError) as caught:
                act()
            said.append(str(caught.value))
        called.set()

    run.on_end(again)
    run.cancel()
    assert called.wait(30)
    assert all("in a thread of its own" in text for text in said)
    run.retry().cancel()
    session.close()
