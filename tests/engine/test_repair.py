"""The decision point: candidates from fixers, retries, healed code for dependents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mge_toolkit.core.events import AttemptFinished
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Execution, Outcome, Strategy
from mge_toolkit.testing import PASSED, FixerPlugin, ScriptedFixer, failing, make_atom
from tests.engine.conftest import RunFake

NOTHING_LEFT = (
    "nothing proposed new code, regenerating it is due and no model is configured "
    "(--mge-repair llm asks Claude)"
)


def passes_when(code: str) -> object:
    def answer(job: Job) -> Execution:
        return PASSED if job.segments[-1].source.text == code else failing("still wrong")

    return answer


def test_a_candidate_that_passes_heals_the_atom(run_fake: RunFake) -> None:
    fixer = ScriptedFixer({"a": ["second", "good"]})
    observed = run_fake([make_atom("a", "first")], extra=[FixerPlugin(fixer)], answer=passes_when("good"))
    result = observed.result.results["a"]
    assert result.outcome is Outcome.PASSED
    assert result.healed
    assert [(a.number, a.code, a.source) for a in result.attempts] == [
        (1, "first", "plan"),
        (2, "second", "scripted"),
        (3, "good", "scripted"),
    ]
    decisions = [a.decision and a.decision.strategy for a in result.attempts]
    assert decisions == [Strategy.FIX, Strategy.FIX, None]
    finished = [e.attempt.number for e in observed.events if isinstance(e, AttemptFinished)]
    assert finished == [1, 2, 3]
    assert observed.result.counts.healed == 1


def test_retries_end_at_the_atoms_own_limit(run_fake: RunFake) -> None:
    fixer = ScriptedFixer({"a": [f"try {n}" for n in range(9)]})
    atom = make_atom("a", "first", max_retries=2)
    observed = run_fake(
        [atom],
        extra=[FixerPlugin(fixer)],
        answer=lambda job: failing(f"wrong in its own way: {job.segments[-1].source.text}"),
    )
    result = observed.result.results["a"]
    assert result.outcome is Outcome.FAILED
    assert [a.code for a in result.attempts] == ["first", "try 0", "try 1"]
    last = result.attempts[-1].decision
    assert last is not None
    assert last.strategy is Strategy.MANUAL


def test_code_that_was_already_run_is_not_run_again(run_fake: RunFake) -> None:
    fixer = ScriptedFixer({"a": ["first", "first", "first"]})
    observed = run_fake([make_atom("a", "first")], extra=[FixerPlugin(fixer)], answer=passes_when("never"))
    result = observed.result.results["a"]
    assert len(result.attempts) == 1
    assert result.attempts[0].decision is not None
    assert result.attempts[0].decision.reason == NOTHING_LEFT


def test_dependents_of_a_healed_atom_run_with_the_healed_code(run_fake: RunFake) -> None:
    fixer = ScriptedFixer({"a": ["good"]})
    atoms = [make_atom("a", "bad"), make_atom("b", "uses a", depends_on=("a",))]

    def answer(job: Job) -> Execution:
        return failing() if job.segments[0].source.text == "bad" else PASSED

    observed = run_fake(atoms, extra=[FixerPlugin(fixer)], answer=answer)
    assert observed.outcomes == {"a": "passed", "b": "passed"}
    assert [s.source.text for s in observed.plugin.made[0].executed[-1].segments] == ["good", "uses a"]


class Raising:
    name = "broken"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        raise RuntimeError("no\nmodel here")


class Mute:
    """Has no ``name`` and no ``candidates``."""


class Wrong:
    name = "wrong"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[str]:
        return ["pass"]


def test_a_fixer_that_raises_is_passed_over_and_named(run_fake: RunFake) -> None:
    fixers = FixerPlugin(Raising(), ScriptedFixer({"a": ["good"]}))
    observed = run_fake([make_atom("a", "bad")], extra=[fixers], answer=passes_when("good"))
    assert observed.outcomes == {"a": "passed"}
    decision = observed.result.results["a"].attempts[0].decision
    assert decision is not None
    assert decision.strategy is Strategy.FIX
    assert decision.reason == "retry 1 of 3; fixer 'broken' raised RuntimeError: no"


@pytest.mark.parametrize(
    ("fixer", "said"),
    [
        (Raising(), "fixer 'broken' raised RuntimeError: no"),
        (Mute(), "fixer 'Mute' raised AttributeError: 'Mute' object has no attribute 'candidates'"),
        (Wrong(), "fixer 'wrong' raised AttributeError: 'str' object has no attribute 'spending'"),
    ],
)
def test_fixers_that_cannot_propose_are_named_where_nothing_follows(
    run_fake: RunFake, fixer: Any, said: str
) -> None:
    observed = run_fake([make_atom("a", "bad")], extra=[FixerPlugin(fixer)], answer=passes_when("good"))
    decision = observed.result.results["a"].attempts[0].decision
    assert decision is not None
    assert decision.reason == f"{NOTHING_LEFT}; {said}"


def test_a_broken_fixer_is_in_the_reason_of_an_atom_that_is_given_up(run_fake: RunFake) -> None:
    atom = make_atom("a", "bad", critical=False)
    observed = run_fake([atom], extra=[FixerPlugin(Raising())], answer=passes_when("good"))
    reason = observed.result.results["a"].reason or ""
    assert reason.startswith(f"given up ({NOTHING_LEFT}; fixer 'broken' raised RuntimeError: no): ")
