"""``mge repro``: the folder runs by itself, and its plan says the same as the whole plan."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mge_toolkit.cli.cutting import plan_document
from mge_toolkit.core.results import Execution
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.writing import document_text
from mge_toolkit.sandbox.languages.javascript.deno import deno_binary
from tests.cli.support import EXAMPLES, Commands, mge

PLAN = """\
masterplan: flow
atoms:
  numbers: {code: 'result = [1, 2, 3]'}
  mapping: {code: 'result = {"from": "elsewhere"}'}
  broken: {code: 'raise ValueError("no")'}
  helper:
    input: {factor: {from: numbers}}
    code: |
      LENGTH = len(factor)
      def scale(xs):
          return [x * LENGTH for x in xs]
  total:
    depends_on: [helper]
    input: {xs: {from: numbers}, note: {from: mapping}}
    files: {data.txt: {text: hello}}
    timeout: 5
    code: |
      result = sum(scale(xs)) + len(open("data.txt").read())
      assert note == {"from": "elsewhere"}
    check: assert result == 0, "wrong on purpose"
  starved:
    input: {x: {from: broken}}
    code: pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN)
    done = mge("repro", "plan.yaml", "total", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


def test_the_program_fails_as_the_atom_does(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder / "program",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("AssertionError: wrong on purpose")


def test_the_cut_plan_fails_in_the_sandbox_as_the_atom_does(folder: Path) -> None:
    done = mge("run", "plan.yaml", "--atoms", "total", "--wave-threshold", "0", "--json", cwd=folder)
    assert done.returncode == 1
    atoms = {atom["id"]: atom for atom in json.loads(done.stdout)["atoms"]}
    assert list(atoms) == ["helper", "total"]
    assert atoms["helper"]["outcome"] == "passed"
    assert atoms["total"]["message"] == "AssertionError: wrong on purpose"
    assert atoms["total"]["attempts"][0]["failure"]["role"] == "check"


def test_inputs_are_the_values_that_the_atoms_really_gave(folder: Path) -> None:
    assert json.loads((folder / "input.json").read_text()) == {
        "helper": {"factor": [1, 2, 3]},
        "total": {"xs": [1, 2, 3], "note": {"from": "elsewhere"}},
    }


def test_the_readme_names_the_commands(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert "mge run plan.yaml --atoms total" in text
    assert "python3 program.py" in text


def test_a_typescript_atom_gets_a_program_for_deno(tmp_path: Path) -> None:
    done = mge("repro", EXAMPLES / "webshop.yaml", "label", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    program = tmp_path / "repro-label" / "program" / "program.ts"
    run = subprocess.run(
        [deno_binary(), "run", "--no-prompt", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_an_input_that_cannot_be_had_names_the_atom_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    done = mge("repro", "plan.yaml", "starved", cwd=tmp_path)
    assert done.returncode == 4
    assert "the input comes from 'broken', which gave none" in done.stderr
    assert "mge repro plan.yaml broken" in done.stderr
    assert not (tmp_path / "repro-starved").exists()


def test_the_folder_is_named_after_the_atom_and_says_what_is_in_it(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(commands.directory)
    ended = commands("repro", commands.plan(PLAN), "total", "--sandbox", "fake")
    assert (ended.status, ended.err) == (0, "")
    assert "running what gives 'total' its input: numbers, mapping" in ended.out
    assert ended.out.endswith("wrote repro-total/: README.md says how to run it\n")
    written = {path.name for path in (commands.directory / "repro-total").rglob("*") if path.is_file()}
    assert written == {"README.md", "data.txt", "input.json", "plan.yaml", "program.py"}


def test_an_input_that_nobody_gives_is_one_clear_line(commands: Commands) -> None:
    nothing = {"numbers": [Execution(completed=True)]}
    ended = commands("repro", commands.plan(PLAN), "total", "--sandbox", "fake", script=nothing)
    assert ended.status == 4
    assert "'numbers', whose result is missing or no JSON value" in ended.err


def test_a_data_file_named_like_the_program_keeps_its_name(commands: Commands) -> None:
    plan = commands.plan("atoms: {a: {code: pass, files: {program.py: {text: data}}}}\n")
    target = commands.directory / "out"
    assert commands("repro", plan, "a", "-o", str(target)).status == 0
    assert (target / "program" / "program.py").read_text() == "data"
    assert "cd program && python3 _program.py" in (target / "README.md").read_text()


def test_a_folder_with_something_in_it_is_left_alone(commands: Commands) -> None:
    (commands.directory / "out").mkdir()
    (commands.directory / "out" / "mine.txt").write_text("mine")
    ended = commands("repro", commands.plan(PLAN), "numbers", "-o", str(commands.directory / "out"))
    assert ended.status == 4
    assert "not an empty directory" in ended.err


def test_an_unknown_atom_is_named_with_what_was_meant(commands: Commands) -> None:
    ended = commands("repro", commands.plan(PLAN), "totl")
    assert ended.status == 4
    assert "did you mean 'total'?" in ended.err


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.glob("*.yaml")))
def test_a_plan_written_from_its_records_loads_as_the_same_records(example: str, tmp_path: Path) -> None:
    plan = load_masterplan(EXAMPLES / example)
    path = tmp_path / "again.yaml"
    path.write_text(document_text(plan_document(plan)))
    again = load_masterplan(path)
    assert plan_document(again) == plan_document(plan)
    assert list(again.atoms) == list(plan.atoms)
    for name, atom in plan.atoms.items():
        other = again.atoms[name]
        assert (other.inputs, other.limits, other.expect) == (atom.inputs, atom.limits, atom.expect)
        assert (other.code.text, other.depends_on, other.module) == (
            atom.code.text,
            atom.depends_on,
            atom.module,
        )
