"""What is special about the sandbox ``direct``: it is plain, it says so, and it cleans up all the same."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mge_toolkit.core.jobs import Launch
from mge_toolkit.core.plans import Limits
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import Flag
from mge_toolkit.sandbox.direct import DirectSandbox
from mge_toolkit.sandbox.languages import builtin_languages
from mge_toolkit.sandbox.programs import Capture, environment_in
from tests.jobs import Bench, result_of, started


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    languages = {language.name: language for language in builtin_languages()}
    with started(DirectSandbox(SandboxOptions(slots=1, languages=languages))) as bench:
        yield bench
    assert not list(tmp_path.iterdir())


def test_it_holds_nothing_and_says_so(bench: Bench) -> None:
    isolation = bench.run("x = 1").isolation
    assert (isolation.sandbox, isolation.level) == ("direct", "none")
    assert not isolation.mechanisms


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.makedirs('a/b')\nopen('a/b/f', 'w').close()\nos.chmod('a/b', 0)\nos.chmod('a', 0)",
        "import os\nos.symlink('/etc', 'link')\nos.symlink('nowhere', 'dangling')",
        "import os\nos.mkfifo('.mge-report.json')\nos._exit(0)",
        "raise ValueError",
    ],
)
def test_the_work_directory_goes_whatever_is_in_it(bench: Bench, code: str) -> None:
    bench.run(code)


def test_a_link_in_place_of_the_report_is_not_followed(bench: Bench) -> None:
    ended = bench.run("import os\nos.symlink('/etc/hostname', '.mge-report.json')\nos._exit(0)")
    assert not ended.completed


def test_what_left_its_group_and_closed_its_streams_is_found(bench: Bench) -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 100)
        time.sleep(60)
    os._exit(0)
result = os.getpid()
"""
    ended = bench.run(code)
    assert ended.completed
    assert Flag.PROCESSES_LEFT in ended.flags
    assert ended.usage.wall < 30


def test_its_processes_are_timed_by_the_system(bench: Bench) -> None:
    ended = bench.run("sum(range(3_000_000))")
    assert ended.usage.cpu > 0
    assert ended.usage.peak_memory is None


def test_the_whole_environment_is_given(tmp_path: Path) -> None:
    launch = Launch(argv=("x",), environment={"A": "1"})
    expected = {"A": "1", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    assert environment_in(launch, tmp_path).items() >= expected.items()
    if os.name != "nt":
        assert environment_in(launch, tmp_path) == expected


def test_descriptors_do_not_leak(bench: Bench) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        bench.run("x = 1")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    listed = result_of(bench.run("import os\nresult = sorted(map(int, os.listdir('/proc/self/fd')))"))
    assert len(listed) <= 5


def test_a_capture_keeps_the_beginning_and_counts_the_rest() -> None:
    capture = Capture(5)
    for piece in (b"abc", b"def", b"ghi"):
        capture.feed(piece)
    assert (capture.stream().data, capture.stream().total) == (b"abcde", 9)


def test_a_time_limit_takes_the_whole_group(bench: Bench) -> None:
    ended = bench.run("import os\nos.system('sleep 60')", limits=Limits(timeout=0.5))
    assert ended.usage.wall < 30
