"""On the real sandbox: the examples, and that nothing is left, however pytest ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.pytest_mge.test_junit import SCHEMA

EXAMPLES = Path(__file__).parents[2] / "examples"
SLEEPERS = "atoms:\n" + "".join(
    f"  s{n}:\n    code: |\n      import subprocess, sys, time\n"
    f"      subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    f"      open('marker', 'w').close()\n      time.sleep(600)\n"
    for n in range(4)
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose temporary directory is the test's own, to see what is left in it."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "TMPDIR": str(scratch), "MGE_TEST": tmp_path.name}


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", *args]


def descendants(root: int) -> set[int]:
    """Return the processes below ``root``, as the host sees them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(errors="replace")
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found: set[int] = set()
    stack = [root]
    while stack:
        for child in children.get(stack.pop(), ()):
            found.add(child)
            stack.append(child)
    return found


def alive(processes: set[int]) -> set[int]:
    return {pid for pid in processes if _state(pid) not in (None, "Z")}


def _state(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return None


def wait_until(condition: object, seconds: float = 20) -> bool:
    """Return whether the callable ``condition`` came true in time."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def test_the_web_shop_passes_through_pytest(tmp_path: Path) -> None:
    result = subprocess.run(
        command(str(EXAMPLES / "webshop.yaml"), f"--junitxml={tmp_path / 'j.xml'}"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "12 passed" in result.stdout
    assert "isolation: local, full" in result.stdout
    SCHEMA.validate(str(tmp_path / "j.xml"))
    cases = ElementTree.parse(tmp_path / "j.xml").getroot()[0].findall("testcase")
    assert len(cases) == 12
    levels = {p.attrib["value"] for p in cases[0].iter("property") if p.attrib["name"] == "mge.isolation"}
    assert levels == {"full"}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_pytest_ends(
    tmp_path: Path, environment: dict[str, str], ending: signal.Signals
) -> None:
    plan = tmp_path / "sleepers.yaml"
    plan.write_text(SLEEPERS)
    process = subprocess.Popen(
        command(str(plan), "--mge-slots", "2", f"--junitxml={tmp_path / 'j.xml'}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    try:
        # pytest, the spawner, two slots, and in each an atom with a child of its own
        assert wait_until(lambda: len(descendants(process.pid)) >= 6), descendants(process.pid)
        below = descendants(process.pid)
        process.send_signal(ending)
        output, _ = process.communicate(timeout=30)
        assert wait_until(lambda: not alive(below), 10), alive(below)
    finally:
        process.kill()
        process.wait()
    if ending is signal.SIGINT:
        assert process.returncode == pytest.ExitCode.INTERRUPTED, output
        assert "4 atoms were not reported" in output
        assert "Traceback" not in output
        SCHEMA.validate(str(tmp_path / "j.xml"))
    else:
        assert process.returncode == -ending
    left = [path for path in Path(environment["TMPDIR"]).rglob("*") if "pytest-of" not in str(path)]
    assert left == []


def test_only_the_records_are_left_after_an_ordinary_run(tmp_path: Path, environment: dict[str, str]) -> None:
    plan = tmp_path / "one.yaml"
    plan.write_text("atoms:\n  one: {code: \"open('f', 'w').write('x')\"}\n  two: {code: '1 / 0'}\n")
    before = set(tmp_path.iterdir())
    result = subprocess.run(
        command(str(plan)),
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1, result.stdout
    assert set(tmp_path.iterdir()) - before == {tmp_path / ".mge"}
    assert {path.name for path in (tmp_path / ".mge").iterdir()} == {".gitignore", "history.db"}
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    assert Path(tempfile.gettempdir()) != Path(environment["TMPDIR"])
