"""The colours of the whole toolkit: by outcome, category and strategy.

They can be told apart with any of the usual kinds of colour blindness, and in grey, where those of about the same
lightness are hatched. Red is kept for what failed. This module needs nothing but Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mge_toolkit.core.results import Category, ExecutionResult, Outcome, Strategy


class Status(StrEnum):
    """How an atom is shown: its outcome, with the two special ways of passing told apart."""

    PASSED = "passed"
    HEALED = "healed"
    FLAKY = "flaky"
    FAILED = "failed"
    ERROR = "error"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    STOPPED = "stopped"


STATUS_COLOURS: Final[Mapping[Status, str]] = {
    Status.PASSED: "#6cc5ab",
    Status.HEALED: "#2b7bba",
    Status.FLAKY: "#f5cf4d",
    Status.FAILED: "#b2182b",
    Status.ERROR: "#1a1a1a",
    Status.BLOCKED: "#868686",
    Status.SKIPPED: "#e4e4e4",
    Status.STOPPED: "#5c5c5c",
}
CATEGORY_COLOURS: Final[Mapping[Category, str]] = {
    Category.SYNTAX: "#332288",
    Category.IMPORT: "#2e86c1",
    Category.TYPE: "#52bfa2",
    Category.RUNTIME: "#a3326f",
    Category.TIMEOUT: "#ecc94b",
}
STRATEGY_COLOURS: Final[Mapping[Strategy, str]] = {
    Strategy.FIX: "#2b7bba",
    Strategy.REGENERATE: "#d98cb3",
    Strategy.SKIP: "#e4e4e4",
    Strategy.MANUAL: "#454545",
}

STATUS_HATCHES: Final[Mapping[Status, str]] = {
    Status.BLOCKED: "////",
    Status.SKIPPED: "....",
    Status.STOPPED: "xxxx",
}
"""Patterns of the statuses that are grey already; the others have none."""

INK: Final = "#222222"
"""Text, and what matters most."""
MUTED: Final = "#6b6b6b"
"""Remarks and axes."""
FAINT: Final = "#dcdcdc"
"""Grids and edges."""
FILL: Final = "#b9cbdb"
"""What is counted without being judged: distributions, busy slots."""
TRIED: Final = "#9890b0"
"""Time of repair trials: candidates, and what was run again to be sure."""
ACCENT: Final = "#0b5394"
"""The one line that a picture is about."""
PAPER: Final = "#ffffff"


def status_of(result: ExecutionResult) -> Status:
    """Return how an atom is shown."""
    if result.outcome is not Outcome.PASSED:
        return Status(result.outcome.value)
    if result.flaky:
        return Status.FLAKY
    return Status.HEALED if result.healed else Status.PASSED
