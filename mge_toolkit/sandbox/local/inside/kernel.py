"""The system calls that Python does not offer, through the C library."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Final

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18
MNT_DETACH: Final = 2

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_KEEPCAPS: Final = 8
PR_CAPBSET_DROP: Final = 24
_CAP_DAC_READ_SEARCH: Final = 2
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47

MACHINE: Final = os.uname().machine
_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}
_CLOSE_RANGE: Final = 436
_MOUNT_SETATTR: Final = 442
_AT_RECURSIVE: Final = 0x8000
_AT_FDCWD: Final = -100
_M_ARENA_MAX: Final = -8

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long
_CAPABILITY_HEADER: Final = struct.pack("=II", 0x20080522, 0)
_NO_CAPABILITIES: Final = bytes(24)


_BYTES_HEAD: Final = bytes.__basicsize__ - 1


def wipe(*buffers: bytes | bytearray) -> None:
    """Overwrite ``buffers``, which nobody may use again: processes forked later must not find them."""
    for buffer in buffers:
        if isinstance(buffer, bytearray):
            buffer[:] = bytes(len(buffer))
        elif len(buffer) > 1:  # the shortest are shared by everyone
            ctypes.memset(id(buffer) + _BYTES_HEAD, 0, len(buffer))


def _check(result: int, what: str) -> int:
    """Return ``result``, or raise the ``OSError`` that it stands for."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def system_call(what: str, number: int, *arguments: int | bytes | None) -> int:
    """Make the system call ``number``; ``what`` names it in errors."""
    converted = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    return _check(_syscall(ctypes.c_long(number), *converted), what)


def unshare(flags: int) -> None:
    """Leave the namespaces in ``flags`` for new ones."""
    _check(_libc.unshare(flags), f"unshare({flags:#x})")


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount ``source`` at ``target``."""
    arguments = (source.encode(), target.encode(), None if kind is None else kind.encode())
    _check(
        _libc.mount(*arguments, ctypes.c_ulong(flags), data.encode()), f"mount({source}, {target}, {kind})"
    )


def unmount(target: str) -> None:
    """Detach what is mounted at ``target``."""
    _check(_libc.umount2(target.encode(), MNT_DETACH), f"umount({target})")


def set_read_only(target: str, read_only: bool, *, recursive: bool = False) -> None:
    """Make a mount, or all that is mounted beneath ``target``, read-only or writable, without set-user-id bits."""
    wanted = (MS_RDONLY | MS_NOSUID, 0) if read_only else (0, MS_RDONLY)
    attributes = struct.pack("=QQQQ", *wanted, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    size = len(attributes)
    system_call("mount_setattr", _MOUNT_SETATTR, _AT_FDCWD, target.encode(), flags, attributes, size)


def pivot_root(new_root: str, put_old: str) -> None:
    """Make ``new_root`` the root and keep the old one at ``put_old``."""
    system_call("pivot_root", _PIVOT_ROOT[MACHINE], new_root.encode(), put_old.encode())


def control(option: int, argument: int = 0, what: str = "prctl") -> None:
    """Call ``prctl``."""
    zero = ctypes.c_ulong(0)
    _check(_libc.prctl(option, ctypes.c_ulong(argument), zero, zero, zero), f"{what}({option})")


def die_with_parent(signal_number: int) -> None:
    """Have ``signal_number`` sent to this process when the thread that forked it ends."""
    control(PR_SET_PDEATHSIG, signal_number)


def drop_bounding_set() -> None:
    """Bar every capability from being gained by an exec, now and in all descendants."""
    for capability in range(64):
        try:
            control(PR_CAPBSET_DROP, capability)
        except OSError:
            return  # past the last capability that this kernel knows


def drop_capabilities() -> None:
    """Give up all capabilities, for good."""
    _check(_libc.capset(_CAPABILITY_HEADER, _NO_CAPABILITIES), "capset")


def keep_reading() -> None:
    """Let the next change of user keep the permitted capabilities."""
    control(PR_SET_KEEPCAPS, 1)


def use_reading(*, needed: bool) -> None:
    """Keep no capability but the one to read and search anything, and that only if it is ``needed``.

    For a process that Landlock then confines to an allow-list: it reaches what lies there under a closed
    directory. Where it is not permitted, nothing is kept.
    """
    bit = 1 << _CAP_DAC_READ_SEARCH
    if needed:
        granted = struct.pack("=6I", bit, bit, bit, 0, 0, 0)
        if _libc.capset(_CAPABILITY_HEADER, granted) == 0:
            _libc.prctl(PR_CAP_AMBIENT, *map(ctypes.c_ulong, (2, _CAP_DAC_READ_SEARCH, 0, 0)))
            return
    drop_capabilities()


def no_new_privileges() -> None:
    """Let no exec grant anything from here on."""
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))), "no_new_privs")


def close_from(first: int, last: int = 0xFFFFFFFF) -> None:
    """Close all descriptors from ``first`` to ``last``."""
    if first <= last:
        system_call("close_range", _CLOSE_RANGE, first, last, 0)


def one_arena() -> None:
    """Keep the C library from reserving address space for each thread, which an address-space limit counts."""
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(_M_ARENA_MAX, 2)


def load_filter(address: int) -> int:
    """Load the seccomp filter at ``address`` and return 0 or the error's number."""
    arguments = map(ctypes.c_ulong, (2, address, 0, 0))
    return 0 if _libc.prctl(22, *arguments) == 0 else ctypes.get_errno()
