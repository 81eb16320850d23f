"""The scheduler as a state machine: order, blocking, stopping."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.results import Outcome
from mge_toolkit.core.runs import Schedule
from mge_toolkit.engine.schedule import Scheduler
from mge_toolkit.testing import make_atom, make_plan


def scheduler(
    edges: dict[str, tuple[str, ...]], order: Schedule = Schedule.READY, **options: object
) -> Scheduler:
    plan = make_plan(make_atom(name, depends_on=before) for name, before in edges.items())
    return Scheduler(plan, order=order, **options)  # type: ignore[arg-type]  # the options differ in type


def take_all(schedule: Scheduler) -> list[str]:
    taken = []
    while (name := schedule.take()) is not None:
        taken.append(name)
    return taken


DIAMOND: dict[str, tuple[str, ...]] = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "lone": ()}


def test_only_what_depends_on_nothing_is_ready_first() -> None:
    assert take_all(scheduler(DIAMOND)) == ["a", "lone"]


def test_the_longest_path_goes_first() -> None:
    schedule = scheduler({"short": (), "long": (), "x": ("long",), "y": ("x",)})
    assert take_all(schedule) == ["long", "short"]


def test_known_times_decide_over_the_number_of_atoms() -> None:
    schedule = scheduler({"few": (), "many": (), "x": ("many",)}, weights={"few": 9.0, "many": 1.0, "x": 1.0})
    assert take_all(schedule) == ["few", "many"]


def test_an_atom_is_ready_when_its_last_dependency_passes() -> None:
    schedule = scheduler(DIAMOND)
    take_all(schedule)
    schedule.settle("a", Outcome.PASSED)
    assert take_all(schedule) == ["b", "c"]
    schedule.settle("b", Outcome.PASSED)
    assert take_all(schedule) == []
    schedule.settle("c", Outcome.PASSED)
    assert take_all(schedule) == ["d"]


def test_waves_hold_back_what_is_ready_until_the_wave_is_settled() -> None:
    schedule = scheduler({"a": (), "b": (), "c": ("a",)}, Schedule.WAVES)
    assert take_all(schedule) == ["a", "b"]
    schedule.settle("a", Outcome.PASSED)
    assert take_all(schedule) == []
    schedule.settle("b", Outcome.FAILED)
    assert take_all(schedule) == ["c"]


def test_sequential_gives_one_at_a_time() -> None:
    schedule = scheduler({"a": (), "b": ()}, Schedule.SEQUENTIAL)
    assert take_all(schedule) == ["a"]
    schedule.settle("a", Outcome.PASSED)
    assert take_all(schedule) == ["b"]


def test_a_failure_blocks_dependents_and_names_itself() -> None:
    schedule = scheduler(DIAMOND)
    take_all(schedule)
    settled = schedule.settle("a", Outcome.FAILED)
    assert [(s.atom_id, s.outcome, s.blocked_by) for s in settled] == [
        ("b", Outcome.BLOCKED, "a"),
        ("d", Outcome.BLOCKED, "a"),
        ("c", Outcome.BLOCKED, "a"),
    ]
    assert settled[0].reason == "needs 'a', which failed"
    assert settled[1].reason == "needs 'a', which failed (through 'b')"


def test_what_needs_a_skipped_atom_is_skipped_too() -> None:
    schedule = scheduler(DIAMOND)
    take_all(schedule)
    assert {s.outcome for s in schedule.settle("a", Outcome.SKIPPED)} == {Outcome.SKIPPED}


def test_stop_settles_what_has_not_started_and_leaves_what_runs() -> None:
    schedule = scheduler(DIAMOND)
    assert schedule.take() == "a"
    stopped = schedule.stop("enough")
    assert [s.atom_id for s in stopped] == ["b", "c", "d", "lone"]
    assert not schedule.done
    assert schedule.settle("a", Outcome.FAILED) == []
    assert schedule.done


def test_a_selection_brings_what_it_needs_and_nothing_else() -> None:
    schedule = scheduler(DIAMOND, selected=["b"])
    assert schedule.waves == {"a": 0, "b": 1}


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    size = draw(st.integers(1, 14))
    return {
        f"n{number}": tuple(
            f"n{other}"
            for other in draw(st.sets(st.integers(0, number - 1), max_size=3) if number else st.just(set()))
        )
        for number in range(size)
    }


@given(graphs(), st.sampled_from(Schedule), st.randoms(use_true_random=False), st.integers(1, 4))
def test_every_atom_gets_exactly_one_outcome_in_dependency_order(
    edges: dict[str, tuple[str, ...]], order: Schedule, chance: random.Random, slots: int
) -> None:
    schedule = scheduler(edges, order)
    outcomes: dict[str, Outcome] = {}
    running: list[str] = []
    while not schedule.done:
        while len(running) < slots and (name := schedule.take()) is not None:
            assert all(outcomes[before] is Outcome.PASSED for before in edges[name])
            if order is Schedule.WAVES:
                assert all(schedule.waves[other] == schedule.waves[name] for other in running)
            running.append(name)
        assert running, "nothing runs and nothing may start, but not every atom is settled"
        name = running.pop(chance.randrange(len(running)))
        outcome = chance.choice([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED])
        for settled in [(name, outcome), *((s.atom_id, s.outcome) for s in schedule.settle(name, outcome))]:
            assert settled[0] not in outcomes
            outcomes[settled[0]] = settled[1]
    assert outcomes.keys() == edges.keys()
    for name, outcome in outcomes.items():
        if outcome in (Outcome.PASSED, Outcome.FAILED):
            assert all(outcomes[before] is Outcome.PASSED for before in edges[name])
