"""The program that a plan's atoms make together, written out as files.

Atoms stand in the file that their ``file`` names, else in one for their module, in topological order. What an
atom takes from code in another file of its language is imported there. Checks, and atoms that are expected to
raise, are left out.
"""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mge_toolkit.core.errors import PlanError, Problem
from mge_toolkit.core.graph import closure, cycles, topological_order
from mge_toolkit.core.plans import Atom, FromAtom, Masterplan, Position
from mge_toolkit.plan.assembled import (
    AssembledFile,
    Piece,
    ecmascript_text,
    module_name,
    python_text,
    result_name,
)
from mge_toolkit.plan.linking import FAMILIES, SUFFIXES, Names, ecmascript_names, python_names


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembly:
    """A program before it is written: each file's text, and a sentence for everything left out or unlinked."""

    texts: Mapping[str, str]
    notes: tuple[str, ...]


def assemble(
    plan: Masterplan,
    directory: str | Path,
    code_overrides: Mapping[str, str] | None = None,
    *,
    force: bool = False,
) -> list[Path]:
    """Write the program into ``directory`` and return the files written.

    ``code_overrides`` maps atoms to code that replaces the plan's. Existing files are only overwritten with
    ``force``. Raises :class:`PlanError` with everything that stands in the way; nothing is written then.
    """
    root = Path(directory)
    texts = make_assembly(plan, code_overrides).texts
    problems: list[Problem] = []
    for name in texts:
        if (root / name).is_dir() or (not force and (root / name).exists()):
            message = (
                "the file exists already: remove it, or write over it with --force (force=True in Python)"
            )
            if (root / name).is_dir():
                message = "a directory stands where the file belongs: remove it"
            problems.append(Problem(position=Position(file=str(root / name), line=1), message=message))
    if problems:
        raise PlanError(problems)
    for name, text in texts.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    return [root / name for name in texts]


def make_assembly(plan: Masterplan, code_overrides: Mapping[str, str] | None = None) -> Assembly:
    """Return the program without writing it. Raises :class:`PlanError`."""
    linker = _Linker(plan, code_overrides or {})
    linker.link()
    if linker.problems:
        raise PlanError(linker.problems)
    return Assembly(texts=linker.texts(), notes=tuple(linker.notes))


