"""The plan's records: what they look up in themselves."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import mge_toolkit
from mge_toolkit.core.plans import Atom, FromAtom, Limits, Masterplan, Position, Source, empty_mapping


def test_a_position_is_written_as_editors_understand_it() -> None:
    assert str(Position(file="plan.yaml", line=12)) == "plan.yaml:12"
    assert str(Position(file="plan.yaml", line=12, column=3)) == "plan.yaml:12:3"


def test_positions_in_exact_source_are_shifted_to_the_file() -> None:
    source = Source(text="a\nb\n", file="p.yaml", line=10, indent=6)
    assert source.position(2, 3) == Position(file="p.yaml", line=11, column=9)
    assert source.position(1) == Position(file="p.yaml", line=10)


def test_positions_in_other_source_are_where_it_begins() -> None:
    source = Source(text="a\nb\n", file="p.json", line=10, exact=False)
    assert source.position(2, 3) == Position(file="p.json", line=10)


def test_cpu_time_follows_wall_time_and_processors_unless_it_is_given() -> None:
    assert Limits(timeout=3, cpus=2).cpu_seconds == 6
    assert Limits(timeout=3, cpus=2, cpu_time=1).cpu_seconds == 1


def test_an_atoms_predecessors_are_its_dependencies_and_its_sources_once_each() -> None:
    atom = Atom(
        id="a",
        code=Source(text=""),
        depends_on=("x", "y"),
        inputs={"p": FromAtom(atom="y"), "q": 3, "r": FromAtom(atom="z"), "s": FromAtom(atom="z")},
    )
    assert atom.sources == ("y", "z")
    assert atom.predecessors == ("x", "y", "z")


def test_records_cannot_be_changed() -> None:
    atom = Atom(id="a", code=Source(text=""))
    with pytest.raises(dataclasses.FrozenInstanceError):
        atom.id = "b"  # type: ignore[misc] # the attempt is the point
    with pytest.raises(TypeError):
        empty_mapping()["x"] = 1  # type: ignore[index] # likewise
    assert len(Masterplan(name="p", atoms={"a": atom})) == 1


@pytest.mark.parametrize("field", ["code", "check"])
def test_an_atom_whose_source_is_no_source_is_refused_with_the_remedy(field: str) -> None:
    parts: dict[str, Any] = {"code": Source(text=""), field: "x = 1"}
    with pytest.raises(TypeError, match=rf"atom 'a': {field} is a str: give Source\(text=\.\.\.\)"):
        Atom(id="a", **parts)


def test_the_records_that_a_plan_is_made_of_are_public() -> None:
    assert mge_toolkit.Source is Source
    assert mge_toolkit.FromAtom is FromAtom
    assert mge_toolkit.Limits is Limits
    assert {"Expectation", "MgeError", "Network", "Outcome", "RaisedException", "Schedule"} < set(
        mge_toolkit.__all__
    )
