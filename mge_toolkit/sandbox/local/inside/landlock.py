"""Landlock: a filter on paths, TCP ports, signals and abstract sockets that a process puts on itself."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from . import kernel

_CREATE: Final = 444
_ADD: Final = 445
_RESTRICT: Final = 446
_PATH_BENEATH: Final = 1

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_TRUNCATE: Final = 1 << 14
_IOCTL_DEVICE: Final = 1 << 15
_DEVICES: Final = 1 << 6 | 1 << 11  # making character and block devices
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_RIGHTS_BY_ABI: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_RIGHTS: Final = (1 << 16) - 1
_TCP: Final = 0b11
_SCOPES: Final = 0b11  # abstract sockets and signals
SCOPING_ABI: Final = 6


def abi() -> int:
    """Return the version of Landlock that this kernel offers, 0 where it offers none."""
    try:
        return kernel.system_call("landlock", _CREATE, None, 0, 1)
    except OSError:
        return 0


class Ruleset:
    """A set of rules under construction. ``descriptor`` is what :func:`restrict` takes."""

    def __init__(self, *, tcp: bool) -> None:
        """Start with everything denied that this kernel can deny; ``tcp`` keeps TCP allowed."""
        version = abi()
        self._rights = _RIGHTS_BY_ABI.get(version, _ALL_RIGHTS)
        fields = [self._rights]
        if version >= 4:
            fields.append(0 if tcp else _TCP)
        if version >= SCOPING_ABI:
            fields.append(_SCOPES)
        attributes = struct.pack(f"={len(fields)}Q", *fields)
        self.descriptor = kernel.system_call(
            "landlock_create_ruleset", _CREATE, attributes, len(attributes), 0
        )

    def allow_reading(self, paths: Iterable[str]) -> None:
        """Allow reading and executing what lies beneath ``paths``; those that are not there are left out."""
        for path in paths:
            self._allow(path, _READ)

    def allow_writing(self, paths: Iterable[str]) -> None:
        """Allow everything but devices beneath ``paths``."""
        for path in paths:
            self._allow(path, self._rights & ~_DEVICES)

    def _allow(self, path: str, rights: int) -> None:
        """Allow ``rights`` beneath ``path``, where there is such a path."""
        with suppress(OSError):
            _add_rule(self.descriptor, path, rights & self._rights)


def allow_own_process(ruleset: int) -> None:
    """Let this process read what ``/proc`` says of it, and of no other."""
    with suppress(OSError):
        _add_rule(ruleset, f"/proc/{os.getpid()}", _READ_FILE | _READ_DIR)


def _add_rule(ruleset: int, path: str, rights: int) -> None:
    """Allow ``rights`` beneath ``path``, those of a file if it is one."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
        rule = struct.pack("=Qi", rights, descriptor)
        kernel.system_call("landlock_add_rule", _ADD, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


def restrict(ruleset: int) -> None:
    """Put the rules on this process and its descendants, for good. Needs ``no_new_privs``."""
    kernel.system_call("landlock_restrict_self", _RESTRICT, ruleset, 0)
