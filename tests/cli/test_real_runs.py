"""``mge run`` as users start it, on the real sandbox."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.support import EXAMPLES, environment, mge

SLEEPERS = "atoms: {a: {code: 'import time; time.sleep(60)'}, b: {depends_on: a, code: pass}}\n"


def processes_below(pid: int) -> dict[int, str]:
    """Return every process that ``pid`` started, directly or not, with the time it started at."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = (int(fields[1]), fields[19])
    found = {pid}
    while more := {child for child, (parent, _) in parents.items() if parent in found} - found:
        found |= more
    return {child: parents[child][1] for child in found - {pid}}


def alive(processes: dict[int, str]) -> list[int]:
    left = []
    for pid, started in processes.items():
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if fields[19] == started and fields[0] != "Z":
                left.append(pid)
    return left


@contextmanager
def running(directory: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[int, str]]]:
    """Start a run whose first atom sleeps, and wait until it does; yield what it started, too."""
    plan = directory / "plan.yaml"
    plan.write_text(SLEEPERS)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "mge_toolkit", "run", str(plan), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("plan: 2 atoms")
        deadline = time.monotonic() + 30
        while len(started := processes_below(process.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        yield process, started
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_reports_and_leaves_nothing_running(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    document = tmp_path / "run.json"
    with running(tmp_path, "--json", str(document)) as (process, started):
        assert started
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == status
    assert err == ""
    assert "stopped: a: " in out
    assert "2 stopped" in out
    assert alive(started) == []
    assert json.loads(document.read_text())["exit_status"] == status


def test_a_killed_run_leaves_nothing_running(tmp_path: Path) -> None:
    with running(tmp_path) as (process, started):
        assert started
        process.kill()
        process.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while alive(started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(started) == []


def test_the_example_passes_and_its_document_says_so(tmp_path: Path) -> None:
    done = mge("run", EXAMPLES / "webshop.yaml", "--json", tmp_path / "run.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["isolation"]["level"] == "full"
    results = {atom["id"]: atom["result"] for atom in document["atoms"]}
    assert results["label"] == {"json": "Ana Núñez: collect 54.40 EUR"}


def test_failures_in_three_languages_are_shown_at_the_plans_lines(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "atoms:\n"
        "  py:\n"
        "    code: |\n"
        "      def half(x):\n"
        "          return x / 0\n"
        "      half(1)\n"
        "  js:\n"
        "    language: javascript\n"
        "    code: |\n"
        "      const x = undefined;\n"
        "      x.name;\n"
        "  ts:\n"
        "    language: typescript\n"
        "    code: |\n"
        "      interface A { b: number }\n"
        "      const a: A = missing;\n"
    )
    done = mge("run", plan, "--wave-threshold", "0", cwd=tmp_path)
    assert done.returncode == 1
    for line in (5, 11, 16):
        assert f"-- {plan}:{line}:" in done.stdout
    assert ">    5 |     return x / 0" in done.stdout
    assert ">   11 | x.name;" in done.stdout
    assert ">   16 | const a: A = missing;" in done.stdout


def test_output_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mge_toolkit", "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_direct_runs_say_that_nothing_protects(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("atoms: {a: {code: pass}}\n")
    done = mge("run", plan, "--sandbox", "direct", cwd=tmp_path)
    assert done.returncode == 0
    assert "isolation: direct, none" in done.stdout
