"""Follows a run's events and shows how far it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from mge_toolkit.cli.console import Console
from mge_toolkit.core.events import (
    AtomFinished,
    AttemptRescheduled,
    AttemptStarted,
    Event,
    RunStarted,
    WaveFinished,
)
from mge_toolkit.core.results import ExecutionResult, Outcome
from mge_toolkit.reporting.failures import isolation_text, printable
from mge_toolkit.reporting.summary import outcome_line, wave_line

_STYLES: Final[Mapping[Outcome, str]] = {
    Outcome.PASSED: "good",
    Outcome.FAILED: "bad",
    Outcome.ERROR: "bad",
    Outcome.SKIPPED: "warn",
    Outcome.BLOCKED: "dim",
    Outcome.STOPPED: "dim",
}


class Progress:
    """A subscriber that keeps a live line on a terminal, and writes what is worth a line of its own.

    That is every atom with a failure of its own; with ``verbose`` every atom and every finished wave too.
    """

    def __init__(self, console: Console, *, verbose: bool = False, quiet: bool = False) -> None:
        """Show the run on ``console``; ``quiet`` writes no lines at all."""
        self._console = console
        self._verbose = verbose
        self._quiet = quiet
        self._started = time.monotonic()
        self._total = 0
        self._done = 0
        self._numbers = dict.fromkeys(Outcome, 0)
        self._running: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._begin(event)
        elif isinstance(event, AttemptStarted):
            self._running.setdefault(event.atom_id, time.monotonic())
        elif isinstance(event, AttemptRescheduled):
            if not self._quiet:
                text = f"again   {event.atom_id}: the sandbox failed under it: {printable(event.evidence)}"
                self._console.line(text, "warn")
        elif isinstance(event, AtomFinished):
            self._finish(event.result)
        elif isinstance(event, WaveFinished) and self._verbose:
            self._console.line(wave_line(event.summary), "head")
        self.refresh()

    def refresh(self) -> None:
        """Paint the live line; to be called now and then while nothing happens, so that the clock goes on."""
        if self._total and self._done < self._total:
            self._console.paint(self._line())

    def _begin(self, event: RunStarted) -> None:
        self._started = time.monotonic()
        self._total = len(event.waves)
        if self._quiet:
            return
        waves = 1 + max(event.waves.values(), default=-1)
        self._console.line(
            f"{event.masterplan.name}: {_count(self._total, 'atom')} in {_count(waves, 'wave')} on "
            f"{_count(event.slots, 'slot')}, isolation: {isolation_text(event.isolation)}"
        )

    def _finish(self, result: ExecutionResult) -> None:
        self._running.pop(result.atom_id, None)
        self._done += 1
        self._numbers[result.outcome] += 1
        own = result.outcome is not Outcome.PASSED and bool(result.attempts or result.evidence)
        if not self._quiet and (self._verbose or own):
            self._console.line(self._console.fitting(outcome_line(result)), _STYLES[result.outcome])

    def _line(self) -> str:
        """Return ``12/164  0:03  11 passed, 1 failed  running: gross (2 s), invoice``."""
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        counted = ", ".join(f"{number} {outcome}" for outcome, number in self._numbers.items() if number)
        parts = [f"{self._done}/{self._total}", f"{minutes}:{seconds:02}", counted]
        if self._running:
            now = time.monotonic()
            names = [
                f"{name} ({now - since:.0f} s)" if now - since >= 1 else name
                for name, since in sorted(self._running.items(), key=lambda item: item[1])[:4]
            ]
            more = f", {len(self._running) - 4} more" if len(self._running) > 4 else ""
            parts.append(f"running: {', '.join(names)}{more}")
        return "  ".join(part for part in parts if part)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
