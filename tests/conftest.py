"""What holds for every test: on CI nothing is skipped that this kind of machine can run."""

from __future__ import annotations

import importlib
import os
from collections.abc import Generator
from contextlib import suppress
from functools import cache

import pytest

ANOTHER_MACHINE = "another machine: "
"""How the reason of a skip begins that no package and no setting could avoid here."""


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or not os.environ.get("MGE_NO_SKIPS"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith(ANOTHER_MACHINE):
        report.outcome = "failed"
        report.longrepr = f"skipped although MGE_NO_SKIPS is set: {reason}"


@cache
def _prepare_once() -> None:
    from hypothesis import HealthCheck, settings

    # A busy machine must fail nothing: how long an example takes is not what is tested.
    settings.register_profile("mge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("mge")
    # Pytester forgets what a run inside it imports, and these should not be imported again and again.
    for module in ("numpy", "sqlalchemy.dialects.sqlite"):
        with suppress(ImportError):
            importlib.import_module(module)


def pytest_pycollect_makemodule() -> None:
    """Prepare for test modules only: pytest loads this file for a masterplan too, where no test tool is."""
    _prepare_once()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse(report)
    return report
