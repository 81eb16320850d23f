"""A program for the kill test: runs a plan on a fake sandbox with records, and says what it was told of.

    python killed_run.py RECORDS PLAN_SIZE OUTPUT SEED

It forks a child for the run, kills it at a random moment, forks another that resumes the run, and writes one
JSON line about the two into OUTPUT. That is repeated until its standard input ends: a fork costs a hundredth of a
new interpreter.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from mge_toolkit.core.events import AtomFinished, AttemptStarted, Event, RunStarted
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.records import open_store
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import FakeSandboxPlugin, make_atom, make_plan


def plan_of(size: int) -> Masterplan:
    """Return a plan whose atoms depend on one another in fours."""
    return make_plan([make_atom(f"a{n}", depends_on=(f"a{n - 1}",) if n % 4 else ()) for n in range(size)])


def run(records: str, size: int, told: Path, resume: str | None) -> None:
    """Run the plan and append a line to ``told`` for all that a subscriber is told of."""
    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tell(event: Event) -> None:
        if isinstance(event, RunStarted):
            os.write(descriptor, f"run {event.run_id}\n".encode())
        elif isinstance(event, AtomFinished):
            result = event.result
            os.write(descriptor, f"finished {result.atom_id} {result.outcome} {result.origin}\n".encode())
        elif isinstance(event, AttemptStarted):
            os.write(descriptor, f"started {event.atom_id}\n".encode())

    async def main() -> None:
        plugins = Plugins([FakeSandboxPlugin(answer=lambda job: 0.001)], entry_points=False)
        settings = Settings(sandbox="fake", slots=3)
        store = open_store(records)
        async with ExecutionService(settings, plugins=plugins, subscribers=[tell], records=store) as service:
            order = await service.prepare(plan_of(size), resume=resume)
            await order.execute()
        store.close()

    asyncio.run(main())


def in_child(records: str, size: int, told: Path, resume: str | None) -> int:
    """Fork a child that runs the plan, and return its process id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setsid()
            run(records, size, told, resume)
            status = 0
        finally:
            os._exit(status)
    return child


def wait_for_lines(told: Path, number: int) -> None:
    """Wait until so many lines have been told, which an idle and a busy machine do not do in the same time."""
    patience = time.monotonic() + 30
    while time.monotonic() < patience:
        if told.exists() and told.read_bytes().count(b"\n") >= number:
            return
        time.sleep(0.002)


def main() -> None:
    """Kill and resume until the input ends."""
    records, size, output, seed = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    run(f"{records}.warm", 1, output.with_suffix(".warm"), None)  # so that no child has anything to import
    for round_, _ in enumerate(sys.stdin):
        killed, resumed = (output.with_suffix(f".{round_}.{name}") for name in ("killed", "resumed"))
        child = in_child(records, size, killed, None)
        wait_for_lines(killed, chance.randrange(2 * size))
        time.sleep(chance.uniform(0.0, 0.005))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = killed.read_text().split("\n")[:-1] if killed.exists() else []
        run_id = next((line.split()[1] for line in lines if line.startswith("run ")), None)
        status = os.waitpid(in_child(records, size, resumed, run_id), 0)[1]
        said = {"run": run_id, "status": status, "killed": str(killed), "resumed": str(resumed)}
        with output.open("a") as file:
            file.write(json.dumps(said) + "\n")
        print("done", flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main()
