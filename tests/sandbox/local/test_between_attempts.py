"""What attempts in one slot may know of each other, and whose fault it is when something goes wrong."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.plans import Limits
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import Limit
from mge_toolkit.core.settings import available_cpus
from mge_toolkit.sandbox.languages import builtin_languages
from mge_toolkit.sandbox.local import LocalSandbox
from mge_toolkit.sandbox.local.inside.tree import children
from tests.jobs import Bench, make_job, result_of, started
from tests.sandbox.local.leftovers import family
from tests.sandbox.local.stage import make_sandbox, python_job

SPY = """
import sys
needles = ["hunter2" + "-password", "printed" + "-by-another"]
frame, shown = sys._getframe(), []
while frame:
    shown += [repr(value) for value in frame.f_locals.values()]
    frame = frame.f_back
seen = [needle + "!" in "".join(shown) for needle in needles]
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        area, rights = line.split()[:2]
        if "rw" in rights:
            start, end = (int(number, 16) for number in area.split("-"))
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError):
                continue
            seen += [data.count(needle.encode() + b"!") for needle in needles]
            del data
result = seen
"""


@pytest.fixture
def bench() -> Iterator[Bench]:
    options = SandboxOptions(slots=1, languages={one.name: one for one in builtin_languages()})
    with started(LocalSandbox(options)) as bench:
        yield bench


def test_an_attempt_finds_nothing_of_the_one_before_it(bench: Bench) -> None:
    secret = "password = 'hunter2-password!'\nprint('printed-by-another!')\nresult = password"
    for _ in range(4):
        assert (
            result_of(bench.run(secret, inputs={"a": {"other": "hunter2-password!"}})) == "hunter2-password!"
        )
    for _ in range(2):
        assert not any(result_of(bench.run(SPY)))


def test_output_that_is_more_than_the_memory_is_the_programs_fault(bench: Bench) -> None:
    limits = Limits(memory=32_000_000, output=60_000_000, output_kill=64_000_000)
    for _ in range(2):
        flood = bench.run("import sys\nsys.stdout.write('x' * 1_000_000 * 59)", limits=limits)
        assert flood.limit is Limit.MEMORY
    report = bench.run("import os\nfor _ in range(60): os.write(900, bytes(1 << 20))", limits=limits)
    assert not report.completed


def test_a_source_larger_than_the_disk_is_there_all_the_same(bench: Bench) -> None:
    code = f"const text = '{'x' * 100_000}'; const result = text.length;"
    assert result_of(bench.run(code, language="javascript", limits=Limits(disk=65_536))) == 100_000


def test_what_is_left_in_shared_memory_costs_the_next_attempt_nothing(bench: Bench) -> None:
    leave = """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
segment = libc.shmget(0, 200_000_000, 0o1600)
ctypes.memset(libc.shmat(segment, None, 0), 1, 200_000_000)
"""
    for _ in range(3):
        bench.run(leave, limits=Limits(memory=400_000_000))
        assert result_of(bench.run("result = 1", limits=Limits(memory=64_000_000))) == 1


async def parked(spawner: int) -> list[int]:
    """Return the child that waits for the next attempt, when it has got as far as to wait."""
    for _ in range(500):
        await asyncio.sleep(0.02)
        waiting = [pid for supervisor in children(spawner) for pid in family(supervisor)]
        if waiting and all("S" in state(pid) for pid in waiting):
            return waiting
    raise AssertionError("no child waits")


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def test_a_waiting_child_that_is_ended_from_outside_is_no_failure_of_the_program() -> None:
    async def main(sandbox: LocalSandbox) -> None:
        await sandbox.start()
        try:
            await sandbox.execute(python_job("result = 1"), 0)
            (guardian,) = children(os.getpid())
            (spawner,) = children(guardian)
            for waiting in await parked(spawner):
                os.kill(waiting, signal.SIGKILL)
            with pytest.raises(SandboxError, match="ended from outside"):
                await sandbox.execute(python_job("result = 1"), 0)
            assert (await sandbox.execute(python_job("result = 1"), 0)).completed
        finally:
            await sandbox.close()

    asyncio.run(main(make_sandbox(slots=available_cpus())))


def test_two_supervisors_take_turns_where_a_processor_is_free(bench: Bench) -> None:
    code = "import os\nresult = os.stat('/proc/self/ns/pid').st_ino"
    seen = {result_of(bench.execute(make_job(code))) for _ in range(6)}
    assert len(seen) == (2 if available_cpus() > 1 else 1)
