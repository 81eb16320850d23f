"""The importer of HumanEval, on files of its form."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from mge_toolkit.core.errors import PlanError
from mge_toolkit.core.ports import Importer, ImportOptions
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.importers import builtin_importers
from mge_toolkit.plan.importers.humaneval import HumanEvalImporter
from mge_toolkit.plan.writing import write_document


def task(number: int, name: str = "twice", solution: str = "    return 2 * n\n") -> dict[str, str]:
    return {
        "task_id": f"HumanEval/{number}",
        "prompt": f'def {name}(n):\n    """Double n."""\n',
        "entry_point": name,
        "canonical_solution": solution,
        "test": "\n\nMETADATA = {}\n\n\ndef check(candidate):\n    assert candidate(2) == 4\n\n",
    }


def write_lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def problems(path: Path, samples: Path | None = None) -> list[str]:
    with pytest.raises(PlanError) as caught:
        HumanEvalImporter().read(path, ImportOptions(samples=samples))
    return [line.removeprefix(f"{path.parent}/") for line in str(caught.value).split("\n")]


def test_the_importer_is_registered() -> None:
    importer: Importer = HumanEvalImporter()
    assert [each.name for each in builtin_importers()] == [importer.name, "notebook"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_task_becomes_an_atom_that_checks_its_solution(tmp_path: Path, packed: bool) -> None:
    path = write_lines(tmp_path / "HumanEval.jsonl", task(10), task(2, "again"))
    if packed:
        plain, path = path, tmp_path / "HumanEval.jsonl.gz"
        path.write_bytes(gzip.compress(plain.read_bytes()))
    document = HumanEvalImporter().read(path, ImportOptions())
    assert document["masterplan"] == "HumanEval"
    write_document(document, tmp_path / "plan.yaml")
    plan = load_masterplan(tmp_path / "plan.yaml")
    assert list(plan.atoms) == ["humaneval_10", "humaneval_2"]
    atom = plan.atoms["humaneval_10"]
    assert atom.sample_of == "HumanEval/10"
    assert atom.code.text == 'def twice(n):\n    """Double n."""\n    return 2 * n\n'
    assert atom.check is not None
    assert atom.check.text == (
        "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate(2) == 4\n\ncheck(twice)\n"
    )
    assert atom.code.exact
    assert atom.check.exact


def test_the_same_file_always_gives_the_same_plan(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", task(1), task(0))
    for name in ("a.yaml", "b.yaml"):
        write_document(HumanEvalImporter().read(path, ImportOptions()), tmp_path / name)
    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()


def test_every_sample_becomes_an_atom_of_its_task(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", task(0), task(1), task(2))
    samples = write_lines(
        tmp_path / "s.jsonl",
        {"task_id": "HumanEval/1", "completion": "    return n"},
        {"task_id": "HumanEval/0", "completion": "    return n + n", "extra": 3},
        {"task_id": "HumanEval/1", "completion": ""},
    )
    document = HumanEvalImporter().read(path, ImportOptions(samples=samples))
    atoms = document["atoms"]
    assert list(atoms) == ["humaneval_0_s0", "humaneval_1_s0", "humaneval_1_s1"]
    assert [atom["sample_of"] for atom in atoms.values()] == ["HumanEval/0", "HumanEval/1", "HumanEval/1"]
    assert atoms["humaneval_1_s0"]["code"].endswith('"""Double n."""\n    return n')


def test_with_samples_no_canonical_solution_is_needed(tmp_path: Path) -> None:
    record = task(0)
    del record["canonical_solution"]
    path = write_lines(tmp_path / "t.jsonl", record)
    assert problems(path) == ["t.jsonl:1: 'canonical_solution' is missing: a line has task_id, prompt, "
                              "entry_point, canonical_solution, test"]  # fmt: skip
    samples = write_lines(tmp_path / "s.jsonl", {"task_id": "HumanEval/0", "completion": "    return n"})
    assert HumanEvalImporter().read(path, ImportOptions(samples=samples))["atoms"]


def test_every_wrong_line_of_the_tasks_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    write_lines(path, task(0), 3, {**task(1), "test": None}, {**task(2), "entry_point": "2x"}, task(0))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"task_id": \n')
    assert problems(path) == [
        "t.jsonl:2: each line is a JSON object, not the number 3",
        "t.jsonl:3: 'test' must be text, not nothing",
        "t.jsonl:4: entry_point '2x' is no name of a function: mend it",
        "t.jsonl:5: the task 'HumanEval/0' has the id of the one on line 1: rename one of them",
        "t.jsonl:6:13: the text ends here, before its value does",
    ]


def test_samples_of_tasks_that_do_not_exist(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", task(0))
    samples = write_lines(
        tmp_path / "s.jsonl",
        {"task_id": "HumanEval/00", "completion": "x"},
        {"task_id": "HumanEval/0", "complete": "x"},
    )
    assert problems(path, samples) == [
        "s.jsonl:1: unknown task 'HumanEval/00' (did you mean 'HumanEval/0'?)",
        "s.jsonl:2: 'completion' is missing (did you mean 'complete'?)",
    ]


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl.gz").write_bytes(gzip.compress(b"x" * 1000)[:-9])
    (tmp_path / "latin.jsonl").write_bytes(b"\xe9")
    (tmp_path / "empty.jsonl").touch()
    assert problems(tmp_path / "bad.jsonl.gz") == [
        "bad.jsonl.gz:1: the gzipped file is damaged: fetch it again"
    ]
    assert problems(tmp_path / "latin.jsonl") == [
        "latin.jsonl:1: the file is not UTF-8: give a .jsonl or .jsonl.gz file"
    ]
    assert problems(tmp_path / "empty.jsonl") == [
        "empty.jsonl:1: the file has no tasks: give a file of HumanEval, a JSON object a line"
    ]
    assert problems(tmp_path / "gone.jsonl") == [
        "gone.jsonl:1: the file cannot be read (No such file or directory): check its path and permissions"
    ]
