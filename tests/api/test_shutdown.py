"""The command as users start it: what it says, and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mge_toolkit.core.results import Outcome
from mge_toolkit.records import open_store
from tests.api.support import TOKEN, events, wait_for
from tests.cli.support import environment, mge

PLAN = """\
masterplan: slow
atoms:
  quick: {code: result = 6 * 7}
  endless:
    depends_on: [quick]
    code: |
      import subprocess, time
      child = subprocess.Popen(["sleep", "1000"])
      while True: time.sleep(1)
  later: {depends_on: [endless], code: pass}
"""


class Command:
    """``mge serve`` as a process."""

    def __init__(self, directory: Path, *words: str, **more: str) -> None:
        (directory / "plan.yaml").write_text(PLAN)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mge_toolkit", "serve", "plan.yaml", "--port", "0", *words],
            cwd=directory,
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        found = re.match(r"listening on (http://127\.0\.0\.1:\d+)/(?:#token=(\S+))?", self.line)
        assert found is not None, self.line + (self.process.communicate()[1] if self.process.poll() else "")
        self.url, self.token = found[1], found[2]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, self.line + out, err


@pytest.fixture
def running(tmp_path: Path) -> Iterator[list[Command]]:
    started: list[Command] = []
    yield started
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()


def descendants(pid: int) -> set[int]:
    """Return the processes that ``pid`` started, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    stack = [pid]
    while stack:
        for child in parents.get(stack.pop(), []):
            found.add(child)
            stack.append(child)
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_runs_streams_and_processes_in_good_order(
    running: list[Command], tmp_path: Path, number: int
) -> None:
    command = Command(tmp_path, MGE_TOKEN=TOKEN)
    running.append(command)
    client = httpx.Client(base_url=command.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    heard: list[str] = []
    waited: list[httpx.Response] = []
    run_id = client.post("/api/v2/execution/masterplan/slow?wait=false").json()["run_id"]

    def listen() -> None:
        with client.stream("GET", f"/api/v2/runs/{run_id}/events") as response:
            heard.extend(event.name for event in events(response.iter_lines()))

    listeners = [
        threading.Thread(target=listen),
        threading.Thread(target=lambda: waited.append(client.post("/api/v2/execution/atom/endless"))),
    ]
    for listener in listeners:
        listener.start()
    path = f"/api/v2/runs/{run_id}/atoms?state=running"
    wait_for(lambda: [item["id"] for item in client.get(path).json()["items"]] == ["endless"])
    wait_for(lambda: len(client.get("/api/v2/runs").json()["items"]) == 2)
    before = descendants(command.process.pid)
    assert before

    status, out, err = command.end(number)
    for listener in listeners:
        listener.join(20)
    client.close()
    assert (status, err) == (0, "")
    assert out.endswith("stopped; nothing is left running\n")
    assert heard[-1] == "run_finished"
    assert waited[0].json()["atom"]["outcome"] == "stopped"
    assert not {pid for pid in before if Path(f"/proc/{pid}").exists()}
    store = open_store(tmp_path / ".mge" / "history.db")
    try:
        result = store.load(run_id).result
        assert {name: found.outcome for name, found in result.results.items()} == {
            "quick": Outcome.PASSED,
            "endless": Outcome.STOPPED,
            "later": Outcome.STOPPED,
        }
        assert all(record.finished for record in store.runs())
        assert "shutting down" in (result.stop_reason or "")
    finally:
        store.close()


def test_a_token_is_made_and_told_once_and_a_given_one_never(running: list[Command], tmp_path: Path) -> None:
    made = Command(tmp_path, "--sandbox", "direct", "--records", "off")
    running.append(made)
    assert len(made.token) >= 32
    asked = httpx.get(f"{made.url}/api/v2/runs", headers={"Authorization": f"Bearer {made.token}"})
    assert asked.status_code == 200
    assert httpx.get(f"{made.url}/api/v2/runs").status_code == 401
    given = Command(tmp_path, "--sandbox", "direct", "--records", "off", MGE_TOKEN=TOKEN)
    running.append(given)
    asked = httpx.get(f"{given.url}/api/v2/runs", headers={"Authorization": f"Bearer {TOKEN}"})
    assert asked.status_code == 200
    _, out, err = given.end()
    assert TOKEN not in out + err
    assert given.token is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--token", "short"), "token: it is what keeps others"),
        (("--port", "70000"), "port: '70000' is not a whole number"),
        (("--sandbox", "nothing"), "unknown sandbox 'nothing'"),
        (("--host", "203.0.113.1"), "cannot listen on 203.0.113.1"),
        (("plan.yaml",), "two plans are named 'slow'"),
        (("missing.yaml",), "there is no such file"),
    ],
)
def test_what_cannot_be_served_is_named(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    ended = mge("serve", "plan.yaml", *words, "--records", "off", cwd=tmp_path)
    assert ended.returncode == 4
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_token_is_not_handed_on(running: list[Command], tmp_path: Path) -> None:
    command = Command(tmp_path, MGE_TOKEN=TOKEN)
    running.append(command)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/yaml"}
    text = "masterplan: spy\natoms:\n  a: {code: 'import os; result = dict(os.environ)'}\n"
    with httpx.Client(base_url=command.url, headers=headers, timeout=30) as client:
        assert client.post("/api/v2/masterplans", content=text).status_code == 201
        found = client.post(
            "/api/v2/execution/atom/spy:a", headers={"Content-Type": "application/json"}
        ).json()
    assert TOKEN not in str(found["atom"]["result"])
    for pid in descendants(command.process.pid):
        assert TOKEN.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
