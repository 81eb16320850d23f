"""One plan with hand-written numbers: terminal, JUnit, exit code and ``mge run --json`` say the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.pytest_mge.conftest import Sessions
from tests.pytest_mge.test_junit import SCHEMA, properties

PLAN = """\
masterplan: numbers
components:
  python:
    modules:
      good:
        atoms:
          one: {code: "result = 1"}
          two: {code: "result = x + 1", input: {x: {from: one}}, expect: {result: 2}}
          three: {code: "print(3)", expect: {stdout: "3\\n"}}
      bad:
        atoms:
          wrong: {code: "result = 2", expect: {result: 3}}
          raises: {code: "1 / 0"}
          needs_wrong: {code: "pass", depends_on: [wrong]}
          needs_that: {code: "pass", depends_on: [needs_wrong]}
      optional:
        atoms:
          given_up: {code: "import nowhere_to_be_found", critical: false}
          needs_given_up: {code: "pass", depends_on: [given_up]}
  scripts:
    modules:
      js:
        atoms:
          adds: {language: javascript, code: "const result = 1 + 1;", expect: {result: 2}}
          throws: {language: javascript, code: "throw new Error('no');"}
"""

# The table, by hand: 11 atoms.
PASSED = {"one", "two", "three", "adds"}
FAILED = {"wrong", "raises", "throws"}
BLOCKED = {"needs_wrong", "needs_that"}
SKIPPED = {"given_up", "needs_given_up"}
RUN = ("--mge-sandbox", "local", "--mge-wave-threshold", "0")


@pytest.fixture
def numbers(sessions: Sessions) -> Sessions:
    sessions.plan(PLAN)
    return sessions


def test_terminal_and_exit_code(numbers: Sessions) -> None:
    result = numbers.run_plan(*RUN)
    result.assert_outcomes(passed=4, failed=3, skipped=4)
    assert result.ret == 1


def test_junit(numbers: Sessions) -> None:
    numbers.run_plan(*RUN, "--junitxml=j.xml")
    path: Path = numbers.path / "j.xml"
    SCHEMA.validate(str(path))
    suite = ElementTree.parse(path).getroot()[0]
    counts = {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "11", "failures": "3", "errors": "0", "skipped": "4"}
    outcomes = {case.attrib["name"]: properties(case)["mge.outcome"] for case in suite.iter("testcase")}
    assert outcomes == {
        **dict.fromkeys(PASSED, "passed"),
        **dict.fromkeys(FAILED, "failed"),
        **dict.fromkeys(BLOCKED, "blocked"),
        **dict.fromkeys(SKIPPED, "skipped"),
    }


def test_the_command_line(numbers: Sessions) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "mge_toolkit", "run", "plan.yaml", "--json", "--wave-threshold", "0"],
        capture_output=True,
        text=True,
        cwd=numbers.path,
        timeout=60,
        check=False,
    )
    assert found.returncode == 1, found.stderr
    document = json.loads(found.stdout)
    assert {name: document["counts"][name] for name in ("passed", "failed", "blocked", "skipped")} == {
        "passed": 4,
        "failed": 3,
        "blocked": 2,
        "skipped": 2,
    }
    assert document["counts"]["success_rate"] == pytest.approx(4 / 7)
    assert Counter(atom["outcome"] for atom in document["atoms"]) == {
        "passed": 4,
        "failed": 3,
        "blocked": 2,
        "skipped": 2,
    }


@pytest.mark.parametrize(
    ("selected", "status"), [("good", 0), ("optional", 0), ("bad", 1), ("adds", 0), ("throws", 1)]
)
def test_exit_code_of_a_part(numbers: Sessions, selected: str, status: int) -> None:
    assert numbers.run_plan(*RUN, "-k", selected).ret == status
