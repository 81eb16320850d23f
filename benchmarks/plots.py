"""How long the pictures of a large run take, each and together, in processor time.

python -m benchmarks.plots [--attempts N] [--out DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.measure import machine
from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import (
    NO_ISOLATION,
    Attempt,
    Category,
    Execution,
    ExecutionResult,
    Failure,
    Outcome,
    RetryDecision,
    Strategy,
    Usage,
)
from mge_toolkit.core.runs import RunResult, Schedule, count
from mge_toolkit.plots.saving import NAMES, save_all

_WHEN: Final = datetime(2026, 1, 2, tzinfo=UTC)
_TARGET: Final = 5.0  # seconds for all pictures of 100,000 attempts
_SLOTS: Final = 16
_WAVES: Final = 12
_KINDS: Final = (
    (Category.SYNTAX, "syntax", "SyntaxError: '(' was never closed"),
    (Category.IMPORT, "module", "ModuleNotFoundError: No module named 'module_{}'"),
    (Category.TYPE, "type", "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
    (Category.RUNTIME, "assertion", "AssertionError: expected {} and got 7"),
    (Category.RUNTIME, "key", "KeyError: 'key{}'"),
    (Category.TIMEOUT, "wall", "did not end within its time limit of 30 s"),
)


def big_run(atoms: int) -> tuple[RunResult, list[RunRecord]]:
    """Return a run of so many atoms in twelve waves, a quarter more attempts, and forty earlier runs' records."""
    chance = random.Random(7)
    plan = _plan(atoms, chance)
    free = [(0.0, slot) for slot in range(_SLOTS)]
    results: dict[str, ExecutionResult] = {}
    for name, atom in plan.atoms.items():
        wave = int(name.split("_")[1])
        blocker = next((one for one in atom.depends_on if results[one].outcome is not Outcome.PASSED), None)
        group = {"component": atom.component, "module": atom.module}
        if blocker is not None:
            results[name] = ExecutionResult(
                atom_id=name, outcome=Outcome.BLOCKED, wave=wave, blocked_by=blocker, **group
            )
            continue
        clock, slot = heapq.heappop(free)
        attempts = _attempts(name, clock, slot, chance)
        passed = attempts[-1].failure is None
        results[name] = ExecutionResult(
            atom_id=name,
            outcome=Outcome.PASSED if passed else Outcome.FAILED,
            wave=wave,
            attempts=tuple(attempts),
            **group,
        )
        heapq.heappush(free, (clock + results[name].duration + 0.002, slot))
    wall = max(clock for clock, _ in free)
    run = RunResult(
        run_id="benchmark",
        masterplan=plan.name,
        results=results,
        waves=(),
        counts=count(results.values()),
        started_at=_WHEN,
        wall=wall,
        slots=_SLOTS,
        schedule=Schedule.READY,
        isolation=NO_ISOLATION,
        parallelism=sum(result.duration for result in results.values()) / wall,
        plan=plan,
    )
    return run, list(_earlier(run, chance))


def _plan(atoms: int, chance: random.Random) -> Masterplan:
    names = [f"atom_{number * _WAVES // atoms}_{number}" for number in range(atoms)]
    size = atoms // _WAVES or 1
    found = {}
    for number, name in enumerate(names):
        wave = number * _WAVES // atoms
        before = names[max(0, number - size)] if wave else None
        found[name] = Atom(
            id=name,
            code=Source(text="pass"),
            depends_on=() if before is None else (before,),
            component=f"component {chance.randrange(8)}",
            module=f"module {chance.randrange(6)}",
        )
    return Masterplan(name="benchmark", atoms=found)


def _attempts(name: str, clock: float, slot: int, chance: random.Random) -> list[Attempt]:
    """Return one attempt, or two or three where the first failed; one in seventy fails in the end."""
    number = 1 if chance.random() > 0.22 else chance.choice((2, 2, 2, 3))
    lost = chance.random() < 0.015
    found = []
    for place in range(1, number + 1):
        wall = chance.lognormvariate(-3, 0.9)
        failure = None
        if place < number or lost:
            category, kind, message = chance.choice(_KINDS)
            failure = Failure(
                category=category, kind=kind, message=message.format(chance.randrange(99)), culprit=name
            )
        strategy = Strategy.FIX if place < number else Strategy.MANUAL
        found.append(
            Attempt(
                number=place,
                code="pass",
                execution=Execution(
                    completed=failure is None,
                    usage=Usage(wall=wall, cpu=wall, peak_memory=int(chance.lognormvariate(15, 0.6))),
                    isolation=NO_ISOLATION,
                ),
                started_at=_WHEN + timedelta(seconds=clock),
                slot=slot,
                source="plan" if place == 1 else "fixer",
                failure=failure,
                decision=None
                if failure is None
                else RetryDecision(strategy=strategy, confidence=0.9, reason="due", failure=failure),
            )
        )
        clock += wall
    return found


def _earlier(run: RunResult, chance: random.Random) -> Iterator[RunRecord]:
    for number in range(40):
        started = _WHEN - timedelta(days=40 - number)
        failed = max(run.counts.failed + chance.randrange(400) - number * 8, 0)
        counts = replace(run.counts, failed=failed, passed=run.counts.passed - failed)
        yield RunRecord(
            run_id=f"{number:06d}",
            masterplan=run.masterplan,
            plan_path="plan.yaml",
            started_at=started,
            finished_at=started + timedelta(seconds=run.wall),
            planned=len(run.results),
            counts=counts,
            wall=run.wall * (1.4 - number / 100) * chance.uniform(0.9, 1.1),
            parallelism=run.parallelism,
            slots=8 if number < 20 else _SLOTS,
            schedule=run.schedule,
            repair=RepairLevel.FIX,
            isolation=run.isolation,
            environment="benchmark",
            toolkit_version="0",
        )


def measure(run: RunResult, runs: Sequence[RunRecord], directory: Path) -> dict[str, float]:
    """Return the seconds of processor time by picture, and of all together, as PNG files."""
    save_all(run, directory, only=["success"], formats=["png"])  # matplotlib's own start is not counted
    figures = {}
    for name in NAMES:
        started = time.process_time()
        save_all(run, directory, runs=runs, only=[name], formats=["png"])
        figures[f"{name} alone (s)"] = time.process_time() - started
    for formats in (["png"], ["png", "svg"]):
        started = time.process_time()
        save_all(run, directory, runs=runs, formats=formats)
        figures[f"all, as {' and '.join(formats)} (s)"] = time.process_time() - started
    return figures


def main() -> int:
    """Measure and print; exit with 1 where the target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plots", description=__doc__)
    parser.add_argument("--attempts", type=int, default=100_000, help="about how many (default: 100000)")
    parser.add_argument("--out", type=Path, help="keep the pictures here")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    run, runs = big_run(int(arguments.attempts / 1.22))
    made = sum(len(result.attempts) for result in run.results.values())
    with tempfile.TemporaryDirectory(prefix="mge-benchmark-") as name:
        figures = {"attempts": float(made), **measure(run, runs, arguments.out or Path(name))}
    for name, value in {**machine(), **{name: f"{value:,.2f}" for name, value in figures.items()}}.items():
        print(f"{name}: {value}")
    if arguments.json is not None:
        content = json.dumps({"machine": machine(), "figures": figures}, indent=2)
        arguments.json.write_text(f"{content}\n", encoding="utf-8")
    return 0 if figures["all, as png (s)"] * 100_000 / made <= _TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
