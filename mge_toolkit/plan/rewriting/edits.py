"""The edits that give one atom its new code where the old one stood."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mge_toolkit.plan.rewriting.blocks import STYLES, block_text, new_block, newline_of, rewritten_block
from mge_toolkit.plan.rewriting.changes import Edit
from mge_toolkit.plan.rewriting.places import Place, Reach
from mge_toolkit.plan.rewriting.scalars import one_line
from mge_toolkit.plan.rewriting.written import JSON, Alias, Leaf


def code_edits(text: str, place: Place, code: str) -> Sequence[Edit]:
    """Return the edits of ``text`` that make ``code`` the atom's own; there is room for it there."""
    value = place.value
    if place.reach is Reach.MERGED:
        return [_inserted(text, place, code)]
    if isinstance(value, Leaf):
        if value.style == JSON:
            # A document that is all ASCII keeps to it.
            written = json.dumps(code, ensure_ascii=text.isascii())
            return [Edit(start=value.start, end=value.end, text=written)]
        if value.style in STYLES:
            return rewritten_block(text, place, value, code)
        escapes = value.style == '"' and "\n" in str(value.value)
        return _replaced(text, place, value, code, value.style, stays=escapes)
    if isinstance(value, Alias):
        return _replaced(text, place, value, code, "", stays=False)
    raise TypeError(f"the code of '{place.atom_id}' stands in a file of its own")


def has_room(text: str, place: Place) -> bool:
    """Return whether the atom can be given code of its own where it is now an alias or comes through ``<<``."""
    if place.reach is Reach.MERGED:
        first = place.atom.entries[0].start
        return place.atom.flow or not text[text.rfind("\n", 0, first) + 1 : first].strip(" ")
    return place.reach in (Reach.WRITTEN, Reach.ALIAS)


def _replaced(
    text: str, place: Place, value: Leaf | Alias, code: str, style: str, *, stays: bool
) -> Sequence[Edit]:
    """Return the edits for a scalar that is no block, or an alias; ``stays``: it keeps to one line."""
    if "\n" in code and not value.flow and not stays:
        block = new_block(text, place, value.start, value.end, code)
        if block is not None:
            return block
    return [Edit(start=value.start, end=value.end, text=one_line(code, style, flow=value.flow))]


def _inserted(text: str, place: Place, code: str) -> Edit:
    """Return the edit that puts a key ``code`` before the atom's first one."""
    if place.atom.flow:
        written = f"code: {one_line(code, '', flow=True)}, "
        return Edit(start=place.atom.inside, end=place.atom.inside, text=written)
    start = place.atom.entries[0].start
    newline = newline_of(text, start)
    block = block_text(place, code, newline) if "\n" in code else None
    written = f"{one_line(code, '', flow=False)}{newline}" if block is None else block
    return Edit(start=start, end=start, text=f"code: {written}{' ' * place.column}")
