"""What the sandbox says that it holds, where something is missing; and that it refuses to run without."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from mge_toolkit.core.errors import SandboxUnavailableError
from mge_toolkit.core.results import Protection
from mge_toolkit.sandbox import doctor
from mge_toolkit.sandbox.local import capabilities
from mge_toolkit.sandbox.local.capabilities import LANDLOCK, NAMESPACES, Machine, isolation, refusal
from tests.sandbox.local.setups import AS_IS, NOBODY, Setup

NOTHING: frozenset[str] = frozenset()
OPEN = {"code": "result = 'ran'"}


def test_landlock_is_only_the_second_wall_beside_namespaces() -> None:
    outcome = Setup(name="no-landlock", refuse=("landlock",)).perform(OPEN)
    assert outcome["missing"] == {}
    assert "Landlock" not in json.dumps(outcome["mechanisms"])


@pytest.mark.parametrize("user", [None, NOBODY])
def test_fails_closed_without_both(user: int | None) -> None:
    setup = Setup(name="neither", user=user, refuse=("landlock", "namespaces"))
    error = setup.perform(OPEN)["error"]
    assert error.startswith("SandboxUnavailableError")
    for word in ("reads:", "writes:", "user namespaces", "Landlock", "--mge-allow-degraded"):
        assert word in error
    assert ("signals:" in error) == (user is not None)


def test_degraded_runs_and_says_what_is_missing() -> None:
    setup = Setup(name="neither", user=NOBODY, refuse=("landlock", "namespaces"))
    outcome = setup.perform(OPEN, {"code": "import socket\nsocket.socket()"}, degraded=True)
    assert outcome["executions"][0]["result"] == "ran"
    assert outcome["executions"][1]["raised"][0] == "PermissionError"
    assert set(outcome["missing"]) == {"reads", "writes", "signals"}
    assert set(outcome["mechanisms"]) == {p.value for p in Protection} - set(outcome["missing"])


@pytest.mark.parametrize("mode", [NAMESPACES, LANDLOCK])
@pytest.mark.parametrize("abi", range(8))
@pytest.mark.parametrize(
    "holds", [NOTHING, frozenset({"memory", "cpu", "cpuacct", "pids"})], ids=["none", "groups"]
)
def test_every_protection_is_either_held_or_missing(mode: str, abi: int, holds: frozenset[str]) -> None:
    found = isolation(Machine(landlock_abi=abi), mode, holds, {NAMESPACES: "Operation not permitted"})
    assert set(found.mechanisms) | set(found.missing) == set(Protection)
    assert not set(found.mechanisms) & set(found.missing)
    assert found.level == ("degraded" if found.missing else "full")
    assert ("control group" in found.mechanisms[Protection.MEMORY]) == bool(holds)


def test_refusal_names_protection_remedy_and_flag() -> None:
    found = isolation(Machine(landlock_abi=0), LANDLOCK, NOTHING, {NAMESPACES: "Operation not permitted"})
    with pytest.raises(SandboxUnavailableError, match=r"reads: .*6\.2.*user namespaces"):
        raise refusal(found)
    assert capabilities.FLAG in str(refusal(found))


def test_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "plan9")
    with pytest.raises(SandboxUnavailableError, match="needs Linux"):
        capabilities.look_around()


def test_paths_that_hold_more_than_an_interpreter_are_narrowed(tmp_path: Any) -> None:
    home = tmp_path / "home" / "me"
    narrowed = list(capabilities._narrowed(["/", str(home), str(home.parent), str(home / ".venv")], home))
    assert "/" not in narrowed
    assert str(home) not in narrowed
    assert str(home.parent) not in narrowed
    assert str(home / "lib") in narrowed
    assert str(home / ".venv") in narrowed


def test_doctor_proves_what_it_says() -> None:
    report = asyncio.run(doctor.examine())
    assert report.sound, str(report)
    assert {trial.protection for trial in report.trials} == set(Protection)
    assert "isolation full" in str(report)
    assert AS_IS.namespaces


def test_doctor_reports_what_does_not_hold() -> None:
    trial = doctor.Trial(
        protection=Protection.READS,
        attempt="read",
        held=False,
        observed="it went through",
        remedy="get Landlock",
    )
    report = doctor.Report(trials=(trial,))
    assert not report.sound
    assert "NOT HELD" in str(report)
    assert "get Landlock" in str(report)
    assert "not available" in str(doctor.Report(error="no luck"))
