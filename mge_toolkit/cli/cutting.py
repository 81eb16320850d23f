"""Makes a plan document of a few atoms, complete in itself, as ``mge repro`` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

from mge_toolkit.core.plans import (
    DEFAULT_LIMITS,
    UNSET,
    Atom,
    Expectation,
    FromAtom,
    JsonValue,
    Limits,
    Masterplan,
    Network,
    Source,
)

DATA_DIRECTORY: Final = "data"
_DEFAULT: Final = Atom(id="", code=Source(text=""))


def plan_document(plan: Masterplan) -> dict[str, Any]:
    """Return ``plan`` as a document in the shape of a plan file. Data files are expected in ``data/ATOM/``."""
    document: dict[str, Any] = {"masterplan": plan.name}
    if plan.preload:
        document["preload"] = list(plan.preload)
    for atom in plan.atoms.values():
        group = document
        for kind, name in (("components", atom.component), ("modules", atom.module)):
            if name is not None:
                group = group.setdefault(kind, {}).setdefault(name, {})
        group.setdefault("atoms", {})[atom.id] = atom_document(atom)
    return document


def atom_document(atom: Atom) -> dict[str, Any]:
    """Return one atom as a plan file writes it; what is a default is left out."""
    document: dict[str, Any] = {}
    if atom.description is not None:
        document["description"] = atom.description
    if atom.language != _DEFAULT.language:
        document["language"] = atom.language
    if atom.depends_on:
        document["depends_on"] = list(atom.depends_on)
    if atom.inputs:
        document["input"] = {name: _input(value) for name, value in atom.inputs.items()}
    document["code"] = atom.code.text
    if atom.check is not None:
        document["check"] = atom.check.text
    if atom.expect is not None:
        document["expect"] = _expectation(atom.expect)
    if atom.files:
        document["files"] = {
            file.name: {"path": f"{DATA_DIRECTORY}/{atom.id}/{file.name}"} for file in atom.files
        }
    document |= _limits(atom.limits)
    if atom.network is not Network.NONE:
        document["network"] = atom.network.value
    for key, value, default in (
        ("critical", atom.critical, _DEFAULT.critical),
        ("max_retries", atom.max_retries, _DEFAULT.max_retries),
        ("typecheck", atom.typecheck, _DEFAULT.typecheck),
        ("file", atom.target_file, None),
        ("sample_of", atom.sample_of, None),
    ):
        if value != default:
            document[key] = value
    return document


def data_files(atoms: Iterable[Atom]) -> Mapping[str, bytes]:
    """Return the files that :func:`plan_document` refers to, by their path beside the plan."""
    return {f"{DATA_DIRECTORY}/{atom.id}/{file.name}": file.content for atom in atoms for file in atom.files}


def _input(value: JsonValue | FromAtom) -> JsonValue:
    """Return an input as a plan writes it: a value that looks like a reference is written so that it is none."""
    if isinstance(value, FromAtom):
        return {"from": value.atom}
    inner = value
    while isinstance(inner, dict) and inner.keys() == {"value"}:
        inner = inner["value"]
    return {"value": value} if isinstance(inner, dict) and inner.keys() == {"from"} else value


def _expectation(expect: Expectation) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if expect.result is not UNSET:
        document["result"] = expect.result
    if expect.stdout is not None:
        document["stdout"] = expect.stdout
    if expect.raises is not None:
        raises: dict[str, Any] = {"type": expect.raises.type}
        if expect.raises.match is not None:
            raises["match"] = expect.raises.match
        document["raises"] = raises
    if expect.tolerance:
        document["tolerance"] = expect.tolerance
    return document


def _limits(limits: Limits) -> dict[str, Any]:
    values = {field.name: getattr(limits, field.name) for field in fields(limits)}
    return {
        name: value
        for name, value in values.items()
        if value is not None and value != getattr(DEFAULT_LIMITS, name)
    }
