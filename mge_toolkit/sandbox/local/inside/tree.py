"""The processes of one attempt: finding them, measuring them, ending them all."""

from __future__ import annotations

import os
import resource
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

_PAGE: Final = resource.getpagesize()
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_GRACE: Final = 0.01  # for helpers that end by themselves right after the program


@dataclass(kw_only=True)
class Reaped:
    """What the processes that ended so far used: CPU seconds, and the largest resident set of any, in bytes."""

    cpu: float = 0.0
    resident: int = 0

    def add(self, usage: resource.struct_rusage) -> None:
        """Count one process."""
        self.cpu += usage.ru_utime + usage.ru_stime
        self.resident = max(self.resident, usage.ru_maxrss * 1024)


class Tree(Protocol):
    """All processes that an attempt started, as its supervisor can reach them."""

    def kill(self) -> None:
        """Kill all that can be found."""

    def any(self) -> bool:
        """Return whether there is any."""

    def members(self) -> list[int]:
        """Return the ids of those that can be seen."""


class NamespaceTree:
    """All processes of a PID namespace but its first, which is the one that uses this."""

    def kill(self) -> None:
        """Kill them all at once: no fork comes between."""
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)

    def any(self) -> bool:
        """Return whether there is any."""
        try:
            os.kill(-1, 0)
        except ProcessLookupError:
            return False
        return True

    def members(self) -> list[int]:
        """Return the ids of those that can be seen."""
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


class DescendantTree:
    """All descendants of this process, which is a subreaper: none of them can get away from it.

    Without a PID namespace they have to be looked for, and may fork meanwhile. So forking is taken from
    all that are found before any is killed, until no new one is found.
    """

    def kill(self) -> None:
        """Kill all descendants."""
        seen: set[int] = set()
        while found := set(self.members()) - seen:
            for pid in found:
                with suppress(OSError):
                    resource.prlimit(pid, resource.RLIMIT_NPROC, (0, 0))
            seen |= found
        for pid in seen:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def any(self) -> bool:
        """Return whether there is any, dead but not collected ones included."""
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        return True

    def members(self) -> list[int]:
        """Return the ids of all descendants."""
        return descendants(os.getpid())


def _family() -> dict[int, list[int]]:
    """Return the children of every process that has any."""
    family: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                parent = int(_read(f"/proc/{name}/stat").rpartition(b")")[2].split()[1])
                family.setdefault(parent, []).append(int(name))
    return family


def children(parent: int) -> list[int]:
    """Return the ids of the processes directly below ``parent``."""
    return _family().get(parent, [])


def descendants(root: int) -> list[int]:
    """Return the ids of all processes below ``root``."""
    family = _family()
    found, at = [], [root]
    while at:
        below = family.get(at.pop(), [])
        found += below
        at += below
    return found


def measure(members: list[int]) -> tuple[float, int]:
    """Return the CPU seconds, of those they waited for too, and the resident bytes of processes."""
    cpu, resident = 0, 0
    for pid in members:
        with suppress(OSError, ValueError, IndexError):
            fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
            cpu += sum(map(int, fields[11:15]))
            resident += int(fields[21]) * _PAGE - _shared(pid)
    return cpu / _TICKS, resident


def proportional(members: list[int]) -> int:
    """Return the bytes of memory of processes, what they share counted once: exact, and slow."""
    total = 0
    for pid in members:
        with suppress(OSError, ValueError, IndexError):
            for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
                if line.startswith((b"Pss_Anon:", b"Pss_Shmem:")):
                    total += int(line.split()[1]) * 1024
    return total


def own_resident() -> int:
    """Return the resident bytes of this process, which its children start out with."""
    return int(_read("/proc/self/statm").split()[1]) * _PAGE


def _shared(pid: int) -> int:
    """Return the bytes that a process shares with files, which are no memory of its own."""
    return int(_read(f"/proc/{pid}/statm").split()[2]) * _PAGE


def _read(path: str) -> bytes:
    """Return the start of a small file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


def reap(reaped: Reaped, main: int | None = None) -> int | None:
    """Collect every process that has ended; return the status of ``main`` if it was among them."""
    status = None
    while True:
        try:
            pid, code, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        reaped.add(usage)
        if pid == main:
            status = code


def finish(tree: Tree, reaped: Reaped) -> bool:
    """Leave no process; return whether there were any that did not end by themselves."""
    reap(reaped)
    deadline = time.monotonic() + _GRACE
    while tree.any():
        if time.monotonic() > deadline:
            destroy(tree, reaped)
            return True
        time.sleep(0.001)
        reap(reaped)
    return False


def destroy(tree: Tree, reaped: Reaped) -> None:
    """Kill until nothing is left."""
    while True:
        tree.kill()
        try:
            _, _, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return
        reaped.add(usage)
        reap(reaped)
