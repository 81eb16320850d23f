"""One run as reports show it: frozen records of clean text and JSON values, which can travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Tone(StrEnum):
    """How an attempt went, seen from its atom's end; or that it is a trial of a repair."""

    PASSED = "passed"
    MENDED = "mended"
    RETRIED = "retried"
    FAILED = "failed"
    TRIED = "tried"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A stretch of time in a lane, in seconds since the run's start.

    ``base`` and ``height`` are in slots, counted from the lane's lower edge.
    """

    start: float
    end: float
    base: float
    height: float
    tone: Tone
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A wave over time. ``slots`` is how high it is; ``exact`` lanes have a bar an execution, others sums."""

    name: str
    slots: int
    exact: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptView:
    """One attempt, shown in full. ``state`` is ``passed`` or what failed; every other field is lines to read."""

    number: int
    source: str
    state: str
    explanation: str
    message: tuple[str, ...]
    code: tuple[str, ...]
    diff: tuple[str, ...]
    output: tuple[str, ...]
    facts: tuple[str, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AtomView:
    """An atom that is shown in full. ``attempts_left_out`` are those in the middle of a long row of them."""

    atom_id: str
    attempts: tuple[AttemptView, ...]
    attempts_left_out: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AtomRow:
    """An atom in the table of all atoms. ``seconds`` is the wall time of its attempts."""

    atom_id: str
    group: str
    outcome: str
    note: str
    wave: int
    attempts: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """All that is reported of one run.

    ``figures`` is what ``summary.json`` holds of it. ``views`` are atoms among its ``noteworthy`` ones, ``rows``
    the first atoms of the plan, ``lanes`` the waves over ``span`` seconds.
    """

    figures: Mapping[str, Any]
    views: tuple[AtomView, ...]
    rows: tuple[AtomRow, ...]
    lanes: tuple[Lane, ...]
    span: float

    def to_data(self) -> dict[str, Any]:
        """Return the whole as plain values, for another process."""
        return asdict(self)

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> RunReport:
        """Return what :meth:`to_data` was called on."""
        return RunReport(
            figures=data["figures"],
            views=tuple(_view(found) for found in data["views"]),
            rows=tuple(AtomRow(**found) for found in data["rows"]),
            lanes=tuple(_lane(found) for found in data["lanes"]),
            span=data["span"],
        )


def _view(data: Mapping[str, Any]) -> AtomView:
    attempts = tuple(_attempt(found) for found in data["attempts"])
    return AtomView(**{**data, "attempts": attempts, "evidence": tuple(data["evidence"])})


def _attempt(data: Mapping[str, Any]) -> AttemptView:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    return AttemptView(**values)


def _lane(data: Mapping[str, Any]) -> Lane:
    bars = tuple(Bar(**{**found, "tone": Tone(found["tone"])}) for found in data["bars"])
    return Lane(**{**data, "bars": bars})
