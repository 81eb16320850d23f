"""Every limit ends what passes it, in every setting, and keeps what was written until then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.local.setups import AS_IS, SETUPS, Setup

MEGABYTE = 1024**2

PROGRAMS: dict[str, dict[str, Any]] = {
    "wall": {"code": "print('before', flush=True)\nimport time\ntime.sleep(60)", "limits": {"timeout": 0.5}},
    "cpu": {"code": "print('before')\nwhile True: pass", "limits": {"timeout": 20, "cpu_time": 0.4}},
    "cpu of children": {
        "code": """
import os
for _ in range(2):
    if os.fork() == 0:
        while True: pass
os.wait()
""",
        "limits": {"timeout": 20, "cpu_time": 0.5, "cpus": 2},
    },
    "memory of many": {
        "code": """
import os, time
for _ in range(6):
    if os.fork() == 0:
        kept = b"x" * (30 << 20)
        time.sleep(60)
time.sleep(60)
""",
        "limits": {"timeout": 20, "memory": 100 * MEGABYTE},
    },
    "output": {
        "code": "while True: print('x' * 1000)",
        "limits": {"output": 5000, "output_kill": MEGABYTE},
    },
    "stderr": {
        "code": "import os\nwhile True: os.write(2, b'x' * 1000)",
        "limits": {"output": 5000, "output_kill": MEGABYTE},
    },
    "output cut": {
        "code": """
import threading, os
def write(fd):
    for _ in range(300): os.write(fd, b'x' * 1000)
one = threading.Thread(target=write, args=(1,)); two = threading.Thread(target=write, args=(2,))
one.start(); two.start(); one.join(); two.join()
result = 'whole'
""",
        "limits": {"output": 5000},
    },
    "fork bomb": {"code": "import os\nwhile True: os.fork()", "limits": {"timeout": 8, "processes": 16}},
    "threads": {
        "code": """
import threading, time
count = 0
try:
    for _ in range(100):
        threading.Thread(target=time.sleep, args=(0.3,), daemon=True).start()
        count += 1
except RuntimeError:
    pass
result = count
""",
        "limits": {"processes": 16},
    },
    "after": {"code": "result = 'fine'"},
    "allocate at once": {"code": "x = 'x' * (300 << 20)", "limits": {"memory": 64 * MEGABYTE}},
    "allocate the absurd": {"code": "x = 'x' * 10**12"},
    "disk": {
        "code": """
for number in range(100):
    with open(f"file{number}", "wb") as file:
        file.write(b"x" * (1 << 20))
""",
        "limits": {"disk": 10 * MEGABYTE},
    },
    "temporary files": {
        "code": """
import tempfile, time
kept = [tempfile.TemporaryFile() for _ in range(100)]
for file in kept:
    file.write(b"x" * (1 << 20))
    file.flush()
time.sleep(5)  # where nothing can be mounted what is written is looked at now and then
""",
        "limits": {"disk": 10 * MEGABYTE},
    },
    "spinners": {
        "code": """
import os, time
end = time.monotonic() + 1.5
children = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        while time.monotonic() < end: pass
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
""",
        "limits": {"timeout": 20, "cpu_time": 20},
    },
    "last": {
        "code": "import os\nresult = [os.listdir('.'), len([p for p in os.listdir(os.environ['TMPDIR'])])]"
    },
}


@pytest.fixture(scope="module", params=SETUPS, ids=lambda setup: setup.name)
def ended(request: pytest.FixtureRequest) -> dict[str, Any]:
    setup: Setup = request.param
    outcome = setup.perform(*PROGRAMS.values())
    assert "error" not in outcome, outcome["error"]
    return dict(zip(PROGRAMS, outcome["executions"], strict=True))


def test_wall_time_keeps_what_was_written(ended: dict[str, Any]) -> None:
    assert ended["wall"]["limit"] == "wall"
    assert ended["wall"]["signal"] == 9
    assert ended["wall"]["stdout"] == "before\n"


@pytest.mark.parametrize("name", ["cpu", "cpu of children"])
def test_cpu_time(ended: dict[str, Any], name: str) -> None:
    assert ended[name]["limit"] == "cpu", ended[name]


def test_memory_counts_all_processes(ended: dict[str, Any]) -> None:
    # The kernel may pick a child; then the program waits on and the wall ends it.
    assert ended["memory of many"]["limit"] == "memory", ended["memory of many"]


@pytest.mark.parametrize("name", ["output", "stderr"])
def test_output_flood(ended: dict[str, Any], name: str) -> None:
    assert ended[name]["limit"] == "output", ended[name]
    assert "output_truncated" in ended[name]["flags"]
    assert max(len(ended[name]["stdout"]), len(ended[name]["stderr"])) == 5000


def test_output_is_cut_on_both_streams(ended: dict[str, Any]) -> None:
    cut = ended["output cut"]
    assert cut["completed"]
    assert cut["flags"] == ["output_truncated"]
    assert (len(cut["stdout"]), len(cut["stderr"])) == (5000, 5000)


def test_fork_bomb(ended: dict[str, Any]) -> None:
    assert not ended["fork bomb"]["completed"]
    assert ended["after"]["result"] == "fine"


def test_threads_count_as_processes(ended: dict[str, Any]) -> None:
    assert 1 <= ended["threads"]["result"] <= 16


def test_memory_at_once(ended: dict[str, Any]) -> None:
    attempt = ended["allocate at once"]
    assert attempt["limit"] == "memory" or attempt["raised"][0] == "MemoryError", attempt


def test_absurd_request_is_an_exception(ended: dict[str, Any]) -> None:
    assert ended["allocate the absurd"]["raised"] == ["MemoryError", ""]


@pytest.mark.parametrize("name", ["disk", "temporary files"])
def test_disk(ended: dict[str, Any], name: str) -> None:
    attempt = ended[name]
    assert attempt["limit"] == "output" or attempt["raised"][0] == "OSError", attempt


def test_cpus(ended: dict[str, Any]) -> None:
    spinners = ended["spinners"]
    assert spinners["completed"], spinners
    assert spinners["cpu"] <= 1.1 * spinners["wall"]


def test_nothing_stays_for_the_next(ended: dict[str, Any]) -> None:
    assert ended["last"]["result"] == [[], 0]


def test_peak_memory_is_the_attempts_own() -> None:
    small, large = AS_IS.perform({"code": "x = 1"}, {"code": "x = bytearray(200 << 20)"})["executions"]
    if large["peak"] is None:
        pytest.skip("another machine: no memory control group can be made here")
    assert 200 * MEGABYTE <= large["peak"] <= 230 * MEGABYTE
    assert small["peak"] < 20 * MEGABYTE
