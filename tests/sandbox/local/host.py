"""A host for tests that kill it: starts a sandbox, runs a program that never ends in each slot, and waits."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from mge_toolkit.core.plans import Limits
from mge_toolkit.sandbox.local import LocalSandbox
from tests.sandbox.local.stage import make_sandbox, python_job

PROGRAM = """
import os, time
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                time.sleep(60)
        os._exit(0)
print("running", flush=True)
while True:
    time.sleep(60)
"""


async def main(batch: dict[str, Any]) -> None:
    """Run until killed; say so once everything runs."""
    sandbox = make_sandbox(**batch)
    try:
        await sandbox.start()
        await hold(sandbox)
    finally:
        await sandbox.close()


async def hold(sandbox: LocalSandbox) -> None:
    """Run the program in both slots."""
    job = python_job(PROGRAM, limits=Limits(timeout=600))
    tasks = [asyncio.ensure_future(sandbox.execute(job, slot)) for slot in range(2)]
    await asyncio.sleep(0.5)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
