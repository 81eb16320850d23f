"""The example run as monitoring sees it: by events, by hand, and as metrics."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.metrics import prometheus_text
from mge_toolkit.reporting.monitoring import ErrorAnalysis, MonitoringCollector, Totals
from tests.reporting import example_run as example


@pytest.fixture(scope="module")
def observed() -> tuple[RunResult, MonitoringCollector]:
    collector = MonitoringCollector()
    return example.run_example(collector), collector


def check_totals(totals: Totals) -> None:
    assert totals.counts == example.COUNTS
    assert totals.success_rate == pytest.approx(example.SUCCESS_RATE)
    assert totals.interval is not None
    assert (round(totals.interval.low, 3), round(totals.interval.high, 3)) == example.INTERVAL
    assert (totals.executions, totals.successes) == (example.EXECUTIONS, example.SUCCESSES)
    assert (totals.failures, totals.retries) == (example.FAILURES, example.RETRIES)
    assert totals.executed_atoms == example.EXECUTED_ATOMS
    assert totals.candidates == example.CANDIDATES
    assert (totals.wall.total, totals.wall.max) == (example.WALL_TOTAL, example.WALL_MAX)
    assert totals.wall.p50 == pytest.approx(example.WALL_P50, rel=0.01)
    assert totals.cpu.total == example.CPU_TOTAL
    assert totals.peak_memory == example.PEAK_MEMORY
    assert totals.spending == example.SPENDING
    assert {(one.category, one.kind): one.failures for one in totals.errors} == example.ERRORS
    unresolved = {(one.category, one.kind): one.unresolved for one in totals.errors if one.unresolved}
    assert unresolved == example.UNRESOLVED


def check_errors(analysis: ErrorAnalysis) -> None:
    found = [
        example.ExpectedPattern(
            category=one.category,
            kind=one.kind,
            message=one.message,
            place=one.place,
            failures=one.failures,
            atoms=one.atom_ids,
            first_wave=one.first_wave,
            healed=one.healed,
        )
        for one in analysis.patterns
    ]
    assert sorted(found, key=repr) == sorted(example.PATTERNS, key=repr)
    assert found[0] == example.PATTERNS[0]
    assert sum(one.rounds for one in analysis.strategies) == example.FIX_ROUNDS
    assert sum(one.fixed for one in analysis.sources) == example.FIXES


def test_the_run_itself_comes_out_as_written_down(observed: tuple[RunResult, MonitoringCollector]) -> None:
    run, _ = observed
    assert {name: one.outcome.value for name, one in run.results.items()} == example.OUTCOMES
    assert {name: len(one.attempts) for name, one in run.results.items() if one.attempts} == example.ATTEMPTS
    assert tuple(name for name, one in run.results.items() if one.healed) == example.HEALED
    assert tuple(name for name, one in run.results.items() if one.flaky) == example.FLAKY
    assert run.counts == example.COUNTS
    assert {wave.number: wave.counts for wave in run.waves} == example.WAVES
    assert {wave.number: wave.attempt_time for wave in run.waves} == example.WAVE_ATTEMPT_TIME
    assert (*run.critical_path, run.critical_path_time) == example.CRITICAL_PATH
    assert (run.exit_status, run.pytest_exit_status) == (example.EXIT_STATUS, example.PYTEST_EXIT_STATUS)


def test_by_events(observed: tuple[RunResult, MonitoringCollector]) -> None:
    run, collector = observed
    summary = collector.get_summary(run.run_id)
    check_totals(summary.totals)
    check_errors(collector.get_error_analysis(run.run_id))
    assert summary.totals.rescheduled == example.RESCHEDULED
    (figures,) = summary.runs
    assert (figures.planned, figures.settled, figures.running) == (example.ATOMS, example.ATOMS, 0)
    assert (figures.status, figures.wall, figures.parallelism) == ("finished", run.wall, run.parallelism)
    assert {wave.number: wave.counts for wave in figures.waves} == example.WAVES
    assert {wave.number: wave.success_rate for wave in figures.waves} == example.WAVE_RATES
    for mine, theirs in zip(figures.waves, run.waves, strict=True):
        assert (mine.wall, mine.attempt_time) == (theirs.wall, theirs.attempt_time)
        assert mine.parallelism == theirs.parallelism
        assert mine.theoretical_parallelism == theirs.theoretical_parallelism
        assert 0 <= mine.barrier_time <= mine.theoretical_parallelism * mine.wall
    assert [wave.started for wave in figures.waves] == [7, 4, 0]
    performance = collector.get_performance_analysis(run.run_id)
    path = performance.runs[0].critical_path
    assert path is not None
    assert (*path.atoms, path.seconds) == example.CRITICAL_PATH
    slowest = {one.atom_id: one.seconds for one in performance.slowest}
    assert [(one.atom_id, one.seconds) for one in performance.slowest[:2]] == list(example.SLOWEST[:2])
    assert slowest["currency"] == example.SLOWEST[2][1]


def test_by_hand(observed: tuple[RunResult, MonitoringCollector]) -> None:
    run, _ = observed
    collector = MonitoringCollector()
    for wave in run.waves:
        collector.start_wave(wave.number, wave.planned)
        for result in run.results.values():
            if result.wave == wave.number:
                for index in range(max(len(result.attempts), 1)):
                    collector.record_execution(result, wave.number, index)
        collector.complete_wave(wave.number)
    summary = collector.get_summary()
    check_totals(summary.totals)
    check_errors(collector.get_error_analysis())
    assert {wave.number: wave.counts for wave in summary.runs[0].waves} == example.WAVES


def test_as_metrics(observed: tuple[RunResult, MonitoringCollector]) -> None:
    _, collector = observed
    found = {
        (
            sample.name,
            *(text for name, text in sorted(sample.labels.items()) if name != "masterplan"),
        ): sample.value
        for family in text_string_to_metric_families(prometheus_text(collector))
        for sample in family.samples
    }
    for outcome in ("passed", "failed", "blocked", "skipped", "stopped", "error"):
        assert found["mge_atoms_total", outcome] == getattr(example.COUNTS, outcome)
    assert found["mge_atoms_healed_total",] == example.COUNTS.healed
    assert found["mge_attempts_total", "failed"] == example.FAILURES
    assert found["mge_retries_total",] == example.RETRIES
    assert found["mge_reschedules_total",] == example.RESCHEDULED
    assert found["mge_attempt_duration_seconds_sum",] == example.WALL_TOTAL
    assert found["mge_attempt_duration_seconds_count",] == example.EXECUTIONS
    assert found["mge_llm_cost_dollars_total",] == example.SPENDING.usd
    for (category, kind), failures in example.ERRORS.items():
        assert found["mge_failures_total", category, kind] == failures


def test_two_runs_of_it_at_once_stay_apart() -> None:
    collector = MonitoringCollector()
    one: list[object] = []
    example.run_example(one.append)
    two: list[object] = []
    example.run_example(two.append)
    for pair in zip(one, two, strict=True):
        for event in pair:
            collector(event)  # type: ignore[arg-type]
    runs = collector.get_summary().runs
    assert len(runs) == 2
    for run in runs:
        check_totals(run.totals)
        check_errors(collector.get_error_analysis(run.run_id))
    assert collector.get_summary().totals.executions == 2 * example.EXECUTIONS
