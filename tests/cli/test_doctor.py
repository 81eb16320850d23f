from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mge_toolkit.core.results import Isolation, Protection
from mge_toolkit.sandbox.doctor import Report, Trial
from tests.cli.support import Commands, mge

NETWORK = Trial(
    protection=Protection.NETWORK, attempt="open a socket", held=True, observed="refused", mechanism="seccomp"
)
MEMORY = Trial(
    protection=Protection.MEMORY,
    attempt="allocate",
    held=False,
    observed="got it all",
    remedy="make a cgroup",
)
ISOLATION = Isolation(
    sandbox="local",
    mechanisms={Protection.NETWORK: "seccomp"},
    missing={Protection.MEMORY: "no writable cgroup"},
)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[[Report], None]:
    """Return a function that makes the examination find a report."""

    def find(report: Report) -> None:
        async def examine() -> Report:
            return report

        monkeypatch.setattr("mge_toolkit.cli.doctor.examine", examine)

    return find


def test_this_machine_is_examined_by_trying(tmp_path: Path) -> None:
    done = mge("doctor", "--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert document["sound"] is (done.returncode == 0)
    assert {trial["protection"] for trial in document["trials"]} == {
        protection.value for protection in Protection
    }
    assert done.stderr == ""


def test_what_does_not_hold_is_named_and_fails(commands: Commands, found: Callable[[Report], None]) -> None:
    found(Report(isolation=ISOLATION, trials=(NETWORK, MEMORY)))
    ended = commands("doctor")
    assert ended.status == 1
    assert ended.out.endswith("not held: memory\n")
    assert "  NOT HELD  memory   allocate       got it all" in ended.out
    assert "nothing: no writable cgroup" in ended.out


def test_what_holds_succeeds(commands: Commands, found: Callable[[Report], None]) -> None:
    found(Report(isolation=ISOLATION, trials=(NETWORK,)))
    assert commands("doctor").status == 0


def test_a_machine_without_any_sandbox_says_why(commands: Commands, found: Callable[[Report], None]) -> None:
    found(Report(error="it is no Linux"))
    ended = commands("doctor")
    assert ended.status == 1
    assert ended.out == "the sandbox 'local' cannot work here:\nit is no Linux\n"
