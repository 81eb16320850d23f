"""Names what programs run on, for the cache: the interpreter, its packages, Deno, the sandbox and the toolkit."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def local_environment(sandbox: str, preload: Iterable[str] = ()) -> str:
    """Return a digest of what programs find here. ``preload`` are the modules imported before any atom.

    Packages go by name and version, as their metadata is installed; one that is edited in place is not noticed.
    """
    # Reading the metadata takes milliseconds, which every run would pay: a directory tells when it has changed.
    places = tuple((place, _changed(place)) for place in dict.fromkeys(sys.path))
    return _digest(sandbox, tuple(sorted(preload)), places)


@lru_cache(maxsize=64)
def _digest(sandbox: str, preload: tuple[str, ...], places: tuple[tuple[str, int | None], ...]) -> str:
    parts = [
        sandbox,
        platform.platform(),
        sys.version,
        sys.executable,
        *(f"{name} {_version(name)}" for name in ("mge-toolkit", "deno")),
        *preload,
        *_packages(place for place, _ in places),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _changed(place: str) -> int | None:
    """Return when something was last added to a directory or taken out of it, ``None`` where there is none."""
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:
        return None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _packages(places: Iterable[str]) -> list[str]:
    """Return the metadata directories beside the packages in ``places``, by place and name."""
    found: list[str] = []
    for place in places:
        try:
            names = sorted(entry.name for entry in Path(place).iterdir() if entry.name.endswith("-info"))
        except OSError:
            continue
        found += [f"{place}: {name}" for name in names]
    return found
