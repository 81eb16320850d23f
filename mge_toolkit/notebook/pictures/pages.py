"""HTML of figures, tables, code and diffs. Every text is escaped here; what comes out can go into a page."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from mge_toolkit.notebook.pictures.scene import BAD_TEXT, ROLES, attribute, content, text_on
from mge_toolkit.plots.palette import ACCENT, FAINT, INK, MUTED, STATUS_COLOURS, Status
from mge_toolkit.reporting.report.escaping import NO_FORMULAS

SYMBOLS: Final = {
    Status.PASSED: "✓",
    Status.HEALED: "✚",
    Status.FLAKY: "≈",
    Status.FAILED: "✗",
    Status.ERROR: "!",
    Status.BLOCKED: "⊘",
    Status.SKIPPED: "–",
    Status.STOPPED: "□",
}
"""A sign beside each colour, for who does not see colours apart."""

# A notebook's own variables where it has them, else the colour of the text around.
_THEME: Final = {
    INK: "var(--jp-ui-font-color1,currentColor)",
    MUTED: "var(--jp-ui-font-color2,currentColor)",
    FAINT: "var(--jp-border-color2,#8884)",
    ACCENT: "var(--jp-brand-color1,#0b5394)",
    BAD_TEXT: "var(--jp-error-color1,#b2182b)",
    "#ffffff": "var(--jp-layout-color1,transparent)",
}
_ROLES: Final = "".join(
    f".mge .{name}{{fill:{_THEME[colour]}}}.mge .{name}-edge{{stroke:{_THEME[colour]}}}"
    for colour, name in ROLES.items()
)
STYLE: Final = (
    "<style>"
    ".mge{font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,inherit);"
    "overflow-x:auto}"
    ".mge svg text{font-family:var(--jp-ui-font-family,system-ui,sans-serif)}"
    f"{_ROLES}"
    ".mge svg rect[fill='#f2f4f6'],.mge svg path[fill='#f2f4f6']{fill:var(--jp-layout-color2,#8881)}"
    ".mge.mge table{border-collapse:collapse;font-size:12px;margin:4px 0}"
    ".mge.mge table th,.mge.mge table td{text-align:left;padding:2px 10px 2px 0;vertical-align:baseline;border:0;"
    "border-bottom:1px solid var(--jp-border-color2,#8883);white-space:normal;max-width:60ch;"
    "overflow-wrap:break-word}"
    ".mge.mge table th{font-weight:600}"
    ".mge.mge table td.n,.mge.mge table th.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".mge pre{font:12px/1.5 var(--jp-code-font-family,monospace);margin:4px 0;padding:6px 8px;overflow:auto;"
    "max-height:420px;background:var(--jp-layout-color2,#8881);color:inherit}"
    ".mge pre span.l{display:block;min-height:1.5em;white-space:pre-wrap;overflow-wrap:anywhere}"
    ".mge pre span.l.bad{background:#b2182b33;box-shadow:inset 3px 0 #b2182b}"
    ".mge pre i{font-style:normal;opacity:.55;display:inline-block;min-width:3.2em;text-align:right;"
    "padding-right:1em;user-select:none}"
    ".mge .diff{display:grid;grid-template-columns:1fr 1fr;gap:8px}.mge .diff>div{min-width:0}"
    ".mge pre span.del{background:#b2182b2e}.mge pre span.ins{background:#2b7bba3d}"
    ".mge pre span.gap{opacity:.45}"
    ".mge .chip{display:inline-block;padding:0 7px;border-radius:9px;border:1px solid #6b6b6b66;"
    "font-size:12px;line-height:18px;white-space:nowrap}"
    ".mge .note{color:var(--jp-ui-font-color2,inherit)}.mge h4{margin:8px 0 2px;font-size:13px}"
    ".mge .bad-text{color:var(--jp-error-color1,#b2182b)}"
    "</style>"
)


def page(*parts: str, styled: bool = True) -> str:
    """Return parts of HTML as one, dressed alike. The style can be left out where it stands nearby."""
    return f'{STYLE if styled else ""}<div class="mge {NO_FORMULAS}">{"".join(parts)}</div>'


def chip(status: Status, text: str | None = None) -> str:
    """Return a status as a small label: colour, sign and word."""
    colour = STATUS_COLOURS[status]
    return (
        f'<span class="chip" style="background:{colour};color:{text_on(colour)}">'
        f"{SYMBOLS[status]} {content(text or status.value)}</span>"
    )


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f'<div class="{kind}">{content(text)}</div>' if kind else f"<div>{content(text)}</div>"


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that is safe already, for a cell of a table."""

    html: str


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str | Markup]],
    *,
    numbers: Iterable[int] = (),
    note: str = "",
) -> str:
    """Return a table; ``numbers`` are the columns that stand to the right."""
    right = set(numbers)

    def cell(name: str, place: int, value: str | Markup) -> str:
        kind = ' class="n"' if place in right else ""
        return f"<{name}{kind}>{value.html if isinstance(value, Markup) else content(value)}</{name}>"

    heads = "".join(cell("th", place, text) for place, text in enumerate(head))
    body = "".join(
        f"<tr>{''.join(cell('td', place, value) for place, value in enumerate(row))}</tr>" for row in rows
    )
    after = paragraph(note, "note") if note else ""
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{after}"


