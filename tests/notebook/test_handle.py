"""A run in the background: waited for, awaited beside other tasks, stopped, run again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.settings import Settings
from mge_toolkit.engine.tally import Tally
from mge_toolkit.notebook.session import RunOptions, Session
from mge_toolkit.plan import load_masterplan
from mge_toolkit.testing import PASSED, failing, make_atom, make_plan
from tests.notebook.conftest import make_plugins

OPTIONS = RunOptions(settings=Settings(slots=2, wave_threshold=0))
SLOW = make_plan([make_atom("quick"), make_atom("slow"), make_atom("later", depends_on=("slow",))], "slow")


@pytest.fixture
def shop(directory: Path) -> Masterplan:
    return load_masterplan(directory / "shop.yaml")


def test_starting_returns_while_the_run_goes_on(slow: Session) -> None:
    run = slow.start(SLOW, OPTIONS)
    assert not run.done
    assert run.status == "running"
    assert not run.wait(0.05)
    with pytest.raises(TimeoutError, match="still goes on"):
        run.result(0.01)
    with pytest.raises(MgeError, match="stop it, or wait"):
        run.retry()
    run.cancel()
    assert run.result(30).results["slow"].outcome.value == "stopped"
    assert run.status == "stopped"
    assert "stopped" in repr(run)


def test_a_run_is_awaited_beside_other_tasks(session: Session, shop: Masterplan) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def cell() -> int:
        beside = asyncio.ensure_future(other())
        result = await session.start(shop, OPTIONS)
        beside.cancel()
        return result.counts.total

    assert asyncio.run(cell()) == 5
    assert turns > 1


def test_awaiting_can_be_given_up_without_ending_the_run(slow: Session) -> None:
    run = slow.start(SLOW, OPTIONS)

    async def impatient() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(run, 0.05)

    asyncio.run(impatient())
    assert run.status == "running"


def test_what_did_not_pass_is_run_again(session: Session, shop: Masterplan) -> None:
    run = session.start(shop, OPTIONS)
    run.wait()
    assert run.not_passed() == ["broken", "after"]
    again = run.retry()
    assert set(again.result().results) == {"broken", "after"}
    assert session.last is again


def test_where_everything_passed_nothing_is_run_again(session: Session) -> None:
    run = session.start(make_plan([make_atom("base")]), OPTIONS)
    run.wait()
    with pytest.raises(MgeError, match="every atom passed"):
        run.retry()


def test_what_was_given_up_on_by_strategy_is_not_run_again(directory: Path) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: failing()))
    run = session.start(make_plan([make_atom("a", critical=False)]), OPTIONS)
    assert run.result().counts.skipped == 1
    with pytest.raises(MgeError, match="given up on by strategy"):
        run.retry()
    session.close()


def test_two_runs_go_on_at_once_with_settings_of_their_own(slow: Session) -> None:
    one = slow.start(SLOW, OPTIONS)
    other = slow.start(make_plan([make_atom("a")]), RunOptions(settings=Settings(slots=1)))
    assert other.result(30).slots == 1
    assert not one.done
    one.cancel()
    assert one.result(30).slots == 2


def test_a_broken_engine_is_told_and_hangs_nobody(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("not foreseen")

    monkeypatch.setattr(Tally, "result", broken)
    run = session.start(make_plan([make_atom("a")]), OPTIONS)
    panel = run.panel()
    with pytest.raises(KeyError):
        run.result(30)
    assert panel.painted.is_set()
    assert run.status == "broken"
    assert "not foreseen" in repr(run)
    assert "not foreseen" in run._repr_html_()
    with pytest.raises(MgeError, match="was broken off"):
        run.retry()
    with pytest.raises(MgeError, match="was broken off"):
        run.explore()
    session.close()
    with pytest.raises(MgeError, match="closed"):
        session.start(make_plan([make_atom("a")]), OPTIONS)


def test_closing_stops_what_runs(slow: Session) -> None:
    run = slow.start(SLOW, OPTIONS)
    while not run.model.progress().settled:
        time.sleep(0.01)
    slow.close()
    assert run.result(10).results["quick"].outcome.value == "passed"
    assert run.result(10).stop_reason is not None


def test_a_single_atom_is_run_with_a_persons_code_and_the_repairs_of_others(
    session: Session, shop: Masterplan
) -> None:
    from mge_toolkit.notebook.desk import Desk

    session.start(shop, OPTIONS).wait()
    desk = session.explore()._desk
    assert isinstance(desk, Desk)
    assert desk.run("broken", "good").result().results["broken"].outcome.value == "passed"
    assert desk.run("broken").result().results["broken"].outcome.value == "failed"
    bad = desk.run("mended", "bad").result().results["mended"]
    assert (bad.outcome.value, len(bad.attempts)) == ("failed", 1), "a person's code is not repaired"


def test_verdicts_are_kept_where_the_command_line_finds_them(session: Session, shop: Masterplan) -> None:
    from mge_toolkit.notebook.desk import Desk
    from mge_toolkit.review import accepted_codes, load_review

    run = session.start(shop, OPTIONS)
    run.wait()
    desk = session.explore(run)._desk
    assert isinstance(desk, Desk)
    assert f"mge review {run.run_id} --write" in desk.accept("mended")
    assert desk.verdict("mended") is not None
    assert set(accepted_codes(load_review(run.run_id))) == {"mended"}
    assert "stays" in desk.reject("mended")
    assert accepted_codes(load_review(run.run_id)) == {}
    with pytest.raises(MgeError, match="no item 'base'"):
        desk.accept("base")


def test_records_that_cannot_be_kept_are_told_of_and_end_nothing(session: Session, directory: Path) -> None:
    (directory / ".mge").write_text("in the way")
    run = session.start(make_plan([make_atom("a")]), OPTIONS)
    assert run.result().counts.passed == 1
    assert "not recorded" in run._repr_html_()


def test_a_failing_script_is_used_up_before_atoms_pass(directory: Path) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: PASSED, {"a": [failing(), PASSED]}))
    plan = make_plan([make_atom("a", max_retries=0)])
    run = session.start(plan, OPTIONS)
    run.wait()
    assert run.retry().result().counts.passed == 1
    session.close()
