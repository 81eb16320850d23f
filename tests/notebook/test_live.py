"""What is known of a run while it goes on, and the view that follows it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.events import AtomFinished, AttemptFinished, AttemptStarted, RunStarted
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.ports import Candidate, RepairCase
from mge_toolkit.core.results import NO_ISOLATION, Attempt, Execution, ExecutionResult, Outcome, Usage
from mge_toolkit.core.runs import Schedule
from mge_toolkit.core.settings import Settings
from mge_toolkit.notebook.live.model import LiveRun
from mge_toolkit.notebook.live.spans import STRETCHES, Grouping, Span, Stretches, spans_of, summed_bars
from mge_toolkit.notebook.pictures.lanes import lanes_scene
from mge_toolkit.notebook.pictures.scene import svg
from mge_toolkit.notebook.session import RunOptions, Session
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plots.palette import TRIED, Status
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.testing import (
    PASSED,
    FakeSandboxPlugin,
    FixerPlugin,
    ScriptedFixer,
    failing,
    make_atom,
    make_plan,
)
from tests.engine.fixers import Proposes
from tests.notebook.conftest import HOSTILE, make_plugins

OPTIONS = RunOptions(settings=Settings(slots=2, wave_threshold=0), records={"records": "off"})


def test_a_followed_run_and_the_same_run_read_afterwards_look_the_same(session: Session) -> None:
    plan = load_masterplan("shop.yaml")
    run = session.start(plan, OPTIONS)
    result = run.result()
    read = LiveRun.of_result(plan, result)
    followed, afterwards = run.model.picture(), read.picture()
    assert followed.counts == afterwards.counts
    assert {name: number for name, number in followed.counts.items() if number} == {
        "passed": 2,
        "healed": 1,
        "failed": 1,
        "blocked": 1,
    }
    assert [(lane.name, lane.figure, lane.bad) for lane in followed.lanes] == [
        ("wave 0", "3/3", True),
        ("wave 1", "2/2", False),
    ]
    executed = [0, 0]
    for found in result.results.values():
        executed[found.wave] += sum(1 + len(attempt.work) for attempt in found.attempts)
    assert [len(lane.bars) for lane in followed.lanes] == executed
    assert [len(lane.bars) for lane in afterwards.lanes] == executed
    assert run.model.progress().settled == 5
    assert HOSTILE not in svg(lanes_scene(followed))


def test_what_a_search_tried_is_shown_where_and_when_it_ran(directory: Path) -> None:
    assert directory.is_dir()
    codes = [f"x = {number}" for number in range(6)]
    plugins = Plugins(
        [
            FakeSandboxPlugin(None, lambda job: _judged(job, codes[-1]), name="local"),
            FixerPlugin(Proposes(*codes)),
        ],
        entry_points=False,
    )
    session = Session(plugins=plugins)
    run = session.start(make_plan([make_atom("base"), make_atom("slow")]), OPTIONS)
    result = run.result()
    attempt = result.results["slow"].attempts[-1]
    spans = [span for span in spans_of(result) if span.tried]
    assert len(spans) == len(attempt.work) >= len(attempt.trials) - 1 > 0, "the one chosen is the attempt"
    picture = run.model.picture()
    assert picture.trials == LiveRun.of_result(run.plan, result).picture().trials == len(spans)
    titles = [bar.title for lane in picture.lanes for bar in lane.bars if bar.colour == TRIED]
    assert len(titles) == len(spans)
    assert all(title.startswith("slow: trial for attempt 2, ") for title in titles)
    session.close()


def _judged(job: Job, good: str) -> Execution:
    code = job.segments[-1].source.text
    return PASSED if job.atom_id == "base" or code == good else failing(code)


def test_a_running_atom_is_shown_until_it_ends(directory: Path) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: PASSED, {"slow": [600.0]}))
    run = session.start(make_plan([make_atom("slow"), make_atom("next", depends_on=("slow",))]), OPTIONS)
    reached = threading.Event()
    while not reached.wait(0.01):
        if run.model.picture().counts.get("running"):
            reached.set()
    picture = run.model.picture()
    assert picture.counts["waiting"] == 1
    assert picture.now is not None
    assert any(bar.title == "slow: running" for lane in picture.lanes for bar in lane.bars)
    run.cancel()
    run.wait()
    assert run.model.picture().now is None
    session.close()


spans = st.builds(
    Span,
    atom_id=st.just("a"),
    wave=st.integers(0, 50),
    slot=st.integers(0, 3),
    start=st.floats(0, 500),
    wall=st.floats(0, 200),
    status=st.sampled_from([Status.PASSED, Status.HEALED, Status.FAILED]),
    number=st.just(1),
    tried=st.booleans(),
)


@given(st.lists(spans, max_size=30))
def test_busy_time_is_neither_lost_nor_made_by_adding_it_up(found: list[Span]) -> None:
    stretches = Stretches()
    for span in found:
        stretches.add(0, span.colour, span.start, span.end)
    busy = sum(sum(row) for row in stretches._busy.values())
    assert busy == pytest.approx(sum(span.end - span.start for span in found), abs=1e-6)
    bars = stretches.bars(0, slots=10_000)
    assert len(bars) <= STRETCHES * 4
    assert all(0 <= bar.low <= bar.high <= 1 for bar in bars)


@given(st.lists(spans, min_size=1, max_size=30), st.floats(0, 300), st.floats(1, 300))
def test_bars_of_a_part_of_the_time_lie_in_it(found: list[Span], start: float, length: float) -> None:
    grouping = Grouping.of(span.wave for span in found)
    for bars in summed_bars(found, grouping, 4, start, start + length).values():
        assert all(start - 1e-6 <= bar.start <= start + length + 1e-6 for bar in bars)


@given(st.sets(st.integers(0, 5000), max_size=200))
def test_however_many_waves_there_are_at_most_twenty_lanes_hold_each_once(waves: set[int]) -> None:
    lanes = list(Grouping.of(waves).lanes())
    assert len(lanes) <= 20
    assert sorted(wave for _, _, members in lanes for wave in members) == sorted(waves or {0})


def test_what_is_drawn_does_not_grow_with_the_number_of_atoms(directory: Path) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: PASSED))
    plan = make_plan([make_atom(f"a{number}") for number in range(3000)])
    run = session.start(plan, OPTIONS)
    run.wait()
    assert len(spans_of(run.result())) <= 3000
    assert len(run.live_html()) < 60_000
    session.close()


class Sent:
    """Counts what widgets send to a page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        real = widgets.Widget.send_state

        def counted(widget: Any, key: Any = None) -> None:
            self.number += 1
            real(widget, key)

        monkeypatch.setattr(widgets.Widget, "send_state", counted)