def facts(rows: Iterable[tuple[str, str | Markup]]) -> str:
    """Return names and values, those without a value left out."""
    shown = [(name, value) for name, value in rows if isinstance(value, Markup) or value]
    return (
        "<table><tbody>"
        + "".join(
            f"<tr><th>{content(name)}</th>"
            f"<td>{value.html if isinstance(value, Markup) else content(value)}</td></tr>"
            for name, value in shown
        )
        + "</tbody></table>"
    )


def code_block(text: str, *, first: int = 1, bad: int | None = None) -> str:
    """Return numbered code; ``bad`` (from 1, in the text) is the line that failed."""
    lines = text.rstrip("\n").split("\n")
    shown = "".join(
        f'<span class="l{" bad" if number == bad else ""}"><i>{number + first - 1}</i>{content(line)}</span>'
        for number, line in enumerate(lines, 1)
    )
    return f"<pre>{shown}</pre>"


def plain_block(text: str) -> str:
    """Return text as it was written."""
    return f"<pre>{content(text)}</pre>"


def side_by_side(before: str, after: str, left: str, right: str, *, context: int = 4) -> str:
    """Return two texts beside one another with what differs marked; long equal parts are left out."""
    old, new = before.rstrip("\n").split("\n"), after.rstrip("\n").split("\n")
    columns: tuple[list[str], list[str]] = ([], [])
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context))
    for place, group in enumerate(groups):
        if place or group[0][1] or group[0][3]:
            for column in columns:
                column.append('<span class="l gap"><i>⋮</i></span>')
        for _, one, two, three, four in group:
            changed = old[one:two] != new[three:four]
            rows = max(two - one, four - three)
            columns[0].extend(_half(old[one:two], one + 1, rows, "del" if changed else ""))
            columns[1].extend(_half(new[three:four], three + 1, rows, "ins" if changed else ""))
    if not groups:
        return paragraph(f"{left} and {right} have the same code", "note")
    halves = "".join(
        f"<div><b>{content(title)}</b><pre>{''.join(column)}</pre></div>"
        for title, column in zip((left, right), columns, strict=True)
    )
    return f'<div class="diff">{halves}</div>'


def picture_tag(png: bytes, label: str, width: float) -> str:
    """Return a PNG as part of a page."""
    data = base64.b64encode(png).decode()
    return (
        f'<img alt="{attribute(label)}" width="{width:.0f}" style="max-width:100%;background:#ffffff" '
        f'src="data:image/png;base64,{data}">'
    )


def _half(lines: Sequence[str], first: int, rows: int, kind: str) -> list[str]:
    shown = [
        f'<span class="l {kind}"><i>{number}</i>{content(line)}</span>'
        for number, line in enumerate(lines, first)
    ]
    return shown + ['<span class="l"> </span>'] * (rows - len(shown))
