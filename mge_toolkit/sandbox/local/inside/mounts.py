"""The file system that atoms see: a new root of read-only bind mounts, built once for each spawner.

The allow-list is given as host paths. Each keeps its path inside, symbolic links on the way to it
included, and the directories above it are made anew, so that what lies under a closed home directory stays
readable when whoever builds the root may read it.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from . import kernel

PLACE: Final = "/run"
"""Landlock looks at the parent of a mount point, not at the directory hidden below: writing is allowed here."""

BOX: Final = f"{PLACE}/atom"
WORK: Final = f"{BOX}/work"
TEMPORARY: Final = f"{BOX}/tmp"  # noqa: S108 - a private one
_ROOMS: Final = (WORK, TEMPORARY, f"{BOX}/shm")
_OLD: Final = "/.old"
_MOUNT_POINTS: Final = ("/tmp", "/var", "/usr", "/dev")  # noqa: S108 - any directory does, it is left at once
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
DEVICES: Final = tuple(f"/dev/{name}" for name in _DEVICES)
_LINKS: Final = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
    "/dev/shm": f"{BOX}/shm",  # noqa: S108 - a name to be made
    "/tmp": TEMPORARY,  # noqa: S108 - a name to be made
    "/var/tmp": TEMPORARY,  # noqa: S108 - a name to be made
}
SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC: Final = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/alternatives",
)
_FILES: Final = {
    "/etc/passwd": "root:x:0:0::/:/bin/sh\natom:x:1000:1000::/run/atom/work:/bin/sh\n",
    "/etc/group": "root:x:0:\natom:x:1000:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
READABLE: Final = (*SYSTEM, *_ETC)


def enter_new_root(readable: Iterable[str]) -> None:
    """Leave the host's file system for one of ``readable`` and what a program needs besides.

    Needs a mount namespace of its own and, for ``/proc``, the PID namespace that it is to show.
    """
    kernel.mount("", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    base = next(path for path in _MOUNT_POINTS if os.path.isdir(path))
    kernel.mount("tmpfs", base, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=4m,mode=755")
    os.mkdir(base + _OLD)
    kernel.pivot_root(base, base + _OLD)
    os.chdir("/")
    tree = _Tree()
    for path in (*READABLE, *readable):
        tree.show(path)
    _add_system_files()
    for path in ("/proc", BOX):
        os.makedirs(path, exist_ok=True)
    kernel.set_read_only("/", True, recursive=True)
    kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    kernel.unmount(_OLD)
    kernel.set_read_only("/", False)
    os.rmdir(_OLD)
    kernel.set_read_only("/", True)


class _Tree:
    """The new root while it grows out of the old one."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self._shown: list[str] = []

    def show(self, path: str) -> None:
        """Make ``path`` visible, by way of the links that lead to it. Leaves out what is not there."""
        for _ in range(40):  # links, one at a time; more than the kernel would follow
            link = self._first_link(path)
            if link is None:
                break
            at, target = link
            rest = path[len(at) :]
            path = posixpath.normpath(posixpath.join(posixpath.dirname(at), target)) + rest
        if self._is_shown(path):
            return
        source = _OLD + path
        try:
            mode = os.stat(source).st_mode
        except OSError:
            return
        self._bind(source, path, is_directory=stat.S_ISDIR(mode))
        self._shown.append(path)

    def _is_shown(self, path: str) -> bool:
        """Return whether ``path`` lies in what is shown already."""
        return any(path == top or path.startswith(top + "/") for top in self._shown)

    def _first_link(self, path: str) -> tuple[str, str] | None:
        """Copy and return the first symbolic link on the way to ``path``, with its target."""
        at = ""
        for part in path.split("/")[1:]:
            at = f"{at}/{part}"
            try:
                target = os.readlink(_OLD + at)
            except OSError:
                continue
            if not self._is_shown(at):
                os.makedirs(posixpath.dirname(at), exist_ok=True)
                with suppress(FileExistsError):
                    os.symlink(target, at)
            return at, target
        return None

    def _bind(self, source: str, path: str, *, is_directory: bool) -> None:
        """Mount ``source`` at ``path``, a directory or file made for it."""
        if is_directory:
            os.makedirs(path, exist_ok=True)
        else:
            os.makedirs(posixpath.dirname(path), exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.mount(source, path, None, kernel.MS_BIND | kernel.MS_REC)


def _add_system_files() -> None:
    """Make the few devices, links and files that programs expect everywhere."""
    for path in ("/dev", "/etc", "/var"):
        os.makedirs(path, exist_ok=True)
    for name in _DEVICES:
        path = f"/dev/{name}"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666))
        kernel.mount(_OLD + path, path, None, kernel.MS_BIND)
    for path, target in _LINKS.items():
        with suppress(FileExistsError):
            os.symlink(target, path)
    for path, text in _FILES.items():
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def mount_box(size: int) -> None:
    """Mount an empty, private, writable file system of ``size`` bytes."""
    kernel.mount("tmpfs", BOX, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, _box_options(size) + ",mode=755")
    for path in _ROOMS:
        os.mkdir(path, 0o755)


def renew_box() -> bool:
    """Make the box as it was when mounted; return whether that was possible, as nothing was left in it.

    An unmount waits for all processors of the machine; this takes microseconds.
    """
    try:
        for path in _ROOMS:
            os.rmdir(path)
        status = os.stat(BOX)
        if os.listdir(BOX) or os.listxattr(BOX) or status.st_mode & 0o7777 != 0o755 or status.st_nlink != 2:
            return False
        for path in _ROOMS:
            os.mkdir(path, 0o755)
    except OSError:
        return False
    return True


def resize_box(size: int) -> None:
    """Change the size of the box."""
    flags = kernel.MS_REMOUNT | kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", BOX, "tmpfs", flags, _box_options(size))


def _box_options(size: int) -> str:
    """Return the options that limit a tmpfs to ``size`` bytes."""
    return f"size={size},nr_inodes={max(size // 4096, 16) + 1024}"


def unmount_box() -> None:
    """Throw the box away with all that is in it."""
    kernel.unmount(BOX)


def mount_own_proc() -> None:
    """Mount a ``/proc`` that shows nothing but the processes of this PID namespace."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("proc", "/proc", "proc", flags, "subset=pid")
