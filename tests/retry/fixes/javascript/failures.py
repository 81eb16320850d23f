"""Failures of JavaScript and TypeScript atoms, as the sandbox reports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Frame, Raised, Role
from mge_toolkit.retry.kinds import kind_of
from mge_toolkit.testing import make_atom
from tests.retry.fixes.cases import make_case

BASES = {"AssertionError": ("Error", "ERR_ASSERTION")}


def failed(
    code: str,
    said: str,
    *,
    line: int | None = None,
    column: int | None = None,
    role: Role = Role.CODE,
    bases: Sequence[str] = (),
    dependencies: Sequence[str] = (),
    **fields: Any,
) -> RepairCase:
    """Return the case of ``code`` that ended with ``said``, which is the exception's class and message."""
    kind, _, message = said.partition(": ")
    frames = () if line is None else (Frame(atom_id="a", role=role, line=line, column=column),)
    raised = Raised(type=kind, message=message, bases=(*BASES.get(kind, ("Error",)), *bases), frames=frames)
    category, name = kind_of(raised)
    fields.setdefault("language", "javascript")
    fields.setdefault("check", "f();")
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
    atoms = tuple(
        make_atom(f"d{number}", text, language=fields["language"]) for number, text in enumerate(dependencies)
    )
    return replace(case, dependencies=atoms)
