"""Failed atoms for the search, with a check that tells enough for every change to be proposed."""

from __future__ import annotations

from typing import Any

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.retry.fixes.python_search.fixer import PythonSearchFixer
from tests.retry.fixes.cases import codes, make_case

FIXER = PythonSearchFixer()
TELLING = "".join(f"assert f({n}) == [{n}, {n + 1}, {n + 2}]\n" for n in range(12))


def failed(code: str, kind: str = "assertion", check: str = TELLING, **fields: Any) -> RepairCase:
    """Return the case of an atom with this code whose check did not pass."""
    return make_case(code, kind=kind, check=check, **fields)


def rank_of(mended: str, case: RepairCase) -> int:
    """Return at which place, from 1, ``mended`` is proposed."""
    return codes(FIXER, case).index(mended) + 1
