"""Run masterplans of machine-generated code in sandboxes, and believe the verdict."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mge_toolkit.core.errors import MgeError, PlanError, SettingsError
    from mge_toolkit.core.plans import (
        Atom,
        Expectation,
        FromAtom,
        Limits,
        Masterplan,
        Network,
        RaisedException,
        Source,
    )
    from mge_toolkit.core.results import ExecutionResult, Outcome, RetryDecision
    from mge_toolkit.core.runs import RunResult, Schedule
    from mge_toolkit.core.settings import Settings
    from mge_toolkit.plan import load_masterplan
    from mge_toolkit.reporting.aggregation import AggregatedResult, ResultAggregator
    from mge_toolkit.reporting.monitoring import MonitoringCollector
    from mge_toolkit.retry.logic import RetryLogic
    from mge_toolkit.service import CodeExecutor, ExecutionService, arun, run

__all__ = [
    "AggregatedResult",
    "Atom",
    "CodeExecutor",
    "ExecutionResult",
    "ExecutionService",
    "Expectation",
    "FromAtom",
    "Limits",
    "Masterplan",
    "MgeError",
    "MonitoringCollector",
    "Network",
    "Outcome",
    "PlanError",
    "RaisedException",
    "ResultAggregator",
    "RetryDecision",
    "RetryLogic",
    "RunResult",
    "Schedule",
    "Settings",
    "SettingsError",
    "Source",
    "arun",
    "load_masterplan",
    "run",
]

_HOMES = {
    "AggregatedResult": "mge_toolkit.reporting.aggregation",
    "Atom": "mge_toolkit.core.plans",
    "CodeExecutor": "mge_toolkit.service",
    "ExecutionResult": "mge_toolkit.core.results",
    "ExecutionService": "mge_toolkit.service",
    "Expectation": "mge_toolkit.core.plans",
    "FromAtom": "mge_toolkit.core.plans",
    "Limits": "mge_toolkit.core.plans",
    "Masterplan": "mge_toolkit.core.plans",
    "MgeError": "mge_toolkit.core.errors",
    "MonitoringCollector": "mge_toolkit.reporting.monitoring",
    "Network": "mge_toolkit.core.plans",
    "Outcome": "mge_toolkit.core.results",
    "PlanError": "mge_toolkit.core.errors",
    "RaisedException": "mge_toolkit.core.plans",
    "ResultAggregator": "mge_toolkit.reporting.aggregation",
    "RetryDecision": "mge_toolkit.core.results",
    "RetryLogic": "mge_toolkit.retry.logic",
    "RunResult": "mge_toolkit.core.runs",
    "Schedule": "mge_toolkit.core.runs",
    "Settings": "mge_toolkit.core.settings",
    "SettingsError": "mge_toolkit.core.errors",
    "Source": "mge_toolkit.core.plans",
    "arun": "mge_toolkit.service",
    "load_masterplan": "mge_toolkit.plan",
    "run": "mge_toolkit.service",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def load_ipython_extension(shell: object) -> None:
    """Bring ``%mge`` and ``%%atom`` into a notebook: called by ``%load_ext mge_toolkit``."""
    from mge_toolkit.notebook.magics import load

    load(shell)


def unload_ipython_extension(shell: object) -> None:
    """Take them away again: called by ``%unload_ext mge_toolkit``."""
    from mge_toolkit.notebook.magics import unload

    unload(shell)
