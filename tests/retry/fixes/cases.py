"""Failed atoms as fixers see them, made by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mge_toolkit.core.ports import Candidate, Fixer, RepairCase
from mge_toolkit.core.results import Attempt, Category, Execution, Failure, Raised, Role
from mge_toolkit.testing import make_atom


def make_case(
    code: str,
    *,
    category: Category = Category.RUNTIME,
    kind: str = "exception",
    message: str = "",
    line: int | None = None,
    column: int | None = None,
    role: Role = Role.CODE,
    raised: Raised | None = None,
    **fields: Any,
) -> RepairCase:
    """Return the case of an atom whose only attempt failed so; ``fields`` are the atom's own."""
    atom = make_atom("a", code, **fields)
    failure = Failure(
        category=category,
        kind=kind,
        message=message,
        culprit="a",
        role=role,
        line=line,
        column=column,
        position=atom.code.position(line or 1, column),
    )
    attempt = Attempt(
        number=1,
        code=code,
        execution=Execution(completed=False, exit_code=1, raised=raised),
        started_at=datetime.now(UTC),
        slot=0,
        failure=failure,
    )
    return RepairCase(atom=atom, dependencies=(), attempts=(attempt,))


def proposed(fixer: Fixer, case: RepairCase) -> Sequence[Candidate]:
    """Return what ``fixer`` proposes."""
    return asyncio.run(fixer.candidates(case))


def codes(fixer: Fixer, case: RepairCase) -> list[str]:
    """Return the codes that ``fixer`` proposes, best first."""
    return [candidate.code for candidate in proposed(fixer, case)]
