"""Where the command line writes: a report for people, a live line while something runs, remarks and errors."""

from __future__ import annotations

import io
import os
import shutil
import sys
import time
from typing import Final, TextIO

REPAINT_SECONDS: Final = 0.1
_STYLES: Final = {"good": "32", "bad": "31;1", "warn": "33", "head": "1", "dim": "2"}


class Console:
    """Writes lines to ``report`` and errors to ``errors``, in colour and with a live line on a terminal.

    The live line is painted at most every :data:`REPAINT_SECONDS` and taken away before any other line.
    """

    def __init__(self, report: TextIO, errors: TextIO, *, quiet: bool = False) -> None:
        """Write to these streams; ``quiet`` paints no live line."""
        for stream in (report, errors):
            if isinstance(stream, io.TextIOWrapper):
                # What a program printed may not fit the terminal's encoding; that is no reason to fail.
                stream.reconfigure(errors="backslashreplace")
        self._report = report
        self._errors = errors
        terminal = report.isatty() and os.environ.get("TERM") != "dumb"
        self.live = terminal and not quiet
        self._colour = terminal and not os.environ.get("NO_COLOR")
        self._painted = 0.0
        self._shown = False

    @property
    def width(self) -> int:
        """Return the number of columns to fill."""
        return min(shutil.get_terminal_size((100, 24)).columns, 120)

    def line(self, text: str = "", style: str | None = None) -> None:
        """Write one line of the report."""
        self.clear()
        self._report.write(f"{self.styled(text, style)}\n")
        if self.live:
            self._report.flush()

    def styled(self, text: str, style: str | None) -> str:
        """Return ``text`` in a style, where the terminal shows colours."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if style and self._colour else text

    def fitting(self, text: str) -> str:
        """Return ``text``, on a terminal cut to what fits on one of its lines."""
        columns = shutil.get_terminal_size().columns
        return text if not self.live or len(text) < columns else f"{text[: columns - 4]}..."

    def rule(self, text: str, style: str | None = "head") -> None:
        """Write a heading that fills the line."""
        self.line(f"-- {text} ".ljust(self.width, "-"), style)

    def paint(self, text: str, *, force: bool = False) -> None:
        """Show ``text`` as the live line, unless it was painted just now."""
        if not self.live:
            return
        now = time.monotonic()
        if not force and now - self._painted < REPAINT_SECONDS:
            return
        self._painted = now
        self._report.write(f"\r\x1b[K{self.fitting(text)}")
        self._report.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the live line away."""
        if self._shown:
            self._report.write("\r\x1b[K")
            self._shown = False
            self._painted = 0.0

    def error(self, message: str) -> None:
        """Write an error, each line of it once, where errors go."""
        self.clear()
        self._report.flush()
        self._errors.write(f"mge: {message}\n")
        self._errors.flush()

    def remark(self, message: str) -> None:
        """Write a line that is no part of the report, where errors go."""
        self.clear()
        self._report.flush()
        self._errors.write(f"{message}\n")
        self._errors.flush()

    def document(self, text: str) -> None:
        """Write a document to standard output as it is."""
        self.clear()
        sys.stdout.write(text)

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self.clear()
        self._report.flush()
        self._errors.flush()
        sys.stdout.flush()
