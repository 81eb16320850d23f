"""Failed atoms as the sandbox reports them, by what the exception says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Frame, Raised, Role
from mge_toolkit.retry.kinds import kind_of
from mge_toolkit.testing import make_atom
from tests.retry.fixes.cases import make_case

PYTHON = {
    "UnboundLocalError": ("NameError", "Exception", "BaseException"),
    "ModuleNotFoundError": ("ImportError", "Exception", "BaseException"),
}
SCRIPTS = {"AssertionError": ("Error", "ERR_ASSERTION")}


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
    """Return the case of Python code that ended with ``said``, which is the exception's class and message.

    There is a check unless ``check=None`` is given.
    """
    kind, _, message = said.partition(": ")
    raised = Raised(type=kind, message=message, bases=PYTHON.get(kind, ("Exception", "BaseException")))
    place = {"line": line, "column": column, "role": role}
    return _case(code, said, raised, place, dependencies, {"check": "assert f()", **fields})


def failed_script(
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
    """Return the case of JavaScript, or of another ``language``, that ended so."""
    kind, _, message = said.partition(": ")
    frames = () if line is None else (Frame(atom_id="a", role=role, line=line, column=column),)
    raised = Raised(type=kind, message=message, bases=(*SCRIPTS.get(kind, ("Error",)), *bases), frames=frames)
    place = {"line": line, "column": column, "role": role}
    return _case(
        code, said, raised, place, dependencies, {"language": "javascript", "check": "f();", **fields}
    )


def _case(
    code: str,
    said: str,
    raised: Raised,
    place: dict[str, Any],
    dependencies: Sequence[str],
    fields: dict[str, Any],
) -> RepairCase:
    category, kind = kind_of(raised)
    case = make_case(code, category=category, kind=kind, message=said, raised=raised, **place, **fields)
    language = fields.get("language", "python")
    atoms = (make_atom(f"d{number}", text, language=language) for number, text in enumerate(dependencies))
    return replace(case, dependencies=tuple(atoms))
