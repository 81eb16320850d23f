"""Failures of names, attributes, imports and arguments, as the sandbox reports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mge_toolkit.core.ports import Candidate, RepairCase
from mge_toolkit.core.results import Raised, Role
from mge_toolkit.retry.fixes.python_names import python_name_fixers
from mge_toolkit.retry.kinds import kind_of
from mge_toolkit.testing import make_atom
from tests.retry.fixes.cases import make_case, proposed

BASES = {
    "UnboundLocalError": ("NameError", "Exception", "BaseException"),
    "ModuleNotFoundError": ("ImportError", "Exception", "BaseException"),
}
FIXERS = {fixer.name: fixer for fixer in python_name_fixers()}


def failed(
    code: str,
    said: str,
    *,
    line: int | None = None,
    column: int | None = None,
    role: Role = Role.CODE,
    dependencies: Sequence[str] = (),
    **fields: Any,
) -> RepairCase:
    """Return the case of ``code`` that ended with ``said``, which is the exception's class and message.

    There is a check unless ``check=None`` is given.
    """
    kind, _, message = said.partition(": ")
    raised = Raised(type=kind, message=message, bases=BASES.get(kind, ("Exception", "BaseException")))
    category, name = kind_of(raised)
    fields.setdefault("check", "assert f()")
    case = make_case(
        code,
        category=category,
        kind=name,
        message=said,
        line=line,
        column=column,
        role=role,
        raised=raised,
        **fields,
    )
    atoms = tuple(make_atom(f"d{number}", text) for number, text in enumerate(dependencies))
    return replace(case, dependencies=atoms)


def all_proposed(case: RepairCase) -> list[Candidate]:
    """Return what all the fixers propose, the most likely first."""
    found = [candidate for fixer in FIXERS.values() for candidate in proposed(fixer, case)]
    return sorted(found, key=lambda candidate: -candidate.confidence)


def all_codes(case: RepairCase) -> list[str]:
    """Return the codes that all the fixers propose, the most likely first."""
    return [candidate.code for candidate in all_proposed(case)]
