"""Notebooks for the tests: their cells, their texts, and files of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.plan import load_masterplan

JsonObject = Mapping[str, Any]


def code(
    source: str | list[str], *tags: str, cell_id: str | None = None, kind: str = "code", **mge: Any
) -> dict[str, Any]:
    """Return a cell."""
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if mge:
        metadata["mge"] = mge
    cell: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | ({} if cell_id is None else {"id": cell_id})


def notebook(*cells: JsonObject, metadata: JsonObject | None = None, minor: int | None = None) -> str:
    """Return the text of a notebook."""
    if minor is None:
        minor = 5 if all("id" in cell for cell in cells) else 4
    document = {"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": minor}
    return json.dumps(document, indent=1)


def saved(directory: Path, text: str) -> Masterplan:
    path = directory / "a.ipynb"
    path.write_bytes(text.encode())
    return load_masterplan(path)


ATOM = code("x = 1", "atom", id="a")
