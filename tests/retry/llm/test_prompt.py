"""What is asked: all that is needed, in bounds, the same words everywhere."""

from __future__ import annotations

import time

import pytest

from mge_toolkit.core.plans import DataFile, Expectation, FromAtom, Limits, RaisedException
from mge_toolkit.core.results import Category, Frame, Raised, RetryDecision, Role, Strategy, Stream, Trial
from mge_toolkit.retry.llm.prompt import generate_prompt
from tests.retry.llm.conftest import Serve, asked, attempt, case_of, failure, fixer_for
from tests.retry.llm.messages_server import fix

DECISION = RetryDecision(strategy=Strategy.FIX, confidence=0.5, reason="retry 1 of 3")


def prompt_of(strategy: Strategy = Strategy.FIX, **case: object) -> str:
    decision = RetryDecision(strategy=strategy, confidence=0.5, reason="r")
    return generate_prompt(case_of(**case), decision)  # type: ignore[arg-type]


def test_everything_that_is_needed_is_in_it() -> None:
    text = prompt_of(
        code="def gross(n):\n    return n * rate()\n",
        failed=failure(
            "NameError: name 'rate' is not defined", line=2, cause="there is no 'rate'", hint="tax_rate"
        ),
        check="assert gross(100) == 121",
        expect=Expectation(
            result={"total": 1.5},
            stdout="done\n",
            raises=RaisedException(type="E", match="x"),
            tolerance=0.1,
        ),
        description="Adds the tax.",
        dependencies={"tax_rate": "def tax_rate(): return 1.21"},
        inputs={"order": {"net": 50}, "paid": FromAtom(atom="till")},
        files=(DataFile(name="rates.csv", content=b"es,21"),),
        limits=Limits(timeout=5, memory=256 * 1024**2),
        observed={"stdout": Stream(data=b"some output\n"), "stderr": Stream(data=b"some trouble\n")},
    )  # fmt: skip
    for part in (
        "# Atom 'a', in python",
        "<description>\nAdds the tax.\n</description>",
        '<dependency atom="tax_rate" locked="yes">\ndef tax_rate(): return 1.21\n</dependency>',
        '<check locked="yes">\nassert gross(100) == 121\n</check>',
        "The name 'result' is bound to this value, numbers within 0.1: {\"total\": 1.5}",
        "This is written to the standard output:\ndone\n",
        "The code raises E with a message that matches 'x'.",
        '<inputs locked="yes">\n{"order": {"net": 50}}\n</inputs>',
        "The input 'paid' is the result of atom 'till'.",
        "'rates.csv' (5 bytes)",
        "Limits (locked): 5 s in all, 5 s of CPU time, 256 MiB of memory.",
        '<code attempt="1">\ndef gross(n):\n    return n * rate()\n</code>',
        "<failure kind=\"runtime/name\">\nIt failed on line 2:\nNameError: name 'rate' is not defined\n",
        "Cause: there is no 'rate'\nHint: tax_rate\n</failure>",
        '<around of="code">\n     1 | def gross(n):\n>    2 |     return n * rate()\n</around>',
        '<stdout bytes="12">\nsome output\n</stdout>',
        '<stderr bytes="13">\nsome trouble\n</stderr>',
        "propose_fix",
    ):
        assert part in text, part


def test_a_failed_check_shows_its_line_and_where_the_code_was() -> None:
    frames = (Frame(atom_id="a", role=Role.CHECK, line=1), Frame(atom_id="a", role=Role.CODE, line=2))
    text = prompt_of(
        code="def f():\n    return 1\n",
        check="assert f() == 2",
        failed=failure("AssertionError", kind="assertion", role=Role.CHECK, line=1),
        raised=Raised(type="AssertionError", message="", frames=frames),
    )
    assert "It failed in the check on line 1:" in text
    assert '<around of="check">\n>    1 | assert f() == 2\n</around>' in text
    assert '<around of="code">\n     1 | def f():\n>    2 |     return 1\n</around>' in text


@pytest.mark.parametrize(
    ("category", "ask"),
    [
        (Category.TIMEOUT, "Make it faster"),
        (Category.SYNTAX, "does not parse"),
        (Category.IMPORT, "not there"),
        (Category.TYPE, "wrong type"),
        (Category.RUNTIME, "Mend the cause"),
    ],
)
def test_the_request_fits_the_failure(category: Category, ask: str) -> None:
    assert ask in prompt_of(failed=failure(category=category))


def test_it_is_asked_to_write_anew_only_where_that_is_the_strategy() -> None:
    assert "Write the code anew" in prompt_of(Strategy.REGENERATE)
    assert "Write the code anew" not in prompt_of(Strategy.FIX)


def test_earlier_attempts_are_told_with_their_diffs_and_why_they_failed() -> None:
    first = attempt(1, "a = 1\nb = 2\n", failure("NameError: c", line=2))
    trial = Trial(
        code="a = 9\nb = 2\n", source="claude", explanation="took 9", refusal="it returns the literal"
    )
    other = Trial(code="zzz", source="search", explanation="not told", failure=failure("E"))
    second = attempt(
        2,
        "a = 1\nb = 3\n",
        failure("NameError: d", line=1),
        source="claude",
        explanation="took 3",
        trials=(trial, other),
    )
    text = prompt_of(code="a = 2\nb = 3\n", earlier=[first, second])
    assert (
        "Attempt 1, the plan's own code\nIt failed: runtime/name (in the code, line 2): NameError: c" in text
    )
    assert "Attempt 2, by claude: took 3\n<diff>\n--- before\n+++ after\n" in text
    assert "-b = 2\n+b = 3" in text
    assert "Tried besides, by claude: took 9" in text
    assert "It was refused: it returns the literal" in text
    assert "Attempt 3, by plan" in text
    assert "It failed as told below." in text
    assert "zzz" not in text


def test_it_is_what_is_sent(serve: Serve) -> None:
    server = serve([fix("y")])
    case = case_of(check="assert x")
    asked(fixer_for(server, context="A shop."), case)
    decision = RetryDecision(strategy=Strategy.REGENERATE, confidence=0.5, reason="r")
    sent = server.seen[0].texts
    assert generate_prompt(case, decision, "A shop.").split() == sent.split()


def test_a_prompt_about_hostile_sizes_stays_small_and_quick() -> None:
    big = "x = [" * 20_000
    lines = "a\n" * 40_000
    long = Stream(data=b"Authorization: " * 60_000)
    case = case_of(
        lines[:99_000],
        earlier=[
            attempt(1, lines, failure(big * 50, line=3)),
            attempt(2, big, failure("\x00\ud800", line=10**9)),
        ],
        failed=failure(big * 50, line=10**9),
        raised=Raised(type="E", message=big, traceback='File "/a' * 200_000),
        check=big * 10,
        expect=Expectation(result=[big] * 20, stdout=lines),
        description=big,
        inputs={"deep": big},
        observed={"stdout": long, "stderr": long},
        dependencies={"d": big},
    )
    started = time.perf_counter()
    text = generate_prompt(case, DECISION)
    assert time.perf_counter() - started < 1.0
    assert len(text) < 250_000


def test_a_value_too_deep_to_write_is_left_out() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert "too deep" in prompt_of(inputs={"deep": deep})
