"""Control groups, version 1 or 2, where they are writable: memory, CPU and process limits for a slot.

The host finds where groups can be made (:func:`find_parents`), the spawner makes one for each slot and opens
its files, and the slot's supervisor uses those descriptors: no control file is visible inside.
"""

from __future__ import annotations

import errno
import os
import posixpath
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

ROOT: Final = "/sys/fs/cgroup"
CONTROLLERS: Final = ("memory", "cpu", "cpuacct", "pids")
PREFIX: Final = "mge-"
_PERIOD: Final = 100_000  # µs
_PATIENCE: Final = 10.0
_SLACK: Final = 0.04  # of a CPU, for the supervisor in the same group


def find_parents(root: str = ROOT, membership: str | None = None) -> dict[str, str]:
    """Return the directory to make groups in for each controller that can be used.

    A unified hierarchy (version 2) is found under the name ``""``. ``membership`` is the text of
    ``/proc/self/cgroup``.
    """
    if membership is None:
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            membership = file.read()
    lines = [line.split(":", 2) for line in membership.splitlines()]
    unified = next((path for number, names, path in lines if number == "0" and not names), None)
    if unified is not None and os.path.exists(f"{root}/cgroup.controllers"):
        parent = _unified_parent(root, unified)
        return {} if parent is None else {"": parent}
    parents = {}
    for _, names, path in lines:
        for name in set(names.split(",")) & set(CONTROLLERS):
            for mounted in (name, names):
                parent = _usable(f"{root}/{mounted}", path)
                if parent is not None:
                    parents[name] = parent
                    break
    return parents


def _usable(mounted: str, path: str) -> str | None:
    """Return where a version 1 hierarchy lets groups be made: beside this process, else at its root."""
    for candidate in (posixpath.normpath(mounted + path), mounted):
        if os.path.isdir(candidate):
            return candidate if _may_make(candidate) else None
    return None


def _may_make(directory: str) -> bool:
    """Return whether a group can be made in ``directory``, by making one."""
    probe = f"{directory}/{PREFIX}probe-{os.getpid()}"
    try:
        os.mkdir(probe)
    except OSError:
        return False
    with suppress(OSError):
        os.rmdir(probe)
    return True


def _unified_parent(root: str, path: str) -> str | None:
    """Return the nearest ancestor that hands its controllers down and may be written, if there is one.

    A group with processes in it cannot hand controllers down, so it is rarely this process's own; moving
    from here needs the ancestor's ``cgroup.procs``.
    """
    at = posixpath.normpath(path)
    while True:
        directory = posixpath.normpath(root + at)
        wanted = {"memory", "pids", "cpu"}
        handed = set(_read_text(f"{directory}/cgroup.subtree_control").split())
        available = set(_read_text(f"{directory}/cgroup.controllers").split())
        for name in sorted(wanted & available - handed):
            with suppress(OSError):
                _write_text(f"{directory}/cgroup.subtree_control", f"+{name}")
                handed.add(name)
        writable = os.access(f"{directory}/cgroup.procs", os.W_OK)
        if wanted & handed and writable and _may_make(directory):
            return directory
        if at in ("/", "."):
            return None
        at = posixpath.dirname(at)


def _read_text(path: str) -> str:
    """Return a control file's text, nothing where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _write_text(path: str, text: str) -> None:
    """Write to a control file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


