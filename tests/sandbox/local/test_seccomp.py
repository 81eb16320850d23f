"""The assembled filters, run by a small interpreter of their instructions: both machines can be tested on one."""

from __future__ import annotations

import struct

import pytest

from mge_toolkit.sandbox.local.inside.seccomp import Policy, assemble

ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = pytest.mark.parametrize("machine", ARCHITECTURES)
POLICIES = [
    Policy(loopback=a, shared_host=b, pinned=c, visible_memory=d)
    for a in (False, True)
    for b in (False, True)
    for c in (False, True)
    for d in (False, True)
]


def run(program: bytes, number: int, *arguments: int, architecture: int) -> int:
    """Return what the filter answers to a system call."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *(value % 2**64 for value in padded))
    code = list(struct.iter_unpack("<HBBI", program))
    at = accumulator = 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x54:
                accumulator &= value
            case 0x05:
                at += value
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x35:
                at += if_true if accumulator >= value else if_false
            case 0x45:
                at += if_true if accumulator & value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"unknown instruction {operation:#x}")


NUMBERS = {
    "read": (0, 63), "execve": (59, 221), "exit_group": (231, 94), "futex": (202, 98), "mount": (165, 40),
    "ptrace": (101, 117), "bpf": (321, 280), "clone": (56, 220), "clone3": (435, 435), "socket": (41, 198),
    "socketpair": (53, 199), "ioctl": (16, 29), "prlimit64": (302, 261), "setpriority": (141, 140),
    "sendto": (44, 206), "connect": (42, 203), "memfd_create": (319, 279), "sched_setaffinity": (203, 122),
    "keyctl": (250, 219), "openat": (257, 56), "inotify_init1": (294, 26), "ioprio_set": (251, 30),
}  # fmt: skip


def answer(machine: str, policy: Policy, name: str, *arguments: int) -> int:
    column = list(ARCHITECTURES).index(machine)
    return run(
        assemble(policy, machine), NUMBERS[name][column], *arguments, architecture=ARCHITECTURES[machine]
    )


@MACHINES
@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_what_holds_under_every_policy(machine: str, policy: Policy) -> None:
    for name in ("read", "execve", "exit_group", "futex", "openat"):
        assert answer(machine, policy, name) == ALLOW, name
    for name in ("mount", "ptrace", "bpf", "keyctl"):
        assert answer(machine, policy, name) == EPERM, name
    assert answer(machine, policy, "clone3") == ENOSYS
    assert answer(machine, policy, "clone", 0x01200011) == ALLOW
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer(machine, policy, "clone", flag | 17) == EPERM
    assert answer(machine, policy, "ioctl", 0, 0x5412) == EPERM
    assert answer(machine, policy, "ioctl", 0, 0x541C) == EPERM
    assert answer(machine, policy, "ioctl", 0, 0x5401) == ALLOW
    assert answer(machine, policy, "prlimit64", 1) == EPERM
    assert answer(machine, policy, "prlimit64", 0) == ALLOW
    assert answer(machine, policy, "setpriority", 0, 1) == EPERM
    assert answer(machine, policy, "setpriority", 2, 0) == EPERM
    assert answer(machine, policy, "setpriority", 0, 0) == ALLOW
    assert answer(machine, policy, "ioprio_set", 1, 0) == ALLOW
    assert answer(machine, policy, "ioprio_set", 1, 1) == EPERM
    assert answer(machine, policy, "socketpair", 1, 1 | 0o2000000) == ALLOW
    assert answer(machine, policy, "socketpair", 16, 3) == EPERM


@MACHINES
def test_numbers_that_do_not_exist(machine: str) -> None:
    program = assemble(Policy(), machine)
    for number in (463, 999, 0x40000000, 0x40000027, 0xFFFFFFFF):
        assert run(program, number, architecture=ARCHITECTURES[machine]) == ENOSYS


@MACHINES
def test_another_architecture_is_killed(machine: str) -> None:
    for architecture in (0x40000003, 0x40000028, *set(ARCHITECTURES.values()) - {ARCHITECTURES[machine]}):
        assert run(assemble(Policy(), machine), 0, architecture=architecture) == KILL


@MACHINES
def test_sockets(machine: str) -> None:
    plain, loopback = Policy(), Policy(loopback=True)
    assert answer(machine, plain, "socket", 1, 1) == ALLOW
    for family in (0, 2, 10, 16, 17, 31, 38, 40):
        assert answer(machine, plain, "socket", family, 1) == EPERM
    for family in (1, 2, 10):
        assert answer(machine, loopback, "socket", family, 1, 0) == ALLOW
    for family in (16, 17, 31, 38, 40):
        assert answer(machine, loopback, "socket", family, 1) == EPERM
    assert answer(machine, loopback, "socket", 2, 1, 6) == ALLOW
    assert answer(machine, loopback, "socket", 2, 2, 17) == ALLOW
    assert answer(machine, loopback, "socket", 2, 1, 132) == EPERM
    assert answer(machine, loopback, "socket", 2, 1, 262) == EPERM


@MACHINES
def test_on_a_shared_host(machine: str) -> None:
    policy = Policy(shared_host=True)
    assert answer(machine, policy, "socket", 1, 1) == EPERM
    assert answer(machine, policy, "connect") == EPERM
    assert answer(machine, policy, "socketpair", 1, 2) == EPERM
    assert answer(machine, policy, "sendto", 3, 0, 0, 0, 0) == ALLOW
    assert answer(machine, policy, "sendto", 3, 0, 0, 0, 0x1000) == EPERM
    assert answer(machine, policy, "sendto", 3, 0, 0, 0, 0x1000 << 32) == EPERM
    assert answer(machine, policy, "prlimit64", 4711) == EPERM
    assert answer(machine, policy, "inotify_init1") == EPERM
    assert answer(machine, Policy(), "inotify_init1") == ALLOW


@MACHINES
def test_what_stands_in_for_control_groups(machine: str) -> None:
    assert answer(machine, Policy(), "memfd_create") == ALLOW
    assert answer(machine, Policy(visible_memory=True), "memfd_create") == EPERM
    assert answer(machine, Policy(), "sched_setaffinity", 0) == ALLOW
    assert answer(machine, Policy(pinned=True), "sched_setaffinity", 0) == EPERM


@MACHINES
@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_every_number_gets_an_answer(machine: str, policy: Policy) -> None:
    program = assemble(policy, machine)
    answers = {run(program, number, architecture=ARCHITECTURES[machine]) for number in range(470)}
    assert answers <= {ALLOW, EPERM, ENOSYS}
    assert len(program) // 8 < 400


def test_unknown_machine() -> None:
    with pytest.raises(ValueError, match="riscv64"):
        assemble(Policy(), "riscv64")
