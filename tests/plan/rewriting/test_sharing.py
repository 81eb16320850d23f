"""Code that several atoms share, by anchors, merged mappings and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mge_toolkit.core.errors import MgeError, UnknownAtomError
from mge_toolkit.plan import load_masterplan, load_text
from mge_toolkit.plan.rewriting import rewrite, write_changes
from tests.plan.rewriting.files import becomes, healed, written

ANCHOR = "atoms:\n  a: {code: &c pass}\n  b: {code: *c}\n"
MERGE = "atoms:\n  a: &a\n    code: pass\n  b:\n    <<: *a\n    timeout: 3\n"


@pytest.mark.parametrize(
    ("before", "codes", "after"),
    [
        (ANCHOR, {"b": "x"}, ANCHOR.replace("*c", "x")),
        (ANCHOR, {"a": "x", "b": "x"}, ANCHOR.replace("pass", "x")),
        (ANCHOR, {"a": "x", "b": "y"}, ANCHOR.replace("pass", "x").replace("*c", "y")),
        (ANCHOR, {"a": "x", "b": "pass"}, ANCHOR.replace("pass", "x").replace("*c", "pass")),
        (MERGE, {"b": "x"}, MERGE.replace("<<", "code: x\n    <<")),
        (MERGE, {"b": "x\ny\n"}, MERGE.replace("<<", "code: |\n      x\n      y\n    <<")),
        (MERGE, {"a": "x", "b": "x"}, MERGE.replace("pass", "x")),
        ("x-c: &c pass\natoms: {a: {code: *c}}\n", {"a": "x"}, "x-c: &c pass\natoms: {a: {code: x}}\n"),
        (
            "atoms:\n  a: {code: &c pass}\n  b: &b {code: *c}\n  c: *b\n",
            {"a": "x", "b": "x", "c": "x"},
            "atoms:\n  a: {code: &c x}\n  b: &b {code: *c}\n  c: *b\n",
        ),
    ],
)
def test_an_atom_is_given_its_own_code_or_all_of_them_the_same(
    tmp_path: Path, before: str, codes: dict[str, str], after: str
) -> None:
    assert becomes(tmp_path, before, codes) == after


@pytest.mark.parametrize(
    ("text", "atom", "reason"),
    [
        (ANCHOR, "a", "its code is also that of 'b', by an alias or '<<': write the code out at one of them"),
        (MERGE, "a", "its code is also that of 'b', by an alias or '<<': write the code out at one of them"),
        (
            "atoms:\n  a: {code: &c pass, check: *c}\n",
            "a",
            "its code is also that of something else, by an alias or '<<': write the code out at one of them",
        ),
        (
            "atoms:\n  a: &a {code: pass}\n  b: *a\n",
            "b",
            "the whole atom is written elsewhere, as an alias or through '<<': write it out, or change that place",
        ),
    ],
)
def test_code_that_is_not_the_atoms_own_is_refused(tmp_path: Path, text: str, atom: str, reason: str) -> None:
    plan = written(tmp_path, text)
    rewriting = healed(plan, {atom: "x"})
    assert (rewriting.changes, rewriting.refused) == ((), {atom: reason})


def test_what_would_change_more_than_code_is_not_written(tmp_path: Path) -> None:
    plan = written(tmp_path, "atoms:\n  a: &a {code: pass}\n  b: {code: '1', input: {v: *a}}\n")
    with pytest.raises(MgeError, match="only the code of 'a' changes: edit it by hand"):
        rewrite(plan, {"a": "x"})


def test_no_file_holds_a_lone_surrogate_and_no_plan_an_empty_atom(tmp_path: Path) -> None:
    plan = written(tmp_path, "atoms:\n  a: {code: pass}\n  b: {code: pass}\n  c: {code: pass, check: pass}\n")
    rewriting = healed(plan, {"a": "'\ud800'", "b": " \n", "c": ""})
    assert list(rewriting.refused) == ["a", "b"]
    assert rewriting.written == ("c",)


def with_file(directory: Path, text: str, content: bytes = b"x = 0\r\n", name: str = "f.py") -> Path:
    target = directory / name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    (directory / "plan.yaml").write_text(text)
    return target


def test_a_file_of_code_is_rewritten_and_the_plan_is_not(tmp_path: Path) -> None:
    target = with_file(
        tmp_path, "atoms:\n  a: {code: {path: src/f.py}}\n", b"\xef\xbb\xbfx = 0\r\n", "src/f.py"
    )
    target.chmod(0o640)
    plan = load_masterplan(tmp_path / "plan.yaml")
    rewriting = healed(plan, {"a": "x = 1\r\ny = 'é'"})
    assert [change.path for change in rewriting.changes] == [target]
    assert target.read_bytes() == b"\xef\xbb\xbfx = 1\r\ny = '\xc3\xa9'"
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("atoms:\n  a: {code: {path: f.py}}\n  b: {code: {path: f.py}}\n", "also the code of 'b'"),
        ("atoms:\n  a: {code: {path: f.py}, check: {path: f.py}}\n", "also the check of 'a'"),
        ("atoms:\n  a: {code: {path: f.py}}\n  b: {code: '1', files: [f.py]}\n", "given to 'b' as data"),
    ],
)
def test_a_file_that_is_something_else_too_is_not_written(tmp_path: Path, text: str, reason: str) -> None:
    target = with_file(tmp_path, text)
    rewriting = healed(load_masterplan(tmp_path / "plan.yaml"), {"a": "x = 1"})
    assert reason in rewriting.refused["a"]
    assert target.read_bytes() == b"x = 0\r\n"


def test_atoms_of_one_file_can_be_given_the_same_code(tmp_path: Path) -> None:
    target = with_file(tmp_path, "atoms:\n  a: {code: {path: f.py}}\n  b: {code: {path: ./f.py}}\n")
    assert healed(load_masterplan(tmp_path / "plan.yaml"), {"a": "x", "b": "x"}).refused == {}
    assert target.read_text() == "x"


@pytest.mark.parametrize("link", ["f.py", "src"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "f.py").write_text("x = 0")
    name = "f.py" if link == "f.py" else "src/f.py"
    (tmp_path / link).symlink_to(real / "f.py" if link == "f.py" else real)
    plan = written(tmp_path, f"atoms:\n  a: {{code: {{path: {name}}}}}\n")
    rewriting = rewrite(plan, {"a": "x = 1"})
    assert "through a symbolic link" in rewriting.refused["a"]
    assert rewriting.changes == ()


def test_a_file_that_became_a_link_is_not_written(tmp_path: Path) -> None:
    target = with_file(tmp_path, "atoms:\n  a: {code: {path: f.py}}\n")
    rewriting = rewrite(load_masterplan(tmp_path / "plan.yaml"), {"a": "x = 1"})
    target.rename(tmp_path / "g.py")
    target.symlink_to(tmp_path / "g.py")
    with pytest.raises(MgeError, match="has become a symbolic link"):
        write_changes(rewriting)
    assert (tmp_path / "g.py").read_bytes() == b"x = 0\r\n"


def test_a_plan_behind_a_link_is_written_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    written(tmp_path / "real", "atoms: {a: {code: pass}}\n")
    link = tmp_path / "plan.yaml"
    link.symlink_to("real/plan.yaml")
    write_changes(rewrite(load_masterplan(link), {"a": "x"}))
    assert link.is_symlink()
    assert (tmp_path / "real/plan.yaml").read_text() == "atoms: {a: {code: x}}\n"


def test_a_plan_that_changed_since_it_was_loaded_is_not_written(tmp_path: Path) -> None:
    plan = written(tmp_path, "atoms: {a: {code: pass}}\n")
    rewriting = rewrite(plan, {"a": "x"})
    Path(plan.path).write_text("atoms: {a: {code: other}}\n")
    with pytest.raises(MgeError, match="changed since it was loaded"):
        rewrite(plan, {"a": "x"})
    with pytest.raises(MgeError, match="changed since it was read"):
        write_changes(rewriting)
    assert Path(plan.path).read_text() == "atoms: {a: {code: other}}\n"


def test_a_plan_that_is_broken_by_now_is_not_written(tmp_path: Path) -> None:
    plan = written(tmp_path, "atoms: {a: {code: pass}}\n")
    Path(plan.path).write_text("atoms: {a: {cod: pass}}\n")
    with pytest.raises(MgeError, match=r"can be loaded no more.*unknown key 'cod'"):
        rewrite(plan, {"a": "x"})


def test_a_file_of_code_that_changed_is_not_written(tmp_path: Path) -> None:
    target = with_file(tmp_path, "atoms:\n  a: {code: {path: f.py}}\n")
    plan = load_masterplan(tmp_path / "plan.yaml")
    target.write_text("other")
    with pytest.raises(MgeError, match="changed since it was loaded"):
        rewrite(plan, {"a": "x"})


def test_a_plan_that_is_no_file_is_not_written() -> None:
    with pytest.raises(MgeError, match="no plan file"):
        rewrite(load_text("atoms: {a: {code: pass}}"), {"a": "x"})


def test_an_unknown_atom_is_an_error(tmp_path: Path) -> None:
    plan = written(tmp_path, "atoms: {gross: {code: pass}}\n")
    with pytest.raises(UnknownAtomError, match="did you mean 'gross'"):
        rewrite(plan, {"gros": "x"})


def test_permissions_stay_and_nothing_else_is_left_in_the_directory(tmp_path: Path) -> None:
    plan = written(tmp_path, "atoms: {a: {code: pass}}\n")
    Path(plan.path).chmod(0o600)
    healed(plan, {"a": "x"})
    assert Path(plan.path).stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.yaml"]
