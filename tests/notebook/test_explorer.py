"""Exploring an ended run: one selection in every view, and what each shows and offers."""

from __future__ import annotations

from pathlib import Path

import pytest

from mge_toolkit.core.errors import UnknownAtomError
from mge_toolkit.core.settings import Settings
from mge_toolkit.notebook.explore.errors import COLUMNS, MODULES, ErrorsView
from mge_toolkit.notebook.explore.explorer import Explorer
from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.explore.timeline import settled_at
from mge_toolkit.notebook.handle import RunHandle
from mge_toolkit.notebook.session import RunOptions, Session
from mge_toolkit.testing import failing, make_atom, make_plan
from tests.notebook.conftest import make_plugins
from tests.notebook.seen import OPTIONS, TABS, Seen, every, text_of


def test_what_failed_is_looked_at_first(seen: Seen) -> None:
    assert seen.explorer.selected == "broken"
    assert "ValueError" in seen.atom()
    assert "<script" not in seen.atom()


def test_an_atom_selected_anywhere_is_selected_everywhere(seen: Seen) -> None:
    seen.labelled("Atom").value = "gross"
    assert seen.explorer.selected == "gross"
    assert "selected: gross: passed" in seen.show("Timeline")
    assert "gross" in seen.atom()
    seen.show("Graph")
    seen.labelled("Go to").value = "base"
    assert seen.labelled("Atom").value == "base"
    seen.show("Errors")
    seen.labelled("Pattern").value = 0
    atoms = seen.labelled("Atoms")
    atoms.value = atoms.options[0][1]
    assert seen.explorer.selected == atoms.value == seen.labelled("Atom").value
    seen.show("Hierarchy")
    seen.labelled("Group").value = 4
    seen.explorer.select("gross")
    assert seen.labelled("Group").value == 2, "the group follows to the module that has the atom"


def test_only_what_is_shown_is_drawn(seen: Seen) -> None:
    assert not text_of(seen.tabs.children[TABS.index("Graph")])
    assert "critical path" in seen.show("Graph") or "<svg" in seen.show("Graph")


def test_an_unknown_atom_is_refused_with_what_was_meant(seen: Seen) -> None:
    with pytest.raises(UnknownAtomError, match="did you mean 'gross'"):
        seen.explorer.select("grss")


def test_the_list_is_filtered_by_name_and_by_outcome(seen: Seen) -> None:
    seen.labelled("Filter").value = "ER"
    assert [name for _, name in seen.labelled("Atom").options] == ["after"]
    seen.labelled("Filter").value = ""
    seen.labelled("Show").value = "not passed"
    assert [name for _, name in seen.labelled("Atom").options] == ["broken", "after"]
    seen.explorer.select("gross")
    assert seen.labelled("Atom").value is None, "what is selected elsewhere is filtered out here"
    seen.labelled("Show").value = "all atoms"
    assert seen.labelled("Atom").value == "gross"


def test_replay_goes_back_to_what_had_happened_by_then(seen: Seen) -> None:
    whole = seen.show("Timeline")
    assert "the whole run" in whole
    seen.labelled("Replay").value = 0
    begun = seen.show("Timeline")
    assert "at 0.0 ms of" in begun
    assert "5 waiting" in begun or "running" in begun
    seen.labelled("Replay").value = 200
    assert seen.show("Timeline") == whole


def test_what_is_held_up_is_settled_with_what_holds_it_up(run: RunHandle) -> None:
    subject = Subject(run.result(), run.plan)
    found = settled_at(subject, 9.0)
    assert set(found) == set(run.result().results)
    assert subject.result.results["after"].blocked_by == "broken"
    assert found["after"] == found["broken"] < 9.0


def test_zooming_shows_a_part_of_the_time(seen: Seen) -> None:
    whole = seen.show("Timeline")
    zoom = seen.labelled("Zoom (s)")
    zoom.value = (zoom.max * 0.99, zoom.max)
    zoomed = seen.show("Timeline")
    assert zoomed != whole
    assert "the whole run" not in zoomed


