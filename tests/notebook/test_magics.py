"""The magics in a real shell: what they do, return, print and complete."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mge_toolkit.plan import load_masterplan
from tests.notebook.conftest import HOSTILE, MENDED, Shell

TAX = "%%atom tax --check 'tax() == 1'\ndef tax():\n    return 1\n"
GROSS = '%%atom gross --depends-on tax --expect \'{"is": "gross"}\'\nresult = tax()\n'


def test_loading_brings_the_magics_and_unloading_takes_all_of_it_away(bare: Shell) -> None:
    from mge_toolkit.core.runs import RunResult

    html = bare.shell.display_formatter.formatters["text/html"]
    bare("%load_ext mge_toolkit")
    assert "Run, watch and explore" in (bare("%mge --help"), bare.printed)[1]
    assert RunResult in html
    bare("%unload_ext mge_toolkit")
    assert RunResult not in html
    assert "not found" in bare.error("%mge history")
    assert "not found" in bare.error("%%atom a\npass")


def test_importing_the_toolkit_imports_no_notebook() -> None:
    heavy = "{'IPython', 'ipywidgets', 'pandas', 'matplotlib', 'mge_toolkit.notebook', 'PIL'}"
    check = f"import sys, mge_toolkit; print({heavy} & sys.modules.keys())"
    ended = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"


def test_a_run_can_be_assigned_and_waited_for(shell: Shell) -> None:
    shell("run = %mge run shop.yaml")
    assert shell("run.result().counts.passed") == 3
    assert shell("run.result().counts.healed") == 1
    assert shell("run.done")
    assert "1 failed" in repr(shell("run"))
    assert shell("len(run.atoms_frame())") == 5


def test_options_reach_the_run(shell: Shell) -> None:
    run = shell("%mge run shop.yaml --slots 3 --schedule waves --atoms gross --repair off --wait").result()
    assert (run.slots, run.schedule.value, set(run.results)) == (3, "waves", {"base", "gross"})
    run = shell("%mge run shop.yaml --repair off --wave-threshold 0 --wait").result()
    assert run.counts.healed == 0
    assert run.results["mended"].outcome.value == "failed"


def test_what_was_recorded_is_listed_shown_and_compared(shell: Shell) -> None:
    first = shell("first = %mge run shop.yaml --wait --repair off --wave-threshold 0\nfirst")
    second = shell("%mge run shop.yaml --wait --wave-threshold 0")
    runs = shell("%mge history")
    assert [run.run_id for run in runs] == [second.run_id, first.run_id]
    assert first.run_id in repr(runs)
    assert first.run_id in runs._repr_html_()
    assert len(shell("%mge history --limit 1")) == 1
    assert shell(f"%mge show {first.run_id[:8]}").result == first.result()
    assert shell("%mge show").result == second.result()
    assert shell("%mge show --atom mended").selected == "mended"
    assert shell("%mge show $first").result == first.result()
    found = shell(f"%mge compare {first.run_id}")
    assert [change.atom_id for change in found.changes.newly_passing] == ["mended"]
    assert "mended" in found._repr_html_()
    assert (found.before, found.after) == (first.result(), second.result())
    unnamed = shell("%mge compare")
    assert (unnamed.before, unnamed.after) == (found.before, found.after)
    assert f"run {second.run_id} is compared with itself" in shell.error("%mge compare last")


@pytest.mark.parametrize(
    "run",
    [
        "first",
        "first.run_id[:8]",
        "first.result()",
        "dataclasses.replace(first.result(), plan=None)",
        "list(history)[-1]",
        "recorded",
    ],
)
def test_a_run_can_be_named_by_anything_that_is_it(shell: Shell, run: str) -> None:
    shell("import dataclasses")
    first = shell("first = %mge run shop.yaml --wait --repair off --wave-threshold 0\nfirst")
    second = shell("%mge run shop.yaml --wait --wave-threshold 0")
    shell("history = %mge history")
    shell.shell.user_ns["recorded"] = shell.session._store(None).load(first.run_id)
    shell(f"named = {run}")
    assert shell("%mge show $named").result == first.result()
    assert shell("%mge show $named").plan.atoms.keys() == first.plan.atoms.keys()
    found = shell("%mge compare $named last")
    assert (found.before, found.after) == (first.result(), second.result())


def test_a_run_is_compared_with_the_recorded_one_before_it(shell: Shell) -> None:
    first = shell("%mge run shop.yaml --wait --repair off --wave-threshold 0")
    nothing = f"no run of 'shop' before {first.run_id} to compare it with"
    assert nothing in shell.error("%mge compare")
    shell("%reload_ext mge_toolkit")
    second = shell("%mge run shop.yaml --wait --wave-threshold 0")
    found = shell("%mge compare")
    assert (found.before.run_id, found.after.run_id) == (first.run_id, second.run_id)


def test_plots_take_a_run_as_it_was_started(shell: Shell) -> None:
    run = shell("%mge run shop.yaml --wait --wave-threshold 0")
    from mge_toolkit.plots import plot_durations, plot_timeline

    for plot in (plot_durations, plot_timeline):
        assert plot(run).get_title(loc="left") == plot(run.result()).get_title(loc="left") != ""


def test_a_recorded_run_is_found_by_a_session_that_did_not_run_it(shell: Shell) -> None:
    run = shell("%mge run shop.yaml --wait")
    shell("%reload_ext mge_toolkit")
    found = shell("%mge show")
    assert found.result.run_id == run.run_id
    assert "broken" in found._repr_html_()


def test_cells_make_a_masterplan_that_grows_and_is_written_out(shell: Shell, directory: Path) -> None:
    assert shell(TAX).result.outcome.value == "passed"
    found = shell(GROSS)
    assert found.value == {"is": "gross"}
    assert set(found.run.result().results) == {"tax", "gross"}
    shell("%mge plan --name prices --save prices.yaml")
    plan = load_masterplan(directory / "prices.yaml")
    assert plan.name == "prices"
    assert plan.atoms["gross"].depends_on == ("tax",)
    assert plan.atoms["tax"].check is not None
    assert plan.atoms["tax"].check.text == "assert tax() == 1"
    assert "tax" in shell("%mge plan")._repr_html_()


def test_a_replaced_atom_runs_again_with_what_depends_on_it(shell: Shell) -> None:
    shell(TAX)
    shell(GROSS)
    found = shell(TAX.replace("return 1", "return 1 + 0"))
    assert set(found.run.result().results) == {"tax", "gross"}
    assert "1 + 0" in found._repr_html_()
    assert shell("%mge run --wait").result().counts.passed == 2


def test_the_page_of_a_failed_atom_shows_where_it_failed_and_nothing_of_ours(shell: Shell) -> None:
    page = shell(f"%%atom broken --repair off\nx = '{HOSTILE}'\n")._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "ValueError" in page


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%mge run", "the notebook has no atoms yet: write one in a cell that begins with %%atom NAME"),
        ("%mge run nowhere.yaml", "there is no such file"),
        ("%mge run shop.yaml --slots many", "neither 'auto' nor a whole number"),
        ("%mge run shop.yaml --atoms grss", "has no atom 'grss' (did you mean 'gross'?)"),
        ("%mge run shop.yaml --sandbox walls", "unknown sandbox 'walls'"),
        ("%mge run shop.yaml --repair much", "'much' is none of off, fix, search, llm"),
        ("%mge run $nothing", "there is no variable 'nothing'"),
        ("%mge rnu", "there is no command 'rnu' (did you mean 'run'?): see '%mge --help'"),
        ("%mge show 123", "there are no records"),
        ("%mge show $In", "$In is a list: give a run, or the id of one"),
        ("%mge compare $In last", "$In is a list"),
        ("%mge compare last $In", "$In is a list"),
        ("%mge run 'shop.yaml", "close the quotes"),
        ("%mge plan --save a.yaml", "no atoms yet"),
        ("%%atom a --depends-on b\npass", "atom 'a': unknown atom 'b'"),
        ("%%atom a --expect {\npass", "is no JSON"),
        ("%%atom a --input 3\npass", "is no JSON object"),
        ("%%atom a.b*c\npass", "such as 'a.b_c'"),
        ("%%atom a --language cobol\npass", "cobol"),
    ],
)
def test_a_mistake_is_told_in_a_line_without_a_traceback(shell: Shell, cell: str, said: str) -> None:
    told = shell.error(cell)
    assert said in told
    assert len(told.strip().splitlines()) == 1
    assert "Traceback" not in told
    assert "mge_toolkit/" not in told


def test_an_atom_that_others_need_cannot_be_broken_or_taken_out(shell: Shell, directory: Path) -> None:
    shell(TAX)
    shell(GROSS)
    assert "unknown atom 'tax'" in shell.error("%mge plan --remove tax")
    assert "cycle" in shell.error("%%atom tax --depends-on gross\npass")
    assert shell("%mge plan").names == ("tax", "gross")
    (directory / "mine.yaml").write_text("atoms: {}\n")
    assert "was not written by this notebook" in shell.error("%mge plan --save mine.yaml")


def test_errors_can_be_caught_as_what_they_are(shell: Shell) -> None:
    from mge_toolkit import MgeError, PlanError

    found = shell.run("%mge run nowhere.yaml")
    assert isinstance(found.error_in_exec, MgeError)
    assert isinstance(found.error_in_exec.__cause__, PlanError)


def test_help_tells_the_options(shell: Shell) -> None:
    for cell, said in (
        ("%mge?", "%mge compare [A [B]]"),
        ("%%atom?", "--depends-on"),
        ("%mge run --help", "--wave-threshold"),
        ("%mge", "%mge doctor"),
    ):
        shell(cell)
        assert said in shell.printed, cell


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%mge ", {"run", "show", "history", "compare", "plan", "doctor"}),
        ("%mge ru", {"run"}),
        ("%mge run ", {"shop.yaml"}),
        ("%mge run sh", {"shop.yaml"}),
        ("%mge run shop.yaml --sched", {"--schedule"}),
        ("%mge run shop.yaml --schedule ", {"ready", "waves", "sequential"}),
        ("%mge run shop.yaml --repair ", {"off", "fix", "search", "llm"}),
        ("%mge run shop.yaml --atoms gr", {"gross"}),
        ("%mge run shop.yaml --atoms gross,me", {"mended"}),
        ("%%atom ta", {"tax"}),
        ("%%atom new --depends-on ", {"tax", "gross"}),
        ("%%atom new --depends-on tax,gr", {"gross"}),
        ("%%atom new --lang", {"--language"}),
        ("%mge show la", {"last"}),
    ],
)
def test_completion(shell: Shell, line: str, expected: set[str]) -> None:
    shell(TAX)
    shell(GROSS)
    assert expected <= set(shell.complete(line))


def test_what_is_assigned_is_completed_too(shell: Shell) -> None:
    assert set(shell.complete("run = %mge r")) == {"run"}
    assert "shop.yaml" in shell.complete("run = %mge run sh")
    assert set(shell.complete("run = %mge run shop.yaml --sl")) == {"--slots"}
    run = shell("run = %mge run shop.yaml --wait\nrun")
    assert run.run_id in shell.complete(f"found = %mge show {run.run_id[:3]}")
    assert "%mge" not in shell.complete("run = pri")
    shell.shell.run_cell("%unload_ext mge_toolkit")
    assert set(shell.complete("run = %mge r")) != {"run"}


def test_a_failure_names_the_cell_in_which_it_is(shell: Shell) -> None:
    shell("1 + 1")
    found = shell("%%atom broken --repair off\nraise")
    number = len(shell.shell.user_ns["In"]) - 1
    position = found.result.failure.position
    assert f"{position}".startswith(f"In [{number}]:")


def test_a_run_is_compared_with_one_of_as_many_atoms(shell: Shell) -> None:
    first = shell("%mge run shop.yaml --wait --wave-threshold 0")
    shell("%mge run shop.yaml --wait --atoms base")
    shell("%mge run shop.yaml --wait --wave-threshold 0")
    assert shell("%mge compare").before.run_id == first.run_id


def test_runs_are_completed(shell: Shell) -> None:
    run = shell("%mge run shop.yaml --wait")
    assert run.run_id in shell.complete(f"%mge show {run.run_id[:3]}")
    assert run.run_id in shell.complete(f"%mge compare {run.run_id} {run.run_id[:3]}")
    assert "mended" in shell.complete("%mge show last --atom me")


def test_variables_that_are_runs_are_completed(shell: Shell) -> None:
    shell("run = %mge run shop.yaml --wait")
    shell("result, text, number = run.result(), run.run_id, 3")
    shell("history = %mge history\nrecord = history[0]")
    shell.shell.user_ns["recorded"] = shell.session._store(None).load(shell("run.run_id"))
    found = {name for name in shell.complete("%mge show $") if name.startswith("$")}
    assert found == {"$run", "$result", "$record", "$recorded"}


def test_records_look_like_what_they_are(shell: Shell) -> None:
    shell("run = %mge run shop.yaml --wait --wave-threshold 0")
    formats = shell.shell.display_formatter.format
    for value, text, html in (
        (shell("run.result()"), "5 atoms", "<img"),
        (shell("run.result().results['broken']"), "failed  broken", "broken"),
        (shell("run.plan"), "<masterplan 'shop' of 5 atoms", "checked by"),
    ):
        shown, _ = formats(value)
        assert text in shown["text/plain"]
        assert html in shown["text/html"]
        assert "<script" not in shown["text/html"]


def test_accepted_code_goes_into_the_notebooks_own_masterplan(shell: Shell) -> None:
    shell("%%atom mended\nx = 1\ny = 2\n")
    explorer = shell("%mge show")
    from mge_toolkit.notebook.desk import Desk

    desk = explorer._desk
    assert isinstance(desk, Desk)
    assert "the notebook's masterplan has it now" in desk.accept("mended")
    assert shell.session.cells.masterplan().atoms["mended"].code.text == MENDED
