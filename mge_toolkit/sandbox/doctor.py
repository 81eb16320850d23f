"""What this machine gives, proved by trying: a real sandbox, and in it one attempt against each protection."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.jobs import Job, Segment
from mge_toolkit.core.plans import Limits, Source
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import NO_ISOLATION, Execution, Flag, Isolation, Limit, Protection, Role
from mge_toolkit.sandbox.languages.python import PythonLanguage
from mge_toolkit.sandbox.local import LocalSandbox
from mge_toolkit.sandbox.local.inside.tree import descendants

_SECRET: Final = "mge-doctor-secret"  # noqa: S105 - it is there to be looked for
_MEGABYTE: Final = 1024**2


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One attempt to get past a protection. ``observed`` is what happened; ``remedy`` what would mend it."""

    protection: Protection
    attempt: str
    held: bool
    observed: str
    mechanism: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was found. ``error`` says why there is no sandbox at all; there are no trials then."""

    isolation: Isolation = NO_ISOLATION
    trials: tuple[Trial, ...] = ()
    error: str | None = None

    @property
    def sound(self) -> bool:
        """Return whether every protection held."""
        return self.error is None and all(trial.held for trial in self.trials)

    def __str__(self) -> str:
        """Format as a table for people."""
        if self.error is not None:
            return f"sandbox 'local': not available\n  {self.error}"
        lines = [f"sandbox 'local': isolation {self.isolation.level}"]
        wide = max(len(trial.protection.value) for trial in self.trials)
        long = max(len(trial.attempt) for trial in self.trials)
        for trial in self.trials:
            mark = "held" if trial.held else "NOT HELD"
            how = trial.mechanism or "nothing"
            lines.append(
                f"  {trial.protection.value:{wide}}  {trial.attempt:{long}}  {mark:8}  by {how}: {trial.observed}"
            )
            if not trial.held and trial.remedy is not None:
                lines.append(f"  {'':{wide}}  remedy: {trial.remedy}")
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """A trial to be made. ``judge`` returns whether the protection held, and what was observed."""

    protection: Protection
    attempt: str
    code: str
    judge: Callable[[Execution], tuple[bool, str]]
    limits: Limits = Limits(timeout=10.0)  # noqa: RUF009 - a frozen record


async def examine(slots: int = 1) -> Report:
    """Try every protection of the local sandbox on this machine. Raises nothing that the machine causes."""
    options = SandboxOptions(slots=slots, languages={"python": PythonLanguage()}, allow_degraded=True)
    sandbox = LocalSandbox(options)
    with _targets() as (file, victim):
        try:
            await sandbox.start()
            trials = [await _try(sandbox, plan) for plan in _plans(file, victim)]
        except MgeError as error:
            return Report(error=str(error))
        finally:
            await sandbox.close()
    return Report(isolation=sandbox.isolation, trials=tuple(trials))


@contextmanager
def _targets() -> Iterator[tuple[Path, int]]:
    """Provide what the trials aim at: a file that anyone may write, and a process with a secret."""
    with tempfile.TemporaryDirectory(prefix="mge-doctor-") as name:
        Path(name).chmod(0o755)
        file = Path(name, "file")
        file.write_text(_SECRET)
        file.chmod(0o666)
        sleeper = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(120)"]
        environment = {"PATH": os.defpath, "MGE_DOCTOR": _SECRET}
        with subprocess.Popen(sleeper, env=environment) as process:
            try:
                yield file, process.pid
            finally:
                process.kill()


async def _try(sandbox: LocalSandbox, plan: _Plan) -> Trial:
    """Make one trial."""
    segment = Segment(atom_id="doctor", role=Role.CODE, source=Source(text=plan.code), language="python")
    job = Job(
        atom_id="doctor", language="python", segments=(segment,), limits=plan.limits, trace_id=plan.attempt
    )
    execution = await sandbox.execute(job, 0)
    held, observed = plan.judge(execution)
    if plan.protection is Protection.PROCESS_TREE and _lives(execution.stdout.text.strip()):
        held, observed = False, "the daemon lives on"
    return Trial(
        protection=plan.protection,
        attempt=plan.attempt,
        held=held,
        observed=observed,
        mechanism=sandbox.isolation.mechanisms.get(plan.protection),
        remedy=sandbox.isolation.missing.get(plan.protection),
    )


def _lives(name: str) -> bool:
    """Return whether a process that called itself ``name`` is among our descendants."""
    for pid in descendants(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        if name and command == name:
            return True
    return False


def _refused(execution: Execution) -> tuple[bool, str]:
    """Judge an attempt that must end with an ``OSError``."""
    raised = execution.raised
    if raised is not None and "OSError" in (raised.type, *raised.bases):
        return True, raised.message.split(":")[0]
    return False, execution.stdout.text.strip() or "it went through"


def _ended_by(*limits: Limit) -> Callable[[Execution], tuple[bool, str]]:
    """Return the judge of an attempt that one of ``limits`` must end."""

    def judge(execution: Execution) -> tuple[bool, str]:
        if execution.limit in limits:
            return True, f"ended after {execution.usage.wall:.2f} s, {execution.usage.cpu:.2f} s of CPU time"
        if execution.raised is not None and execution.raised.type == "MemoryError" and Limit.MEMORY in limits:
            return True, "MemoryError"
        return False, "it went through"

    return judge


def _few(execution: Execution) -> tuple[bool, str]:
    """Judge how many processes there were."""
    return execution.stdout.text.strip().isdigit() and int(execution.stdout.text) <= 16, (
        f"{execution.stdout.text.strip()} of 64 could be started"
    )


def _full(execution: Execution) -> tuple[bool, str]:
    """Judge whether writing came to an end."""
    if execution.limit is Limit.OUTPUT:
        return True, "ended"
    return _refused(execution)


def _slow(execution: Execution) -> tuple[bool, str]:
    """Judge how many CPUs two spinning processes had."""
    used = execution.usage.cpu / max(execution.usage.wall, 0.001)
    return execution.completed and used <= 1.1, f"two spinning processes used {used:.2f} CPUs"


def _killed(execution: Execution) -> tuple[bool, str]:
    """Judge whether a daemon was found and killed."""
    return Flag.PROCESSES_LEFT in execution.flags, "found and killed" if execution.flags else "not noticed"


def _plans(file: Path, victim: int) -> Iterator[_Plan]:
    """Yield the trials."""
    P = Protection  # noqa: N806 - a short name for a table
    yield _Plan(
        protection=P.NETWORK,
        attempt="open a socket",
        judge=_refused,
        code="import socket\nsocket.socket(socket.AF_INET)",
    )
    yield _Plan(
        protection=P.READS,
        attempt="read a file outside",
        judge=_refused,
        code=f"print(open({str(file)!r}).read())",
    )
    yield _Plan(
        protection=P.READS,
        attempt="see the host's secrets",
        judge=_refused,
        code=f"print(open('/proc/{victim}/environ').read())",
    )
    yield _Plan(
        protection=P.WRITES, attempt="write a file outside", judge=_refused, code=f"open({str(file)!r}, 'a')"
    )
    yield _Plan(
        protection=P.SIGNALS,
        attempt="signal a process outside",
        judge=_refused,
        code=f"import os\nos.kill({victim}, 0)",
    )
    yield from _limit_plans()
    yield _Plan(protection=P.PROCESS_TREE, attempt="leave a daemon behind", judge=_killed, code=_DAEMON)


def _limit_plans() -> Iterator[_Plan]:
    """Yield a trial of each limit."""
    P = Protection  # noqa: N806 - a short name for a table
    small = Limits(timeout=10.0, memory=64 * _MEGABYTE, disk=8 * _MEGABYTE, processes=16)
    yield _Plan(
        protection=P.WALL_TIME,
        attempt="sleep on",
        judge=_ended_by(Limit.WALL),
        code="import time\ntime.sleep(60)",
        limits=Limits(timeout=0.3),
    )
    yield _Plan(
        protection=P.CPU_TIME,
        attempt="spin on",
        judge=_ended_by(Limit.CPU),
        code="while True: pass",
        limits=Limits(timeout=10.0, cpu_time=0.3),
    )
    yield _Plan(
        protection=P.MEMORY,
        attempt="allocate too much",
        judge=_ended_by(Limit.MEMORY),
        limits=small,
        code="kept = []\nwhile True: kept.append(bytearray(1 << 20))",
    )
    yield _Plan(
        protection=P.CPUS,
        attempt="spin twice",
        judge=_slow,
        code=_SPIN,
        limits=Limits(timeout=10.0, cpu_time=10.0),
    )
    yield _Plan(protection=P.PROCESSES, attempt="start 64 processes", judge=_few, code=_FORK, limits=small)
    yield _Plan(
        protection=P.OUTPUT,
        attempt="flood the output",
        judge=_ended_by(Limit.OUTPUT),
        code="while True: print('x' * 1000)",
        limits=Limits(output=1000, output_kill=_MEGABYTE),
    )
    yield _Plan(protection=P.DISK, attempt="fill the disk", judge=_full, code=_FILL, limits=small)


_SPIN: Final = """
import os, time
end = time.monotonic() + 1
for _ in range(2):
    if os.fork() == 0:
        while time.monotonic() < end: pass
        os._exit(0)
for _ in range(2): os.wait()
"""
_FORK: Final = """
import os, time
count = 0
try:
    for _ in range(64):
        if os.fork() == 0:
            time.sleep(0.3)
            os._exit(0)
        count += 1
except OSError:
    pass
print(count)
"""
_FILL: Final = """
for number in range(64):
    with open(f"file{number}", "wb") as file: file.write(bytes(1 << 20))
"""
_DAEMON: Final = """
import ctypes, os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"mge-daemon", 0, 0, 0)
        time.sleep(60)
    os._exit(0)
time.sleep(0.1)
print("mge-daemon")
"""
