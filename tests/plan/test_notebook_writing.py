"""Healed code written back into the cells of notebooks, where nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.errors import MgeError
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.rewriting import rewrite, write_changes
from tests.plan.cells import ATOM, code, notebook, saved


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [None, 1, 2])
def test_healed_code_is_written_into_its_cell_and_nothing_else_changes(
    tmp_path: Path, indent: int | None, ascii_only: bool, newline: str
) -> None:
    cells = [
        code("ä", kind="markdown"),
        code(["%%atom a --slots 2\n", "x = 1\n", "y = ä"]),
        code("b = 1", "atom"),
    ]
    document = json.loads(notebook(*cells))
    before = json.dumps(document, indent=indent, ensure_ascii=ascii_only).replace("\n", newline)
    plan = saved(tmp_path, before)
    rewriting = rewrite(plan, {"a": "x = 1\ny = 'ö'\n", "cell_3": "b = 2\nc = 3"})
    assert rewriting.written == ("a", "cell_3")
    write_changes(rewriting)
    after = (tmp_path / "a.ipynb").read_bytes().decode()
    document["cells"][1]["source"] = ["%%atom a --slots 2\n", "x = 1\n", "y = 'ö'\n"]
    document["cells"][2]["source"] = "b = 2\nc = 3"
    expected = json.dumps(document, indent=indent, ensure_ascii=ascii_only).replace("\n", newline)
    assert after == expected


def test_code_that_would_change_more_than_its_atom_is_not_written(tmp_path: Path) -> None:
    plan = saved(tmp_path, notebook(ATOM))
    with pytest.raises(MgeError, match="cannot be rewritten so that only the code of 'a' changes"):
        rewrite(plan, {"a": "%%atom b\nx = 2"})


LINES = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)


@given(LINES, LINES, st.sampled_from([None, 1, 4]), st.booleans())
def test_any_code_can_be_written_back(first: str, second: str, indent: int | None, as_lines: bool) -> None:
    from mge_toolkit.plan.notebooks import notebook_edits

    source = f"%%atom a --check 1\n{first}"
    cell = code(source.splitlines(keepends=True) if as_lines else source)
    text = json.dumps(json.loads(notebook(ATOM | {"metadata": {}}, cell)), indent=indent)
    ((start, end, written),) = notebook_edits(text, "a.ipynb", {"a": second})
    document = json.loads(text[:start] + written + text[end:])
    assert "".join(document["cells"][1]["source"]) == f"%%atom a --check 1\n{second}"


@pytest.mark.parametrize("as_lines", [False, True])
def test_code_is_written_into_a_cell_that_has_only_its_magic(tmp_path: Path, as_lines: bool) -> None:
    magic = '%%atom base --check "x == 1"'
    plan = saved(tmp_path, notebook(code([magic] if as_lines else magic)))
    write_changes(rewrite(plan, {"base": "x = 1\ny = 2"}))
    (atom,) = load_masterplan(tmp_path / "a.ipynb").atoms.values()
    assert (atom.id, atom.code.text) == ("base", "x = 1\ny = 2")
    (cell,) = json.loads((tmp_path / "a.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "".join(cell["source"]) == f"{magic}\nx = 1\ny = 2"
