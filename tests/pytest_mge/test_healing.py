"""Repair under pytest: reruns, summaries, diffs, healed code written back, patches, exit statuses."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.pytest_mge.conftest import Sessions

PLAN = """\
masterplan: shop
atoms:
  # What is asked for by name.
  price:
    code: |
      def price(net)  # the tax is in it
          return round(net * 1.21, 2)
    check: assert price(100) == 121.0
  root:
    code: |
      def root(n):
          return sqrt(n)
    check: assert root(9) == 3
  total:
    depends_on: [price]
    code: result = price(10) + price(20)
    expect: {result: 36.3}
  wrong:
    code: "def double(n): return n * 3"
    check: assert double(2) == 4
"""
LOCAL = ("--mge-sandbox", "local", "--mge-wave-threshold", "0")


@pytest.fixture
def shop(sessions: Sessions) -> Sessions:
    sessions.plan(PLAN)
    return sessions


def test_healed_atoms_pass_after_a_rerun_and_are_told_apart(shop: Sessions) -> None:
    result = shop.run_plan(*LOCAL, "-v", "-rR", "-p", "no:rerunfailures")
    result.assert_outcomes(passed=3, failed=1)
    assert result.parseoutcomes()["rerun"] == 2
    result.stdout.fnmatch_lines_random(
        [
            "*::price RERUN (syntax → fix → python-syntax)*",
            "*::root RERUN (runtime → fix → *",
            "*::price PASSED*",
            "-def price(net)  # the tax is in it",
            "+def price(net):  # the tax is in it",
            "repair: healed 2 · manual 1 · 3 passed only because of healed code",
            "RERUN (syntax → fix → python-syntax) plan.yaml::price",
        ]
    )


def test_dependents_run_with_the_healed_code(shop: Sessions) -> None:
    result = shop.run("plan.yaml::total", *LOCAL)
    result.assert_outcomes(passed=1)


def test_quiet_sessions_say_what_was_healed_and_written(shop: Sessions) -> None:
    result = shop.run("plan.yaml::price", *LOCAL, "-q", "--mge-write-fixes")
    result.stdout.fnmatch_lines(
        [
            "repair: healed 1 · 1 passed only because of healed code",
            "wrote the healed code of 1 atom into plan.yaml",
        ]
    )


def test_what_nothing_judges_is_healed_only_to_be_reviewed(shop: Sessions) -> None:
    shop.plan("atoms:\n  loose:\n    code: |\n      for n in range(3)\n          print(n)\n")
    result = shop.run_plan(*LOCAL)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["to be reviewed: 1 atom (mge review *)"])


def test_off_repairs_nothing(shop: Sessions) -> None:
    result = shop.run_plan(*LOCAL, "--mge-repair", "off")
    result.assert_outcomes(failed=3, skipped=1)
    assert "healed" not in result.stdout.str()


def test_search_mends_what_a_check_can_tell(shop: Sessions) -> None:
    result = shop.run_plan(*LOCAL, "--mge-repair", "search")
    result.assert_outcomes(passed=4)


def test_the_level_may_come_from_the_ini_file(shop: Sessions) -> None:
    shop.pytester.makeini("[pytest]\nmge_repair = search\nmge_confirm = 2\n")
    shop.run_plan(*LOCAL).assert_outcomes(passed=4)


def test_healed_code_is_written_into_the_plan(shop: Sessions) -> None:
    result = shop.run_plan(*LOCAL, "--mge-write-fixes")
    result.stdout.fnmatch_lines(["wrote the healed code of 2 atoms into plan.yaml"])
    text = (shop.path / "plan.yaml").read_text(encoding="utf-8")
    assert "  # What is asked for by name.\n" in text
    assert "      def price(net):  # the tax is in it\n" in text
    again = shop.run_plan(*LOCAL)
    again.assert_outcomes(passed=3, failed=1)
    assert "rerun" not in again.parseoutcomes()


@pytest.mark.parametrize("extra", [(), ("-n1",)])
def test_a_patch_that_git_takes(shop: Sessions, extra: tuple[str, ...]) -> None:
    result = shop.run_plan(*LOCAL, "--mge-patch", "healed.patch", *extra)
    result.stdout.fnmatch_lines(["wrote *healed.patch"])
    before = (shop.path / "plan.yaml").read_text(encoding="utf-8")
    assert before == PLAN
    for command in (["git", "init", "-q"], ["git", "apply", "healed.patch"]):
        subprocess.run(command, cwd=shop.path, check=True, env={"PATH": "/usr/bin:/bin", "HOME": "/"})
    assert "def price(net):  # the tax" in (shop.path / "plan.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("extra", [(), ("-n1",)])
def test_a_session_may_fail_for_what_was_healed(shop: Sessions, extra: tuple[str, ...]) -> None:
    chosen = ("-k", "price or root or total", *LOCAL, *extra)
    assert shop.run_plan(*chosen).ret == 0
    result = shop.run_plan(*chosen, "--mge-fail-on-healed")
    assert result.ret == 1
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["failed because atoms were healed (--mge-fail-on-healed)"])


def test_only_the_categories_that_are_asked_for_are_retried(shop: Sessions) -> None:
    only = shop.run_plan(*LOCAL, "--mge-only-retry", "syntax")
    only.assert_outcomes(passed=2, failed=2)
    without = shop.run_plan(*LOCAL, "--mge-retry-except", "syntax")
    without.assert_outcomes(passed=1, failed=2, skipped=1)


def test_retries_can_be_forbidden(shop: Sessions) -> None:
    shop.run_plan(*LOCAL, "--mge-max-retries", "0").assert_outcomes(failed=3, skipped=1)


def test_what_was_not_mended_is_kept_for_review(shop: Sessions) -> None:
    shop.conftest(
        "def pytest_mge_fixers(config):\n    return [ScriptedFixer({'wrong': ['def double(n): return n']})]"
    )
    result = shop.run_plan(*LOCAL)
    result.stdout.fnmatch_lines(["to be reviewed: 1 atom (mge review *)"])
    (document,) = (shop.path / ".mge" / "reviews").glob("*.json")
    (item,) = json.loads(document.read_text(encoding="utf-8"))["items"]
    assert (item["atom_id"], item["proposed"]) == ("wrong", "def double(n): return n")


def test_an_ordinary_failure_leaves_no_file(shop: Sessions) -> None:
    shop.run("plan.yaml::wrong", *LOCAL, "--mge-records=off").assert_outcomes(failed=1)
    assert not (shop.path / ".mge").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mge-repair", "much"), "argument --mge-repair: 'much' is none of off, fix, search, llm"),
        (("--mge-max-retries", "-1"), "argument --mge-max-retries: '-1' is not a whole number"),
        (
            ("--mge-only-retry", "logic"),
            "argument --mge-only-retry: 'logic' is none of syntax, import, type, runtime, timeout",
        ),
        (
            ("--mge-patch", "nowhere/x.patch"),
            "patch: cannot write 'nowhere/x.patch': name a file in a directory",
        ),
        (("--mge-repair-seconds", "soon"), "argument --mge-repair-seconds: 'soon' is not a number from 0 on"),
        (
            ("--mge-only-retry", "type", "--mge-retry-except", "type"),
            "only-retry and retry-except exclude each other: give one of them",
        ),
    ],
)
def test_wrong_values_are_usage_errors(shop: Sessions, arguments: tuple[str, ...], said: str) -> None:
    result = shop.run_plan(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_hooks_decide_propose_and_learn_of_attempts(shop: Sessions) -> None:
    shop.conftest(
        "from mge_toolkit.core.results import RetryDecision, Strategy\n"
        "def pytest_mge_decide(config, case):\n"
        "    if case.atom.id == 'price':\n"
        "        return RetryDecision(strategy=Strategy.MANUAL, confidence=1.0, reason='leave it to me')\n"
        "def pytest_mge_propose_fix(config, case):\n"
        "    return ['def double(n): return n * 2'] if case.atom.id == 'wrong' else None\n"
        "def pytest_mge_attempt_finished(item, attempt):\n"
        "    print('attempt', item.name, attempt.number, attempt.source, attempt.passed)\n"
    )
    result = shop.run_plan(*LOCAL, "-s")
    result.assert_outcomes(passed=2, failed=1, skipped=1)
    lines = [line for line in result.outlines if "attempt wrong" in line]
    assert [line.partition("attempt ")[2] for line in lines] == [
        "wrong 1 plan False",
        "wrong 2 conftest True",
    ]
    result.stdout.fnmatch_lines(["given up: leave it to me"])
