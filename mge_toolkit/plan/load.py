"""Plan files to masterplans: everything that can be wrong is found before anything runs."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mge_toolkit.core.graph import cycles
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.plan.atoms import Reference
from mge_toolkit.plan.groups import PlanReader
from mge_toolkit.plan.syntax.json_text import read_json, read_json_lines
from mge_toolkit.plan.syntax.nodes import Report
from mge_toolkit.plan.syntax.yaml_text import read_yaml
from mge_toolkit.plan.values import nearest_name, suggestion

if TYPE_CHECKING:
    from mge_toolkit.plan.notebooks import NotebookPlan

LANGUAGES: Final = ("python", "javascript", "typescript")
SUFFIXES: Final[Mapping[str, str]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ipynb": "ipynb",
}
"""The endings of plan files, and the format each means."""


def load_masterplan(path: str | Path, *, languages: Collection[str] = LANGUAGES) -> Masterplan:
    """Return the validated plan in a file. Raises :class:`PlanError` with every mistake in it.

    ``languages`` are the names that ``language`` may have.
    """
    file = Path(path)
    report = Report(str(path))
    form = SUFFIXES.get(file.suffix.lower())
    if form is None:
        report.add(1, f"'{file.suffix}' is no ending of a plan file: use one of {', '.join(SUFFIXES)}")
        raise report.error()
    text = _read(file, report)
    return load_text(text, file=str(path), form=form, directory=file.parent, languages=languages)


def load_text(
    text: str,
    *,
    file: str = "<plan>",
    form: str = "yaml",
    directory: Path | None = None,
    languages: Collection[str] = LANGUAGES,
) -> Masterplan:
    """Return the validated plan in ``text``; ``form`` is ``yaml``, ``json``, ``jsonl`` or ``ipynb``.

    Positions name ``file``. Paths in the plan are relative to ``directory``; without one they are refused.
    """
    report = Report(file)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        report.add(1, "the file is empty: a plan needs at least 'atoms:'")
        raise report.error()
    with _no_garbage_collection():
        cells = _notebook(text, report, languages) if form == "ipynb" else None
        report = report if cells is None else cells.report
        reader = PlanReader(text, report, directory, languages)
        if cells is not None:
            reader.read_lines(cells.nodes)
        elif form == "jsonl":
            reader.read_lines(read_json_lines(text, report))
        else:
            reader.read(read_json(text, report) if form == "json" else read_yaml(text, report))
        _check_references(reader.atom_lines, reader.references, report)
        report.raise_any()
    name = reader.name or nearest_name(Path(file).stem)
    atoms = reader.atoms if cells is None else cells.placed(reader.atoms)
    return Masterplan(name=name, atoms=MappingProxyType(atoms), path=file, preload=reader.preload)


def _notebook(text: str, report: Report, languages: Collection[str]) -> NotebookPlan:
    from mge_toolkit.plan.notebooks import read_notebook

    return read_notebook(text, report, languages)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Hold the collector off: a plan makes millions of objects and no garbage, which it would go through."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read(file: Path, report: Report) -> str:
    try:
        if file.is_file() or not file.exists():
            return file.read_bytes().decode()
        what = "a directory" if file.is_dir() else "no regular file"
        report.add(1, f"this is {what}: name a plan file")
    except FileNotFoundError:
        report.add(1, f"there is no such file{_neighbour(file)}")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        report.add(line, f"byte {error.object[error.start]:#04x} is not UTF-8: save the file as UTF-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        report.add(1, f"the file cannot be read ({reason}): check its path and permissions")
    raise report.error()


def _neighbour(file: Path) -> str:
    """Return a hint at a file of nearly that name."""
    try:
        names = [entry.name for entry in file.parent.iterdir()]
    except OSError:
        return ": check the path"
    close = get_close_matches(file.name, names, n=1)
    return f" (did you mean '{file.parent / close[0]}'?)" if close else ": check the path"


def _check_references(lines: Mapping[str, int], references: list[Reference], report: Report) -> None:
    """Note references to atoms that do not exist, and cycles, also among atoms that have mistakes."""
    edges: list[tuple[str, str]] = []
    number = {atom_id: place for place, atom_id in enumerate(lines)}
    # Comparing an unknown name with 100,000 others takes a second: a few hints are enough there.
    hints = 300_000 // (len(lines) + 1)
    for atom_id, target, line in references:
        if target == atom_id:
            report.add(line, "the atom depends on itself: remove that", atom_id)
        elif target in lines:
            edges.append((atom_id, target))
        else:
            meant = suggestion(target, lines) if hints > 0 else ""
            hints -= 1
            hint = meant or ": define it, or remove the reference"
            report.add(line, f"unknown atom '{target}'{hint}", atom_id)
    if all(number[target] < number[atom_id] for atom_id, target in edges):
        return  # Every reference points upwards, as in most plans: there is no cycle to look for.
    graph: dict[str, list[str]] = {atom_id: [] for atom_id in lines}
    for atom_id, target in edges:
        graph[atom_id].append(target)
    for cycle in cycles(graph):
        start = min(range(len(cycle) - 1), key=lambda index: number[cycle[index]])
        path = [*cycle[start:-1], *cycle[: start + 1]]
        shown = path if len(path) <= 20 else [*path[:10], "…", *path[-9:]]
        message = f"dependency cycle {' -> '.join(shown)}: remove one of these dependencies"
        report.add(lines[path[0]], message, path[0])
