"""The retry logic by itself: analyse, ask, fix, without an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

import mge_toolkit
from mge_toolkit.core.plans import Atom
from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import (
    Attempt,
    Category,
    Execution,
    ExecutionResult,
    Failure,
    Outcome,
    RetryDecision,
    Strategy,
)
from mge_toolkit.retry.logic import RetryLogic
from mge_toolkit.testing import ScriptedFixer, make_atom

ATOM = make_atom("a", "def f(n):\n    assert n\n    return m\n", check="assert f(121) == 121")
MENDED = ATOM.code.text.replace("return m", "return n")
FAILURE = Failure(
    category=Category.RUNTIME, kind="name", message="NameError: name 'm' is not defined", culprit="a", line=3
)


def result_of(atom: Atom, *failures: Failure | None) -> ExecutionResult:
    attempts = tuple(
        Attempt(
            number=n,
            code=atom.code.text,
            execution=Execution(completed=False),
            started_at=datetime.now(UTC),
            slot=0,
            failure=failure,
        )
        for n, failure in enumerate(failures, 1)
    )
    return ExecutionResult(atom_id=atom.id, outcome=Outcome.FAILED, wave=0, attempts=attempts)


class Recording:
    """Keeps the cases that it is asked about, and proposes one code after a moment."""

    name = "recording"
    level = RepairLevel.FIX

    def __init__(self) -> None:
        self.cases: list[RepairCase] = []

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        self.cases.append(case)
        await asyncio.sleep(0)
        return [Candidate(code=MENDED, source=self.name, explanation="mended")]


class Raising(Recording):
    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        raise RuntimeError("no idea")


def test_it_is_public() -> None:
    assert mge_toolkit.RetryLogic is RetryLogic
    assert "RetryLogic" in mge_toolkit.__all__


def test_a_failure_is_analysed() -> None:
    decision = RetryLogic().analyze_failure(ATOM, result_of(ATOM, FAILURE))
    assert decision.strategy is Strategy.FIX
    assert decision.failure is FAILURE


@pytest.mark.parametrize("failures", [(), (FAILURE, None)])
def test_what_did_not_fail_is_not_analysed(failures: tuple[Failure | None, ...]) -> None:
    with pytest.raises(ValueError, match="atom 'a' did not fail"):
        RetryLogic().analyze_failure(ATOM, result_of(ATOM, *failures))


def test_another_policy_may_decide() -> None:
    class Never:
        def decide(self, case: RepairCase) -> RetryDecision:
            return RetryDecision(strategy=Strategy.SKIP, confidence=1.0, reason=f"never {case.atom.id}")

    assert RetryLogic(Never()).analyze_failure(ATOM, result_of(ATOM, FAILURE)).reason == "never a"


DECISION = RetryDecision(strategy=Strategy.FIX, confidence=0.5, reason="", failure=FAILURE)


def test_the_first_code_that_does_not_game_is_taken() -> None:
    gaming = ATOM.code.text.replace("return m", "return 121")
    scripted = (
        ScriptedFixer({"a": [gaming]}),
        ScriptedFixer({"a": [ATOM.code.text]}),
        ScriptedFixer({"a": [MENDED]}),
    )
    assert RetryLogic(fixers=scripted).apply_auto_fix(ATOM, DECISION) == MENDED
    assert RetryLogic(fixers=scripted[:2]).apply_auto_fix(ATOM, DECISION) is None


def test_the_toolkits_own_fixers_are_there() -> None:
    atom = make_atom("a", "def f(n)\n    return n\n")
    failure = Failure(
        category=Category.SYNTAX,
        kind="syntax",
        message="SyntaxError: expected ':'",
        culprit="a",
        line=1,
        column=9,
    )
    decision = RetryDecision(strategy=Strategy.FIX, confidence=0.5, reason="", failure=failure)
    assert RetryLogic().apply_auto_fix(atom, decision) == "def f(n):\n    return n\n"


def test_a_fixer_sees_the_failure() -> None:
    fixer = Recording()
    assert RetryLogic(fixers=[fixer], dependencies=[make_atom("d")]).apply_auto_fix(ATOM, DECISION) == MENDED
    (case,) = fixer.cases
    assert (case.code, case.failure) == (ATOM.code.text, FAILURE)
    assert [dependency.id for dependency in case.dependencies] == ["d"]
    assert case.raised is not None
    assert (case.raised.type, case.raised.message) == ("NameError", "name 'm' is not defined")
    assert case.raised.frames[-1].line == 3


def test_it_works_inside_a_running_loop() -> None:
    async def main() -> str | None:
        return RetryLogic(fixers=[Recording()]).apply_auto_fix(ATOM, DECISION)

    assert asyncio.run(main()) == MENDED


def test_a_fixer_that_raises_is_passed_over() -> None:
    assert RetryLogic(fixers=[Raising(), Recording()]).apply_auto_fix(ATOM, DECISION) == MENDED


@pytest.mark.parametrize(
    "decision",
    [
        RetryDecision(strategy=Strategy.MANUAL, confidence=1.0, reason="", failure=FAILURE),
        RetryDecision(strategy=Strategy.FIX, confidence=1.0, reason=""),
    ],
)
def test_without_a_fix_to_make_there_is_none(decision: RetryDecision) -> None:
    assert RetryLogic(fixers=[Recording()]).apply_auto_fix(ATOM, decision) is None


def test_a_model_can_be_asked_with_the_prompt() -> None:
    result = result_of(ATOM, FAILURE)
    prompt = RetryLogic().generate_llm_fix_prompt(ATOM, result, DECISION)
    assert "return m" in prompt
    assert "name 'm' is not defined" in prompt
