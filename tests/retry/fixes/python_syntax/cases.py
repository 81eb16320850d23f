"""Broken Python as the fixer is given it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mge_toolkit.core.ports import Candidate
from mge_toolkit.core.results import Category
from mge_toolkit.retry.fixes.python_syntax import PythonSyntaxFixer
from tests.retry.fixes.cases import make_case, proposed


def candidates(code: str, **fields: Any) -> Sequence[Candidate]:
    """Return what is proposed for ``code``, which failed to parse."""
    case = make_case(code, category=Category.SYNTAX, kind="syntax", message="invalid syntax", **fields)
    return proposed(PythonSyntaxFixer(), case)


def mended(code: str, **fields: Any) -> list[str]:
    """Return the codes proposed for ``code``."""
    return [candidate.code for candidate in candidates(code, **fields)]


def first(code: str, **fields: Any) -> str | None:
    """Return the first code proposed for ``code``."""
    return next(iter(mended(code, **fields)), None)
