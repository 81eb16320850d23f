"""The harness as a spawner uses it: imported, warmed, and run in forked children."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.sandbox.languages.python import HARNESS, HARNESS_FILES, PythonLanguage
from mge_toolkit.sandbox.languages.reports import STARTED_FILE
from tests.jobs import make_job

# What a spawner does, as small as it can be: reports and exit codes of its children go to its standard output.
SPAWNER = """
import atexit, importlib.util, json, os, sys
spec = importlib.util.spec_from_file_location("python_harness", sys.argv[1])
harness = importlib.util.module_from_spec(spec)
spec.loader.exec_module(harness)
before = (sys.modules["__main__"], sys.stdout, list(sys.path), list(sys.argv))
harness.warm()
assert before == (sys.modules["__main__"], sys.stdout, list(sys.path), list(sys.argv))
for payload in json.load(sys.stdin):
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os._exit(harness.run(payload.encode(), lambda data: os.write(writer, data + b"\\n")))
    os.close(writer)
    with open(reader) as stream:
        reports = stream.read().splitlines()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps([code, reports]), flush=True)
"""


def spawned(tmp_path: Path, *codes: str, dependency: str = "") -> list[tuple[int, list[dict[str, Any]]]]:
    """Run each code in a child of one warm spawner; return exit codes and reports."""
    payloads = []
    for code in codes:
        payload = PythonLanguage().prepare(make_job(code, dependencies={"d": dependency})).warm_payload
        assert payload is not None
        payloads.append(payload.decode())
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", SPAWNER, str(HARNESS)],
        input=json.dumps(payloads),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert not done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [(code, [json.loads(report) for report in reports]) for code, reports in lines]


def test_children_of_a_warm_spawner_report_once(tmp_path: Path) -> None:
    ended = spawned(
        tmp_path, "result = x + 1", "1 / 0", "import sys; sys.exit(4)", "x = (", dependency="x = 1"
    )
    assert [code for code, _ in ended] == [0, 1, 4, 1]
    assert all(len(reports) == 1 for _, reports in ended)
    assert ended[0][1][0]["result"] == {"json": 2}
    types = [reports[0]["raised"]["type"] for _, reports in ended[1:]]
    assert types == ["ZeroDivisionError", "SystemExit", "SyntaxError"]


def test_threads_and_handlers_work_after_the_fork(tmp_path: Path) -> None:
    code = """
import atexit, threading, time
def late():
    time.sleep(0.1)
    open("thread", "w").close()
threading.Thread(target=late).start()
atexit.register(lambda: open("handler", "w").close())
"""
    ((code_, reports),) = spawned(tmp_path, code)
    assert (code_, reports[0]["completed"]) == (0, True)
    assert {path.name for path in tmp_path.iterdir()} == {"thread", "handler", STARTED_FILE}


def test_a_dependency_that_hangs_is_reported_from_a_child(tmp_path: Path) -> None:
    payload = json.loads(
        PythonLanguage().prepare(make_job("x = 1", dependencies={"d": "while 1: pass"})).warm_payload or b""
    )
    payload["segments"][0]["timeout"] = 0.2
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", SPAWNER, str(HARNESS)],
        input=json.dumps([json.dumps(payload)]),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    code, (report,) = json.loads(done.stdout)
    assert code == 1
    assert json.loads(report)["limit"] == "wall"
    assert json.loads(report)["segment"] == ["d", "dependency"]


def test_children_of_numpys_spawner_draw_different_numbers(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    preloading = SPAWNER.replace("harness.warm()", "import numpy.random; harness.warm()")
    payload = PythonLanguage().prepare(make_job("import numpy\nresult = numpy.random.rand()")).warm_payload
    assert payload is not None
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", preloading, str(HARNESS)],
        input=json.dumps([payload.decode()] * 2),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    drawn = {json.loads(json.loads(line)[1][0])["result"]["json"] for line in done.stdout.splitlines()}
    assert len(drawn) == 2


def test_the_harness_needs_nothing_but_its_own_files(tmp_path: Path) -> None:
    for file in HARNESS_FILES:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    launch = PythonLanguage().prepare(make_job("result = 5"))
    (tmp_path / "payload").write_bytes(launch.files[".mge-payload.json"])
    harness = str(tmp_path / HARNESS.name)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", harness, "payload", "report"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads((tmp_path / "report").read_bytes())["result"] == {"json": 5}
    assert not (tmp_path / "payload").exists()
