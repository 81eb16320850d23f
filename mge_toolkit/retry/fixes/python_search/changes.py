"""One proposed change: the edits that make it, how likely its kind is, and what to tell a reviewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.source import Edit


@dataclass(frozen=True, slots=True)
class Change:
    """A small change of a program.

    ``family`` groups changes that kinds of failure call for alike. ``weight`` (0-1) says how often a change of
    this form is the right one, before anything is known of the failure. ``line`` is where it stands; changes with
    the same ``site`` are alternatives. ``said`` tells it without the line. ``before`` and ``after`` are the
    operators or functions that are exchanged, where they are any.
    """

    edits: tuple[Edit, ...]
    family: str
    weight: float
    line: int
    site: int
    said: str
    before: str = ""
    after: str = ""


_LONGEST_QUOTE: Final = 60


def quoted(text: str) -> str:
    """Return code as an explanation quotes it: on one line, and not too long."""
    short = " ".join(text.split())
    return f"'{short}'" if len(short) <= _LONGEST_QUOTE else f"'{short[:_LONGEST_QUOTE]} …'"


def from_to(before: str, after: str) -> str:
    """Return what an exchange is called."""
    return f"changed {quoted(before)} to {quoted(after)}"
