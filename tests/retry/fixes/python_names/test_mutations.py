"""Valid programs with one name misspelt by one edit: some proposal restores what was written."""

from __future__ import annotations

import ast
import builtins
import keyword
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.retry.fixes.python_names.analysis.source import SourceText
from mge_toolkit.retry.fixes.python_names.analysis.standard import exporters, modules
from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes

PROGRAMS = [
    """\
import collections
from functools import reduce

def frequent(words, limit=3):
    # größte zuerst
    counted = collections.Counter(word.lower() for word in words)
    ordered = sorted(counted.items(), key=lambda entry: -entry[1])
    return [f"{word}: {number}" for word, number in ordered[:limit]], reduce(max, counted.values())
""",
    """\
import math
import itertools

class Polygon:
    sides = 0

    def __init__(self, points):
        self.points = points
        self.length = None

    def perimeter(self):
        total = 0.0
        for (left, top), (right, bottom) in itertools.pairwise(self.points):
            total += math.hypot(right - left, bottom - top)
        self.length = round(total, 2)
        return self.length
""",
    """\
from dataclasses import dataclass, field
from typing import Optional

LIMITS = {"small": 10, "large": 100}

@dataclass
class Account:
    owner: str
    history: list = field(default_factory=list)

    def deposit(self, amount: int) -> Optional[int]:
        if amount > LIMITS["large"]:
            raise ValueError(f"too much: {amount}")
        self.history.append(amount)
        return sum(self.history)
""",
]
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz_")
TAKEN = {*dir(builtins), *exporters(), *modules(), *sys.stdlib_module_names, *keyword.kwlist}


@dataclass(frozen=True)
class Place:
    """Where a name stands, and what Python says where it is wrong there."""

    start: int
    name: str
    said: str
    line: int
    column: int


def places(code: str) -> Iterator[Place]:
    """Yield the places of names that are long enough for one letter less to be no other name."""
    source, tree = SourceText(code), ast.parse(code)
    own = next((node.name for node in tree.body if isinstance(node, ast.ClassDef)), "")
    kinds = {"word": "str", "counted": "Counter", "self": own}
    for node in ast.walk(tree):
        column = 1
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            start, name, said = source.start(node), node.id, "NameError: name '{}' is not defined"
            column = source.column(start)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            start, name, column = (
                source.end(node) - len(node.attr),
                node.attr,
                source.column(source.start(node)),
            )
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            said = f"AttributeError: '{kinds.get(owner, 'list')}' object has no attribute '{{}}'"
            if owner in modules():
                said = f"AttributeError: module '{owner}' has no attribute '{{}}'"
        elif isinstance(node, ast.ImportFrom):
            start, name = source.start(node) + len("from "), str(node.module)
            said = "ModuleNotFoundError: No module named '{}'"
        elif isinstance(node, ast.alias):
            start, name, said = source.start(node), node.name, "ModuleNotFoundError: No module named '{}'"
            if name not in modules():
                said = (
                    f"ImportError: cannot import name '{{}}' from '{exporters()[name][0]}' (unknown location)"
                )
        else:
            continue
        if len(name) > 3 and code[start : start + len(name)] == name:
            yield Place(start, name, said, source.line_at(start), column)


PLACES = [(code, place) for code in PROGRAMS for place in places(code)]


@st.composite
def misspelt(draw: st.DrawFn, name: str) -> str:
    """Return ``name`` with a letter too many, too few, or wrong, or with two of them swapped."""
    at = draw(st.integers(1, len(name) - 1))
    return draw(
        st.one_of(
            st.just(name[:at] + name[at + 1 :]),
            LETTERS.map(lambda letter: name[:at] + letter + name[at:]),
            LETTERS.map(lambda letter: name[:at] + letter + name[at + 1 :]),
            st.just(name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]),
            st.just(name[:at] + name[at].upper() + name[at + 1 :]),
        )
    )


def broken(code: str, place: Place, wrong: str) -> RepairCase:
    """Return the case of ``code`` with ``wrong`` at ``place``."""
    text = code[: place.start] + wrong + code[place.start + len(place.name) :]
    return failed(text, place.said.format(wrong), line=place.line, column=place.column)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_one_misspelt_name_is_restored(data: st.DataObject) -> None:
    code, place = data.draw(st.sampled_from(PLACES))
    wrong = data.draw(misspelt(place.name))
    assume(wrong.isidentifier() and wrong not in TAKEN and wrong not in code)
    restored = [ast.dump(ast.parse(proposal)) for proposal in all_codes(broken(code, place, wrong))]
    assert ast.dump(ast.parse(code)) in restored


@pytest.mark.parametrize("code", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_removed_import_is_restored(code: str) -> None:
    tree = ast.parse(code)
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            lines = code.splitlines(keepends=True)
            removed = lines.pop(statement.lineno - 1).strip()
            name = statement.names[0].name
            mended = all_codes(failed("".join(lines), f"NameError: name '{name}' is not defined"))[0]
            assert set(mended.splitlines()) == {*"".join(lines).splitlines(), removed}
