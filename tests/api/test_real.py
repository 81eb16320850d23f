"""The service on the real sandbox: what is sent is really executed, behind its walls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mge_toolkit.api import ApiSettings, create_backend
from mge_toolkit.core.settings import Settings
from mge_toolkit.plan import load_masterplan
from mge_toolkit.service import ExecutionService
from tests.api.support import TOKEN, Served, serve
from tests.cli.support import EXAMPLES


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    service = ExecutionService(Settings(slots=2, wave_threshold=0))
    plan = load_masterplan(EXAMPLES / "webshop.yaml")
    started = serve(create_backend(service, ApiSettings(token=TOKEN), plans=[plan]))
    yield started
    started.stop()


def test_the_example_passes(served: Served) -> None:
    run = served.post("/api/v2/execution/masterplan/webshop", json={"execute_by_waves": True})
    assert run["counts"]["passed"] == run["planned"] > 5
    assert run["isolation"]["level"] != "none"


def test_what_is_sent_is_executed_with_its_input_and_repaired(served: Served) -> None:
    text = """\
masterplan: sent
atoms:
  double:
    input: {n: 1}
    code: |
      import json
      print(json.dumps({"n": n}))
      result = math.floor(2 * n)
    check: assert result == 2 * n
"""
    headers = {"Content-Type": "application/yaml"}
    assert served("POST", "/api/v2/masterplans?replace=true", content=text, headers=headers).status_code < 300
    atom = served.post("/api/v2/execution/atom/sent:double", json={"input_data": {"n": 21}})["atom"]
    assert (atom["outcome"], atom["healed"], atom["result"]) == ("passed", True, {"json": 42})
    assert atom["attempts"][-1]["stdout"]["text"] == '{"n": 21}\n'
    assert any(line.startswith("+import math") for line in atom["attempts"][-1]["diff"])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("open('/etc/shadow').read()", "Error"),
        ("import socket; socket.create_connection(('127.0.0.1', 9), 1)", "Error"),
        ("raise SystemExit(3)", "exit"),
    ],
)
def test_what_an_atom_may_not_do_is_its_own_failure(served: Served, code: str, words: str) -> None:
    plan = {"masterplan": "naughty", "atoms": {"a": {"code": code, "max_retries": 0}}}
    assert served("POST", "/api/v2/masterplans?replace=true", json=plan).status_code < 300
    atom = served.post("/api/v2/execution/atom/naughty:a")["atom"]
    assert atom["outcome"] == "failed"
    assert words in atom["message"]
