"""Notebooks as plans: tagged code cells are the atoms."""

from mge_toolkit.plan.notebooks.cells import NotebookPlan, read_notebook
from mge_toolkit.plan.notebooks.rewriting import notebook_edits

__all__ = ["NotebookPlan", "notebook_edits", "read_notebook"]
