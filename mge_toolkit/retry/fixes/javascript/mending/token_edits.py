"""Small edits to the tokens around a place where a parser gave up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from mge_toolkit.retry.fixes.javascript.mending.insertions import insertions
from mge_toolkit.retry.fixes.javascript.mending.words import (
    FOREIGN_WORDS,
    JOINED,
    MARKS,
    TYPE_WORDS,
)
from mge_toolkit.retry.fixes.javascript.source.builtins import METHODS
from mge_toolkit.retry.fixes.javascript.source.edits import Change, Edit, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.tokens import KEYWORDS, RESERVED, Token, brackets_of
from mge_toolkit.retry.fixes.similarity import distance

_BEFORE: Final = 9
_AFTER: Final = 3
_DECLARING: Final = frozenset({"const", "let", "var", "function", "class", "(", ",", "=>"})
_LONGEST_WORD: Final = 40


def token_changes(tokens: Sequence[Token], places: Sequence[int]) -> list[Change]:
    """Return edits near ``places`` (bytes), the cheapest first."""
    near = _distances(tokens, places)
    found: list[Change] = []
    for index, penalty in near.items():
        found += [Change(edits=one.edits, cost=one.cost + penalty) for one in _at(tokens, index)]
    found += _composite(tokens, near)
    found += _headless(tokens, near)
    counts = Counter(token.text for token in tokens if token.kind == "word")
    for token in tokens:
        if counts[token.text] == 1 and token.text not in KEYWORDS and len(token.text) <= _LONGEST_WORD:
            found += _run_together(token, counts)
    found.sort(key=lambda one: one.cost)
    return found


def _distances(tokens: Sequence[Token], places: Sequence[int]) -> dict[int, float]:
    """Return the indexes of tokens near the places with what their distance costs."""
    near: dict[int, float] = {}
    for rank, place in enumerate(places):
        stuck = next((n for n, token in enumerate(tokens) if token.end > place), len(tokens))
        for index in range(max(stuck - _BEFORE, 0), min(stuck + _AFTER, len(tokens)) + 1):
            away = stuck - index
            cost = 0.12 * away if away >= 0 else 0.25 - 0.2 * away
            cost += 0.1 * min(rank, 3)
            near[index] = min(near.get(index, 9.0), cost)
    return near


def _at(tokens: Sequence[Token], index: int) -> Iterator[Change]:
    """Yield edits of one token and of the gap before it."""
    before = tokens[index - 1] if index > 0 else None
    token = tokens[index] if index < len(tokens) else None
    yield from insertions(tokens, before, token)
    if token is None:
        return
    yield from _deletions(tokens, index)
    if token.kind == "word":
        yield from _words(tokens, index)
    elif token.kind == "mark":
        for mark, cost in MARKS.get(token.text, ()):
            note = f"put '{mark.strip()}' in place of '{token.text}'"
            yield change(replacement(token.start, token.end, mark, note), cost=cost)
    if before is not None:
        yield from _joined(before, token)
        yield from _swapped(before, token)


def _deletions(tokens: Sequence[Token], index: int) -> Iterator[Change]:
    """Yield the token's own absence, with the blanks before it."""
    token = tokens[index]
    before = tokens[index - 1] if index > 0 else None
    start = token.start
    if before is not None and before.line == token.line:
        start = before.end
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    blank = ""
    if before is not None and after is not None and start < token.start and after.start == token.end:
        blank = " " if before.kind in ("word", "literal") and after.kind in ("word", "literal") else ""
    doubled = before is not None and before.text == token.text
    # A word or an operand is rarely there by mistake; marks are.
    cost = 0.7 if doubled else 1.2 if token.kind == "mark" else 1.75
    note = f"removed the superfluous '{_short(token.text)}'"
    yield change(replacement(start, token.end, blank, note), cost=cost)


def _words(tokens: Sequence[Token], index: int) -> Iterator[Change]:
    """Yield what a word may have been meant for."""
    token = tokens[index]
    before = tokens[index - 1] if index > 0 else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is not None and before.text in (".", "?."):
        return
    for meant in FOREIGN_WORDS.get(token.text, ()):
        note = f"put '{meant}' in place of '{token.text}'" if meant else f"removed '{token.text}'"
        yield change(_word(token, after, meant, note), cost=0.3)
    if token.text in TYPE_WORDS and after is not None and after.kind == "word":
        note = f"put 'let' in place of '{token.text}'"
        yield change(_word(token, after, "let", note), cost=0.5)
    if token.text not in KEYWORDS and len(token.text) > 1:
        yield from _misspelt(token, after)
    if token.text in RESERVED and before is not None and before.text in _DECLARING:
        yield _renamed(tokens, token.text)


def _word(token: Token, after: Token | None, meant: str, note: str) -> Edit:
    """Return a word's replacement; what is no word needs no blank after it, and a word needs one."""
    if meant == "!" and after is not None:
        return replacement(token.start, after.start, meant, note)
    blank = " " if meant[-1:].isalpha() and after is not None and after.start == token.end else ""
    if after is not None and after.text in ("(", "{", ";", ":", ",", ")"):
        blank = ""
    return replacement(token.start, token.end, meant + blank, note)


