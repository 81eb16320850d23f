"""Small edits to the tokens around a place where a parser gave up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from mge_toolkit.retry.fixes.javascript.mending.words import (
    FOREIGN_WORDS,
    INSERTED,
    JOINED,
    MARKS,
    TYPE_WORDS,
)
from mge_toolkit.retry.fixes.javascript.source.builtins import METHODS, STATIC
from mge_toolkit.retry.fixes.javascript.source.edits import Change, Edit, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.similarity import distance
from mge_toolkit.retry.fixes.javascript.source.tokens import KEYWORDS, RESERVED, Token, brackets_of
from mge_toolkit.retry.fixes.javascript.source.words import words

_BEFORE: Final = 9
_AFTER: Final = 3
_DECLARING: Final = frozenset({"const", "let", "var", "function", "class", "(", ",", "=>"})
_NAMES: Final = 8
_LONGEST_WORD: Final = 40
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
    yield from _insertions(tokens, before, token)
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


def _insertions(tokens: Sequence[Token], before: Token | None, token: Token | None) -> Iterator[Change]:
    """Yield what may be missing in the gap before ``token``."""
    at = token.start if token is not None else (before.end if before is not None else 0)
    tight = before.end if before is not None else at
    for text, where, cost in INSERTED:
        if not _fits(where, before, token):
            continue
        closing = where in ("close", "between", "colon") and text in ")]},:;"
        place = tight if closing else at
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
