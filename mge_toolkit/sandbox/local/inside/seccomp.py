"""The system-call filter, assembled here: a binary search over the numbers, then checks of arguments.

It denies by name what reaches around the other walls and every number newer than this list; the rest is
the business of namespaces, Landlock and limits.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from . import kernel

Instruction: TypeAlias = tuple[int, int, int, int]

_EPERM: Final = 1
_ENOSYS: Final = 38
_LOAD: Final = 0x20
_JUMP: Final = 0x05
_JUMP_EQUAL: Final = 0x15
_JUMP_AT_LEAST: Final = 0x35
_JUMP_ANY_BIT: Final = 0x45
_AND: Final = 0x54
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_KILL: Final = 0x80000000
_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NEWEST: Final = 462  # mseal; later numbers do not exist as far as a program can tell
_NEW_NAMESPACES: Final = 0x7E020000
_LONGEST_JUMP: Final = 255

AF_UNIX: Final = 1
_INTERNET: Final = (2, 10)

# name: (number on x86_64, number on aarch64)
_DENIED: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "kcmp": (312, 272), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263), "lookup_dcookie": (212, 18), "syslog": (103, 116), "vhangup": (153, 58),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171), "iopl": (172, None),
    "ioperm": (173, None), "modify_ldt": (154, None), "uselib": (134, None), "ustat": (136, None),
    "sysfs": (139, None), "_sysctl": (156, None), "nfsservctl": (180, 42), "move_pages": (279, 239),
    "migrate_pages": (256, 238), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450), "personality": (135, 92), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "mount_setattr": (442, 442), "memfd_secret": (447, 447), "process_mrelease": (448, 448),
    "cachestat": (451, 451), "statmount": (457, 457), "listmount": (458, 458),
    "lsm_get_self_attr": (459, 459), "lsm_set_self_attr": (460, 460), "lsm_list_modules": (461, 461),
    "seccomp": (317, 277),
}  # fmt: skip
_ABSENT: Final = {
    "clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}  # fmt: skip
_MEMORY_HIDERS: Final = {"shmget": (29, 194), "memfd_create": (319, 279)}
_SHARED: Final = {
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "inotify_init": (253, None), "inotify_init1": (294, 26),
}  # fmt: skip
_PINNED: Final = {"sched_setaffinity": (203, 122)}
_CHECKED: Final = {
    "clone": (56, 220), "socket": (41, 198), "socketpair": (53, 199), "ioctl": (16, 29),
    "prlimit64": (302, 261), "setpriority": (141, 140), "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "ioprio_set": (251, 30), "connect": (42, 203), "sendto": (44, 206),
}  # fmt: skip
_ON_THE_SUPERVISOR: Final = (
    "sched_setaffinity",
    "sched_setscheduler",
    "sched_setparam",
    "sched_setattr",
    "prlimit64",
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the filter is to hold besides what it always holds.

    ``loopback`` allows internet sockets. ``shared_host`` is for where no namespaces hide the host: it also denies
    what could reach a UNIX socket by its path, other processes, System V and POSIX objects, and what is
    counted for each user. ``pinned`` keeps the CPU affinity as it is; ``visible_memory`` denies memory that
    belongs to no process.
    """

    loopback: bool = False
    shared_host: bool = False
    pinned: bool = False
    visible_memory: bool = False


def _deny(number: int = _EPERM) -> Instruction:
    """Return the instruction that fails the call with ``number``."""
    return (_RETURN, 0, 0, _ERRNO | number)


_YES: Final[Instruction] = (_RETURN, 0, 0, _ALLOW)
_NO: Final[Instruction] = _deny()


def _argument(index: int) -> Instruction:
    """Return the instruction that loads the lower half of an argument (both machines are little-endian)."""
    return (_LOAD, 0, 0, 16 + 8 * index)


def _upper(index: int) -> Instruction:
    """Return the instruction that loads the upper half of an argument."""
    return (_LOAD, 0, 0, 20 + 8 * index)


