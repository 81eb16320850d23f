"""Where each atom's code stands in a plan's text, and which atoms share it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from mge_toolkit.plan.rewriting.written import (
    Alias,
    Entry,
    Leaf,
    Map,
    Written,
    YamlText,
    json_lines,
    json_value,
    members,
    resolved,
)


class Reach(Enum):
    """How an atom comes by its code.

    It is written there; the atom's ``code`` is an alias; ``<<`` merges it into the atom; or the whole atom is
    written elsewhere, in something that an alias or ``<<`` brings here.
    """

    WRITTEN = auto()
    ALIAS = auto()
    MERGED = auto()
    BORROWED = auto()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Place:
    """Where the code of an atom stands. ``atom`` is its mapping, ``code`` the value, its alias resolved.

    ``entry`` is the key ``code`` that holds it, ``column`` where the keys of the mapping around it begin, and
    ``step`` how much deeper that is than the mapping around the atom.
    """

    atom_id: str
    reach: Reach
    atom: Map
    entry: Entry
    code: Leaf | Map
    column: int
    step: int

    @property
    def value(self) -> Written:
        """Return what is written as the code: the alias, where it is one."""
        return self.entry.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The places of all atoms' codes. ``elsewhere`` holds the codes that aliases also give to something else."""

    by_atom: Mapping[str, Place]
    by_code: Mapping[Leaf | Map, Sequence[Place]]
    elsewhere: frozenset[Leaf | Map]

    def users(self, code: Leaf | Map) -> Sequence[Place]:
        """Return the places of the atoms that have this very code, in the plan's order."""
        return self.by_code[code]


def find_places(text: str, form: str) -> Places:
    """Return where the codes of the plan in ``text`` stand; ``form`` is ``yaml``, ``json`` or ``jsonl``."""
    aliases: Sequence[Alias] = ()
    if form == "jsonl":
        found = list(_in_lines(json_lines(text)))
    elif form == "json":
        found = list(_in_group(json_value(text), text, borrowed=False))
    else:
        tree = YamlText(text)
        aliases = tree.aliases
        found = list(_in_group(tree.root, text, borrowed=False))
    codes = {place.value for place in found}
    elsewhere = {resolved(alias) for alias in aliases if alias not in codes}
    by_code: dict[Leaf | Map, list[Place]] = {}
    for place in found:
        by_code.setdefault(place.code, []).append(place)
    return Places(
        by_code=by_code,
        by_atom={place.atom_id: place for place in found},
        elsewhere=frozenset(value for value in elsewhere if isinstance(value, Leaf | Map)),
    )


def _in_lines(lines: Sequence[Written]) -> Iterator[Place]:
    for line in lines:
        if not isinstance(line, Map):
            continue
        entries = {entry.key: entry for entry, _ in members(line)}
        name = resolved(entries["id"].value) if "id" in entries else None
        code = resolved(entries["code"].value) if "code" in entries else None
        if isinstance(name, Leaf) and isinstance(code, Leaf | Map):
            yield Place(
                atom_id=str(name.value),
                reach=Reach.WRITTEN,
                atom=line,
                entry=entries["code"],
                code=code,
                column=0,
                step=2,
            )


def _in_group(group: Written, text: str, *, borrowed: bool) -> Iterator[Place]:
    """Yield the places in a plan, a component or a module."""
    mapping = resolved(group)
    if not isinstance(mapping, Map):
        return
    borrowed = borrowed or mapping is not group
    for entry, merged in members(mapping):
        if entry.key not in ("components", "modules", "atoms"):
            continue
        below = resolved(entry.value)
        if not isinstance(below, Map):
            continue
        far = borrowed or merged or below is not entry.value
        for member, also in members(below):
            if entry.key == "atoms":
                place = _of_atom(member, text, borrowed=far or also)
                if place is not None:
                    yield place
            else:
                yield from _in_group(member.value, text, borrowed=far or also)


def _of_atom(member: Entry, text: str, *, borrowed: bool) -> Place | None:
    atom = resolved(member.value)
    if not isinstance(atom, Map):
        return None
    for entry, merged in members(atom):
        code = resolved(entry.value)
        if entry.key == "code" and isinstance(code, Leaf | Map):
            column = _key_column(atom.entries[0], text)
            return Place(
                atom_id=member.key,
                reach=_reach(entry, merged=merged, borrowed=borrowed or atom is not member.value),
                atom=atom,
                entry=entry,
                code=code,
                column=column,
                step=min(column - member.column, 9) if column > member.column else 2,
            )
    return None


def _reach(entry: Entry, *, merged: bool, borrowed: bool) -> Reach:
    if borrowed:
        return Reach.BORROWED
    if merged:
        return Reach.MERGED
    return Reach.ALIAS if isinstance(entry.value, Alias) else Reach.WRITTEN


def _key_column(first: Entry, text: str) -> int:
    """Return where the keys of a mapping begin, a question mark before the first one included."""
    before = text[first.start - first.column : first.start].rstrip(" ")
    return len(before) - 1 if before.endswith("?") else first.column
