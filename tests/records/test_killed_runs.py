"""A run whose whole process dies at any moment loses no finished atom, and none is executed again on resuming."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mge_toolkit.core.results import Origin, Outcome
from mge_toolkit.records import open_store

ROUNDS = 60
SIZE = 120
PROGRAM = Path(__file__).with_name("killed_run.py")


def words(path: str, first: str) -> list[list[str]]:
    """Return the lines that begin with ``first``; the last line may have been cut off."""
    lines = Path(path).read_text().split("\n")[:-1] if Path(path).exists() else []
    return [line.split()[1:] for line in lines if line.startswith(f"{first} ")]


@pytest.mark.timeout(300)
def test_no_finished_atom_is_lost_or_executed_twice(tmp_path: Path) -> None:
    records, output = tmp_path / "history.db", tmp_path / "rounds.jsonl"
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), str(records), str(SIZE), str(output), "7"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(ROUNDS):
            process.stdin.write("again\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
        process.stdin.close()
    assert process.returncode == 0
    rounds = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(rounds) == ROUNDS
    store = open_store(records)
    cut_short = 0
    for one in rounds:
        assert one["status"] == 0
        resumed = {name: (outcome, origin) for name, outcome, origin in words(one["resumed"], "finished")}
        assert len(resumed) == SIZE
        assert {outcome for outcome, _ in resumed.values()} == {Outcome.PASSED.value}
        if one["run"] is None:  # it died before anyone was told of it
            continue
        told = [name for name, *_ in words(one["killed"], "finished")]
        cut_short += 0 < len(told) < SIZE
        left = store.load(one["run"])
        kept = set(left.result.results)
        assert set(told) <= kept  # what was reported as finished is on disk
        assert left.record.counts.total == len(kept)
        executed = [name for (name,) in words(one["resumed"], "started")]
        assert len(set(executed)) == len(executed)
        assert not kept & set(executed)  # what had finished is not executed again
        assert {name for name, (_, origin) in resumed.items() if origin == Origin.RESUMED.value} == kept
        assert kept | set(executed) == set(resumed)
    store.close()
    assert cut_short >= ROUNDS // 4  # the moments were well chosen
