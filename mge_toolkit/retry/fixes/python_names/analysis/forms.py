"""Expressions with gaps, such as ``({0} in {v})``, that arguments are put into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_GAP: Final = re.compile(r"\{(\d|all|v)\}")


def filled(form: str, arguments: Sequence[str], value: str = "") -> str:
    """Return ``form`` with its gaps filled: by number, ``{all}`` by all arguments, ``{v}`` by ``value``."""

    def put(gap: re.Match[str]) -> str:
        if gap[1] == "v":
            return value
        return ", ".join(arguments) if gap[1] == "all" else arguments[int(gap[1])]

    return _GAP.sub(put, form)


def needed(form: str) -> int | None:
    """Return how many arguments ``form`` takes, ``None`` where it takes any number."""
    gaps = set(_GAP.findall(form)) - {"v"}
    return None if "all" in gaps else len(gaps)
