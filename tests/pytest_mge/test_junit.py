"""JUnit files: one testcase for each atom, earlier attempts inside it, valid by our own schema."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from tests.pytest_mge.conftest import Sessions
from tests.pytest_mge.test_outcomes import SCRIPTED, TABLE

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit-mge.xsd"))


def read(path: Path) -> tuple[ElementTree.Element, dict[str, ElementTree.Element]]:
    """Return the suite and its cases by name, after checking what must always hold."""
    SCHEMA.validate(str(path))
    suite = ElementTree.parse(path).getroot()[0]
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases)
    named = {case.attrib["name"]: case for case in cases}
    assert len(named) == len(cases), "a test is counted twice"
    for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[kind]) == len(suite.findall(f"testcase/{tag}"))
    return suite, named


def properties(case: ElementTree.Element) -> dict[str, str]:
    return {p.attrib["name"]: p.attrib["value"] for p in case.findall("properties/property")}


@pytest.fixture
def table(sessions: Sessions) -> Sessions:
    sessions.plan(TABLE, "plans/table.yaml")
    sessions.conftest(SCRIPTED)
    return sessions


RUN = ("--mge-masterplan", "plans/table.yaml", "--mge-wave-threshold", "0", "--junitxml=j.xml")


@pytest.mark.parametrize("extra", [(), ("-n2",), ("-o", "junit_logging=all"), ("-o", "junit_family=xunit1")])
def test_every_outcome_is_counted_once(table: Sessions, extra: tuple[str, ...]) -> None:
    table.run(*RUN, *extra)
    suite, cases = read(table.path / "j.xml")
    counts = {kind: int(suite.attrib[kind]) for kind in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 9, "failures": 1, "errors": 1, "skipped": 5}
    assert {case.attrib["classname"] for case in cases.values()} == {"plans.table.all.kinds"}
    outcomes = {name: properties(case)["mge.outcome"] for name, case in cases.items()}
    assert outcomes == {
        "passes": "passed",
        "heals": "passed",
        "fails": "failed",
        "blocked": "blocked",
        "blocked_too": "blocked",
        "given_up": "skipped",
        "needs_given_up": "skipped",
        "breaks": "error",
        "needs_broken": "blocked",
    }


@pytest.mark.parametrize("extra", [(), ("-n1",)])
def test_earlier_attempts_stand_inside_the_testcase(table: Sessions, extra: tuple[str, ...]) -> None:
    table.run(*RUN, *extra)
    _, cases = read(table.path / "j.xml")
    tags = {name: [child.tag for child in case if child.tag != "properties"] for name, case in cases.items()}
    assert tags["passes"] == []
    assert tags["heals"] == ["flakyFailure"]
    assert tags["fails"] == ["failure", "rerunFailure"]
    assert tags["given_up"] == ["skipped", "rerunFailure"]
    flaky = cases["heals"].find("flakyFailure")
    assert flaky is not None
    assert flaky.attrib == {
        "type": "runtime/assertion",
        "message": "runtime/assertion: AssertionError: first time",
    }
    diff = flaky.findtext("system-out") or ""
    assert diff.splitlines() == [
        "runtime → fix → scripted",
        "fix: retry 1 of 1",
        "change: scripted",
        "--- attempt 1 (plan)",
        "+++ attempt 2 (scripted)",
        "@@ -1 +1 @@",
        "-2",
        "+22",
    ]
    assert "AssertionError: first time" in (flaky.findtext("stackTrace") or "")


def test_properties_tell_what_the_atom_is_and_used(table: Sessions) -> None:
    table.run(*RUN)
    _, cases = read(table.path / "j.xml")
    assert properties(cases["heals"]) == {
        "mge.outcome": "passed",
        "mge.wave": "0",
        "mge.language": "python",
        "mge.attempts": "2",
        "mge.healed": "true",
        "mge.component": "all",
        "mge.module": "kinds",
        "mge.isolation": "none",
        "mge.sandbox": "none",
        "mge.wall": "0.0",
        "mge.cpu": "0.0",
    }
    assert properties(cases["fails"]).items() >= {"mge.category": "runtime", "mge.kind": "assertion"}.items()
    assert properties(cases["blocked"])["mge.blocked_by"] == "fails"


def test_times_are_the_atoms_own(sessions: Sessions) -> None:
    sessions.conftest(
        "SCRIPT = {'tax': [Execution(completed=True, exit_code=0, usage=Usage(wall=12.5, cpu=1, peak_memory=7))]}"
    )
    sessions.run_plan("--junitxml=j.xml")
    _, cases = read(sessions.path / "j.xml")
    assert float(cases["tax"].attrib["time"]) == pytest.approx(12.5, abs=0.2)
    assert properties(cases["tax"]).items() >= {"mge.wall": "12.5", "mge.cpu": "1", "mge.memory": "7"}.items()


def test_messages_hold_what_failed_and_control_characters_do_no_harm(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'loose': [failing('no\\x00\\x1b \\ud800 <&>')]}")
    sessions.run_plan("--junitxml=j.xml")
    _, cases = read(sessions.path / "j.xml")
    failure = cases["loose"].find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("runtime/assertion: AssertionError: no")
    assert "plan.yaml:25" in (failure.text or "")


def test_a_prefix_and_ordinary_tests_beside_atoms(sessions: Sessions) -> None:
    sessions.test_file()
    sessions.run_plan("test_plain.py", "--junitxml=j.xml", "--junitprefix=ci")
    _, cases = read(sessions.path / "j.xml")
    assert cases["tax"].attrib["classname"] == "ci.plan.catalog.pricing"
    assert cases["loose"].attrib["classname"] == "ci.plan"
    assert cases["test_plain"].attrib["classname"] == "ci.test_plain"


def test_an_interrupted_session_leaves_a_valid_file(sessions: Sessions) -> None:
    sessions.conftest("SCRIPT = {'tax': [failing('no')]}")
    sessions.run_plan("-x", "--junitxml=j.xml")
    _, cases = read(sessions.path / "j.xml")
    assert "tax" in cases
