"""The files of a report, and the directory that they are written into."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.reporting.report.content.figures import FORMAT
from mge_toolkit.reporting.report.content.records import RunReport
from mge_toolkit.reporting.report.markdown import markdown_summary
from mge_toolkit.reporting.report.page import html_page

NAMES: Final = ("summary.json", "summary.md", "report.html")


def prepare_directory(directory: Path) -> None:
    """Make the directory and see that files can be written: a long run must not end in a refusal.

    Raises ``SettingsError``.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise SettingsError(
            f"report: cannot write into '{directory}' ({error.strerror}): name a directory for the report's files"
        ) from None
    for name in NAMES:
        if (directory / name).is_dir():
            raise SettingsError(
                f"report: '{directory / name}' is a directory: name another one for the report"
            )


def write_report(directory: Path, runs: Sequence[RunReport]) -> None:
    """Write the files about ``runs``. Raises ``OSError``."""
    toolkit = version("mge-toolkit")
    document = {
        "format": FORMAT,
        "toolkit_version": toolkit,
        "runs": [run.figures for run in runs],
    }
    texts = (f"{json.dumps(document, indent=2)}\n", markdown_summary(runs), html_page(runs, toolkit))
    for name, text in zip(NAMES, texts, strict=True):
        # What is clean can be encoded; a mistake in that must not cost the report.
        (directory / name).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
