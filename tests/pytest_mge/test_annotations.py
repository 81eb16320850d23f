"""Lines that make a CI mark the plan's lines."""

from __future__ import annotations

import pytest

from tests.pytest_mge.conftest import Sessions

FAILS = "SCRIPT = {'loose': [failing('50%: one,\\ntwo')]}"


def errors(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("::")]


@pytest.fixture
def failing(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    sessions.conftest(FAILS)
    return sessions


def test_a_failed_atom_is_annotated_in_github_actions(failing: Sessions) -> None:
    assert errors(failing.run_plan()) == [
        "::error file=plan.yaml,line=25,title=loose failed::runtime/assertion: AssertionError: 50%25: one,"
    ]


def test_files_are_relative_to_the_workspace(failing: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(failing.path.parent))
    assert errors(failing.run_plan())[0].startswith(f"::error file={failing.path.name}/plan.yaml,line=25,")


def test_they_can_be_turned_off(failing: Sessions) -> None:
    assert errors(failing.run_plan("--mge-annotations=off")) == []
    failing.pytester.makeini("[pytest]\nmge_annotations = off\n")
    assert errors(failing.run_plan()) == []


def test_elsewhere_they_must_be_asked_for(failing: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert errors(failing.run_plan()) == []
    assert len(errors(failing.run_plan("--mge-annotations=github"))) == 1


def test_passed_and_blocked_atoms_are_not_annotated(failing: Sessions) -> None:
    failing.conftest("SCRIPT = {'tax': [failing('no')]}")
    lines = errors(failing.run_plan("--mge-wave-threshold", "0"))
    assert [line.partition(",title=")[2].partition("::")[0] for line in lines] == ["tax failed"]
