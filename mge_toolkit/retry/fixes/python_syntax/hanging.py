"""Where a closing bracket stands on a line of its own: behind what hangs indented below its opening one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_syntax.tokens import CLOSERS, OPENERS, Kind, Token, joined

_STEPS: Final = (4, 2, 3, 8)


def line_of_its_own(tokens: Sequence[Token], place: int) -> str:
    """Return the line break and the indentation for a bracket put before token ``place``, empty for none.

    It is put so where the opening one ends its line, and where a line ends before ``place``.
    """
    opening = _opening(tokens, place)
    following = tokens[place]
    ends_line = following.kind is Kind.END or "\n" in following.prefix
    if opening is None or opening + 1 >= place or not ends_line or "\n" not in tokens[opening + 1].prefix:
        return ""
    *above, line = joined(tokens[: opening + 1]).split("\n")
    if above:
        return "\n" + line[: len(line) - len(line.lstrip())]
    return "\n" + " " * _outer(tokens[opening + 1].prefix.rpartition("\n")[2])


def _opening(tokens: Sequence[Token], place: int) -> int | None:
    """Return the index of the innermost bracket that is open before token ``place``."""
    stack: list[int] = []
    for index, token in enumerate(tokens[:place]):
        if token.kind is Kind.OPERATOR and token.text in OPENERS:
            stack.append(index)
        elif token.text in CLOSERS and stack:
            stack.pop()
    return stack[-1] if stack else None


def _outer(indentation: str) -> int:
    """Return how far the line that opens the bracket is indented, told by what hangs below it.

    A logical line is mended without its own indentation.
    """
    width = len(indentation.expandtabs())
    step = next((step for step in _STEPS if width % step == 0), 1)
    return max(width - step, 0)
