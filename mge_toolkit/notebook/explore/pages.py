"""What there is to say about one atom, as HTML: where it failed, what was tried, what it printed, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mge_toolkit.core.plans import UNSET, Atom, Source
from mge_toolkit.core.results import Attempt, ExecutionResult, Origin, Protection, Role
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.pictures.pages import (
    Markup,
    chip,
    code_block,
    facts,
    page,
    paragraph,
    plain_block,
    side_by_side,
    table,
)
from mge_toolkit.notebook.pictures.scene import content
from mge_toolkit.plots.palette import Status, status_of
from mge_toolkit.reporting.failures import (
    flag_notes,
    isolation_text,
    label,
    limits_text,
    output_sections,
    seconds_text,
    usage_text,
)
from mge_toolkit.reporting.repair import spending_text


def headline_html(atom: Atom, found: ExecutionResult) -> str:
    """Return the atom's name, its status and why it did not pass."""
    group = ".".join(part for part in (atom.component, atom.module) if part)
    name = f"{atom.id} ({group})" if group else atom.id
    told = [f"wave {found.wave}", f"{len(found.attempts)} attempt{'s' * (len(found.attempts) != 1)}"]
    told.append(seconds_text(found.duration))
    if found.origin is not Origin.EXECUTED:
        told.append(f"{found.origin.value} from run {found.origin_run}")
    why = ""
    failure = found.failure
    if failure is not None:
        why = paragraph(
            f"{label(failure)}: {failure.message.splitlines()[0] if failure.message else ''}", "bad-text"
        )
    elif found.reason:
        why = paragraph(found.reason, "bad-text")
    title = Markup(f"{chip(status_of(found))} <b>{content(name)}</b> {content(' · '.join(told))}")
    return f"<div>{title.html}</div>{why}"


def code_html(atom: Atom, attempt: Attempt | None) -> str:
    """Return the code that ran, with the line that failed, and what it is checked by."""
    failure = None if attempt is None else attempt.failure
    here = failure is not None and failure.culprit == atom.id
    text = atom.code.text if attempt is None else attempt.code
    first = _first_line(atom.code) if text == atom.code.text else 1

    def bad(role: Role) -> int | None:
        return failure.line if failure is not None and here and failure.role is role else None

    parts = [code_block(text, first=first, bad=bad(Role.CODE))]
    if atom.check is not None:
        parts += [
            "<h4>check</h4>",
            code_block(atom.check.text, first=_first_line(atom.check), bad=bad(Role.CHECK)),
        ]
    if atom.expect is not None:
        parts.append(facts([("expected", _expected(atom))]))
    if failure is not None:
        place = f"{failure.position}" if failure.position is not None else ""
        rows = [("failed at", place), ("cause", failure.cause or ""), ("hint", failure.hint or "")]
        if not here:
            rows.append(("in the code of", failure.culprit))
        parts.append(facts(rows))
    return "".join(parts)


def attempts_html(atom: Atom, attempts: Sequence[Attempt], left: int, right: int) -> str:
    """Return every attempt in a line, and two of them side by side."""
    rows = [
        (
            str(attempt.number),
            attempt.source,
            Markup(chip(Status.PASSED if attempt.failure is None else Status.FAILED)),
            "" if attempt.failure is None else f"{label(attempt.failure)}: {attempt.failure.message[:200]}",
            attempt.explanation or "",
            "" if attempt.source == "plan" else f"{attempt.confidence:.0%}",
            _decided(attempt),
            seconds_text(attempt.execution.usage.wall),
        )
        for attempt in attempts
    ]
    head = ("", "by", "ended", "why", "what was changed", "sure", "then decided", "time")
    shown = table(head, rows, numbers=(0, 5, 7))
    by_number = {attempt.number: attempt for attempt in attempts}
    if left in by_number and right in by_number and left != right:
        one, other = by_number[left], by_number[right]
        shown += side_by_side(
            one.code, other.code, f"attempt {left} by {one.source}", f"attempt {right} by {other.source}"
        )
    return shown


