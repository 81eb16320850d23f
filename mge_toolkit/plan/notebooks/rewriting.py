"""The edits that give atoms new code in the cells of a notebook, whose outputs and everything else stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from mge_toolkit.plan.notebooks.cells import read_notebook
from mge_toolkit.plan.syntax.nodes import Report

_LAYOUT = re.compile(r"\[(\s*)(?:[^\s\]].*?)?(\s*)\]", re.DOTALL)

Span = tuple[int, int, str]
"""An edit: from where, to where, and what stands there instead."""


def notebook_edits(text: str, file: str, codes: Mapping[str, str]) -> Iterator[Span]:
    """Yield the edits of a notebook's text that make ``codes`` the code of the atoms they are named by."""
    plan = read_notebook(text, Report(file))
    for name, code in codes.items():
        place = plan.places[name]
        magic = place.cell.source[: len(place.cell.source) - len(place.code)]
        if magic and not magic.endswith("\n"):
            magic += "\n"
        yield (
            place.cell.start,
            place.cell.end,
            _written(text, place.cell.start, place.cell.end, magic + code),
        )


def _written(text: str, start: int, end: int, source: str) -> str:
    """Return a source in the way that the one there is written: one string, or one for each line."""
    # A document that is all ASCII keeps to it.
    plain = text.isascii()
    layout = _LAYOUT.fullmatch(text, start, end)
    if layout is None:
        return json.dumps(source, ensure_ascii=plain)
    before, after = layout[1], layout[2]
    comma = f",{before}" if "\n" in before else ", "
    lines = [json.dumps(line, ensure_ascii=plain) for line in source.splitlines(keepends=True)]
    return f"[{before}{comma.join(lines)}{after}]"
