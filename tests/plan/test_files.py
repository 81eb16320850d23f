"""Files: the plan's own, and those beside it that it names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mge_toolkit.core.errors import PlanError
from mge_toolkit.core.plans import DataFile
from mge_toolkit.plan import load_masterplan
from tests.plan.helpers import load, problems


def message(path: Path | str) -> str:
    with pytest.raises(PlanError) as caught:
        load_masterplan(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plan.yaml", "atoms: {a: {code: x}}"),
        ("plan.YML", "atoms: {a: {code: x}}"),
        ("plan.json", '{"atoms": {"a": {"code": "x"}}}'),
        ("plan.jsonl", '{"id": "a", "code": "x"}'),
    ],
)
def test_the_ending_says_what_a_plan_is_written_in(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    plan = load_masterplan(path)
    assert (plan.name, plan.path, list(plan.atoms)) == ("plan", str(path), ["a"])
    assert load_masterplan(str(path)) == plan


def test_a_plan_without_a_name_takes_the_files(tmp_path: Path) -> None:
    path = tmp_path / "my plan (2).yaml"
    path.write_text("atoms: {a: {code: x}}", encoding="utf-8")
    assert load_masterplan(path).name == "my_plan_2"


def test_other_endings_are_refused_with_those_there_are(tmp_path: Path) -> None:
    for name in ("plan.txt", "plan.toml", "plan"):
        (tmp_path / name).write_text("x", encoding="utf-8")
        assert "is no ending of a plan file: use one of .yaml, .yml, .json, .jsonl, .ipynb" in message(
            tmp_path / name
        )


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "webshop.yaml").write_text("x", encoding="utf-8")
    missing = tmp_path / "webshp.yaml"
    assert (
        message(missing)
        == f"{missing}:1: there is no such file (did you mean '{tmp_path / 'webshop.yaml'}'?)"
    )
    assert message(tmp_path / "no" / "x.yaml").endswith(":1: there is no such file: check the path")


def test_a_directory_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.mkdir()
    assert message(path) == f"{path}:1: this is a directory: name a plan file"


def test_a_pipe_is_no_plan_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    os.mkfifo(path)
    assert message(path) == f"{path}:1: this is no regular file: name a plan file"


def test_bytes_that_are_not_utf_8_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"atoms:\n  a: {code: x}\n# caf\xe9\n")
    assert message(path) == f"{path}:3: byte 0xe9 is not UTF-8: save the file as UTF-8"


def test_an_empty_file_says_what_is_needed(tmp_path: Path) -> None:
    for name in ("plan.yaml", "plan.json", "plan.jsonl"):
        (tmp_path / name).touch()
        assert message(tmp_path / name).endswith(":1: the file is empty: a plan needs at least 'atoms:'")


def test_a_path_with_a_nul_is_one_clear_line() -> None:
    assert message("a\0b.yaml").count("\n") == 0


def test_an_unreadable_file_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.yaml"
    path.touch()

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    expected = "the file cannot be read (Permission denied): check its path and permissions"
    assert message(path) == f"{path}:1: {expected}"


def test_code_and_checks_from_files_point_there(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/f.py").write_bytes("\ufeffx = 1\r\ny = 2\n".encode())
    plan = load("atoms: {a: {code: {path: src/f.py}, check: {path: ./src/f.py}}}", directory=tmp_path)
    code = plan.atoms["a"].code
    assert code.text == "x = 1\r\ny = 2\n"
    assert str(code.position(2, 1)) == f"{tmp_path / 'src/f.py'}:2:1"
    assert plan.atoms["a"].check == code


def test_data_files_are_a_list_of_paths_or_names_with_contents(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"\0\xff")
    plan = load(
        """\
        atoms:
          a: {code: x, files: [data.bin, ./data.bin]}
          b:
            code: x
            files:
              in/numbers.txt: {text: "1\\n2\\n"}
              copy.bin: {path: data.bin}
        """,
        directory=tmp_path,
    )
    assert plan.atoms["a"].files == (DataFile(name="data.bin", content=b"\0\xff"),)
    assert plan.atoms["b"].files == (
        DataFile(name="in/numbers.txt", content=b"1\n2\n"),
        DataFile(name="copy.bin", content=b"\0\xff"),
    )
    assert plan.atoms["a"].files[0].content is plan.atoms["b"].files[1].content


def code_problem(path: str, directory: Path | None) -> str:
    (found,) = problems(f"atoms: {{a: {{code: {{path: '{path}'}}}}}}", directory=directory)
    return found.removeprefix("1: atom 'a': code: ")


def test_files_outside_the_plans_directory_are_never_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.py").write_text("x", encoding="utf-8")
    (inside / "link.py").symlink_to(tmp_path / "secret.py")
    (inside / "up").symlink_to(tmp_path)
    assert "write it relative" in code_problem("../secret.py", inside)
    assert "write it relative" in code_problem(str(tmp_path / "secret.py"), inside)
    assert "write it relative" in code_problem("a/../../secret.py", inside)
    outside = "'{}' leads outside the plan's directory: move the file there"
    assert code_problem("link.py", inside) == outside.format("link.py")
    assert code_problem("up/secret.py", inside) == outside.format("up/secret.py")


def test_files_that_cannot_be_code(tmp_path: Path) -> None:
    (tmp_path / "dir.py").mkdir()
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert code_problem("gone.py", tmp_path) == "there is no file 'gone.py' beside the plan: create it"
    assert code_problem("dir.py", tmp_path) == "'dir.py' is no regular file: name a file"
    assert code_problem("pipe.py", tmp_path) == "'pipe.py' is no regular file: name a file"
    assert code_problem("latin.py", tmp_path) == "'latin.py' is not UTF-8 (byte 5): save it as UTF-8"
    assert "cannot be read" in code_problem("loop.py", tmp_path)
    assert code_problem("x.py", None) == "a plan that is not a file has no directory: write the text itself"
