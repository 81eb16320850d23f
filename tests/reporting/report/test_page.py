"""The page: what it shows of an atom, that it needs nothing and lets nothing in, and how large it gets."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from mge_toolkit.core.results import Origin, Outcome, RetryDecision, Strategy, Trial
from mge_toolkit.reporting.report import RunReport, make_run_report
from mge_toolkit.reporting.report.page import html_page
from tests.reporting import example_run as example
from tests.reporting.report.support import (
    Node,
    failed,
    read_page,
    report_of,
    section_of,
)
from tests.reporting.samples import make_attempt, make_failure, make_result, stream


def page_of(*runs: RunReport) -> Node:
    return read_page(html_page(runs, "1.0"))


@pytest.fixture(scope="module")
def page() -> Node:
    run = example.run_example()
    return page_of(make_run_report(run, example.example_plan(), status=run.exit_status))


def test_nothing_is_let_in_but_the_pages_own_style(page: Node) -> None:
    (policy,) = (
        node.attributes["content"] or ""
        for node in page.all("meta")
        if node.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    (style,) = page.all("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"url\(|@import|expression", style.text)
    loading = {"src", "srcset", "style", "data", "action", "background", "xlink:href"}
    assert not [node for node in page.all() if loading & node.attributes.keys()]
    assert {(node.attributes["href"] or "")[0] for node in page.all() if "href" in node.attributes} == {"#"}


def test_every_link_leads_somewhere_and_every_part_has_a_name(page: Node) -> None:
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    assert {(node.attributes["href"] or "")[1:] for node in page.all("a")} <= set(ids)
    assert {node.attributes["aria-labelledby"] for node in page.all("section")} <= set(ids)
    for picture in page.all("svg"):
        named = picture.attributes.get("role") == "img" and picture.attributes.get("aria-label")
        assert named or picture.attributes.get("aria-hidden") == "true"
    (root,) = page.all("html")
    assert root.attributes["lang"] == "en"


def test_the_parts_come_worst_first(page: Node) -> None:
    assert [part.attributes["aria-labelledby"] for part in page.all("section")] == [
        f"run0-{name}"
        for name in (
            *("patterns", "error", "failed", "skipped", "flaky", "healed", "held-up"),
            *("waves", "groups", "slowest", "repair", "isolation", "all"),
        )
    ]


def test_a_few_failures_are_open_and_what_passed_is_not(page: Node) -> None:
    opened = {
        name: ["open" in d.attributes for d in section_of(page, name).all("details")]
        for name in ("failed", "healed")
    }
    assert opened == {"failed": [True] * 3, "healed": [False]}


def test_the_waves_are_drawn_with_a_bar_for_each_execution(page: Node) -> None:
    pictures = [node for node in section_of(page, "waves").all("svg") if "viewbox" in node.attributes]
    bars = [bar for picture in pictures for bar in picture.all("rect") if list(bar.all("title"))]
    assert len(bars) == example.EXECUTIONS + 2
    tones = [bar.attributes["class"] for bar in bars]
    assert {tone: tones.count(tone) for tone in sorted(set(tones), key=str)} == {
        "failed": 6,  # of supplier, coupon and shipping, and the three of total
        "mended": 2,
        "passed": 4,
        "retried": 2,
        "tried": 2,  # a candidate for basket, and the own code of currency once more
    }
    for bar in bars:
        left, width = (float(bar.attributes[name] or "") for name in ("x", "width"))
        assert 0 <= left <= left + width <= 1000.001


def test_an_atom_is_shown_with_its_attempts() -> None:
    refused = Trial(
        code="",
        source="guesser",
        explanation="returned 4",
        failure=None,
        refusal="returns the expected value",
    )
    decided = RetryDecision(strategy=Strategy.FIX, confidence=0.75, reason="retry 1 of 3")
    first = make_attempt(
        make_failure(message="not 4\nmore of it", culprit="a", position=None, line=1, hint="add one"),
        code="x = 3\n",
        stdout=stream("counted\n"),
    )
    second = make_attempt(None, code="x = 4\n", number=2, source="fixer")
    healed = make_result(
        "a", Outcome.PASSED, *(replace(first, decision=decided), replace(second, trials=(refused,)))
    )
    (item,) = section_of(page_of(report_of(healed, status=0)), "healed").all("details")
    for words in (
        "✚ healed",
        "by fixer (100% sure), 2 attempts",
        "runtime/assertion: not 4",
        "    more of it",
        "hint: add one",
        "decided: fix (75%): retry 1 of 3",
        "stdout (8 B):",
        "    counted",
        "Attempt 2 by fixer: passed",
        "-x = 3",
        "+x = 4",
        "guesser: returned 4: refused: returns the expected value",
        "used: 0.25 s wall",
    ):
        assert words in item.text, words
    classes = {span.text: span.attributes.get("class") for span in item.all("span")}
    assert (classes["-x = 3"], classes["+x = 4"]) == ("del", "add")


def test_what_was_not_executed_is_marked() -> None:
    cached = make_result("a", Outcome.FAILED, make_attempt(make_failure()), origin=Origin.RESUMED)
    page = page_of(report_of(cached))
    assert "resumed" in section_of(page, "failed").text
    assert "failed (resumed)" in section_of(page, "all").text
    assert not list(section_of(page, "waves").all("rect"))[1:]


def test_many_failures_fold_away_and_those_shown_stand_for_every_pattern() -> None:
    many = [failed(f"a{n}", "the same", component="c") for n in range(400)]
    rare = [failed(f"rare{n}", f"kind {word}") for n, word in enumerate(("one", "two", "three"))]
    report = report_of(*many, *rare)
    shown = {view.atom_id for view in report.views}
    assert {"rare0", "rare1", "rare2", "a0"} <= shown
    assert len(shown) == 250
    section = section_of(page_of(report), "failed")
    assert "Failed: 403" in section.text
    ids = [node.text for node in section.all("strong")]
    assert sorted(ids) == sorted(found.atom_id for found in (*many, *rare))
    assert "153 more in short" in section.text


def test_ten_thousand_atoms_give_a_page_of_a_few_megabytes() -> None:
    noise = stream("x" * 300_000)
    broken = [
        make_result(f"bad{n}", Outcome.FAILED, make_attempt(make_failure(culprit=f"bad{n}"), stdout=noise))
        for n in range(1000)
    ]
    good = [make_result(f"good{n}", Outcome.PASSED, make_attempt()) for n in range(9500)]
    text = html_page([report_of(*broken, *good)], "1.0")
    assert len(text) < 4_000_000
    page = read_page(text)
    assert "Failed: 1,000" in section_of(page, "failed").text
    assert "… and 500 more" in section_of(page, "all").text
    assert len(list(section_of(page, "waves").all("rect"))) < 1500


def test_several_runs_share_a_page() -> None:
    two = page_of(
        report_of(failed("a")), report_of(make_result("b", Outcome.PASSED, make_attempt()), status=0)
    )
    links = [node.attributes["href"] for node in two.all("a")][:2]
    assert links == ["#run0", "#run1"]
    assert next(two.all("title")).text == "shop: failed, shop: passed"
    assert len(list(two.all("article"))) == 2


def test_no_run_is_said_to_be_none() -> None:
    assert "No masterplan was run." in page_of().text


def test_an_empty_run_is_shown() -> None:
    text = page_of(report_of(status=0, waves=(), wall=0.0)).text
    assert "0 atoms in 0.0 ms: nothing ran" in text
