"""What pytest pays for the plug-in: no-op atoms beside its own no-op functions, growth, and a run without plans.

``python -m benchmarks.pytest_overhead [--rounds N] [--growth] [--json FILE]``. Whole processes are measured,
from start to exit, with pytest's own plug-ins and ours alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Row, at_most, document, interleave, machine, table

CONFTEST = """
from mge_toolkit.testing import FakeSandboxPlugin

def pytest_mge_plugins(config):
    return [FakeSandboxPlugin()]
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one process cost: seconds, and KiB at its peak."""

    seconds: float
    peak_kib: int


def run_pytest(directory: Path, *args: str, plugin: bool = True) -> Cost:
    """Run pytest once in ``directory``; every test must pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ours = ["-p", "pytest_mge.plugin"] if plugin else []
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, *ours, *args], cwd=directory, env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"pytest {' '.join(args)} ended with {process.returncode}")
    return Cost(seconds=seconds, peak_kib=usage.ru_maxrss)


def write_tests(directory: Path, number: int) -> str:
    """Write ``number`` functions that do nothing, 2,000 a file; return the path to run."""
    path = directory / f"functions{number}"
    path.mkdir()
    for start in range(0, number, 2000):
        names = range(start, min(start + 2000, number))
        text = "".join(f"def test_{n}():\n    pass\n\n\n" for n in names)
        (path / f"test_from_{start}.py").write_text(text, encoding="utf-8")
    return path.name


def write_plan(directory: Path, number: int) -> str:
    """Write a plan of ``number`` atoms that do nothing; return its path."""
    path = directory / f"atoms{number}.yaml"
    lines = [f'          a{n}: {{code: "pass"}}\n' for n in range(number)]
    head = "masterplan: noop\ncomponents:\n  c:\n    modules:\n      m:\n        atoms:\n"
    path.write_text(head + "".join(lines), encoding="utf-8")
    return path.name


def prepare(directory: Path) -> None:
    """Make ``directory`` a root of its own, with a sandbox that executes nothing."""
    (directory / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (directory / "conftest.py").write_text(CONFTEST, encoding="utf-8")


def atoms_of(plan: str) -> tuple[str, ...]:
    """Return the arguments that run a plan on the fake sandbox."""
    return ("--mge-masterplan", plan, "--mge-sandbox", "fake")


def no_op(rounds: int, directory: Path, number: int = 2000) -> list[Row]:
    """Compare atoms that do nothing with functions that do nothing."""
    functions, plan = write_tests(directory, number), write_plan(directory, number)
    seconds = interleave(
        {
            "ours": lambda: run_pytest(directory, *atoms_of(plan)).seconds,
            "pytest": lambda: run_pytest(directory, "--noconftest", functions, plugin=False).seconds,
        },
        rounds,
    )
    work = f"{number:,} no-op atoms through pytest, FakeSandbox"
    peer = f"pytest's own {number:,} no-op functions"
    return [at_most(work, peer, seconds["ours"], seconds["pytest"], 1.0)]


def unused(rounds: int, directory: Path) -> list[Row]:
    """Measure what a run without masterplans pays, in milliseconds."""
    path = directory / "test_one.py"
    path.write_text("def test_one():\n    pass\n", encoding="utf-8")
    seconds = interleave(
        {
            "with": lambda: run_pytest(directory, "--noconftest", path.name).seconds,
            "without": lambda: run_pytest(directory, "--noconftest", path.name, plugin=False).seconds,
        },
        rounds,
    )
    more = [(a - b) * 1000 for a, b in zip(seconds["with"], seconds["without"], strict=True)]
    row = Row(
        work="a pytest run that does not use the plug-in (ms more)",
        peer="the same without it",
        ours_seconds=statistics.median(seconds["with"]),
        peer_seconds=statistics.median(seconds["without"]),
        ratio=statistics.median(more),
        spread=(min(more), max(more)),
        target=10,
        better="lower",
        unit="ms",
    )
    return [row]


def growth(directory: Path, small: int = 10_000, large: int = 100_000) -> list[Row]:
    """Compare ten times the atoms with ten times the cost; memory in KiB for each finished atom."""
    costs = {n: run_pytest(directory, *atoms_of(write_plan(directory, n))) for n in (small, large)}
    few, many = costs[small], costs[large]
    per_atom = (many.peak_kib - few.peak_kib) / (large - small)
    factor = large / small
    time_row = at_most(
        f"{small:,} → {large:,} atoms through pytest, time for each",
        f"{small:,} atoms",
        [many.seconds / factor],
        [few.seconds],
        1.1,  # one run of each: the noise of the machine is in it
    )
    memory_row = Row(
        work=f"{small:,} → {large:,} atoms through pytest (KiB for each, plan and pytest's own 5 included)",
        peer="-",
        ours_seconds=many.seconds,
        peer_seconds=few.seconds,
        ratio=per_atom,
        spread=(per_atom, per_atom),
        target=15,
        better="lower",
        unit="KiB",
    )
    return [time_row, memory_row]


def main() -> int:
    """Measure, print the table, and exit with 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pytest_overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="counted rounds (default: 9)")
    parser.add_argument("--growth", action="store_true", help="also run 10,000 and 100,000 atoms")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mge-benchmark-") as name:
        directory = Path(name)
        prepare(directory)
        rows = [*no_op(arguments.rounds, directory), *unused(arguments.rounds, directory)]
        if arguments.growth:
            rows += growth(directory)
    for key, value in machine().items():
        print(f"{key}: {value}")
    print(f"\n{table(rows)}")
    if arguments.json is not None:
        arguments.json.write_text(document(rows) + "\n", encoding="utf-8")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
