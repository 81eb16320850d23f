"""Which codes can be written where, as anchors, aliases and merged mappings share them between atoms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mge_toolkit.plan.rewriting.edits import has_room
from mge_toolkit.plan.rewriting.places import Place, Places, Reach
from mge_toolkit.plan.rewriting.written import Leaf, Map

BORROWED = (
    "the whole atom is written elsewhere, as an alias or through '<<': write it out, or change that place"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What is to be written where, and why the code of other atoms cannot be."""

    write: tuple[tuple[Place, str], ...]
    refused: Mapping[str, str]


def settle(text: str, places: Places, wanted: Mapping[str, str], codes: Mapping[str, str]) -> Settled:
    """Return where the ``wanted`` codes are to be written, so that no other atom's code changes with them.

    ``codes`` are the atoms whose code is known, those that stay the same among them. An atom that takes its code
    from another's is given its own; code that others take too changes only where each of them is given that very
    code or can be given its own. Codes in files of their own are left out.
    """
    write: dict[str, tuple[Place, str]] = {}
    refused: dict[str, str] = {}
    changed: dict[Leaf | Map, str] = {}
    inline = {name: places.by_atom[name] for name in wanted if isinstance(places.by_atom[name].code, Leaf)}
    for name, place in inline.items():
        if place.reach is not Reach.WRITTEN:
            continue
        code = wanted[name]
        others = [other for other in places.users(place.code) if other is not place]
        held = [other for other in others if not _follows(text, other, code, codes)]
        if held or place.code in places.elsewhere:
            refused[name] = _shared(held)
            continue
        changed[place.code] = code
        write[name] = (place, code)
        write |= {
            other.atom_id: (other, codes[other.atom_id]) for other in others if codes[other.atom_id] != code
        }
    for name, place in inline.items():
        if name in write or name in refused or changed.get(place.code) == wanted[name]:
            continue
        if has_room(text, place):
            write[name] = (place, wanted[name])
        else:
            refused[name] = BORROWED
    return Settled(write=tuple(write.values()), refused=refused)


def _follows(text: str, other: Place, code: str, codes: Mapping[str, str]) -> bool:
    """Return whether an atom that takes this code is asked to have it too, or can be given its own."""
    own = codes.get(other.atom_id)
    return own == code or (own is not None and has_room(text, other))


def _shared(others: list[Place]) -> str:
    names = ", ".join(f"'{other.atom_id}'" for other in others[:5])
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    users = f"{names}{more}" if others else "something else"
    return f"its code is also that of {users}, by an alias or '<<': write the code out at one of them"
