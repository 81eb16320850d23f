"""The child's side of an attempt: from the fork to the program's first instruction."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from . import kernel, landlock, seccomp, wire

REPORT_DESCRIPTOR: Final = 900  # high, so that programs which close "all" descriptors leave it alone
_FILES: Final = 1024
_REPORT_HEAD: Final = 8
DEFAULT_ENVIRONMENT: Final = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "atom",
    "LOGNAME": "atom",
}


class Harness(Protocol):
    """The warm runner of the interpreter's own language."""

    def warm(self) -> None:
        """Run what makes later runs fast."""

    def touch(self) -> None:
        """Write to the memory that every program writes to, before one is waiting for it."""

    def run(self, payload: bytes, report: Callable[[bytes], None]) -> int:
        """Run the payload's program, report once, and return the exit code."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One attempt as the host asks for it. ``payload`` goes to the warm harness; without it ``argv`` is run.

    ``wall`` and ``cpu`` hold for the whole; ``own_wall`` and ``own_cpu`` from when the file ``started`` is there.
    """

    argv: tuple[str, ...]
    environment: dict[str, str]
    files: dict[str, bytes]
    read_only: frozenset[str]
    payload: bytes | None
    report: str
    loopback: bool
    started: str | None
    wall: float
    cpu: float
    own_wall: float
    own_cpu: float
    memory: int
    cpus: float
    processes: int
    output: int
    output_kill: int
    disk: int
    address_space: bool

    @classmethod
    def read(cls, header: dict[str, Any], blobs: list[bytes]) -> Request:
        """Return the request in a frame."""
        header.pop("op", None)
        names = [*header.pop("files"), *header["read_only"]]
        payload = blobs.pop() if header.pop("warm") else None
        header["argv"] = tuple(header["argv"])
        header["read_only"] = frozenset(header["read_only"])
        return cls(**header, files=dict(zip(names, blobs, strict=True)), payload=payload)


@dataclass(frozen=True, kw_only=True)
class Walls:
    """What was made ready for all children of a slot.

    ``baseline`` is the address space of the process that children are forked from; ``exact_memory`` says that
    something stricter than an address-space limit watches memory. ``capable`` says that there are capabilities
    to be dropped. ``ahead`` says that children get ready while another attempt runs, and so have time to spare.
    """

    filters: Mapping[bool, seccomp.Filter]
    harness: Harness | None
    exact_memory: bool
    capable: bool
    ahead: bool
    baseline: int


