"""What a person does about an atom of an ended run: verdicts that last, own code, and runs of it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.errors import MgeError
from mge_toolkit.notebook.cells import Cell
from mge_toolkit.notebook.desk import Desk
from mge_toolkit.notebook.explore.atom import AtomPage
from mge_toolkit.notebook.handle import RunHandle
from mge_toolkit.notebook.session import Session
from mge_toolkit.review import REVIEWS, Judgement, load_review, store_review
from tests.notebook.conftest import MENDED
from tests.notebook.seen import OPTIONS, Seen, every, until


def desk_of(run: RunHandle, directory: Path) -> Desk:
    def begin(*_: Any, **__: Any) -> RunHandle:
        raise AssertionError("nothing is run here")

    desk = Desk(run.plan, run.result(), directory, begin)
    desk.item("mended")
    return desk


def test_a_repair_is_accepted_on_the_page(seen: Seen, run: RunHandle) -> None:
    assert seen.labelled("Accept repair").disabled, "nothing was proposed for what is looked at first"
    seen.explorer.select("mended")
    seen.labelled("Accept repair").click()
    assert f"mge review {run.run_id} --write" in seen.atom()
    assert load_review(run.run_id).verdicts["mended"].judgement.value == "accepted"
    seen.explorer.select("broken")
    seen.explorer.select("mended")
    assert "your verdict: accepted" in seen.atom()


def test_edited_code_is_run_and_taken(seen: Seen, session: Session) -> None:
    editor = next(one for one in every(seen.page) if type(one).__name__ == "Textarea")
    assert editor.value == "raise"
    editor.value = "good = 1"
    take = seen.labelled("Take edited code")
    assert take.disabled
    last = session.last
    seen.labelled("Run edited code").click()
    until(lambda: "ran with your code" in seen.atom())
    assert "passed" in seen.atom()
    take.click()
    assert "your code was taken" in seen.atom()
    assert session.last is last, "a trial is no run to remember"


def test_an_atom_is_run_again(seen: Seen) -> None:
    seen.labelled("Run again").click()
    until(lambda: "ran again" in seen.atom())
    assert "ValueError" in seen.atom()


def test_accepted_code_of_the_notebooks_own_plan_is_taken_into_it(session: Session) -> None:
    plan = session.cells.put(Cell(name="mended", code="x = 1\ny = 2\n", where="In [1]"))
    session.start(plan, OPTIONS).wait()
    seen = Seen(session.explore())
    seen.explorer.select("mended")
    seen.labelled("Accept repair").click()
    assert session.cells.masterplan().atoms["mended"].code.text == MENDED


def test_verdicts_that_were_given_elsewhere_meanwhile_are_kept(run: RunHandle, directory: Path) -> None:
    first, second = desk_of(run, directory), desk_of(run, directory)
    first.reject("mended")
    second.take_edited("broken", "good = 1", passed=True)
    kept = load_review(run.run_id)
    assert {name: verdict.judgement for name, verdict in kept.verdicts.items()} == {
        "mended": Judgement.REJECTED,
        "broken": Judgement.EDITED,
    }
    # As `mge review` does it.
    store_review(kept.judged("mended", Judgement.ACCEPTED), directory / REVIEWS / f"{run.run_id}.json")
    second.reject("broken")
    assert load_review(run.run_id).verdicts["mended"].judgement is Judgement.ACCEPTED
    told = second.verdict("mended")
    assert told is not None
    assert told.judgement is Judgement.ACCEPTED


class OwnPlan:
    """A run of the notebook's own masterplan, one of whose atoms was repaired."""

    def __init__(self, session: Session) -> None:
        self.cells = session.cells
        self.write("x = 1\ny = 2\n")
        session.start(self.cells.masterplan(), OPTIONS).wait()
        self.session = session

    def write(self, code: str) -> None:
        self.cells.put(Cell(name="mended", code=code, where="In [1]"))

    def explore(self) -> Seen:
        seen = Seen(self.session.explore())
        seen.explorer.select("mended")
        return seen

    @property
    def code(self) -> str:
        return self.cells.masterplan().atoms["mended"].code.text


@pytest.fixture
def own(session: Session) -> OwnPlan:
    return OwnPlan(session)


def test_a_cell_that_was_rewritten_since_the_run_keeps_its_code(own: OwnPlan) -> None:
    seen = own.explore()
    own.write("x = 5\ny = 6\n")
    seen.labelled("Accept repair").click()
    assert "was changed since the run" in seen.atom()
    assert own.code == "x = 5\ny = 6\n"
    seen.explorer.select("mended")
    assert "your verdict" not in seen.atom(), "what was refused is no verdict"


def test_what_was_accepted_can_be_accepted_and_edited_again(own: OwnPlan) -> None:
    seen = own.explore()
    seen.labelled("Accept repair").click()
    own.explore().labelled("Accept repair").click()
    assert own.code == MENDED
    desk = seen.explorer._desk
    assert desk is not None
    desk.take_edited("mended", "x = 1\ny = 4\n", passed=True)
    desk.accept("mended")
    assert own.code == MENDED


def test_a_repair_of_a_cell_that_is_gone_is_no_verdict(own: OwnPlan) -> None:
    seen = own.explore()
    own.cells.clear()
    seen.labelled("Accept repair").click()
    assert "has no atom" in seen.atom()
    desk = seen.explorer._desk
    assert desk is not None
    assert desk.verdict("mended") is None
    with pytest.raises(MgeError):
        desk.take_edited("mended", "x = 1", passed=True)
    assert desk.verdict("mended") is None


def test_a_run_that_ends_while_another_atom_is_chosen_leaves_its_page_alone(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, leave = threading.Event(), threading.Event()
    show, engines = AtomPage._show, []

    def held(page: AtomPage, found: Any) -> None:
        if threading.current_thread() in engines:
            inside.set()
            assert leave.wait(20)
        show(page, found)

    def on_end(run: RunHandle, call: Callable[[], None]) -> None:
        run.wait()
        engines.append(threading.Thread(target=call))
        engines[0].start()

    monkeypatch.setattr(AtomPage, "_show", held)
    monkeypatch.setattr(RunHandle, "on_end", on_end)
    seen.labelled("Run again").click()
    assert inside.wait(20)
    choosing = threading.Thread(target=seen.explorer.select, args=("gross",))
    choosing.start()
    choosing.join(0.3)  # so that it would be through by now, if it did not wait
    leave.set()
    choosing.join()
    engines[0].join()
    assert "<b>gross (catalog.pricing)</b>" in seen.atom()
    assert "broken" not in seen.atom()
    assert "ran again" not in seen.atom()


def test_what_breaks_while_the_outcome_is_shown_is_said(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no <b>such</b> thing")

    monkeypatch.setattr(AtomPage, "_show", broken)
    seen.labelled("Run again").click()
    until(lambda: "running" not in seen.atom())
    assert "cannot be shown (ValueError: no &lt;b&gt;such&lt;/b&gt; thing)" in seen.atom()