def _deny_where(index: int, values: Sequence[int]) -> list[Instruction]:
    """Return the check that denies when an argument equals one of ``values``."""
    tests = [(_JUMP_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [_argument(index), *tests, _YES, _NO]


def _allow_where(index: int, values: Sequence[int]) -> list[Instruction]:
    """Return the check that denies unless an argument equals one of ``values``."""
    tests = [(_JUMP_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [_argument(index), *tests, _NO, _YES]


def _socket(policy: Policy) -> list[Instruction]:
    """Return the check of ``socket``: UNIX, and plain TCP and UDP where there is a loopback."""
    if policy.shared_host:
        return [_NO]
    if not policy.loopback:
        return _allow_where(0, [AF_UNIX])
    return [
        _argument(0),
        (_JUMP_EQUAL, 7, 0, AF_UNIX),
        (_JUMP_EQUAL, 1, 0, _INTERNET[0]),
        (_JUMP_EQUAL, 0, 4, _INTERNET[1]),
        _argument(2),
        (_JUMP_EQUAL, 3, 0, 0),
        (_JUMP_EQUAL, 2, 0, 6),
        (_JUMP_EQUAL, 1, 0, 17),
        _NO,
        _YES,
    ]


def _checks(policy: Policy) -> dict[str, list[Instruction]]:
    """Return the checks of arguments by the name of the call."""
    checks: dict[str, list[Instruction]] = {
        "clone": [_argument(0), (_JUMP_ANY_BIT, 1, 0, _NEW_NAMESPACES), _YES, _NO],
        "socket": _socket(policy),
        "socketpair": _allow_where(0, [AF_UNIX]),
        "ioctl": _deny_where(1, [0x5412, 0x541C]),  # TIOCSTI and TIOCLINUX type into a terminal
        # Process 1 is the supervisor, which has the same user: it must not be slowed down or limited.
        "setpriority": [
            _argument(0),
            (_JUMP_EQUAL, 0, 3, 0),
            _argument(1),
            (_JUMP_EQUAL, 1, 0, 1),
            _YES,
            _NO,
        ],
        "ioprio_set": [_argument(0), (_JUMP_EQUAL, 0, 3, 1), _argument(1), (_JUMP_EQUAL, 1, 0, 1), _YES, _NO],
    }
    checks |= {name: _deny_where(0, [1]) for name in _ON_THE_SUPERVISOR}
    if policy.shared_host:
        checks |= {name: _allow_where(0, [0]) for name in _ON_THE_SUPERVISOR}
        for name, process in (("setpriority", 0), ("ioprio_set", 1)):
            checks[name] = [
                _argument(0),
                (_JUMP_EQUAL, 0, 3, process),
                _argument(1),
                (_JUMP_EQUAL, 0, 1, 0),
                _YES,
                _NO,
            ]
        masked = [_argument(1), (_AND, 0, 0, 0xF), (_JUMP_EQUAL, 0, 1, 1), _YES, _NO]
        checks["socketpair"] = [_argument(0), (_JUMP_EQUAL, 1, 0, AF_UNIX), _NO, *masked]
        checks["connect"] = [_NO]
        checks["sendto"] = [
            _argument(4),
            (_JUMP_EQUAL, 0, 2, 0),
            _upper(4),
            (_JUMP_EQUAL, 1, 0, 0),
            _NO,
            _YES,
        ]
    return checks


def assemble(policy: Policy, machine: str = kernel.MACHINE) -> bytes:
    """Return the filter for ``policy`` as the kernel takes it. Raises ``ValueError`` for another machine."""
    column = list(_ARCHITECTURES).index(machine)
    blocks: dict[int, list[Instruction]] = {}

    def add(
        names: Mapping[str, tuple[int | None, int | None]], block: Callable[[str], list[Instruction]]
    ) -> None:
        for name, numbers in names.items():
            if (number := numbers[column]) is not None:
                blocks[number] = block(name)

    checks = _checks(policy)
    add({name: _CHECKED[name] for name in checks}, lambda name: checks[name])
    add(_DENIED, lambda _: [_NO])
    add(_ABSENT, lambda _: [_deny(_ENOSYS)])
    if policy.shared_host:
        add(_SHARED, lambda _: [_NO])
    if policy.pinned:
        add(_PINNED, lambda _: [_NO])
    if policy.visible_memory:
        add(_MEMORY_HIDERS, lambda _: [_NO])
    head: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    program = head + _search(_intervals(blocks))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _intervals(blocks: Mapping[int, list[Instruction]]) -> list[tuple[int, list[Instruction]]]:
    """Return ``(first number, what to do from there)`` in order; neighbours differ."""
    intervals: list[tuple[int, list[Instruction]]] = [(0, [_YES])]
    for number in sorted(blocks):
        if intervals[-1][0] == number:
            intervals.pop()
        if not intervals or intervals[-1][1] != blocks[number]:
            intervals.append((number, blocks[number]))
        if number + 1 not in blocks:
            intervals.append((number + 1, [_YES]))
    intervals.append((_NEWEST + 1, [_deny(_ENOSYS)]))
    return intervals


def _search(intervals: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    """Return the code that finds the interval of the loaded number, halving them."""
    if len(intervals) == 1:
        return list(intervals[0][1])
    middle = len(intervals) // 2
    lower, upper = _search(intervals[:middle]), _search(intervals[middle:])
    boundary = intervals[middle][0]
    if len(lower) <= _LONGEST_JUMP:
        return [(_JUMP_AT_LEAST, len(lower), 0, boundary), *lower, *upper]
    return [(_JUMP_AT_LEAST, 0, 1, boundary), (_JUMP, 0, 0, len(lower)), *lower, *upper]


class Filter:
    """An assembled filter, kept where the kernel can read it."""

    def __init__(self, program: bytes) -> None:
        """Keep ``program`` in memory that does not move."""
        self._code = ctypes.create_string_buffer(program, len(program))
        head = struct.pack("@HP", len(program) // 8, ctypes.addressof(self._code))
        self._head = ctypes.create_string_buffer(head, len(head))
        self._address = ctypes.addressof(self._head)

    def load(self) -> None:
        """Put the filter on this process and its descendants, for good. Needs ``no_new_privs``."""
        result = kernel.load_filter(self._address)
        if result:
            raise OSError(result, "seccomp: the filter was refused")
