"""Rounds of candidates: what is tried, what wins, what is refused, what is run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from mge_toolkit.core.events import AttemptFinished, AttemptStarted
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Execution, Limit, Outcome, Strategy, Usage
from mge_toolkit.core.runs import atom_seconds
from mge_toolkit.core.settings import RepairSettings
from mge_toolkit.engine.slots import SlotPool
from mge_toolkit.engine.trials import edit_size
from mge_toolkit.testing import PASSED, FixerPlugin, failing, make_atom
from tests.engine.conftest import RunFake
from tests.engine.fixers import Proposes


def code_of(job: Job) -> str:
    return next(s.source.text for s in job.segments if s.atom_id == job.atom_id)


def passing(*codes: str) -> Any:
    return lambda job: PASSED if code_of(job) in codes else failing(f"wrong: {code_of(job)}")


def test_of_what_passes_the_smallest_change_wins(run_fake: RunFake) -> None:
    sure = Proposes("value = 1111", confidence=0.9)
    unsure = Proposes("value = 2", "value = 7", "value", confidence=0.5)
    observed = run_fake(
        [make_atom("a", "value = 1")],
        extra=[FixerPlugin(sure, unsure)],
        answer=passing("value = 1111", "value = 7"),
        slots=1,
    )
    result = observed.result.results["a"]
    assert result.healed
    assert result.attempts[-1].code == "value = 7"
    trials = {trial.code: trial.accepted for trial in result.attempts[-1].trials}
    assert trials == {"value = 1111": True, "value = 2": False, "value = 7": True}


def test_a_round_is_one_retry_and_its_trials_are_kept(run_fake: RunFake) -> None:
    fixer = Proposes("b = 1", "c = 1", "d = 1")
    observed = run_fake([make_atom("a", "a = 1")], extra=[FixerPlugin(fixer)], answer=passing())
    result = observed.result.results["a"]
    assert result.outcome is Outcome.FAILED
    assert len(result.attempts) == 2
    assert {trial.code for trial in result.attempts[1].trials} == {"b = 1", "c = 1", "d = 1"}
    started = [e.number for e in observed.events if isinstance(e, AttemptStarted)]
    finished = [e.attempt.number for e in observed.events if isinstance(e, AttemptFinished)]
    assert started == finished == [1, 2]


def test_idle_slots_help_and_busy_ones_are_left_alone(run_fake: RunFake) -> None:
    codes = [f"try = {n}" for n in range(12)]
    observed = run_fake(
        [make_atom("a", "bad = 1")], extra=[FixerPlugin(Proposes(*codes))], answer=passing(), slots=4
    )
    attempt = observed.result.results["a"].attempts[1]
    assert len(attempt.trials) == 12
    assert len(observed.executed) == 13
    assert len(attempt.work) == 11
    assert {attempt.slot, *(one.slot for one in attempt.work)} <= set(range(4))


def test_the_time_of_candidates_counts_as_time_of_slots_but_not_of_the_critical_path(
    run_fake: RunFake,
) -> None:
    codes = [f"try = {n}" for n in range(8)]

    def answer(job: Job) -> Execution:
        found = PASSED if code_of(job) == codes[-1] else failing(code_of(job))
        return replace(found, usage=Usage(wall=0.5, cpu=0.5))

    observed = run_fake(
        [make_atom("a", "bad = 1")],
        extra=[FixerPlugin(Proposes(*codes))],
        answer=answer,
        repair=RepairSettings(confirm=2),
    )
    result = observed.result.results["a"]
    first, second = result.attempts
    assert result.outcome is Outcome.PASSED
    executed = len(observed.executed)
    assert executed == 1 + len(second.trials) + 1 + 2, "the plan's own code is run again, and the repair"
    assert second.slot_time == 0.5 * (executed - 1)
    assert result.slot_time == first.slot_time + second.slot_time
    assert observed.result.waves[0].attempt_time == result.slot_time
    # The fake sandbox takes no time itself: all began at nearly the same moment.
    assert atom_seconds(result, 0.0) == pytest.approx(1.0, abs=0.4)
    assert first.started_at <= second.began <= second.started_at
    assert observed.result.critical_path_time == 1.0, "what ran side by side holds up nothing"


def test_a_program_that_passes_unchanged_the_second_time_is_flaky(run_fake: RunFake) -> None:
    observed = run_fake(
        [make_atom("a", "dice = 1")],
        extra=[FixerPlugin(Proposes("dice = 6"))],
        script={"a": [failing("not this time"), PASSED]},
    )
    result = observed.result.results["a"]
    assert (result.outcome, result.flaky, result.healed) == (Outcome.PASSED, True, False)
    assert result.attempts[-1].code == "dice = 1"
    assert (observed.result.counts.flaky, observed.result.counts.healed) == (1, 0)


def test_after_a_syntax_error_the_original_is_not_run_again(run_fake: RunFake) -> None:
    broken = failing("invalid syntax", "SyntaxError")
    observed = run_fake(
        [make_atom("a", "x = 1")],
        extra=[FixerPlugin(Proposes("x = 0"))],
        answer=lambda job: PASSED if code_of(job) == "x = 0" else broken,
    )
    assert [code_of(job) for job in observed.plugin.made[0].executed] == ["x = 1", "x = 0", "x = 0"]


@pytest.mark.parametrize("confirm", [0, 1, 3])
def test_an_accepted_repair_is_run_again(run_fake: RunFake, confirm: int) -> None:
    observed = run_fake(
        [make_atom("a", "x = 1")],
        extra=[FixerPlugin(Proposes("x = 2"))],
        answer=passing("x = 2"),
        repair=RepairSettings(confirm=confirm),
    )
    executed = [code_of(job) for job in observed.plugin.made[0].executed]
    assert executed == ["x = 1", "x = 2", "x = 1", *["x = 2"] * confirm]


def test_a_repair_that_fails_when_it_is_run_again_does_not_count(run_fake: RunFake) -> None:
    answers = {"x = 1": [failing("1")] * 9, "x = 2": [PASSED, failing("not twice")]}
    observed = run_fake(
        [make_atom("a", "x = 1")],
        extra=[FixerPlugin(Proposes("x = 2"))],
        answer=lambda job: answers[code_of(job)].pop(0),
    )
    result = observed.result.results["a"]
    assert result.outcome is Outcome.FAILED
    refusal = result.attempts[1].trials[0].refusal
    assert refusal == "passed once and failed when it was run again: AssertionError: not twice"


def test_a_candidate_that_games_the_check_is_refused_with_the_reason(run_fake: RunFake) -> None:
    atom = make_atom("a", "def f(n):\n    assert n > 0\n    return n - 1\n", check="assert f(2) == 1")
    gaming = "def f(n):\n    return n - 1\n"
    observed = run_fake([atom], extra=[FixerPlugin(Proposes(gaming))], answer=passing(gaming))
    result = observed.result.results["a"]
    assert result.outcome is Outcome.FAILED
    assert result.failure is not None
    assert result.failure.kind == "refused"
    assert result.attempts[1].trials[0].refusal is not None
    assert result.attempts[1].trials[0].refusal in result.failure.message


def test_search_is_asked_only_where_it_is_allowed(run_fake: RunFake) -> None:
    search = Proposes("x = 2", level=RepairLevel.SEARCH)
    for level, healed in ((RepairLevel.FIX, False), (RepairLevel.SEARCH, True)):
        observed = run_fake(
            [make_atom("a", "x = 1", check="assert x == 2")],
            extra=[FixerPlugin(search)],
            answer=passing("x = 2"),
            repair=RepairSettings(level=level),
        )
        assert observed.result.results["a"].healed is healed


def test_what_a_search_finds_must_keep_to_the_docstring(run_fake: RunFake) -> None:
    docstring = '    """Double.\n\n    >>> f(3)\n    6\n    """\n'
    plan, wrong, right = (f"def f(n):\n{docstring}    return {end}\n" for end in ("n", "n + 2", "n * 2"))

    def answer(job: Job) -> Execution:
        examples = "f(3)" in job.segments[-1].source.text
        passes = code_of(job) == right or (code_of(job) == wrong and not examples)
        return PASSED if passes else failing(f"wrong: {code_of(job)}")

    observed = run_fake(
        [make_atom("a", plan, check="assert f(2) == 4")],
        extra=[FixerPlugin(Proposes(wrong, right, level=RepairLevel.SEARCH))],
        answer=answer,
        slots=1,
        repair=RepairSettings(level=RepairLevel.SEARCH),
    )
    result = observed.result.results["a"]
    assert result.healed
    assert result.attempts[-1].code == right
    refusals = [trial.refusal for trial in result.attempts[-1].trials if trial.code == wrong]
    assert refusals[0] is not None
    assert refusals[0].startswith("contradicts an example in its docstring")


def test_nothing_is_searched_for_on_top_of_a_search_in_vain(run_fake: RunFake) -> None:
    search = Proposes("x = 2", "x = 3", level=RepairLevel.SEARCH)
    observed = run_fake(
        [make_atom("a", "x = 1", check="assert x == 9")],
        extra=[FixerPlugin(search)],
        script={"a": [failing("never")]},
        repair=RepairSettings(level=RepairLevel.SEARCH),
    )
    assert observed.outcomes == {"a": "failed"}
    assert [case.code for case in search.cases] == ["x = 1"]


def test_off_asks_nobody(run_fake: RunFake) -> None:
    fixer = Proposes("x = 2")
    observed = run_fake(
        [make_atom("a", "x = 1")],
        extra=[FixerPlugin(fixer)],
        answer=passing("x = 2"),
        repair=RepairSettings(level=RepairLevel.OFF),
    )
    decision = observed.result.results["a"].attempts[0].decision
    assert decision is not None
    assert decision.strategy is Strategy.MANUAL
    assert fixer.cases == []


def test_what_got_further_is_what_the_next_round_mends(run_fake: RunFake) -> None:
    class Steps(Proposes):
        async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
            following = {"x = ": "x = y", "x = y": "x = 1"}
            return [Candidate(code=following[case.code], source="steps", explanation="so")]

    answers = {
        "x = ": failing("invalid syntax", "SyntaxError"),
        "x = y": failing("name 'y' is not defined", "NameError"),
        "x = 1": PASSED,
    }
    observed = run_fake(
        [make_atom("a", "x = ")],
        extra=[FixerPlugin(Steps())],
        answer=lambda job: answers[code_of(job)],
    )
    assert [a.code for a in observed.result.results["a"].attempts] == ["x = ", "x = y", "x = 1"]


def test_the_runs_cap_of_retries_holds(run_fake: RunFake) -> None:
    atoms = [make_atom(f"a{n}", f"x = {n}") for n in range(4)]
    observed = run_fake(
        atoms,
        extra=[FixerPlugin(Proposes("x = 9"))],
        answer=passing("x = 9"),
        slots=1,
        wave_threshold=0,
        repair=RepairSettings(run_retries=2),
    )
    assert observed.result.counts.healed == 2
    assert observed.result.counts.failed == 2


def test_a_time_limit_on_a_busy_machine_is_tried_once_more_alone(
    run_fake: RunFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mge_toolkit.engine.runner.machine_is_busy", lambda: True)
    late = Execution(completed=False, limit=Limit.WALL, signal=9, usage=Usage(wall=30, cpu=0.1))
    observed = run_fake([make_atom("a", "x = 1")], script={"a": [late, PASSED]})
    result = observed.result.results["a"]
    assert result.outcome is Outcome.PASSED
    assert (len(result.attempts), result.healed, result.flaky) == (1, False, False)
    assert result.attempts[0].explanation is not None


def test_a_program_that_used_its_time_is_not_tried_again(
    run_fake: RunFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mge_toolkit.engine.runner.machine_is_busy", lambda: True)
    late = Execution(completed=False, limit=Limit.WALL, signal=9, usage=Usage(wall=30, cpu=29))
    observed = run_fake([make_atom("a", "x = 1")], script={"a": [late, PASSED]})
    assert observed.outcomes == {"a": "failed"}


def test_slots_are_all_given_back(run_fake: RunFake, monkeypatch: pytest.MonkeyPatch) -> None:
    pools: list[SlotPool] = []
    made = SlotPool.__init__

    def remember(pool: SlotPool, size: int) -> None:
        made(pool, size)
        pools.append(pool)

    monkeypatch.setattr(SlotPool, "__init__", remember)
    atoms = [make_atom(f"a{n}", f"x = {n}") for n in range(9)]
    codes = [f"y = {n}" for n in range(9)]
    run_fake(atoms, extra=[FixerPlugin(Proposes(*codes))], answer=passing("y = 5"), slots=4, wave_threshold=0)
    assert sorted(slot for slot in iter(pools[0].acquire_spare, None) if slot is not None) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("before", "after", "size"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "axc", 1), ("abc", "abbc", 1), ("abc", "", 3), ("aa", "aaa", 1)],
)
def test_the_size_of_an_edit(before: str, after: str, size: int) -> None:
    assert edit_size(before, after) == edit_size(after, before) == size
