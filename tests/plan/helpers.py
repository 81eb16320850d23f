"""Plans as texts, and what loading them says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from mge_toolkit.core.errors import PlanError
from mge_toolkit.core.plans import Atom, JsonValue, Masterplan
from mge_toolkit.plan import load_text

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[tuple[str, str]]:
    """Return the pairs of a file: something wrong, and, indented below it, what is said about it."""
    lines = (CASES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("    ") for line in lines[1::2])
    return [(wrong, said.strip()) for wrong, said in zip(lines[::2], lines[1::2], strict=True)]


def load(text: str, form: str = "yaml", directory: Path | None = None) -> Masterplan:
    """Load an indented text."""
    return load_text(dedent(text), file="plan.yaml", form=form, directory=directory)


def only(text: str, form: str = "yaml") -> Atom:
    """Load a plan of one atom."""
    (atom,) = load(text, form).atoms.values()
    return atom


def problems(text: str, form: str = "yaml", directory: Path | None = None) -> list[str]:
    """Return the lines that loading a wrong plan prints, without the file's name."""
    with pytest.raises(PlanError) as caught:
        load(text, form, directory)
    lines = str(caught.value).split("\n")
    assert len(lines) == len(caught.value.problems)
    assert all(line.startswith("plan.yaml:") for line in lines)
    return [line.removeprefix("plan.yaml:") for line in lines]


def value_of(written: str) -> JsonValue:
    """Return what a value written in YAML means as an input."""
    return only(f"atoms:\n  a:\n    code: x\n    input:\n      v: {written}\n").inputs["v"]