class Parents:
    """Open directories in which groups are made, good after the host's file system has gone from view."""

    def __init__(self, directories: Mapping[str, str]) -> None:
        """Open ``directories`` as :func:`find_parents` returns them."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        self._open = {name: os.open(path, flags) for name, path in directories.items()}
        self.unified = "" in directories

    def make(self, name: str) -> SlotGroup:
        """Make the groups called ``name``, one in each hierarchy, and open their files."""
        opened: dict[str, int] = {}
        for controller, parent in self._open.items():
            with suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=parent)
            opened[controller] = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
        try:
            return SlotGroup(opened)
        finally:
            for descriptor in opened.values():
                os.close(descriptor)

    def memory_kills(self, name: str) -> int:
        """Return how many processes of the groups called ``name`` were killed for using too much memory."""
        kills = 0
        for parent in self._open.values():
            for file in ("memory.events", "memory.oom_control"):
                with suppress(OSError):
                    descriptor = os.open(f"{name}/{file}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=parent)
                    text = os.read(descriptor, 4096).decode()
                    os.close(descriptor)
                    words = text.split()
                    kills += int(words[words.index("oom_kill") + 1]) if "oom_kill" in words else 0
        return kills

    def remove(self, name: str) -> bool:
        """Remove the groups called ``name``; return whether none of them is left."""
        gone = True
        for parent in self._open.values():
            try:
                os.rmdir(name, dir_fd=parent)
            except FileNotFoundError:
                continue
            except OSError:
                gone = False
        return gone


class SlotGroup:
    """A slot's group in every hierarchy there is, as open files. Missing files mean that a limit is not held."""

    def __init__(self, directories: Mapping[str, int]) -> None:
        """Open the control files in ``directories``."""
        self._files: dict[str, int] = {}
        self._procs: list[int] = []
        for directory in directories.values():
            for name in (*_V1_FILES, *_V2_FILES):
                self._open(directory, name)
            with suppress(OSError):
                self._procs.append(os.open("cgroup.procs", os.O_WRONLY | os.O_CLOEXEC, dir_fd=directory))
        self._unified = "" in directories
        self._held: dict[str, str] = {}
        self._peak_resets = self._unified is False

    def _open(self, directory: int, name: str) -> None:
        """Open a control file for what it allows."""
        for mode in (os.O_RDWR, os.O_RDONLY):
            with suppress(OSError):
                self._files[name] = os.open(name, mode | os.O_CLOEXEC, dir_fd=directory)
                return

    @property
    def holds(self) -> set[str]:
        """Return which of ``memory``, ``cpu``, ``pids`` and ``cpuacct`` are there."""
        names = {
            "memory": ("memory.max", "memory.limit_in_bytes"),
            "cpu": ("cpu.max", "cpu.cfs_quota_us"),
            "pids": ("pids.max",),
            "cpuacct": ("cpu.stat", "cpuacct.usage"),
        }
        return {name for name, files in names.items() if any(file in self._files for file in files)}

    def enter(self) -> None:
        """Move this process into the group."""
        for descriptor in self._procs:
            os.write(descriptor, b"0")

    def close(self) -> None:
        """Close the files."""
        for descriptor in (*self._files.values(), *self._procs):
            os.close(descriptor)
        self._files, self._procs = {}, []

    def descriptors(self) -> set[int]:
        """Return the descriptors that must stay open."""
        return {*self._files.values(), *self._procs}

    def limit(self, memory: int, processes: int) -> None:
        """Set the limits, each only where it changes. Both include what the supervisor uses."""
        if self._unified:
            self._set("memory.swap.max", "0")
            self._set("memory.max", str(memory))
        else:
            self._set_memory(memory)
        self._set("pids.max", str(processes))

    def throttle(self, cpus: float | None) -> None:
        """Hold the group to ``cpus``, or, with ``None``, to nothing.

        The supervisor is in the group too: nothing may be held while it makes the next child ready.
        """
        if self._unified:
            quota = "max" if cpus is None else str(int((cpus + _SLACK) * _PERIOD))
            self._set("cpu.max", f"{quota} {_PERIOD}")
        else:
            self._set("cpu.cfs_quota_us", "-1" if cpus is None else str(int((cpus + _SLACK) * _PERIOD)))

    def _set_memory(self, memory: int) -> None:
        """Set version 1's limits of memory and memory with swap; the first may never exceed the second."""
        names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                for name in names:
                    self._set(name, str(memory))
            except OSError as error:
                if error.errno == errno.EBUSY and time.monotonic() < deadline:
                    time.sleep(0.005)  # what the last attempt left in System V memory is freed late
                    continue
                for name in reversed(names):  # the first is being raised past the second
                    self._set(name, str(memory))
            return

    def _set(self, name: str, value: str) -> None:
        """Write ``value`` unless it is there already."""
        if name in self._files and self._held.get(name) != value:
            os.pwrite(self._files[name], value.encode(), 0)
            self._held[name] = value

    def _text(self, name: str) -> str:
        """Return the text of a control file, nothing where there is none."""
        descriptor = self._files.get(name)
        return "" if descriptor is None else os.pread(descriptor, 4096, 0).decode()

    def _number(self, name: str) -> int | None:
        """Return the number in a control file."""
        text = self._text(name)
        return int(text) if text.strip().isdigit() else None

    def _field(self, name: str, field: str) -> int | None:
        """Return one of the numbers in a control file of ``name value`` lines."""
        for line in self._text(name).splitlines():
            key, _, value = line.partition(" ")
            if key == field:
                return int(value)
        return None

    def cpu_seconds(self) -> float | None:
        """Return the CPU time that all processes of the group ever used."""
        if self._unified:
            micro = self._field("cpu.stat", "usage_usec")
            return None if micro is None else micro / 1e6
        nano = self._number("cpuacct.usage")
        return None if nano is None else nano / 1e9

    def memory_kills(self) -> int:
        """Return how many processes were killed for using too much memory."""
        name = "memory.events" if self._unified else "memory.oom_control"
        return self._field(name, "oom_kill") or 0

    def memory_in_use(self) -> int | None:
        """Return the bytes in use now, and start measuring the peak anew."""
        if self._unified:
            if "memory.peak" in self._files:
                with suppress(OSError):
                    os.pwrite(self._files["memory.peak"], b"0", 0)
                    self._peak_resets = True
            return self._number("memory.current")
        if "memory.max_usage_in_bytes" in self._files:
            os.pwrite(self._files["memory.max_usage_in_bytes"], b"0", 0)
        return self._number("memory.usage_in_bytes")

    def memory_peak(self) -> int | None:
        """Return the most bytes in use since :meth:`memory_in_use`, ``None`` where it cannot be told."""
        if not self._peak_resets:
            return None
        return self._number("memory.peak" if self._unified else "memory.max_usage_in_bytes")


_V1_FILES: Final = (
    "memory.limit_in_bytes",
    "memory.memsw.limit_in_bytes",
    "memory.usage_in_bytes",
    "memory.max_usage_in_bytes",
    "memory.oom_control",
    "cpu.cfs_quota_us",
    "cpuacct.usage",
    "pids.max",
)
_V2_FILES: Final = (
    "memory.max",
    "memory.swap.max",
    "memory.current",
    "memory.peak",
    "memory.events",
    "cpu.max",
    "cpu.stat",
)


def remove(directories: Iterable[str], prefix: str, patience: float = 1.0) -> None:
    """Remove the groups whose names start with ``prefix``, waiting for the last process to be gone from them."""
    deadline = time.monotonic() + patience
    for directory in directories:
        try:
            names = [name for name in os.listdir(directory) if name.startswith(prefix)]
        except OSError:
            continue
        for name in names:
            while True:
                try:
                    os.rmdir(f"{directory}/{name}")
                except FileNotFoundError:
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.005)
                    continue
                break
