"""What programs wrote stays text: in code spans, in elements, in JSON."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.reporting.report import make_run_report
from mge_toolkit.reporting.report.escaping import CUT_AT, cell, clean, clean_values, code_span, first_line
from mge_toolkit.reporting.report.markdown import markdown_summary
from mge_toolkit.reporting.report.page import html_page
from mge_toolkit.reporting.report.page.elements import element, html_text
from tests.reporting.report.support import HOSTILE, hostile_run, read_page, section_of

TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Cn", "Ll"])),
    st.text(alphabet="`|\\<>&\"' \n@#[]()*_a"),
)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def spans(line: str) -> list[str]:
    """Return what is between the code spans of a line of Markdown and in them, by turns (CommonMark, 6.1)."""
    parts: list[str] = []
    rest = line
    while True:
        opening = re.search("`+", rest)
        if opening is None:
            return [*parts, rest]
        fence = opening.group()
        closing = re.search(f"(?<!`){fence}(?!`)", rest[opening.end() :])
        assert closing is not None, f"a fence that nothing closes: {line!r}"
        inside = rest[opening.end() : opening.end() + closing.start()]
        if inside.startswith(" ") and inside.endswith(" ") and inside.strip(" "):
            inside = inside[1:-1]
        parts += [rest[: opening.start()], inside]
        rest = rest[opening.end() + closing.end() :]


@given(TEXTS)
def test_clean_text_drives_nothing_and_can_be_encoded(text: str) -> None:
    found = clean(text)
    assert CONTROLS.search(found) is None
    found.encode()
    assert clean(found) == found
    if CONTROLS.search(text) is None:
        assert found == text or set(text) & set("\u2028\u2029") or re.search("[\ufdd0-\ufdef]", text)


@given(TEXTS)
def test_a_code_span_is_one_span_with_the_text(text: str) -> None:
    found = code_span(text)
    assert "\n" not in found
    expected = " ".join(clean(text).split())
    if expected:
        assert spans(found) == ["", expected, ""]
    else:
        assert found == ""


@given(st.lists(TEXTS, min_size=2, max_size=4))
def test_spans_beside_one_another_do_not_meet(texts: list[str]) -> None:
    found = spans(" and ".join(code_span(f"x{text}") for text in texts))
    assert found[::2] == ["", *[" and "] * (len(texts) - 1), ""]


@given(TEXTS)
def test_no_bar_ends_a_cell(text: str) -> None:
    assert re.search(r"(?<!\\)\|", cell(text)) is None
    assert cell(text).replace("\\|", "|") == code_span(text)


@given(TEXTS)
def test_a_first_line_is_short_and_one(text: str) -> None:
    found = first_line(text)
    assert len(found) <= CUT_AT
    assert len(found.splitlines()) <= 1
    assert bool(found) is bool(clean(text).strip())


@given(TEXTS, TEXTS)
def test_an_element_holds_text_and_nothing_else(text: str, value: str) -> None:
    page = html_text(element("p", text, element("b", text), text, title=value))
    (paragraph,) = read_page(page).all("p")
    (bold,) = paragraph.all("b")
    assert paragraph.text == clean(text) * 3
    assert bold.text == clean(text)
    assert paragraph.attributes == {"title": clean(value)}


def test_values_are_cleaned_at_any_depth() -> None:
    values = {"a\x1b": ["\ud800", {"b": ("\x00", 1, None, 0.5, True)}]}
    assert clean_values(values) == {"a\\x1b": ["\\ud800", {"b": ["\\x00", 1, None, 0.5, True]}]}


def test_a_hostile_run_is_only_text_on_the_page() -> None:
    run, plan = hostile_run()
    report = make_run_report(run, plan, status=1)
    text = html_page([report], "1.0")
    text.encode()
    page = read_page(text)
    assert not list(page.all("script"))
    assert not list(page.all("img"))
    assert [node.attributes["href"] for node in page.all("a")] == [
        f"#run0-{anchor}"
        for anchor in (
            "patterns",
            "error",
            "failed",
            "held-up",
            "waves",
            "groups",
            "slowest",
            "repair",
            "isolation",
            "all",
        )
    ]
    assert not [name for node in page.all() for name in node.attributes if name.startswith("on")]
    assert next(page.all("title")).text == f"{clean(HOSTILE)}: failed"
    for part in ("failed", "error", "held-up", "all"):
        assert clean(HOSTILE)[:120] in section_of(page, part).text
    assert CONTROLS.search(page.text) is None


def test_a_hostile_run_is_only_code_in_the_markdown() -> None:
    run, plan = hostile_run()
    text = markdown_summary([make_run_report(run, plan, status=1)])
    text.encode()
    outside = [part for line in text.splitlines() for part in spans(line.replace("\\|", "|"))[::2]]
    for sign in ("script", "evil", "@", "owner/repo", "alert", "[x]", "**", "\x1b", "&"):
        assert not [part for part in outside if sign in part], sign
    assert set(re.findall("<[^>]*>", " ".join(outside))) == {
        "<details>",
        "<summary>",
        "</summary>",
        "</details>",
    }
    assert text.count("team") > 10


@pytest.mark.parametrize("text", ["", " ", "\n", "\x00", "\ud800", "`", "|", "x" * 10_000])
def test_any_text_can_stand_anywhere(text: str) -> None:
    run, plan = hostile_run(text)
    report = make_run_report(run, plan, status=1)
    read_page(html_page([report], "1.0"))
    markdown_summary([report]).encode()
    json.dumps(report.to_data()).encode()
