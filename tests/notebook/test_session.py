"""What a session knows of its runs: how they were run, where they are kept, what came before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mge_toolkit.core.errors import MgeError, UnknownRunError
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.settings import RepairSettings, Settings
from mge_toolkit.notebook.cells import Cell
from mge_toolkit.notebook.desk import Desk
from mge_toolkit.notebook.handle import RunHandle
from mge_toolkit.notebook.session import RUNS_KEPT, RunOptions, Session
from mge_toolkit.plan import load_masterplan
from mge_toolkit.review import load_review
from mge_toolkit.testing import PASSED, failing, make_atom, make_plan
from tests.notebook.conftest import MENDED, make_plugins

PLAN = make_plan([make_atom("a")])
RECORDED = RunOptions(settings=Settings(slots=2))
UNRECORDED = RunOptions(settings=Settings(slots=2), records={"records": "off"})
REPAIRED = RunOptions(settings=Settings(slots=2, repair=RepairSettings(level=RepairLevel.FIX)))


def _ended(session: Session, options: RunOptions) -> RunHandle:
    run = session.start(PLAN, options)
    run.wait()
    return run


def test_a_run_is_compared_with_the_one_before_it_whoever_ran_that(session: Session) -> None:
    _ended(session, RECORDED)
    elsewhere = Session(plugins=make_plugins())
    other = _ended(elsewhere, RECORDED)
    elsewhere.close()
    last = _ended(session, RECORDED)
    found = session.compare()
    assert (found.before.run_id, found.after.run_id) == (other.run_id, last.run_id)


def test_a_run_at_hand_that_is_later_than_the_records_is_the_one_before(session: Session) -> None:
    _ended(session, RECORDED)
    unrecorded = _ended(session, UNRECORDED)
    _ended(session, RECORDED)
    assert session.compare().before.run_id == unrecorded.run_id


def test_where_nothing_is_recorded_runs_at_hand_are_compared(session: Session) -> None:
    first = _ended(session, UNRECORDED)
    with pytest.raises(UnknownRunError, match=f"no run of 'plan' before {first.run_id}"):
        session.compare()
    _ended(session, UNRECORDED)
    assert session.compare().before.run_id == first.run_id


def test_a_run_is_run_again_as_it_was_however_long_ago(directory: Path) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda job: failing() if job.atom_id == "b" else PASSED))
    plan = make_plan([make_atom("b")])
    options = RunOptions(settings=Settings(slots=1), records={"records": "off", "resume": None})
    run = session.start(plan, options)
    for _ in range(RUNS_KEPT):
        _ended(session, UNRECORDED)
    assert run not in session.handles
    assert run.retry().result().slots == 1
    assert not (directory / ".mge").exists()
    session.close()


def test_a_renamed_plan_of_the_notebook_is_still_its_own(session: Session, directory: Path) -> None:
    plan = session.cells.put(Cell(name="mended", code="x = 1\ny = 2\n", where="In [1]"))
    run = session.start(plan, REPAIRED)
    run.wait()
    session.cells.rename("other")
    desk = session.explore(run)._desk
    assert isinstance(desk, Desk)
    assert "the notebook's masterplan has it now" in desk.accept("mended")
    assert session.cells.masterplan().atoms["mended"].code.text == MENDED
    assert not (directory / ".mge" / "reviews").exists()


def test_records_and_verdicts_are_where_the_run_was_started(
    session: Session, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = load_masterplan("shop.yaml")
    first = session.start(plan, REPAIRED)
    first.wait()
    other = directory / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    with pytest.raises(UnknownRunError, match="no records"):
        session.history()
    second = session.start(plan, REPAIRED)
    second.wait()
    assert [run.run_id for run in session.history()[1]] == [second.run_id]
    desk = session.explore(first)._desk
    assert isinstance(desk, Desk)
    desk.accept("mended")
    assert set(load_review(first.run_id, directory / ".mge" / "reviews").verdicts) == {"mended"}
    with pytest.raises(MgeError):
        load_review(first.run_id, other / ".mge" / "reviews")
    again = first.retry()
    again.wait()
    monkeypatch.chdir(directory)
    assert [run.run_id for run in session.history()[1]] == [again.run_id, first.run_id]
