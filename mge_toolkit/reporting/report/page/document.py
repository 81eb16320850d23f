"""The whole page: a head that lets nothing in, and each run from its verdict to its isolation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from mge_toolkit.reporting.report.content.records import RunReport
from mge_toolkit.reporting.report.page.atoms import all_atoms, noteworthy_sections
from mge_toolkit.reporting.report.page.elements import element, html_text
from mge_toolkit.reporting.report.page.sections import (
    changes_section,
    groups_section,
    isolation_section,
    patterns_section,
    repair_section,
    run_figures,
    slowest_section,
    waves_section,
)
from mge_toolkit.reporting.report.page.style import POLICY, STYLE
from mge_toolkit.reporting.report.wording import outcomes_text, verdict_of

_SIGNS: Final = {"passed": "✓", "failed": "✗"}


def html_page(runs: Sequence[RunReport], version: str) -> str:
    """Return the page as text. ``version`` is the toolkit's."""
    parts = [_run(run, place) for place, run in enumerate(runs)]
    main = element("main", _overview(runs) if len(runs) > 1 else None, *parts)
    if not runs:
        main.append(element("h1", "No masterplan was run."))
    footer = element("footer", f"Written by MGE Toolkit {version}.")
    return html_text(element("html", _head(runs), element("body", main, footer), lang="en"))


def _head(runs: Sequence[RunReport]) -> Element:
    titles = [f"{run.figures['masterplan']}: {verdict_of(run.figures).word}" for run in runs]
    style = Element("style")
    style.text = STYLE
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", ", ".join(titles) or "No masterplan was run"),
        style,
    )


def _overview(runs: Iterable[RunReport]) -> Element:
    lines = (
        element(
            "li",
            element("a", run.figures["masterplan"], href=f"#run{place}"),
            f" {verdict_of(run.figures).word}: {outcomes_text(run.figures)}",
        )
        for place, run in enumerate(runs)
    )
    return element("ul", *lines, aria_label="Masterplans")


def _run(run: RunReport, place: int) -> Element:
    figures, prefix = run.figures, f"run{place}-"
    verdict = verdict_of(figures)
    sections = [
        changes_section(figures, prefix),
        patterns_section(figures, prefix),
        *noteworthy_sections(run, prefix),
        waves_section(run, prefix),
        groups_section(figures, prefix),
        slowest_section(figures, prefix),
        repair_section(figures, prefix),
        isolation_section(figures, prefix),
        all_atoms(run, prefix),
    ]
    shown = [found for found in sections if found is not None]
    kind = "good" if verdict.word == "passed" else "bad"
    sign = element("span", f"{_SIGNS[verdict.word]} {verdict.word}", class_=kind)
    said = f"{figures['path']}, run {figures['run_id']}, {figures['started_at'][:19].replace('T', ' ')} UTC"
    return element(
        "article",
        element("h1", sign, f" {figures['masterplan']}", id=f"run{place}"),
        element("p", outcomes_text(figures)),
        element("p", said, class_="soft"),
        *(
            element("p", remark.lead, " ", element("span", remark.said), class_="remark")
            for remark in verdict.remarks
        ),
        run_figures(figures),
        element("nav", *map(_link, shown), aria_label="Parts of this report"),
        *shown,
        class_="run",
    )


def _link(part: Element) -> Element:
    title = part[0].text or ""
    return element("a", title, href=f"#{part.get('aria-labelledby')}")
