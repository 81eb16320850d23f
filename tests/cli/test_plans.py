"""The commands about plan files: check, schema, assemble, import. Nothing runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import yaml

from tests.cli.support import EXAMPLES, Commands

TASK = {
    "task_id": "HumanEval/0",
    "prompt": "def one():\n",
    "canonical_solution": "    return 1\n",
    "test": "def check(candidate):\n    assert candidate() == 1\n",
    "entry_point": "one",
}


def test_check_describes_a_plan(commands: Commands) -> None:
    ended = commands("check", str(EXAMPLES / "webshop.yaml"))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("webshop: 12 atoms in 6 waves\n")
    assert "priced_basket" in ended.out


def test_check_lists_the_mistakes(commands: Commands) -> None:
    ended = commands("check", commands.plan("atoms: {a: {depends_on: [a], code: pass}}\n"))
    assert ended.status == 4
    assert "the atom depends on itself" in ended.err


def test_the_schema_accepts_the_examples(commands: Commands) -> None:
    ended = commands("schema")
    assert ended.status == 0
    schema = json.loads(ended.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load((EXAMPLES / "webshop.yaml").read_text()), schema)


def test_assemble_writes_a_program_that_runs(commands: Commands) -> None:
    plan = commands.plan(
        "atoms:\n"
        "  base: {file: shop/base.py, code: 'def one(): return 1'}\n"
        "  main: {file: shop/main.py, depends_on: base, code: 'print(one() + 1)'}\n"
    )
    target = commands.directory / "out"
    ended = commands("assemble", plan, str(target))
    assert ended.status == 0
    assert str(target / "shop" / "main.py") in ended.out
    done = subprocess.run(
        [sys.executable, "-m", "shop.main"],
        cwd=target,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "2\n"


def test_assemble_writes_over_nothing_unless_asked(commands: Commands) -> None:
    plan = commands.plan("atoms: {a: {file: a.py, code: 'x = 1'}}\n")
    target = commands.directory / "out"
    assert commands("assemble", plan, str(target)).status == 0
    refused = commands("assemble", plan, str(target))
    assert refused.status == 4
    assert "exists" in refused.err
    assert commands("assemble", plan, str(target), "--force").status == 0


def write_tasks(directory: Path) -> Path:
    path = directory / "tasks.jsonl"
    path.write_text(f"{json.dumps(TASK)}\n")
    return path


def test_import_writes_a_plan(commands: Commands) -> None:
    target = commands.directory / "plan.yaml"
    ended = commands("import", "humaneval", str(write_tasks(commands.directory)), "-o", str(target))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"wrote {target}: 1 atom; run it with 'mge run {target}'\n"
    assert commands("check", str(target)).status == 0


def test_import_takes_samples(commands: Commands) -> None:
    samples = commands.directory / "samples.jsonl"
    sample = json.dumps({"task_id": "HumanEval/0", "completion": "    return 2\n"})
    samples.write_text(f"{sample}\n" * 3)
    target = commands.directory / "plan.yaml"
    tasks = str(write_tasks(commands.directory))
    ended = commands("import", "humaneval", tasks, "--samples", str(samples), "-o", str(target))
    assert "3 atoms" in ended.out


def test_import_of_an_unknown_kind_says_what_there_is(commands: Commands) -> None:
    ended = commands("import", "humanevl", "x.jsonl", "-o", "plan.yaml")
    assert (ended.status, ended.err) == (4, "mge: unknown importer 'humanevl': did you mean 'humaneval'?\n")


def test_import_of_a_missing_file_is_one_line(commands: Commands) -> None:
    ended = commands("import", "humaneval", "nowhere.jsonl", "-o", str(commands.directory / "plan.yaml"))
    assert ended.status == 4
    assert "nowhere.jsonl" in ended.err
    assert "internal" not in ended.err


def test_import_writes_yaml_only(commands: Commands) -> None:
    ended = commands("import", "humaneval", str(write_tasks(commands.directory)), "-o", "plan.json")
    assert ended.status == 4
    assert "name a file with the ending .yaml" in ended.err


def test_importing_a_file_of_another_kind_stops_after_the_first_mistakes(commands: Commands) -> None:
    wrong = commands.plan("- a: 1\n" * 97, "js.yaml")
    ended = commands("import", "humaneval", wrong, "-o", str(commands.directory / "plan.yaml"))
    *shown, last = ended.err.splitlines()
    assert (ended.status, len(shown)) == (4, 5)
    assert all(f"js.yaml:{number}" in line for number, line in enumerate(shown, 1))
    assert last.startswith("mge: 97 mistakes, of which the first 5 are shown; nothing was done: ")
    assert not (commands.directory / "plan.yaml").exists()


def test_an_unknown_option_of_an_importer_is_refused(commands: Commands) -> None:
    tasks = str(write_tasks(commands.directory))
    target = str(commands.directory / "plan.yaml")
    ended = commands("import", "humaneval", tasks, "-o", target, "--option", "foo=1")
    assert ended.status == 4
    assert ended.err == "mge: the importer 'humaneval' has no option 'foo': leave it out\n"


def test_assemble_says_how_to_write_over_files(commands: Commands) -> None:
    plan = commands.plan("atoms: {a: {code: x = 1}}\n")
    target = commands.directory / "out"
    assert commands("assemble", plan, str(target)).status == 0
    ended = commands("assemble", plan, str(target))
    assert ended.status == 4
    assert "write over it with --force" in ended.err
    assert commands("assemble", plan, str(target), "--force").status == 0
    (target / "a.py").unlink()
    (target / "a.py").mkdir()
    ended = commands("assemble", plan, str(target), "--force")
    assert "a directory stands where the file belongs" in ended.err


def test_import_turns_a_notebook_into_a_plan_that_is_the_same(commands: Commands) -> None:
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": "%%atom one --expect 1\nresult = 1",
            "outputs": [],
            "execution_count": None,
        }
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    source, target = commands.directory / "a.ipynb", commands.directory / "plan.yaml"
    source.write_text(json.dumps(notebook), encoding="utf-8")
    ended = commands("import", "notebook", str(source), "-o", str(target))
    assert (ended.status, ended.err) == (0, "")
    assert "1 atom" in ended.out
    assert commands("check", str(source)).out == commands("check", str(target)).out.replace("plan:", "a:", 1)
