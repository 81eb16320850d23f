"""Line numbers in front of the lines, as listings have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_NUMBER: Final = re.compile(
    r"^(?P<lead>[ \t]*)(?:[Ll](?:ine)?[ \t]*)?\[?(?P<number>\d{1,6})\]?"
    r"(?:[.)>-]|[ \t]*[:|│┃→]|\t|(?=[ \t]|$))(?P<rest>.*)$"
)
_FEWEST: Final = 2


class LineNumberWash(Wash):
    """Removes line numbers that count up, with what stands between them and the code."""

    name = "dirt-line-numbers"

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the text less its numbers; the space behind them goes where every line has one."""
        lines = text.split("\n")
        run = _longest_run(lines)
        if len(run) < _FEWEST:
            return
        rests = {number: found["rest"] for number, found in run.items()}
        note = f"removed the line numbers from line {min(run) + 1} on"
        widths = [len(rest) - len(rest.lstrip(" ")) for rest in rests.values() if rest.strip()]
        common = min(widths, default=0)
        lead = min((found["lead"] for found in run.values()), key=len)
        choices = [("", common), ("", 0), (lead, common)]
        for before, width in dict.fromkeys(choices):
            kept = [before + rests[n][width:] if n in rests else line for n, line in enumerate(lines)]
            yield Washed("\n".join(kept), note, 0.05)


def _longest_run(lines: Sequence[str]) -> dict[int, re.Match[str]]:
    """Return the lines (from 0) whose numbers count up by one, where those are the most of their stretch.

    Blank lines may lack a number, though they are counted; other lines without one end the run.
    """
    best: dict[int, re.Match[str]] = {}
    run: dict[int, re.Match[str]] = {}
    expected: set[int] = set()
    skipped = 0
    for number, line in enumerate(lines):
        found = _NUMBER.match(line)
        if found is not None and run and int(found["number"]) in expected:
            run[number] = found
        elif not line.strip():
            skipped += 1
            expected.update({value + 1 for value in expected})
            continue
        else:
            run = {} if found is None else {number: found}
        if found is not None:
            expected = {int(found["number"]) + 1}
        best = max(best, run, key=len)
    return dict(best)
