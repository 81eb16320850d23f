"""What a sandbox of this process or of a child of it could leave behind, looked for where it would be."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mge_toolkit.sandbox.local.inside.cgroups import find_parents
from mge_toolkit.sandbox.local.inside.tree import descendants


def groups_of(host: int) -> list[Path]:
    """Return the control groups that a host made."""
    return [path for parent in find_parents().values() for path in Path(parent).glob(f"mge-{host}-*")]


def directories_of(host: int) -> list[Path]:
    """Return the directories that a host's sandboxes without namespaces work in."""
    return list(Path(tempfile.gettempdir()).glob(f"mge-{host}-*"))


def alive(pid: int) -> bool:
    """Return whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def all_gone(pids: list[int], patience: float = 10.0) -> bool:
    """Return whether all these processes end, soon."""
    deadline = time.monotonic() + patience
    while any(alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def eventually(condition: Callable[[], bool], patience: float = 10.0) -> bool:
    """Return whether a condition, called again and again, comes true."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def family(root: int) -> list[int]:
    """Return the living processes below ``root``."""
    return [pid for pid in descendants(root) if alive(pid)]
