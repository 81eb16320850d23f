"""The live view: it follows to the end whatever happens, and its buttons can be used."""

from __future__ import annotations

import logging
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.settings import Settings
from mge_toolkit.notebook.handle import RunHandle
from mge_toolkit.notebook.live.panel import INTERVAL, QUIET, LivePanel
from mge_toolkit.notebook.session import RunOptions, Session
from mge_toolkit.testing import failing, make_atom, make_plan
from tests.notebook.conftest import make_plugins

PLAN = make_plan([make_atom("slow")])
OPTIONS = RunOptions(settings=Settings(slots=2, wave_threshold=0), records={"records": "off"})


def _buttons(panel: LivePanel) -> tuple[Any, Any, Any]:
    _, stop, retry, explore = panel.widget.children[1].children
    return stop, retry, explore


def _said(panel: LivePanel) -> str:
    text: str = panel.widget.children[3].value
    return text


@pytest.mark.parametrize("mended", [True, False], ids=["once", "until the end"])
def test_a_view_that_cannot_be_drawn_is_logged_and_does_not_end_the_following(
    slow: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, mended: bool
) -> None:
    run = slow.start(PLAN, OPTIONS)
    panel = run.panel()
    failed = threading.Event()

    def broken(_: RunHandle) -> str:
        failed.set()
        raise KeyError("not foreseen")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(RunHandle, "live_html", broken)
        assert failed.wait(30)
        if mended:
            patched.undo()
        run.cancel()
        assert panel.painted.wait(30)
    stop, retry, explore = _buttons(panel)
    assert (stop.disabled, retry.disabled, explore.disabled) == (True, False, False)
    assert ("1 stopped" in panel.widget.children[2].value) is mended
    logged = [one for one in caplog.records if one.name == "mge_toolkit.notebook.live.panel"]
    assert [one.getMessage() for one in logged] == [f"the view of run {run.run_id} could not be drawn"]


def test_time_is_seen_to_pass_while_nothing_happens(slow: Session) -> None:
    run = slow.start(PLAN, OPTIONS)
    going = threading.Event()
    while not going.wait(0.01):
        if run.model.picture().counts.get("running"):
            going.set()
    version = run.model.version
    shown = threading.Semaphore(0)
    panel = run.panel()
    panel.widget.children[2].observe(lambda _: shown.release(), "value")
    for _ in range(3):
        assert shown.acquire(timeout=30)
    assert run.model.version == version
    run.cancel()


def test_two_messages_a_picture_are_at_most_ten_a_second_and_a_picture_comes_each_second() -> None:
    assert 2 / INTERVAL <= 10
    assert INTERVAL <= QUIET <= 1


def test_a_button_can_be_pressed_again_after_an_error(directory: Path) -> None:
    session = Session(plugins=make_plugins(lambda _: failing("no")))
    run = session.start(PLAN, RunOptions(settings=Settings(slots=1)))
    panel = run.panel()
    assert panel.painted.wait(30)
    session.close()
    shutil.rmtree(directory / ".mge")
    _, retry, explore = _buttons(panel)
    retry.click()
    assert "load the extension again" in _said(panel)
    assert not retry.disabled
    assert not (directory / ".mge").exists(), "a session that is closed opens nothing"
    explore.click()
    assert explore.disabled
    assert _said(panel) == ""


def test_what_goes_wrong_unforeseen_in_a_button_is_logged_and_it_can_be_pressed_again(
    slow: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = slow.start(PLAN, OPTIONS)
    run.cancel()
    panel = run.panel()
    assert panel.painted.wait(30)

    def broken(_: RunHandle) -> None:
        raise KeyError("not foreseen")

    monkeypatch.setattr(RunHandle, "explore", broken)
    _, _, explore = _buttons(panel)
    explore.click()
    assert "KeyError: 'not foreseen'" in caplog.text
    assert not explore.disabled
