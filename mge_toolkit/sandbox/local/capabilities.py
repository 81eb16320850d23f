"""What this machine offers to build walls with, and what that holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import SandboxUnavailableError
from mge_toolkit.core.jobs import Job, Segment
from mge_toolkit.core.plans import Source, empty_mapping
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import Isolation, Protection, Role
from mge_toolkit.core.settings import available_cpus
from mge_toolkit.sandbox.languages.python import HARNESS, readable_paths
from mge_toolkit.sandbox.local.inside import cgroups, landlock, mounts

NAMESPACES: Final = "namespaces"
LANDLOCK: Final = "landlock"
FLAG: Final = "--mge-allow-degraded"
_USER_BASE: Final = 0x7000_0000  # a range of user ids that no convention hands out
_USERS_PER_HOST: Final = 64
_TRUNCATING_ABI: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What was found. ``uid_base`` is the first host user id for slots where the host is root.

    ``groups`` maps controllers to the directories in which control groups can be made; ``modes`` are the
    ways to build walls, the strongest first.
    """

    modes: tuple[str, ...] = (NAMESPACES, LANDLOCK)
    uid_base: int | None = None
    groups: Mapping[str, str] = field(default_factory=empty_mapping)
    landlock_abi: int = 0


def look_around(group_root: str = cgroups.ROOT) -> Machine:
    """Return what this machine offers. Raises ``SandboxUnavailableError`` where it is no Linux."""
    if sys.platform != "linux":
        raise SandboxUnavailableError(
            f"the sandbox 'local' needs Linux, and this is {sys.platform}: run there, or choose "
            "--mge-sandbox direct for development without any protection"
        )
    return Machine(
        uid_base=_user_base() if os.geteuid() == 0 else None,
        groups=cgroups.find_parents(group_root),
        landlock_abi=landlock.abi(),
    )


def _user_base() -> int | None:
    """Return a range of user ids for this process's slots, within what is mapped here."""
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    first, _, count = max(ranges, key=lambda entry: entry[2])
    wanted = _USER_BASE + (os.getpid() * _USERS_PER_HOST) % (2**28 - 1024)
    if wanted + 1024 < first + count:
        return wanted
    top = first + count - 1024 - 1
    return top if top > first else None


def configuration(options: SandboxOptions, machine: Machine, mode: str) -> dict[str, Any]:
    """Return what the spawner is told."""
    readable = _readable(options)
    return {
        "mode": mode,
        "readable": readable,
        "sys_path": _import_path(readable),
        "prefix": sys.prefix,
        "harness": str(HARNESS),
        "preload": list(options.preload),
        "cgroups": dict(machine.groups),
        "uid_base": machine.uid_base,
        "scratch": None,
        "turns": takes_turns(options, mode),
        "policy": {
            "pinned": "cpu" not in machine.groups and "" not in machine.groups,
            "visible_memory": "memory" not in machine.groups and "" not in machine.groups,
        },
    }


def takes_turns(options: SandboxOptions, mode: str) -> bool:
    """Return whether each slot has two supervisors: while one runs an attempt, the other gets ready for the next.

    That takes a processor that has nothing else to do.
    """
    return mode == NAMESPACES and options.slots < available_cpus()


def _readable(options: SandboxOptions) -> list[str]:
    """Return the host paths that the languages' programs need, found by preparing a trivial one in each."""
    paths = dict.fromkeys(readable_paths())  # the spawner itself needs them
    for name, language in options.languages.items():
        segment = Segment(atom_id="probe", role=Role.CODE, source=Source(text=""), language=name)
        launch = language.prepare(Job(atom_id="probe", language=name, segments=(segment,)))
        paths.update(dict.fromkeys(launch.readable))
    home = Path.home() if os.environ.get("HOME") else Path("/root")
    return list(_narrowed(paths, home))


def _narrowed(paths: Iterable[str], home: Path) -> Iterable[str]:
    """Yield ``paths``, with only an interpreter's own parts of a prefix that holds more than that."""
    for path in paths:
        at = Path(path)
        if at == Path("/") or at == home or at in home.parents:
            yield from (str(at / part) for part in ("bin", "lib", "lib64", "pyvenv.cfg"))
        else:
            yield path


def unlisted(paths: Iterable[str], listed: Sequence[str]) -> list[str]:
    """Return those of ``paths`` that lie in nothing ``listed``."""
    tops = [*listed, *mounts.READABLE]
    return [path for path in paths if not any(path == top or path.startswith(f"{top}/") for top in tops)]


