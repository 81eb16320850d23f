"""Importers: public problem sets and notebooks to plan documents."""

from __future__ import annotations

from collections.abc import Sequence

from mge_toolkit.core.ports import Importer
from mge_toolkit.plan.importers.humaneval import HumanEvalImporter
from mge_toolkit.plan.importers.notebook import NotebookImporter


def builtin_importers() -> Sequence[Importer]:
    """Return the importers that come with the toolkit."""
    return (HumanEvalImporter(), NotebookImporter())
