"""What one record costs, in batches and by itself, and how fast records are read back.

    python -m benchmarks.recording [--atoms N] [--rounds N] [--location FILE|URL] [--json FILE]

Each figure is seconds of the clock: a record's hold the disk's. What runs at the same time shows in them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.measure import Row, document, faster, table, timed
from mge_toolkit.core.events import AtomFinished, RunFinished, RunStarted
from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.core.results import (
    Attempt,
    Execution,
    ExecutionResult,
    Isolation,
    Outcome,
    Protection,
    Stream,
    Usage,
    Value,
)
from mge_toolkit.core.runs import RunResult, Schedule, count
from mge_toolkit.records import open_store

if TYPE_CHECKING:
    from mge_toolkit.records.store import SqlRecordStore

_ISOLATION: Final = Isolation(
    sandbox="local", mechanisms=dict.fromkeys(Protection, "namespace, seccomp filter")
)
_CODE: Final = "def function_{0}(value):\n    return value + {0}\n\nresult = function_{0}(1)\n"
_LARGE: Final = 100_000


class Writing:
    """A run of so many atoms that pass, written to a store."""

    def __init__(self, store: SqlRecordStore, atoms: int) -> None:
        """Make the run's events beforehand."""
        self._store = store
        self.run_id = uuid.uuid4().hex[:12]
        when = datetime.now(UTC)
        plan = Masterplan(
            name="benchmark",
            atoms={
                f"atom-{n}": Atom(id=f"atom-{n}", code=Source(text=_CODE.format(n))) for n in range(atoms)
            },
        )
        results = {
            name: _passed(atom, number, when) for number, (name, atom) in enumerate(plan.atoms.items())
        }
        self.start = RunStarted(
            run_id=self.run_id,
            masterplan=plan,
            waves=dict.fromkeys(plan.atoms, 0),
            slots=2,
            schedule=Schedule.READY,
            isolation=_ISOLATION,
            started_at=when,
            environment="benchmark",
        )
        self.finished = [AtomFinished(run_id=self.run_id, result=result) for result in results.values()]
        self.end = RunFinished(
            run_id=self.run_id,
            result=RunResult(
                run_id=self.run_id,
                masterplan=plan.name,
                results=results,
                waves=(),
                counts=count(results.values()),
                started_at=when,
                wall=1.0,
                slots=2,
                schedule=Schedule.READY,
                isolation=_ISOLATION,
                parallelism=1.0,
            ),
        )

    def write(self, *, singly: bool = False) -> float:
        """Return how many seconds an atom takes from its end to the disk; ``singly``: one at a time."""
        journal = self._store.journal()
        started = journal.append(self.start)
        if started is not None:
            started.result()
        began = time.perf_counter()
        future = None
        for event in self.finished:
            future = journal.append(event)
            if singly and future is not None:
                journal.flush()
                future.result()
        if future is not None:
            journal.flush()
            future.result()
        seconds = time.perf_counter() - began
        journal.append(self.end)
        journal.close()
        return seconds / len(self.finished)


def _passed(atom: Atom, number: int, when: datetime) -> ExecutionResult:
    execution = Execution(
        completed=True,
        exit_code=0,
        result=Value(json=number),
        stdout=Stream(data=b"hello\n", total=6),
        usage=Usage(wall=0.004, cpu=0.003, peak_memory=9_000_000),
        isolation=_ISOLATION,
    )
    attempt = Attempt(number=1, code=atom.code.text, execution=execution, started_at=when, slot=number % 2)
    return ExecutionResult(
        atom_id=atom.id, outcome=Outcome.PASSED, wave=0, attempts=(attempt,), digest=f"{number:064x}"
    )


def recording(rounds: int, location: str | Path, atoms: int = 2000) -> list[Row]:
    """Return the rows of writing: one record beside what it may cost, and beside a transaction for each."""
    store = open_store(location)
    Writing(store, 50).write()
    ours, singly = [], []
    for _ in range(rounds):
        ours.append(Writing(store, atoms).write())
        singly.append(Writing(store, max(1, atoms // 20)).write(singly=True))
    store.close()
    return [
        _within("one record, many at a time", ours, 0.2, "ms"),
        faster("records a second", "a transaction for each", ours, singly, 2),
    ]


def reading(rounds: int, location: str | Path, atoms: int = 10_000) -> list[Row]:
    """Return the rows of reading, those of whole runs as for 100,000 atoms."""
    store = open_store(location)
    run = Writing(store, atoms)
    run.write()
    digests = [event.result.digest or "" for event in run.finished[:300]]

    def recalled() -> None:
        for digest in digests:
            store.recall(digest, "benchmark")

    def figures(work: Callable[[], object], share: float) -> list[float]:
        timed(work)
        return [timed(work) / share for _ in range(rounds)]

    large = atoms / _LARGE
    rows = [
        _within("recall one result", figures(recalled, len(digests)), 0.3, "ms"),
        _within(
            "rows of 100,000 attempts", figures(lambda: list(store.attempt_rows(run.run_id)), large), 2, "s"
        ),
        _within("load a run of 100,000 atoms", figures(lambda: store.load(run.run_id), large), 10, "s"),
        _within("find the last run", figures(lambda: store.find("last"), 1), 20, "ms"),
    ]
    store.close()
    return rows


def _within(work: str, seconds: Sequence[float], target: float, unit: str) -> Row:
    """Return what something costs in seconds or milliseconds, and the most that it may."""
    figures = [one * (1000 if unit == "ms" else 1) for one in seconds]
    middle = statistics.median(seconds)
    return Row(
        work=work,
        peer="what it may cost",
        ours_seconds=middle,
        peer_seconds=target / (1000 if unit == "ms" else 1),
        ratio=statistics.median(figures),
        spread=(min(figures), max(figures)),
        target=target,
        better="lower",
        unit=unit,
    )


def main() -> int:
    """Measure, print the table, and exit with 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__)
    parser.add_argument(
        "--atoms", type=int, default=2000, help="atoms of a run that is written (default: 2000)"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--location", help="a file or a postgresql:// URL (default: a new SQLite file)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mge-benchmark-") as name:
        location = arguments.location or Path(name) / "history.db"
        rows = recording(arguments.rounds, location, arguments.atoms) + reading(arguments.rounds, location)
    print(table(rows))
    if arguments.json is not None:
        arguments.json.write_text(document(rows) + "\n", encoding="utf-8")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
