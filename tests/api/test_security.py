from __future__ import annotations

import http.client
from typing import Any

import httpx
import pytest

from mge_toolkit.api import ApiSettings
from mge_toolkit.core.errors import SettingsError
from tests.api.conftest import Serve
from tests.api.support import TOKEN, Served, description


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer Bearer {TOKEN}",
        "Bearer \xff\xfe",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v2/execution/atom/base"),
        ("GET", "/api/v2/runs"),
        ("GET", "/api/v2/runs/x/events"),
        ("POST", "/api/v2/masterplans"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/nothing/like/it"),
        ("PATCH", "/api/v2/runs"),
    ],
)
def test_nothing_is_answered_without_the_token(
    stranger: httpx.Client, method: str, path: str, given: str | None
) -> None:
    headers = [] if given is None else [(b"Authorization", given.encode("latin-1"))]
    response = stranger.request(method, path, headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert TOKEN not in response.text


def test_only_health_and_the_dashboards_files_are_given_without_the_token(stranger: httpx.Client) -> None:
    for path, methods in {**description()["paths"], "/openapi.json": ["get"]}.items():
        for method in methods:
            status = stranger.request(method, path).status_code
            assert status == (200 if path in ("/healthz", "/readyz") else 401), f"{method} {path}"
    for path in ("/", "/dashboard/app.js", "/dashboard/style.css", "/dashboard/icon.svg"):
        assert stranger.get(path).status_code == 200


def test_the_token_in_an_address_does_not_help(stranger: httpx.Client) -> None:
    for query in (f"?token={TOKEN}", f"?access_token={TOKEN}", f"?authorization=Bearer%20{TOKEN}"):
        assert stranger.get(f"/api/v2/runs{query}").status_code == 401


def test_the_scheme_is_taken_in_any_case(guarded: Served) -> None:
    for scheme in ("bearer", "BEARER"):
        response = guarded.client.get("/api/v2/runs", headers={"Authorization": f"{scheme} {TOKEN}"})
        assert response.status_code == 200


def test_a_body_is_not_read_before_the_token_is_seen(guarded: Served) -> None:
    connection = http.client.HTTPConnection(guarded.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/api/v2/masterplans")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8765", 200),
        ("localhost:1", 200),
        ("LOCALHOST.", 200),
        ("[::1]:8765", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("127.0.0.1:8765:9", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_only_its_own_names_are_answered(guarded: Served, host: str, status: int) -> None:
    for path in ("/healthz", "/", "/api/v2/runs"):
        response = guarded.client.get(path, headers={"Host": host})
        assert response.status_code == status
        if status != 200:
            assert response.json()["type"] == "urn:mge:problem:misdirected"


def test_further_names_can_be_allowed(serving: Serve) -> None:
    served = serving(allowed_hosts=("mge.example",))
    assert served.client.get("/healthz", headers={"Host": "mge.example:443"}).status_code == 200
    assert served.client.get("/healthz").status_code == 421
    served.client.headers["Host"] = "mge.example"


@pytest.mark.parametrize(
    "path", ["/", "/dashboard/app.js", "/api/v2/runs", "/healthz", "/nothing", "/metrics"]
)
def test_browsers_are_kept_in_bounds(guarded: Served, path: str) -> None:
    headers = guarded.client.get(path, headers={"Origin": "https://evil.example"}).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "server" not in headers


def test_no_other_origin_is_let_in(stranger: httpx.Client) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = stranger.request("OPTIONS", "/api/v2/execution/atom/base", headers=asked)
    assert response.status_code == 401
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("name", ["../app.py", "..%2f..%2fapp.py", "%2e%2e/app.py", "app.py", ".", ""])
def test_the_dashboards_files_are_all_that_is_given(guarded: Served, name: str) -> None:
    connection = http.client.HTTPConnection(guarded.url.removeprefix("http://"), timeout=10)
    connection.request("GET", f"/dashboard/{name}", headers={"Authorization": f"Bearer {TOKEN}"})
    response = connection.getresponse()
    assert response.status in (404, 307)
    assert b"import" not in response.read()
    connection.close()


@pytest.mark.parametrize(
    "token", ["", "short", "fifteen-letters", "with blanks in the token", "tökentökentökentöken"]
)
def test_a_token_that_guards_nothing_is_refused(token: str) -> None:
    with pytest.raises(SettingsError, match="token"):
        ApiSettings(token=token)


@pytest.mark.parametrize(
    "wrong",
    [{"max_body": 0}, {"max_running": 0}, {"max_queued": -1}, {"wait_seconds": 0}, {"heartbeat_seconds": -1}],
)
def test_bounds_that_bound_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong)).replace("_", " ")):
        ApiSettings(token=TOKEN, **wrong)
