from __future__ import annotations

from typing import Any

import pytest

from mge_toolkit.core.results import Execution, Stream, Value
from mge_toolkit.testing import PASSED, FixerPlugin, ScriptedFixer, failing, make_atom, make_plan
from tests.api.conftest import Serve
from tests.api.support import SHOP, Served


def test_an_atom_is_executed_with_what_it_needs(guarded: Served) -> None:
    done = guarded.post("/api/v2/execution/atom/shop:gross")
    assert done["atom"]["outcome"] == "passed"
    assert done["run"]["counts"]["passed"] == done["run"]["planned"] == 2
    assert (done["run"]["kind"], done["run"]["target"]) == ("atom", "gross")
    items = guarded.get(f"/api/v2/runs/{done['run']['run_id']}/atoms")["items"]
    assert [(item["id"], item["reported"]) for item in items] == [("base", False), ("gross", True)]


def test_an_atom_whose_id_only_one_plan_has_needs_no_plan(guarded: Served) -> None:
    assert guarded.post("/api/v2/execution/atom/base")["atom"]["masterplan"] == "shop"


def test_a_failure_is_data(guarded: Served) -> None:
    atom = guarded.post("/api/v2/execution/atom/broken")["atom"]
    assert (atom["outcome"], atom["category"], atom["kind"]) == ("failed", "runtime", "assertion")
    assert atom["attempts"][0]["failure"]["message"] == "AssertionError: no <b>luck</b>"


def test_input_data_reaches_the_atom(serving: Serve) -> None:
    def answer(job: Any) -> Execution:
        values = {name: value for part in job.segments for name, value in part.inputs.items()}
        return Execution(completed=True, exit_code=0, result=Value(json=values))

    served = serving(answer=answer)
    sent = {"net": 50, "ways": [1.5, None, {"a": "ü"}]}
    done = served.post("/api/v2/execution/atom/base", json={"input_data": sent})
    assert done["atom"]["result"] == {"json": sent}


@pytest.mark.parametrize(
    ("body", "schedule"),
    [
        (None, "ready"),
        ({}, "ready"),
        ({"execute_by_waves": None}, "ready"),
        ({"execute_by_waves": True}, "waves"),
        ({"execute_by_waves": False}, "sequential"),
    ],
)
def test_a_masterplan_is_executed_in_the_order_that_is_asked_for(
    guarded: Served, body: dict[str, bool | None] | None, schedule: str
) -> None:
    run = guarded.post("/api/v2/execution/masterplan/shop", json=body)
    assert run["schedule"] == schedule
    counts = run["counts"]
    assert (counts["passed"], counts["failed"], counts["blocked"], counts["total"]) == (2, 1, 1, 4)
    assert [(wave["number"], wave["planned"], wave["finished"]) for wave in run["waves"]] == [
        (0, 2, True),
        (1, 2, True),
    ]
    assert (run["status"], run["exit_status"], run["success_rate"]) == ("finished", 1, pytest.approx(2 / 3))


def test_a_wave_is_executed_with_what_it_needs(guarded: Served) -> None:
    run = guarded.post("/api/v2/execution/wave/shop/1")
    assert (run["kind"], run["target"], run["counts"]["total"]) == ("wave", "1", 4)
    assert guarded.post("/api/v2/execution/wave/shop/0")["counts"]["total"] == 2


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("atom/nothing", "unknown-atom", "no masterplan here has an atom 'nothing'"),
        ("atom/shop:grss", "unknown-atom", "did you mean 'gross'?"),
        ("atom/other:gross", "unknown-masterplan", "no masterplan 'other'"),
        ("wave/shop/2", "unknown-wave", "it has waves 0 to 1"),
        ("wave/nothing/0", "unknown-masterplan", "no masterplan 'nothing'"),
        ("masterplan/shpo", "unknown-masterplan", "did you mean 'shop'?"),
    ],
)
def test_what_is_unknown_is_named(guarded: Served, path: str, kind: str, words: str) -> None:
    problem = guarded.post(f"/api/v2/execution/{path}", expect=404)
    assert problem["type"] == f"urn:mge:problem:{kind}"
    assert words in problem["detail"]


