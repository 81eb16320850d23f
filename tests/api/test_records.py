"""What earlier runs left, through the service, from a real store and from one that fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

from mge_toolkit.core.errors import RecordsError
from mge_toolkit.core.records import RecordStore, RunRecord
from tests.api.conftest import Serve
from tests.api.support import SHOP_SCRIPT, make_backend, wait_for


class FailingStore:
    """A store whose database went away; ``slow`` makes it take that long to say so."""

    location = "postgresql://host/gone"

    def __init__(self, slow: float = 0.0) -> None:
        self.slow = slow
        self.broken = True

    def _fail(self) -> NoReturn:
        time.sleep(self.slow)
        raise RecordsError("postgresql://host/gone cannot be reached: start the server")

    def journal(self) -> NoReturn:
        self._fail()

    def runs(self, masterplan: str | None = None, limit: int | None = None) -> Sequence[RunRecord]:
        if self.broken:
            self._fail()
        return ()

    def find(self, run: str) -> NoReturn:
        self._fail()

    load = find

    def atom(self, run_id: str, atom_id: str) -> NoReturn:
        self._fail()

    def recall(self, digest: str, environment: str) -> NoReturn:
        self._fail()

    def prune(self, **_: Any) -> NoReturn:
        self._fail()

    def close(self) -> None:
        pass


def test_what_an_earlier_service_ran_is_there(serving: Serve, store: RecordStore) -> None:
    first = serving(script=SHOP_SCRIPT, records=store)
    run = first.post("/api/v2/execution/masterplan/shop")
    path = f"/api/v2/runs/{run['run_id']}"
    live = [first.get(f"{path}/atoms/{name}") for name in ("gross", "broken", "after")]
    items = first.get(f"{path}/atoms")["items"]
    first.stop()

    second = serving(script=SHOP_SCRIPT, records=store)
    recorded = second.get(path)
    same = (
        "masterplan",
        "status",
        "counts",
        "waves",
        "critical_path",
        "exit_status",
        "schedule",
        "isolation",
    )
    assert {key: recorded[key] for key in same} == {key: run[key] for key in same}
    assert (recorded["live"], recorded["kind"], recorded["last_event_id"]) == (False, None, None)
    assert second.get(f"{path}/atoms")["items"] == items
    assert [second.get(f"{path}/atoms/{name}") for name in ("gross", "broken", "after")] == live
    assert [item["run_id"] for item in second.get("/api/v2/runs")["items"]] == [run["run_id"]]
    assert second.get("/api/v2/execution/summary/shop")["run_id"] == run["run_id"]


def test_a_run_is_listed_once_while_it_is_in_memory_and_recorded(serving: Serve, store: RecordStore) -> None:
    served = serving(script=SHOP_SCRIPT, records=store)
    ids = [served.post("/api/v2/execution/atom/base")["run"]["run_id"] for _ in range(3)]
    assert [item["run_id"] for item in served.get("/api/v2/runs")["items"]] == ids[::-1]


def test_runs_that_memory_forgot_are_found_in_the_records(serving: Serve, store: RecordStore) -> None:
    served = serving(records=store, runs_kept=1)
    ids = [served.post("/api/v2/execution/atom/base")["run"]["run_id"] for _ in range(3)]
    found = served.get("/api/v2/runs?limit=2")
    assert [(item["run_id"], item["live"]) for item in found["items"]] == [(ids[2], True), (ids[1], False)]
    assert [item["run_id"] for item in served.get(found["next"])["items"]] == [ids[0]]
    assert served.get(f"/api/v2/runs/{ids[0]}/atoms/base")["outcome"] == "passed"
    again = served("POST", f"/api/v2/runs/{ids[0]}/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "urn:mge:problem:run-ended")


def test_the_events_of_a_recorded_run_are_a_gap_and_its_end(serving: Serve, store: RecordStore) -> None:
    served = serving(records=store, runs_kept=0)
    ids = [served.post("/api/v2/execution/atom/base")["run"]["run_id"] for _ in range(2)]
    text = served("GET", f"/api/v2/runs/{ids[0]}/events").text
    assert text.startswith('event: gap\ndata: {"missed_from":1,"kept_from":null}\n\nevent: run_finished\n')


def test_what_is_reported_is_on_disk(serving: Serve, store: RecordStore) -> None:
    served = serving(script={"broken": [30.0]}, records=store)
    run_id = served.post("/api/v2/execution/masterplan/shop?wait=false", expect=202)["run_id"]
    wait_for(lambda: served.get(f"/api/v2/runs/{run_id}")["counts"]["passed"] == 2)
    assert store.load(run_id).result.counts.passed == 2


def test_a_run_id_has_to_be_whole(serving: Serve, store: RecordStore) -> None:
    served = serving(records=store, runs_kept=0)
    ids = [served.post("/api/v2/execution/atom/base")["run"]["run_id"] for _ in range(2)]
    for guess in (ids[0][:4], "last"):
        assert served("GET", f"/api/v2/runs/{guess}").status_code == 404


def test_records_that_cannot_be_used_are_named(serving: Serve) -> None:
    served = serving(records=FailingStore())
    for method, path in (
        ("GET", "/api/v2/runs"),
        ("GET", "/api/v2/runs/x"),
        ("GET", "/api/v2/runs/x/atoms"),
        ("GET", "/api/v2/runs/x/events"),
        ("GET", "/api/v2/execution/summary/shop"),
        ("POST", "/api/v2/execution/atom/base"),
    ):
        response = served(method, path)
        assert (response.status_code, response.json()["type"]) == (503, "urn:mge:problem:records-unavailable")
        assert "start the server" in response.json()["detail"]


def test_records_that_do_not_answer_hold_nobody_up(serving: Serve) -> None:
    served = serving(records=FailingStore(slow=0.5), records_seconds=0.05)
    response = served("GET", "/api/v2/runs")
    assert response.status_code == 503
    assert "did not answer" in response.json()["detail"]
    assert served.get("/healthz")


def test_a_service_is_ready_only_with_its_records(serving: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mge_toolkit.api.routes.health._FRESH_SECONDS", 0.0)
    failing = FailingStore()
    served = serving(records=failing)
    problem = served("GET", "/readyz")
    assert (problem.status_code, problem.headers["Retry-After"]) == (503, "5")
    assert "records" in problem.json()["detail"]
    assert "postgresql" not in problem.text
    failing.broken = False
    assert served.get("/readyz") == {"status": "ready"}
    assert served.get("/healthz") == {"status": "alive"}


def test_ending_a_service_that_ran_nothing_is_no_trouble() -> None:
    asyncio.run(make_backend().close())
