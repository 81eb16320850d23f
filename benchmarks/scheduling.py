"""The engine's own cost: sleeping atoms against the ideal, and growth from 10,000 to 100,000 atoms."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys

from benchmarks.atoms import Engine
from benchmarks.measure import Row, at_most, timed
from mge_toolkit.core.settings import Settings, available_cpus
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import FakeSandboxPlugin, make_atom, make_plan

SLEEP = 0.1


def sleeping(rounds: int, number: int = 1000) -> list[Row]:
    """Compare the time of sleeping atoms with the ideal: all sleeps, divided over the slots."""
    slots = 10 * available_cpus()
    engine = Engine(slots=slots)
    try:
        real = [timed(lambda: engine.run(f"import time; time.sleep({SLEEP})", number)) for _ in range(rounds)]
    finally:
        engine.close()
    fake = [timed(lambda: asyncio.run(_fake(number, 50, SLEEP))) for _ in range(rounds)]
    return [
        at_most(
            f"{number} atoms that sleep 100 ms, {slots} slots",
            "the ideal",
            real,
            [number * SLEEP / slots] * rounds,
            1.1,
        ),
        at_most(
            f"{number} atoms that sleep 100 ms, 50 fake slots",
            "the ideal",
            fake,
            [number * SLEEP / 50] * rounds,
            1.05,
        ),
    ]


def growth(rounds: int) -> list[Row]:
    """Compare 100,000 atoms with ten times 10,000, in time and in memory, each in a process of its own."""
    small = [_measured(10_000) for _ in range(rounds)]
    large = [_measured(100_000) for _ in range(rounds)]
    return [
        at_most(
            "time of 100,000 atoms, fake sandbox",
            "10 x that of 10,000",
            [seconds for seconds, _ in large],
            [10 * seconds for seconds, _ in small],
            1.1,
        ),
        Row(
            work="memory of a finished atom, of 100,000, fake sandbox",
            peer="-",
            ours_seconds=statistics.median(seconds for seconds, _ in large),
            peer_seconds=statistics.median(seconds for seconds, _ in small),
            ratio=statistics.median(kib for _, kib in large),
            spread=(min(kib for _, kib in large), max(kib for _, kib in large)),
            target=10,
            better="lower",
            unit="KiB",
        ),
    ]


async def _fake(number: int, slots: int, sleep: float | None = None) -> None:
    plugin = FakeSandboxPlugin(answer=None if sleep is None else lambda _: sleep)
    plugins = Plugins([plugin], entry_points=False)
    async with ExecutionService(Settings(sandbox="fake", slots=slots), plugins=plugins) as service:
        await service.execute_masterplan(make_plan(make_atom(f"a{n}") for n in range(number)))


def _measured(number: int) -> tuple[float, float]:
    """Return seconds, and KiB of memory an atom beyond what the plan itself takes, measured in a fresh process."""
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.scheduling", str(number)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    seconds, kib = json.loads(output)
    return seconds, kib


def _main(number: int) -> None:
    import resource

    async def work() -> tuple[float, float]:
        plugins = Plugins([FakeSandboxPlugin()], entry_points=False)
        plan = make_plan(make_atom(f"a{n}", f"value = {n}") for n in range(number))
        async with ExecutionService(Settings(sandbox="fake", slots=2), plugins=plugins) as service:
            await service.execute_masterplan(make_plan([make_atom("warm")]))
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            run = await service.prepare(plan)
            loop = asyncio.get_running_loop()
            started = loop.time()
            result = await run.execute()
            seconds = loop.time() - started
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return seconds, (after - before) / len(result.results)

    print(json.dumps(asyncio.run(work())))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
