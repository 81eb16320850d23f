"""What small changes to a line cost: the more, the less likely that they are what its author meant.

A change that one would make without thinking costs about a half, a usual one 1; the costs of several add up.
"""

from __future__ import annotations

from typing import Final

from mge_toolkit.retry.fixes.python_syntax.tokens import CLOSERS, OPENERS, Kind, Token

PER_TOKEN: Final = 0.02
"""How much more a change costs for each token that lies between it and the one that was refused."""

HEADERS: Final = frozenset(
    ("if", "elif", "else", "for", "while", "def", "class", "with", "try", "except", "finally", "async", "match",
     "case")
)  # fmt: skip
"""The words that begin a line which ends in a colon."""


def _word(text: str) -> Token:
    return Token(Kind.NAME, text, " ")


def _operator(text: str) -> Token:
    return Token(Kind.OPERATOR, text)


INSERTED: Final[tuple[tuple[tuple[Token, ...], float], ...]] = (
    ((_operator(":"),), 0.9),
    ((_operator(","),), 0.95),
    ((_operator("("),), 1.2),
    ((_operator("["),), 1.3),
    ((_operator("{"),), 1.5),
    ((_operator("="),), 1.2),
    ((_operator("."),), 1.35),
    ((_operator("=="),), 1.6),
    ((_operator("+"),), 1.6),
    ((_operator("*"),), 1.55),
    ((_operator("-"),), 1.75),
    ((_word("in"),), 1.0),
    ((_word("import"),), 0.9),
    ((_word("def"),), 0.9),
    ((_word("as"),), 1.3),
    ((_word("and"),), 1.5),
    ((_word("or"),), 1.55),
    ((_word("not"),), 1.7),
    ((_word("if"),), 1.4),
    ((_word("for"),), 1.3),
    ((_word("while"),), 1.5),
    ((_word("else"),), 1.3),
    ((_word("try"),), 1.4),
    ((_word("except"),), 1.5),
    ((_word("finally"),), 1.6),
    ((_word("from"),), 1.4),
    ((_word("None"),), 1.9),
    ((Token(Kind.NUMBER, "0", " "),), 2.0),
    ((_operator("="), Token(Kind.NAME, "None")), 1.2),
    ((_word("else"), _word("None")), 1.3),
    ((_operator("("), _operator(")")), 1.1),
)
"""What may be put between two tokens."""

REPLACED: Final = {
    "=": (("==", 0.75), (":", 1.2), (":=", 1.7), ("-", 1.8), ("+", 1.8)),
    "==": (("=", 0.8), (":", 1.5)),
    ":=": (("=", 0.75), ("==", 1.1)),
    ":": ((",", 1.15), ("=", 1.15), (".", 1.6), (";", 1.5)),
    ";": ((":", 0.8), (",", 0.95)),
    ",": ((":", 1.2), (".", 1.15), ("=", 1.7), ("(", 1.7)),
    ".": ((",", 1.15), (":", 1.4), ("=", 1.8)),
    "->": ((":", 1.4), ("=", 1.4), (".", 1.2)),
    "+=": (("+", 1.1), ("==", 1.5), ("=", 1.4)),
    "-=": (("-", 1.1), ("==", 1.5), ("=", 1.4)),
    "*=": (("*", 1.1), ("==", 1.5)),
    "/=": (("/", 1.1), ("!=", 0.9)),
    "!": (("not", 0.7), ("!=", 0.9)),
    "&": (("and", 1.1),),
    "|": (("or", 1.1),),
    "of": (("in", 0.7),),
    "to": (("in", 1.3),),
    "-": (("=", 1.6),),
    "<": (("[", 1.3), ("(", 1.5)),
    ">": (("]", 1.3), (")", 1.5)),
    **{
        bracket: (
            *((other, 0.9) for other in CLOSERS if other != bracket),
            (",", 1.4),
            (opener, 1.5),
            ("->", 1.7),
        )
        for bracket, opener in CLOSERS.items()
    },
    **{
        bracket: (*((other, 1.1) for other in OPENERS if other != bracket), (closer, 1.5), (")", 1.6))
        for bracket, closer in OPENERS.items()
    },
}
"""What may stand for another token."""

DELETED: Final = {Kind.NAME: 1.6, Kind.NUMBER: 1.7, Kind.STRING: 1.8, Kind.OPERATOR: 1.1, Kind.NEWLINE: 0.9}
"""What it costs to take a token away; 0.75 for what is no token of the language."""
