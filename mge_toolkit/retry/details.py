"""What an exception says beyond its first line: the rest of its message, its notes, causes and members.

Read from the text of its traceback, which its language wrote and which holds all of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mge_toolkit.core.results import Raised

LINES: Final = 40
"""How many lines are kept; the whole traceback stays in the attempt."""

_WIDTH: Final = 300
_LINKS: Final = {
    "The above exception was the direct cause of the following exception:": "caused by",
    "During handling of the above exception, another exception occurred:": "while handling",
}
_PLACE: Final = re.compile(r'  (?:\|   )?File "(.+)", line (\d+)')
_HEAD: Final = re.compile(r"(?:  \| )?\S")
_HEADER: Final = re.compile(r"(?:  \+ Exception Group )?Traceback \(most recent call last\):$")


def further_lines(raised: Raised) -> list[str]:
    """Return the lines, abbreviated where they are many or long."""
    lines = raised.traceback.rstrip().split("\n")
    python = "BaseException" in (raised.type, *raised.bases)
    found = _of_python(lines) if python else _of_javascript(lines)
    # A message that begins with empty lines was shown from its first other line on.
    shown = raised.message[: len(raised.message) - len(raised.message.lstrip())].count("\n")
    found = [line if len(line) <= _WIDTH else f"{line[:_WIDTH]} …" for line in found[shown:]]
    if len(found) > LINES:
        return [*found[: LINES - 1], f"… {len(found) - LINES + 1} more lines"]
    return found


def _of_python(lines: Sequence[str]) -> list[str]:
    """Return what follows the last exception's first line, then each that led to it, the nearest first."""
    blocks: list[list[str]] = [[]]
    links: list[str] = []
    for line in lines:
        if line in _LINKS:
            links.append(_LINKS[line])
            blocks.append([])
        else:
            blocks[-1].append(line)
    _, found = _headed(blocks.pop())
    found = found[1:]
    for link, block in zip(reversed(links), reversed(blocks), strict=True):
        place, (head, *rest) = _headed(block)
        found += [f"{link} {head.removeprefix('  | ')}{place}", *(f"    {line}" for line in rest)]
    return found


def _headed(block: Sequence[str]) -> tuple[str, list[str]]:
    """Return where an exception was raised, and its text without the stack."""
    lines = "\n".join(block).strip("\n").split("\n")
    place = ""
    for number, line in enumerate(lines):
        if (frame := _PLACE.match(line)) is not None:
            place = f" ({frame[1]}, line {frame[2]})"
        elif _HEAD.match(line) is not None and _HEADER.match(line) is None:
            return place, lines[number:]
    return place, [""]


def _of_javascript(lines: Sequence[str]) -> list[str]:
    """Return what follows the first line and is no frame of a stack."""
    kept = [line for line in lines[1:] if not line.startswith("    at ")]
    return [re.sub("^Caused by: ", "caused by ", line) for line in kept]
