"""Code that stands in files of its own beside the plan: the whole file is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.plan.rewriting.changes import BOM, Edit, FileChange, file_change, read_text


def rewritten_files(
    plan: Masterplan, codes: Mapping[str, str]
) -> tuple[Sequence[FileChange], Mapping[str, str]]:
    """Return the files that hold the codes of these atoms, changed, and why others' are not.

    Raises :class:`MgeError` where a file changed since the plan was loaded.
    """
    changes: list[FileChange] = []
    refused: dict[str, str] = {}
    files = dict.fromkeys(plan.atoms[name].code.file for name in codes)
    for file in files:
        named = [name for name in codes if plan.atoms[name].code.file == file]
        code = codes[named[0]]
        reason = _shared(plan, file, code, codes) or _not_its_own(plan, file)
        if reason is not None:
            refused |= dict.fromkeys(named, reason)
            continue
        path = Path(file).resolve()
        text = read_text(path, file)
        body = text.removeprefix(BOM)
        if body != plan.atoms[named[0]].code.text:
            raise MgeError(f"'{file}' changed since the plan was loaded: load it again")
        edit = Edit(start=len(text) - len(body), end=len(text), text=code)
        changes.append(file_change(path, file, text, [edit]))
    return changes, refused


def _shared(plan: Masterplan, file: str, code: str, codes: Mapping[str, str]) -> str | None:
    """Return why the file cannot change: something else is made of it too."""
    content = next(atom.code.text for atom in plan.atoms.values() if atom.code.file == file)
    for atom in plan.atoms.values():
        if atom.code.file == file and codes.get(atom.id) != code:
            return f"the file '{file}' is also the code of '{atom.id}': give each atom a file of its own"
        if atom.check is not None and atom.check.file == file:
            return f"the file '{file}' is also the check of '{atom.id}': give the check a file of its own"
        for data in atom.files:
            if data.content.removeprefix(BOM.encode()) == content.encode("utf-8", "surrogatepass"):
                return f"the file '{file}' is also given to '{atom.id}' as data: copy it for one of them"
    return None


def _not_its_own(plan: Masterplan, file: str) -> str | None:
    """Return why the file is not written through its name: it is a link, or stands outside the directory."""
    directory = Path(plan.path).parent
    try:
        inside = directory.resolve() / Path(file).relative_to(directory)
    except ValueError:
        return f"the file '{file}' stands outside the plan's directory: move it there"
    if inside.resolve() != inside:
        return f"the file '{file}' is reached through a symbolic link: name the file itself"
    if inside == Path(plan.path).resolve():
        return "the code is the plan's own file: give the atom a file of its own"
    return None
