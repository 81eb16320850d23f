"""The tokens of a program, broken ones included: the leaves of its tree, and what its parser skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.source.parsing import Program
from mge_toolkit.retry.fixes.javascript.source.words import words

KEYWORDS: Final = words(
    "async await break case catch class const continue debugger default delete do else export",
    "extends finally for from function if import in instanceof let new of return static super",
    "switch this throw try typeof var void while with yield null true false undefined",
)
"""Words that a misspelt word may have been meant for."""

RESERVED: Final = words(
    "break case catch class const continue debugger default delete do else enum export extends",
    "false finally for function if import in instanceof new null return super switch this throw",
    "true try typeof var void while with yield let static implements interface package private",
    "protected public await",
)
"""Words that cannot be names in a module."""

_VALUE_WORDS: Final = frozenset({"this", "super", "null", "true", "false", "undefined"})
_WHOLE: Final = frozenset({"string", "template_string", "regex", "comment", "number", "hash_bang_line"})
_OPENING: Final = {"(": ")", "[": "]", "{": "}", "${": "}"}
_CLOSING: Final = frozenset({")", "]", "}"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One token. ``kind`` is ``word``, ``literal``, ``mark``, or ``text`` for what stands in a broken string.

    ``first`` says whether it begins its line, ``column`` (from 0) counts in bytes.
    """

    start: int
    end: int
    text: str
    kind: str
    line: int
    column: int
    first: bool

    @property
    def ends_value(self) -> bool:
        """Return whether a value may end with it."""
        if self.kind == "word":
            return (
                self.text not in KEYWORDS or self.text in _VALUE_WORDS or self.text in ("of", "from", "async")
            )
        return self.kind == "literal" or self.text in (")", "]", "}", "++", "--")

    @property
    def begins_value(self) -> bool:
        """Return whether a value may begin with it."""
        if self.kind == "word":
            return self.text not in KEYWORDS or self.text in _VALUE_WORDS or self.text in _PREFIX_WORDS
        return self.kind == "literal" or self.text in (
            "(",
            "[",
            "{",
            "!",
            "~",
            "+",
            "-",
            "++",
            "--",
            "...",
            "`",
        )


_PREFIX_WORDS: Final = frozenset(
    {"new", "typeof", "await", "function", "class", "void", "delete", "async", "of"}
)


def tokens_of(program: Program) -> list[Token]:
    """Return the tokens in order, comments left out."""
    spans: list[tuple[int, int, str]] = []
    done = 0
    stack: list[Node] = [program.root]
    while stack:
        node = stack.pop()
        if node.type == "comment" or (node.end_byte > node.start_byte and _is_leaf(node)):
            spans += _skipped(program.source, done, node.start_byte)
            done = max(done, node.end_byte)
            if node.type not in ("comment", "hash_bang_line"):
                spans.append((node.start_byte, node.end_byte, node.type))
        else:
            stack.extend(reversed(node.children))
    spans += _skipped(program.source, done, len(program.source))
    spans = _with_dots_joined(spans, program.source)
    found: list[Token] = []
    line, line_start, at = 1, 0, 0
    for start, end, kind in spans:
        newlines = program.source.count(b"\n", at, start)
        if newlines:
            line += newlines
            line_start = program.source.rfind(b"\n", at, start) + 1
        at = start
        text = program.source[start:end].decode("utf-8", "replace")
        first = not program.source[line_start:start].strip()
        found.append(
            Token(
                start=start,
                end=end,
                text=text,
                kind=_kind(kind, text),
                line=line,
                column=start - line_start,
                first=first,
            )
        )
    return found


def _with_dots_joined(spans: list[tuple[int, int, str]], source: bytes) -> list[tuple[int, int, str]]:
    """Return the spans with three dots in a row as one token, as they are where nothing is broken."""
    joined: list[tuple[int, int, str]] = []
    for span in spans:
        joined.append(span)
        if len(joined) >= 3 and source[joined[-3][0] : span[1]] == b"...":
            joined[-3:] = [(joined[-3][0], span[1], "...")]
    return joined


def _is_leaf(node: Node) -> bool:
    return node.child_count == 0 or (node.type in _WHOLE and not node.has_error)


def _kind(kind: str, text: str) -> str:
    if kind in _WHOLE:
        return "literal"
    if kind in ("string_fragment", "escape_sequence"):
        return "text"
    return (
        "word"
        if text[:1].isalpha() or text[:1] in ("_", "$") or (text[:1] == "#" and len(text) > 1)
        else "mark"
    )


def _skipped(source: bytes, start: int, end: int) -> list[tuple[int, int, str]]:
    """Return what stands between two leaves, word by word and mark by mark."""
    found = []
    at = start
    while at < end:
        character = source[at : at + 1]
        if character.isspace():
            at += 1
            continue
        stop = at + 1
        if _is_word(character):
            while stop < end and _is_word(source[stop : stop + 1]):
                stop += 1
        found.append((at, stop, "skipped"))
        at = stop
    return found


def _is_word(character: bytes) -> bool:
    return character.isalnum() or character in (b"_", b"$") or character >= b"\x80"


@dataclass(frozen=True, kw_only=True, slots=True)
class Brackets:
    """Brackets that have no partner, by index into the tokens; ``wrong`` pairs those of different kinds."""

    open: tuple[int, ...]
    close: tuple[int, ...]
    wrong: tuple[tuple[int, int], ...]
    pairs: tuple[tuple[int, int], ...] = ()


def brackets_of(tokens: list[Token]) -> Brackets:
    """Return which brackets have no partner; a closing one passes over open ones of another kind inside it."""
    stack: list[int] = []
    open_, close, wrong, pairs = [], [], [], []
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in _OPENING:
            stack.append(index)
        elif token.text in _CLOSING:
            depth = next(
                (n for n in range(1, len(stack) + 1) if _OPENING[tokens[stack[-n]].text] == token.text), None
            )
            if depth is None:
                close.append(index)
                if stack:
                    wrong.append((stack[-1], index))
                continue
            for _ in range(depth - 1):
                inner = stack.pop()
                open_.append(inner)
                wrong.append((inner, index))
            pairs.append((stack.pop(), index))
    return Brackets(open=(*open_, *stack), close=tuple(close), wrong=tuple(wrong), pairs=tuple(pairs))


def closer_of(token: Token) -> str:
    """Return the bracket that closes an opening one."""
    return _OPENING[token.text]
