"""Elements of a page. Markup is a tree, never text, so that no text in it can become markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

from mge_toolkit.reporting.report.escaping import clean

Content: TypeAlias = Element | str | None
"""What an element may hold; ``None`` is nothing."""


def element(tag: str, *content: Content, **attributes: str | float) -> Element:
    """Return an element; ``class_`` and ``aria_label`` are the attributes ``class`` and ``aria-label``."""
    made = Element(tag, {_attribute(name): _value(value) for name, value in attributes.items()})
    last: Element | None = None
    for part in content:
        if isinstance(part, str):
            if last is None:
                made.text = (made.text or "") + clean(part)
            else:
                last.tail = (last.tail or "") + clean(part)
        elif part is not None:
            made.append(part)
            last = part
    return made


def section(title: str, *content: Content, anchor: str, note: str = "") -> Element:
    """Return a part of the page under a heading that can be linked to."""
    heading = element("h2", title, element("small", f" {note}") if note else None, id=anchor)
    return element("section", heading, *content, aria_labelledby=anchor)


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[Content]], numbers: int = 0) -> Element:
    """Return a table whose first column names the rows; its last ``numbers`` columns are figures."""
    names = list(heads)
    made = element("table", element("caption", caption))
    top = SubElement(SubElement(made, "thead"), "tr")
    for place, name in enumerate(names):
        figure = {"class_": "n"} if place >= len(names) - numbers else {}
        top.append(element("th", name, scope="col", **figure))
    body = SubElement(made, "tbody")
    for row in rows:
        line = SubElement(body, "tr")
        for place, value in enumerate(row):
            figure = {"class_": "n"} if place >= len(names) - numbers else {}
            line.append(element("td", value, **figure) if place else element("th", value, scope="row"))
    return element("div", made, class_="wide", tabindex="0", role="region", aria_label=caption)


def folded(summary: Content, *content: Content, opened: bool = False, **attributes: str) -> Element:
    """Return what a reader can open and close, without a script."""
    made = element("details", element("summary", summary), *content, **attributes)
    if opened:
        made.set("open", "")
    return made


def html_text(root: Element) -> str:
    """Return the tree as an HTML document."""
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-") if name != "viewBox" else name


def _value(value: str | float) -> str:
    return clean(value) if isinstance(value, str) else f"{value:.6g}"
