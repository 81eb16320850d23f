"""Beside pytest-xdist: one masterplan stays on one worker, and only workers run anything."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process runs the items that a controller gives it."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Return whether this process leaves its items to workers."""
    return not is_worker(config) and config.pluginmanager.hasplugin("dsession")


class ReportedAtoms:
    """Counts, in the controller, the atoms that its workers found and reported."""

    def __init__(self, config: pytest.Config, plans: Collection[Path]) -> None:
        """Count the atoms of ``plans``."""
        self._root = config.rootpath
        self._files = {os.path.normpath(plan) for plan in plans}
        self._waiting: set[str] = set()
        self._reported: set[str] = set()

    @property
    def unreported(self) -> int:
        """Return how many atoms were found and never reported."""
        return len(self._waiting - self._reported)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Note what a worker has collected."""
        self._waiting.update(name for name in ids if plan_of(name, self._root) in self._files)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what was reported."""
        self._reported.add(report.nodeid)


def plan_of(nodeid: str, root: Path) -> str:
    """Return the file that a node id names."""
    return os.path.normpath(root / nodeid.partition("::")[0])


def make_scheduler(config: pytest.Config, log: Producer, plans: Collection[Path]) -> Any:
    """Return xdist's scheduler for ``--dist`` with the atoms of each of ``plans`` as one unit of work.

    ``None`` where xdist's own does that: each worker runs everything, or whole files.
    """
    from xdist.scheduler import LoadGroupScheduling, LoadScopeScheduling

    bases: dict[str, type[LoadScopeScheduling]] = {
        "load": LoadGroupScheduling,
        "worksteal": LoadGroupScheduling,
        "loadgroup": LoadGroupScheduling,
        "loadscope": LoadScopeScheduling,
    }
    base = bases.get(config.getvalue("dist"))
    if base is None:
        return None
    root = config.rootpath
    files = {os.path.normpath(plan) for plan in plans}

    class PlanScheduling(base):  # type: ignore[valid-type, misc]  # the base depends on --dist
        """Schedules masterplans whole, and all else as its base does."""

        def _split_scope(self, nodeid: str) -> str:
            file = plan_of(nodeid, root)
            if file in files:
                return file
            scope: str = super()._split_scope(nodeid)
            return scope

    return PlanScheduling(config, log)
