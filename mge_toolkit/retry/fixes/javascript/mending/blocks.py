"""Python's layout in JavaScript: blocks by a colon and indentation, comments by '#', prefixed strings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.javascript.source.edits import Change, Edit, apart, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import Program, walk
from mge_toolkit.retry.fixes.javascript.source.tokens import KEYWORDS, Token
from mge_toolkit.retry.fixes.similarity import distance

_HEADERS: Final = {
    "def": "function",
    "async": "async",
    "if": "if",
    "elif": "else if",
    "else": "else",
    "while": "while",
    "for": "for",
    "try": "try",
    "except": "catch",
    "finally": "finally",
    "class": "class",
    "function": "function",
    "with": "with",
}
_PARENTHESISED: Final = frozenset({"if", "elif", "while", "for"})
_CONTINUING: Final = frozenset({"elif", "else", "except", "finally"})


def layout_changes(program: Program, tokens: list[Token]) -> list[Change]:
    """Return the program with all of Python's layout put into JavaScript's, if it has any."""
    comments = list(_comments(program))
    headers = _headers(tokens)
    words = list(_words(tokens))
    changes: list[Change] = []
    if headers:
        edits = [*comments, *_braces(tokens, headers, program.source)]
        changes.append(_joined([*edits, *words], 0.4))
    if comments:
        changes.append(_joined(comments, 0.2))
        changes.append(_joined([*comments, *words], 0.3))
    if words:
        changes.append(_joined(words, 0.25))
    return changes


def _joined(edits: list[Edit], cost: float) -> Change:
    return Change(edits=apart(edits), cost=cost)


def _comments(program: Program) -> Iterator[Edit]:
    """Yield '//' for '#' where it begins a comment: outside of texts, and no private name."""
    covered = [
        (node.start_byte, node.end_byte)
        for node in walk(program.root)
        if node.type in ("string", "template_string", "regex", "comment", "private_property_identifier")
        and not node.has_error
    ]
    at = program.source.find(b"#")
    while at >= 0:
        line_start = program.source.rfind(b"\n", 0, at) + 1
        before = program.source[line_start:at]
        alone = not before.strip()
        spaced = program.source[at + 1 : at + 2] in (b" ", b"", b"\n", b"#")
        inside = any(start <= at < end for start, end in covered)
        if (alone or before[-1:].isspace()) and spaced and not inside:
            yield replacement(at, at + 1, "//", "put '//' in place of '#'")
        end = program.source.find(b"\n", at)
        at = program.source.find(b"#", at + 1 if end < 0 else (end if not inside else at + 1))


def _words(tokens: list[Token]) -> Iterator[Edit]:
    """Yield edits for words that only Python has, wherever nothing else can be meant."""
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.kind != "word" or after is None or (before is not None and before.text in (".", "?.")):
            continue
        note = f"put '{{}}' in place of '{token.text}'"
        if token.text in ("and", "or") and before is not None and before.ends_value and after.begins_value:
            mark = "&&" if token.text == "and" else "||"
            yield replacement(token.start, token.end, mark, note.format(mark))
        elif token.text == "is" and before is not None and before.ends_value and after.text == "not":
            yield replacement(token.start, after.end, "!==", "put '!==' in place of 'is not'")
        elif token.text == "is" and before is not None and before.ends_value and after.begins_value:
            yield replacement(token.start, token.end, "===", note.format("==="))
        elif token.text == "not" and after.begins_value and (before is None or before.text != "is"):
            yield replacement(token.start, after.start, "!", note.format("!"))
        elif token.text in ("None", "True", "False"):
            meant = {"None": "null", "True": "true", "False": "false"}[token.text]
            yield replacement(token.start, token.end, meant, note.format(meant))
        elif token.text == "elif":
            yield replacement(token.start, token.end, "else if", note.format("else if"))
        elif (keyword := _misspelt(tokens, index)) is not None:
            yield replacement(token.start, token.end, keyword, note.format(keyword))
        elif token.text in ("f", "r", "b", "u") and after.kind == "literal" and after.start == token.end:
            yield from _prefixed(token, after)


def _misspelt(tokens: list[Token], index: int) -> str | None:
    """Return the keyword that a word must be meant for: it is nearly one, and a name cannot stand there."""
    token, after = tokens[index], tokens[index + 1]
    if token.text in KEYWORDS or len(token.text) < 4 or after.line != token.line:
        return None
    if after.kind not in ("word", "literal") or after.text in ("of", "in", "instanceof", "as", "from"):
        return None
    near = [
        word
        for word in sorted(KEYWORDS)
        if len(word) > 3 and distance(token.text, word, 2) <= 1 + (len(word) > 4)
    ]
    return min(near, key=lambda word: distance(token.text, word, 2), default=None)


def _prefixed(token: Token, text: Token) -> Iterator[Edit]:
    """Yield a template for a formatted string, and the string alone for other prefixes."""
    if token.text == "f" and text.text[:1] in "'\"":
        inner = text.text[1:-1].replace("`", "\\`").replace("{", "${").replace("${${", "{").replace("}}", "}")
        yield replacement(
            token.start, text.end, f"`{inner}`", "put a template in place of the formatted string"
        )
    else:
        yield replacement(token.start, token.end, "", f"removed the prefix '{token.text}' of the string")


def _headers(tokens: list[Token]) -> list[tuple[int, int]]:
    """Return the first and the last token of every line that opens a block with a colon."""
    found = []
    for index, token in enumerate(tokens):
        if not token.first or token.text not in _HEADERS:
            continue
        end = index
        depth = 0
        while end < len(tokens) and (tokens[end].line == token.line or depth > 0):
            depth += (tokens[end].text in ("(", "[", "{")) - (tokens[end].text in (")", "]", "}"))
            end += 1
        if tokens[end - 1].text == ":":
            found.append((index, end - 1))
    return found


def _braces(tokens: list[Token], headers: list[tuple[int, int]], source: bytes) -> Iterator[Edit]:
    """Yield braces around the blocks that the headers open, and the headers as JavaScript writes them."""
    note = "put braces around the blocks"
    closers: dict[int, list[int]] = {}
    for first, last in headers:
        yield from _header(tokens, first, last)
        column = tokens[first].column
        end = next(
            (n for n in range(last + 1, len(tokens)) if tokens[n].first and tokens[n].column <= column),
            len(tokens),
        )
        closers.setdefault(end, []).append(column)
    for end, columns in closers.items():
        inner = sorted(columns, reverse=True)
        continuing = end < len(tokens) and tokens[end].text in _CONTINUING
        text = "".join(f"\n{' ' * column}}}" for column in (inner[:-1] if continuing else inner))
        if text:
            yield insertion(tokens[end - 1].end, text, note)
        if continuing:
            yield insertion(tokens[end].start, "} ", note)


def _header(tokens: list[Token], first: int, last: int) -> Iterator[Edit]:
    """Yield a header as JavaScript writes it."""
    note = "put braces around the blocks"
    word, colon = tokens[first], tokens[last]
    yield replacement(colon.start, colon.end, " {", note)
    if word.text in ("def", "except"):
        yield replacement(word.start, word.end, _HEADERS[word.text], note)
        if word.text == "except" and last - first > 1:
            name = tokens[last - 1].text if tokens[last - 2].text == "as" else "error"
            yield replacement(tokens[first + 1].start, colon.start, f"({name})", note)
    if word.text not in _PARENTHESISED or first + 1 >= last:
        return
    inner = tokens[first + 1]
    if word.text == "for" and any(token.text == "in" for token in tokens[first:last]):
        place = next(token for token in tokens[first:last] if token.text == "in")
        yield insertion(inner.start, "(const ", note)
        yield replacement(place.start, place.end, "of", note)
        yield insertion(tokens[last - 1].end, ")", note)
    elif inner.text != "(" or tokens[last - 1].text != ")":
        yield insertion(inner.start, "(", note)
        yield insertion(tokens[last - 1].end, ")", note)
