"""The notebook's own masterplan: atoms written in cells, checked whenever one is added, written out on request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import MgeError, PlanError
from mge_toolkit.core.graph import closure, successors
from mge_toolkit.core.plans import Atom, JsonValue, Masterplan, Source, empty_mapping
from mge_toolkit.notebook.pictures.pages import page, paragraph, table
from mge_toolkit.plan.load import LANGUAGES, load_text
from mge_toolkit.plan.values import is_name, name_problem, nearest_name
from mge_toolkit.plan.writing import document_text

NAME: Final = "notebook"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One atom as it was written. ``keys`` are those of a plan file but ``code``; ``where`` names the cell."""

    name: str
    code: str
    where: str
    keys: Mapping[str, JsonValue] = field(default_factory=empty_mapping)
    component: str | None = None
    module: str | None = None


class CellPlan:
    """Atoms by name, in the order in which they were first written. Every state of it is a valid plan."""

    def __init__(self, name: str = NAME, languages: Collection[str] = LANGUAGES) -> None:
        """Begin without atoms."""
        self.name = nearest_name(name)
        self._languages = languages
        self._cells: dict[str, Cell] = {}

    def __len__(self) -> int:
        """Return the number of atoms."""
        return len(self._cells)

    def __contains__(self, name: str) -> bool:
        """Return whether there is an atom of this name."""
        return name in self._cells

    @property
    def names(self) -> tuple[str, ...]:
        """Return the atoms' names."""
        return tuple(self._cells)

    def put(self, cell: Cell) -> Masterplan:
        """Add an atom, or replace the one of this name. Raises ``MgeError``, and then nothing has changed."""
        if not is_name(cell.name):
            raise MgeError(name_problem("atom", cell.name))
        return self._change({**self._cells, cell.name: cell})

    def put_code(self, name: str, code: str, before: str) -> Masterplan:
        """Replace an atom's code alone. Raises ``MgeError``, also where it is neither that nor ``before``."""
        cell = self._cell(name)
        if self._plan(self._cells).atoms[name].code.text not in (before, code):
            raise MgeError(
                f"the cell of '{name}' was changed since the run, and keeps its code: run it again, "
                "and judge what comes of that"
            )
        return self.put(replace(cell, code=code, where=f"{name} as accepted"))

    def remove(self, name: str) -> None:
        """Take an atom out. Raises ``MgeError`` where others need it."""
        self._cell(name)
        self._change({other: cell for other, cell in self._cells.items() if other != name})

    def rename(self, name: str) -> None:
        """Give the plan another name. Raises ``MgeError``."""
        if not is_name(name):
            raise MgeError(name_problem("masterplan", name))
        self.name = name

    def clear(self) -> None:
        """Take every atom out."""
        self._cells = {}

    def masterplan(self) -> Masterplan:
        """Return the plan. Raises ``MgeError`` where there is none yet."""
        if not self._cells:
            raise MgeError("the notebook has no atoms yet: write one in a cell that begins with %%atom NAME")
        return self._plan(self._cells)

    def dependents(self, name: str) -> list[str]:
        """Return an atom and all that needs it, directly or not."""
        plan = self.masterplan()
        graph = {atom_id: atom.predecessors for atom_id, atom in plan.atoms.items()}
        reached = closure(successors(graph), [name])
        return [atom_id for atom_id in plan.atoms if atom_id in reached]

    def document(self) -> dict[str, Any]:
        """Return the plan as a plan file holds it."""
        return _document(self.name, self._cells)

    def save(self, path: Path, *, force: bool = False) -> Path:
        """Write the plan into a YAML file. Raises ``MgeError`` where another file is in its place."""
        self.masterplan()
        if path.suffix.lower() not in (".yaml", ".yml"):
            raise MgeError(f"'{path}' does not end in .yaml: name such a file")
        mark = f"# Written by a notebook (masterplan '{self.name}').\n"
        try:
            if path.exists() and not force and not path.read_text(errors="replace").startswith(mark):
                raise MgeError(
                    f"'{path}' exists and was not written by this notebook: --force writes over it"
                )
            path.write_bytes((mark + document_text(self.document())).encode())
        except OSError as error:
            raise MgeError(f"'{path}' cannot be written ({error.strerror}): name another place") from None
        return path

    def _cell(self, name: str) -> Cell:
        if name not in self._cells:
            raise MgeError(
                f"the notebook's masterplan has no atom '{name}': it has {', '.join(self._cells) or 'none'}"
            )
        return self._cells[name]

    def _change(self, cells: dict[str, Cell]) -> Masterplan:
        plan = self._plan(cells) if cells else Masterplan(name=self.name, atoms={})
        self._cells = cells
        return plan

    def _plan(self, cells: Mapping[str, Cell]) -> Masterplan:
        try:
            text = document_text(_document(self.name, cells))
            plan = load_text(text, file=f"<{self.name}>", directory=Path.cwd(), languages=self._languages)
        except PlanError as error:
            # The lines are those of a document that nobody has seen.
            told = dict.fromkeys(
                problem.message if problem.atom_id is None else f"atom '{problem.atom_id}': {problem.message}"
                for problem in error.problems
            )
            raise MgeError("; ".join(told)) from error
        atoms = {name: _placed(atom, cells[name]) for name, atom in plan.atoms.items()}
        return replace(plan, atoms=atoms)

    def __repr__(self) -> str:
        """Return the plan in a line."""
        return f"<masterplan '{self.name}' of this notebook: {', '.join(self._cells) or 'no atoms'}>"

    def _repr_html_(self) -> str:
        """Return the atoms as a table."""
        if not self._cells:
            return page(paragraph(f"masterplan '{self.name}' of this notebook: no atoms yet", "note"))
        return plan_html(self.masterplan())