@dataclass(frozen=True, kw_only=True)
class Channels:
    """The child's ends: what becomes its streams, where it reports, and where it hears from its parent."""

    stdout: int
    stderr: int
    report: int
    status: socket.socket
    nonce: bytes


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one attempt works: ``box`` holds its directories; ``ruleset`` is the Landlock rules for it.

    ``own_processes`` are those of the same user that are no part of the attempt.
    """

    box: str
    ruleset: int | None
    own_processes: int = 1


def become(walls: Walls, place: Place, channels: Channels, *, loopback: bool) -> None:
    """Turn the forked child into the program that its parent then asks for. Never returns.

    A failure before the program starts is told to the parent.
    """
    code = 127
    try:
        _prepare(walls, place, channels, loopback=loopback)
        code = _start(walls, place, channels)
    except Exception as error:  # noqa: BLE001 - told to the parent, which tells the host
        with suppress(OSError):
            channels.status.send(f"E{type(error).__name__}: {error}".encode()[:4000])
    finally:
        os._exit(code)


def _prepare(walls: Walls, place: Place, channels: Channels, *, loopback: bool) -> None:
    """Go behind all walls that are the same for every program."""
    os.setsid()
    kernel.die_with_parent(signal.SIGKILL)
    kernel.control(kernel.PR_SET_DUMPABLE, 1)
    _adjust_memory_kill()
    os.chdir(f"{place.box}/work")
    _connect_streams(channels)
    _close_all_but(
        {channels.report, channels.status.fileno(), *(() if place.ruleset is None else (place.ruleset,))}
    )
    if walls.capable:
        kernel.drop_capabilities()
    kernel.no_new_privileges()
    if place.ruleset is not None:
        if not walls.capable:  # no PID namespace: the rules are what keeps other processes out of sight
            landlock.allow_own_process(place.ruleset)
        landlock.restrict(place.ruleset)
        os.close(place.ruleset)
    walls.filters[loopback].load()
    if walls.ahead and walls.harness is not None:
        walls.harness.touch()


def _start(walls: Walls, place: Place, channels: Channels) -> int:
    """Wait for the request and run its program; return the exit code where it is a warm one."""
    frame = wire.receive(channels.status, wire.Decoder())
    if frame is None:
        return 0
    request = Request.read(*frame)
    channels.status.send(b"S")
    _write_files(request)
    environment = environment_in(request.environment, place.box)
    _limit(request, walls, place)
    if request.payload is None:
        directory = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        socket.send_fds(channels.status, [b"D"], [directory])
        os.close(directory)
        os.close(channels.report)
        _restore_signals(warm=False)
        os.execve(request.argv[0], request.argv, environment)  # noqa: S606 - the walls are what protects
    if channels.report != REPORT_DESCRIPTOR:
        os.dup2(channels.report, REPORT_DESCRIPTOR, inheritable=False)
        os.close(channels.report)
    set_environment(environment)
    _restore_signals(warm=True)
    channels.status.close()
    return _run_warm(request.payload, walls, channels.nonce)


def _run_warm(payload: bytes, walls: Walls, nonce: bytes) -> int:
    """Hand the program to the warm harness, flush, and return the exit code."""
    if walls.harness is None:
        return 127
    try:
        return walls.harness.run(payload, lambda data: _report(nonce, data))
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()


def _report(nonce: bytes, data: bytes) -> None:
    """Write the report as one frame."""
    frame = memoryview(nonce + len(data).to_bytes(_REPORT_HEAD, "big") + data)
    while frame:
        frame = frame[os.write(REPORT_DESCRIPTOR, frame) :]


def find_report(received: bytes | bytearray, nonce: bytes) -> tuple[bytes | None, bool]:
    """Return the first complete report in what was received, and whether anything else was in it."""
    start = received.find(nonce)
    if start < 0:
        return None, bool(received)
    body = start + len(nonce) + _REPORT_HEAD
    size = int.from_bytes(received[body - _REPORT_HEAD : body], "big")
    if len(received) < body + size:
        return None, True
    with memoryview(received) as view:
        return bytes(view[body : body + size]), start > 0 or len(received) > body + size


def _adjust_memory_kill() -> None:
    """Offer this process, never the supervisor, when the group runs out of memory."""
    with suppress(OSError):
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(descriptor, b"1000")
        os.close(descriptor)


def _write_files(request: Request) -> None:
    """Put the program's files into the work directory."""
    for name, content in request.files.items():
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        mode = 0o444 if name in request.read_only else 0o644
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.close(descriptor)


def _connect_streams(channels: Channels) -> None:
    """Make the pipes standard output and error, and nothing standard input."""
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(channels.stdout, 1)
    os.dup2(channels.stderr, 2)


def environment_in(environment: dict[str, str], box: str) -> dict[str, str]:
    """Return the whole environment of a program that asks for ``environment``."""
    places = {"HOME": f"{box}/work", "PWD": f"{box}/work", "TMPDIR": f"{box}/tmp"}  # noqa: S108 - made for the attempt alone
    return DEFAULT_ENVIRONMENT | environment | places


def set_environment(environment: dict[str, str]) -> None:
    """Make ``environment`` this process's own."""
    if dict(os.environ) == environment:
        return
    for name in [name for name in os.environ if name not in environment]:
        del os.environ[name]
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _restore_signals(*, warm: bool) -> None:
    """Give signals the meaning that a program expects when it starts."""
    if warm:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    else:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def _limit(request: Request, walls: Walls, place: Place) -> None:
    """Set the resource limits."""
    seconds = int(request.cpu) + 2
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, max(request.disk, 4096)),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NPROC, request.processes + place.own_processes),
    ]
    if request.address_space:
        # Where something stricter watches, only absurd requests end here, as a MemoryError with a position.
        room = 4 * request.memory + (1 << 30) if walls.exact_memory else request.memory + (128 << 20)
        baseline = walls.baseline if request.payload is not None else 0
        limits.append((resource.RLIMIT_AS, baseline + room))
    for kind, value in limits:
        _, hard = resource.getrlimit(kind)
        capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (capped, capped))


def _close_all_but(keep: set[int]) -> None:
    """Close everything but the standard streams and ``keep``."""
    first = 3
    for descriptor in sorted(keep):
        kernel.close_from(first, descriptor - 1)
        first = descriptor + 1
    kernel.close_from(first)
