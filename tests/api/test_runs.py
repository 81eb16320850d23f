from __future__ import annotations

import pytest

from mge_toolkit.testing import make_atom, make_plan
from tests.api.conftest import Serve
from tests.api.support import SHOP, Served, wait_for


def test_runs_are_listed_the_last_first_and_in_parts(shop: Served) -> None:
    assert shop.get("/api/v2/runs") == {"items": [], "total": 0, "next": None}
    started = [shop.post("/api/v2/execution/atom/base")["run"]["run_id"] for _ in range(3)]
    page = shop.get("/api/v2/runs?limit=2&masterplan=shop")
    assert [item["run_id"] for item in page["items"]] == started[:0:-1]
    assert page["total"] is None
    rest = shop.get(page["next"])
    assert ([item["run_id"] for item in rest["items"]], rest["total"], rest["next"]) == (started[:1], 3, None)
    assert shop.get("/api/v2/runs?masterplan=other")["items"] == []


def test_atoms_are_listed_in_the_plans_order_by_state_and_wave(shop: Served) -> None:
    path = f"/api/v2/runs/{shop.post('/api/v2/execution/masterplan/shop')['run_id']}/atoms"
    everything = shop.get(path)
    assert [item["id"] for item in everything["items"]] == ["base", "gross", "broken", "after"]
    assert everything["last_event_id"] > 0
    assert [item["id"] for item in shop.get(f"{path}?state=failed&state=blocked")["items"]] == [
        "broken",
        "after",
    ]
    assert [item["id"] for item in shop.get(f"{path}?wave=1")["items"]] == ["gross", "after"]
    page = shop.get(f"{path}?limit=3")
    assert (len(page["items"]), page["total"]) == (3, 4)
    assert [item["id"] for item in shop.get(page["next"])["items"]] == ["after"]
    failed = everything["items"][2]
    assert (failed["kind"], failed["message"]) == ("assertion", "AssertionError: no <b>luck</b>")
    assert [(span["number"], span["passed"]) for span in failed["spans"]] == [(1, False)]
    shop("GET", f"{path}?state=odd")
    shop("GET", f"{path}?limit=1001")


def test_one_atom_has_its_code_its_check_and_its_place(shop: Served) -> None:
    run_id = shop.post("/api/v2/execution/masterplan/shop")["run_id"]
    atom = shop.get(f"/api/v2/runs/{run_id}/atoms/gross")
    assert (atom["code"], atom["check"], atom["depends_on"]) == ("y = x", "assert y", ["base"])
    assert (atom["component"], atom["module"], atom["state"]) == (None, None, "settled")
    after = shop.get(f"/api/v2/runs/{run_id}/atoms/after")
    assert (after["outcome"], after["blocked_by"], after["attempts"]) == ("blocked", "broken", [])
    assert shop("GET", f"/api/v2/runs/{run_id}/atoms/nothing").json()["type"].endswith("unknown-atom")


@pytest.mark.parametrize("path", ["", "/atoms", "/atoms/base", "/events", "/cancel"])
def test_a_run_that_is_not_there_is_not_found(shop: Served, path: str) -> None:
    method = "POST" if path == "/cancel" else "GET"
    response = shop(method, f"/api/v2/runs/0123{path}")
    assert (response.status_code, response.json()["type"]) == (404, "urn:mge:problem:unknown-run")


def test_a_run_can_be_seen_while_it_goes_on(serving: Serve) -> None:
    served = serving(script={"base": [0.0], "broken": [30.0]})
    run_id = served.post("/api/v2/execution/masterplan/shop?wait=false", expect=202)["run_id"]
    path = f"/api/v2/runs/{run_id}"
    wait_for(lambda: served.get(path)["counts"]["passed"] == 2)
    run = served.get(path)
    assert (run["status"], run["pending"], run["live"]) == ("running", 2, True)
    assert run["elapsed"] >= 0
    states = {item["id"]: item["state"] for item in served.get(f"{path}/atoms")["items"]}
    assert states == {"base": "settled", "gross": "settled", "broken": "running", "after": "waiting"}
    assert served.get(f"{path}/atoms?state=running")["items"][0]["spans"][0]["wall"] is None
    assert served.get(f"{path}/atoms/broken")["outcome"] is None
    assert served.get("/api/v2/execution/summary/shop")["status"] == "running"


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/cancel")])
def test_a_run_can_be_cancelled(serving: Serve, method: str, path: str) -> None:
    served = serving(script={"base": [30.0]})
    run_id = served.post("/api/v2/execution/masterplan/shop?wait=false", expect=202)["run_id"]
    wait_for(lambda: served.get(f"/api/v2/runs/{run_id}")["counts"]["passed"] == 2)
    assert served(method, f"/api/v2/runs/{run_id}{path}").status_code == 202
    run = served.finished(run_id)
    assert (run["status"], run["counts"]["stopped"]) == ("cancelled", 2)
    assert "cancelled" in run["stop_reason"]
    again = served(method, f"/api/v2/runs/{run_id}{path}")
    assert (again.status_code, again.json()["type"]) == (409, "urn:mge:problem:run-ended")


def test_a_run_that_waits_for_its_turn_can_be_cancelled(serving: Serve) -> None:
    served = serving(script={"base": [30.0]}, max_running=1)
    first, second = (
        served.post("/api/v2/execution/masterplan/shop?wait=false", expect=202)["run_id"] for _ in range(2)
    )
    assert served.get(f"/api/v2/runs/{second}")["status"] == "queued"
    assert served("POST", f"/api/v2/runs/{second}/cancel").status_code == 202
    assert served("POST", f"/api/v2/runs/{first}/cancel").status_code == 202
    run = served.finished(second)
    assert (run["status"], run["counts"]["stopped"], run["planned"]) == ("cancelled", 4, 4)


def test_only_the_last_runs_are_remembered_without_records(serving: Serve) -> None:
    served = serving(runs_kept=2)
    runs = [served.post("/api/v2/execution/atom/base")["run"]["run_id"] for _ in range(4)]
    assert [item["run_id"] for item in served.get("/api/v2/runs")["items"]] == runs[:1:-1]
    assert served("GET", f"/api/v2/runs/{runs[0]}").status_code == 404


def test_runs_of_two_plans_at_once_do_not_mix(serving: Serve) -> None:
    other = make_plan([make_atom(f"o{number}") for number in range(30)], "other")
    served = serving(SHOP, other, answer=lambda _: 0.001)
    ids = {
        name: served.post(f"/api/v2/execution/masterplan/{name}?wait=false", expect=202)["run_id"]
        for name in ("shop", "other")
    }
    assert served.finished(ids["shop"])["counts"]["passed"] == 4
    assert served.finished(ids["other"])["counts"]["passed"] == 30
    assert served.get(f"/api/v2/runs/{ids['other']}/atoms")["total"] == 30