def output_html(attempt: Attempt | None) -> str:
    """Return what the attempt wrote, its result, and its traceback."""
    if attempt is None:
        return paragraph("the atom was not run", "note")
    execution = attempt.execution
    parts = [plain_block("\n".join(output_sections(attempt)).rstrip())] if output_sections(attempt) else []
    if execution.result is not None:
        value = execution.result
        parts.append(facts([("result", value.repr if value.repr is not None else repr(value.json))]))
    if execution.raised is not None and execution.raised.traceback:
        parts += ["<h4>traceback</h4>", plain_block(execution.raised.traceback)]
    return "".join(parts) or paragraph("the atom printed nothing and bound no result", "note")


def facts_html(atom: Atom, found: ExecutionResult) -> str:
    """Return what the atom used, what it may use, how it was isolated and what it cost."""
    last = found.attempts[-1] if found.attempts else None
    rows: list[tuple[str, str | Markup]] = [
        ("described as", atom.description or ""),
        ("language", atom.language),
        ("needs", ", ".join(atom.predecessors)),
        ("limits", limits_text(atom.limits)),
        ("network", atom.network.value),
    ]
    if last is not None:
        execution = last.execution
        isolation = execution.isolation
        rows += [
            ("used", usage_text(execution.usage)),
            ("isolation", isolation_text(isolation)),
            ("held by", _mechanisms(isolation.mechanisms)),
            ("missing", _mechanisms(isolation.missing)),
            ("notes", "; ".join(flag_notes(last))),
        ]
    rows.append(("language model", spending_text(found.spending) if found.spending.usd != 0 else "not asked"))
    rows += [("the sandbox failed", text) for text in dict.fromkeys(found.evidence)]
    return facts(rows)


def atom_html(atom: Atom, found: ExecutionResult, run: RunResult | None = None) -> str:
    """Return the whole page of an atom as it stands where no widgets are shown."""
    last = found.attempts[-1] if found.attempts else None
    parts = [headline_html(atom, found), code_html(atom, last)]
    if len(found.attempts) > 1:
        parts += ["<h4>attempts</h4>", attempts_html(atom, found.attempts, 1, len(found.attempts))]
    parts += ["<h4>output</h4>", output_html(last), "<h4>facts</h4>", facts_html(atom, found)]
    if run is not None and len(run.results) > 1:
        parts += ["<h4>ran with it</h4>", others_html(run, atom.id)]
    return page(*parts)


def others_html(run: RunResult, atom_id: str) -> str:
    """Return the other atoms of a run in a line each."""
    rows = [
        (
            name,
            Markup(chip(status_of(found))),
            seconds_text(found.duration),
            (found.reason or "").split("\n", 1)[0],
        )
        for name, found in run.results.items()
        if name != atom_id
    ]
    more = f"and {len(rows) - 30:,} more" if len(rows) > 30 else ""
    return table(("atom", "ended", "time", ""), rows[:30], numbers=(2,), note=more)


def _first_line(source: Source) -> int:
    return source.line if source.exact else 1


def _decided(attempt: Attempt) -> str:
    decided = attempt.decision
    if decided is None:
        return ""
    return (
        f"{decided.strategy.value} ({decided.confidence:.0%} sure): {decided.reason.replace('--mge-', '--')}"
    )


def _mechanisms(found: Mapping[Protection, str]) -> str:
    return "; ".join(f"{protection.value}: {text}" for protection, text in found.items())


def _expected(atom: Atom) -> str:
    expect = atom.expect
    if expect is None:
        return ""
    parts = [] if expect.result is UNSET else [f"result {expect.result!r}"]
    parts += [f"stdout {expect.stdout!r}"] if expect.stdout is not None else []
    parts += [f"raises {expect.raises.type}"] if expect.raises is not None else []
    return ", ".join(parts)
