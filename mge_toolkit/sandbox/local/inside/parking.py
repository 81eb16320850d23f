"""Children that are behind their walls before there is anything to run."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from . import attempt, kernel

_CHUNK: Final = 1 << 16
_REPORT_MAXIMUM: Final = 64 << 20


@dataclass(kw_only=True)
class Capture:
    """What came through one pipe: ``kept`` of ``total`` bytes."""

    descriptor: int
    limit: int = 0
    kept: bytearray = field(default_factory=bytearray)
    total: int = 0

    def pump(self) -> bool:
        """Read once; return whether there may be more to come."""
        try:
            data = os.read(self.descriptor, _CHUNK)
        except BlockingIOError:
            return True
        self._take(data)
        return bool(data)

    def drain(self) -> None:
        """Read what is left in the pipe, and close it."""
        with suppress(BlockingIOError, OSError):
            while data := os.read(self.descriptor, _CHUNK):
                self._take(data)
        os.close(self.descriptor)

    def _take(self, data: bytes) -> None:
        """Count what was read, keep what there is room for, and wipe the rest."""
        self.total += len(data)
        room = self.limit - len(self.kept)
        if room > 0:
            with memoryview(data) as view:
                self.kept += view[:room]
        kernel.wipe(data)


@dataclass(kw_only=True)
class Parked:
    """A child that is behind its walls already and waits to be told what to run."""

    pid: int
    loopback: bool
    status: socket.socket
    out: Capture
    err: Capture
    report: Capture
    nonce: bytes

    def descriptors(self) -> tuple[int, ...]:
        """Return this process's ends."""
        return self.out.descriptor, self.err.descriptor, self.report.descriptor, self.status.fileno()


def park(walls: attempt.Walls, place: attempt.Place, *, loopback: bool) -> Parked:
    """Fork a child and let it raise its walls."""
    (out, out_end), (err, err_end), (rep, rep_end) = (os.pipe2(os.O_CLOEXEC) for _ in range(3))
    here, there = socket.socketpair()
    nonce = os.urandom(16)
    pid = os.fork()
    if pid == 0:
        channels = attempt.Channels(stdout=out_end, stderr=err_end, report=rep_end, status=there, nonce=nonce)
        attempt.become(walls, place, channels, loopback=loopback)
    there.close()
    for descriptor in (out_end, err_end, rep_end):
        os.close(descriptor)
    for descriptor in (out, err, rep):
        os.set_blocking(descriptor, False)
    return Parked(
        pid=pid,
        loopback=loopback,
        status=here,
        out=Capture(descriptor=out),
        err=Capture(descriptor=err),
        report=Capture(descriptor=rep, limit=_REPORT_MAXIMUM),
        nonce=nonce,
    )
