from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter

import pytest

from mge_toolkit.testing import make_atom, make_plan
from tests.api.conftest import Serve
from tests.api.support import TOKEN, Served, wait_for

JSON = {"Content-Type": "application/json"}


def connection(served: Served) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=20)


def test_a_body_that_says_that_it_is_too_large_is_refused_before_it_comes(serving: Serve) -> None:
    served = serving(max_body=1000)
    asking = connection(served)
    asking.putrequest("POST", "/api/v2/execution/atom/base")
    asking.putheader("Authorization", f"Bearer {TOKEN}")
    asking.putheader("Content-Length", "1001")
    asking.endheaders()
    response = asking.getresponse()
    assert (response.status, response.getheader("content-type")) == (413, "application/problem+json")
    asking.close()


@pytest.mark.parametrize("path", ["execution/atom/base", "execution/wave/shop/0", "masterplans"])
def test_a_body_that_does_not_say_its_length_is_refused_when_it_gets_too_large(
    serving: Serve, path: str
) -> None:
    served = serving(max_body=1000)
    parts = (b"x" * 100 for _ in range(12))
    response = served("POST", f"/api/v2/{path}", content=parts, headers=JSON)
    assert response.status_code == 413
    assert "1,000 bytes" in response.json()["detail"]
    assert served("POST", f"/api/v2/{path}", content=iter([b"x" * 900]), headers=JSON).status_code in (
        200,
        400,
        422,
    )


def test_a_body_that_does_not_come_is_not_waited_for(serving: Serve) -> None:
    served = serving(body_seconds=0.1)
    asking = connection(served)
    asking.putrequest("POST", "/api/v2/execution/atom/base")
    asking.putheader("Authorization", f"Bearer {TOKEN}")
    asking.putheader("Content-Length", "10")
    asking.endheaders()
    assert asking.getresponse().status == 408
    asking.close()


def test_who_hangs_up_in_the_middle_of_a_body_does_no_harm(serving: Serve) -> None:
    served = serving()
    host, port = served.url.removeprefix("http://").split(":")
    for _ in range(3):
        with socket.create_connection((host, int(port))) as raw:
            head = f"POST /api/v2/masterplans HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
            raw.sendall(f"{head}Content-Length: 100\r\n\r\nabc".encode())
    assert served.get("/healthz") == {"status": "alive"}


def test_more_runs_than_agreed_are_refused_until_there_is_room(serving: Serve) -> None:
    served = serving(
        make_plan([make_atom("slow")], "p"), script={"slow": [30.0]}, max_running=2, max_queued=1
    )
    path = "/api/v2/execution/atom/slow?wait=false"
    runs = [served.post(path, expect=202)["run_id"] for _ in range(3)]
    refused = served("POST", path)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.json()["detail"].startswith("2 runs go on and 1 wait")
    statuses = [served.get(f"/api/v2/runs/{run_id}")["status"] for run_id in runs]
    assert statuses == ["running", "running", "queued"]
    served.post(f"/api/v2/runs/{runs[0]}/cancel", expect=202)
    wait_for(lambda: served.get(f"/api/v2/runs/{runs[2]}")["status"] == "running")
    assert served("POST", path).status_code == 202


def test_under_a_flood_every_request_is_run_or_refused_and_none_is_lost(serving: Serve) -> None:
    served = serving(make_plan([make_atom("a")], "p"), answer=lambda _: 0.01, max_running=2, max_queued=4)
    statuses: Counter[int] = Counter()

    def ask() -> None:
        asking = connection(served)
        for _ in range(25):
            asking.request("POST", "/api/v2/execution/atom/a", headers={"Authorization": f"Bearer {TOKEN}"})
            response = asking.getresponse()
            response.read()
            statuses[response.status] += 1
        asking.close()

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert statuses[200] + statuses[429] == 200
    assert statuses[200] >= 6
    totals = served.get("/api/v2/execution/metrics")["summary"]["totals"]
    assert totals["counts"]["passed"] == statuses[200]


def test_more_requests_at_once_than_agreed_are_refused(serving: Serve) -> None:
    served = serving(script={"base": [30.0]}, max_requests=1)
    run_id = served.post("/api/v2/execution/atom/base?wait=false", expect=202)["run_id"]
    with served.client.stream("GET", f"/api/v2/runs/{run_id}/events") as response:
        lines = response.iter_lines()
        next(lines)
        busy = served.client.get("/healthz")
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
    wait_for(lambda: served.client.get("/healthz").status_code == 200)
