"""Notebooks as plans: which cells are atoms, where their mistakes and failures are, and what is no notebook."""

from __future__ import annotations

import builtins
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.errors import PlanError, SettingsError
from mge_toolkit.core.plans import Expectation, FromAtom, Masterplan
from mge_toolkit.core.ports import ImportOptions
from mge_toolkit.plan import load_text
from mge_toolkit.plan.importers.notebook import NotebookImporter
from mge_toolkit.plan.notebooks import magic
from mge_toolkit.plan.writing import document_text
from tests.plan.cells import ATOM, JsonObject, code, notebook, saved


def load(*cells: JsonObject, metadata: JsonObject | None = None) -> Masterplan:
    return load_text(notebook(*cells, metadata=metadata), file="a.ipynb", form="ipynb")


def problems(*cells: JsonObject, metadata: JsonObject | None = None) -> list[str]:
    with pytest.raises(PlanError) as caught:
        load(*cells, metadata=metadata)
    return str(caught.value).split("\n")


def refused(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        load_text(text, file="a.ipynb", form="ipynb")
    return str(caught.value).split("\n")


def test_tagged_cells_and_cells_with_the_magic_are_atoms_and_no_others() -> None:
    plan = load(
        code("# Prices", kind="markdown"),
        code("import pandas"),
        code("RATE = 0.21", "atom", id="rate"),
        code("%%atom gross --depends-on rate\ndef gross(net): return net * (1 + RATE)"),
        code("x = 1", "mge-atom", "slow", cell_id="a1b2"),
        code("%%time\ny = 2"),
        code("z = 3", "other"),
    )
    assert {name: atom.code.text for name, atom in plan.atoms.items()} == {
        "rate": "RATE = 0.21",
        "gross": "def gross(net): return net * (1 + RATE)",
        "a1b2": "x = 1",
    }
    assert plan.atoms["gross"].depends_on == ("rate",)
    assert plan.name == "a"


def test_an_atom_without_a_name_is_named_after_its_cell() -> None:
    assert list(load(code("x", "atom", cell_id="-odd-")).atoms) == ["odd"]
    assert list(load(code("text", kind="markdown"), code("x", "atom")).atoms) == ["cell_2"]


def test_the_magic_says_what_a_plan_file_says() -> None:
    line = (
        '%%atom total --depends-on a,b --depends-on a --input \'{"x": {"from": "a"}, "y": 2}\' '
        '--check "total() == 3" --component shop --module prices --description "adds up" --memory 64MB '
        "--slots 4 --no-run --save out.yaml --repair off"
    )
    plan = load(code("a = 1", "atom", id="a"), code("b = 1", "atom", id="b"), code(f"{line}\nt = 1"))
    atom = plan.atoms["total"]
    assert (atom.depends_on, atom.component, atom.module) == (("a", "b"), "shop", "prices")
    assert atom.inputs == {"x": FromAtom(atom="a"), "y": 2}
    assert atom.check is not None
    assert atom.check.text == "assert total() == 3"
    assert (atom.description, atom.limits.memory) == ("adds up", 64_000_000)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("42", Expectation(result=42)),
        ("'{\"a\": 1}'", Expectation(result={"a": 1})),
        ('\'{"stdout": "hi"}\'', Expectation(stdout="hi")),
        ('\'{"result": 1.5, "tolerance": 0.1}\'', Expectation(result=1.5, tolerance=0.1)),
    ],
)
def test_an_expectation_is_a_result_or_what_a_plan_file_has(written: str, expected: Expectation) -> None:
    assert load(code(f"%%atom a --expect {written}\nx")).atoms["a"].expect == expected


@pytest.mark.parametrize(
    ("language", "text", "check"),
    [
        ("python", "f(2) == 4", "assert f(2) == 4"),
        ("python", "f(\n2) == 4", "assert (f(\n2) == 4)"),
        ("python", "x = f(2)\nassert x", "x = f(2)\nassert x"),
        ("javascript", "f(2) === 4;", "console.assert(f(2) === 4);"),
        ("javascript", "assert.equal(f(2), 4)", "assert.equal(f(2), 4)"),
        ("javascript", "if (f(2) != 4) throw 1", "if (f(2) != 4) throw 1"),
        ("typescript", "(f(2) as number) === 4", "console.assert((f(2) as number) === 4);"),
    ],
)
def test_a_check_on_the_line_is_an_expression_that_has_to_be_true_or_code(
    language: str, text: str, check: str
) -> None:
    assert magic.check_code(text, language) == check


