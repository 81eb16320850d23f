"""What recording costs a run: whole `mge run` processes with records and without, and the engine alone."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.measure import Row, at_most, interleave, timed
from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.core.settings import Settings
from mge_toolkit.records import open_store
from mge_toolkit.service import ExecutionService

ATOMS: Final = 2_000
TARGET: Final = 1.05


def recorded_runs(rounds: int, directory: Path) -> list[Row]:
    """Compare the wall time of 2,000 trivial atoms, recorded and not."""
    return [_engine(rounds, directory), _process(rounds, directory)]


def _plan() -> Masterplan:
    return Masterplan(
        name="trivial",
        atoms={f"a{n}": Atom(id=f"a{n}", code=Source(text=f"result = {n}")) for n in range(ATOMS)},
    )


def _engine(rounds: int, directory: Path) -> Row:
    """Measure the run alone: sandbox and records are open before it starts."""
    plan, numbers = _plan(), itertools.count()

    def run(recorded: bool) -> float:
        async def measured() -> float:
            store = open_store(directory / f"engine-{next(numbers)}.db") if recorded else None
            async with ExecutionService(Settings(), records=store) as service:
                prepared = await service.prepare(plan)
                started = time.perf_counter()
                result = await prepared.execute()
                spent = time.perf_counter() - started
            if store is not None:
                store.close()
            if result.counts.passed != ATOMS:
                raise RuntimeError(f"{result.counts.passed} of {ATOMS} atoms passed")
            return spent

        return asyncio.run(measured())

    seconds = interleave({"on": lambda: run(True), "off": lambda: run(False)}, rounds)
    return at_most(
        f"{ATOMS:,} trivial atoms, recorded", "the same, not recorded", seconds["on"], seconds["off"], TARGET
    )


def _process(rounds: int, directory: Path) -> Row:
    """Measure `mge run` from its start to its exit: imports and opening count."""
    plan = directory / "trivial.yaml"
    lines = "".join(f"  a{n}: {{code: 'result = {n}'}}\n" for n in range(ATOMS))
    plan.write_text(f"masterplan: trivial\natoms:\n{lines}", encoding="utf-8")
    numbers = itertools.count()

    def run(records: str) -> float:
        command = [sys.executable, "-m", "mge_toolkit", "run", str(plan), "-q", "--records", records]
        return timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=directory))

    seconds = interleave(
        {
            "on": lambda: run(str(directory / f"process-{next(numbers)}.db")),
            "off": lambda: run("off"),
        },
        rounds,
    )
    return at_most(
        f"whole `mge run` of {ATOMS:,} trivial atoms, recorded",
        "the same with --records off",
        seconds["on"],
        seconds["off"],
        TARGET,
    )
