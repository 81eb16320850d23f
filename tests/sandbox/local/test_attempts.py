"""What an attempt finds inside, and what comes back of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.local.setups import AS_IS, NOBODY, Setup

LOOPBACK = """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
def serve():
    connection, _ = server.accept()
    connection.sendall(b"hello")
    connection.close()
threading.Thread(target=serve).start()
with socket.create_connection(server.getsockname(), 5) as client:
    result = client.recv(10).decode()
"""
OUTWARD = """
import socket
try:
    socket.create_connection(("127.0.0.1", {port}), 2)
    result = "reached the host"
except OSError as error:
    result = "held"
"""
OTHER_PROTOCOLS = """
import socket
held = 0
for arguments in ((socket.AF_NETLINK, socket.SOCK_RAW), (socket.AF_VSOCK, socket.SOCK_STREAM),
                  (socket.AF_INET, socket.SOCK_STREAM, 132), (socket.AF_INET, socket.SOCK_RAW, 1)):
    try:
        socket.socket(*arguments)
    except OSError:
        held += 1
result = held
"""
INOTIFY = """
import ctypes
libc = ctypes.CDLL(None)
count = 0
while libc.inotify_init() >= 0 and count < 1000:
    count += 1
result = count
"""
FORGED = """
import os, struct
os.write(900, b"not a frame")
result = 1
"""
CHILD_WRITES = """
import os
descriptor = 900
if os.fork() == 0:
    os.write(descriptor, b'x' * 64 + b'{"completed": true}')
    os._exit(0)
os.wait()
raise ValueError("mine")
"""
PROGRAMS: dict[str, dict[str, Any]] = {
    "loopback": {"code": LOOPBACK, "network": "loopback"},
    "no loopback": {"code": LOOPBACK},
    "protocols": {"code": OTHER_PROTOCOLS, "network": "loopback"},
    "files": {
        "code": "import os\nname = 'data/a.txt'\n"
        "result = [open(name).read(), sorted(os.listdir('.')), os.access(name, os.W_OK)]",
        "files": {"data/a.txt": "content"},
    },
    "large": {"code": "text = '" + "x" * 10_000_000 + "'\nresult = len(text)"},
    "inotify": {"code": INOTIFY},
    "forged": {"code": FORGED},
    "child writes": {"code": CHILD_WRITES},
    "descriptors": {"code": "import os\nos.closerange(3, 800)\nresult = 'reported'"},
    "closed": {"code": "import os\nos.close(1)\nos.close(2)\nresult = 'reported'"},
    "binary": {"code": "import sys\nsys.stdout.buffer.write(bytes(range(256)))"},
    "exit": {"code": "import os\nos._exit(0)"},
    "segmentation": {"code": "import ctypes\nctypes.string_at(0)"},
    "interrupt": {"code": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)"},
    "terminate": {"code": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)"},
    "subprocess": {
        "code": "import subprocess, sys\nresult = subprocess.run([sys.executable, '-c', 'print(6 * 7)'], "
        "capture_output=True, text=True).stdout"
    },
    "multiprocessing": {
        "code": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    result = pool.map(abs, [-1, -2])"
    },
    "import": {"code": "import decimal, sqlite3, ssl, zoneinfo\nresult = 'imported'"},
    "random": {"code": "import random\nresult = random.random()"},
    "random again": {"code": "import random\nresult = random.random()"},
    "hash": {"code": "result = hash('a')"},
    "hash again": {"code": "result = hash('a')"},
    "identity": {"code": "import getpass, socket\nresult = [getpass.getuser(), socket.gethostname()]"},
    "proc": {"code": "import os\nresult = [name for name in os.listdir('/proc') if not name.isdigit()]"},
}


@pytest.fixture(scope="module", params=[AS_IS, Setup(name="user", user=NOBODY)], ids=lambda setup: setup.name)
def ended(request: pytest.FixtureRequest) -> dict[str, Any]:
    setup: Setup = request.param
    outcome = setup.perform(*PROGRAMS.values())
    assert "error" not in outcome, outcome["error"]
    return dict(zip(PROGRAMS, outcome["executions"], strict=True))


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("loopback", "hello"),
        ("protocols", 4),
        ("files", ["content", ["data"], False]),
        ("large", 10_000_000),
        ("descriptors", "reported"),
        ("closed", "reported"),
        ("subprocess", "42\n"),
        ("multiprocessing", [1, 2]),
        ("import", "imported"),
        ("identity", ["atom", "mge"]),
        ("proc", ["self", "thread-self"]),
    ],
)
def test_result(ended: dict[str, Any], name: str, result: object) -> None:
    assert ended[name]["result"] == result, ended[name]
    assert ended[name]["completed"]


def test_no_network_unless_asked_for(ended: dict[str, Any]) -> None:
    assert ended["no loopback"]["raised"][0] == "PermissionError"


def test_inotify_is_limited(ended: dict[str, Any]) -> None:
    assert ended["inotify"]["result"] <= 32


def test_whatever_else_is_in_the_report_pipe_is_flagged(ended: dict[str, Any]) -> None:
    assert ended["forged"]["flags"] == ["report_forged"]
    assert ended["forged"]["result"] == 1
    assert ended["child writes"]["flags"] == ["report_forged"]
    assert ended["child writes"]["raised"] == ["ValueError", "mine"]


def test_streams(ended: dict[str, Any]) -> None:
    assert ended["closed"]["flags"] == ["stream_closed"]
    assert ended["binary"]["flags"] == ["binary_output"]


def test_ends(ended: dict[str, Any]) -> None:
    assert (ended["exit"]["exit_code"], ended["exit"]["completed"]) == (0, False)
    assert ended["segmentation"]["signal"] == 11
    assert ended["terminate"]["signal"] == 15
    assert ended["interrupt"]["raised"][0] == "KeyboardInterrupt"


def test_children_do_not_share_their_luck(ended: dict[str, Any]) -> None:
    assert ended["random"]["result"] != ended["random again"]["result"]
    assert ended["hash"]["result"] == ended["hash again"]["result"]


def test_preloaded_modules_are_there_already() -> None:
    pytest.importorskip("numpy", reason="numpy is not installed")
    look = {"code": "import sys\nresult = 'numpy' in sys.modules\nimport numpy\nnumpy.eye(9) @ numpy.eye(9)"}
    draw = {"code": "import numpy\nresult = float(numpy.random.random())"}
    loaded, one, other = AS_IS.perform(look, draw, draw, preload=["numpy"])["executions"]
    assert loaded["result"] is True, loaded
    assert one["result"] != other["result"]
    assert AS_IS.perform(look)["executions"][0]["result"] is False


def test_loopback_needs_namespaces() -> None:
    outcome = Setup(name="refused", refuse=("namespaces",)).perform(PROGRAMS["loopback"])
    assert "user namespaces" in outcome["error"]
    assert outcome["error"].startswith("SandboxError")
