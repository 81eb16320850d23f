"""The cost of one atom beside the cost of one process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Contestant, Row, at_most, faster, interleave, timed
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import make_atom, make_plan

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Engine:
    """A service on its own event loop, already started, whose runs can be timed from outside."""

    def __init__(self, *, slots: int, preload: tuple[str, ...] = ()) -> None:
        """Start the local sandbox."""
        self._runner = asyncio.Runner()
        self._service = ExecutionService(Settings(slots=slots, preload=preload, wave_threshold=0))
        self.run("pass", 2 * slots)

    def run(self, code: str, number: int, language: str = "python") -> RunResult:
        """Execute ``number`` atoms with the same code, which must all pass."""
        plan = make_plan(make_atom(f"a{n}", code, language=language) for n in range(number))
        result = self._runner.run(self._service.execute_masterplan(plan))
        if result.counts.passed != number:
            raise RuntimeError(f"{result.counts} instead of {number} passed atoms")
        return result

    def close(self) -> None:
        """Leave nothing running."""
        self._runner.run(self._service.close())
        self._runner.close()


def process(argv: list[str], number: int) -> Contestant:
    """Return a contestant that starts a process for each of ``number`` programs; the cost is that of one."""

    def work() -> float:
        def every() -> None:
            for _ in range(number):
                subprocess.run(argv, check=True, env=ENVIRONMENT, capture_output=True)

        return timed(every) / number

    return work


def each(work: Callable[[], object], number: int) -> Contestant:
    """Return a contestant whose cost is that of one of ``number`` atoms."""
    return lambda: timed(work) / number


def trivial_python(rounds: int, directory: Path, number: int = 40) -> list[Row]:
    """Compare a trivial isolated Python atom with a process for each, isolated and not."""
    program = directory / "trivial.py"
    program.write_text("x = 1\n", encoding="utf-8")
    bubblewrap = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    engine = Engine(slots=1)
    try:
        spent = interleave(
            {
                "ours": each(lambda: engine.run("x = 1\n", number), number),
                "bubblewrap": process([*bubblewrap, sys.executable, "-I", "-S", str(program)], number),
                "bare": process([sys.executable, "-I", "-S", str(program)], number),
                "site": process([sys.executable, str(program)], number),
                "empty": process([sys.executable, "-c", ""], number),
            },
            rounds,
        )
    finally:
        engine.close()
    work = "trivial Python atom, isolated, one slot"
    return [
        faster(work, "bubblewrap + python -I -S", spent["ours"], spent["bubblewrap"], 5),
        faster(work, "subprocess python -I -S", spent["ours"], spent["bare"], 3),
        faster(work, "subprocess python", spent["ours"], spent["site"], 4),
        faster(work, "the start of python itself", spent["ours"], spent["empty"], 4),
    ]


def preloaded_numpy(rounds: int, number: int = 20) -> list[Row]:
    """Compare an atom that imports a preloaded numpy with a process that imports it, and with a plain atom."""
    code = "import numpy\n"
    plain = Engine(slots=1)
    warm = Engine(slots=1, preload=("numpy",))
    try:
        spent = interleave(
            {
                "ours": each(lambda: warm.run(code, number), number),
                "plain": each(lambda: plain.run("x = 1\n", number), number),
                "process": process([sys.executable, "-c", code], max(1, number // 10)),
            },
            rounds,
        )
    finally:
        plain.close()
        warm.close()
    work = "atom that imports numpy, preloaded"
    return [
        faster(work, 'python -c "import numpy"', spent["ours"], spent["process"], 35),
        at_most(work, "a plain atom", spent["ours"], spent["plain"], 1.5),
    ]


def trivial_deno(rounds: int, directory: Path, number: int = 20) -> list[Row]:
    """Compare trivial isolated JavaScript and TypeScript atoms with a bare Deno."""
    from deno import find_deno_bin

    programs = {
        "javascript": ("trivial.js", "const x = 1;\n"),
        "typescript": ("trivial.ts", "const x: number = 1;\n"),
    }
    rows = []
    engine = Engine(slots=1)
    try:
        for language, (name, code) in programs.items():
            (directory / name).write_text(code, encoding="utf-8")
            command = [find_deno_bin(), "run", str(directory / name)]
            spent = interleave(
                {
                    "ours": each(lambda c=code, k=language: engine.run(c, number, k), number),  # type: ignore[misc]
                    "bare": process(command, number),
                },
                rounds,
            )
            work = f"trivial {language} atom, isolated, one slot"
            rows.append(faster(work, "bare deno run", spent["ours"], spent["bare"], 0.8))
    finally:
        engine.close()
    return rows
