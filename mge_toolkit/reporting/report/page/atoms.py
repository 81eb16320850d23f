"""The atoms to look at, each with its attempts, and the table of all atoms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.report.content.records import AtomRow, AtomView, AttemptView, RunReport
from mge_toolkit.reporting.report.page.elements import Content, element, folded, section, table
from mge_toolkit.reporting.report.wording import amount, held_up

OPENED: Final = 3
"""Where no more atoms than this failed, they are open when the page is."""
AT_ONCE: Final = 12
"""How many atoms of a kind are listed before the others fold away."""
NAMED: Final = 12
LINES: Final = 500
"""How many atoms are named in a line each beyond those that are shown in full."""
_TITLES: Final = (
    ("error", "No verdict", "the sandbox failed under them"),
    ("failed", "Failed", ""),
    ("skipped", "Given up", "not critical: the run does not fail for them"),
    ("flaky", "Flaky", "failed, then passed unchanged"),
    ("healed", "Healed", "passed with code other than the plan's"),
)
_SYMBOLS: Final = {
    "passed": "✓ passed",
    "failed": "✗ failed",
    "error": "! error",
    "skipped": "– skipped",
    "blocked": "◌ blocked",
    "stopped": "■ stopped",
    "flaky": "≈ flaky",
    "healed": "✚ healed",
}
_BAD: Final = ("failed", "error")


def noteworthy_sections(run: RunReport, prefix: str) -> Iterable[Element]:
    """Return a section for each way of needing a look, with the atoms that do."""
    views = {view.atom_id: view for view in run.views}
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for one in run.figures["noteworthy"]:
        by_kind.setdefault(_kind(one), []).append(one)
    for kind, title, note in _TITLES:
        found = by_kind.get(kind, [])
        if found:
            yield section(
                f"{title}: {len(found):,}",
                *_atoms(found, kind, views, run.figures["run_id"]),
                anchor=f"{prefix}{kind}",
                note=note,
            )
    reasons = held_up(run.figures)
    if reasons:
        yield _held_up(reasons, prefix)


def all_atoms(run: RunReport, prefix: str) -> Element:
    """Return the table of all atoms, closed."""
    total = run.figures["counts"]["total"]
    left = total - len(run.rows)
    rows = (_row(row) for row in run.rows)
    heads = ("atom", "group", "outcome", "wave", "attempts", "time")
    return section(
        "All atoms",
        folded(
            amount(total, "atom"),
            table("Every atom in the plan's order.", heads, rows, numbers=3),
            element("p", f"… and {left:,} more: the records have all (mge show)") if left else None,
            class_="all",
        ),
        anchor=f"{prefix}all",
    )


def outcome_tag(outcome: str) -> Element:
    """Return an outcome as a word with a symbol: colour says nothing alone."""
    kind = "tag bad" if outcome in _BAD else "tag"
    return element("span", _SYMBOLS[outcome], class_=kind)


def _kind(one: Mapping[str, Any]) -> str:
    if one["outcome"] != "passed":
        return str(one["outcome"])
    return "flaky" if one["flaky"] else "healed"


def _atoms(
    found: Sequence[Mapping[str, Any]], kind: str, views: Mapping[str, AtomView], run_id: str
) -> Iterable[Element]:
    opened = len(found) <= OPENED and kind in _BAD
    shown = [
        folded(_title(one, kind), *_view(views[one["id"]]), opened=opened)
        for one in found
        if one["id"] in views
    ]
    yield from shown[:AT_ONCE]
    if len(shown) > AT_ONCE:
        yield folded(f"{len(shown) - AT_ONCE:,} more", *shown[AT_ONCE:], class_="more")
    rest = [one for one in found if one["id"] not in views]
    if rest:
        lines = (element("li", _title(one, kind)) for one in rest[:LINES])
        left = len(rest) - LINES
        yield folded(
            f"{len(rest):,} more in short: 'mge show {run_id} --atom ATOM' tells the rest of each",
            element("ul", *lines, element("li", f"… and {left:,} more") if left > 0 else None),
            class_="more",
        )


def _title(one: Mapping[str, Any], kind: str) -> Element:
    """Return an atom's line: what became of it, where it stands, and what it says."""
    facts = [".".join(part for part in (one["component"], one["module"]) if part)]
    facts.append(f"{one['file']}:{one['line']}")
    if kind == "healed":
        facts.append(f"by {one['source']} ({one['confidence']:.0%} sure)")
    if one["attempts"] > 1:
        facts.append(amount(one["attempts"], "attempt"))
    if one["origin"] != "executed":
        facts.append(one["origin"])
    return element(
        "span",
        outcome_tag(kind),
        element("strong", one["id"], class_="id"),
        element("span", f" {', '.join(filter(None, facts))}", class_="soft"),
        element("br"),
        element("code", one["message"]),
    )


def _view(view: AtomView) -> Iterable[Content]:
    if view.evidence:
        yield _lines(view.evidence)
    alone = len(view.attempts) == 1
    for place, attempt in enumerate(view.attempts):
        if place == 1 and view.attempts_left_out:
            yield element("p", f"… {amount(view.attempts_left_out, 'attempt')} left out", class_="soft")
        yield _attempt(attempt, alone=alone)


def _attempt(attempt: AttemptView, *, alone: bool) -> Element:
    """Return an attempt; what one that stands ``alone`` says in one line is said by its atom's line already."""
    head = f"Attempt {attempt.number} by {attempt.source}: {attempt.state}"
    return element(
        "div",
        element("h3", head),
        element("p", attempt.explanation, class_="said") if attempt.explanation else None,
        _labelled("changed", attempt.diff),
        None if alone and len(attempt.message) == 1 else _said(attempt.message),
        _labelled("where", attempt.code),
        _labelled("wrote", attempt.output),
        _labelled("candidates of this round", attempt.candidates),
        element("ul", *(element("li", fact) for fact in attempt.facts), class_="facts"),
        class_="attempt",
    )


def _said(message: Sequence[str]) -> Element | None:
    """Return a failure's message, a line of it as text."""
    if len(message) > 1:
        return _lines(message)
    return element("p", element("code", *message), class_="said") if message else None


def _labelled(label: str, lines: Sequence[str]) -> Element | None:
    if not lines:
        return None
    return element("div", element("span", label, class_="soft"), _lines(lines))


def _lines(lines: Sequence[str]) -> Element:
    return element("pre", *(_line(line) for line in lines), tabindex="0")


def _line(line: str) -> Element:
    if line.startswith(">"):
        return element("span", line, class_="here")
    if line.startswith("+") and not line.startswith("+++ "):
        return element("span", line, class_="add")
    if line.startswith("-") and not line.startswith("--- "):
        return element("span", line, class_="del")
    return element("span", line)


def _held_up(reasons: Mapping[tuple[str, str], Sequence[str]], prefix: str) -> Element:
    rows = []
    for (outcome, reason), atoms in list(reasons.items())[:LINES]:
        more = f" and {len(atoms) - NAMED:,} more" if len(atoms) > NAMED else ""
        names = element("code", ", ".join(atoms[:NAMED]))
        rows.append((outcome_tag(outcome), element("span", names, more), reason, f"{len(atoms):,}"))
    heads = ("outcome", "atoms", "why", "number")
    shown = table("Atoms that were held up, by what held them up.", heads, rows, 1)
    if len(rows) > AT_ONCE:
        shown = folded(f"{len(reasons):,} reasons", shown, class_="more")
    return section(f"Not run: {sum(map(len, reasons.values())):,}", shown, anchor=f"{prefix}held-up")


def _row(row: AtomRow) -> tuple[Content, ...]:
    return (
        row.atom_id,
        row.group,
        f"{row.outcome}{f' ({row.note})' * bool(row.note)}",
        str(row.wave),
        str(row.attempts),
        seconds_text(row.seconds) if row.attempts else "–",
    )
