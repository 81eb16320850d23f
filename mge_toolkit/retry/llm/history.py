"""Tell a language model what was tried on an atom before, and why it failed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Attempt, Failure, Trial
from mge_toolkit.retry.llm.redact import Redactor
from mge_toolkit.retry.llm.texts import head, tagged

SOURCE: Final = "claude"

_ATTEMPTS: Final = 8
_TRIALS: Final = 4
_DIFF_LIMIT: Final = 6_000
_DIFF_LINES: Final = 800
_REASON_LIMIT: Final = 600


def told_attempts(case: RepairCase, redactor: Redactor) -> str:
    """Return the attempts before the last one, and the model's own proposals of the last one's round."""
    return "\n\n".join(_told(case, redactor))


def _told(case: RepairCase, redactor: Redactor) -> Iterator[str]:
    attempts = case.attempts
    start = max(0, len(attempts) - _ATTEMPTS)
    if start:
        yield f"[… {start} attempts before these]"
    for number in range(start, len(attempts)):
        attempt = attempts[number]
        before = attempts[number - 1].code if number else None
        last = number == len(attempts) - 1
        if number or not last:
            yield _attempt(attempt, before, last, redactor)
        yield from (_trial(trial, before or attempt.code, redactor) for trial in _own_trials(attempt))


def _attempt(attempt: Attempt, before: str | None, last: bool, redactor: Redactor) -> str:
    by = "the plan's own code" if before is None else f"by {attempt.source}"
    said = f": {head(attempt.explanation, _REASON_LIMIT)}" if attempt.explanation else ""
    lines = [f"Attempt {attempt.number}, {by}{said}"]
    if before is not None:
        lines.append(tagged("diff", difference(before, attempt.code)))
    lines.append("It failed as told below." if last else f"It failed: {_why(attempt.failure, redactor)}")
    return "\n".join(lines)


def _own_trials(attempt: Attempt) -> list[Trial]:
    """Return the model's proposals that were not taken on.

    Those of other fixers are left out: how many of them were tried depends on the time there was, and with them no
    question would be the same in the next run.
    """
    own = [trial for trial in attempt.trials if trial.source == SOURCE and trial.code != attempt.code]
    return own[:_TRIALS]


def _trial(trial: Trial, before: str, redactor: Redactor) -> str:
    refused = trial.refusal is not None
    why = f"It was refused: {trial.refusal}" if refused else f"It failed: {_why(trial.failure, redactor)}"
    return "\n".join(
        [
            f"Tried besides, by {trial.source}: {head(trial.explanation, _REASON_LIMIT)}",
            tagged("diff", difference(before, trial.code)),
            why,
        ]
    )


def _why(failure: Failure | None, redactor: Redactor) -> str:
    if failure is None:
        return "it is not known why"
    where = "" if failure.line is None else f" (in the {failure.role}, line {failure.line})"
    message = redactor.clean_traceback(failure.message[: 4 * _REASON_LIMIT])
    return f"{failure.category}/{failure.kind}{where}: {head(message, _REASON_LIMIT)}"


def difference(before: str, after: str) -> str:
    """Return a unified diff; of long texts, whose comparison would take long, only that they differ."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _DIFF_LINES or max(len(before), len(after)) > 20 * _DIFF_LIMIT:
        return f"({len(old)} lines became {len(new)}: too long to compare)"
    diff = difflib.unified_diff(old, new, "before", "after", lineterm="", n=2)
    return head("\n".join(diff), _DIFF_LIMIT)
