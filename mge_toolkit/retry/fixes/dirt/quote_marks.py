"""Marks in front of every line, as replies and tables have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_MARK: Final = re.compile(r"^[ \t]{0,3}(?P<mark>>(?!>)|&gt;|[|│┃▌])(?P<rest>.*)$")
_SHARE: Final = 0.5


class QuoteMarkWash(Wash):
    """Removes ``>`` or a bar from the beginning of the lines."""

    name = "dirt-quote-marks"

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the text less its marks; the space behind them goes where every line has one."""
        lines = text.split("\n")
        marked = {
            number: found for number, line in enumerate(lines) if (found := _MARK.match(line)) is not None
        }
        filled = sum(1 for line in lines if line.strip())
        if not marked or len(marked) < _SHARE * filled:
            return
        rests = {number: found["rest"] for number, found in marked.items()}
        spaced = all(rest.startswith(" ") for rest in rests.values() if rest.strip())
        note = f"removed the '{marked[min(marked)]['mark']}' in front of the lines from line {min(marked) + 1} on"
        yield Washed(_joined(lines, {n: rest[spaced:] for n, rest in rests.items()}), note, 0.05)
        if spaced:
            yield Washed(_joined(lines, rests), note, 0.15)
        if len(marked) < filled:
            only = "\n".join(rest[spaced:] for rest in rests.values()) + "\n"
            yield Washed(only, f"{note}, and the lines without one", 0.2)


def _joined(lines: list[str], replaced: dict[int, str]) -> str:
    return "\n".join(replaced.get(number, line) for number, line in enumerate(lines))
