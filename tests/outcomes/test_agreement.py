"""One plan with numbers written by hand: every view of its run says the same.

The numbers are those of ``tests/reporting/example_run.py``. Each view gets them its own way: the exit status, the
JUnit file, the terminal, the report's files, the frames, the records, the REST service and the metrics.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from mge_toolkit.cli import main
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.runs import Counts, RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.records import open_store
from mge_toolkit.reporting import frames
from mge_toolkit.reporting.metrics import prometheus_text
from mge_toolkit.reporting.monitoring import MonitoringCollector
from tests.pytest_mge.conftest import Sessions
from tests.pytest_mge.test_junit import SCHEMA, properties
from tests.reporting import example_run as example

VERDICT = (
    r"14 atoms in \S+ m?s: 6 passed \(1 healed, 1 flaky\), 3 failed, 1 blocked, 1 skipped, 2 stopped, 1 error"
)
OPTIONS = ("--sandbox", "fake", "--slots", "2", "--schedule", "waves", "--wave-threshold", "0.5")


def counts_of(document: Mapping[str, Any]) -> Counts:
    """Return the counts in a JSON document, whose sum and rate must be right too."""
    found = Counts(**{name: document[name] for name in Counts.__dataclass_fields__})
    assert document.get("total", found.total) == found.total
    assert document.get("success_rate", found.success_rate) == found.success_rate
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """The command's run: what it left, and what it printed."""

    status: int
    out: str
    directory: Path

    def json(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text())

    def text(self, name: str) -> str:
        return (self.directory / name).read_text()


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ended:
    """Run the plan with ``mge run``, recorded and reported."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(example.PLAN)
    plugins = Plugins(example.plugins(), entry_points=False)
    words = ["run", "shop.yaml", *OPTIONS, "--json", "run.json", "--report", "report", "--records", "runs.db"]
    status = main(words, plugins=plugins)
    return Ended(status=status, out=capsys.readouterr().out, directory=tmp_path)


def test_the_command_and_its_terminal(ran: Ended) -> None:
    assert ran.status == example.EXIT_STATUS
    assert re.search(rf"(?m)^{VERDICT}$", ran.out), ran.out
    assert "wave 1: 5 atoms in " in ran.out
    assert "1 passed, 2 failed, 1 blocked, 1 error (success rate 33%)" in ran.out
    assert "critical path: 30.25 s: clock -> shipping" in ran.out
    assert "repair: healed 1 · flaky 1 · " in ran.out
    assert "$0.75" in ran.out


def test_the_commands_json(ran: Ended) -> None:
    document = ran.json("run.json")
    assert document["exit_status"] == example.EXIT_STATUS
    assert counts_of(document["counts"]) == example.COUNTS
    assert {atom["id"]: atom["outcome"] for atom in document["atoms"]} == example.OUTCOMES
    assert sum(atom["duration"] for atom in document["atoms"]) == example.WALL_TOTAL


def test_the_reports_json(ran: Ended) -> None:
    document = ran.json("report/summary.json")
    (run,) = document["runs"]
    assert document["format"] == 1
    assert run["exit_status"] == example.EXIT_STATUS
    assert counts_of(run["counts"]) == example.COUNTS
    assert run["success_interval"] == pytest.approx(example.INTERVAL, abs=0.001)
    assert {wave["number"]: counts_of(wave["counts"]) for wave in run["waves"]} == example.WAVES
    assert {
        (part["component"], module["module"]): counts_of(module["counts"])
        for part in run["components"]
        for module in part["modules"]
    } == example.MODULES
    assert {part["name"]: counts_of(part["counts"]) for part in run["components"]} == example.COMPONENTS
    assert run["executions"] == {
        "atoms": example.EXECUTED_ATOMS,
        "attempts": example.EXECUTIONS,
        "passed": example.SUCCESSES,
        "failed": example.FAILURES,
        "retries": example.RETRIES,
        "candidates": example.CANDIDATES,
        "refused": 0,
        "infrastructure_errors": example.RESCHEDULED,
        "throughput": run["executions"]["throughput"],
    }
    wall = run["times"]["wall"]
    assert (wall["total"], wall["p50"], wall["max"]) == (
        example.WALL_TOTAL,
        example.WALL_P50,
        example.WALL_MAX,
    )
    assert run["times"]["cpu"]["total"] == example.CPU_TOTAL
    assert run["peak_memory"] == example.PEAK_MEMORY
    assert run["spending"]["usd"] == example.SPENDING.usd
    assert [(one["atom_id"], one["seconds"]) for one in run["slowest"]][:2] == list(example.SLOWEST[:2])
    path = run["critical_path"]
    assert (*path["atoms"], path["time"]) == example.CRITICAL_PATH
    assert {
        (one["category"], one["kind"]): one["failures"] for one in run["errors"]["errors"]
    } == example.ERRORS
    assert {(one["message"], one["failures"], one["healed"]) for one in run["errors"]["patterns"]} == {
        (one.message, one.failures, one.healed) for one in example.PATTERNS
    }


def test_the_reports_markdown(ran: Ended) -> None:
    lines = ran.text("report/summary.md").splitlines()
    assert lines[0] == "## ❌ `shop` failed"
    assert re.fullmatch(rf"{VERDICT}\.", lines[2]), lines[2]
    table = [line for line in lines if line.startswith("| ")]
    assert table[0].startswith(
        "| passed | failed | error | blocked | skipped | stopped | success rate (95 %) |"
    )
    assert table[2].startswith("| 6 (1 healed, 1 flaky) | 3 | 1 | 1 | 1 | 2 | 67 % (35 %–88 %) | 14 | ")
    assert table[2].endswith(" | $0.75 |")
    heads = [line for line in lines if line.startswith("### ")]
    assert heads == [
        "### Failed: 3",
        "### No verdict: 1",
        "### Given up: 1",
        "### Not run: 3",
        "### Flaky: 1",
        "### Healed: 1",
    ]


def test_the_reports_page(ran: Ended) -> None:
    boxes = Boxes.of(ran.text("report/report.html"))
    assert {name: boxes[name] for name in ("passed", "failed", "error", "blocked", "skipped", "stopped")} == {
        "passed": "6 1 healed, 1 flaky",
        "failed": "3",
        "error": "1",
        "blocked": "1",
        "skipped": "1",
        "stopped": "2",
    }
    assert boxes["success rate"] == "67 % 95 %: 35 % to 88 %"
    assert boxes["attempts"] == "14 4 retries, 4 candidates"
    assert boxes["language models"] == "$0.75"


def test_the_records_and_the_commands_that_read_them(ran: Ended, capsys: pytest.CaptureFixture[str]) -> None:
    def read(*words: str) -> Any:
        assert main([*words, "--records", "runs.db", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    (listed,) = read("history")
    assert counts_of(listed["counts"]) == example.COUNTS
    assert listed["planned"] == example.ATOMS
    shown = read("show", "last")
    assert counts_of(shown["counts"]) == example.COUNTS
    assert shown["exit_status"] == example.EXIT_STATUS
    assert {
        atom["id"]: len(atom["attempts"]) for atom in shown["atoms"] if atom["attempts"]
    } == example.ATTEMPTS
    assert main(["show", "last", "--records", "runs.db"]) == 0
    assert re.search(rf"(?m)^{VERDICT}$", capsys.readouterr().out)


def test_the_frames_of_the_recorded_run(ran: Ended) -> None:
    run = recorded_run(ran.directory / "runs.db")
    atoms, attempts = frames.atoms_frame(run), frames.attempts_frame(run)
    assert dict(zip(atoms["atom_id"], atoms["outcome"], strict=True)) == example.OUTCOMES
    assert (int(atoms["healed"].sum()), int(atoms["flaky"].sum())) == (1, 1)
    assert len(attempts) == example.EXECUTIONS
    assert attempts["wall"].dt.total_seconds().sum() == example.WALL_TOTAL
    waves = frames.waves_frame(run)
    assert list(waves["passed"]) == [counts.passed for counts in example.WAVES.values()]
    errors = frames.errors_frame(run)
    assert sorted(errors["count"]) == sorted(pattern.failures for pattern in example.PATTERNS)


def test_monitoring_and_its_metrics() -> None:
    collector = MonitoringCollector()
    example.run_example(collector)
    totals = collector.get_summary().totals
    assert totals.counts == example.COUNTS
    assert totals.executions == example.EXECUTIONS
    check_metrics(prometheus_text(collector))


def test_the_rest_service(tmp_path: Path) -> None:
    from tests.api import support

    store = open_store(tmp_path / "runs.db")
    fake, fixer = example.plugins()
    backend = make_backend(example.example_plan(), fake, fixer, store)
    served = support.serve(backend)
    try:
        order = {"execute_by_waves": True}
        run = served.post("/api/v2/execution/masterplan/shop", json=order)
        assert counts_of(run["counts"]) == example.COUNTS
        summary = served.get("/api/v2/execution/summary/shop")
        assert counts_of(summary["counts"]) == example.COUNTS
        assert summary["success_interval"] == pytest.approx(example.INTERVAL, abs=0.001)
        metrics = served.get("/api/v2/execution/metrics")
        totals = metrics["summary"]["totals"]
        assert totals["executions"] == example.EXECUTIONS
        assert totals["success_rate"] == example.SUCCESS_RATE
        assert {
            (one["category"], one["kind"]): one["failures"] for one in metrics["errors"]["errors"]
        } == example.ERRORS
        check_metrics(served("GET", "/metrics").text)
    finally:
        served.stop()
        store.close()


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["alone", "xdist"])
def test_pytest_and_its_files(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    sessions = Sessions(pytester)
    sessions.plan(example.PLAN, "shop.yaml")
    pytester.makeconftest(
        "from tests.reporting import example_run\n"
        "def pytest_mge_plugins(config): return list(example_run.plugins())\n"
    )
    options = [f"--mge-{word[2:]}" if word.startswith("--") else word for word in OPTIONS]
    result = sessions.run(
        "--mge-masterplan",
        "shop.yaml",
        *options,
        "--junitxml=j.xml",
        "--mge-report",
        "report",
        "-v",
        *workers,
    )
    assert result.ret == example.PYTEST_EXIT_STATUS
    assert result.parseoutcomes() == {
        "passed": 6,
        "failed": 3,
        "skipped": 4,
        "errors": 1,
        "rerun": example.RETRIES,
    }
    result.stdout.fnmatch_lines(
        [
            "wave 1: 5 atoms in *: 1 passed, 2 failed, 1 blocked, 1 error (success rate 33%)*",
            "critical path: 30.25 s: clock -> shipping",
            "14 atoms in 3 waves, *",
            "repair: healed 1 · flaky 1 · *",
            "wrote summary.json, summary.md, report.html into *",
        ]
    )
    check_junit(sessions.path / "j.xml")
    (run,) = json.loads((sessions.path / "report" / "summary.json").read_text())["runs"]
    assert run["exit_status"] == example.PYTEST_EXIT_STATUS
    assert counts_of(run["counts"]) == example.COUNTS
    assert run["executions"]["attempts"] == example.EXECUTIONS
    assert re.search(VERDICT, (sessions.path / "report" / "summary.md").read_text())
    assert Boxes.of((sessions.path / "report" / "report.html").read_text())["passed"] == "6 1 healed, 1 flaky"


def check_junit(path: Path) -> None:
    SCHEMA.validate(str(path))
    suite = ElementTree.parse(path).getroot()[0]
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": example.ATOMS, "failures": 3, "errors": 1, "skipped": 4}
    cases = {case.attrib["name"]: case for case in suite.iter("testcase")}
    assert {name: properties(case)["mge.outcome"] for name, case in cases.items()} == example.OUTCOMES
    tags = Counter(child.tag for case in cases.values() for child in case)
    assert (tags["flakyFailure"], tags["rerunFailure"]) == (2, 2)


def check_metrics(text: str) -> None:
    """Hold the metrics against the example: outcomes, attempts and what models cost."""
    values = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line[0] != "#"
    }
    for outcome, number in Counter(example.OUTCOMES.values()).items():
        (found,) = (
            value
            for name, value in values.items()
            if name.startswith("mge_atoms_total{") and f'outcome="{outcome}"' in name
        )
        assert found == number, outcome
    attempts = [value for name, value in values.items() if name.startswith("mge_attempts_total{")]
    assert sum(attempts) == example.EXECUTIONS


def recorded_run(path: Path) -> RunResult:
    store = open_store(path)
    try:
        return store.load(store.find("last").run_id).result
    finally:
        store.close()


def make_backend(plan: Masterplan, fake: object, fixer: object, store: Any) -> Any:
    from mge_toolkit.api import ApiSettings, create_backend
    from mge_toolkit.service import ExecutionService
    from tests.api.support import TOKEN

    collector = MonitoringCollector()
    service = ExecutionService(
        Settings(**example.SETTINGS),
        plugins=Plugins([fake, fixer], entry_points=False),
        subscribers=[collector],
        records=store,
    )
    return create_backend(service, ApiSettings(token=TOKEN), plans=[plan], records=store, collector=collector)


class Boxes(HTMLParser):
    """Reads the figures in boxes off a page: each name with its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._name = ""
        self._inside = ""

    @staticmethod
    def of(page: str) -> dict[str, str]:
        boxes = Boxes()
        boxes.feed(page)
        return {name: " ".join(texts) for name, texts in boxes.found.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("dt", "dd"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("dt", "dd"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "dt":
            self._name = data
        elif self._inside == "dd":
            self.found.setdefault(self._name, []).append(data)
