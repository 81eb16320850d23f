"""Measured times replayed: bounds that every schedule keeps, what fewer retries cost, how close it comes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.graph import longest_path
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import (
    NO_ISOLATION,
    Attempt,
    Category,
    Execution,
    ExecutionResult,
    Failure,
    Origin,
    Outcome,
    RetryDecision,
    Strategy,
    Usage,
)
from mge_toolkit.core.runs import RunResult, Schedule, count
from mge_toolkit.engine.schedule import Scheduler
from mge_toolkit.engine.simulation import simulate, what_if
from mge_toolkit.engine.simulation.replay import measure
from mge_toolkit.testing import make_atom, make_plan
from tests.engine.conftest import RunFake

WHEN = datetime(2026, 1, 2, tzinfo=UTC)
NEAR = 1e-5  # starts are told to the microsecond
PARALLEL = (Schedule.READY, Schedule.WAVES)


def failure(culprit: str) -> Failure:
    return Failure(category=Category.RUNTIME, kind="assertion", message="no", culprit=culprit)


def attempts(name: str, walls: Sequence[float], *, passed: bool = True) -> tuple[Attempt, ...]:
    """Return attempts that follow one another without a pause, all but the last of which failed."""
    found, clock = [], 0.0
    for number, wall in enumerate(walls, 1):
        failed = number < len(walls) or not passed
        found.append(
            Attempt(
                number=number,
                code=f"code {number}",
                execution=Execution(completed=not failed, usage=Usage(wall=wall)),
                started_at=WHEN + timedelta(seconds=clock),
                slot=0,
                source="plan" if number == 1 else "fixer",
                failure=failure(name) if failed else None,
                decision=RetryDecision(strategy=Strategy.FIX, confidence=1.0, reason="due")
                if failed
                else None,
            )
        )
        clock += wall
    return tuple(found)


def make_run(
    plan: Masterplan,
    walls: Mapping[str, Sequence[float]],
    lost: Sequence[str] = (),
    *,
    slots: int = 2,
    schedule: Schedule = Schedule.READY,
    wall: float = 1e6,
    **changes: Mapping[str, Any],
) -> RunResult:
    """Return a run in which atoms took ``walls`` and those in ``lost`` failed; ``changes`` are of results."""
    waves = Scheduler(plan).waves
    results: dict[str, ExecutionResult] = {}
    for name, atom in plan.atoms.items():
        blocker = next((one for one in atom.predecessors if results[one].outcome is not Outcome.PASSED), None)
        if blocker is not None:
            result = ExecutionResult(
                atom_id=name, outcome=Outcome.BLOCKED, wave=waves[name], blocked_by=blocker
            )
        else:
            result = ExecutionResult(
                atom_id=name,
                outcome=Outcome.FAILED if name in lost else Outcome.PASSED,
                wave=waves[name],
                attempts=attempts(name, walls[name], passed=name not in lost),
            )
        results[name] = replace(result, **changes.get(name, {}))
    return RunResult(
        run_id="run",
        masterplan=plan.name,
        results=results,
        waves=(),
        counts=count(results.values()),
        started_at=WHEN,
        wall=wall,
        slots=slots,
        schedule=schedule,
        isolation=NO_ISOLATION,
        parallelism=1.0,
        plan=plan,
    )


@st.composite
def runs(draw: st.DrawFn) -> RunResult:
    number = draw(st.integers(1, 14))
    atoms = []
    for place in range(number):
        before = draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        atoms.append(make_atom(f"a{place}", depends_on=tuple(f"a{one}" for one in sorted(before))))
    seconds = st.floats(0.0, 50.0, allow_nan=False)
    walls = {atom.id: draw(st.lists(seconds, min_size=1, max_size=3)) for atom in atoms}
    lost = draw(st.sets(st.sampled_from([atom.id for atom in atoms]), max_size=3))
    return make_run(make_plan(atoms), walls, sorted(lost), slots=draw(st.integers(1, 5)))


def work(run: RunResult) -> float:
    return math.fsum(result.duration for result in run.results.values())


def critical_path_time(run: RunResult) -> float:
    assert run.plan is not None
    graph = {name: run.plan.atoms[name].predecessors for name in run.results}
    return longest_path(graph, lambda name: run.results[name].duration)[1]


@given(runs(), st.sampled_from(Schedule))
def test_one_slot_takes_the_sum_of_all_times(run: RunResult, schedule: Schedule) -> None:
    found = simulate(run, slots=1, schedule=schedule)
    assert found.wall == pytest.approx(work(run), abs=NEAR)
    assert found.work == pytest.approx(work(run), abs=NEAR)


@given(runs(), st.sampled_from(Schedule), st.integers(1, 8))
def test_no_schedule_is_faster_than_its_bounds(run: RunResult, schedule: Schedule, slots: int) -> None:
    found = simulate(run, slots=slots, schedule=schedule)
    assert found.critical_path_time == pytest.approx(critical_path_time(run), abs=NEAR)
    assert found.wall >= critical_path_time(run) - NEAR
    assert found.wall >= work(run) / slots - NEAR
    low, high = measure(run).bounds([slots], schedule, critical_path_time(run))[0]
    assert low - NEAR <= found.wall <= high + NEAR


@given(runs(), st.integers(1, 6), st.integers(0, 6))
def test_more_slots_are_slower_by_no_more_than_list_scheduling_may_be(
    run: RunResult, slots: int, more: int
) -> None:
    fewer, many = simulate(run, slots=slots), simulate(run, slots=slots + more)
    assert many.wall <= fewer.wall * (1 + (slots - 1) / (slots + more)) + NEAR


@given(runs(), st.sampled_from(Schedule), st.integers(1, 5))
def test_what_is_simulated_is_a_schedule(run: RunResult, schedule: Schedule, slots: int) -> None:
    found = simulate(run, slots=slots, schedule=schedule)
    assert list(found.atoms) == list(run.results)
    assert run.plan is not None
    for name, atom in found.atoms.items():
        assert atom.outcome is run.results[name].outcome
        assert atom.end - atom.start == pytest.approx(run.results[name].duration, abs=NEAR)
        if atom.slot is not None:
            for before in run.plan.atoms[name].predecessors:
                assert found.atoms[before].end <= atom.start + NEAR
    lanes: dict[int, list[tuple[float, float]]] = {}
    for atom in found.atoms.values():
        if atom.slot is not None:
            lanes.setdefault(atom.slot, []).append((atom.start, atom.end))
    assert set(lanes) <= set(range(1 if schedule is Schedule.SEQUENTIAL else slots))
    for spans in lanes.values():
        spans.sort()
        assert all(one[1] <= other[0] + NEAR for one, other in pairwise(spans))
    assert sum(wave.atoms for wave in found.waves) == len(run.results)
    assert math.fsum(wave.work for wave in found.waves) == pytest.approx(found.work, abs=1e-6)


@given(runs())
def test_waves_do_not_overlap_where_there_is_a_barrier(run: RunResult) -> None:
    executed = [
        atom for atom in simulate(run, schedule=Schedule.WAVES).atoms.values() if atom.slot is not None
    ]
    for one in executed:
        for other in executed:
            assert one.wave >= other.wave or one.end <= other.start + NEAR


DIAMOND = make_plan(
    [
        make_atom("start"),
        make_atom("left", depends_on=("start",)),
        make_atom("right", depends_on=("start",)),
        make_atom("end", depends_on=("left", "right")),
        make_atom("hint", critical=False),
    ]
)
DIAMOND_WALLS = {"start": [1.0], "left": [2.0, 3.0], "right": [4.0], "end": [1.0], "hint": [1.0, 1.0]}


def diamond(**fields: Any) -> RunResult:
    return make_run(DIAMOND, DIAMOND_WALLS, **fields)


def test_the_figures_of_a_small_run() -> None:
    found = simulate(diamond(wall=10.0))
    assert (found.wall, found.work) == (7.0, 13.0)
    assert (found.critical_path, found.critical_path_time) == (("start", "left", "end"), 7.0)
    assert found.parallelism == pytest.approx(13 / 7)
    assert found.bound == 7.0
    assert found.most_parallelism == pytest.approx(13 / 7)
    assert found.speedup == pytest.approx(10 / 7)
    assert [(wave.number, wave.atoms, wave.work) for wave in found.waves] == [
        (0, 2, 3.0),
        (1, 2, 9.0),
        (2, 1, 1.0),
    ]


@pytest.mark.parametrize(
    ("slots", "schedule", "wall"),
    [
        (1, Schedule.READY, 13.0),
        (3, Schedule.READY, 7.0),
        (3, "waves", 8.0),
        (3, Schedule.SEQUENTIAL, 13.0),
    ],
)
def test_other_slots_and_schedules(slots: int, schedule: str, wall: float) -> None:
    assert simulate(diamond(), slots=slots, schedule=schedule).wall == wall


def test_without_retries_their_time_is_saved_and_what_they_mended_is_lost() -> None:
    found = simulate(diamond(), retries=0, slots=3)
    assert (found.lost, found.held_up) == (("left", "hint"), ("end",))
    assert found.atoms["left"].outcome is Outcome.FAILED
    assert found.atoms["hint"].outcome is Outcome.SKIPPED
    assert found.atoms["end"].outcome is Outcome.BLOCKED
    assert (found.work, found.wall) == (8.0, 5.0)


@pytest.mark.parametrize("retries", [1, 2, 99])
def test_as_many_retries_as_there_were_change_nothing(retries: int) -> None:
    assert replace(simulate(diamond(), retries=retries), retries=None) == simulate(diamond())


def test_what_was_not_executed_takes_no_time_and_is_told() -> None:
    run = diamond(
        start={"origin": Origin.CACHED},
        left={"outcome": Outcome.STOPPED, "attempts": ()},
        end={"outcome": Outcome.STOPPED, "attempts": ()},
    )
    found = simulate(run)
    assert found.unmeasured == ("start", "left", "end")
    assert found.atoms["end"].outcome is Outcome.STOPPED
    assert found.lost == found.held_up == ()
    assert found.work == 6.0


def test_an_atom_keeps_its_slot_while_it_is_repaired() -> None:
    first, second = attempts("left", [2.0, 3.0])
    late = replace(second, started_at=WHEN + timedelta(seconds=5))
    run = diamond(left={"attempts": (first, late)})
    assert simulate(run).atoms["left"].end - simulate(run).atoms["left"].start == 8.0
    assert simulate(run, retries=0).work == 8.0, "nor does it wait for what would have been tried next"


def test_a_clock_that_was_set_meanwhile_does_not_count() -> None:
    first, second = attempts("left", [2.0, 3.0])
    odd = replace(second, started_at=WHEN + timedelta(days=400))
    assert simulate(diamond(wall=10.0, left={"attempts": (first, odd)})).wall <= 20.0
    odd = replace(second, started_at=WHEN - timedelta(days=400))
    assert simulate(diamond(wall=10.0, left={"attempts": (first, odd)})).wall == simulate(diamond()).wall


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"slots": 0}, "slots: 0 is not a whole number from 1 on"),
        ({"slots": True}, "slots: True is not"),
        ({"retries": -1}, "retries: -1 is not a whole number from 0 on"),
        ({"schedule": "fastest"}, "schedule: 'fastest' is none of ready, waves, sequential"),
    ],
)
def test_mistakes_are_told(change: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why.replace("(", r"\(")):
        simulate(diamond(), **change)


def test_the_plan_has_to_be_known_and_to_be_that_of_the_run() -> None:
    unknown = replace(diamond(), plan=None)
    with pytest.raises(SettingsError, match="does not know its plan: give plan="):
        simulate(unknown)
    assert simulate(unknown, DIAMOND) == simulate(diamond())
    with pytest.raises(SettingsError, match="atom 'start' of run run is not in plan"):
        simulate(diamond(), make_plan([make_atom("other")]))


def test_an_empty_run_takes_no_time() -> None:
    found = simulate(make_run(make_plan([]), {}))
    assert (found.wall, found.parallelism, found.speedup, found.bound) == (0.0, 0.0, None, 0.0)
    assert what_if(make_run(make_plan([]), {})).variations == ()


def test_what_if_tells_of_slots_schedules_a_smaller_atom_and_retries() -> None:
    found = what_if(diamond(wall=14.0, slots=1))
    assert {one.change: one.simulation.wall for one in found.variations} == {
        "2 slots": 7.0,
        "4 slots": 7.0,
        "5 slots": 7.0,
        "schedule waves": 13.0,
        "schedule sequential": 13.0,
        "slowest atom in two": 13.0,
        "no retries": 8.0,
    }
    sentences = "\n".join(found.sentences)
    assert "measured 14.00 s, simulated 13.00 s, which is 7% less" in sentences
    assert "2 slots instead of 1 would take 7.00 s instead of 13.00 s, 1.86 times as fast" in sentences
    assert (
        "splitting 'left' (5.00 s with its repairs), the slowest atom, in two would change nothing"
        in sentences
    )
    assert "but 2 atoms would no longer pass (left, hint) and hold up 1 more" in sentences
    assert [line.split() for line in found.table().splitlines()[:3]] == [
        ["change", "slots", "schedule", "wall", "times", "as", "fast"],
        ["as", "it", "was", "1", "ready", "13.00", "s", "1.00"],
        ["2", "slots", "2", "ready", "7.00", "s", "1.86"],
    ]


def test_splitting_an_atom_keeps_what_depends_on_it() -> None:
    split = measure(diamond()).split("left").replay(4, Schedule.READY)
    assert split.wall == 6.0  # start, then right's four seconds, then end
    assert split.work == 13.0


def test_more_slots_than_can_be_of_use_say_why() -> None:
    chain = make_plan([make_atom("a"), make_atom("b", depends_on=("a",))])
    found = what_if(make_run(chain, {"a": [1.0], "b": [2.0]}, slots=1))
    assert (
        "2 slots instead of 1 would change nothing worth mentioning: the critical path of 2 atoms takes 3.00 s"
        in (found.sentences)
    )


@pytest.mark.parametrize("schedule", PARALLEL)
def test_the_simulation_of_a_run_comes_close_to_the_run(run_fake: RunFake, schedule: Schedule) -> None:
    names = [f"a{place}" for place in range(12)]
    atoms = [
        make_atom(name, depends_on=(names[place - 4],) if place >= 4 else ())
        for place, name in enumerate(names)
    ]
    script = {name: [0.02 + 0.01 * (place % 5)] for place, name in enumerate(names)}
    observed = run_fake(atoms, script=script, slots=3, schedule=schedule)
    result = replace(observed.result, plan=make_plan(atoms))
    found = simulate(result)
    # The machine may be late by any amount, but never early: what is simulated lacks only what lies between.
    assert found.wall <= result.wall
    ideal = simulate(result, slots=1).wall / 3
    assert ideal <= found.wall
    ends = {name: atom.end for name, atom in found.atoms.items()}
    assert all(ends[name] >= ends[names[place - 4]] for place, name in enumerate(names) if place >= 4)


def test_a_run_itself_tells_what_it_would_have_taken(run_fake: RunFake) -> None:
    atoms = [make_atom("a"), make_atom("b"), make_atom("c", depends_on=("a",))]
    result = run_fake(atoms, script={"a": [0.01], "b": [0.01], "c": [0.01]}).result
    assert result.simulate(slots=1, schedule="sequential") == simulate(result, slots=1, schedule="sequential")
    assert result.what_if() == what_if(result)


def test_a_simulation_is_told_in_a_line() -> None:
    found = simulate(diamond(), slots=3, retries=1)
    assert repr(found).startswith("<plan on 3 slots, schedule ready, retries 1: ")
    assert "start" not in repr(found)
