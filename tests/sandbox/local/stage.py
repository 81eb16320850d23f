"""Run a batch of jobs in a local sandbox and print what came of them as JSON. Started by the launcher.

The batch comes on standard input: ``jobs`` (``code``, ``limits``, ``network``, ``files``), ``machine`` (fields of
``Machine`` to replace), ``preload``, ``slots`` and ``degraded``.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from typing import Any

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.jobs import Job, Segment
from mge_toolkit.core.plans import DataFile, Limits, Network, Source
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import Execution, Role
from mge_toolkit.sandbox.languages.python import PythonLanguage
from mge_toolkit.sandbox.local import LocalSandbox
from mge_toolkit.sandbox.local.capabilities import look_around


def python_job(code: str, **fields: Any) -> Job:
    """Return a job of one Python segment."""
    segment = Segment(atom_id="atom", role=Role.CODE, source=Source(text=code), language="python")
    return Job(atom_id="atom", language="python", segments=(segment,), **fields)


def job_from(record: dict[str, Any]) -> Job:
    """Return the job that a record of the batch describes."""
    return python_job(
        record["code"],
        limits=Limits(**{"timeout": 10.0, **record.get("limits", {})}),
        network=Network(record.get("network", "none")),
        files=tuple(DataFile(name=n, content=c.encode()) for n, c in record.get("files", {}).items()),
    )


def make_sandbox(**batch: Any) -> LocalSandbox:
    """Return a sandbox for Python as a batch describes it."""
    options = SandboxOptions(
        slots=batch.get("slots", 2),
        languages={"python": PythonLanguage()},
        preload=tuple(batch.get("preload", ())),
        allow_degraded=batch.get("degraded", False),
    )
    return LocalSandbox(options, dataclasses.replace(look_around(), **batch.get("machine", {})))


def record_of(execution: Execution) -> dict[str, Any]:
    """Return what the tests look at."""
    return {
        "completed": execution.completed,
        "exit_code": execution.exit_code,
        "signal": execution.signal,
        "limit": execution.limit,
        "result": None if execution.result is None else execution.result.json,
        "raised": None if execution.raised is None else [execution.raised.type, execution.raised.message],
        "stdout": execution.stdout.text,
        "stderr": execution.stderr.text,
        "flags": sorted(execution.flags),
        "cpu": execution.usage.cpu,
        "wall": execution.usage.wall,
        "peak": execution.usage.peak_memory,
    }


async def perform(batch: dict[str, Any]) -> dict[str, Any]:
    """Run the batch, one job after the other."""
    sandbox = make_sandbox(**{name: value for name, value in batch.items() if name != "jobs"})
    try:
        await sandbox.start()
        executions = [record_of(await sandbox.execute(job_from(job), 0)) for job in batch["jobs"]]
    except MgeError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        await sandbox.close()
    isolation = sandbox.isolation
    return {
        "executions": executions,
        "mechanisms": dict(isolation.mechanisms),
        "missing": dict(isolation.missing),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(perform(json.load(sys.stdin)))))
