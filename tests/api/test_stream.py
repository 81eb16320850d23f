from __future__ import annotations

import threading

import pytest

from mge_toolkit.testing import make_atom, make_plan
from tests.api.conftest import Serve
from tests.api.support import Heard, Served, events, wait_for

LINE = make_plan([make_atom(f"a{number}") for number in range(20)], "line")


def follow(
    served: Served, run_id: str, *, after: int | None = None, stop_after: int | None = None
) -> list[Heard]:
    """Listen to a run to its end, or to ``stop_after`` events and then hang up."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    heard: list[Heard] = []
    with served.client.stream("GET", f"/api/v2/runs/{run_id}/events", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        for event in events(response.iter_lines()):
            heard.append(event)
            if stop_after is not None and len(heard) == stop_after:
                break
    return heard


def start(served: Served, plan: str = "line") -> str:
    run_id: str = served.post(f"/api/v2/execution/masterplan/{plan}?wait=false", expect=202)["run_id"]
    return run_id


def test_a_run_is_told_from_its_start_to_its_end(serving: Serve) -> None:
    served = serving(LINE, answer=lambda _: 0.005)
    heard = follow(served, start(served))
    assert [event.number for event in heard] == list(range(1, len(heard) + 1))
    assert [heard[0].name, heard[1].name, heard[-1].name] == ["run_started", "wave_started", "run_finished"]
    assert sorted(event.data["id"] for event in heard if event.name == "atom_finished") == sorted(LINE.atoms)
    assert heard[-1].data["counts"]["passed"] == 20


def test_a_listener_that_comes_back_misses_nothing_and_hears_nothing_twice(serving: Serve) -> None:
    served = serving(LINE, answer=lambda _: 0.01)
    run_id = start(served)
    heard: list[Heard] = []
    while not heard or heard[-1].name != "run_finished":
        heard += follow(served, run_id, after=heard[-1].number if heard else None, stop_after=7)
    assert [event.number for event in heard] == list(range(1, len(heard) + 1))


def test_many_listeners_hear_the_same(serving: Serve) -> None:
    served = serving(LINE, answer=lambda _: 0.005)
    run_id = start(served)
    found: list[list[Heard]] = []
    listeners = [threading.Thread(target=lambda: found.append(follow(served, run_id))) for _ in range(4)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join()
    assert all(heard == found[0] for heard in found)
    assert len(found) == 4


def test_who_has_heard_everything_is_sent_away(serving: Serve) -> None:
    served = serving(LINE)
    run_id = served.post("/api/v2/execution/masterplan/line")["run_id"]
    last = follow(served, run_id)[-1].number
    again = served("GET", f"/api/v2/runs/{run_id}/events", headers={"Last-Event-ID": str(last)})
    assert (again.status_code, again.content) == (204, b"")
    assert [event.number for event in follow(served, run_id, after=(last or 0) - 1)] == [last]


@pytest.mark.parametrize(
    ("given", "status"),
    [("x", 422), ("-1", 422), ("1.5", 422), ("99999999", 404), ("9" * 40, 422), ("²", 422)],
)
def test_a_number_that_no_event_has_is_refused(guarded: Served, given: str, status: int) -> None:
    served = guarded
    run_id = served.post("/api/v2/execution/masterplan/shop")["run_id"]
    headers = {"Last-Event-ID": given.encode("latin-1")}
    response = served("GET", f"/api/v2/runs/{run_id}/events", headers=headers)
    assert response.status_code == status


def test_events_that_are_not_kept_any_more_are_told_as_a_gap(serving: Serve) -> None:
    served = serving(LINE, events_kept=5)
    run_id = served.post("/api/v2/execution/masterplan/line")["run_id"]
    first, *rest = follow(served, run_id, after=2)
    last = rest[-1].number or 0
    assert (first.name, first.number) == ("gap", None)
    assert first.data == {"missed_from": 3, "kept_from": last - 4}
    assert [event.number for event in rest] == list(range(last - 4, last + 1))
    assert rest[-1].name == "run_finished"


def test_a_quiet_stream_shows_that_it_is_alive(serving: Serve) -> None:
    served = serving(script={"base": [30.0]}, heartbeat_seconds=0.05)
    run_id = start(served, "shop")
    heard = follow(served, run_id, stop_after=40)
    assert [event.name for event in heard].count(":") >= 3


def test_no_more_streams_than_agreed_are_given(serving: Serve) -> None:
    served = serving(script={"base": [30.0]}, max_streams=1)
    run_id = start(served, "shop")
    with served.client.stream("GET", f"/api/v2/runs/{run_id}/events") as response:
        lines = response.iter_lines()
        next(lines)
        refused = served("GET", f"/api/v2/runs/{run_id}/events")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    # The place of who hangs up is free again.
    wait_for(lambda: may_listen(served, run_id))


def may_listen(served: Served, run_id: str) -> bool:
    with served.client.stream("GET", f"/api/v2/runs/{run_id}/events") as response:
        return response.status_code == 200


def test_a_cancelled_run_tells_its_end(serving: Serve) -> None:
    served = serving(script={"base": [30.0]})
    run_id = start(served, "shop")
    ended: list[Heard] = []
    listener = threading.Thread(target=lambda: ended.extend(follow(served, run_id)))
    listener.start()
    wait_for(lambda: served.get(f"/api/v2/runs/{run_id}")["counts"]["passed"] == 2)
    served.post(f"/api/v2/runs/{run_id}/cancel", expect=202)
    listener.join(20)
    assert ended[-1].name == "run_finished"
    assert ended[-1].data["counts"]["stopped"] == 2
