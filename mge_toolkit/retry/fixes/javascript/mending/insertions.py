"""What may be missing between two tokens: brackets, marks, words, operands, members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from mge_toolkit.retry.fixes.javascript.mending.words import INSERTED
from mge_toolkit.retry.fixes.javascript.source.builtins import STATIC
from mge_toolkit.retry.fixes.javascript.source.edits import Change, change, insertion
from mge_toolkit.retry.fixes.javascript.source.tokens import KEYWORDS, RESERVED, Token
from mge_toolkit.retry.fixes.javascript.source.words import words

_NAMES: Final = 8
_LEADING: Final = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "+", "-", "*", "/", "%", "++", "--"})
_USUAL_CALLS: Final = (
    "push",
    "map",
    "filter",
    "join",
    "split",
    "includes",
    "slice",
    "replace",
    "reduce",
    "forEach",
    "indexOf",
    "sort",
    "has",
    "get",
    "set",
    "add",
)
_USUAL_STATIC: Final = (
    "floor",
    "max",
    "min",
    "abs",
    "sqrt",
    "round",
    "ceil",
    "pow",
    "keys",
    "from",
    "stringify",
)
_INFIX: Final = words(
    "+ - * / % = == === != !== < > <= >= && || ?? += -= *= /= % ? ** & | ^",
)


def insertions(tokens: Sequence[Token], before: Token | None, token: Token | None) -> Iterator[Change]:
    """Yield what may be missing in the gap before ``token``."""
    at = token.start if token is not None else (before.end if before is not None else 0)
    tight = before.end if before is not None else at
    for text, where, cost in INSERTED:
        if not _fits(where, before, token):
            continue
        closing = where in ("close", "between", "colon") and text in ")]},:;"
        place = tight if closing and not _leads(token) else at
        written = text
        if not closing and where in ("between", "arrow", "loose arrow") and before is not None:
            written = f"{'' if before.end < at else ' '}{text} "
        elif where == "words" and before is not None and before.end < at:
            written = text.lstrip()
        elif where == "block":
            written = (
                f"{text} " if token is not None and token.line == (before.line if before else 0) else text
            )
            place = tight if token is not None and before is not None and token.line != before.line else at
            written = f" {text}" if place == tight and place != at else written
        note = f"added the missing '{text.strip()}'"
        yield change(insertion(place, written, note), cost=cost)
    yield from _operands(tokens, before, token, at)
    yield from _members(tokens, before, token)


def _leads(token: Token | None) -> bool:
    """Return whether a line begins with a mark that goes on from what is closed before it."""
    return token is not None and token.first and token.text in (",", ";", ")", "]")


def _operands(
    tokens: Sequence[Token], before: Token | None, token: Token | None, at: int
) -> Iterator[Change]:
    """Yield the names that may be missing in a gap, the likeliest first."""
    cut = before is not None and token is not None and token.first and before.text in _INFIX
    if not cut and not _fits("operand", before, token):
        return
    empty = (
        before is not None and token is not None and before.text in ("[", "(") and token.text in ("]", ")")
    )
    names = _names_before(tokens, at)
    if before is not None and before.text == "[":
        indexes = [
            b.text for a, b, c in _triples(tokens) if a.text == "[" and c.text == "]" and b.kind == "word"
        ]
        names = list(dict.fromkeys([*indexes, *names]))[:_NAMES]
    place = before.end if (cut or empty) and before is not None else at
    infix = before is not None and (before.text in _INFIX or before.text in ("return", "case"))
    cost = 0.65 if empty else 1.15 if infix else 1.5
    constants = [
        ("0", 0.1),
        ("1", 0.12),
        ("''", 0.4),
        ("[]", 0.42),
        ("2", 0.45),
        ("true", 0.5),
        ("false", 0.5),
    ]
    ranked = [*((name, 0.05 * rank) for rank, name in enumerate(names)), *constants]
    for written, more in ranked:
        text = written if empty else f" {written}" if cut else f"{written} "
        yield change(insertion(place, text, f"added the missing '{written}'"), cost=cost + more)


def _members(tokens: Sequence[Token], before: Token | None, token: Token | None) -> Iterator[Change]:
    """Yield the members that may be missing after a dot, and the types after a colon."""
    if before is None or token is None or token.kind in ("word", "literal"):
        return
    if before.text in (".", "?."):
        used = [
            b.text for a, b, c in _triples(tokens) if a.text == "." and (c.text == "(") is (token.text == "(")
        ]
        usual: tuple[str, ...] = _USUAL_CALLS if token.text == "(" else ("length", "size")
        owner = next((a.text for a, b in pairwise(tokens) if b is before), "")
        if owner in STATIC:
            used = [name for name in used if name in STATIC[owner]]
            usual = (*(name for name in _USUAL_STATIC if name in STATIC[owner]), *sorted(STATIC[owner]))
        for rank, name in enumerate(list(dict.fromkeys([*used, *usual]))[:16]):
            yield change(insertion(before.end, name, f"added the missing '{name}'"), cost=0.6 + 0.04 * rank)
    elif before.text == ":" and token.text in (")", ",", "=", "{", ";"):
        yield change(insertion(before.end, " any", "added the missing type"), cost=0.6)


def _triples(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token, Token]]:
    return zip(tokens, tokens[1:], tokens[2:], strict=False)


def _fits(where: str, before: Token | None, token: Token | None) -> bool:
    """Return whether something may stand between two tokens, going by what they are."""
    ends = before is not None and before.ends_value
    begins = token is not None and token.begins_value
    same_line = before is not None and token is not None and before.line == token.line
    answers = {
        "close": before is not None and (ends or before.text in ("(", "[", "{", ";", ",", ">")),
        "open": token is not None and (begins or token.text in (")", "]", "/", "var", "let", "const")),
        "block": before is not None and (before.text in (")", "=>", "else", "try", "do", "finally") or ends),
        "between": ends and (begins or token is None or token.kind == "word" or token.text in ("/", "}")),
        "colon": ends or (before is not None and before.text == "default"),
        "arrow": before is not None and before.text == ")" and token is not None and begins,
        "loose arrow": ends and begins and before is not None and before.text != ")" and same_line,
        "member": ends and token is not None and token.kind == "word" and same_line,
        "words": ends and begins and same_line,
        "start": token is not None
        and (
            before is None or token.first or before.text in (";", "{", "}", ")", "=", "(", ",", ":", "else")
        ),
        "operand": before is not None
        and (not ends or before.text == ")" or (token is not None and token.first and token.text in _LEADING))
        and token is not None
        and not (token.kind in ("word", "literal") and token.text not in KEYWORDS),
    }
    return answers[where]


def _names_before(tokens: Sequence[Token], at: int) -> list[str]:
    """Return the names used around a place, the nearest first."""
    words = [
        (abs(token.start - at), token.text)
        for before, token in pairwise(tokens)
        if token.kind == "word" and token.text not in RESERVED and before.text != "."
    ]
    return list(dict.fromkeys(text for _, text in sorted(words)))[:_NAMES]
