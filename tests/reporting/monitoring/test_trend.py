"""A run against the earlier runs of its masterplan."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mge_toolkit.core.events import AtomFinished
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import NO_ISOLATION
from mge_toolkit.core.runs import Counts, Schedule
from mge_toolkit.reporting.monitoring import MonitoringCollector
from tests.reporting.monitoring.records import WHEN, Clock, finished, result, started


@pytest.fixture
def collector() -> MonitoringCollector:
    return MonitoringCollector(clock=Clock())


def record_of(run_id: str, days: int, *, passed: int, wall: float, ended: bool = True) -> RunRecord:
    at = WHEN - timedelta(days=days)
    return RunRecord(
        run_id=run_id,
        masterplan="plan",
        plan_path="plan.yaml",
        started_at=at,
        finished_at=at if ended else None,
        planned=10,
        counts=Counts(passed=passed, failed=10 - passed, healed=passed // 2),
        wall=wall,
        parallelism=1.0,
        slots=2,
        schedule=Schedule.READY,
        repair=RepairLevel.FIX,
        isolation=NO_ISOLATION,
        environment="",
        toolkit_version="0",
    )


def test_a_run_is_set_against_those_before_it(collector: MonitoringCollector) -> None:
    collector.add_earlier_runs(
        [
            record_of("new", 1, passed=9, wall=5.0),
            record_of("old", 3, passed=5, wall=7.0),
            record_of("middle", 2, passed=6, wall=9.0),
            record_of("dead", 1, passed=0, wall=0.0, ended=False),
            record_of("later", -1, passed=10, wall=1.0),
        ]
    )
    collector(started("run", "plan", {"a": 0}))
    collector(AtomFinished(run_id="run", result=result("a")))
    collector(finished("run", "plan", result("a"), wall=4.0))
    trend = collector.get_summary("run").runs[0].trend
    assert [point.run_id for point in trend.earlier] == ["old", "middle", "new"]
    assert (trend.wall.now, trend.wall.previous, trend.wall.median, trend.wall.difference) == (
        4.0,
        5.0,
        7.0,
        -3.0,
    )
    assert (trend.success_rate.now, trend.success_rate.previous, trend.success_rate.median) == (1.0, 0.9, 0.6)
    assert (trend.healed.now, trend.healed.previous, trend.healed.median) == (0, 4, 3)
    collector(started("other", "another", {}))
    assert collector.get_summary("other").runs[0].trend.earlier == ()


def test_finished_runs_are_earlier_ones_of_the_next(collector: MonitoringCollector) -> None:
    for run_id in ("r", "ru", "run"):
        collector(started(run_id, "plan", {"a": 0}))
        collector(finished(run_id, "plan", wall=float(len(run_id))))
    trend = collector.get_performance_analysis("run").runs[0].trend
    assert [(point.run_id, point.wall) for point in trend.earlier] == [("r", 1.0), ("ru", 2.0)]
