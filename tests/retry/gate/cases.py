"""Atoms whose code is to be replaced, and what the gate says about it."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from mge_toolkit.core.plans import Expectation
from mge_toolkit.retry.gate import refusal
from mge_toolkit.testing import make_atom


def judged(
    before: str,
    after: str,
    *,
    check: str | None = None,
    result: object = None,
    stdout: str | None = None,
    language: str = "python",
    **fields: Any,
) -> str | None:
    """Return the gate's reason for refusing ``after`` in the place of ``before``."""
    if result is not None:
        fields["expect"] = Expectation(result=result)
    if stdout is not None:
        fields["expect"] = Expectation(stdout=stdout)
    before, after = dedent(before), dedent(after)
    atom = make_atom("a", before, check=check and dedent(check), language=language, **fields)
    return refusal(atom, before, after)
