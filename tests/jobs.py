"""Jobs for tests, and a bench that runs them one after the other without an event loop in sight."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from mge_toolkit.core.jobs import Job, Segment
from mge_toolkit.core.plans import DEFAULT_LIMITS, DataFile, JsonValue, Limits, Network, Source, empty_mapping
from mge_toolkit.core.ports import Sandbox
from mge_toolkit.core.results import Execution, Role, Value

T = TypeVar("T")


def make_job(
    code: str,
    check: str | None = None,
    *,
    language: str = "python",
    dependencies: Mapping[str, str] = empty_mapping(),
    inputs: Mapping[str, Mapping[str, JsonValue]] = empty_mapping(),
    dependency_timeout: float = 5.0,
    limits: Limits = DEFAULT_LIMITS,
    network: Network = Network.NONE,
    files: Mapping[str, bytes] = empty_mapping(),
    typecheck: bool = False,
    trace_id: str = "",
) -> Job:
    """Return a job for the atom ``a``. ``inputs`` maps atom ids (``a`` or a dependency's) to their inputs."""

    def segment(atom_id: str, role: Role, text: str) -> Segment:
        own = inputs.get(atom_id, {}) if role is not Role.CHECK else {}
        source = Source(text=text, file="plan.yaml", line=10, indent=4)
        timeout = dependency_timeout if role is Role.DEPENDENCY else limits.timeout
        return Segment(
            atom_id=atom_id, role=role, source=source, language=language, inputs=own, timeout=timeout
        )

    segments = [segment(name, Role.DEPENDENCY, text) for name, text in dependencies.items()]
    segments.append(segment("a", Role.CODE, code))
    if check is not None:
        segments.append(segment("a", Role.CHECK, check))
    return Job(
        atom_id="a",
        language=language,
        segments=tuple(segments),
        limits=limits,
        network=network,
        files=tuple(DataFile(name=name, content=content) for name, content in files.items()),
        typecheck=typecheck,
        trace_id=trace_id,
    )


class Bench:
    """A started sandbox on a loop of its own."""

    def __init__(self, sandbox: Sandbox, runner: asyncio.Runner) -> None:
        """Take a sandbox that was started on ``runner``'s loop."""
        self.sandbox = sandbox
        self._runner = runner

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self._runner.run(coroutine)

    def execute(self, job: Job, slot: int = 0) -> Execution:
        """Execute one job."""
        return self.wait(self.sandbox.execute(job, slot))

    def run(self, code: str, check: str | None = None, **options: Any) -> Execution:
        """Execute the job that :func:`make_job` makes."""
        return self.execute(make_job(code, check, **options))


@contextmanager
def started(sandbox: Sandbox) -> Iterator[Bench]:
    """Start ``sandbox`` and close it in the end."""
    with asyncio.Runner() as runner:
        try:
            runner.run(sandbox.start())
            yield Bench(sandbox, runner)
        finally:
            runner.run(sandbox.close())


def result_of(execution: Execution) -> JsonValue:
    """Return the JSON value of ``result`` of an attempt that completed."""
    assert execution.completed, execution
    assert isinstance(execution.result, Value), execution
    return execution.result.json