class _Linker:
    """Puts atoms into files and finds out what each file takes from the others."""

    def __init__(self, plan: Masterplan, overrides: Mapping[str, str]) -> None:
        """Order the atoms and place them."""
        self._plan = plan
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.files: dict[str, AssembledFile] = {}
        self._file_of: dict[str, AssembledFile] = {}
        self._names: dict[str, Names] = {}
        self._order = topological_order({name: atom.predecessors for name, atom in plan.atoms.items()})
        for name in self._order:
            self._place(plan.atoms[name], overrides.get(name, plan.atoms[name].code.text))

    def _problem(self, atom: Atom, message: str, line: int | None = None) -> None:
        position = (
            Position(file=self._plan.path, line=atom.line) if line is None else atom.code.position(line)
        )
        self.problems.append(Problem(position=position, message=message, atom_id=atom.id))

    def _place(self, atom: Atom, code: str) -> None:
        """Put an atom into its file."""
        if atom.language not in FAMILIES:
            self.notes.append(f"'{atom.id}' is left out: {atom.language} programs cannot be assembled")
            return
        if atom.expect is not None and atom.expect.raises is not None:
            self.notes.append(f"'{atom.id}' is left out: it is expected to raise {atom.expect.raises.type}")
            return
        sources = {name: value.atom for name, value in atom.inputs.items() if isinstance(value, FromAtom)}
        unlinked = frozenset(name for name, source in sources.items() if not self._shares(atom, source))
        path = atom.target_file or _default_path(atom, alone=bool(unlinked))
        suffixes = SUFFIXES[atom.language]
        if PurePosixPath(path).suffix not in suffixes:
            self._problem(
                atom, f"file '{path}' holds {atom.language}: end its name in {' or '.join(suffixes)}"
            )
            return
        if (
            atom.language == "python"
            and PurePosixPath(path).parts[0].removesuffix(".py") in sys.stdlib_module_names
        ):
            self._problem(atom, f"file '{path}' would hide a standard module: choose another name")
        try:
            names = python_names(code) if atom.language == "python" else ecmascript_names(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = error.lineno if isinstance(error, SyntaxError) else None
            reason = f"{error.msg}, line {line}" if isinstance(error, SyntaxError) else str(error)
            self._problem(atom, f"the code cannot be read ({reason}): repair it first", line or 1)
            return
        file = self.files.setdefault(path, AssembledFile(path=path, language=atom.language))
        for name in sorted(unlinked):
            what = f"its input '{name}' is the result of '{sources[name]}' in another language"
            self.notes.append(f"'{atom.id}' is not linked: {what}")
        file.pieces.append(Piece(atom=atom, code=code, names=names, unlinked=unlinked))
        self._file_of[atom.id] = file
        self._names[atom.id] = names

    def _shares(self, atom: Atom, other: str) -> bool:
        """Return whether ``other`` is in the program of ``atom``'s language."""
        file = self._file_of.get(other)
        return file is not None and FAMILIES[file.language] == FAMILIES[atom.language]

    def link(self) -> None:
        """Find what each file imports."""
        code_graph = {
            name: [before for before in atom.depends_on if self._shares(atom, before)]
            for name, atom in self._plan.atoms.items()
            if name in self._file_of
        }
        number = {name: place for place, name in enumerate(self._order)}
        for name, file in self._file_of.items():
            before = closure(code_graph, code_graph[name])
            providers: dict[str, str] = {}
            for other in sorted(before, key=number.__getitem__):
                providers.update(dict.fromkeys(self._names[other].bound, other))
            for used in sorted(self._names[name].used & providers.keys()):
                self._import(name, file, used, self._file_of[providers[used]])
            for source in self._plan.atoms[name].sources:
                if self._shares(self._plan.atoms[name], source):
                    origin = self._file_of[source]
                    origin.results.add(source)
                    self._import(name, file, result_name(source), origin)
        self._check_cycles()

    def _import(self, atom_id: str, file: AssembledFile, name: str, origin: AssembledFile) -> None:
        if origin is file:
            return
        atom = self._plan.atoms[atom_id]
        known = file.imports.setdefault(name, origin.path)
        if known != origin.path:
            self._problem(
                atom, f"'{name}' comes from '{known}' and from '{origin.path}': give the atom its own 'file'"
            )
        origin.exports.add(name)
        parts = module_name(origin.path).split(".")
        if origin.language == "python" and not all(
            part.isidentifier() and not keyword.iskeyword(part) for part in parts
        ):
            self._problem(
                atom, f"file '{origin.path}' cannot be imported: name it with letters, digits and '_'"
            )

    def _check_cycles(self) -> None:
        graph = {path: sorted(set(file.imports.values())) for path, file in self.files.items()}
        for cycle in cycles(graph):
            atom = self.files[cycle[0]].pieces[0].atom
            self._problem(
                atom, f"the files need each other: {' -> '.join(cycle)}: give their atoms one 'file'"
            )

    def texts(self) -> dict[str, str]:
        """Return each file's text, with the empty ones that make packages of directories."""
        types = frozenset(name for names in self._names.values() for name in names.types)
        texts: dict[str, str] = {}
        for path, file in sorted(self.files.items()):
            if file.language == "python":
                for parent in list(PurePosixPath(path).parents)[-2::-1]:
                    texts.setdefault(str(parent / "__init__.py"), "")
                texts[path] = python_text(file, self._plan.name)
            else:
                texts[path] = ecmascript_text(file, self._plan.name, types)
        return texts


def _default_path(atom: Atom, *, alone: bool) -> str:
    """Return the file for an atom that names none: its module's, or one of its own.

    An atom that cannot run as it is stands alone, so that it does not keep its module from being imported.
    """
    parts = [part for part in (atom.component, atom.module) if part is not None]
    if atom.module is None:
        parts.append(atom.id)
    elif alone:
        parts[-1] = f"{atom.module}_{atom.id}"
    if atom.language == "python":
        parts = [_importable(part) for part in parts]
        if parts[0] in sys.stdlib_module_names:
            parts[0] += "_"
    return "/".join(parts) + SUFFIXES[atom.language][0]


def _importable(part: str) -> str:
    """Return a name for a Python module that resembles ``part``."""
    name = re.sub(r"\W", "_", part, flags=re.ASCII)
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name
