"""What a terminal sees: a live line, repainted now and then, and colours where they are wanted."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.progress import Progress
from mge_toolkit.core.events import AtomFinished, AttemptStarted, RunStarted
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Isolation, Outcome
from mge_toolkit.core.runs import Schedule
from mge_toolkit.testing import make_atom, make_plan


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list whose one number is the time."""
    now = [100.0]
    monkeypatch.setattr("mge_toolkit.cli.console.time.monotonic", lambda: now[0])
    return now


def started(plan: Masterplan) -> RunStarted:
    return RunStarted(
        run_id="r",
        masterplan=plan,
        waves=dict.fromkeys(plan.atoms, 0),
        slots=2,
        schedule=Schedule.READY,
        isolation=Isolation(sandbox="local"),
        started_at=datetime.now(UTC),
    )


def finished(atom_id: str, outcome: Outcome = Outcome.PASSED) -> AtomFinished:
    return AtomFinished(run_id="r", result=ExecutionResult(atom_id=atom_id, outcome=outcome, wave=0))


def test_the_live_line_is_repainted_at_most_every_tenth_of_a_second(
    terminal: Terminal, clock: list[float]
) -> None:
    console = Console(terminal, io.StringIO())
    for _ in range(100):
        clock[0] += 0.011
        console.paint("working")
    assert 8 <= terminal.getvalue().count("working") <= 11


def test_a_line_takes_the_live_line_away_first(terminal: Terminal) -> None:
    console = Console(terminal, io.StringIO())
    console.paint("working")
    console.line("done")
    assert terminal.getvalue() == "\r\x1b[Kworking\r\x1b[Kdone\n"


def test_the_live_line_fits_into_the_terminal(terminal: Terminal) -> None:
    Console(terminal, io.StringIO()).paint("x" * 500)
    assert len(terminal.getvalue().removeprefix("\r\x1b[K")) < 80


def test_a_file_gets_neither_a_live_line_nor_colours() -> None:
    stream = io.StringIO()
    console = Console(stream, io.StringIO())
    console.paint("working")
    console.line("done", "good")
    assert stream.getvalue() == "done\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    Console(terminal, io.StringIO()).line("done", "good")
    assert terminal.getvalue() == "done\n"


def test_colours_are_for_terminals(terminal: Terminal) -> None:
    Console(terminal, io.StringIO()).line("done", "good")
    assert terminal.getvalue() == "\x1b[32mdone\x1b[0m\n"


def test_the_live_line_counts_outcomes_and_names_what_runs(terminal: Terminal, clock: list[float]) -> None:
    plan = make_plan([make_atom(name) for name in ("a", "b", "c")])
    progress = Progress(Console(terminal, io.StringIO()))
    progress(started(plan))
    progress(AttemptStarted(run_id="r", atom_id="b", number=1, slot=0))
    clock[0] += 65
    progress(finished("a"))
    assert terminal.getvalue().endswith("1/3  1:05  1 passed  running: b (65 s)")


def test_the_live_line_is_gone_at_the_end(terminal: Terminal, clock: list[float]) -> None:
    console = Console(terminal, io.StringIO())
    progress = Progress(console)
    progress(started(make_plan([make_atom("a")])))
    clock[0] += 1
    progress(finished("a"))
    console.flush()
    assert "1/1" not in terminal.getvalue()


def test_an_encoding_that_does_not_fit_fails_nothing() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console = Console(stream, io.StringIO())
    console.line("Núñez \ud800")
    console.flush()
    assert raw.getvalue() == b"N\\xfa\\xf1ez \\ud800\n"
