"""Strings that do not end, or do not begin: a quote at every place on the line where one may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.javascript.source.edits import Change, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import Program

_QUOTES: Final = "'\"`"
_LONGEST: Final = 300


def quote_changes(program: Program, places: list[int]) -> list[Change]:
    """Return edits of quotes on the lines of ``places``, the cheapest first."""
    found: list[Change] = []
    seen: set[int] = set()
    for place in places:
        start = program.source.rfind(b"\n", 0, place) + 1
        if start in seen or len(seen) >= 3:
            continue
        seen.add(start)
        end = program.source.find(b"\n", start)
        line = program.source[start : len(program.source) if end < 0 else end]
        if len(line) <= _LONGEST:
            found += _on_line(line, start)
    found.sort(key=lambda one: one.cost)
    return found


def _on_line(line: bytes, start: int) -> Iterator[Change]:
    """Yield edits of the quotes of one line."""
    places = [(n, chr(byte)) for n, byte in enumerate(line) if chr(byte) in _QUOTES]
    for quote in _QUOTES:
        mine = [n for n, other in places if other == quote]
        if len(mine) % 2 == 0:
            continue
        yield from _missing(line, start, quote, mine)
        for n, other in places:  # opened with one quote, closed with another
            if other != quote:
                note = f"put {quote} in place of {other}"
                yield change(replacement(start + n, start + n + 1, quote, note), cost=0.6)
        if len(mine) > 2:
            for n in mine[1:-1]:
                yield change(insertion(start + n, "\\", f"escaped the {quote} inside the text"), cost=0.8)
        for n in mine:
            note = f"removed the superfluous {quote}"
            yield change(replacement(start + n, start + n + 1, "", note), cost=1.5)


def _missing(line: bytes, start: int, quote: str, mine: list[int]) -> Iterator[Change]:
    """Yield the quote at every place where a text may begin or end."""
    note = f"added the missing {quote}"
    for n in range(len(line) + 1):
        before, after = line[:n].rstrip()[-1:], line[n:].lstrip()[:1]
        tight_before, tight_after = line[n - 1 : n] if n else b"", line[n : n + 1]
        if tight_before.isalnum() and tight_after.isalnum():
            continue
        ends = after in (b"", b")", b",", b";", b"]", b"}", b"+", b":", b".", b"=")
        begins = before in (b"", b"(", b",", b"[", b"{", b"+", b":", b"=")
        inside = 0.0 if any(place < n for place in mine) else 0.15
        cost = 0.5 + inside if ends else 0.65 if begins else 1.3
        if not tight_after and after == b"":
            cost -= 0.05
        if after in (b")", b";", b",") and not tight_after.isspace():
            cost -= 0.1
        if tight_before.isspace() and ends:
            cost += 0.1
        yield change(insertion(start + n, quote, note), cost=cost)
