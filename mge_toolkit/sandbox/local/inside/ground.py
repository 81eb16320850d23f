"""Where attempts work: made before each, cleared after it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from . import kernel, landlock, mounts
from .attempt import Place

_DISK: Final = 64 << 20
_INTERVAL: Final = 0.02


class Ground(Protocol):
    """Makes one place after another. ``sampled`` is whether its size has to be looked at."""

    sampled: bool

    def prepare(self) -> Place:
        """Return a place for the next attempt."""

    def resize(self, size: int) -> None:
        """Let the place hold ``size`` bytes."""

    def size_exceeded(self, members: Sequence[int]) -> bool:
        """Return whether ``members`` keep more there than they may, where nothing stricter watches."""

    def clear(self) -> None:
        """Remove the place. No process works there any more."""

    def descriptors(self) -> set[int]:
        """Return the descriptors that must stay open."""


class MountedGround:
    """A fresh tmpfs, at the same path each time, in the slot's mount namespace; and a fresh IPC namespace."""

    sampled = False

    def __init__(self, ruleset: int | None) -> None:
        """Take the rules that serve all places."""
        self._place = Place(box=mounts.BOX, ruleset=ruleset)
        self._size = _DISK
        self._mounted = False

    def prepare(self) -> Place:
        """Return the place, with nothing in it."""
        kernel.unshare(kernel.CLONE_NEWIPC)
        if not self._mounted:
            mounts.mount_box(self._size)
            self._mounted = True
        return self._place

    def resize(self, size: int) -> None:
        """Let the place hold ``size`` bytes."""
        if size != self._size:
            mounts.resize_box(size)
            self._size = size

    def size_exceeded(self, members: Sequence[int]) -> bool:
        """Return false: the kernel watches."""
        return False

    def clear(self) -> None:
        """Make the place as good as new; throw the mount away where that takes more than a moment."""
        if self._mounted and not mounts.renew_box():
            mounts.unmount_box()
            self._mounted = False

    def descriptors(self) -> set[int]:
        """Return the rules."""
        return set() if self._place.ruleset is None else {self._place.ruleset}


class DirectoryGround:
    """A fresh directory on the host's disk, under rules of its own; its size is looked at now and then."""

    sampled = True

    def __init__(self, parent: str, readable: Sequence[str], *, shared_user: bool) -> None:
        """Make directories in ``parent``; let attempts read what lies beneath ``readable``.

        ``shared_user`` says that the user has processes besides those of the slot.
        """
        self._shared_user = shared_user
        self._parent = parent
        self._readable = readable
        self._size = _DISK
        self._box = ""
        self._next_look = 0.0
        self._attempts = 0
        self._ruleset: int | None = None

    def prepare(self) -> Place:
        """Return a new directory with rules that allow writing there alone."""
        self._attempts += 1
        self._box = f"{self._parent}/{os.getpid()}-{self._attempts}"
        os.mkdir(self._box, 0o700)
        for name in ("work", "tmp"):
            os.mkdir(f"{self._box}/{name}")
        if landlock.abi():
            rules = landlock.Ruleset(tcp=False)
            rules.allow_reading(self._readable)
            rules.allow_writing([self._box, *mounts.DEVICES])
            self._ruleset = rules.descriptor
        return Place(box=self._box, ruleset=self._ruleset, own_processes=self._own_processes())

    def resize(self, size: int) -> None:
        """Let the place hold ``size`` bytes."""
        self._size = size

    def size_exceeded(self, members: Sequence[int]) -> bool:
        """Return whether more is in the directory than may be."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        total = self._measure() + _measure_unlinked(members)
        self._next_look = now + max(_INTERVAL, 10 * (time.monotonic() - now))
        return total > self._size

    def _measure(self) -> int:
        """Return how much the directory holds, or more than it may as soon as that is certain."""
        total = 0
        for folder, _, names in os.walk(self._box):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(f"{folder}/{name}").st_blocks * 512
            if total > self._size:
                break
        return total

    def clear(self) -> None:
        """Remove the directory, whatever modes were left in it."""
        if self._ruleset is not None:
            os.close(self._ruleset)
            self._ruleset = None
        remove_tree(self._box)

    def descriptors(self) -> set[int]:
        """Return the rules."""
        return set() if self._ruleset is None else {self._ruleset}

    def _own_processes(self) -> int:
        """Return how many threads the user has already, which a limit of processes counts."""
        if not self._shared_user:
            return 1
        user, count = os.getuid(), 0
        for name in os.listdir("/proc"):
            if name.isdigit():
                with suppress(OSError):
                    if os.stat(f"/proc/{name}").st_uid == user:
                        count += len(os.listdir(f"/proc/{name}/task"))
        return count


def _measure_unlinked(members: Sequence[int]) -> int:
    """Return how much is in open files that have no name any more."""
    sizes: dict[tuple[int, int], int] = {}
    for pid in members:
        with suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with suppress(OSError):
                    status = os.stat(f"/proc/{pid}/fd/{name}")
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())


def remove_tree(top: str) -> None:
    """Remove a directory and all in it, whatever modes were left there. No process works there any more."""
    for folder, names, _ in os.walk(top):
        for name in names:
            with suppress(OSError):
                path = f"{folder}/{name}"
                if stat.S_ISDIR(os.lstat(path).st_mode):
                    os.chmod(path, 0o700)
    for folder, names, files in os.walk(top, topdown=False):
        for name in files:
            with suppress(OSError):
                os.unlink(f"{folder}/{name}")
        for name in names:
            with suppress(OSError):
                path = f"{folder}/{name}"
                os.unlink(path) if os.path.islink(path) else os.rmdir(path)
    with suppress(OSError):
        os.rmdir(top)