def test_an_atom_of_two_plans_is_asked_back_about(serving: Serve) -> None:
    served = serving(SHOP, make_plan([make_atom("base")], "other"))
    problem = served.post("/api/v2/execution/atom/base", expect=409)
    assert problem["choices"] == ["shop:base", "other:base"]
    assert served.post("/api/v2/execution/atom/other:base")["run"]["masterplan"] == "other"


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("atom/base", {"json": {"input_data": [1]}}),
        ("atom/base", {"json": {"input": {}}}),
        ("atom/base", {"json": []}),
        ("atom/base", {"json": {}, "params": {"wait": "perhaps"}}),
        ("masterplan/shop", {"json": {"execute_by_waves": "later"}}),
        ("wave/shop/first", {}),
        ("wave/shop/-1", {}),
    ],
)
def test_what_cannot_be_understood_is_refused(guarded: Served, path: str, more: dict[str, Any]) -> None:
    problem = guarded.post(f"/api/v2/execution/{path}", expect=422, **more)
    assert problem["type"] == "urn:mge:problem:invalid"
    assert problem["errors"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 200_000])
def test_a_body_that_is_no_json_is_refused(guarded: Served, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert guarded.post("/api/v2/execution/atom/base", expect=400, content=body, headers=headers)["detail"]


@pytest.mark.parametrize("value", ["NaN", "-Infinity", '"\\ud800"', "1e999"])
def test_values_that_json_cannot_hold_do_no_harm(guarded: Served, value: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = guarded(
        "POST", "/api/v2/execution/atom/base", content=f'{{"input_data": {{"x": {value}}}}}', headers=headers
    )
    assert response.status_code in (200, 400, 422)
    assert guarded.get("/healthz")


def test_without_waiting_the_answer_is_where_the_run_is(serving: Serve) -> None:
    served = serving(answer=lambda _: 0.05)
    response = served("POST", "/api/v2/execution/masterplan/shop?wait=false")
    assert response.status_code == 202
    assert response.json()["status"] in ("queued", "running")
    run = served.finished(response.headers["Location"].rpartition("/")[2])
    assert run["counts"]["passed"] == 4


def test_who_waits_too_long_is_told_where_the_run_is(serving: Serve) -> None:
    served = serving(answer=lambda _: 0.4, wait_seconds=0.05)
    response = served("POST", "/api/v2/execution/atom/base")
    assert response.status_code == 202
    assert served.finished(response.json()["run_id"])["counts"]["passed"] == 1


def test_the_summary_is_of_the_last_whole_run(shop: Served) -> None:
    assert shop("GET", "/api/v2/execution/summary/shop").json()["type"].endswith("unknown-run")
    assert shop("GET", "/api/v2/execution/summary/nothing").json()["type"].endswith("unknown-masterplan")
    run = shop.post("/api/v2/execution/masterplan/shop")
    shop.post("/api/v2/execution/atom/base")
    summary = shop.get("/api/v2/execution/summary/shop")
    assert summary["run_id"] == run["run_id"]
    assert (summary["planned"], summary["pending"], summary["counts"]["total"]) == (4, 0, 4)
    low, high = summary["success_interval"]
    assert low < summary["success_rate"] < high


def test_attempts_come_with_what_they_changed(serving: Serve) -> None:
    mended = "x = 1\ny = 3\n"
    served = serving(
        make_plan([make_atom("a", "x = 1\ny = 2\n")], "p"),
        answer=lambda job: PASSED if job.segments[-1].source.text == mended else failing(),
        plugins=[FixerPlugin(ScriptedFixer({"a": [mended]}))],
    )
    atom = served.post("/api/v2/execution/atom/a")["atom"]
    assert atom["healed"]
    first, second = atom["attempts"]
    assert (first["diff"], first["decision"]["strategy"]) == ([], "fix")
    assert [line for line in second["diff"] if line[0] in "-+" and line[1] not in "-+"] == [
        "-y = 2",
        "+y = 3",
    ]
    assert (second["source"], second["confidence"]) == ("scripted", 0.5)


def test_whatever_an_atom_prints_can_be_told(serving: Serve) -> None:
    odd = "\ud800\x00\u2028</script>"
    execution = Execution(
        completed=True, exit_code=0, result=Value(json={odd: odd}), stdout=Stream(data=b"\xff\x00", total=9)
    )
    served = serving(script={"base": [execution]})
    atom = served.post("/api/v2/execution/atom/base")["atom"]
    assert atom["result"] == {"json": {odd: odd}}
    assert atom["attempts"][0]["stdout"] == {"text": "\\xff\x00", "bytes": 9, "truncated": True}
