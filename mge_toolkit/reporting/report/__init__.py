"""Reports of runs as files: figures as JSON, a summary as Markdown, everything on one HTML page."""

from mge_toolkit.reporting.report.content.figures import NOTHING_EARLIER, Earlier
from mge_toolkit.reporting.report.content.making import make_run_report
from mge_toolkit.reporting.report.content.records import RunReport
from mge_toolkit.reporting.report.files import NAMES, prepare_directory, write_report

__all__ = [
    "NAMES",
    "NOTHING_EARLIER",
    "Earlier",
    "RunReport",
    "make_run_report",
    "prepare_directory",
    "write_report",
]
