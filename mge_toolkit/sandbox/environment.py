"""Names what programs run on, for the cache: the interpreter, its packages, Deno, the sandbox and the toolkit."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def local_environment(sandbox: str, preload: Iterable[str] = ()) -> str:
    """Return a digest of what programs find here. ``preload`` are the modules imported before any atom.

    Packages go by name and version, as their metadata is installed; one that is edited in place is not noticed.
    """
    parts = [
        sandbox,
        platform.platform(),
        sys.version,
        sys.executable,
        *(f"{name} {_version(name)}" for name in ("mge-toolkit", "deno")),
        *sorted(preload),
        *_packages(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _packages() -> list[str]:
    """Return the metadata directories beside the packages that the interpreter finds, by place and name."""
    found: list[str] = []
    for place in dict.fromkeys(sys.path):
        try:
            names = sorted(entry.name for entry in Path(place).iterdir() if entry.name.endswith("-info"))
        except OSError:
            continue
        found += [f"{place}: {name}" for name in names]
    return found