def test_errors_are_counted_by_wave_and_by_module(seen: Seen) -> None:
    assert "Failed attempts of 2 error patterns by wave" in seen.show("Errors")
    by = seen.tabs.children[2].children[0]
    by.value = "by module"
    shown = seen.show("Errors")
    assert "checkout.cart" in shown
    assert "catalog.pricing" in shown


def test_groups_are_told_from_the_system_down_to_the_atoms(seen: Seen) -> None:
    shown = seen.show("Hierarchy")
    assert "catalog" in shown
    assert "100% (44%–100%)" in shown
    names = [text.strip() for text, _ in seen.labelled("Group").options]
    assert names == ["shop (5)", "catalog (3)", "pricing (3)", "checkout (2)", "cart (2)"]
    seen.labelled("Group").value = 2
    assert "mended" in seen.show("Hierarchy")


def test_attempts_are_shown_side_by_side_with_why_and_by_whom(seen: Seen) -> None:
    seen.explorer.select("mended")
    shown = seen.atom()
    assert "attempt 1 by plan" in shown
    assert "attempt 2 by scripted" in shown
    assert 'class="l del"' in shown
    assert "TypeError: y is 2" in shown
    seen.labelled("From").value = 2
    assert 'class="l del"' not in seen.atom()


def test_a_large_run_is_drawn_in_parts(session: Session) -> None:
    atoms = [
        make_atom(f"a{number}", depends_on=(f"a{number - 20}",) if number > 20 else ())
        for number in range(900)
    ]
    run = session.start(make_plan(atoms), OPTIONS)
    run.wait()
    seen = Seen(run.explore())
    seen.explorer.select("a450")
    for tab in TABS:
        assert len(seen.show(tab)) < 120_000, tab
    assert len(seen.labelled("Atom").options) == 200
    assert seen.labelled("Atom").value == "a450"
    seen.labelled("Replay").value = 1
    assert "waiting" in seen.show("Timeline")


def test_a_run_without_a_desk_is_shown_too(run: RunHandle) -> None:
    result = run.result()
    seen = Seen(Explorer(result, run.plan))
    assert "broken" in seen.atom()
    assert not [one for one in every(seen.page) if type(one).__name__ == "Button"]


def test_a_run_without_atoms_says_so(session: Session) -> None:
    run = session.start(make_plan([]), OPTIONS)
    run.wait()
    assert "no atoms" in text_of(run.explore().widget)


def test_what_cannot_be_shown_in_a_text_box_is_shown_as_escapes(session: Session) -> None:
    run = session.start(make_plan([make_atom("a", "x = '\ud800'\ny = 'é'")]), OPTIONS)
    run.wait()
    seen = Seen(run.explore())
    editor = next(one for one in every(seen.page) if type(one).__name__ == "Textarea")
    assert editor.value == "x = '\\ud800'\ny = 'é'"


@pytest.mark.parametrize("place", [0, 19])
def test_a_component_that_is_called_others_is_counted_once(directory: Path, place: int) -> None:
    assert directory.is_dir()
    session = Session(plugins=make_plugins(lambda _: failing("no", "ValueError")))
    atoms = [
        make_atom(f"a{number}", component="others" if number == place else f"c{number}")
        for number in range(20)
    ]
    run = session.start(make_plan(atoms), RunOptions(settings=Settings(wave_threshold=0)))
    run.wait()
    session.close()
    view = ErrorsView(Subject(run.result(), run.plan), Selection())
    view._by.value = MODULES
    columns, counts = view._counted()
    assert len(set(columns)) == len(columns) == COLUMNS
    assert sum(counts[pattern, column] for pattern in {one for one, _ in counts} for column in columns) == 20


def test_two_runs_are_compared_atom_by_atom(session: Session, run: RunHandle) -> None:
    atoms = {**run.plan.atoms, "broken": make_atom("broken", "good")}
    from dataclasses import replace

    session.start(replace(run.plan, atoms=atoms), OPTIONS).wait()
    found = session.compare(run.run_id)
    assert found.atoms == {"broken": "newly passing", "after": "newly passing"}
    shown = text_of(found.widget)
    assert "newly passing (2)" in shown
    assert "before" in shown
    assert 'class="l ins"' in shown
    assert "2 newly passing" in repr(found)
    assert found.explore().result is session.last.result() if session.last else False
