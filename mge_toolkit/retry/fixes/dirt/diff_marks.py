"""A patch in place of the program: marks in front of added and removed lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_HEADER: Final = re.compile(
    r"^(?:diff --git |index [0-9a-f]{4,}|--- |\+\+\+ |@@ .*@@|@@|new file mode|deleted file mode"
    r"|\\ No newline at end of file|\*\*\* (?:Begin|End|Update|Add) )"
)
_ADDED, _REMOVED = "+", "-"


class DiffMarkWash(Wash):
    """Applies a patch that stands in place of its outcome: removed lines go, added ones lose their mark."""

    name = "dirt-diff-marks"

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the outcome, with the first column taken off every line and off the marked ones alone."""
        lines = text.split("\n")
        headers = [number for number, line in enumerate(lines) if _HEADER.match(line)]
        first = min(headers) if headers else 0
        body = [line for line in lines[first:] if not _HEADER.match(line)]
        marked = [line for line in body if line[:1] in (_ADDED, _REMOVED) and line[:1]]
        if not marked or not (headers or _all_marked(body) or len(marked) >= 2):
            return
        note = f"removed the marks of a patch from line {first + 1} on"
        kept = [line for line in body if line[:1] != _REMOVED]
        shifted = [line[1:] if line[:1] in (_ADDED, " ") else line for line in kept]
        unmarked = [line[1:] if line[:1] == _ADDED else line for line in kept]
        spaced = [" " + line[1:] if line[:1] == _ADDED else line for line in kept]
        doubt = 0.05 if headers or _all_marked(body) else 0.2
        for choice in (shifted, unmarked, spaced):
            yield Washed("\n".join(choice).rstrip("\n") + "\n", note, doubt)


def _all_marked(lines: list[str]) -> bool:
    """Return whether every line that is not blank begins with a mark or a space."""
    return all(line[:1] in (_ADDED, _REMOVED, " ") for line in lines if line.strip())