def _misspelt(token: Token, after: Token | None) -> Iterator[Change]:
    """Yield the keywords that a word may be a misspelling of, or that it begins with."""
    for keyword in sorted(KEYWORDS):
        allowed = 1 if len(keyword) <= 3 else 2
        steps = distance(token.text.lower(), keyword, allowed)
        if steps <= allowed:
            note = f"put '{keyword}' in place of '{token.text}'"
            edit = replacement(token.start, token.end, keyword, note)
            yield change(edit, cost=0.45 + 0.2 * steps + (0.3 if len(keyword) <= 3 else 0.0))
        if token.text.startswith(keyword) and len(token.text) > len(keyword) and len(keyword) > 1:
            note = f"added the missing blank after '{keyword}'"
            yield change(insertion(token.start + len(keyword), " ", note), cost=0.9)
        if token.text.endswith(keyword) and len(token.text) > len(keyword) and keyword in ("of", "in"):
            note = f"added the missing blank before '{keyword}'"
            yield change(insertion(token.end - len(keyword), " ", note), cost=1.0)


def _run_together(token: Token, known: Mapping[str, int]) -> Iterator[Change]:
    """Yield what may be missing between two names that are written as one."""
    for length in range(1, len(token.text)):
        first, second = token.text[:length], token.text[length:]
        if first in KEYWORDS or not (first in known or first in METHODS):
            continue
        if second in known or second in METHODS or second.isdigit():
            for mark, cost in (("(", 0.6), (".", 0.8), (", ", 0.9), (" + ", 1.1), ("[", 1.0)):
                note = f"added the missing '{mark.strip()}'"
                yield change(insertion(token.start + length, mark, note), cost=cost)


def _renamed(tokens: Sequence[Token], name: str) -> Change:
    """Return the renaming of a reserved word that is used as a name."""
    note = f"renamed '{name}', which is a reserved word, to '{name}_'"
    edits = [
        replacement(token.start, token.end, f"{name}_", note)
        for before, token in pairwise([None, *tokens])
        if token is not None and token.text == name and (before is None or before.text not in (".", "?."))
    ]
    return Change(edits=tuple(edits), cost=0.9)


def _joined(before: Token, token: Token) -> Iterator[Change]:
    """Yield two tokens as one."""
    together = before.text + token.text
    if before.end < token.start and before.line == token.line:
        if together in JOINED:
            note = f"joined '{before.text} {token.text}' to '{together}'"
            yield change(replacement(before.end, token.start, "", note), cost=0.4)
        elif together in KEYWORDS:
            note = f"joined '{before.text} {token.text}' to '{together}'"
            yield change(replacement(before.end, token.start, "", note), cost=0.7)
    for mark, cost in MARKS.get(together, ()):
        if before.kind == token.kind == "mark" and len(together) > 1:
            note = f"put '{mark}' in place of '{together}'"
            yield change(replacement(before.start, token.end, mark, note), cost=cost)


def _swapped(before: Token, token: Token) -> Iterator[Change]:
    """Yield two tokens the other way round."""
    if before.line == token.line and before.text != token.text and len(before.text) + len(token.text) < 60:
        between = " " if before.end < token.start else ""
        note = f"swapped '{_short(before.text)}' and '{_short(token.text)}'"
        swapped = f"{token.text}{between}{before.text}"
        yield change(replacement(before.start, token.end, swapped, note), cost=1.5)


def _composite(tokens: Sequence[Token], near: dict[int, float]) -> Iterator[Change]:
    """Yield edits that only together make sense."""
    for index, penalty in near.items():
        if index >= len(tokens):
            continue
        token = tokens[index]
        if token.text == "for":
            edits = _semicolons(tokens, index)
            if edits:
                yield Change(edits=edits, cost=0.8)
        if token.text in ("if", "while", "switch", "for", "elif"):
            yield from _bare_condition(tokens, index, penalty)


def _headless(tokens: Sequence[Token], near: dict[int, float]) -> Iterator[Change]:
    """Yield the word that is missing before a condition, which may be long, behind which the parser gave up."""
    for opening, closing in brackets_of(list(tokens)).pairs:
        if tokens[opening].text != "(" or closing + 1 not in near:
            continue
        before = tokens[opening - 1] if opening else None
        if before is not None and before.text not in (";", "{", "}", ")", "else"):
            continue
        for rank, word in enumerate(("if", "while", "for", "switch", "else if")):
            note = f"added the missing '{word}'"
            cost = 0.8 + 0.1 * rank + near[closing + 1]
            yield change(insertion(tokens[opening].start, f"{word} ", note), cost=cost)


def _semicolons(tokens: Sequence[Token], index: int) -> tuple[Edit, ...]:
    """Return semicolons in place of the commas of a loop's header."""
    edits: list[Edit] = []
    depth = 0
    for token in tokens[index + 1 : index + 60]:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth == 0:
            break
        if depth == 1 and token.text == ",":
            note = "put ';' in place of ',' in the loop's header"
            edits.append(replacement(token.start, token.end, ";", note))
    return tuple(edits[-2:])


def _bare_condition(tokens: Sequence[Token], index: int, penalty: float) -> Iterator[Change]:
    """Yield the parentheses around a condition that has none, or only one."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return
    word = tokens[index].text
    line = [n for n in range(index + 1, len(tokens)) if tokens[n].line == tokens[index].line]
    ends = [n for n in line if tokens[n].text in ("{", ":")] or [line[-1] + 1 if line else len(tokens)]
    for end in ends[:3]:
        last = tokens[end - 1]
        note = f"added the parentheses after '{word}'"
        if following.text != "(" or last.text != ")":
            edits = [insertion(following.start, "(", note), insertion(last.end, ")", note)]
            if end < len(tokens) and tokens[end].text == ":":
                edits.append(replacement(tokens[end].start, tokens[end].end, " {", note))
            yield Change(edits=tuple(edits), cost=0.9 + penalty)


def _short(text: str) -> str:
    """Return a token for people."""
    one = text.replace("\n", " ")
    return one if len(one) <= 24 else f"{one[:12]} … {one[-8:]}"
