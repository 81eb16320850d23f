"""Cut broken Python into tokens, so that joined together they are the text again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cache
from keyword import kwlist
from typing import Any, Final, NamedTuple

KEYWORDS: Final = frozenset(kwlist)
OPENERS: Final = {"(": ")", "[": "]", "{": "}"}
CLOSERS: Final = {closer: opener for opener, closer in OPENERS.items()}
_VERSION: Final = "3.13"
# A string that goes on behind a backslash at the line's end, and is not closed there either. Like every other one
# that is not closed it is a quote, and what follows is read as if it were none.
_CONTINUED: Final = re.compile(r"[rRbBuUfF]*(?:'(?!'')|\"(?!\"\"))(?=.)", re.DOTALL)


class Kind(Enum):
    """What a token is. ``QUOTE`` opens a string that is not closed; ``END`` carries what trails the last."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    OPERATOR = "operator"
    QUOTE = "quote"
    ERROR = "error"
    NEWLINE = "newline"
    END = "end"


class Token(NamedTuple):
    """A token and the white space and comments before it."""

    kind: Kind
    text: str
    prefix: str = ""

    @property
    def is_keyword(self) -> bool:
        """Return whether it is a word of the language."""
        return self.text in KEYWORDS

    @property
    def is_plain_name(self) -> bool:
        """Return whether it is a name that the program chose."""
        return self.kind is Kind.NAME and self.text not in KEYWORDS


def joined(tokens: Iterable[Token]) -> str:
    """Return the text of ``tokens``."""
    return "".join([part for token in tokens for part in (token.prefix, token.text)])


@cache
def _parso_version() -> Any:
    from parso.utils import parse_version_string

    return parse_version_string(_VERSION)


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of one logical line; the last one is the ``END``."""
    found: list[Token] = []
    rest: str | None = text
    while rest is not None:
        rest = _tokenized(rest, found)
    return _without_last_newline(found)


def _tokenized(text: str, found: list[Token]) -> str | None:
    """Add the tokens of ``text`` to ``found``, up to a formatted string not closed; return what follows."""
    from parso.python.tokenize import tokenize

    tokens = tokenize(text, version_info=_parso_version())
    raw = [token for token in tokens if token.type.name not in ("INDENT", "DEDENT", "ERROR_DEDENT")]
    index = 0
    while index < len(raw):
        token = raw[index]
        name = token.type.name
        if name == "FSTRING_START":
            end = _fstring_end(raw, index)
            if end is None:
                found.append(Token(Kind.QUOTE, token.string, token.prefix))
                return "".join(each.prefix + each.string for each in raw[index + 1 :])
            inside = "".join(each.prefix + each.string for each in raw[index + 1 : end + 1])
            found.append(Token(Kind.STRING, token.string + inside, token.prefix))
            index = end
        elif name == "ERRORTOKEN" and (start := _CONTINUED.match(token.string)) is not None:
            found.append(Token(Kind.QUOTE, start[0], token.prefix))
            rest = "".join(each.prefix + each.string for each in raw[index + 1 :])
            return token.string[start.end() :] + rest
        else:
            found.append(Token(_kind(name, token.string), token.string, token.prefix))
        index += 1
    return None


def _fstring_end(raw: Sequence[Any], start: int) -> int | None:
    depth = 0
    for index in range(start, len(raw)):
        name = raw[index].type.name
        depth += (name == "FSTRING_START") - (name == "FSTRING_END")
        if depth == 0:
            return index
        if name == "NEWLINE":
            return None
    return None


def _kind(name: str, text: str) -> Kind:
    if name == "OP":
        return Kind.OPERATOR
    if name == "ERRORTOKEN":
        return Kind.QUOTE if text.lstrip("rRbBuUfF")[:1] in ("'", '"') else Kind.ERROR
    if name == "ENDMARKER":
        return Kind.END
    if name in ("FSTRING_STRING", "FSTRING_END"):
        return Kind.ERROR
    return Kind[name]


def _without_last_newline(found: list[Token]) -> tuple[Token, ...]:
    """Return the tokens with a line end before the ``END`` folded into it."""
    if len(found) > 1 and found[-2].kind is Kind.NEWLINE and found[-1].kind is Kind.END:
        newline, end = found[-2:]
        found[-2:] = [Token(Kind.END, "", newline.prefix + newline.text + end.prefix)]
    return tuple(found)
