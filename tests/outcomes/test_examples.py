"""The examples on the real sandbox: the web shop runs green, and every failure is what its description says."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from mge_toolkit import RunResult, Settings, load_masterplan, run
from mge_toolkit.core.results import ExecutionResult, Flag, Outcome

EXAMPLES = Path(__file__).parents[2] / "examples"
FAILURES = load_masterplan(EXAMPLES / "failures.yaml")
_FAILED = re.compile(r"failed, (\w+): (\w+)\.")
_BLOCKED = re.compile(r"blocked by (\w+)\.")
_PASSED = re.compile(r"passed, (\w+)\.")


@pytest.fixture(scope="module")
def failures() -> RunResult:
    return run(FAILURES, Settings(wave_threshold=0, slots=2))


def found(result: ExecutionResult) -> str:
    """Say what became of an atom in the words that the example's descriptions use."""
    if result.outcome is Outcome.BLOCKED:
        return f"blocked by {result.blocked_by}."
    if result.outcome is Outcome.FAILED and result.failure is not None:
        return f"failed, {result.failure.category}: {result.failure.kind}."
    flags = {flag.value for flag in result.attempts[0].execution.flags} or {"nothing"}
    return f"{result.outcome}, {'+'.join(sorted(flags))}."


@pytest.mark.parametrize("name", FAILURES.atoms)
def test_what_becomes_of_a_failure_is_what_its_description_says(failures: RunResult, name: str) -> None:
    expected = FAILURES.atoms[name].description or ""
    assert expected.startswith(found(failures.results[name])), failures.results[name]


def test_the_failures_cover_every_flag_and_no_infrastructure_error(failures: RunResult) -> None:
    flags = {f for r in failures.results.values() for a in r.attempts for f in a.execution.flags}
    assert flags >= set(Flag) - {Flag.REPORT_FORGED}
    assert failures.counts.error == 0
    assert failures.isolation.level == "full"


def test_positions_point_at_the_plans_own_lines(failures: RunResult) -> None:
    lines = (EXAMPLES / "failures.yaml").read_text(encoding="utf-8").splitlines()
    shown = {
        "name_error": "print(sum(price))",
        "type_error": "return sum(prices)",
        "failed_check": 'assert add(2, 2) == 4, "two and two are four"',
        "js_reference_error": "console.log(price.length);",
        "js_throws": "throw new OutOfStockError(`no ${item} left`);",
        "ts_reference_error": "const order: Order = {total: totl};",
        "ts_undefined": "console.log(order.customer!.name);",
        "ts_failed_check": "assert.equal(add(2, 2), 4);",
        "js_syntax_error": "const total = (1 + 2;",
        "ts_static_type_error": 'const total: number = "twelve";',
    }
    for name, text in shown.items():
        failure = failures.results[name].failure
        assert failure is not None
        assert failure.position is not None, name
        assert failure.position.file.endswith("failures.yaml")
        assert lines[failure.position.line - 1].strip() == text, name


def test_partial_output_is_kept_at_a_timeout(failures: RunResult) -> None:
    assert failures.results["wall_timeout"].attempts[0].execution.stdout.text == "going to sleep\n"


def test_the_web_shop_runs_green_under_every_schedule() -> None:
    for schedule in ("ready", "waves", "sequential"):
        result = asyncio.run(_run_web_shop(schedule))
        assert {r.outcome for r in result.results.values()} == {Outcome.PASSED}
        assert result.exit_status == 0
        assert len(result.waves) >= 4
        label = result.results["label"].attempts[0].execution.result
        assert label is not None
        assert label.json == "Ana Núñez: collect 54.40 EUR"


async def _run_web_shop(schedule: str) -> RunResult:
    from mge_toolkit import arun

    return await arun(EXAMPLES / "webshop.yaml", Settings(schedule=schedule))  # type: ignore[arg-type]  # by name
