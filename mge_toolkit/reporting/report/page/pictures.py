"""The page's pictures, as SVG inside it: shares of outcomes, and waves over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

from mge_toolkit.core.runs import Counts
from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.report.content.records import Bar, Lane, Tone
from mge_toolkit.reporting.report.page.elements import element
from mge_toolkit.reporting.report.wording import rate_text

_WIDTH: Final = 1000
_ROW: Final = 10
_HIGHEST: Final = 96
_LOWEST: Final = 16
_THINNEST: Final = 1.5
_TICKS: Final = 5
_TREND: Final = 40
_LEGEND: Final = {
    Tone.PASSED: "passed",
    Tone.MENDED: "passed after a failure",
    Tone.RETRIED: "failed, and passed later",
    Tone.FAILED: "failed",
    Tone.TRIED: "repair trial",
}


def share_picture(counts: Mapping[str, Any]) -> Element:
    """Return a strip with the shares of passed, failed (or in error) and all other atoms."""
    total = counts["total"] or 1
    failed = counts["failed"] + counts["error"]
    parts = [("passed", counts["passed"]), ("failed", failed)]
    parts.append(("other", counts["total"] - counts["passed"] - failed))
    drawn, left = [], 0.0
    for tone, number in parts:
        if number:
            width = _WIDTH * number / total
            drawn.append(element("rect", class_=tone, x=left, y=0, width=width, height=9))
            left += width
    said = ", ".join(f"{number} {name}" for name, number in parts if number) or "nothing"
    return element(
        "svg",
        *drawn,
        class_="share",
        viewBox=f"0 0 {_WIDTH} 9",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )


def trend_picture(trend: Mapping[str, Any]) -> Element:
    """Return the success rates of earlier runs and of this one, a column each; no column where none is known."""
    rates = [one["success_rate"] for one in trend["earlier"]]
    rates.append(trend["success_rate"]["now"])
    drawn = []
    for place, rate in enumerate(rates):
        if rate is not None:
            tone = "passed" if place == len(rates) - 1 else "other"
            height = max(rate * _TREND, 1.0)
            drawn.append(
                element("rect", class_=tone, x=place * 14, y=_TREND - height, width=12, height=height)
            )
    width = 14 * len(rates)
    return element(
        "svg",
        *drawn,
        class_="trend",
        viewBox=f"0 0 {width} {_TREND}",
        width=width,
        height=_TREND,
        role="img",
        aria_label=f"success rates, oldest first: {', '.join(map(rate_text, rates))}",
    )


def lanes_picture(
    lanes: Sequence[Lane], span: float, waves: Sequence[Mapping[str, Any]]
) -> tuple[Element, Element]:
    """Return the lanes with their axis, and the legend of their colours."""
    counts = {f"wave {wave['number']}": wave["counts"] for wave in waves}
    parts: list[Element] = []
    for lane in lanes:
        said = _said(counts[lane.name]) if lane.name in counts else ""
        parts += [element("span", lane.name), _lane(lane, span, f"{lane.name}{said}")]
    ticks = (
        element("span", seconds_text(span * place / _TICKS) if place else "0 s")
        for place in range(_TICKS + 1)
    )
    axis = element("div", *ticks, class_="axis", aria_hidden="true")
    tones = {bar.tone for lane in lanes for bar in lane.bars}
    legend = element(
        "div",
        *(element("span", _key(tone), words) for tone, words in _LEGEND.items() if tone in tones),
        class_="legend",
    )
    return element("div", *parts, element("span"), axis, class_="lanes"), legend


def _lane(lane: Lane, span: float, said: str) -> Element:
    height = min(max(_ROW * lane.slots, _LOWEST), _HIGHEST)
    bars = (_bar(bar, lane, span, height) for bar in lane.bars)
    return element(
        "svg",
        *bars,
        viewBox=f"0 0 {_WIDTH} {height}",
        height=height,
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )


def _bar(bar: Bar, lane: Lane, span: float, height: float) -> Element:
    scale = _WIDTH / span if span else 0.0
    row = height / lane.slots
    gap = min(1.0, row / 5) if lane.exact else 0.0
    width = max((bar.end - bar.start) * scale - gap / 2, _THINNEST)
    return element(
        "rect",
        element("title", bar.title) if bar.title else None,
        class_=bar.tone.value,
        x=min(bar.start * scale, _WIDTH - width),
        y=height - (bar.base + bar.height) * row + gap / 2,
        width=width,
        height=max(bar.height * row - gap, 0.5),
    )


def _key(tone: Tone) -> Element:
    square = element("rect", class_=tone.value, x=0, y=0, width=12, height=12)
    return element("svg", square, class_="key", viewBox="0 0 12 12", aria_hidden="true")


def _said(counts: Mapping[str, Any]) -> str:
    names = (name for name in Counts.__dataclass_fields__ if counts.get(name))
    return f": {counts['total']} atoms, {', '.join(f'{counts[name]} {name}' for name in names)}"