def plan_html(plan: Masterplan) -> str:
    """Return a plan's atoms as a table."""
    shown = list(plan.atoms.values())[:200]
    rows = [
        (
            atom.id,
            ".".join(part for part in (atom.component, atom.module) if part),
            atom.language,
            ", ".join(atom.predecessors),
            _check_text(atom),
            f"{len(atom.code.text.splitlines())}",
        )
        for atom in shown
    ]
    more = f"and {len(plan) - len(shown):,} more" if len(plan) > len(shown) else ""
    head = ("atom", "group", "language", "needs", "checked by", "lines")
    title = f"masterplan '{plan.name}': {len(plan):,} atom{'s' * (len(plan) != 1)}"
    return page(paragraph(title), table(head, rows, numbers=(5,), note=more))


def _check_text(atom: Atom) -> str:
    parts = [] if atom.check is None else [atom.check.text.strip().split("\n", 1)[0]]
    return ", ".join([*parts, *(["an expectation"] if atom.expect is not None else [])])


def _document(name: str, cells: Mapping[str, Cell]) -> dict[str, Any]:
    document: dict[str, Any] = {"masterplan": name}
    for cell in cells.values():
        group = document
        for kind, member in (("components", cell.component), ("modules", cell.module)):
            if member is not None:
                group = group.setdefault(kind, {}).setdefault(member, {})
        group.setdefault("atoms", {})[cell.name] = dict(_keys(cell))
    return document


def _keys(cell: Cell) -> Iterator[tuple[str, JsonValue]]:
    yield from ((key, value) for key, value in cell.keys.items() if key not in ("check", "expect"))
    yield "code", cell.code
    yield from ((key, cell.keys[key]) for key in ("check", "expect") if key in cell.keys)


def _placed(atom: Atom, cell: Cell) -> Atom:
    """Return an atom whose positions are lines of its cell, whose first line is the magic's own."""
    check = atom.check
    return replace(
        atom,
        code=Source(text=atom.code.text, file=cell.where, line=2),
        check=None if check is None else Source(text=check.text, file=f"{cell.where} --check"),
        line=1,
    )