def _import_path(readable: Sequence[str]) -> list[str]:
    """Return those entries of our import path that are visible inside."""
    return [entry for entry in sys.path if entry.startswith("/") and not unlisted([entry], readable)]


_NAMESPACED: Final = {
    Protection.NETWORK: "network namespace, seccomp",
    Protection.READS: "mount namespace of an allow-list",
    Protection.WRITES: "read-only mounts, private tmpfs",
    Protection.SIGNALS: "PID namespace",
    Protection.DISK: "size-limited tmpfs",
    Protection.PROCESS_TREE: "PID namespace",
}
_RULED: Final = {
    Protection.NETWORK: "seccomp",
    Protection.DISK: "file-size rlimit, sampling",
    Protection.PROCESS_TREE: "subreaper",
}


def isolation(machine: Machine, mode: str, holds: frozenset[str], reasons: Mapping[str, str]) -> Isolation:
    """Return what is held by ``mode`` with the control-group controllers in ``holds``.

    ``reasons`` says why stronger modes did not work.
    """
    held, missing = (
        (_namespaced(machine), {})
        if mode == NAMESPACES
        else _ruled(machine, reasons.get(NAMESPACES, "not tried"))
    )
    group = "control group"
    held[Protection.WALL_TIME] = held[Protection.OUTPUT] = "supervisor"
    held[Protection.CPU_TIME] = f"{group}, rlimit" if "cpuacct" in holds else "process accounting, rlimit"
    held[Protection.MEMORY] = group if "memory" in holds else "address-space rlimit, sampling"
    held[Protection.CPUS] = group if "cpu" in holds else "CPU affinity (whole CPUs)"
    held[Protection.PROCESSES] = f"{group}, rlimit" if "pids" in holds else "rlimit"
    return Isolation(sandbox="local", mechanisms=held, missing=missing)


def _namespaced(machine: Machine) -> dict[Protection, str]:
    """Return what namespaces hold; Landlock is a second wall there."""
    held = dict(_NAMESPACED)
    if machine.landlock_abi:
        held[Protection.READS] += ", Landlock"
        held[Protection.WRITES] += ", Landlock"
    if machine.landlock_abi >= landlock.SCOPING_ABI:
        held[Protection.SIGNALS] += ", Landlock"
    return held


def _ruled(machine: Machine, reason: str) -> tuple[dict[Protection, str], dict[Protection, str]]:
    """Return what holds without namespaces, and what does not and why."""
    held, missing = dict(_RULED), {}
    remedy = f"allow unprivileged user namespaces (they were refused: {reason})"
    for protection in (Protection.READS, Protection.WRITES):
        if machine.landlock_abi >= _TRUNCATING_ABI:
            held[protection] = "Landlock"
        else:
            missing[protection] = f"{_kernel(machine, 'Landlock', '6.2')}, or {remedy}"
    if machine.landlock_abi >= landlock.SCOPING_ABI:
        held[Protection.SIGNALS] = "Landlock"
    elif machine.uid_base is not None:
        held[Protection.SIGNALS] = "a user of its own"
    else:
        missing[Protection.SIGNALS] = (
            f"{_kernel(machine, 'Landlock that scopes signals', '6.12')}, or {remedy}"
        )
    return held, missing


def _kernel(machine: Machine, what: str, version: str) -> str:
    """Return the remedy that a newer kernel is."""
    abi = machine.landlock_abi
    return f"there is no {what} here (ABI {abi}): run Linux {version} or newer with Landlock enabled"


def refusal(found: Isolation) -> SandboxUnavailableError:
    """Return what is raised where a demanded protection is missing."""
    lines = [f"{protection.value}: {why}" for protection, why in found.missing.items()]
    return SandboxUnavailableError(
        "the sandbox 'local' cannot hold everything here:\n  "
        + "\n  ".join(lines)
        + f"\nMend that, or run with what there is: {FLAG}"
    )


def impossible(reasons: Mapping[str, str]) -> SandboxUnavailableError:
    """Return what is raised where no mechanism works at all."""
    tried = "; ".join(f"{mode}: {why}" for mode, why in reasons.items())
    return SandboxUnavailableError(
        f"the sandbox 'local' cannot work here ({tried}): allow unprivileged user namespaces"
    )
