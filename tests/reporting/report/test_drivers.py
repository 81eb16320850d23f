"""``mge run --report`` and ``pytest --mge-report``: when they write, what of, and what they refuse beforehand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.jobs import Job
from mge_toolkit.core.results import Execution
from mge_toolkit.testing import PASSED, FakeSandboxPlugin, FixerPlugin, ScriptedFixer, failing
from tests.cli.support import CHAIN, Commands
from tests.pytest_mge.conftest import Sessions

FILES = {"summary.json", "summary.md", "report.html"}
TWO = "masterplan: second\natoms: {b: {code: pass}}\n"


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.chdir(tmp_path)
    return Commands(capsys=capsys, directory=tmp_path)


@pytest.fixture
def sessions(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "160")
    return Sessions(pytester)


def runs_in(directory: Path) -> list[dict[str, Any]]:
    assert {found.name for found in directory.iterdir()} == FILES
    runs: list[dict[str, Any]] = json.loads((directory / "summary.json").read_text())["runs"]
    for run in runs:
        assert f"`{run['masterplan']}`" in (directory / "summary.md").read_text()
        assert run["run_id"] in (directory / "report.html").read_text()
    return runs


def test_the_command_makes_the_directory_and_compares_with_the_run_before(commands: Commands) -> None:
    plan = commands.plan(CHAIN)
    first = commands.run(plan, "--report", "a/b")
    assert first.status == 0
    assert "wrote summary.json, summary.md, report.html into a/b\n" in first.out
    (before,) = runs_in(Path("a/b"))
    assert (before["exit_status"], before["previous"]) == (0, None)
    second = commands.run(plan, "--report", "a/b", script={"third": [failing("no")]})
    assert second.status == 1
    (after,) = runs_in(Path("a/b"))
    assert after["previous"]["run"]["run_id"] == before["run_id"]
    assert [one["atom_id"] for one in after["previous"]["changes"]["newly_failing"]] == ["third"]
    assert [point["run_id"] for point in after["trend"]["earlier"]] == [before["run_id"]]


def test_without_records_nothing_is_compared(commands: Commands) -> None:
    plan = commands.plan()
    for _ in range(2):
        commands.run(plan, "--report", "r", "--records", "off")
    (run,) = runs_in(Path("r"))
    assert (run["previous"], run["previous_unavailable"]) == (None, None)


def test_what_could_not_be_written_is_refused_before_anything_runs(commands: Commands) -> None:
    plan = commands.plan()
    Path("file").write_text("")
    Path("taken/report.html").mkdir(parents=True)
    for directory, words in (("file", "cannot write into 'file'"), ("taken", "report.html' is a directory")):
        ended = commands.run(plan, "--report", directory)
        assert ended.status == 4
        assert words in ended.err
        assert ended.out == ""


def test_the_status_in_the_report_is_the_commands(commands: Commands) -> None:
    def answer(job: Job) -> Execution:
        return failing("no") if job.segments[-1].source.text == "one" else PASSED

    ended = commands(
        *("run", commands.plan("atoms: {a: {code: one}}"), "--sandbox", "coded"),
        *("--report", "r", "--fail-on-healed"),
        plugins=[
            FakeSandboxPlugin(answer=answer, name="coded"),
            FixerPlugin(ScriptedFixer({"a": ["two"]})),
        ],
    )
    assert ended.status == 1
    (run,) = runs_in(Path("r"))
    assert (run["exit_status"], run["counts"]["healed"]) == (1, 1)


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "xdist"])
def test_the_plans_of_a_session_share_one_report(sessions: Sessions, workers: tuple[str, ...]) -> None:
    sessions.conftest("SCRIPT = {'gross': [failing('no \\x00')]}")
    sessions.plan(TWO, "two.yaml")
    result = sessions.run_plan("--mge-masterplan", "two.yaml", "--mge-report", "out", *workers)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["wrote summary.json, summary.md, report.html into *out"])
    runs = runs_in(sessions.path / "out")
    assert [(run["masterplan"], run["exit_status"]) for run in runs] == [("shop", 1), ("second", 0)]
    assert runs[0]["counts"]["failed"] == 1
    assert "no \\x00" in (sessions.path / "out" / "summary.md").read_text()


def test_a_session_that_runs_nothing_writes_nothing(sessions: Sessions) -> None:
    sessions.run_plan("--mge-report", "out", "--collect-only")
    assert not (sessions.path / "out").exists()
    result = sessions.run_plan("--mge-report", "conftest.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*report: cannot write into '*conftest.py'*"])
    assert not (sessions.path / ".mge").exists()


def test_an_old_report_does_not_outlive_a_session_without_atoms(sessions: Sessions) -> None:
    sessions.run_plan("--mge-report", "out")
    assert len(runs_in(sessions.path / "out")) == 1
    sessions.run_plan("--mge-report", "out", "-k", "nothing_at_all")
    assert runs_in(sessions.path / "out") == []
    assert "No masterplan was run." in (sessions.path / "out" / "summary.md").read_text()


def test_a_session_that_ends_early_reports_what_it_knows(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'tax': [failing('no')], 'total': [600]}")
    sessions.run_plan("-x", "--mge-report", "out", "--mge-wave-threshold", "0")
    (run,) = runs_in(sessions.path / "out")
    assert run["counts"]["failed"] == 1
    assert run["counts"]["stopped"]
    assert run["exit_status"] == 1


def test_the_ini_setting_does_the_same(sessions: Sessions) -> None:
    sessions.pytester.makeini("[pytest]\nmge_report = out\n")
    sessions.run_plan()
    assert len(runs_in(sessions.path / "out")) == 1
