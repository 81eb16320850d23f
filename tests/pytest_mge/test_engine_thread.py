"""The engine's thread, closed at moments that an interrupt may choose."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any, NoReturn

import pytest

from mge_toolkit.core.ports import SandboxFactory, SandboxOptions
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.hookspecs import hookimpl
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.testing import FakeSandbox, make_atom, make_plan
from pytest_mge.engine import EngineThread

PLAN = make_plan([make_atom("only")])


class SlowSandbox(FakeSandbox):
    """A sandbox that takes ten minutes to start and a moment to close."""

    def __init__(self, options: SandboxOptions, starting: threading.Event) -> None:
        super().__init__(options)
        self.starting = starting

    async def start(self) -> None:
        self.starting.set()
        await asyncio.sleep(600)

    async def close(self) -> None:
        await asyncio.sleep(0.05)
        await super().close()


class SlowPlugin:
    """Offers the slow sandbox and remembers each that was made; ``starting`` is set when one begins to start."""

    def __init__(self) -> None:
        self.made: list[SlowSandbox] = []
        self.starting = threading.Event()

    def make(self, options: SandboxOptions) -> SlowSandbox:
        self.made.append(SlowSandbox(options, self.starting))
        return self.made[-1]

    @hookimpl
    def mge_sandboxes(self) -> Mapping[str, SandboxFactory]:
        return {"slow": self.make}


@pytest.fixture
def plugin() -> SlowPlugin:
    return SlowPlugin()


@pytest.fixture
def engine(plugin: SlowPlugin) -> Iterator[EngineThread]:
    engine = EngineThread(Settings(sandbox="slow"), Plugins([plugin]), every_event=False)
    yield engine
    engine.close("the test is over")


def test_an_interrupt_before_the_start_is_waited_for_leaves_nothing_running(
    engine: EngineThread, plugin: SlowPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = asyncio.run_coroutine_threadsafe

    def post_and_interrupt(coroutine: Coroutine[Any, Any, str], loop: asyncio.AbstractEventLoop) -> NoReturn:
        post(coroutine, loop)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "run_coroutine_threadsafe", post_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            engine.start_run(PLAN, None)
    engine.close("interrupted")
    assert all(sandbox.closed for sandbox in plugin.made)
    assert "mge-engine" not in {thread.name for thread in threading.enumerate()}


def test_an_interrupted_close_is_taken_up_by_the_next(
    engine: EngineThread, plugin: SlowPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(thread: threading.Thread) -> NoReturn:
        raise KeyboardInterrupt

    def start() -> None:
        with pytest.raises(CancelledError):
            engine.start_run(PLAN, None)

    started = threading.Thread(target=start)
    started.start()
    assert plugin.starting.wait(timeout=60)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", interrupt)
        with pytest.raises(KeyboardInterrupt):
            engine.close("interrupted")
    engine.close("interrupted again")
    started.join()
    assert [sandbox.closed for sandbox in plugin.made] == [True]


def test_an_engine_that_never_started_can_be_closed(engine: EngineThread, plugin: SlowPlugin) -> None:
    engine.close("nothing was asked for")
    assert plugin.made == []
