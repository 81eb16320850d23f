"""The API's description is true: made-up requests, right and wrong ones, are answered as it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks, not_a_server_error
from schemathesis.core.result import Ok

from mge_toolkit.testing import make_atom, make_plan
from tests.api.support import SHOP, SHOP_SCRIPT, TOKEN, Served, description, make_backend, serve

load_all_checks()  # older versions leave that to their pytest plug-in, which is not loaded here
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Served]:
    other = make_plan([make_atom("base"), make_atom("only")], "other")
    served = serve(make_backend([SHOP, other], script=SHOP_SCRIPT, runs_kept=20))
    yield served
    served.stop()


def operations() -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(description())
    return {found.ok().label: found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)}


OPERATIONS = operations()

EXPECTED = """\
DELETE /api/v2/masterplans/{masterplan_id}
DELETE /api/v2/runs/{run_id}
GET /api/v2/execution/metrics
GET /api/v2/execution/summary/{masterplan_id}
GET /api/v2/masterplans
GET /api/v2/masterplans/{masterplan_id}
GET /api/v2/runs
GET /api/v2/runs/{run_id}
GET /api/v2/runs/{run_id}/atoms
GET /api/v2/runs/{run_id}/atoms/{atom_id}
GET /api/v2/runs/{run_id}/events
GET /healthz
GET /metrics
GET /readyz
POST /api/v2/execution/atom/{atom_id}
POST /api/v2/execution/masterplan/{masterplan_id}
POST /api/v2/execution/wave/{masterplan_id}/{wave_number}
POST /api/v2/masterplans
POST /api/v2/runs/{run_id}/cancel
""".splitlines()


def checks(label: str) -> list[Any]:
    """Return what every answer is held against."""
    names = [
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
    ]
    if label != "POST /api/v2/masterplans":  # what a plan may hold takes more than a schema to say
        names.append("positive_data_acceptance")
    return [not_a_server_error, *(CHECKS.get_one(name) for name in names)]


def test_the_description_has_every_operation() -> None:
    assert sorted(OPERATIONS) == sorted(EXPECTED)


@pytest.mark.parametrize("label", OPERATIONS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_answers_are_as_described(fuzzed: Served, label: str, data: st.DataObject) -> None:
    operation = OPERATIONS[label]
    mode = data.draw(st.sampled_from(list(GenerationMode)))
    case = data.draw(operation.as_strategy(generation_mode=mode))
    if mode is GenerationMode.POSITIVE and not label.startswith("DELETE /api/v2/masterplans"):
        known = {"masterplan_id": "shop", "atom_id": "base", "wave_number": 0, "run_id": run_of(fuzzed)}
        chosen = {name for name in case.path_parameters or {} if data.draw(st.booleans(), f"a known {name}")}
        case.path_parameters = {**(case.path_parameters or {}), **{name: known[name] for name in chosen}}
    response = case.call(base_url=fuzzed.url, headers=HEADERS, timeout=30)
    case.validate_response(response, checks=checks(label), headers=HEADERS)


def run_of(served: Served) -> str:
    """Return the id of a run that is there."""
    items = served.client.get("/api/v2/runs?limit=1").json()["items"]
    if items:
        found: str = items[0]["run_id"]
        return found
    return str(served.post("/api/v2/execution/masterplan/shop")["run_id"])


def test_every_operation_says_how_it_refuses() -> None:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path}"
            if path not in ("/healthz", "/readyz"):
                assert operation["security"] == [{"HTTPBearer": []}]
                assert "401" in operation["responses"]
            for status, response in operation["responses"].items():
                kinds = set(response.get("content", {}))
                assert status[0] in "23" or kinds == {"application/problem+json"}, f"{method} {path} {status}"
