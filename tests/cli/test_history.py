"""Recorded runs on the command line: what is listed, compared and deleted."""

from __future__ import annotations

import json

import pytest

from mge_toolkit.testing import failing
from tests.cli.support import Commands, Script

BROKEN: Script = {"second": [failing("no luck")]}
PLAN = ("--repair", "off", "--wave-threshold", "0")


@pytest.fixture
def record(commands: Commands) -> Records:
    return Records(commands)


class Records:
    """Runs the chain of atoms again and again, and asks for what is recorded of that."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._place = ("--records", str(commands.directory / "runs.db"))
        self.plan = commands.plan()

    def run(self, script: Script | None = None, *words: str) -> str:
        """Run the plan and return the run's id."""
        self._commands.run(self.plan, *PLAN, *words, *self._place, script=script)
        return str(self.listed()[0]["run_id"])

    def listed(self, *words: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self("history", "--json", *words))
        return found

    def __call__(self, *words: str, status: int = 0) -> str:
        ended = self._commands(*words, *self._place)
        assert ended.status == status, ended
        return ended.out if not status or ended.out else ended.err


def test_runs_are_listed_the_last_first(record: Records) -> None:
    first, second = record.run(), record.run(BROKEN)
    assert [run["run_id"] for run in record.listed()] == [second, first]
    assert [run["run_id"] for run in record.listed("--limit", "1")] == [second]
    assert record.listed("--masterplan", "other") == []
    head, *lines = record("history").splitlines()
    assert head.split() == ["RUN", "STARTED", "MASTERPLAN", "RATE", "TIME", "ATOMS"]
    assert [line.split()[0] for line in lines] == [second, first]
    assert "2 passed, 1 failed, 1 blocked" in lines[0]


def test_a_comparison_tells_what_broke_what_was_mended_and_what_was_not_run(record: Records) -> None:
    good = record.run()
    bad = record.run(BROKEN)
    told = record("compare", good, bad, status=1)
    assert "newly failing: 1\n  second: AssertionError: no luck\n" in told
    assert "newly held up: 1\n  third (blocked): needs 'second', which failed\n" in told
    worse = record.run({"third": [failing("now this")]})
    told = record("compare", bad, worse)
    assert "newly passing: 1\n  second (failed)\n" in told
    assert "not run before: 1\n  third: AssertionError: now this (before: blocked)\n" in told
    assert "newly failing" not in told
    changes = json.loads(record("compare", bad, worse, "--json"))
    assert [one["atom_id"] for one in changes["not_run_before"]] == ["third"]
    assert "no difference" in record("compare", good, good)


def test_runs_of_two_masterplans_are_not_compared(record: Records, commands: Commands) -> None:
    first = record.run()
    record.plan = commands.plan("masterplan: other\natoms: {a: {code: pass}}\n", "other.yaml")
    second = record.run()
    assert "compare two runs of one masterplan" in record("compare", first, second, status=4)


def test_old_runs_are_deleted_only_where_that_is_meant(record: Records) -> None:
    runs = [record.run() for _ in range(3)]
    assert "would delete 2 runs" in record("history", "prune", "--keep", "1", "--dry-run")
    assert len(record.listed()) == 3
    record("history", "prune", "--keep", "1")
    assert [run["run_id"] for run in record.listed()] == [runs[-1]]
