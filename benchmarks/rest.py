"""The REST service's own cost: a flood of requests for atoms, and the summary of a large recorded run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Row
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.records import open_store
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import FakeSandboxPlugin, make_atom, make_plan

RATE = 200
CONNECTIONS = 250
PLAN = "masterplan: bench\natoms:\n  one: {code: 'result = 1'}\n"
TOKEN = "the-token-of-the-benchmark"


@dataclass(kw_only=True)
class Flood:
    """What became of requests that came at a fixed rate, whether or not the earlier ones were answered."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    recorded: int = 0

    @property
    def rate(self) -> float:
        """Return how many requests were answered a second."""
        return (self.statuses[200] + self.statuses[429]) / self.seconds


def flood(seconds: float, *words: str) -> Flood:
    """Ask ``mge serve``, a process of its own with a real sandbox, for an atom :data:`RATE` times a second."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "plan.yaml").write_text(PLAN)
        server = subprocess.Popen(
            [sys.executable, "-m", "mge_toolkit", "serve", "plan.yaml", "--port", "0", *words],
            cwd=directory,
            env={**os.environ, "MGE_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", server.stdout.readline())
            assert found is not None
            result = asyncio.run(_flood(int(found[1]), seconds))
        finally:
            server.terminate()
            server.communicate()
        if "off" not in words:
            store = open_store(Path(directory, ".mge", "history.db"))
            result.recorded = sum(record.finished for record in store.runs())
            store.close()
        return result


async def _flood(port: int, seconds: float) -> Flood:
    result = Flood()
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        connections.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    request = (
        f"POST /api/v2/execution/atom/one HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: 0\r\n\r\n"
    ).encode()
    await _ask(connections, request, Flood())  # the first one starts the sandbox
    started = time.perf_counter()
    tasks = []
    for number in range(int(seconds * RATE)):
        await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(_ask(connections, request, result)))
    await asyncio.gather(*tasks)
    result.seconds = time.perf_counter() - started
    while not connections.empty():
        connections.get_nowait()[1].close()
    return result


async def _ask(
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
    request: bytes,
    result: Flood,
) -> None:
    reader, writer = await connections.get()
    started = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    body = await reader.readexactly(int(length[1]) if length else 0)
    spent = time.perf_counter() - started
    status = int(head.split(b" ", 2)[1])
    if status == 200:
        assert json.loads(body)["atom"]["outcome"] == "passed"
    result.statuses[status] += 1
    (result.accepted if status == 200 else result.refused).append(spent)
    connections.put_nowait((reader, writer))


def summaries(rounds: int, number: int = 100_000) -> list[float]:
    """Return how many seconds the summary of a recorded run of ``number`` atoms takes, from its request on."""
    with tempfile.TemporaryDirectory() as directory:
        store = open_store(Path(directory, "history.db"))

        async def record() -> None:
            plugins = Plugins([FakeSandboxPlugin()], entry_points=False)
            settings = Settings(sandbox="fake", slots=8)
            async with ExecutionService(settings, plugins=plugins, records=store) as service:
                await service.execute_masterplan(
                    make_plan((make_atom(f"a{n}") for n in range(number)), "big")
                )

        asyncio.run(record())
        store.close()
        Path(directory, "plan.yaml").write_text(PLAN)
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mge_toolkit",
                "serve",
                "plan.yaml",
                "--port",
                "0",
                "--records",
                "history.db",
            ],
            cwd=directory,
            env={**os.environ, "MGE_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", server.stdout.readline())
            assert found is not None
            return asyncio.run(_summaries(int(found[1]), rounds))
        finally:
            server.terminate()
            server.communicate()


async def _summaries(port: int, rounds: int) -> list[float]:
    request = (
        f"GET /api/v2/execution/summary/big HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    ).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = json.loads(await reader.readexactly(int(length[1]) if length else 0))
        times.append(time.perf_counter() - started)
        assert body["counts"]["passed"] >= 10_000
    writer.close()
    return times[1:]


def rest(rounds: int) -> list[Row]:
    """Measure both against what is to be reached."""
    floods = [flood(10) for _ in range(max(1, rounds // 3))]
    rates = [found.rate for found in floods]
    times = summaries(20)
    accepted = [spent for found in floods for spent in found.accepted]
    return [
        Row(
            work=f"{RATE} requests a second for an atom, answered with 200 or 429",
            peer="-",
            ours_seconds=statistics.median(accepted),
            peer_seconds=statistics.median([spent for found in floods for spent in found.refused] or [0.0]),
            ratio=statistics.median(rates),
            spread=(min(rates), max(rates)),
            target=RATE * 0.95,
            better="higher",
            unit="/s",
        ),
        Row(
            work="GET /summary with 100,000 atoms recorded",
            peer="-",
            ours_seconds=statistics.median(times),
            peer_seconds=0.0,
            ratio=statistics.median(times) * 1000,
            spread=(min(times) * 1000, max(times) * 1000),
            target=20,
            better="lower",
            unit="ms",
        ),
    ]


def _main() -> None:
    for words in ((), ("--records", "off")):
        found = flood(5, *words)
        print(
            f"{' '.join(words) or 'recorded':14} {found.rate:.0f}/s answered: {dict(found.statuses)}, "
            f"{found.recorded} runs recorded (and the first)"
        )
        for name, times in (("accepted", found.accepted), ("refused", found.refused)):
            if times:
                ordered = sorted(times)
                p50, p95 = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.95))
                print(f"    {name}: {len(times)}, median {p50:.1f} ms, p95 {p95:.1f} ms")
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    times = summaries(20, number)
    print(f"summary of {number:,} recorded atoms: median {statistics.median(times) * 1000:.1f} ms")


if __name__ == "__main__":
    _main()
