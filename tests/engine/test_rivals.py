"""What a search finds counts only where nothing as likely passes and does something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from mge_toolkit.core.jobs import Job
from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Execution, ExecutionResult, Outcome, Role, Strategy, Stream
from mge_toolkit.core.settings import RepairSettings
from mge_toolkit.retry.probing import MARK
from mge_toolkit.testing import PASSED, FixerPlugin, failing, make_atom
from tests.engine.conftest import RunFake

CODE = "def f(n):\n    return n - 1\n"
DOCUMENTED = 'def f(n):\n    """Count on.\n\n    >>> f(7)\n    8\n    """\n    return n - 1\n'
CHECK = "assert f(20) == 21"


@pytest.fixture(autouse=True)
def no_other_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing but the test's own search propose anything."""
    monkeypatch.setattr("mge_toolkit.retry.fixes.builtin_fixers", tuple)


class Search:
    """A search that proposes what ``f`` may return, likeliest first."""

    name = "search"
    level = RepairLevel.SEARCH

    def __init__(self, *values: str) -> None:
        self._values = values

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        return [
            Candidate(
                code=case.code.replace("n - 1", value),
                source=self.name,
                explanation=f"gave {value}",
                confidence=0.5,
            )
            for value in self._values
        ]


def answering(told: Mapping[str, str], wrong: Sequence[str] = ()) -> Callable[[Job], Execution]:
    """Let the programs that return a key pass, and answer every question with its value.

    Those of ``wrong`` contradict the example in the docstring.
    """

    def answer(job: Job) -> Execution:
        code = next(s.source.text for s in job.segments if s.role is Role.CODE)
        check = next(s.source.text for s in job.segments if s.role is Role.CHECK)
        value = code.rpartition("return ")[2].strip()
        if value not in told or ("f(7)" in check and value in wrong):
            return failing(f"wrong: {value}")
        if "__tell" not in check:
            return PASSED
        return replace(PASSED, stdout=Stream(data=f"{MARK}0 {told[value]}\n".encode()))

    return answer


def healed(
    run_fake: RunFake, search: Search, answer: Callable[[Job], Execution], code: str = CODE
) -> ExecutionResult:
    observed = run_fake(
        [make_atom("a", code, check=CHECK)],
        extra=[FixerPlugin(search)],
        answer=answer,
        slots=1,
        repair=RepairSettings(level=RepairLevel.SEARCH),
    )
    return observed.result.results["a"]


def test_others_that_do_the_same_are_no_rivals(run_fake: RunFake) -> None:
    result = healed(run_fake, Search("n + 1", "1 + n", "n"), answering({"n + 1": "4", "1 + n": "4"}))
    assert result.healed
    assert result.attempts[-1].code == CODE.replace("n - 1", "n + 1")
    assert {trial.explanation for trial in result.attempts[-1].trials} == {
        "gave n + 1",
        "gave 1 + n",
        "gave n",
    }


def test_of_several_that_differ_none_counts(run_fake: RunFake) -> None:
    result = healed(
        run_fake, Search("n", "n + 1", "2 * n - 19"), answering({"n + 1": "4", "2 * n - 19": "5"})
    )
    assert result.outcome is Outcome.FAILED
    last = result.attempts[-1]
    assert (last.code, last.confidence) == (CODE.replace("n - 1", "n + 1"), 0.5)
    assert last.failure is not None
    assert last.failure.kind == "refused"
    assert last.decision is not None
    assert last.decision.strategy is Strategy.MANUAL
    said = "is one of several changes that pass and do not do the same (gave 2 * n - 19 is another)"
    assert said in last.decision.reason
    refused = {trial.explanation for trial in last.trials if said in (trial.refusal or "")}
    assert refused == {"gave n + 1", "gave 2 * n - 19"}


def test_a_far_less_likely_one_is_no_rival(run_fake: RunFake) -> None:
    search = Search("n + 1", *(f"n * {number}" for number in range(9)), "2 * n - 19")
    assert healed(run_fake, search, answering({"n + 1": "4", "2 * n - 19": "5"})).healed


@pytest.mark.parametrize("gaming", ["21 if n == 20 else 0"])
def test_one_that_games_the_check_is_no_rival(run_fake: RunFake, gaming: str) -> None:
    assert healed(run_fake, Search("n + 1", gaming), answering({"n + 1": "4", gaming: "0"})).healed


def test_one_that_contradicts_an_example_is_no_rival(run_fake: RunFake) -> None:
    told = {"n + 1": "4", "2 * n - 19": "5"}
    search = Search("n + 1", "2 * n - 19")
    assert not healed(run_fake, search, answering(told), DOCUMENTED).healed
    assert healed(run_fake, search, answering(told, wrong=["2 * n - 19"]), DOCUMENTED).healed


def test_one_that_fails_on_the_questions_is_no_rival(run_fake: RunFake) -> None:
    answer = answering({"n + 1": "4", "2 * n - 19": "5"})

    def hanging(job: Job) -> Execution:
        check = next(s.source.text for s in job.segments if s.role is Role.CHECK)
        code = next(s.source.text for s in job.segments if s.role is Role.CODE)
        return failing("too slow") if "__tell" in check and "return 2" in code else answer(job)

    assert healed(run_fake, Search("n + 1", "2 * n - 19"), hanging).healed
