"""Whether two failures are the same failure again: what differs from run to run does not count."""

from __future__ import annotations

import re
from typing import Final

from mge_toolkit.core.results import Attempt, Failure

_TEXT: Final = 2000
_MASKS: Final = (
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<id>"),
    (re.compile(r"\b0x[0-9a-fA-F]+"), "<address>"),
    (re.compile(r"(?:file:)?(?<![\w.])(?:/[\w.@+-]+){2,}/?"), "<path>"),
    (re.compile(r"(?<![\w.])-?\d+(?:[.,:]\d+)*(?:e[+-]?\d+)?", re.IGNORECASE), "<number>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b"), "<id>"),
    (re.compile(r"\s+"), " "),
)


def normalised(failure: Failure) -> str:
    """Return a text that is equal for failures that say the same: numbers, ids, addresses and paths are masked."""
    text = failure.message[:_TEXT]
    for mask, name in _MASKS:
        text = mask.sub(name, text)
    return f"{failure.category.value}/{failure.kind} {failure.culprit} {failure.role.value}: {text.strip()}"


def is_same_failure(one: Attempt, other: Attempt) -> bool:
    """Return whether two failed attempts failed alike."""
    return (
        one.failure is not None
        and other.failure is not None
        and normalised(one.failure) == normalised(other.failure)
    )


def is_load_timeout(attempt: Attempt, cpu_seconds: float) -> bool:
    """Return whether an attempt ran out of wall time with CPU time to spare: perhaps the doing of others."""
    failure = attempt.failure
    if failure is None or failure.kind != "wall":
        return False
    return attempt.execution.usage.cpu < cpu_seconds / 2
