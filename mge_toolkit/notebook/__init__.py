"""Runs, watches and explores masterplans in a notebook: ``%load_ext mge_toolkit``.

IPython and ipywidgets are imported with the modules that need them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mge_toolkit.notebook.explore.comparing import RunComparison
    from mge_toolkit.notebook.explore.explorer import Explorer
    from mge_toolkit.notebook.handle import RunHandle
    from mge_toolkit.notebook.session import Session

__all__ = ["Explorer", "RunComparison", "RunHandle", "Session"]

_HOMES = {
    "Explorer": "mge_toolkit.notebook.explore.explorer",
    "RunComparison": "mge_toolkit.notebook.explore.comparing",
    "RunHandle": "mge_toolkit.notebook.handle",
    "Session": "mge_toolkit.notebook.session",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
