"""Start a Python program as another user, or where user namespaces are refused, or without Landlock.

Run as ``python launcher.py SETTINGS PROGRAM ARGUMENT…``; SETTINGS is JSON: ``user`` (id to become),
``refuse`` (``namespaces``, ``landlock``), ``closed`` (a directory to be closed to all others).
"""

from __future__ import annotations

import ctypes
import json
import os
import stat
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

from mge_toolkit.sandbox.local.inside import kernel, seccomp

_NUMBERS = {"x86_64": (272, 56, 435), "aarch64": (97, 220, 435)}  # unshare, clone, clone3
_LANDLOCK = 444
_NEW_USER = 0x10000000


def _filter(refused: list[str]) -> bytes:
    """Return a filter under which what is ``refused`` fails as it does where an administrator forbids it."""
    unshare, clone, clone3 = _NUMBERS[kernel.MACHINE]
    load_number, allow = (0x20, 0, 0, 0), (0x06, 0, 0, 0x7FFF0000)
    program = []
    if "namespaces" in refused:
        for number in (unshare, clone):
            # Every namespace, as container engines refuse them; a plain fork stays possible.
            program += [load_number, (0x15, 0, 3, number), (0x20, 0, 0, 16), (0x45, 0, 1, 0x7E020000)]
            program += [(0x06, 0, 0, 0x00050001)]
        program += [load_number, (0x15, 0, 1, clone3), (0x06, 0, 0, 0x00050026)]
    if "landlock" in refused:
        program += [load_number, (0x15, 0, 1, _LANDLOCK), (0x06, 0, 0, 0x00050026)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in [*program, allow])


def _open_the_way(path: Path) -> None:
    """Let everyone reach ``path``, in the mount namespace of this process: open its closed parent."""
    for parent in reversed(path.parents):
        if parent.stat().st_mode & stat.S_IXOTH:
            continue
        keep = tempfile.mkdtemp()
        kernel.mount(str(path), keep, None, kernel.MS_BIND | kernel.MS_REC)
        kernel.mount("tmpfs", str(parent), "tmpfs", 0, "mode=755")
        path.mkdir(parents=True)
        kernel.mount(keep, str(path), None, kernel.MS_BIND | kernel.MS_REC)
        kernel.unmount(keep)
        Path(keep).rmdir()
        return


def _become(user: int) -> None:
    """Become ``user`` for good, with everything that Python needs within reach."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    for path in {sys.base_prefix, sys.prefix, str(Path(__file__).parents[3])}:
        _open_the_way(Path(path))
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def main() -> None:
    """Set the stage and start the program."""
    settings: dict[str, Any] = json.loads(sys.argv[1])
    if settings.get("user") is not None and os.geteuid() == 0:
        _become(settings["user"])
    if settings.get("refuse"):
        kernel.no_new_privileges()
        seccomp.Filter(_filter(settings["refuse"])).load()
    os.execve(sys.executable, [sys.executable, *sys.argv[2:]], os.environ)


if __name__ == "__main__":
    ctypes.set_errno(0)
    main()