def test_a_tagged_cell_checks_an_atom_wherever_it_stands() -> None:
    plan = load(code("assert f() == 1\nassert f() == 2", "check:f"), code("%%atom f\ndef f(): return 1"))
    check = plan.atoms["f"].check
    assert check is not None
    assert str(check.position(2, 1)) == "a.ipynb#cell-1:2:1"


def test_the_notebook_says_what_holds_for_all() -> None:
    about = {"masterplan": "shop", "defaults": {"timeout": 3, "critical": False}, "preload": ["json"]}
    plan = load(code("x = 1", "atom"), metadata={"mge": about})
    assert (plan.name, plan.preload) == ("shop", ("json",))
    (atom,) = plan.atoms.values()
    assert (atom.limits.timeout, atom.critical) == (3.0, False)


@pytest.mark.parametrize(
    "metadata",
    [
        {"language_info": {"name": "typescript"}},
        {"kernelspec": {"name": "deno", "display_name": "Deno", "language": "TypeScript"}},
        {"mge": {"defaults": {"language": "typescript"}}, "language_info": {"name": "python"}},
    ],
)
def test_atoms_are_in_the_language_of_the_notebook(metadata: JsonObject) -> None:
    assert load(code("let x = 1", "atom"), metadata=metadata).atoms["cell_1"].language == "typescript"


def test_a_notebook_in_a_language_that_nobody_runs_needs_a_language_for_each_atom() -> None:
    metadata = {"language_info": {"name": "R"}}
    assert problems(code("x <- 1", "atom"), code("x = 1", "atom", language="python"), metadata=metadata) == [
        "a.ipynb#cell-1:1: the notebook is in r, which is none of python, javascript, typescript: "
        "give the cell a language"
    ]


def test_positions_are_lines_of_cells() -> None:
    plan = load(
        code("x = 1", kind="markdown"),
        code(["%%atom a --check 'x == 2'\n", "\n", "x = 1"]),
        code("y", "atom"),
    )
    a, b = plan.atoms.values()
    assert str(a.code.position(2, 5)) == "a.ipynb#cell-2:3:5"
    assert str(b.code.position(1, 1)) == "a.ipynb#cell-3:1:1"
    assert a.check is not None
    assert str(a.check.position(1, 8)) == "a.ipynb#cell-2:1"


