"""Writes healed code back into the files it came from, everything else kept byte for byte."""

from mge_toolkit.plan.rewriting.changes import Edit, FileChange, Rewriting, write_changes
from mge_toolkit.plan.rewriting.patch import patch_text
from mge_toolkit.plan.rewriting.rewrite import rewrite

__all__ = ["Edit", "FileChange", "Rewriting", "patch_text", "rewrite", "write_changes"]
