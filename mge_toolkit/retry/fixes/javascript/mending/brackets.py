"""Brackets without a partner: closed or opened where the layout says that they belong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.javascript.source.edits import Change, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.tokens import Brackets, Token, brackets_of, closer_of

_PLACES: Final = 40
_HEADER_WORDS: Final = frozenset({"else", "try", "do", "finally", "=>"})


def bracket_changes(tokens: list[Token], source: bytes) -> list[Change]:
    """Return edits that give lone brackets a partner, the cheapest first."""
    brackets = brackets_of(tokens)
    found: list[Change] = []
    for index in brackets.open[:6]:
        if tokens[index].text in ("{", "${"):
            found += _closed_block(tokens, index, source)
        found += _closed_inline(tokens, index)
    for index in brackets.close[:4]:
        found += _opened(tokens, index)
        token = tokens[index]
        note = f"removed the superfluous '{token.text}'"
        found.append(change(replacement(token.start, token.end, "", note), cost=0.9))
    for opening, closing in brackets.wrong[:6]:
        meant = closer_of(tokens[opening])
        note = f"put '{meant}' in place of '{tokens[closing].text}'"
        edit = replacement(tokens[closing].start, tokens[closing].end, meant, note)
        found.append(change(edit, cost=0.7))
    found += _shifted_blocks(tokens, brackets)
    found.sort(key=lambda one: one.cost)
    return found


def _line_indents(tokens: Sequence[Token]) -> dict[int, int]:
    """Return how far each line with code is indented."""
    return {token.line: token.column for token in tokens if token.first}


def _closed_block(tokens: Sequence[Token], index: int, source: bytes) -> Iterator[Change]:
    """Yield a '}' before each line that is indented no more than the one that opened the block, and at the end."""
    indents = _line_indents(tokens)
    opened_at = indents.get(tokens[index].line, 0)
    prefix = source[_line_start(source, tokens[index].start) :]
    blank = prefix[: len(prefix) - len(prefix.lstrip(b" \t"))].decode("utf-8", "replace")
    note = "added the missing '}'"
    cost = 0.5
    body = next((t for t in tokens[index + 1 :] if t.first), None)
    for place in range(index + 1, len(tokens)):
        token = tokens[place]
        if not token.first or token.line == tokens[index].line:
            continue
        if token.column > opened_at or (
            token.column == opened_at and token.text == "}" and body is not token
        ):
            continue
        if token.text in ("else", "catch", "finally"):
            written = insertion(token.start, "} ", note)
        else:
            written = insertion(tokens[place - 1].end, f"\n{blank}}}", note)
        yield change(written, cost=cost)
        cost += 0.35
        if cost > 2.5:
            break
    last = tokens[-1].end
    yield change(insertion(last, f"\n{blank}}}", note), cost=min(cost, 0.75))
    yield from _closed_on_its_line(tokens, index, note)


def _closed_on_its_line(tokens: Sequence[Token], index: int, note: str) -> Iterator[Change]:
    line = [n for n in range(index + 1, len(tokens)) if tokens[n].line == tokens[index].line]
    if line:
        yield change(insertion(tokens[line[-1]].end, " }", note), cost=0.6)


def _closed_inline(tokens: Sequence[Token], index: int) -> Iterator[Change]:
    """Yield the closing bracket at every place on the lines after an opening one."""
    closer = closer_of(tokens[index])
    note = f"added the missing '{closer}'"
    for place in range(index + 1, min(index + _PLACES, len(tokens) + 1)):
        before = tokens[place - 1]
        after = tokens[place] if place < len(tokens) else None
        if not (before.ends_value or before.text in ("(", "[", "{", ",", ";", ">")):
            continue
        lines = before.line - tokens[index].line
        if lines > 12:
            break
        leads = after is not None and after.first and after.text in (",", ";", ")", "]")
        at = after.start if leads and after is not None else before.end
        yield change(insertion(at, closer, note), cost=_cost_of_close(tokens[index], before, after, lines))


def _cost_of_close(opening: Token, before: Token, after: Token | None, lines: int) -> float:
    """Return how unlikely a bracket is to be closed between two tokens."""
    cost = 0.8 + 0.15 * lines
    if after is None or after.line != before.line:
        cost -= 0.2
    elif after.text in ("{", ";", ")", "]", "}", "=>", ":"):
        cost -= 0.3
    elif after.text in (",", ".", "?"):
        cost -= 0.05
    elif after.text in ("(", "["):
        cost += 0.2
    if before is opening:
        cost += 0.15
    return cost


def _opened(tokens: Sequence[Token], index: int) -> Iterator[Change]:
    """Yield the opening bracket that a closing one lacks."""
    token = tokens[index]
    opener = {")": "(", "]": "[", "}": "{"}[token.text]
    note = f"added the missing '{opener}'"
    if token.text == "}":
        yield from _opened_blocks(tokens, index, note)
    for place in range(index, max(index - _PLACES, -1), -1):
        after, before = tokens[place], tokens[place - 1] if place else None
        lines = token.line - after.line
        if lines > 2 and token.text != "}":
            break
        if token.text == "}" and lines > 0:
            break
        if not (after.begins_value or after.text in ("let", "const", "var", "/", token.text)):
            continue
        cost = 0.85 + 0.02 * (index - place) + 0.2 * lines
        if before is not None and before.text in ("if", "while", "for", "switch", "catch", "=", "return"):
            cost -= 0.3
        elif before is not None and before.kind == "word" and before.ends_value:
            cost -= 0.15 if opener in "([" else 0.0
        yield change(insertion(after.start, opener, note), cost=cost)


def _opened_blocks(tokens: Sequence[Token], index: int, note: str) -> Iterator[Change]:
    """Yield a '{' at the end of lines that look like the header of a block without one."""
    closing = tokens[index]
    for place in range(index - 1, -1, -1):
        token = tokens[place]
        following = tokens[place + 1]
        if following.line == token.line and following.text != "}":
            if token.text in (")", "=>", "else", "try", "do") and following.text != "{":
                yield change(insertion(token.end, " {", note), cost=1.2 + 0.01 * (index - place))
            continue
        if not (token.text in (")", "=") or token.text in _HEADER_WORDS or token.kind == "word"):
            continue
        header = next(t for t in tokens[place::-1] if t.first)
        inner = following.column > header.column or following.text == "}"
        fitting = header.column == closing.column if closing.first else True
        cost = 0.6 + (0.0 if inner else 0.8) + (0.0 if fitting else 0.4) + 0.002 * (index - place)
        cost += 0.0 if token.text in (")", "=") or token.text in _HEADER_WORDS else 0.3
        yield change(insertion(token.end, " {", note), cost=cost)


def _shifted_blocks(tokens: Sequence[Token], brackets: Brackets) -> Iterator[Change]:
    """Yield edits for a brace that found the wrong partner: its line is indented otherwise than its partner's.

    One '}' too few is noticed at the end of the program, with every brace after it paired one too far out.
    """
    indents = _line_indents(tokens)
    lone = [index for index in brackets.open if tokens[index].text == "{"]
    stray = [index for index in brackets.close if tokens[index].text == "}"]
    if not lone and not stray:
        return
    for opening, closing in sorted(brackets.pairs):
        first, last = tokens[opening], tokens[closing]
        if first.text != "{" or not last.first or first.line == last.line:
            continue
        expected = indents.get(first.line, 0)
        if lone and last.column < expected:
            inner = [t for t in tokens[opening + 1 : closing + 1] if t.first and t.column <= expected]
            if inner:
                token = inner[0]
                place = next(n for n, t in enumerate(tokens) if t is token)
                note = "added the missing '}'"
                text = "\n" + " " * expected + "}"
                if token.text in ("else", "catch", "finally"):
                    yield change(insertion(token.start, "} ", note), cost=0.45)
                else:
                    yield change(insertion(tokens[place - 1].end, text, note), cost=0.45)
        elif stray and last.column > expected:
            for place in range(opening + 1, closing):
                token, following = tokens[place], tokens[place + 1]
                header = next((t for t in tokens[place::-1] if t.first), token)
                ends_line = following.line != token.line
                if ends_line and header.column == last.column and following.column > header.column:
                    yield change(insertion(token.end, " {", "added the missing '{'"), cost=0.45)


def _line_start(source: bytes, offset: int) -> int:
    return source.rfind(b"\n", 0, offset) + 1
