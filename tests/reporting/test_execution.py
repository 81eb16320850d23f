from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import Isolation, Protection
from mge_toolkit.core.runs import Counts, Schedule
from mge_toolkit.reporting.execution import execution_summary

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORD = RunRecord(
    run_id="0123456789ab",
    masterplan="shop",
    plan_path="shop.yaml",
    started_at=STARTED,
    finished_at=STARTED + timedelta(seconds=2),
    planned=12,
    counts=Counts(passed=8, failed=2, blocked=1, skipped=1, healed=1),
    wall=2.0,
    parallelism=1.5,
    slots=2,
    schedule=Schedule.READY,
    repair=RepairLevel.FIX,
    isolation=Isolation(
        sandbox="local",
        mechanisms={Protection.NETWORK: "namespace"},
        missing={Protection.CPUS: "no cgroup"},
    ),
    environment="e",
    toolkit_version="1",
)


def test_the_figures_of_a_run_come_from_its_row() -> None:
    summary = execution_summary(RECORD)
    assert (summary["masterplan"], summary["run_id"], summary["status"]) == (
        "shop",
        "0123456789ab",
        "finished",
    )
    assert (summary["planned"], summary["pending"], summary["counts"]["total"]) == (12, 0, 12)
    assert summary["success_rate"] == 0.8
    assert summary["success_interval"] == pytest.approx([0.4902, 0.9433], abs=1e-3)
    assert (summary["started_at"], summary["wall"]) == ("2026-01-02T03:04:05+00:00", 2.0)
    assert summary["isolation"]["level"] == "degraded"
    assert summary["isolation"]["missing"] == {"cpus": "no cgroup"}


def test_a_run_without_an_end_is_unfinished_unless_somebody_knows_better() -> None:
    record = replace(RECORD, finished_at=None, counts=Counts(passed=3), wall=0.0)
    summary = execution_summary(record)
    assert (summary["status"], summary["finished_at"], summary["pending"]) == ("unfinished", None, 9)
    assert execution_summary(record, "running")["status"] == "running"


def test_where_nothing_was_decided_there_is_no_rate() -> None:
    summary = execution_summary(replace(RECORD, counts=Counts(stopped=12)))
    assert (summary["success_rate"], summary["success_interval"]) == (None, None)
