"""The sandbox ``direct``: a plain subprocess, for development only. It holds nothing; its isolation is ``none``.

What it does do: an environment of its own (never ours), a work directory of its own, the wall-time limit,
the output limits, and an end to what the program started. Chosen by name only, never a default or a fallback.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.jobs import Job, Launch, ProcessExit
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import Execution, Flag, Isolation, Limit, Usage
from mge_toolkit.sandbox.environment import local_environment
from mge_toolkit.sandbox.programs import Capture, environment_in, execution_from, write_files

_ISOLATION: Final = Isolation(sandbox="direct")
_REPORT_LIMIT: Final = 64 * 1024**2
_MARK: Final = "MGE_ATTEMPT"
_ROUNDS: Final = 20
_POLL: Final = 0.02


class DirectSandbox:
    """Runs each job as a subprocess of ours, unprotected."""

    def __init__(self, options: SandboxOptions) -> None:
        self._languages = options.languages
        self._threads = ThreadPoolExecutor(options.slots, thread_name_prefix="mge-direct")

    @property
    def name(self) -> str:
        """The registered name."""
        return "direct"

    @property
    def isolation(self) -> Isolation:
        """None at all."""
        return _ISOLATION

    @property
    def environment(self) -> str:
        """This interpreter with its packages."""
        return local_environment(self.name)

    async def start(self) -> None:
        """Do nothing: there is nothing to get ready."""

    async def execute(self, job: Job, slot: int) -> Execution:
        """Run ``job`` in a thread that waits for its process; a cancellation ends the process first."""
        language = self._languages[job.language]
        attempt = _Attempt(job, language.prepare(job))
        running = asyncio.get_running_loop().run_in_executor(self._threads, attempt.run)
        try:
            ended, usage, flags = await asyncio.shield(running)
        except asyncio.CancelledError:
            attempt.kill(None)
            with suppress(asyncio.CancelledError, SandboxError):
                await running
            raise
        return execution_from(job, language, ended, usage=usage, flags=flags, isolation=_ISOLATION)

    async def close(self) -> None:
        """Let the threads go; every ``execute`` has cleaned up after itself."""
        self._threads.shutdown()


class _Attempt:
    """One process and all it starts, from its work directory to its end."""

    def __init__(self, job: Job, launch: Launch) -> None:
        self._job = job
        self._launch = launch
        self._mark = uuid4().hex
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._limit: Limit | None = None
        self._captures = (Capture(job.limits.output), Capture(job.limits.output))

    def run(self) -> tuple[ProcessExit, Usage, set[Flag]]:
        """Start, wait, clean up. Blocks; called in a thread of its own."""
        directory = Path(tempfile.mkdtemp(prefix="mge-direct-")).resolve()
        try:
            return self._run_in(directory)
        except OSError as error:
            raise SandboxError(f"the process could not be run: {error}") from error
        finally:
            _remove(directory)

    def _run_in(self, directory: Path) -> tuple[ProcessExit, Usage, set[Flag]]:
        """Run the process in ``directory`` and return what became of it."""
        write_files(self._job, self._launch, directory)
        started = time.monotonic()
        process = self._start(directory)
        readers = self._start_readers(process)
        ended = threading.Event()
        backstop = threading.Thread(target=self._watch_time, args=(directory, ended), daemon=True)
        backstop.start()
        try:
            _wait_unreaped(process)
        finally:
            ended.set()
            backstop.join()
            flags = self._end_tree(process)
        wall = time.monotonic() - started
        code, usage = _reap(process, wall)
        for reader in readers:
            reader.join(timeout=5)  # only what left the process tree altogether can still hold a pipe
        exited = ProcessExit(
            report=_report(directory / self._launch.report),
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            limit=self._limit,
            stdout=self._captures[0].stream(),
            stderr=self._captures[1].stream(),
        )
        return exited, usage, flags

    def _watch_time(self, directory: Path, ended: threading.Event) -> None:
        """Kill at the end of the whole's time, and of the atom's own once its dependencies are done."""
        deadline = time.monotonic() + self._job.wall_seconds
        if self._launch.started is not None:
            own_code = directory / self._launch.started
            while not own_code.exists() and time.monotonic() < deadline:
                if ended.wait(_POLL):
                    return
            deadline = min(deadline, time.monotonic() + self._job.limits.timeout)
        if not ended.wait(max(deadline - time.monotonic(), 0)):
            self.kill(Limit.WALL)

    def kill(self, limit: Limit | None) -> None:
        """End the process because of ``limit``, or because nobody wants it any more."""
        with self._lock:
            if self._killed:
                return
            self._killed = True
            self._limit = limit
            if self._process is not None:
                _kill_group(self._process)

    def _start(self, directory: Path) -> subprocess.Popen[bytes]:
        """Start the process in a session of its own."""
        environment = environment_in(self._launch, directory) | {_MARK: self._mark}
        with self._lock:
            if self._killed:
                raise SandboxError("the attempt was cancelled before it started")
            self._process = subprocess.Popen(
                self._launch.argv,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        return self._process

    def _start_readers(self, process: subprocess.Popen[bytes]) -> list[threading.Thread]:
        """Read both streams as they come."""
        threads = []
        for stream, capture in zip((process.stdout, process.stderr), self._captures, strict=True):
            thread = threading.Thread(target=self._read, args=(stream, capture), daemon=True)
            thread.start()
            threads.append(thread)
        return threads

    def _read(self, stream: IO[bytes], capture: Capture) -> None:
        """Keep what comes from one stream until it ends; kill beyond the killing limit."""
        with stream:
            while data := os.read(stream.fileno(), 1 << 16):
                capture.feed(data)
                if sum(one.total for one in self._captures) > self._job.limits.output_kill:
                    self.kill(Limit.OUTPUT)

    def _end_tree(self, process: subprocess.Popen[bytes]) -> set[Flag]:
        """Kill what the process left behind: its group and, on Linux, whatever still carries our mark."""
        left, clean = False, 0
        for _ in range(_ROUNDS):
            found, unsure = _marked(self._mark, process.pid)
            left = left or bool(found)
            _kill_group(process)
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            clean = 0 if found or unsure else clean + 1
            if clean == 2:  # twice, for what forks while we look can be missed once
                break
            time.sleep(0.002)
        return {Flag.PROCESSES_LEFT} if left and not self._killed else set()


def _wait_unreaped(process: subprocess.Popen[bytes]) -> None:
    """Wait until the process ended, keeping its number taken where the system can."""
    if sys.platform != "win32":
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()


def _reap(process: subprocess.Popen[bytes], wall: float) -> tuple[int, Usage]:
    """Return the exit code (a signal as a negative number) and what the process used."""
    if sys.platform == "win32":
        return process.wait(), Usage(wall=wall)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # The peak that the system reports may be that of our own process, from which this one was forked.
    return process.returncode, Usage(wall=wall, cpu=used.ru_utime + used.ru_stime)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and its group."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _marked(mark: str, leader: int) -> tuple[set[int], bool]:
    """Return the living processes that carry our mark in their environment (Linux), and whether more may show up.

    A process that is just being started has no environment for a moment.
    """
    found: set[int] = set()
    unsure = False
    wanted = f"{_MARK}={mark}".encode()
    if sys.platform != "linux":
        return found, unsure
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(leader):
            continue
        with suppress(OSError):
            environment = (entry / "environ").read_bytes()
            if wanted in environment:
                found.add(int(entry.name))
            elif not environment:
                unsure = unsure or _is_starting(entry)
    return found, unsure


def _is_starting(entry: Path) -> bool:
    """Return whether a process without an environment is neither dead nor one of the kernel's own."""
    fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
    state, parent, started = fields[0], fields[1], int(fields[19]) / os.sysconf("SC_CLK_TCK")
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - started
    return state not in (b"Z", b"X") and parent not in (b"0", b"2") and age < 1


def _report(path: Path) -> bytes | None:
    """Return the report, if the program left a regular file of a sane size there."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _REPORT_LIMIT:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _remove(directory: Path) -> None:
    """Remove the work directory, also where the program took its own permissions away."""
    for parent, names, _ in os.walk(directory):
        for child in (Path(parent, name) for name in names):
            with suppress(OSError):
                if not child.is_symlink():
                    child.chmod(0o700)
    shutil.rmtree(directory, ignore_errors=True)
