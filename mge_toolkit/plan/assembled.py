"""One file of an assembled program, and its text."""

from __future__ import annotations

import json
import posixpath
import pprint
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from textwrap import indent

from mge_toolkit.core.plans import Atom, FromAtom
from mge_toolkit.plan.linking import Names, without_future

_LEXICAL_RESULT = re.compile(r"^(?:const|let)(?=\s+result\b)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One atom's code in a file. ``unlinked`` are its inputs that no code of the program can give."""

    atom: Atom
    code: str
    names: Names
    unlinked: frozenset[str] = frozenset()


@dataclass(kw_only=True, slots=True)
class AssembledFile:
    """A file in the making: ``path`` is relative, ``imports`` maps names to the files they come from.

    ``results`` are the atoms whose ``result`` is kept under a name of its own; ``exports`` are the names
    that other files take from this one.
    """

    path: str
    language: str
    pieces: list[Piece] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    results: set[str] = field(default_factory=set)
    exports: set[str] = field(default_factory=set)

    @property
    def imported_files(self) -> dict[str, list[str]]:
        """Return the names that are imported, by file, both in order."""
        files: dict[str, list[str]] = {}
        for name, path in sorted(self.imports.items(), key=lambda item: (item[1], item[0])):
            files.setdefault(path, []).append(name)
        return files


def result_name(atom_id: str) -> str:
    """Return the name under which an atom's result is kept for others."""
    return "result_of_" + re.sub(r"\W", "_", atom_id, flags=re.ASCII)


def module_name(path: str) -> str:
    """Return the name by which a Python file of the program is imported."""
    return ".".join(PurePosixPath(path).with_suffix("").parts)


def python_text(file: AssembledFile, plan: str) -> str:
    """Return a Python file's text."""
    features: set[str] = set()
    body: list[str] = []
    for piece in file.pieces:
        code, found = without_future(piece.code)
        features |= found
        body += ["", "", f"# {piece.atom.id}", *_python_inputs(piece), code.strip("\n")]
        if piece.atom.id in file.results:
            body.append(f"{result_name(piece.atom.id)} = result")
    head = [f"# Assembled from the masterplan {plan}: change the plan, not this file."]
    if features:
        head += ["", f"from __future__ import {', '.join(sorted(features))}"]
    if file.imports:
        head.append("")
        for path, names in file.imported_files.items():
            head.append(f"from {module_name(path)} import {', '.join(names)}")
    return "\n".join([*head, *body, ""])


def _python_inputs(piece: Piece) -> Iterator[str]:
    for name, value in piece.atom.inputs.items():
        if name in piece.unlinked:
            yield f"raise NotImplementedError({_missing(piece.atom, name)!r})"
        elif isinstance(value, FromAtom):
            yield f"{name} = {result_name(value.atom)}"
        else:
            text = pprint.pformat(value, width=90, sort_dicts=False)
            yield f"{name} = {text}" if "\n" not in text else f"{name} = (\n{indent(text, '    ')}\n)"


def ecmascript_text(file: AssembledFile, plan: str, types: frozenset[str]) -> str:
    """Return the text of a JavaScript or TypeScript file; ``types`` are imported names that are types only."""
    body: list[str] = []
    for piece in file.pieces:
        # Several atoms of one file may bind `result`, which `var` alone allows.
        code = _LEXICAL_RESULT.sub("var", piece.code).strip("\n")
        body += ["", f"// {piece.atom.id}", *_ecmascript_inputs(piece, file.language), code]
        if piece.atom.id in file.results:
            body.append(f"const {result_name(piece.atom.id)} = result;")
    exported = {name for piece in file.pieces for name in piece.names.exported}
    own_types = {name for piece in file.pieces for name in piece.names.types}
    values = sorted(file.exports - exported - own_types)
    if values:
        body += ["", f"export {{ {', '.join(values)} }};"]
    if file.exports & own_types - exported:
        body += ["", f"export type {{ {', '.join(sorted(file.exports & own_types - exported))} }};"]
    head = [f"// Assembled from the masterplan {plan}: change the plan, not this file."]
    for path, names in file.imported_files.items():
        where = posixpath.relpath(path, posixpath.dirname(file.path) or ".")
        where = where if where.startswith(".") else f"./{where}"
        shown = [f"type {name}" if name in types else name for name in names]
        head.append(f"import {{ {', '.join(shown)} }} from {json.dumps(where)};")
    return "\n".join([*head, *body, ""])


def _ecmascript_inputs(piece: Piece, language: str) -> Iterator[str]:
    annotation = ": any" if language == "typescript" else ""
    for name, value in piece.atom.inputs.items():
        if name in piece.unlinked:
            yield f"var {name}{annotation};"
            yield f"throw new Error({json.dumps(_missing(piece.atom, name))});"
        elif isinstance(value, FromAtom):
            yield f"var {name}{annotation} = {result_name(value.atom)};"
        else:
            yield f"var {name}{annotation} = {json.dumps(value, ensure_ascii=False)};"


def _missing(atom: Atom, name: str) -> str:
    value = atom.inputs[name]
    source = value.atom if isinstance(value, FromAtom) else ""
    return f"'{name}' of '{atom.id}' is the result of '{source}' in another language: put its value here"
