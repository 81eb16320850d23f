"""``summary.md``: a run in short, for the page of a CI job. Markdown as GitHub shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.report.content.records import RunReport
from mge_toolkit.reporting.report.escaping import cell, code_span
from mge_toolkit.reporting.report.wording import (
    amount,
    changes_of,
    cost_text,
    held_up,
    outcomes_text,
    rate_text,
    verdict_of,
)

SHOWN: Final = 20
SHORT: Final = 10
FEW: Final = 5
_MARKS: Final = {"passed": "✅", "failed": "❌"}
_COLUMNS: Final = ("passed", "failed", "error", "blocked", "skipped", "stopped")


def markdown_summary(runs: Sequence[RunReport]) -> str:
    """Return the document; what programs wrote stands in code spans, where nothing takes effect."""
    lines: list[str] = []
    for run in runs:
        lines += [*_run(run.figures), ""]
    return "\n".join(lines or ["No masterplan was run.", ""])


def _run(figures: Mapping[str, Any]) -> Iterator[str]:
    verdict = verdict_of(figures)
    yield f"## {_MARKS[verdict.word]} {code_span(figures['masterplan'])} {verdict.word}"
    yield ""
    yield f"{outcomes_text(figures)}."
    for remark in verdict.remarks:
        yield ""
        yield f"> {remark.lead} {code_span(remark.said)}" if remark.said else f"> {remark.lead}"
    yield ""
    yield from _figures_table(figures)
    yield from _changes(figures)
    yield from _atoms("Failed", "failed", figures)
    yield from _atoms("No verdict", "error", figures)
    yield from _atoms("Given up", "skipped", figures)
    yield from _held_up(figures)
    yield from _mended("Flaky", "flaky", figures)
    yield from _mended("Healed", "healed", figures)
    yield from _patterns(figures)
    yield from _slowest(figures)
    yield ""
    yield _footer(figures)


def _figures_table(figures: Mapping[str, Any]) -> Iterator[str]:
    counts, interval = figures["counts"], figures["success_interval"]
    heads = [name for name in _COLUMNS if counts[name] or name in ("passed", "failed")]
    among = [f"{counts[name]} {name}" for name in ("healed", "flaky") if counts[name]]
    values = [str(counts[name]) for name in heads]
    values[0] += f" ({', '.join(among)})" if among else ""
    rate = rate_text(counts["success_rate"])
    if interval is not None:
        rate += f" ({rate_text(interval[0])}–{rate_text(interval[1])})"
    heads += ["success rate (95 %)", "attempts", "time"]
    values += [rate, str(figures["executions"]["attempts"]), seconds_text(figures["wall"])]
    cost = cost_text(figures["spending"])
    if cost:
        heads.append("models")
        values.append(cost)
    yield f"| {' | '.join(heads)} |"
    yield f"|{' ---: |' * len(heads)}"
    yield f"| {' | '.join(values)} |"


def _atoms(title: str, outcome: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """List atoms with their place in the plan and the first line of what they said."""
    found = [one for one in figures["noteworthy"] if one["outcome"] == outcome]
    yield from _section(
        title,
        [
            f"{code_span(one['id'])} at {code_span(_place(one))}: {code_span(one['message']) or 'no message'}"
            for one in found
        ],
        SHOWN,
    )


def _held_up(figures: Mapping[str, Any]) -> Iterator[str]:
    reasons = held_up(figures)
    yield from _section(
        "Not run",
        [
            f"{amount(len(atoms), 'atom')} {outcome} ({_named(atoms)}): {code_span(reason)}"
            for (outcome, reason), atoms in reasons.items()
        ],
        SHORT,
        number=sum(map(len, reasons.values())),
    )


def _mended(title: str, key: str, figures: Mapping[str, Any]) -> Iterator[str]:
    found = [one for one in figures["noteworthy"] if one[key]]
    lines = []
    for one in found:
        by = "passed unchanged"
        if key == "healed":
            by = f"by {code_span(one['source'])} (confidence {one['confidence']:.0%})"
        lines.append(
            f"{code_span(one['id'])} at {code_span(_place(one))}, {by}, after {code_span(one['message'])}"
        )
    yield from _section(title, lines, SHORT)


def _patterns(figures: Mapping[str, Any]) -> Iterator[str]:
    """List what the failures of several atoms have in common; what one atom says stands above already."""
    patterns = [one for one in figures["errors"]["patterns"] if one["atoms"] > 1]
    lines = []
    for one in patterns:
        mended = f", {one['healed']} healed" if one["healed"] else ""
        mended += f", {one['flaky']} flaky" if one["flaky"] else ""
        lines.append(
            f"{amount(one['failures'], 'failure')} of {amount(one['atoms'], 'atom')}{mended}: "
            f"{code_span(one['message'])}, such as {_named(one['atom_ids'])}"
        )
    yield from _section("Patterns", lines, FEW)


def _changes(figures: Mapping[str, Any]) -> Iterator[str]:
    previous = figures["previous"]
    if previous is None:
        return
    yield ""
    yield f"### Since run {code_span(previous['run']['run_id'])} of {previous['run']['started_at'][:16]}"
    yield ""
    groups = changes_of(previous["changes"])
    for group in groups:
        atoms = [f"{code_span(one.atom_id)}{f' ({one.how})' * bool(one.how)}" for one in group.atoms[:SHORT]]
        more = f" and {len(group.atoms) - SHORT} more" if len(group.atoms) > SHORT else ""
        yield f"- {group.title}: {len(group.atoms)}: {', '.join(atoms)}{more}"
    if not groups:
        yield "No atom came out otherwise."


def _slowest(figures: Mapping[str, Any]) -> Iterator[str]:
    slowest = figures["slowest"][:FEW]
    if not slowest:
        return
    yield from ("", "<details><summary>Slowest atoms</summary>", "")
    yield from ("| atom | outcome | attempts | time |", "| --- | --- | ---: | ---: |")
    for one in slowest:
        yield (
            f"| {cell(one['atom_id'])} | {one['outcome']} | {one['attempts']} | "
            f"{seconds_text(one['seconds'])} |"
        )
    yield from ("", "</details>")


def _footer(figures: Mapping[str, Any]) -> str:
    isolation = figures["isolation"]
    return (
        f"Run {code_span(figures['run_id'])} of {code_span(figures['path'])}: "
        f"{amount(figures['slots'], 'slot')}, {figures['parallelism']:.2f} busy on average, "
        f"schedule {figures['schedule']}, isolation {isolation['level']} ({code_span(isolation['sandbox'])})."
    )


def _section(title: str, lines: Sequence[str], limit: int, number: int | None = None) -> Iterator[str]:
    if not lines:
        return
    yield from ("", f"### {title}: {len(lines) if number is None else number}", "")
    yield from (f"- {line}" for line in lines[:limit])
    if len(lines) > limit:
        yield f"- and {len(lines) - limit} more"


def _named(atoms: Iterable[str]) -> str:
    names = list(atoms)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(map(code_span, names[:3]))}{more}"


def _place(one: Mapping[str, Any]) -> str:
    return f"{one['file']}:{one['line']}"
