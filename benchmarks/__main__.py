"""One command that measures every row, side by side with its peer, and prints one table of ratios."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import atoms, humaneval, pytest_overhead, rest, scheduling
from benchmarks.measure import Row, document, machine, table
from benchmarks.plan_loading import plan_loading
from benchmarks.recorded_runs import recorded_runs


def main() -> int:
    """Measure what was asked for, print the table, and exit with 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=7, help="counted rounds of every comparison (default: 7)"
    )
    parser.add_argument("--only", default="", help="comma-separated parts (default: all)")
    parser.add_argument(
        "--human-eval", type=Path, help="the problem set, HumanEval.jsonl.gz; else that part is left out"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mge-benchmark-") as name:
        Path(name).chmod(0o755)
        rows = _measure(arguments, Path(name))
    for key, value in machine().items():
        print(f"{key}: {value}")
    print(f"\n{table(rows)}")
    if arguments.json is not None:
        arguments.json.write_text(document(rows) + "\n", encoding="utf-8")
    return 0 if all(row.reached for row in rows) else 1


def _pytest(rounds: int, directory: Path) -> list[Row]:
    return pytest_overhead.no_op(rounds, directory) + pytest_overhead.unused(rounds, directory)


def _measure(arguments: argparse.Namespace, directory: Path) -> list[Row]:
    rounds: int = arguments.rounds
    pytest_overhead.prepare(directory)
    parts: dict[str, Callable[[], list[Row]]] = {
        "atoms": lambda: atoms.trivial_python(rounds, directory),
        "numpy": lambda: atoms.preloaded_numpy(rounds),
        "deno": lambda: atoms.trivial_deno(rounds, directory),
        "sleep": lambda: scheduling.sleeping(max(1, rounds // 3)),
        "pytest": lambda: _pytest(rounds, directory),
        "growth": lambda: scheduling.growth(max(1, rounds // 3)) + pytest_overhead.growth(directory),
        "loading": plan_loading,
        "records": lambda: recorded_runs(rounds, directory),
        "rest": lambda: rest.rest(rounds),
    }
    if arguments.human_eval is not None:
        problems = arguments.human_eval.resolve()
        parts["humaneval"] = lambda: humaneval.compare(rounds, problems, directory)
    wanted = [part for part in arguments.only.split(",") if part] or list(parts)
    unknown = set(wanted) - set(parts)
    if unknown:
        sys.exit(f"no such part, or it needs --human-eval: {', '.join(sorted(unknown))}")
    rows = []
    for part in wanted:
        print(f"measuring {part} …", file=sys.stderr)
        rows += parts[part]()
    return rows


if __name__ == "__main__":
    sys.exit(main())
