from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.conftest import Serve
from tests.api.support import Served

PLAN = {
    "masterplan": "sums",
    "atoms": {"one": {"code": "x = 1"}, "two": {"code": "y = x", "depends_on": ["one"]}},
}


def test_a_plan_that_is_sent_can_be_run(shop: Served) -> None:
    response = shop("POST", "/api/v2/masterplans", json=PLAN)
    assert response.status_code == 201
    assert response.headers["Location"] == "/api/v2/masterplans/sums"
    assert response.json()["waves"] == [1, 1]
    assert shop.post("/api/v2/execution/masterplan/sums")["counts"]["passed"] == 2
    assert shop.get(response.headers["Location"]) == response.json()


@pytest.mark.parametrize("kind", ["application/yaml", "text/yaml", "application/x-yaml; charset=utf-8"])
def test_a_plan_may_be_yaml(shop: Served, kind: str) -> None:
    text = "masterplan: notes  # kept\natoms:\n  a: {code: 'x = 1'}\n"
    response = shop("POST", "/api/v2/masterplans", content=text, headers={"Content-Type": kind})
    assert (response.status_code, response.json()["masterplan"]) == (201, "notes")


def test_all_the_mistakes_of_a_plan_are_told(shop: Served) -> None:
    wrong = {"masterplan": "w", "atoms": {"a": {"cod": "x"}, "b": {"code": "y", "depends_on": ["c"]}}}
    text = json.dumps(wrong, indent=1)
    headers = {"Content-Type": "application/json"}
    problem = shop.post("/api/v2/masterplans", expect=422, content=text, headers=headers)
    assert problem["type"] == "urn:mge:problem:invalid-masterplan"
    assert len(problem["errors"]) >= 2
    assert {"where": "<request>:10", "message": problem["errors"][-1]["message"]} == problem["errors"][-1]
    assert "unknown atom 'c'" in problem["errors"][-1]["message"]
    assert shop("GET", "/api/v2/masterplans/w").status_code == 404


@pytest.mark.parametrize(
    "atom",
    [
        {"code": {"path": "secret.py"}},
        {"code": {"path": "/etc/passwd"}},
        {"code": {"path": "../x.py"}},
        {"code": "x = 1", "files": {"data.txt": {"path": "plan.yaml"}}},
        {"code": "x = 1", "check": {"path": "check.py"}},
    ],
)
def test_no_file_of_the_server_is_read(shop: Served, atom: dict[str, Any]) -> None:
    problem = shop.post("/api/v2/masterplans", expect=422, json={"masterplan": "p", "atoms": {"a": atom}})
    assert problem["type"] == "urn:mge:problem:invalid-masterplan"


def test_paths_are_refused_with_the_remedy(shop: Served) -> None:
    plan = {"atoms": {"a": {"code": {"path": "a.py"}}}}
    problem = shop.post("/api/v2/masterplans", expect=422, json=plan)
    assert "write the text itself" in problem["errors"][0]["message"]


def test_another_plan_of_the_same_name_is_taken_only_on_request(shop: Served) -> None:
    other = PLAN | {"atoms": {"one": {"code": "x = 2"}}}
    assert shop.post("/api/v2/masterplans", expect=201, json=PLAN)
    assert shop.post("/api/v2/masterplans", expect=200, json=PLAN)["atoms"] == 2
    assert shop.post("/api/v2/masterplans", expect=409, json=other)["type"].endswith("masterplan-exists")
    assert shop.post("/api/v2/masterplans?replace=true", expect=200, json=other)["atoms"] == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", None, 415),
        (b"{}", "text/html", 415),
        (b"\xff", "application/json", 400),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"{", "application/json", 422),
        (b"[" * 100_000, "application/yaml", 422),
    ],
)
def test_what_is_no_plan_is_refused(shop: Served, body: bytes, kind: str | None, status: int) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    shop.post("/api/v2/masterplans", expect=status, content=body, headers=headers)


def test_plans_are_listed_in_parts_and_forgotten_on_request(serving: Serve) -> None:
    served = serving(max_masterplans=3)
    for number in range(2):
        served.post("/api/v2/masterplans", expect=201, json=PLAN | {"masterplan": f"p{number}"})
    full = served.post("/api/v2/masterplans", expect=409, json=PLAN | {"masterplan": "p2"})
    assert full["type"].endswith("too-many-masterplans")
    page = served.get("/api/v2/masterplans?limit=2")
    assert ([item["masterplan"] for item in page["items"]], page["total"]) == (["shop", "p0"], 3)
    last = served.get(page["next"])
    assert ([item["masterplan"] for item in last["items"]], last["next"]) == (["p1"], None)
    assert served("DELETE", "/api/v2/masterplans/p0").status_code == 204
    assert served("DELETE", "/api/v2/masterplans/p0").status_code == 404
    assert served.get("/api/v2/masterplans")["total"] == 2
