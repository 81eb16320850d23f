"""Starting, losing parts, cancelling, closing: what the engine relies on."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable

import pytest

from mge_toolkit.core.errors import SandboxError, SandboxUnavailableError
from mge_toolkit.core.plans import Limits
from mge_toolkit.core.settings import available_cpus
from mge_toolkit.sandbox.local import LocalSandbox
from tests.sandbox.local.leftovers import all_gone, directories_of, eventually, family, groups_of
from tests.sandbox.local.stage import make_sandbox, python_job

FOREVER = python_job(
    "import os, time\nif os.fork() == 0: os.setsid()\nwhile True: time.sleep(60)", limits=Limits(timeout=600)
)
MODES = {"namespaces": ("namespaces",), "landlock": ("landlock",)}


@pytest.fixture(params=MODES)
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[LocalSandbox], Awaitable[None]]], None]:
    """Run a coroutine function with a started sandbox, and see that nothing is left afterwards."""

    async def with_sandbox(use: Callable[[LocalSandbox], Awaitable[None]]) -> None:
        sandbox = make_sandbox(machine={"modes": MODES[request.param]}, slots=max(3, available_cpus()))
        await sandbox.start()
        try:
            await use(sandbox)
        finally:
            await sandbox.close()

    def runner(use: Callable[[LocalSandbox], Awaitable[None]]) -> None:
        before = set(family(os.getpid()))
        asyncio.run(with_sandbox(use))
        assert set(family(os.getpid())) <= before
        assert groups_of(os.getpid()) == []
        assert directories_of(os.getpid()) == []

    return runner


async def passes(sandbox: LocalSandbox, slot: int = 0) -> None:
    execution = await sandbox.execute(python_job("result = 42"), slot)
    assert execution.completed
    assert execution.result is not None
    assert execution.result.json == 42


async def settled() -> int:
    """Return how many processes there are once those that only make others have ended."""
    number, times = -1, 0
    while times < 5:
        await asyncio.sleep(0.01)
        now = len(family(os.getpid()))
        number, times = now, times + 1 if now == number else 0
    return number


async def running(sandbox: LocalSandbox, slot: int = 0) -> asyncio.Task[object]:
    """Start a program that never ends, and return when it and its daemon run."""
    before = await settled()
    task: asyncio.Task[object] = asyncio.ensure_future(sandbox.execute(FOREVER, slot))
    for _ in range(1000):
        await asyncio.sleep(0.01)
        if len(family(os.getpid())) >= before + (1 if slot == 0 else 3):
            return task
    raise AssertionError("it does not start")


def supervisors() -> list[int]:
    """Return the children of the spawner, which is the only child of the guardian."""
    from mge_toolkit.sandbox.local.inside.tree import children

    (guardian,) = children(os.getpid())
    (spawner,) = children(guardian)
    return children(spawner)


def test_slots_run_side_by_side(run: Callable[..., None]) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        tasks = [await running(sandbox, slot) for slot in range(3)]
        await passes(sandbox, 3)
        for task in tasks:
            assert not task.done()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(use)


def test_cancelling_leaves_nothing_running(run: Callable[..., None]) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        await passes(sandbox)
        task = await running(sandbox)
        members = [pid for supervisor in supervisors() for pid in family(supervisor)]
        assert members
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert all_gone(members, patience=0)
        await passes(sandbox)

    run(use)


def test_cancelling_twice(run: Callable[..., None]) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        task = await running(sandbox)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await passes(sandbox)

    run(use)


def test_cancelling_before_it_begins(run: Callable[..., None]) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        for yields in range(6):
            task = asyncio.ensure_future(sandbox.execute(FOREVER, 1))
            for _ in range(yields):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await passes(sandbox, 1)

    run(use)


def test_cancelling_at_any_moment(run: Callable[..., None]) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        job = python_job("result = 1")
        for step in range(40):
            task = asyncio.ensure_future(sandbox.execute(job, 0))
            await asyncio.sleep(step * 0.0005)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await passes(sandbox)
        assert len(supervisors()) <= 2  # the one in use, and perhaps one that is ending

    run(use)


@pytest.mark.parametrize("depth", [1, 2], ids=["guardian", "spawner"])
def test_losing_the_spawner(run: Callable[..., None], depth: int) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        tasks = [await running(sandbox, slot) for slot in (0, 1)]
        members = family(os.getpid())
        os.kill(members[depth - 1], signal.SIGKILL)
        for task in tasks:
            with pytest.raises(SandboxError):
                await task
        assert all_gone(members)
        await asyncio.gather(*(passes(sandbox, slot) for slot in range(3)))

    run(use)


def test_losing_a_supervisor_takes_one_attempt(run: Callable[..., None]) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        first = await running(sandbox, 0)
        (supervisor,) = supervisors()
        second = await running(sandbox, 1)
        members = family(supervisor)
        os.kill(supervisor, signal.SIGKILL)
        with pytest.raises(SandboxError):
            await first
        assert all_gone(members, patience=1)
        assert not second.done()
        await passes(sandbox, 0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second

    run(use)


def test_losing_an_idle_supervisor_costs_nothing(run: Callable[..., None]) -> None:
    async def use(sandbox: LocalSandbox) -> None:
        await passes(sandbox)
        (supervisor,) = supervisors()
        os.kill(supervisor, signal.SIGKILL)
        assert eventually(lambda: supervisor not in supervisors())
        await asyncio.sleep(0.05)
        await passes(sandbox)

    run(use)


def test_started_from_a_thread_that_ends() -> None:
    """The spawner must not die with the thread that happened to start it."""
    sandbox = make_sandbox()
    loop = asyncio.new_event_loop()

    def begin() -> None:
        loop.run_until_complete(sandbox.start())

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    loop.run_until_complete(asyncio.sleep(0.2))
    loop.run_until_complete(passes(sandbox))
    loop.run_until_complete(sandbox.close())
    loop.close()


def test_closing_early_and_twice() -> None:
    async def use() -> None:
        sandbox = make_sandbox()
        await sandbox.close()
        await sandbox.close()
        other = make_sandbox()
        await other.start()
        task = asyncio.ensure_future(other.execute(FOREVER, 0))
        await asyncio.sleep(0.2)
        await other.close()
        with pytest.raises(SandboxError):
            await task
        with pytest.raises(SandboxError):
            await other.execute(FOREVER, 0)

    before = set(family(os.getpid()))
    asyncio.run(use())
    assert set(family(os.getpid())) <= before


def test_preload_that_is_not_there() -> None:
    async def use() -> None:
        sandbox = make_sandbox(preload=["no_such_module_here"])
        with pytest.raises(SandboxUnavailableError, match=r"no_such_module_here.*preload"):
            await sandbox.start()
        await sandbox.close()

    asyncio.run(use())
