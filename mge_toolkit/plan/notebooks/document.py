"""The text of a notebook file to its cells, each with the place where its source stands in the file.

``nbformat`` says whether the file is a notebook. It keeps no places, so these are found beside it; a cell's source
can then be replaced and everything else in the file stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final

from mge_toolkit.plan.syntax.nodes import Report

FORMAT: Final = 4
LARGEST: Final = 64 * 1024**2
"""How many characters a notebook may have: the outputs that make one larger are no part of a plan."""
_MISTAKES_SHOWN: Final = 5

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell. ``number`` counts all cells from 1; ``start`` and ``end`` are the offsets of its source's value.

    ``line`` is where that value begins in the file.
    """

    number: int
    kind: str
    source: str
    metadata: Mapping[str, Any]
    id: str | None
    start: int
    end: int
    line: int

    @property
    def tags(self) -> Sequence[str]:
        """Return the cell's tags."""
        tags = self.metadata.get("tags")
        return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Notebook:
    """The cells of a notebook, and what it says of itself."""

    cells: Sequence[Cell]
    metadata: Mapping[str, Any]


def read_document(text: str, report: Report) -> Notebook:
    """Return the notebook in ``text``. Raises :class:`PlanError` where it is none."""
    document = _json(text, report)
    _check(document, report)
    cells = []
    offset = line = 0
    for number, (cell, (start, end)) in enumerate(zip(document["cells"], _sources(text), strict=True), 1):
        source = cell["source"]
        line += text.count("\n", offset, start)
        offset = start
        cells.append(
            Cell(
                number=number,
                kind=cell["cell_type"],
                source=source if isinstance(source, str) else "".join(source),
                metadata=cell["metadata"],
                id=cell.get("id"),
                start=start,
                end=end,
                line=line + 1,
            )
        )
    return Notebook(cells=cells, metadata=document["metadata"])


def _json(text: str, report: Report) -> Any:
    if len(text) > LARGEST:
        report.add(
            1,
            f"the notebook has more than {LARGEST >> 20} MiB: remove its outputs "
            "(jupyter nbconvert --clear-output --inplace FILE)",
        )
        raise report.error()
    try:
        return json.loads(text)
    except JSONDecodeError as error:
        what = f"the notebook is no JSON ({error.msg[:1].lower()}{error.msg[1:]})"
        report.add(error.lineno, f"{what}: save it from Jupyter again", None, error.colno)
    except RecursionError:
        report.add(1, "values nest too deeply for a notebook: save it from Jupyter again")
    except ValueError as error:
        report.add(1, f"the notebook cannot be read ({error}): save it from Jupyter again")
    raise report.error()


def _check(document: Any, report: Report) -> None:
    """Raise :class:`PlanError` where a document is no notebook of the format that is read here."""
    version = document.get("nbformat") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        report.add(1, "this is no notebook, for it has no 'nbformat': name a file that Jupyter saved")
        raise report.error()
    if version != FORMAT:
        remedy = (
            "save it from a current Jupyter (jupyter nbconvert --to notebook --inplace FILE)"
            if version < FORMAT
            else "save it in format 4"
        )
        report.add(1, f"the notebook has format {version}, and format {FORMAT} is read: {remedy}")
        raise report.error()
    _check_cells(document.get("cells"), report)
    report.raise_any()
    _check_schema(document, report)
    report.raise_any()


def _check_cells(cells: Any, report: Report) -> None:
    """Note what would keep cells from being read at all."""
    if not isinstance(cells, list):
        report.add(1, "the notebook has no list of cells: save it from Jupyter again")
        return
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            report.add(1, f"cell {number} is no object: save the notebook from Jupyter again")
            continue
        source = cell.get("source")
        lines = source if isinstance(source, list) else [source]
        if not all(isinstance(line, str) for line in lines):
            name = f" (id '{cell['id']}')" if isinstance(cell.get("id"), str) else ""
            report.add(1, f"cell {number}{name} has no source: save the notebook from Jupyter again")


def _check_schema(document: Mapping[str, Any], report: Report) -> None:
    try:
        from nbformat.validator import ValidationError, iter_validate
    except ImportError as missing:
        report.add(1, f"'{missing.name}' is not installed: pip install 'mge-toolkit[notebook]'")
        return
    minor = document.get("nbformat_minor")
    number = minor if isinstance(minor, int) else 0
    errors = iter_validate(document, version=FORMAT, version_minor=number, relax_add_props=True)  # type: ignore[no-untyped-call]
    try:
        found = [(list(error.relative_path), str(error.message)) for error in islice(errors, _MISTAKES_SHOWN)]
    except ValidationError as error:
        found = [([], str(error))]
    for path, message in found:
        report.add(1, _schema_message(path, message))


def _schema_message(path: Sequence[Any], message: str) -> str:
    """Return a schema's complaint in one line, naming the cell where it is about one."""
    said = " ".join(message.split())
    said = said if len(said) <= 160 else f"{said[:157]}..."
    where = "the notebook"
    if len(path) >= 2 and path[0] == "cells" and isinstance(path[1], int):
        where = f"cell {path[1] + 1}"
    return f"{where} is not as the format of notebooks asks ({said}): save it from Jupyter again"


def _sources(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the source of each cell begins and ends in the text of a valid notebook."""
    cells = dict(_members(text, _skip(text, 0)))["cells"][0]
    offset = _skip(text, cells + 1)
    while text[offset] != "]":
        members = dict(_members(text, offset))
        yield members["source"]
        offset = _skip(text, _DECODER.raw_decode(text, offset)[1])
        if text[offset] == ",":
            offset = _skip(text, offset + 1)


def _members(text: str, offset: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each key of the object at ``offset`` with where its value begins and ends."""
    offset = _skip(text, offset + 1)
    while text[offset] != "}":
        key, offset = _DECODER.raw_decode(text, offset)
        start = _skip(text, _skip(text, offset) + 1)
        end = _DECODER.raw_decode(text, start)[1]
        yield key, (start, end)
        offset = _skip(text, end)
        if text[offset] == ",":
            offset = _skip(text, offset + 1)


def _skip(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset
