"""The collector by hand and by events: what it counts, that runs never mix, and that it stays small."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.errors import UnknownRunError
from mge_toolkit.core.events import (
    AtomFinished,
    AttemptRescheduled,
    AttemptStarted,
    Event,
    WaveFinished,
    WaveStarted,
)
from mge_toolkit.core.results import (
    ExecutionResult,
    Origin,
    Outcome,
    Spending,
    Strategy,
    Trial,
    Usage,
    Work,
)
from mge_toolkit.core.runs import Counts, WaveSummary
from mge_toolkit.reporting.monitoring import MANUAL_RUN, MonitoringCollector
from mge_toolkit.reporting.monitoring.ledger import WAVES_KEPT
from mge_toolkit.reporting.monitoring.tallies import NAMES_KEPT, SLOWEST_KEPT
from tests.reporting.monitoring.records import Clock, attempt, finished, result, started, unstarted


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def collector(clock: Clock) -> MonitoringCollector:
    return MonitoringCollector(clock=clock)


def record(collector: MonitoringCollector, made: ExecutionResult) -> None:
    """Record every attempt by hand."""
    for index in range(max(len(made.attempts), 1)):
        collector.record_execution(made, made.wave, index)


def test_by_hand_an_atom_is_settled_by_its_last_attempt(collector: MonitoringCollector) -> None:
    healed = result("a", attempt(1, "no 1", wall=1.0, strategy=Strategy.FIX), attempt(2, wall=3.0))
    collector.start_wave(0, 2)
    collector.record_execution(healed, 0, 0)
    before = collector.get_summary().totals
    assert (before.executions, before.failures, before.counts) == (1, 1, Counts())
    collector.record_execution(healed, 0, 1)
    collector.record_execution(unstarted("b", Outcome.BLOCKED), 0, 0)
    collector.complete_wave(0)
    summary = collector.get_summary(MANUAL_RUN)
    totals = summary.totals
    assert totals.counts == Counts(passed=1, healed=1, blocked=1)
    assert (totals.executions, totals.successes, totals.failures, totals.retries) == (2, 1, 1, 1)
    assert (totals.wall.min, totals.wall.mean, totals.wall.max, totals.wall.total) == (1.0, 2.0, 3.0, 4.0)
    assert totals.cpu.total == 2.0
    (wave,) = summary.runs[0].waves
    assert (wave.status, wave.planned, wave.started, wave.done) == ("finished", 2, 1, 2)


@pytest.mark.parametrize(
    ("made", "index"), [(result("a"), 1), (result("a"), -1), (unstarted("a", Outcome.BLOCKED), 1)]
)
def test_an_attempt_that_does_not_exist_is_refused(
    collector: MonitoringCollector, made: ExecutionResult, index: int
) -> None:
    with pytest.raises(ValueError, match=rf"atom 'a' has \d attempts: retry_attempt {index} is none of them"):
        collector.record_execution(made, 0, index)
    assert collector.get_summary().totals.executions == 0


def test_a_waves_times_and_its_barrier(collector: MonitoringCollector, clock: Clock) -> None:
    """Two slots: slot 0 works from 0 to 2 and waits until 10, slot 1 works from 0 to 10."""
    collector(started("run", "plan", {"a": 0, "b": 0, "c": 1}))
    collector(WaveStarted(run_id="run", number=0, planned=2))
    for slot, name in enumerate("ab"):
        collector(AttemptStarted(run_id="run", atom_id=name, number=1, slot=slot))
    clock.now += 2
    collector(AtomFinished(run_id="run", result=result("a", attempt(wall=2.0))))
    clock.now += 3
    (live,) = collector.get_summary("run").runs
    wave = live.waves[0]
    assert (live.status, live.running, live.settled, live.planned) == ("running", 1, 1, 3)
    assert (wave.status, wave.planned, wave.started, wave.done) == ("running", 2, 2, 1)
    assert (wave.wall, wave.barrier_time) == (5.0, 3.0)
    clock.now += 5
    collector(AtomFinished(run_id="run", result=result("b", attempt(wall=10.0, slot=1))))
    collector.complete_wave(0, run_id="run")
    clock.now += 100
    (wave,) = collector.get_summary("run").runs[0].waves
    assert (wave.status, wave.wall, wave.barrier_time) == ("finished", 10.0, 8.0)
    assert (wave.attempt_time, wave.parallelism, wave.theoretical_parallelism) == (12.0, 1.2, 2)


def test_a_wave_that_is_started_again_adds_up(collector: MonitoringCollector, clock: Clock) -> None:
    for number in range(2):
        collector.start_wave(0, 1)
        clock.now += 4
        record(collector, result(f"a{number}", attempt(wall=4.0)))
        collector.complete_wave(0)
        clock.now += 100
    (wave,) = collector.get_summary().runs[0].waves
    assert (wave.status, wave.planned, wave.done, wave.wall, wave.parallelism) == ("finished", 2, 2, 8.0, 1.0)


def test_the_engines_own_wave_summary_counts(collector: MonitoringCollector) -> None:
    collector(started("run", "plan", {"a": 0}))
    collector(AtomFinished(run_id="run", result=result("a")))
    summary = WaveSummary(
        number=0,
        planned=1,
        counts=Counts(passed=1),
        wall=4.0,
        attempt_time=6.0,
        parallelism=1.5,
        theoretical_parallelism=1,
    )
    collector(WaveFinished(run_id="run", summary=summary))
    (wave,) = collector.get_summary("run").runs[0].waves
    assert (wave.wall, wave.attempt_time, wave.parallelism) == (4.0, 6.0, 1.5)


def test_two_plans_at_once_never_mix(collector: MonitoringCollector) -> None:
    one = [result("a", attempt(1, f"one {n}", wall=1.0)) for n in range(3)]
    two = [result("a", attempt(wall=2.0)) for _ in range(5)]
    collector(started("r1", "one", {"a": 0}))
    collector(started("run2", "two", {"a": 0}))
    for number in range(5):
        collector(AttemptStarted(run_id="run2", atom_id="a", number=1, slot=0))
        if number < 3:
            collector(AttemptStarted(run_id="r1", atom_id="a", number=1, slot=0))
            collector(AttemptRescheduled(run_id="r1", atom_id="a", number=1, evidence="so"))
            collector(AtomFinished(run_id="r1", result=one[number]))
        collector(AtomFinished(run_id="run2", result=two[number]))
    collector(finished("r1", "one", *one))
    for chosen in (collector.get_summary("r1"), collector.get_summary(masterplan="one")):
        assert chosen.totals.counts == Counts(failed=3)
        assert (chosen.totals.wall.total, chosen.totals.rescheduled) == (3.0, 3)
        assert [run.masterplan for run in chosen.runs] == ["one"]
    other = collector.get_summary("run2").totals
    assert (other.counts, other.wall.total, other.rescheduled) == (Counts(passed=5), 10.0, 0)
    assert collector.get_error_analysis(masterplan="two").patterns == ()
    assert [one.failures for one in collector.get_error_analysis("r1").patterns] == [3]
    assert {slow.masterplan for slow in collector.get_performance_analysis("run2").slowest} == {"two"}
    together = collector.get_summary()
    assert together.totals.counts == Counts(passed=5, failed=3)
    assert [run.run_id for run in together.runs] == ["r1", "run2"]


def test_the_same_failure_in_two_plans_is_two_patterns(collector: MonitoringCollector) -> None:
    for run_id, plan in (("r", "one"), ("s", "two"), ("t", "two")):
        collector(started(run_id, plan, {"a": 0}))
        collector(AtomFinished(run_id=run_id, result=result("a", attempt(1, "no 1"))))
    found = collector.get_error_analysis().patterns
    assert [(one.masterplan, one.failures, one.atoms) for one in found] == [("two", 2, 2), ("one", 1, 1)]


def test_what_was_taken_over_counts_as_an_outcome_and_an_error_alone(collector: MonitoringCollector) -> None:
    cached = result("a", attempt(spending=Spending(usd=1.0)), origin=Origin.CACHED)
    resumed = result("b", attempt(1, "no 1"), origin=Origin.RESUMED)
    record(collector, cached)
    record(collector, resumed)
    totals = collector.get_summary().totals
    assert totals.counts == Counts(passed=1, failed=1, cached=1, resumed=1)
    assert (totals.executions, totals.executed_atoms, totals.failures) == (0, 0, 0)
    assert (totals.wall.total, totals.spending) == (0.0, Spending())
    assert [one.failures for one in collector.get_error_analysis().patterns] == [1]
    assert collector.get_performance_analysis().slowest == ()
    assert [wave.started for wave in collector.get_summary().runs[0].waves] == [0]


def test_strategies_and_sources_with_what_they_cost(collector: MonitoringCollector) -> None:
    trials = tuple(
        Trial(code=f"t{n}", source=source, explanation="", refusal=refusal, usage=Usage(wall=0.25))
        for n, (source, refusal) in enumerate([("names", None), ("names", "cheats"), ("claude", None)])
    )
    work = tuple(Work(started_at=datetime(2026, 11, 9, tzinfo=UTC), slot=0, wall=0.25) for _ in range(2))
    made = result(
        "a",
        attempt(1, "no 1", strategy=Strategy.FIX, spending=Spending(usd=0.5)),
        attempt(2, "no", source="names", wall=0.25, strategy=Strategy.REGENERATE, trials=trials, work=work),
        attempt(3, source="claude", wall=2.0, spending=Spending(input_tokens=7, usd=1.0)),
    )
    record(collector, made)
    record(collector, result("b", attempt(1, "no 2", strategy=Strategy.MANUAL, failure={"culprit": "b"})))
    analysis = collector.get_error_analysis()
    strategies = {one.name: one for one in analysis.strategies}
    sources = {one.name: one for one in analysis.sources}
    fix, regenerate, manual = strategies["fix"], strategies["regenerate"], strategies["manual"]
    assert (fix.decided, fix.rounds, fix.fixed, fix.fix_rate, fix.seconds) == (1, 1, 0, 0.0, 0.75)
    assert (regenerate.decided, regenerate.rounds, regenerate.fixed, regenerate.fix_rate) == (1, 1, 1, 1.0)
    assert (regenerate.seconds, regenerate.spending.usd, fix.spending.usd) == (2.0, 1.0, 0.5)
    assert (manual.decided, manual.rounds, manual.fix_rate) == (1, 0, None)
    assert (sources["names"].tried, sources["names"].refused, sources["names"].fixed) == (2, 1, 0)
    assert (sources["claude"].tried, sources["claude"].rounds, sources["claude"].fixed) == (1, 1, 1)
    pattern = next(one for one in analysis.patterns if one.message == "no <number>")
    assert (pattern.failures, pattern.atoms, pattern.healed, pattern.fix_rate) == (2, 2, 1, 0.5)
    assert {one.name: one.spending.usd for one in pattern.strategies} == {"fix": 0.0, "manual": 0.0}
    totals = collector.get_summary().totals
    assert totals.spending == Spending(input_tokens=7, usd=1.5)
    assert (totals.candidates, totals.refused, totals.candidate_seconds) == (3, 1, 0.5)


def test_a_flaky_atoms_second_pass_is_no_fix(collector: MonitoringCollector) -> None:
    made = result("a", attempt(1, "no", strategy=Strategy.FIX), attempt(2, source="plan"), flaky=True)
    record(collector, made)
    analysis = collector.get_error_analysis()
    assert [(one.name, one.rounds, one.fixed) for one in analysis.strategies] == [("fix", 1, 0)]
    assert [(one.healed, one.flaky, one.unresolved) for one in analysis.patterns] == [(0, 1, 0)]
    assert collector.get_summary().totals.counts == Counts(passed=1, flaky=1)


def test_an_unknown_price_makes_the_cost_unknown(collector: MonitoringCollector) -> None:
    record(collector, result("a", attempt(spending=Spending(input_tokens=1, usd=None))))
    record(collector, result("b", attempt(spending=Spending(usd=1.0))))
    assert collector.get_summary().totals.spending == Spending(input_tokens=1, usd=None)


def test_the_slowest_atoms_are_kept(collector: MonitoringCollector) -> None:
    for number in range(50):
        record(collector, result(f"a{number}", attempt(wall=float(number * 7 % 50))))
    slowest = collector.get_performance_analysis().slowest
    assert [one.seconds for one in slowest] == [49.0 - n for n in range(SLOWEST_KEPT)]


def test_an_unknown_run_is_an_error_that_says_where_to_look(collector: MonitoringCollector) -> None:
    for ask in (collector.get_summary, collector.get_error_analysis, collector.get_performance_analysis):
        with pytest.raises(UnknownRunError, match=r"no run 'r': .* look earlier ones up in the records"):
            ask("r")
    collector(started("r", "plan", {}))
    assert collector.get_summary("r").runs[0].totals.success_rate is None
    with pytest.raises(UnknownRunError, match="no run 'r' of masterplan 'other'"):
        collector.get_summary("r", masterplan="other")


def test_runs_beyond_those_kept_live_on_in_the_totals(clock: Clock) -> None:
    collector = MonitoringCollector(clock=clock, runs_kept=2)
    collector(started("live", "plan", {"a": 0}))
    for number in range(5):
        collector(started(f"r{number}", "plan", {"a": 0}))
        collector(AtomFinished(run_id=f"r{number}", result=result("a", attempt(1, "no 1"))))
        collector(finished(f"r{number}", "plan", result("a", attempt(1, "no 1"))))
    summary = collector.get_summary()
    assert [run.run_id for run in summary.runs] == ["live", "r3", "r4"]
    assert summary.totals.counts == Counts(failed=5)
    assert collector.get_summary(masterplan="plan").totals.executions == 5
    assert collector.get_error_analysis().patterns[0].failures == 5
    with pytest.raises(UnknownRunError):
        collector.get_summary("r0")


def test_names_and_waves_are_bounded(collector: MonitoringCollector) -> None:
    for number in range(300):
        made = result(
            "a",
            attempt(1, "no", strategy=Strategy.FIX, failure={"kind": f"kind {number}"}),
            attempt(2, source=f"source {number}"),
            wave=number,
        )
        collector.start_wave(number, 1)
        record(collector, made)
    totals = collector.get_summary().totals
    assert len(totals.errors) == NAMES_KEPT + 1
    assert len(totals.sources) == NAMES_KEPT + 1
    assert sum(one.failures for one in totals.errors) == 300
    waves = collector.get_summary().runs[0].waves
    assert [wave.number for wave in waves] == list(range(WAVES_KEPT + 1))
    assert (waves[-1].planned, waves[-1].done, waves[-1].and_later) == (100, 100, True)
    assert not waves[-2].and_later


def test_a_run_whose_beginning_was_missed_is_counted_all_the_same(collector: MonitoringCollector) -> None:
    collector(AtomFinished(run_id="r", result=result("a")))
    collector(finished("r", "plan", result("a")))
    assert collector.get_summary(masterplan="plan").totals.counts == Counts(passed=1)


def test_everything_is_json(collector: MonitoringCollector) -> None:
    collector(started("run", "plan", {"a": 0}))
    collector(AtomFinished(run_id="run", result=result("a", attempt(1, "no", strategy=Strategy.MANUAL))))
    collector(finished("run", "plan", result("a")))
    for record_ in (
        collector.get_summary(),
        collector.get_error_analysis(),
        collector.get_performance_analysis(),
    ):
        data = record_.to_data()
        assert json.loads(json.dumps(data, allow_nan=False)) == data


names = st.sampled_from(["r", "s"])
outcomes = st.sampled_from(list(Outcome))


@given(st.lists(st.tuples(names, outcomes, st.integers(0, 3), st.integers(0, 300)), max_size=30))
def test_a_run_has_the_figures_it_has_alone(made: list[tuple[str, Outcome, int, int]]) -> None:
    """Interleaved with another run or not, a run's figures are the same, and both add up to the whole."""
    events: list[Event] = []
    for run_id, outcome, failures, wave in made:
        attempts = tuple(attempt(n + 1, f"no {n}", strategy=Strategy.FIX) for n in range(failures))
        if outcome is Outcome.PASSED:
            attempts = (*attempts, attempt(failures + 1))
        one = ExecutionResult(atom_id=f"a{failures}", outcome=outcome, wave=wave, attempts=attempts)
        events.append(AtomFinished(run_id=run_id, result=one))
    both = MonitoringCollector(clock=Clock())
    for event in events:
        both(event)
    total = 0
    for run_id in {event.run_id for event in events}:
        alone = MonitoringCollector(clock=Clock())
        for event in events:
            if event.run_id == run_id:
                alone(event)
        assert alone.get_summary(run_id).totals == both.get_summary(run_id).totals
        assert alone.get_error_analysis(run_id).patterns == both.get_error_analysis(run_id).patterns
        total += alone.get_summary(run_id).totals.counts.total
    assert both.get_summary().totals.counts.total == total == len(made)


def test_it_may_be_read_while_it_is_written(collector: MonitoringCollector) -> None:
    errors: list[BaseException] = []
    ended = threading.Event()

    def read() -> None:
        try:
            while not ended.is_set():
                collector.get_summary()
                collector.get_error_analysis()
                collector.plan_ledgers()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(300):
        record(collector, result(f"a{number}", attempt(1, f"no {'x' * (number % 50)}"), wave=number))
    ended.set()
    reader.join()
    assert errors == []
    assert collector.get_summary().totals.executions == 300


def test_results_are_not_kept(collector: MonitoringCollector) -> None:
    import gc
    import weakref

    class Watched(str):
        __slots__ = ("__weakref__",)

    code = Watched("the program")
    made = result("a", replace(attempt(1, "no", strategy=Strategy.FIX), code=code), attempt(2))
    watch = weakref.ref(code)
    collector(started("run", "plan", {"a": 0}))
    collector(AtomFinished(run_id="run", result=made))
    del made, code
    gc.collect()
    assert watch() is None