def test_an_atom_stands_where_its_cell_begins_in_the_file() -> None:
    text = notebook(code("x = 1"), code(["%%atom a\n", "here = 1"]))
    atom = load_text(text, file="a.ipynb", form="ipynb").atoms["a"]
    assert "source" in text.split("\n")[atom.line - 1]
    assert "%%atom a" in text.split("\n")[atom.line]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([code("x", "atom", depend_on=["b"])], "unknown key 'depend_on' (did you mean 'depends_on'?)"),
        ([code("x", "atom", depends_on=["b"])], "unknown atom 'b'"),
        ([code("x", "atom", code="y")], "the metadata 'mge': the cell is the code: remove the key 'code'"),
        ([code("x", "atom", timeout="soon")], "timeout: must be seconds"),
        ([code("x", "atom", id="no name")], "id 'no name' has characters"),
        ([code("x", "atom", id=5)], "id: must be text, not the number 5"),
        ([code("%%atom\nx")], "%%atom: the following arguments are required: NAME"),
        ([code("%%atom a --dependson b\nx")], "'--dependson' is not understood (did you mean '--depends-on'?)"),
        ([code("%%atom a --expect {x\nx")], "--expect: '{x' is no JSON"),
        ([code("%%atom a --input [1]\nx")], "--input: '[1]' is no JSON object"),
        ([code("%%atom a --check 'x\nx")], "no closing quotation: close the quotes"),
        ([code("%%atom a --help\nx")], "a cell with --help is no atom"),
        ([code("%%atom a --memory 9MB\nx", memory="8MB")], "memory: the line '%%atom' and the metadata"),
        ([code("%%time\nx", "atom")], "the magic '%%time' cannot be part of an atom"),
        ([code("", "atom")], "code is empty and nothing checks it"),
        ([code("x", kind="markdown"), code("x", "atom", kind="markdown")], "a markdown cell cannot be an atom"),
        ([code("x", depends_on=[])], "the metadata 'mge' describe an atom: tag the cell 'atom'"),
        ([code("x", "atom", "check:a")], "a cell is an atom or the check of one"),
        ([ATOM, code("x", "check:b")], "the tag 'check:b' names no atom"),
        ([ATOM, code("x", "check:a"), code("y", "check:a")], "cell 2 is already the check of 'a'"),
        ([code("%%atom a --check 1\nx"), code("y", "check:a")], "cell 1 gives the atom a check too"),
        ([ATOM, ATOM], "cell 1 has the same id"),
        ([code("x = '\ud800'", "atom")], "code: a lone surrogate cannot be written as UTF-8: remove it"),
        ([ATOM, code("x = '\ud800'", "check:a")], "check: a lone surrogate cannot be written as UTF-8"),
        ([code("%%atom a --save '\ud800'\nx")], "%%atom: a lone surrogate cannot be written"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_cell_and_the_remedy(cells: list[JsonObject], said: str) -> None:
    found = problems(*cells)
    assert len(found) == 1
    number = len(cells)
    assert found[0].startswith(f"a.ipynb#cell-{number}:1: ")
    assert said in found[0]


def test_a_mistake_names_the_id_of_its_cell() -> None:
    assert problems(code("x", "atom", cell_id="beef", depends_on=["beef"])) == [
        "a.ipynb#cell-1:1: atom 'beef': the atom depends on itself: remove that [cell id beef]"
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_cells() -> None:
    found = problems(
        code("x", "atom", tiemout=3), code("%%atom b --depends-on c\nx"), code("y", "atom", memory=7),
        metadata={"mge": {"masterplan": 3, "id": "x"}},
    )  # fmt: skip
    assert [line.split(": ", maxsplit=1)[0] for line in found] == [
        "a.ipynb:1", "a.ipynb:1", "a.ipynb#cell-1:1", "a.ipynb#cell-2:1", "a.ipynb#cell-3:1",
    ]  # fmt: skip


def test_a_cycle_is_printed_as_a_path() -> None:
    assert problems(code("%%atom a --depends-on b\nx"), code("%%atom b --depends-on a\nx")) == [
        "a.ipynb#cell-1:1: atom 'a': dependency cycle a -> b -> a: remove one of these dependencies"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a.ipynb:1: the file is empty"),
        ("{", "a.ipynb:1:2: the notebook is no JSON"),
        ("{\n 'cells': []}", "a.ipynb:2:2: the notebook is no JSON"),
        ("[]", "a.ipynb:1: this is no notebook, for it has no 'nbformat'"),
        ('{"atoms": {"a": {"code": "x"}}}', "a.ipynb:1: this is no notebook"),
        ('{"nbformat": 3, "worksheets": []}', "a.ipynb:1: the notebook has format 3, and format 4 is read: save"),
        ('{"nbformat": 5, "cells": []}', "a.ipynb:1: the notebook has format 5, and format 4 is read"),
        ('{"nbformat": 4}', "a.ipynb:1: the notebook has no list of cells"),
        ('{"nbformat": 4, "cells": [3]}', "a.ipynb:1: cell 1 is no object"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "a.ipynb:1: cell 1 has no source"),
        ('{"nbformat": 4, "cells": [{"source": [1], "id": "q"}]}', "a.ipynb:1: cell 1 (id 'q') has no source"),
        ('{"nbformat": 4, "nbformat_minor": 4, "cells": []}', "a.ipynb:1: the notebook is not as the format"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"source": ""}]}', "cell 1 is not as"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}', "the notebook has no atoms"),
        ('{"nbformat": ' + "[" * 100_000, "a.ipynb:1: values nest too deeply for a notebook"),
        ('{"nbformat": ' + "9" * 5_000 + "}", "a.ipynb:1: the notebook cannot be read"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_refused_in_plain_words(text: str, said: str) -> None:
    (found,) = refused(text)
    assert found.startswith("a.ipynb:")
    assert said in found
    assert len(found) < 400


def test_a_huge_notebook_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mge_toolkit.plan.notebooks.document.LARGEST", 100)
    (found,) = refused(notebook(ATOM))
    assert "remove its outputs" in found


def test_outputs_are_left_alone_whatever_they_hold() -> None:
    cell = dict(code("x = 1", "atom"))
    data = {"application/x": [float("nan"), {"source": ["no"]}]}
    cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    assert load(cell, ATOM).atoms["a"].code.text == "x = 1"


def test_metadata_that_nest_too_deeply_are_a_mistake() -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]
    assert "values nest more than 100 levels deep" in problems(code("x", "atom", input={"v": value}))[0]


