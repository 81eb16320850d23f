"""What a whole line may be written as instead, and the small change of tokens that the rewriting modules share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from mge_toolkit.retry.fixes.python_syntax.tokens import CLOSERS, OPENERS, Kind, Token, joined


class Rewrite(NamedTuple):
    """A line written anew. ``renamed`` is a name that must change everywhere, with its new one."""

    text: str
    cost: float
    note: str
    renamed: tuple[str, str] | None = None


Tokens: TypeAlias = Sequence[Token]


def text_of(*parts: Tokens) -> str:
    """Return the text of all tokens of ``parts``."""
    return joined([token for part in parts for token in part])


def retexted(token: Token, text: str) -> Token:
    """Return a name in the place of ``token``."""
    return Token(Kind.NAME, text, token.prefix)


def stripped(tokens: Tokens) -> list[Token]:
    """Return the tokens with no white space before the first one."""
    line = list(tokens)
    if line:
        line[0] = Token(line[0].kind, line[0].text, "")
    return line


def closing(tokens: Tokens, start: int) -> int | None:
    """Return the index of the bracket that closes the one at ``start``."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index].text in OPENERS) - (tokens[index].text in CLOSERS)
        if depth == 0:
            return index
    return None
