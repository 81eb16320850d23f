"""Programs that are no Python harness: started by argv, files in, report out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.jobs import Job, Launch, ProcessExit, Reading, Segment
from mge_toolkit.core.plans import Limits, Source
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import Execution, Flag, Limit, Role, Value
from mge_toolkit.sandbox.local import LocalSandbox
from mge_toolkit.sandbox.local.capabilities import look_around


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A language whose programs are shell scripts and whose report is what they leave."""

    command: str = "/bin/sh"
    environment: dict[str, str] = field(default_factory=lambda: {"COLOUR": "green"})
    name: str = "shell"
    family: str = "shell"
    suffix: str = ".sh"

    def prepare(self, job: Job) -> Launch:
        text = job.segments[0].source.text
        return Launch(
            argv=(self.command, "program.sh"),
            files={"program.sh": text.encode()},
            environment=self.environment,
            report="report.json",
        )

    def read(self, job: Job, ended: ProcessExit) -> Reading:
        text = None if ended.report is None else ended.report.decode("utf-8", "replace")
        return Reading(completed=ended.exit_code == 0, result=Value(json=text))

    def compose(self, job: Job) -> str:
        return job.segments[0].source.text


def execute(
    *scripts: str, mode: str = "namespaces", language: Shell | None = None, **fields: Any
) -> list[Execution]:
    """Run shell scripts one after the other in one slot."""

    async def use() -> list[Execution]:
        options = SandboxOptions(slots=1, languages={"shell": language or Shell()})
        from dataclasses import replace

        sandbox = LocalSandbox(options, replace(look_around(), modes=(mode,)))
        try:
            await sandbox.start()
            jobs = [
                Job(
                    atom_id="atom",
                    language="shell",
                    segments=(
                        Segment(atom_id="atom", role=Role.CODE, source=Source(text=s), language="shell"),
                    ),
                    **fields,
                )
                for s in scripts
            ]
            return [await sandbox.execute(job, 0) for job in jobs]
        finally:
            await sandbox.close()

    return asyncio.run(use())


MODES = pytest.mark.parametrize("mode", ["namespaces", "landlock"])


@MODES
def test_report_streams_and_environment(mode: str) -> None:
    (ended,) = execute(
        'echo out; echo err >&2; echo "$COLOUR $HOME $PWD" > report.json; env | wc -l', mode=mode
    )
    assert ended.completed
    assert ended.stdout.text.splitlines()[0] == "out"
    assert ended.stderr.text == "err\n"
    assert ended.result is not None
    colour, home, place = str(ended.result.json).split()
    assert (colour, home) == ("green", place)
    assert home.endswith("/work")
    assert int(ended.stdout.text.splitlines()[1]) < 12


@MODES
@pytest.mark.parametrize(
    "script",
    [
        "true",
        "ln -s /etc/passwd report.json",
        "ln -s program.sh report.json",
        "mkfifo report.json",
        "mkdir report.json",
        "truncate -s 1G report.json 2>/dev/null; true",
        "echo x > report.json; chmod 0 report.json; exit 3",
    ],
)
def test_no_planted_report_is_believed_or_hangs(script: str, mode: str) -> None:
    (ended,) = execute(script, mode=mode, limits=Limits(timeout=5))
    assert ended.limit is None
    assert ended.result is not None
    assert ended.result.json in (None, "", "x\n")


@MODES
def test_signals_limits_and_leftovers(mode: str) -> None:
    killed, spinning, left, exited = execute(
        "kill -TERM $$",
        "while :; do :; done",
        "sleep 100 & sleep 0.05; exit 0",
        "exit 7",
        mode=mode,
        limits=Limits(timeout=10, cpu_time=0.3),
    )
    assert (killed.signal, killed.exit_code) == (15, None)
    assert spinning.limit is Limit.CPU
    assert Flag.PROCESSES_LEFT in left.flags
    assert left.completed
    assert exited.exit_code == 7


def test_program_that_cannot_be_started_is_our_failure() -> None:
    with pytest.raises(SandboxError, match="no-such-interpreter"):
        execute("true", language=Shell(command="/usr/bin/no-such-interpreter"))


def test_standard_input_is_empty_and_nothing_else_is_open() -> None:
    (ended,) = execute("read line; echo $? > report.json; ls /proc/self/fd")
    assert ended.stdout.text.split() == ["0", "1", "2", "3"]
    assert ended.result is not None
    assert ended.result.json == "1\n"


def test_report_survives_as_it_was_written() -> None:
    text = json.dumps({"x": "é" * 100_000}, ensure_ascii=False)
    (ended,) = execute(f"printf %s '{text}' > report.json")
    assert ended.result is not None
    assert ended.result.json == text
