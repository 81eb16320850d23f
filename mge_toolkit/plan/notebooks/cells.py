"""The cells of a notebook to the nodes of a plan: an object with the keys of an atom for each cell that is one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Atom, JsonValue, Position, Source
from mge_toolkit.plan.notebooks.document import Cell, Notebook, read_document
from mge_toolkit.plan.notebooks.magic import atom_words, parse_atom_line
from mge_toolkit.plan.syntax.nodes import (
    MAX_DEPTH,
    TOO_DEEP,
    MappingNode,
    Node,
    Report,
    Scalar,
    SequenceNode,
)
from mge_toolkit.plan.values import is_name, nearest_name, suggestion

KEY: Final = "mge"
"""The key of a cell's and of the notebook's metadata that is ours."""
TAGS: Final = frozenset({"atom", "mge-atom"})
CHECK_TAG: Final = "check:"

# The loader knows one number for each line. A line of a cell is numbered with the cell's own number above it.
_LINES: Final = 1 << 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an atom is written: its cell, the line there at which its code begins, and the cell of its check."""

    cell: Cell
    code: str
    line: int
    check: Cell | None = None


@dataclass(kw_only=True, slots=True)
class NotebookPlan:
    """A notebook as the lines of a plan: a header, then an atom for each cell that is one.

    ``report`` takes the problems of these nodes and turns their lines into places of cells.
    """

    nodes: list[Node] = field(default_factory=list)
    report: Report
    places: dict[str, Place] = field(default_factory=dict)

    def placed(self, atoms: Mapping[str, Atom]) -> dict[str, Atom]:
        """Return atoms that were read from the nodes with the places of their cells."""
        return {name: self._placed(atom, self.places[name]) for name, atom in atoms.items()}

    def _placed(self, atom: Atom, place: Place) -> Atom:
        code = Source(text=atom.code.text, file=self._file(place.cell), line=place.line)
        check = atom.check
        if check is not None and place.check is not None:
            check = Source(text=check.text, file=self._file(place.check))
        elif check is not None and check.file == self.report.file:
            check = Source(text=check.text, file=self._file(place.cell), exact=False)
        return replace(atom, code=code, check=check, line=place.cell.line)

    def _file(self, cell: Cell) -> str:
        return cell_name(self.report.file, cell.number)


def cell_name(file: str, number: int) -> str:
    """Return how messages name a cell of a notebook."""
    return f"{file}#cell-{number}"


def read_notebook(text: str, report: Report, languages: Collection[str] = ()) -> NotebookPlan:
    """Return the notebook in ``text`` as nodes of a plan.

    Raises :class:`PlanError` where it is no notebook or has no atoms; other problems go to the report of what is
    returned. ``languages`` are those that atoms may have; without any the notebook's own goes unquestioned.
    """
    notebook = read_document(text, report)
    found = _Reader(notebook, report.file, languages).read()
    if len(found.nodes) == 1 and found.report.clean:
        report.add(
            1, "the notebook has no atoms: give code cells the tag 'atom', or begin them with '%%atom NAME'"
        )
        raise report.error()
    return found


class _CellReport(Report):
    """Collects problems whose lines are numbered with their cells."""

    def __init__(self, file: str, cells: Sequence[Cell]) -> None:
        super().__init__(file)
        self._cells = cells

    def add(self, line: int, message: str, atom_id: str | None = None, column: int | None = None) -> None:
        number = line // _LINES
        cell_id = self._cells[number - 1].id if number else None
        super().add(line, message if cell_id is None else f"{message} [cell id {cell_id}]", atom_id, column)

    def position(self, line: int, column: int | None) -> Position:
        number, line = divmod(line, _LINES)
        file = cell_name(self.file, number) if number else self.file
        return Position(file=file, line=line, column=column)


