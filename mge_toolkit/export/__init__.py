"""Runs as notebooks and pages: findings, frames and pictures with the code that makes them from the records.

nbformat, nbclient and nbconvert are imported when they are used.
"""

from mge_toolkit.export.exporting import SUFFIXES, export_run

__all__ = ["SUFFIXES", "export_run"]