def test_without_nbformat_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("nbformat"):
            raise ModuleNotFoundError("No module named 'nbformat'", name="nbformat")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert refused(notebook(ATOM)) == [
        "a.ipynb:1: 'nbformat' is not installed: pip install 'mge-toolkit[notebook]'"
    ]


def test_the_magic_of_the_notebook_and_that_of_the_plan_know_the_same_options() -> None:
    from mge_toolkit.notebook.magics.grammar import cell_parser

    valued: set[str] = set()
    switches: set[str] = set()
    for action in cell_parser()._actions:
        names = {name.removeprefix("--") for name in action.option_strings if name.startswith("--")}
        (switches if action.nargs == 0 else valued).update(names)
    assert switches - {"help"} == set(magic.RUN_SWITCHES)
    assert valued == {*magic.RUN_OPTIONS, *magic.PLAIN_KEYS, "depends-on", "check", "expect", "input"}


def test_an_imported_notebook_is_the_same_plan(tmp_path: Path) -> None:
    plan = saved(
        tmp_path,
        notebook(
            code("%%atom a --component c --module m --expect 3\nresult = 3"),
            code('%%atom b --component c --depends-on a --input \'{"v": {"from": "a"}}\'\nw = v'),
            code("assert w == 3", "check:b"),
            code("let x = 1", "atom", language="typescript", id="t"),
            metadata={"mge": {"masterplan": "shop", "defaults": {"timeout": 3}, "preload": ["json"]}},
        ),
    )
    document = NotebookImporter().read(tmp_path / "a.ipynb", ImportOptions())
    imported = load_text(document_text(document))
    assert (imported.name, imported.preload) == (plan.name, plan.preload)
    assert {name: placeless(imported, name) for name in imported.atoms} == {
        name: placeless(plan, name) for name in plan.atoms
    }


def placeless(plan: Masterplan, name: str) -> object:
    atom = plan.atoms[name]
    texts = (atom.code.text, atom.check and atom.check.text)
    return texts, replace(
        atom, code=replace(atom.code, text="", file="", line=1, indent=0, exact=True), check=None, line=1
    )


def test_the_importer_tells_mistakes_with_their_cells_and_takes_no_options(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(code("%%atom a --depends-on b\nx")), encoding="utf-8")
    with pytest.raises(PlanError, match=r"a\.ipynb#cell-1:1: atom 'a': unknown atom 'b'"):
        NotebookImporter().read(path, ImportOptions())
    with pytest.raises(PlanError, match="there is no such file"):
        NotebookImporter().read(tmp_path / "b.ipynb", ImportOptions())
    with pytest.raises(SettingsError, match="has no option 'depth'"):
        NotebookImporter().read(path, ImportOptions(extra={"depth": "3"}))
    with pytest.raises(SettingsError, match=r"files that end in \.ipynb, not"):
        NotebookImporter().read(tmp_path / "plan.yaml", ImportOptions())