def test_the_view_follows_to_the_end_and_then_offers_what_comes_next(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = session.start(load_masterplan("shop.yaml"), OPTIONS)
    panel = run.panel()
    assert run.panel() is panel
    assert panel.painted.wait(30)
    bar, stop, retry, explore = panel.widget.children[1].children
    assert (bar.value, bar.max) == (5, 5)
    assert (stop.disabled, retry.disabled, explore.disabled) == (True, False, False)
    assert "1 failed" in panel.widget.children[2].value
    sent = Sent(monkeypatch)
    assert not panel.painted.wait(0) or sent.number == 0, "an ended run sends nothing any more"
    retry.click()
    explore.click()
    added = panel.widget.children[4].children
    assert [type(widget).__name__ for widget in added] == ["VBox", "VBox"]
    last = session.last
    assert last is not None
    assert set(last.result().results) == {"broken", "after"}


def test_the_view_stops_a_run(directory: Path) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: PASSED, {"slow": [600.0]}))
    run = session.start(make_plan([make_atom("slow")]), OPTIONS)
    stop = run.panel().widget.children[1].children[1]
    stop.click()
    assert run.result(30).counts.stopped == 1
    session.close()


def _started(waves: dict[str, int], *, ago: float = 0.0) -> RunStarted:
    return RunStarted(
        run_id="r",
        masterplan=make_plan([make_atom(name) for name in waves]),
        waves=waves,
        slots=1,
        schedule=Schedule.READY,
        isolation=NO_ISOLATION,
        started_at=datetime.now(UTC) - timedelta(seconds=ago),
    )


