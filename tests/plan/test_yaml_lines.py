"""YAML: where code stands in the file, whatever way of writing a text was chosen."""

from __future__ import annotations

from textwrap import dedent

import pytest

from mge_toolkit.core.plans import Source
from mge_toolkit.plan import load_text
from tests.plan.helpers import load, only


def assert_exact(text: str, source: Source) -> None:
    """Check every character of every line of ``source`` against the file's own."""
    lines = text.split("\n")
    assert source.exact
    for number, line in enumerate(source.text.split("\n"), 1):
        position = source.position(number, 1)
        if line:
            assert position.column is not None
            written = lines[position.line - 1].removesuffix("\r")
            assert written[position.column - 1 :][: len(line)] == line


BLOCKS = {
    "plain": "code: |\n      one\n        two\n      three\n",
    "blank lines first": "code: |\n\n\n      one\n      two\n",
    "comment after the header": "code: | # the code\n      one\n      two\n",
    "indentation indicator": "code: |2\n        one\n      two\n",
    "indicator and blank lines": "code: |2\n\n        one\n\n      two\n",
    "indicator before chomping": "code: |2-\n        one\n      two\n",
    "chomping before indicator": "code: |-2\n        one\n      two\n",
    "stripped": "code: |-\n      one\n      two\n",
    "kept": "code: |+\n      one\n\n\n",
    "tab in the text": "code: |\n      if x:\n      \ty\n",
    "tab first": "code: |2\n      \tone\n",
    "anchored": "code: &it |\n      one\n      two\n",
    "anchored on the line before": "code: &it\n      |\n      one\n      two\n",
    "tagged": "code: !!str |\n      one\n      two\n",
    "non-ASCII": "code: |\n      näïve = '\U0001d4b3'\n      two\n",
    "trailing spaces": "code: |\n      one  \n      two\n",
    "only spaces in a line": "code: |\n      one\n         \n      two\n",
    "less indented": "code: |\n     one\n     two\n",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_every_line_of_a_literal_block_is_a_line_of_the_file(block: str) -> None:
    text = f"# a plan\natoms:\n  a:\n    {block}    check: 'z'\n"
    atom = load_text(text, file="plan.yaml").atoms["a"]
    assert_exact(text, atom.code)
    assert atom.code.file == "plan.yaml"


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_windows_line_ends_change_no_position(block: str) -> None:
    text = f"# a plan\natoms:\n  a:\n    {block}    check: 'z'\n".replace("\n", "\r\n")
    atom = load_text(text, file="plan.yaml").atoms["a"]
    assert_exact(text, atom.code)
    assert "\r" not in atom.code.text


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("code: x = 1", 11),
        ("code: 'x = 1'", 12),
        ('code: "x = 1"', 12),
        ("code:    x = 1   # comment", 14),
        ("code: &it x = 1", 15),
        ("code: !!str x = 1", 17),
    ],
)
def test_a_text_on_one_line_is_exact(written: str, column: int) -> None:
    atom = only(f"atoms:\n  a:\n    {written}\n")
    assert atom.code.text == "x = 1"
    position = atom.code.position(1, 1)
    assert (position.line, position.column) == (3, column)


@pytest.mark.parametrize(
    "written",
    [
        "code: >\n      one\n      two\n",
        "code: >-\n      one\n",
        'code: "a\\tb"',
        "code: 'it''s'",
        'code: "one\n      two"',
        "code: one\n      two",
        'code: "one\\n\\\n      two"',
    ],
)
def test_other_texts_are_not_exact_and_point_at_their_first_line(written: str) -> None:
    atom = only(f"atoms:\n  a:\n    {written}\n")
    assert not atom.code.exact
    assert str(atom.code.position(2, 5)) == "plan.yaml:3"


def test_code_taken_through_an_alias_points_at_the_anchor() -> None:
    text = dedent("""\
        x-shared: &shared |
          def f(): pass
        atoms:
          a: {code: *shared}
          b: {code: *shared}
        """)
    plan = load(text)
    assert_exact(text, plan.atoms["b"].code)
    assert plan.atoms["a"].code.line == 2
    assert [atom.line for atom in plan.atoms.values()] == [4, 5]


def test_atoms_know_the_lines_that_name_them() -> None:
    plan = load("""\
        components:
          c:
            modules:
              m:
                atoms:
                  a: {code: x}

                  b:
                    code: y
        """)
    assert {name: atom.line for name, atom in plan.atoms.items()} == {"a": 6, "b": 8}
    assert {(atom.component, atom.module) for atom in plan.atoms.values()} == {("c", "m")}


def test_a_byte_order_mark_moves_nothing() -> None:
    atom = only("\ufeffatoms: {a: {code: 'x'}}")
    assert atom.code.position(1, 1).column == 20
