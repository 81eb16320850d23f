"""What ``summary.json`` and the Markdown say beyond the example: changes, places, verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.plans import Position
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import NO_ISOLATION, Isolation, Outcome, Protection, Usage
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.report import Earlier, RunReport, make_run_report, write_report
from mge_toolkit.reporting.report.content.lanes import lanes_of
from mge_toolkit.reporting.report.markdown import markdown_summary
from mge_toolkit.reporting.report.page import html_page
from mge_toolkit.reporting.report.wording import rate_text
from mge_toolkit.testing import make_atom, make_plan
from tests.reporting import example_run as example
from tests.reporting.report.support import failed, hostile_run, read_page, report_of, section_of
from tests.reporting.samples import WHEN, make_attempt, make_failure, make_result, make_run, stream

PASSED = make_result("a", Outcome.PASSED, make_attempt())


def record_of(run: RunResult) -> RunRecord:
    return RunRecord(
        run_id=run.run_id,
        masterplan=run.masterplan,
        plan_path="plan.yaml",
        started_at=run.started_at,
        finished_at=run.started_at + timedelta(seconds=run.wall),
        planned=run.counts.total,
        counts=run.counts,
        wall=run.wall,
        parallelism=run.parallelism,
        slots=run.slots,
        schedule=run.schedule,
        repair=RepairLevel.OFF,
        isolation=run.isolation,
        environment="",
        toolkit_version="1",
    )


def compared(before: RunResult, after: RunResult) -> RunReport:
    plan = make_plan([make_atom(name) for name in after.results], after.masterplan)
    earlier = Earlier(record=record_of(before), previous=before, records=(record_of(before),))
    return make_run_report(after, plan, status=1, earlier=earlier)


def test_changes_since_the_run_before() -> None:
    before = make_run(
        failed("a"), make_result("b", Outcome.PASSED, make_attempt()), failed("c"), failed("gone")
    )
    before = replace(before, run_id="before", started_at=WHEN - timedelta(hours=1))
    after = make_run(PASSED, failed("b"), failed("c"), make_result("new", Outcome.PASSED, make_attempt()))
    report = compared(before, after)
    previous = report.figures["previous"]
    assert previous["run"]["run_id"] == "before"
    assert [one["atom_id"] for one in previous["changes"]["newly_failing"]] == ["b"]
    assert report.figures["trend"]["success_rate"] == {
        "now": 0.5,
        "previous": 0.25,
        "median": 0.25,
        "difference": 0.25,
    }
    lines = markdown_summary([report]).splitlines()
    start = lines.index("### Since run `before` of 2026-01-02T02:04")
    assert lines[start + 2 : start + 7] == [
        "- newly failing: 1: `b` (passed → failed)",
        "- newly passing: 1: `a` (failed → passed)",
        "- still failing: 1: `c`",
        "- only in this run: 1: `new`",
        "- only in the run before: 1: `gone`",
    ]
    part = section_of(read_page(html_page([report], "1")), "changes").text
    assert "newly failing" in part
    assert "b (passed → failed)" in part


def test_the_trend_is_drawn_where_there_is_one() -> None:
    earlier = [
        replace(record_of(make_run(*results)), run_id=str(hour), started_at=WHEN - timedelta(hours=hour))
        for hour, results in ((3, (failed("a"),)), (2, (PASSED,)), (1, ()))
    ]
    plan = make_plan([make_atom("a")], "shop")
    found = Earlier(record=earlier[-1], previous=make_run(PASSED), records=tuple(reversed(earlier)))
    report = make_run_report(make_run(PASSED), plan, status=0, earlier=found)
    (picture,) = section_of(read_page(html_page([report], "1")), "changes").all("svg")
    assert picture.attributes["aria-label"] == "success rates, oldest first: 0 %, 100 %, –, 100 %"
    assert len(list(picture.all("rect"))) == 3


def test_no_change_is_said() -> None:
    report = compared(replace(make_run(PASSED), run_id="before"), make_run(PASSED))
    assert "No atom came out otherwise." in markdown_summary([report])
    assert "No atom came out otherwise." in read_page(html_page([report], "1")).text


def test_records_that_cannot_be_read_are_no_secret() -> None:
    plan = make_plan([make_atom("a")], "shop")
    report = make_run_report(make_run(PASSED), plan, status=0, earlier=Earlier(unavailable="`locked`"))
    assert "> Not compared with earlier runs: `` `locked` ``" in markdown_summary([report])
    assert report.figures["previous"] is None


@pytest.mark.parametrize(
    ("fields", "status", "line"),
    [
        ({}, 0, "## ✅ `shop` passed"),
        ({}, 1, "## ❌ `shop` failed"),
        ({}, 130, "> The run was interrupted."),
        ({"stop_reason": "too bad"}, 1, "> Stopped early: `too bad`"),
        ({"records_error": "disk full"}, 3, "> Not recorded to its end: `disk full`"),
        ({"isolation": NO_ISOLATION}, 0, "> Isolation was none:"),
        (
            {
                "isolation": Isolation(
                    sandbox="x",
                    mechanisms={Protection.READS: "y"},
                    missing={Protection.CPUS: "no control group"},
                )
            },
            0,
            "> Isolation was degraded: `no cpus: no control group`",
        ),
    ],
)
def test_the_verdict_and_what_explains_it(fields: dict[str, object], status: int, line: str) -> None:
    report = report_of(PASSED, status=status, **fields)
    assert line in [found.rstrip() for found in markdown_summary([report]).splitlines()]
    assert report.figures["exit_status"] == status
    said = line.lstrip("> ").partition(":")[0].partition(" `")[0].removeprefix("## ✅").removeprefix("## ❌")
    assert said in read_page(html_page([report], "1")).text


def test_a_run_that_fails_for_its_healed_atoms_says_so() -> None:
    changed = make_attempt(None, code="other", number=2, source="fixer")
    healed = make_result("a", Outcome.PASSED, make_attempt(make_failure()), changed)
    report = report_of(healed, status=1)
    assert "> Atoms passed only because they were healed." in markdown_summary([report])


def test_a_failure_is_at_its_line_only_where_the_code_is_the_plans() -> None:
    failure = make_failure(position=Position(file="plan.yaml", line=77), culprit="a")
    own = make_attempt(failure, code="pass")
    changed = make_attempt(failure, code="other", number=2, source="fixer")
    places = [
        report_of(make_result("a", Outcome.FAILED, *attempts)).figures["noteworthy"][0]["line"]
        for attempts in ((own,), (own, changed))
    ]
    assert places == [77, 1]


def test_at_most_twenty_failures_are_listed() -> None:
    lines = markdown_summary([report_of(*(failed(f"a{n}") for n in range(33)))]).splitlines()
    start = lines.index("### Failed: 33")
    assert lines[start + 2].startswith("- `a0` at ")
    assert lines[start + 21].startswith("- `a19` at ")
    assert lines[start + 22] == "- and 13 more"


def test_held_up_atoms_stand_together() -> None:
    blocked = [make_result(f"b{n}", Outcome.BLOCKED, blocked_by="a", reason="needs 'a'") for n in range(5)]
    text = markdown_summary([report_of(failed("a"), *blocked)])
    assert "- 5 atoms blocked (`b0`, `b1`, `b2` and 2 more): `needs a`" in text


def test_options_are_named_as_the_command_has_them() -> None:
    stopped = make_result("a", Outcome.STOPPED, reason="give --mge-repair")
    plan = make_plan([make_atom("a")], "shop")
    report = make_run_report(
        make_run(stopped), plan, status=1, reword=lambda text: text.replace("--mge-", "--")
    )
    assert report.figures["noteworthy"][0]["message"] == "give --repair"


@pytest.mark.parametrize("made", ["example", "hostile"])
def test_a_report_travels_as_json(made: str) -> None:
    run, plan = (example.run_example(), example.example_plan()) if made == "example" else hostile_run()
    report = make_run_report(run, plan, status=1)
    there = RunReport.from_data(json.loads(json.dumps(report.to_data())))
    assert replace(there, figures={}) == replace(report, figures={})
    assert html_page([there], "1") == html_page([report], "1")
    assert markdown_summary([there]) == markdown_summary([report])
    assert json.dumps(there.figures) == json.dumps(report.figures)


def test_the_summary_holds_no_code_and_no_output(tmp_path: Path) -> None:
    attempt = make_attempt(make_failure(message="no"), code="SECRET_CODE = 1", stderr=stream("SECRET_OUTPUT"))
    write_report(tmp_path, [report_of(make_result("a", Outcome.FAILED, attempt))])
    text = (tmp_path / "summary.json").read_text()
    assert "SECRET" not in text
    assert "SECRET" not in (tmp_path / "summary.md").read_text()
    assert "SECRET_OUTPUT" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("rate", "text"),
    [(None, "–"), (1.0, "100 %"), (0.0, "0 %"), (0.5, "50 %"), (0.9999, "99.99 %"), (0.0001, "0.01 %")],
)
def test_only_all_is_a_hundred_percent(rate: float | None, text: str) -> None:
    assert rate_text(rate) == text


@given(
    st.lists(
        st.tuples(
            st.floats(0, 100, allow_nan=False),  # start
            st.floats(0, 50, allow_nan=False),  # wall time
            st.integers(0, 3),  # slot
            st.integers(0, 40),  # wave
        ),
        min_size=1,
        max_size=30,
    ),
    st.booleans(),
)
def test_lanes_hold_the_time_of_every_attempt(
    attempts: list[tuple[float, float, int, int]], many: bool
) -> None:
    results = [
        make_result(
            f"a{n}",
            Outcome.PASSED,
            replace(
                make_attempt(usage=Usage(wall=wall)), started_at=WHEN + timedelta(seconds=start), slot=slot
            ),
            wave=wave,
        )
        for n, (start, wall, slot, wave) in enumerate(attempts * (40 if many else 1))
    ]
    lanes, span = lanes_of(make_run(*results))
    drawn = sum((bar.end - bar.start) * bar.height for lane in lanes for bar in lane.bars)
    assert drawn == pytest.approx(sum(one.duration for one in results), rel=0.05, abs=0.05)
    for lane in lanes:
        for bar in lane.bars:
            assert 0 <= bar.start <= bar.end <= span * 1.0001
            assert bar.base >= 0
            assert bar.base + bar.height <= lane.slots + 0.02


def test_every_key_is_documented() -> None:
    before = make_run(failed("a"), make_result("b", Outcome.PASSED, make_attempt()))
    figures = [
        compared(before, make_run(PASSED, failed("b"))).figures,
        make_run_report(example.run_example(), example.example_plan(), status=3).figures,
    ]
    text = (Path(__file__).parents[3] / "docs" / "reports.md").read_text()
    assert sorted(name for name in keys_in(figures) if f"`{name}`" not in text) == []


def keys_in(value: object, inside: str = "") -> set[str]:
    """Return the names of all keys, but for those of what is keyed by protection."""
    if isinstance(value, dict):
        found = set() if inside in ("mechanisms", "missing") else set(value)
        return found.union(*(keys_in(item, name) for name, item in value.items()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()