class _Reader:
    """Makes a plan of one notebook."""

    def __init__(self, notebook: Notebook, file: str, languages: Collection[str]) -> None:
        self._notebook = notebook
        self._languages = languages
        self._report = _CellReport(file, notebook.cells)
        self._plan = NotebookPlan(report=self._report)
        self._checks: dict[str, Cell] = {}
        self._unknown_language: str | None = None

    def read(self) -> NotebookPlan:
        default = self._header()
        atoms = [cell for cell in self._notebook.cells if self._is_atom(cell)]
        for cell in atoms:
            self._atom(cell, default)
        for name, cell in self._checks.items():
            if name not in self._plan.places:
                hint = (
                    suggestion(name, self._plan.places) or ": give the tag the id of an atom of this notebook"
                )
                self._note(cell, f"the tag '{CHECK_TAG}{name}' names no atom{hint}")
        return self._plan

    def _note(self, cell: Cell, message: str, atom_id: str | None = None) -> None:
        self._report.add(_line(cell), message, atom_id)

    def _header(self) -> str:
        """Read what the notebook's metadata say, and return the language of atoms that name none."""
        said = self._notebook.metadata.get(KEY, {})
        if not isinstance(said, dict):
            self._report.add(1, f"the notebook's metadata '{KEY}' must be an object, such as {{}}: mend it")
            said = {}
        node = self._mapping(said, 1)
        self._plan.nodes.append(node)
        for key in ("id", "code"):
            # With these the loader would take the header for an atom.
            if key in node.entries:
                del node.entries[key]
                self._report.add(1, f"the notebook's metadata '{KEY}': '{key}' belongs to a cell: move it")
        defaults = said.get("defaults")
        if isinstance(defaults, dict) and "language" in defaults:
            return str(defaults["language"])
        own = _kernel_language(self._notebook)
        if own not in self._languages and self._languages:
            self._unknown_language = own
        return own

    def _is_atom(self, cell: Cell) -> bool:
        """Return whether a cell is an atom; keep those that are checks."""
        named = [tag for tag in cell.tags if tag.startswith(CHECK_TAG)]
        tagged = not TAGS.isdisjoint(cell.tags)
        magic = cell.kind == "code" and atom_words(_first_line(cell)) is not None
        if cell.kind != "code":
            if tagged or named:
                self._note(cell, f"a {cell.kind} cell cannot be an atom or a check: make it a code cell")
            return False
        for tag in named:
            name = tag.removeprefix(CHECK_TAG).strip()
            if tagged or magic:
                self._note(
                    cell, f"a cell is an atom or the check of one: remove the tag '{tag}', or the other"
                )
            elif name in self._checks:
                first = self._checks[name].number
                self._note(cell, f"cell {first} is already the check of '{name}': join the two cells")
            else:
                self._checks[name] = cell
        if KEY in cell.metadata and not tagged and not magic:
            self._note(cell, f"the metadata '{KEY}' describe an atom: tag the cell 'atom', or remove them")
        return tagged or magic

    def _atom(self, cell: Cell, default: str) -> None:
        keys, code, line = self._described(cell, default)
        name = keys.setdefault("id", nearest_name(cell.id) if cell.id else f"cell_{cell.number}")
        if isinstance(name, str) and name in self._plan.places:
            first = self._plan.places[name].cell.number
            self._note(cell, f"cell {first} has the same id: ids are unique in the plan, so rename one", name)
            return
        if "language" not in keys:
            if self._unknown_language is not None:
                known = ", ".join(self._languages)
                foreign = f"the notebook is in {self._unknown_language}, which is none of {known}"
                self._note(cell, f"{foreign}: give the cell a language")
            elif default != "python":
                keys["language"] = default
        node = self._mapping(keys, _line(cell))
        node.entries["code"] = (_line(cell, line), _scalar(code, _line(cell, line)))
        check = self._checks.get(name) if isinstance(name, str) else None
        if check is not None:
            if "check" in node.entries:
                self._note(
                    check, f"cell {cell.number} gives the atom a check too: keep one of them", str(name)
                )
            node.entries["check"] = (_line(check), _scalar(check.source, _line(check)))
        self._plan.nodes.append(node)
        if isinstance(name, str) and is_name(name):
            self._plan.places[name] = Place(cell=cell, code=code, line=line, check=check)

    def _described(self, cell: Cell, default: str) -> tuple[dict[str, JsonValue], str, int]:
        """Return the keys that describe an atom, its code, and the cell's line where that begins."""
        keys = cell.metadata.get(KEY, {})
        if not isinstance(keys, dict):
            self._note(cell, f"the metadata '{KEY}' must be an object with keys of an atom: mend it")
            keys = {}
        keys = dict(keys)
        if "code" in keys:
            del keys["code"]
            self._note(cell, f"the metadata '{KEY}': the cell is the code: remove the key 'code'")
        said = atom_words(_first_line(cell))
        if said is None:
            if cell.source.startswith("%%"):
                magic = _first_line(cell).split()[0]
                self._note(cell, f"the magic '{magic}' cannot be part of an atom: remove it, or the tag")
            return keys, cell.source, 1
        try:
            written = parse_atom_line(said, str(keys.get("language", default)))
        except MgeError as error:
            self._note(cell, str(error))
            written = {}
        for key in written.keys() & keys.keys():
            if written[key] != keys[key]:
                self._note(
                    cell, f"{key}: the line '%%atom' and the metadata '{KEY}' differ: keep one of them"
                )
        return {**keys, **written}, cell.source.partition("\n")[2], 2

    def _mapping(self, values: Mapping[str, Any], line: int) -> MappingNode:
        try:
            return MappingNode(dict(_entries(values, line, 0)), line)
        except RecursionError:
            self._report.add(line, TOO_DEEP)
            return MappingNode({}, line)


def _entries(values: Mapping[str, Any], line: int, depth: int) -> Iterator[tuple[str, tuple[int, Node]]]:
    for key, value in values.items():
        yield key, (line, _node(value, line, depth + 1))


def _node(value: JsonValue, line: int, depth: int) -> Node:
    """Return a value as a node that stands on ``line``. Raises ``RecursionError`` beyond :data:`MAX_DEPTH`."""
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, Mapping):
        return MappingNode(dict(_entries(value, line, depth)), line)
    if isinstance(value, list):
        return SequenceNode([_node(item, line, depth + 1) for item in value], line)
    return _scalar(value, line)


def _scalar(value: JsonValue, line: int) -> Scalar:
    return Scalar(value, line, 0, 0, 0, "")


def _line(cell: Cell, line: int = 1) -> int:
    return cell.number * _LINES + line


def _first_line(cell: Cell) -> str:
    return cell.source.partition("\n")[0]


def _kernel_language(notebook: Notebook) -> str:
    """Return the language of a notebook's kernel, as the languages of atoms are named."""
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        about = notebook.metadata.get(key)
        if isinstance(about, dict) and isinstance(about.get(name), str):
            return str(about[name]).lower()
    return "python"
