"""Metrics as text: what prometheus_client itself reads back, that counters never fall, that labels are bounded."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus

from mge_toolkit.core.events import AtomFinished
from mge_toolkit.core.results import Outcome, Spending, Strategy
from mge_toolkit.reporting.metrics import (
    OPENMETRICS_TYPE,
    PROMETHEUS_TYPE,
    negotiated,
    openmetrics_text,
    prometheus_text,
)
from mge_toolkit.reporting.monitoring import MonitoringCollector
from mge_toolkit.reporting.monitoring.collector import PLANS_KEPT
from tests.reporting.monitoring.records import Clock, attempt, finished, result, started, unstarted

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(collector: MonitoringCollector) -> Samples:
    """Return every sample as prometheus_client reads it; both formats agree, and each sample occurs once."""
    found: list[Samples] = []
    for families in (
        openmetrics.text_string_to_metric_families(openmetrics_text(collector)),  # type: ignore[no-untyped-call]
        read_prometheus(prometheus_text(collector)),
    ):
        every = [
            ((sample.name, tuple(sorted(sample.labels.items()))), sample.value)
            for family in families
            for sample in family.samples
        ]
        assert len(dict(every)) == len(every)
        found.append(dict(every))
    assert found[0] == found[1]
    return found[0]


def value(collector: MonitoringCollector, name: str, **labels: str) -> float | None:
    return samples(collector).get((name, tuple(sorted(labels.items()))))


def busy() -> MonitoringCollector:
    """Return a collector with a finished run and a live one."""
    collector = MonitoringCollector(clock=Clock())
    healed = result(
        "a",
        attempt(1, "no", strategy=Strategy.FIX),
        attempt(2, wall=3.0, spending=Spending(input_tokens=5, output_tokens=2, usd=0.25)),
    )
    collector(started("run", "plan", {"a": 0}))
    collector(AtomFinished(run_id="run", result=healed))
    collector(finished("run", "plan", healed))
    collector(started("live", "plan", {"a": 0, "b": 40}))
    collector(AtomFinished(run_id="live", result=unstarted("b", Outcome.BLOCKED, wave=40)))
    return collector


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("mge_runs_total", {"result": "passed"}, 1),
        ("mge_runs_total", {"result": "failed"}, 0),
        ("mge_atoms_total", {"outcome": "passed"}, 1),
        ("mge_atoms_total", {"outcome": "blocked"}, 1),
        ("mge_atoms_healed_total", {}, 1),
        ("mge_attempts_total", {"result": "failed"}, 1),
        ("mge_attempts_total", {"result": "passed"}, 1),
        ("mge_failures_total", {"category": "runtime", "kind": "value"}, 1),
        ("mge_fixes_total", {"source": "fixer"}, 1),
        ("mge_llm_tokens_total", {"direction": "input"}, 5),
        ("mge_llm_cost_dollars_total", {}, 0.25),
        ("mge_wave_atoms_total", {"wave": "0", "outcome": "passed"}, 1),
        ("mge_wave_atoms_total", {"wave": "32+", "outcome": "blocked"}, 1),
        ("mge_wave_attempt_seconds_total", {"wave": "0"}, 3.5),
        ("mge_attempt_duration_seconds_bucket", {"le": "0.5"}, 1),
        ("mge_attempt_duration_seconds_bucket", {"le": "2.5"}, 1),
        ("mge_attempt_duration_seconds_bucket", {"le": "+Inf"}, 2),
        ("mge_attempt_duration_seconds_sum", {}, 3.5),
        ("mge_attempt_cpu_seconds_count", {}, 2),
        ("mge_runs_live", {}, 1),
        ("mge_atoms_planned", {}, 2),
        ("mge_atoms_settled", {}, 1),
    ],
)
def test_figures(name: str, labels: dict[str, str], expected: float) -> None:
    assert value(busy(), name, masterplan="plan", **labels) == expected


def test_nothing_is_text_too() -> None:
    assert samples(MonitoringCollector()) == {}
    assert openmetrics_text(MonitoringCollector()).endswith("# EOF\n")


def test_counters_never_fall_when_runs_are_let_go_of() -> None:
    collector = MonitoringCollector(clock=Clock(), runs_kept=1)
    before: Samples = {}
    for number in range(4):
        made = result("a", attempt(1, f"no {number}"))
        collector(started(f"r{number}", "plan", {"a": 0}))
        collector(AtomFinished(run_id=f"r{number}", result=made))
        collector(finished(f"r{number}", "plan", made))
        now = samples(collector)
        assert all(now[key] >= old for key, old in before.items() if not key[0].startswith("mge_atoms_"))
        before = now
    assert value(collector, "mge_runs_total", masterplan="plan", result="failed") == 4
    assert value(collector, "mge_atoms_total", masterplan="plan", outcome="failed") == 4


def test_masterplans_are_bounded_and_none_is_lost() -> None:
    collector = MonitoringCollector(clock=Clock())
    for number in range(PLANS_KEPT + 20):
        collector(started(f"r{number}", f"plan {number}", {"a": 0}))
        collector(AtomFinished(run_id=f"r{number}", result=result("a")))
        collector(finished(f"r{number}", f"plan {number}", result("a")))
    found = samples(collector)
    passed = {
        dict(labels)["masterplan"]: number
        for (name, labels), number in found.items()
        if name == "mge_atoms_total" and ("outcome", "passed") in labels
    }
    assert len(passed) == PLANS_KEPT + 1
    assert passed["(other)"] == 20
    assert sum(passed.values()) == PLANS_KEPT + 20


@pytest.mark.parametrize(
    "name", ['a "quoted" name', "back\\slash", "two\nlines", "größe", "half \ud800 a pair"]
)
def test_any_name_is_a_label(name: str) -> None:
    collector = MonitoringCollector(clock=Clock())
    collector(started("r", name, {"a": 0}))
    collector(AtomFinished(run_id="r", result=result("a", attempt(1, "no", failure={"kind": name}))))
    collector(finished("r", name))
    shown = name.replace("\ud800", "?")
    assert value(collector, "mge_failures_total", masterplan=shown, category="runtime", kind=shown) == 1


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("", PROMETHEUS_TYPE), ("text/html, */*", PROMETHEUS_TYPE), (OPENMETRICS_TYPE, OPENMETRICS_TYPE)],
)
def test_the_format_is_what_was_asked_for(accept: str, kind: str) -> None:
    body, content_type = negotiated(busy(), accept)
    assert content_type.startswith(kind)
    assert body.endswith(b"# EOF\n") is (kind == OPENMETRICS_TYPE)


def test_the_client_library_is_loaded_only_when_used() -> None:
    code = "import sys, mge_toolkit.reporting.metrics as m; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
