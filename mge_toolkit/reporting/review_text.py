"""A review item as lines for a terminal: what it is about, what failed, what is proposed, what it must satisfy."""

from __future__ import annotations

import json
from typing import Final

from mge_toolkit.reporting.failures import printable
from mge_toolkit.reporting.repair import spending_text, visible
from mge_toolkit.reporting.review import NOTHING_SPENT, ReviewFailure, ReviewItem

CODE_LINES: Final = 60
"""How many lines of code or of a diff are shown before the rest is only counted."""


def review_name(item: ReviewItem) -> str:
    """Return the atom with its group: ``gross (catalog.pricing)``."""
    group = ".".join(part for part in (item.component, item.module) if part)
    return f"{item.atom_id} ({group})" if group else item.atom_id


def review_title(item: ReviewItem) -> str:
    """Return the item in one line: ``doubtful  gross (catalog.pricing): healed, but by a guess …``."""
    state = "" if item.proposed is None or item.passed else "; what is proposed does not pass"
    if item.refusal is not None:
        # The reason of what was left to a person mostly says it already.
        said = _first(item.refusal)
        state = "" if said in item.reason else f"; what is proposed passed, but was refused: it {said}"
    return f"{item.why.value:8}  {review_name(item)}: {_first(item.reason)}{state}"


def review_lines(item: ReviewItem) -> list[str]:
    """Return all there is to say about an item, harmless for a terminal."""
    parts = (
        [f"{item.file}:{item.line}, {item.language}, {item.outcome}: {_first(item.reason)}"],
        _described(item),
        _failure_lines("the plan's code failed", item.failure),
        _proposal_lines(item),
        _failure_lines("the proposed code failed", item.proposed_failure),
        _code("code", item.original) if item.proposed is None else [],
        _code("check", item.check) if item.check else [],
        _demands(item),
        _history(item),
    )
    lines: list[str] = []
    for part in parts:
        if part:
            lines += [*part, ""]
    return [printable(line) for line in lines[:-1]]


def _described(item: ReviewItem) -> list[str]:
    return [f"  {line}" for line in printable(item.description).splitlines()] if item.description else []


def _failure_lines(title: str, failure: ReviewFailure | None) -> list[str]:
    if failure is None:
        return []
    first, *rest = printable(failure.message).splitlines() or [""]
    lines = [f"{title} at {failure.where}: {failure.label}: {first}", *(f"    {line}" for line in rest)]
    lines += [f"cause: {printable(failure.cause)}"] if failure.cause else []
    lines += [f"hint: {printable(failure.hint)}"] if failure.hint else []
    return [*lines, *failure.excerpt, *filter(None, failure.output)]


def _proposal_lines(item: ReviewItem) -> list[str]:
    if item.proposed is None:
        return []
    sure = "" if item.confidence is None else f", confidence {item.confidence:.2f}"
    said = f": {_first(item.explanation)}" if item.explanation else ""
    state = "it passes" if item.passed else "it does not pass"
    if item.refusal is not None:
        state = f"it passes, but was refused: it {_first(item.refusal)}"
    return [
        f"proposed by {item.source or 'an unknown source'}{sure}{said}",
        f"{state}:",
        *_cut(list(item.diff)),
    ]


def _demands(item: ReviewItem) -> list[str]:
    lines = []
    if item.expect is not None:
        lines.append(f"expect: {_json(item.expect)}")
    if item.inputs is not None:
        lines.append(f"input: {_json(item.inputs)}")
    if item.dependencies:
        lines.append(f"needs: {', '.join(item.dependencies)}")
    return lines


def _history(item: ReviewItem) -> list[str]:
    lines = [] if len(item.attempts) < 2 else ["attempts:"]
    for attempt in item.attempts if lines else ():
        tried = f" (best of {attempt.trials})" if attempt.trials > 1 else ""
        ended = "passed" if attempt.failure is None else _first(attempt.failure)
        lines.append(f"  {attempt.number}  {attempt.source}{tried}: {ended}")
    return [*lines, f"spent: {spending_text(item.spending)}"] if item.spending != NOTHING_SPENT else lines


def _code(title: str, text: str) -> list[str]:
    numbered = [
        f"  {number:4} | {visible(line)}".rstrip()
        for number, line in enumerate(text.rstrip("\n").split("\n"), 1)
    ]
    return [f"{title}:", *_cut(numbered)]


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - CODE_LINES
    return lines if more <= 0 else [*lines[:CODE_LINES], f"... {more} more lines"]


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return printable(text if len(text) <= 200 else f"{text[:197]}...")


def _first(text: str | None) -> str:
    return next(iter(printable(text or "").splitlines()), "")