class Arriving:
    """A lock that has something arrive as soon as it is let go."""

    def __init__(self, arrive: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._arrive = arrive

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        arrive, self._arrive = self._arrive, lambda: None
        arrive()


def test_a_picture_is_of_one_moment_whatever_happens_while_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = LiveRun(make_plan([]), "r")
    event = _started({"a": 0, "b": 1, "c": 2})
    monkeypatch.setattr(run, "_lock", Arriving(lambda: run(event)))
    assert [lane.figure for lane in run.picture().lanes] == ["0/0"]
    assert [lane.figure for lane in run.picture().lanes] == ["0/1", "0/1", "0/1"]


def test_an_atom_is_running_from_the_end_of_what_is_drawn_until_it_has_finished() -> None:
    run = LiveRun(make_plan([]), "r")
    event = _started({"a": 0, "b": 0}, ago=100)
    run(event)
    for number, start, wall in ((1, 10, 20), (2, 40, 15)):
        run(AttemptStarted(run_id="r", atom_id="a", number=number, slot=0))
        attempt = Attempt(
            number=number,
            code="pass",
            execution=replace(failing(), usage=Usage(wall=wall)),
            started_at=event.started_at + timedelta(seconds=start),
            slot=0,
        )
        run(AttemptFinished(run_id="r", atom_id="a", attempt=attempt))
        picture = run.picture()
        assert (picture.counts["running"], picture.counts["waiting"]) == (1, 1)
        *drawn, going = picture.lanes[0].bars
        assert len(drawn) == number
        assert going.title == "a: running"
        assert max(bar.end for bar in drawn) == pytest.approx(going.start) == start + wall
        assert going.end >= 100
    finished = ExecutionResult(atom_id="a", outcome=Outcome.FAILED, wave=0)
    run(AtomFinished(run_id="r", result=finished))
    assert run.picture().counts["running"] == 0


class Thinks(ScriptedFixer):
    """A fixer that takes its time over the second round, until it is told to go on."""

    def __init__(self, *codes: str) -> None:
        super().__init__({"a": codes})
        self.thinking = threading.Event()
        self.go_on = threading.Event()

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        if len(case.attempts) == 2:
            self.thinking.set()
            await asyncio.to_thread(self.go_on.wait, 30)
        return await super().candidates(case)


def test_an_atom_is_shown_as_running_while_a_fixer_thinks(directory: Path) -> None:
    assert directory.is_dir()
    fixer = Thinks("x = 2", "x = 3")
    sandbox = FakeSandboxPlugin(
        None, lambda job: PASSED if "3" in job.segments[-1].source.text else failing(), name="local"
    )
    session = Session(plugins=Plugins([sandbox, FixerPlugin(fixer)], entry_points=False))
    run = session.start(make_plan([make_atom("a", "x = 1")]), OPTIONS)
    assert fixer.thinking.wait(30)
    counts = run.model.picture().counts
    fixer.go_on.set()
    assert (counts["running"], counts["waiting"]) == (1, 0)
    assert run.result().counts.healed == 1
    session.close()


def test_what_was_stopped_is_neither_waiting_nor_done() -> None:
    run = LiveRun(make_plan([]), "r")
    run(_started({"a": 0, "b": 1, "c": 1}))
    run(AttemptStarted(run_id="r", atom_id="a", number=1, slot=0))
    for name in ("b", "c"):
        run(AtomFinished(run_id="r", result=ExecutionResult(atom_id=name, outcome=Outcome.STOPPED, wave=1)))
    picture = run.picture()
    counted = {name: number for name, number in picture.counts.items() if number}
    assert counted == {"stopped": 2, "running": 1}
    assert [lane.figure for lane in picture.lanes] == ["0/1", "0/2"]
    assert run.progress().settled == 0


def test_a_run_that_is_broken_off_is_over() -> None:
    run = LiveRun(make_plan([]), "r")
    run(_started({"a": 0, "b": 1}))
    run(AttemptStarted(run_id="r", atom_id="a", number=1, slot=0))
    version = run.version
    run.break_off()
    assert run.version > version, "views are to be brought up to date"
    picture = run.picture()
    assert "broken off" in picture.headline
    assert picture.now is None
    assert not any(picture.counts.values())
    assert not any(lane.bars for lane in picture.lanes)
    assert run.progress() == run.progress(), "no time passes any more"
