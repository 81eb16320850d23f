from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from mge_toolkit.core.settings import Settings
from tests.api.conftest import Serve
from tests.api.support import Served


def test_what_was_run_is_counted(shop: Served) -> None:
    shop.post("/api/v2/execution/masterplan/shop")
    shop.post("/api/v2/execution/atom/base")
    metrics = shop.get("/api/v2/execution/metrics")
    counts = metrics["summary"]["totals"]["counts"]
    assert (counts["passed"], counts["failed"], counts["blocked"]) == (3, 1, 1)
    assert metrics["errors"]["patterns"][0]["kind"] == "assertion"
    assert metrics["performance"]["runs"]


def test_prometheus_reads_the_same(shop: Served) -> None:
    shop.post("/api/v2/execution/masterplan/shop")
    response = shop("GET", "/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {family.name: family for family in prometheus(response.text)}
    values = {sample.labels["outcome"]: sample.value for sample in found["mge_atoms"].samples}
    assert (values["passed"], values["failed"], values["blocked"]) == (2, 1, 1)


def test_openmetrics_is_given_where_it_is_asked_for(shop: Served) -> None:
    shop.post("/api/v2/execution/masterplan/shop")
    accept = {"Accept": "application/openmetrics-text; version=1.0.0,text/plain;q=0.5"}
    response = shop("GET", "/metrics", headers=accept)
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")
    families = openmetrics(response.text)  # type: ignore[no-untyped-call]
    assert {family.name for family in families} >= {"mge_atoms", "mge_runs"}


def test_a_service_is_ready_only_with_its_sandbox(serving: Serve) -> None:
    served = serving(settings=Settings(sandbox="nothing"))
    problem = served("GET", "/readyz")
    assert problem.status_code == 503
    assert "sandbox" in problem.json()["detail"]
    assert served.get("/healthz") == {"status": "alive"}
    response = served("POST", "/api/v2/execution/atom/base")
    assert (response.status_code, response.json()["type"]) == (503, "urn:mge:problem:sandbox-unavailable")
    assert "unknown sandbox 'nothing'" in response.json()["detail"]
