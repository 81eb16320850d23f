"""Plans and healed codes to new texts of the plan's files, checked by loading what would be written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mge_toolkit.core.errors import MgeError, PlanError, UnknownAtomError
from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.plan.load import LANGUAGES, SUFFIXES, load_text
from mge_toolkit.plan.rewriting.changes import BOM, Edit, FileChange, Rewriting, file_change, read_text
from mge_toolkit.plan.rewriting.edits import code_edits
from mge_toolkit.plan.rewriting.neighbours import rewritten_files
from mge_toolkit.plan.rewriting.places import find_places
from mge_toolkit.plan.rewriting.sharing import settle
from mge_toolkit.plan.rewriting.written import Map

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def rewrite(
    plan: Masterplan, codes: Mapping[str, str], *, languages: Collection[str] = LANGUAGES
) -> Rewriting:
    """Return what is to be written so that the plan's file gives the atoms in ``codes`` these codes.

    Everything else is kept as it is: comments, order, quotes, anchors, indentation, line ends. What is returned
    has been loaded: it is the plan with these codes and nothing else changed. Code that is already the plan's own
    is neither written nor refused. Raises ``UnknownAtomError`` for an atom that the plan does not have and
    :class:`MgeError` where the plan is no file, or its file changed since it was loaded.
    """
    for atom_id in codes:
        if atom_id not in plan.atoms:
            close = difflib.get_close_matches(atom_id, plan.atoms, n=1)
            raise UnknownAtomError(atom_id, plan.name, close[0] if close else None)
    document = _read(plan, languages)
    refused = {name: why for name, code in codes.items() if (why := _unwritable(plan.atoms[name], code))}
    codes = {name: code for name, code in codes.items() if name not in refused}
    wanted = {name: code for name, code in codes.items() if code != plan.atoms[name].code.text}
    if not wanted:
        return Rewriting(refused=MappingProxyType(refused))
    if document.form == "ipynb":
        return _in_cells(plan, document, wanted, refused, languages)
    places = find_places(document.text, document.form)
    settled = settle(document.text, places, wanted, codes)
    edits = [edit for place, code in settled.write for edit in code_edits(document.text, place, code)]
    in_files = {name: codes[name] for name in wanted if isinstance(places.by_atom[name].code, Map)}
    files, not_in_files = rewritten_files(plan, in_files)
    refused |= {**settled.refused, **not_in_files}
    written = tuple(name for name in plan.atoms if name in wanted and name not in refused)
    changes = list(files)
    if edits:
        change = document.change(edits)
        inline = {name: codes[name] for name in written if name not in in_files}
        _verify(plan, document, change, inline, languages)
        changes.insert(0, change)
    return Rewriting(changes=tuple(changes), written=written, refused=MappingProxyType(refused))


def _in_cells(
    plan: Masterplan,
    document: _Document,
    wanted: Mapping[str, str],
    refused: Mapping[str, str],
    languages: Collection[str],
) -> Rewriting:
    """Return what is to be written into a notebook, where every atom has a cell of its own."""
    from mge_toolkit.plan.notebooks import notebook_edits

    edits = [
        Edit(start=start, end=end, text=text)
        for start, end, text in notebook_edits(document.text, document.name, wanted)
    ]
    change = document.change(edits)
    _verify(plan, document, change, wanted, languages)
    written = tuple(name for name in plan.atoms if name in wanted)
    return Rewriting(changes=(change,), written=written, refused=MappingProxyType(dict(refused)))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Document:
    """A plan's file as it was read: ``text`` is without the byte order mark."""

    name: str
    path: Path
    form: str
    bom: str
    text: str

    def load(self, text: str, languages: Collection[str]) -> Masterplan:
        """Return the plan in ``text``, as it would be if the file held that."""
        directory = Path(self.name).parent
        return load_text(text, file=self.name, form=self.form, directory=directory, languages=languages)

    def change(self, edits: Iterable[Edit]) -> FileChange:
        """Return the change that edits of ``text`` make to the file."""
        shift = len(self.bom)
        shifted = [replace(edit, start=edit.start + shift, end=edit.end + shift) for edit in edits]
        return file_change(self.path, self.name, self.bom + self.text, shifted)


def _read(plan: Masterplan, languages: Collection[str]) -> _Document:
    """Return the plan's file, which must still hold the plan."""
    path = Path(plan.path)
    form = SUFFIXES.get(path.suffix.lower())
    if form is None or not path.is_file():
        raise MgeError(
            f"'{plan.path}' is no plan file, so that no code can be written back: load the plan from one"
        )
    whole = read_text(path, plan.path)
    text = whole.removeprefix(BOM)
    bom = whole[: len(whole) - len(text)]
    document = _Document(name=plan.path, path=path.resolve(), form=form, bom=bom, text=text)
    try:
        same = _equal(document.load(text, languages), plan)
    except PlanError as error:
        raise MgeError(
            f"'{plan.path}' can be loaded no more, so it is not written: {error.problems[0]}"
        ) from None
    if not same:
        raise MgeError(f"'{plan.path}' changed since it was loaded: load it again")
    return document


def _unwritable(atom: Atom, code: str) -> str | None:
    """Return why no file can hold ``code`` as the atom's, if so."""
    if _SURROGATE.search(code):
        return "the code holds a lone surrogate, which no file can: remove it"
    if not code.strip() and atom.check is None and atom.expect is None:
        return "the code is empty and nothing checks it: a plan takes no such atom"
    return None


def _verify(
    plan: Masterplan,
    document: _Document,
    change: FileChange,
    codes: Mapping[str, str],
    languages: Collection[str],
) -> None:
    """Load what would be written, and refuse it all where it is not what was asked for."""
    expected = {
        name: replace(atom, code=replace(atom.code, text=codes[name])) if name in codes else atom
        for name, atom in plan.atoms.items()
    }
    try:
        found = document.load(change.after, languages)
        same = _equal(_placeless(found), _placeless(replace(plan, atoms=expected)))
    except PlanError:
        same = False
    if not same:
        names = ", ".join(f"'{name}'" for name in codes)
        raise MgeError(
            f"'{plan.path}' cannot be rewritten so that only the code of {names} changes: edit it by hand"
        )


def _equal(one: Masterplan, other: Masterplan) -> bool:
    """Return whether two plans are equal, whatever kind of mapping holds their atoms."""
    return (one.name, one.preload, list(one.atoms.items())) == (
        other.name,
        other.preload,
        list(other.atoms.items()),
    )


def _placeless(plan: Masterplan) -> Masterplan:
    """Return the plan without the places where its parts stand, which shift when a file is rewritten."""
    return replace(plan, atoms={name: _without_place(atom) for name, atom in plan.atoms.items()})


def _without_place(atom: Atom) -> Atom:
    check = None if atom.check is None else Source(text=atom.check.text)
    return replace(atom, line=1, code=Source(text=atom.code.text), check=check)
