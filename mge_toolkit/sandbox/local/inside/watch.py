"""One attempt under watch: from its request to its last process, and what was seen of it."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from . import attempt, kernel, wire
from .tree import Reaped, destroy, finish, measure, own_resident, proportional, reap

if TYPE_CHECKING:
    from .parking import Parked
    from .slot import Supervisor

_FILE_MAXIMUM: Final = 64 << 20
_POLL: Final = 0.01
_GLANCE: Final = 0.25  # seconds between looks at whether the kernel had to kill for memory
_CERTAIN: Final = 8 << 20  # less than this is lost in what a child starts out with
_UNTHROTTLED: Final = 0.02  # what is over by then is not worth two writes to the group


class Watch:
    """One attempt from its request to its last process."""

    def __init__(self, slot: Supervisor, request: attempt.Request, parked: Parked) -> None:
        """Take the measure of the slot before anything runs."""
        self.slot = slot
        self.request = request
        self.group = slot.group
        self.parked = parked
        self.out, self.err, self.report = parked.out, parked.err, parked.report
        self.out.limit = self.err.limit = request.output
        self.limit: str | None = None
        self.throttled = False
        self.cancelled = False
        self.status: int | None = None
        self.left = False
        self.wall = 0.0
        self.waits_for_own_code = request.started is not None
        self.wall_limit, self.cpu_limit = request.wall, request.cpu
        self.reaped = Reaped()
        self.sampled_memory = 0
        self.kills = self.group.memory_kills() if self.group is not None else 0
        self.memory = self.group.memory_in_use() if self.group is not None else None
        self.cpu = self.group.cpu_seconds() if self.group is not None else None
        self.own_cpu = time.process_time()
        self.own_resident = own_resident() if self.memory is None else 0

    def run(self, raw: bytes) -> None:
        """Start the program, watch it, and clear up after it."""
        self.started = time.monotonic()
        with suppress(OSError):  # a child that could not raise its walls is gone, and has said why
            self.parked.status.sendall(raw)
        self._watch()
        if self.status is None:
            self.slot.tree.kill()
            _, self.status, usage = os.wait4(self.parked.pid, 0)
            self.wall = time.monotonic() - self.started
            self.reaped.add(usage)
            destroy(self.slot.tree, self.reaped)
        else:
            self.left = finish(self.slot.tree, self.reaped)
        if self.group is not None:
            self.group.throttle(None)
        for capture in (self.out, self.err, self.report):
            capture.drain()

    def _watch(self) -> None:
        """Pass on what comes, until the program has ended or a limit is passed."""
        child = os.pidfd_open(self.parked.pid)
        poller = select.poll()
        captures = {capture.descriptor: capture for capture in (self.out, self.err, self.report)}
        for descriptor in (*captures, child, self.slot.connection.fileno(), *self.slot.lifelines):
            poller.register(descriptor, select.POLLIN)
        try:
            while self.limit is None and self.status is None and not self.cancelled:
                for descriptor, _ in poller.poll(self._patience() * 1000):
                    if descriptor == child:
                        self._reap()
                        return
                    if descriptor in captures:
                        if not captures[descriptor].pump():
                            poller.unregister(descriptor)
                    else:
                        self._hear_host(descriptor)
                self._judge()
        finally:
            os.close(child)

    def _hear_host(self, descriptor: int) -> None:
        """End with the host or the spawner, or cancel for the host."""
        if descriptor != self.slot.connection.fileno() or not self.slot.connection.recv(1 << 16):
            self.slot.abandon()
            os._exit(0)
        self.cancelled = True

    def _reap(self) -> None:
        """Collect what has ended; the program itself may be among it."""
        status = reap(self.reaped, self.parked.pid)
        if status is not None:
            self.status = status
            self.wall = time.monotonic() - self.started

    @property
    def _samples(self) -> bool:
        """Whether processes have to be looked at one by one, as no control group measures them."""
        return self.cpu is None or self.memory is None

    def _patience(self) -> float:
        """Return how long nothing needs to be looked at, in seconds."""
        now = time.monotonic()
        left = self.started + self.wall_limit - now
        if self.waits_for_own_code:
            left = min(left, _POLL)
        left = min(left, _GLANCE if self.throttled else self.started + _UNTHROTTLED - now)
        if self._samples or self.slot.ground.sampled:
            return max(min(left, _POLL), 0)
        cpus = self.request.cpus * 1.1 if "cpu" in self.slot.holds else os.cpu_count() or 1
        return max(min(left, (self.cpu_limit - self._cpu_used()) / cpus), 0.002)

    def _cpu_used(self) -> float:
        """Return the CPU seconds used so far; without a control group, those of ended processes alone."""
        if self.group is not None and self.cpu is not None:
            used = (self.group.cpu_seconds() or 0.0) - self.cpu - (time.process_time() - self.own_cpu)
            return max(used, 0.0)
        return self.reaped.cpu

    def _judge(self) -> None:
        """Find out whether a limit is passed."""
        request = self.request
        if not self.throttled and time.monotonic() - self.started >= _UNTHROTTLED:
            self.throttled = True
            if self.group is not None:
                self.group.throttle(request.cpus)
        resident, cpu = 0, self._cpu_used()
        if self._samples:
            self._reap()
            members = self.slot.tree.members()
            living, resident = measure(members)
            if (
                self.memory is None and resident > request.memory
            ):  # pages shared after a fork count more than once
                resident = proportional(members)
                self.sampled_memory = max(self.sampled_memory, resident)
            if self.cpu is None:
                cpu = self.reaped.cpu + living
        if self.status is not None:
            return
        if self.waits_for_own_code:
            self._look_for_own_code(cpu)
        if self.out.total + self.err.total > request.output_kill:
            self.limit = "output"
        elif cpu >= self.cpu_limit:
            self.limit = "cpu"
        elif self._killed_for_memory() or (self.memory is None and resident > request.memory):
            self.limit = "memory"
        elif time.monotonic() - self.started >= self.wall_limit:
            self.limit = "wall"
        elif self.slot.ground.sampled and self.slot.ground.size_exceeded(self.slot.tree.members()):
            self.limit = "output"

    def _look_for_own_code(self, cpu: float) -> None:
        """Let the atom's own limits of time hold once its dependencies are done; the whole's stay the most."""
        if self.request.started is None or not os.path.lexists(
            f"{self.slot.box}/work/{self.request.started}"
        ):
            return
        self.waits_for_own_code = False
        gone = time.monotonic() - self.started
        self.wall_limit = min(self.wall_limit, gone + self.request.own_wall)
        self.cpu_limit = min(self.cpu_limit, cpu + self.request.own_cpu)

    def _killed_for_memory(self) -> bool:
        """Return whether the kernel killed a process of the group for its memory."""
        return self.group is not None and self.group.memory_kills() > self.kills

    def answer(self) -> wire.Frame:
        """Return what was seen as a frame."""
        failure, directory = self._status_message()
        code = os.waitstatus_to_exitcode(self.status or 0)
        report, forged = self._read_report(directory)
        if self.limit is None and code == -signal.SIGKILL and self._killed_for_memory():
            self.limit = "memory"
        if code == -signal.SIGXCPU and self.limit is None:
            self.limit = "cpu"
        retire = self.left or self.limit is not None or self.cancelled or failure is not None
        flags = {
            "processes_left": self.left,
            "report_forged": forged,
            "output_truncated": self.out.total > len(self.out.kept) or self.err.total > len(self.err.kept),
        }
        header: dict[str, Any] = {
            "op": "failed" if failure is not None else "done",
            "message": failure,
            "cancelled": self.cancelled,
            "retire": retire or self.request.loopback,
            "exit_code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "limit": self.limit,
            "flags": [name for name, holds in flags.items() if holds],
            "wall": self.wall,
            "cpu": self._cpu_used() if self.cpu is not None else self.reaped.cpu,
            "peak": self._peak(),
            "totals": [self.out.total, self.err.total],
            "reported": report is not None,
        }
        contents = [bytes(self.out.kept), bytes(self.err.kept), report or b""]
        kernel.wipe(self.out.kept, self.err.kept, self.report.kept)
        return header, contents

    def _peak(self) -> int | None:
        """Return the attempt's peak memory, by the group or as resident pages over the supervisor's own."""
        if self.group is not None and self.memory is not None:
            peak = self.group.memory_peak()
            return None if peak is None else max(peak - self.memory, 0)
        peak = max(self.sampled_memory, self.reaped.resident - self.own_resident)
        return peak if peak > _CERTAIN else None

    def _status_message(self) -> tuple[str | None, int | None]:
        """Return why the program could not be started, and its work directory if it was handed over."""
        directory: int | None = None
        said = b""
        with suppress(BlockingIOError, ConnectionResetError):
            while True:
                data, descriptors, _, _ = socket.recv_fds(self.parked.status, 8192, 1, socket.MSG_DONTWAIT)
                said += data
                directory = descriptors[0] if descriptors else directory
                if not data:
                    break
        self.parked.status.close()
        begun = said.startswith(b"S")
        said = said.removeprefix(b"S").removeprefix(b"D")
        if said:
            return said[1:].decode("utf-8", "replace"), directory
        if not begun and self.limit is None and not self.cancelled:
            return "the process that was to become it was ended from outside", directory
        return None, directory

    def _read_report(self, directory: int | None) -> tuple[bytes | None, bool]:
        """Return the report, if there is one, and whether anything else tried to be one."""
        if self.request.payload is not None:
            return attempt.find_report(self.report.kept, self.parked.nonce)
        if directory is None:
            return None, False
        try:
            return read_planted_file(directory, self.request.report), False
        finally:
            os.close(directory)


def read_planted_file(directory: int, name: str) -> bytes | None:
    """Return the content of a file that a program left; only a regular file of reasonable size counts."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        descriptor = os.open(name, flags, dir_fd=directory)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if (status.st_mode & 0o170000) != 0o100000 or status.st_size > _FILE_MAXIMUM:
            return None
        return b"".join(iter(lambda: os.read(descriptor, 1 << 20), b""))
    finally:
        os.close(descriptor)
