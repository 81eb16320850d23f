"""An answer that was cut off: its last statement is closed, or goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import Kind, Piece, masked, pieces, unclosed
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_MOST_CUT: Final = 40
_NEAR: Final = 200
_HEADER: Final = re.compile(
    r"^[ \t]*(?:async[ \t]+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b"
)
_STATEMENT: Final = re.compile(
    r"^[ \t]*(?:async|def|class|if|elif|else|for|while|try|except|finally|with|return|import|from|raise)\b.*"
)
_CLOSED: Final = re.compile(r"\b(?:and|or|not|in|is|if|else|lambda|return|await|yield)$|[-+*/%=<>&|^~.,@:]+$")


class TruncationWash(Wash):
    """Closes what the last statement leaves open, or drops it, and keeps blocks from being empty."""

    name = "dirt-truncation"
    certain = False

    def washed(self, text: str, judge: Judge) -> Iterator[Washed | None]:
        """Yield the source closed at its end; then without its last lines, the fewest first."""
        body = text.rstrip()
        if not body or not _is_cut(body, judge):
            return
        last = body.count("\n") + 1
        for closed in _closed(body, judge):
            yield Washed(closed, f"closed what line {last} leaves open", 0.3)
        lines = body.split("\n")
        total = sum(1 for line in lines if line.strip())
        for kept in _starts(lines, judge):
            yield None
            dropped = total - sum(1 for line in kept.split("\n") if line.strip())
            if dropped * 2 > total + 1:
                return
            if judge.clean(kept):
                whole = body.startswith(kept.rstrip())
                start = kept.rstrip().count("\n") + whole
                first = next(n for n, line in enumerate([*lines[start:], "end"], start + 1) if line.strip())
                lost = dropped + (not whole)  # a 'pass' stands for the rest of a block
                note = f"dropped the unfinished end from line {first} on ({lost} line{'s' * (lost != 1)})"
                if not whole and kept.rstrip().endswith("pass"):
                    note += "; its block does nothing now"
                yield Washed(kept, note, 0.35 + 0.5 * dropped / total)
                if whole:
                    return


def _is_cut(body: str, judge: Judge) -> bool:
    """Return whether the parser misses something at the end: it stumbles there, or something is left open.

    A bracket that stays open with statements behind it lacks its partner there, and not at the end.
    """
    lines = body.split("\n")
    place = judge.trouble_line(body)
    if place >= len(lines):
        return True
    rest = lines[place:]
    if judge.python:
        *_, last = pieces(body, python=True)
        return last.unfinished or (
            bool(unclosed(body, python=True)) and not any(_STATEMENT.match(line) for line in rest)
        )
    return bool(unclosed(body, python=False))


def _closed(body: str, judge: Judge) -> Iterator[str]:
    """Yield ``body`` with its last string and its brackets closed, with less and less of its last line."""
    for text in (body, *_shorter(body)):
        bare = _string_closed(text, judge)
        ended = bare + unclosed(bare, python=judge.python) + "\n"
        yield ended
        if judge.python and _HEADER.match(ended.rstrip().rpartition("\n")[2]):
            line = ended.rstrip().rpartition("\n")[2]
            yield f"{ended.rstrip().rstrip(':')}:\n{line[: len(line) - len(line.lstrip())]}    pass\n"
    if judge.python:
        yield body + "\n" + _indent_of_last(body) + "    pass\n"


def _indent_of_last(body: str) -> str:
    line = body.rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip())]


def _shorter(body: str) -> Iterator[str]:
    """Yield ``body`` less an operator or a comma at its end, and less its last words, one after another."""
    head, break_, line = body.rpartition("\n")
    for _ in range(3):
        shorter = line[:-_NEAR] + _CLOSED.sub("", line[-_NEAR:].rstrip()).rstrip()
        if shorter == line.rstrip():
            shorter = line[:-_NEAR] + re.sub(r"[^\s,(\[{]+$", "", line[-_NEAR:].rstrip()).rstrip()
        if not shorter or shorter == line:
            return
        line = shorter
        yield head + break_ + line


def _string_closed(text: str, judge: Judge) -> str:
    """Return ``text`` with the string that it ends in closed."""
    last = Piece(Kind.CODE, "")
    for piece in pieces(text, python=judge.python):
        last = piece
    if last.kind is Kind.STRING and last.unfinished:
        mark = last.text[:3] if judge.python else "`"
        break_ = "\n" + _indent_of_last(text) if judge.python and "\n" in last.text else ""
        return text + break_ + mark
    line = last.text.rpartition("\n")[2] if last.kind is Kind.CODE else ""
    quote = next((letter for letter in line if letter in "\"'"), "")
    return text + quote


def _starts(lines: Sequence[str], judge: Judge) -> Iterator[str]:
    """Yield the source less its last lines, one more each time; a block that is left empty gets a ``pass``."""
    if not judge.python:
        yield from _javascript_starts(lines)
        return
    for count in range(len(lines) - 1, max(0, len(lines) - 1 - _MOST_CUT), -1):
        kept = "\n".join(lines[:count]).rstrip()
        if not kept:
            return
        yield kept + "\n"
        line = kept.rpartition("\n")[2]
        if line.rstrip().endswith(":"):
            yield f"{kept}\n{_indent_of_last(kept)}    pass\n"


def _javascript_starts(lines: Sequence[str]) -> Iterator[str]:
    """Yield the source less its last lines, what is then open closed."""
    for count in range(len(lines) - 1, max(0, len(lines) - 1 - _MOST_CUT), -1):
        kept = "\n".join(lines[:count]).rstrip()
        if not kept:
            return
        code = masked(kept, python=False).rstrip()
        if code.endswith((";", "}", "{")):
            yield f"{kept}\n{unclosed(kept, python=False)}\n"
