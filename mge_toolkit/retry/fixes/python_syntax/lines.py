"""Cut a program into logical lines, and know what each of them is or may have been."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from mge_toolkit.retry.fixes.python_syntax.mending import Clock, Mend, Note, mend
from mge_toolkit.retry.fixes.python_syntax.oracle import HEADERS, Refusal, Shape, first_word, line_shape
from mge_toolkit.retry.fixes.python_syntax.tokens import CLOSERS, KEYWORDS, OPENERS, Kind, tokens_of

_LONGEST: Final = 60
_FARTHEST: Final = 1_000
_SHORT: Final = 400
_SCANNED: Final = re.compile(
    r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|["\'#()\[\]{}]|\\$', re.DOTALL
)
_STRONG: Final = frozenset(
    ("def", "class", "return", "while", "with", "try", "except", "finally", "elif", "break", "continue",
     "pass", "import", "raise", "global", "nonlocal", "assert", "del", "@")
)  # fmt: skip
_WEAK: Final = frozenset(("if", "for", "else", "async", "from"))
_NAME: Final = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?![\w('\"])")
_NAMES: Final = 5
_BACK: Final = 25
_GOOD_ENOUGH: Final = 2.0
COMMENTED_OUT: Final = 6.0
_PROSE: Final = 1.2
_JOINED: Final = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What the physical lines from one to ``end`` (both included) are together, or may have been."""

    end: int
    text: str
    cost: float = 0.0
    notes: tuple[Note, ...] = ()
    shape: Shape | None = None
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def last_resort(self) -> bool:
        """Return whether it gives code up."""
        return self.cost >= COMMENTED_OUT

    @property
    def signature(self) -> tuple[int, Shape | None]:
        """Return what of it matters to the lines around it."""
        return self.end, self.shape


def _mended_part(end: int, mended: Mend) -> Part:
    return Part(
        end=end,
        text=mended.text,
        cost=mended.cost,
        notes=mended.notes,
        shape=mended.shape,
        renamed=mended.renamed,
    )


class Program:
    """The physical lines of a program."""

    def __init__(self, code: str, clock: Clock) -> None:
        """Cut ``code``; lines are mended when they are asked for."""
        self.lines: Final = code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._prefixes = [line[: len(line) - len(line.lstrip(" \t\f"))] for line in self.lines]
        self._widths = [len(prefix.expandtabs()) for prefix in self._prefixes]
        self._code = [bool(line.strip(" \t\f")) and line.lstrip(" \t\f")[0] != "#" for line in self.lines]
        self._awaits = any(word in code for word in ("await", "async for", "async with"))
        self._clock = clock
        self._parts: dict[int, list[Part]] = {}
        self._mends: dict[tuple[str, bool], list[Mend]] = {}

    def prefix(self, index: int) -> str:
        """Return the white space a line begins with."""
        return self._prefixes[index]

    def width(self, index: int) -> int:
        """Return how many columns a line is indented."""
        return self._widths[index]

    def is_code(self, index: int) -> bool:
        """Return whether a line is neither empty nor a comment."""
        return self._code[index]

    def text(self, start: int, end: int) -> str:
        """Return the lines as one text without the first one's indentation."""
        return "\n".join([self.lines[start][len(self.prefix(start)) :], *self.lines[start + 1 : end + 1]])

    def parts(self, index: int) -> list[Part]:
        """Return what may begin at a line of code, the cheapest first; one part at no cost where it parses."""
        found = self._parts.get(index)
        if found is None:
            found = self._parts[index] = self._whole(index) or self._mended(index)
        return found

    def doubt(self, index: int) -> None:
        """Let the line that begins at ``index``, which parses but which the compiler refused, be another, too."""
        parts = self._parts.get(index, [])
        if len(parts) == 1 and not parts[0].cost and parts[0].shape is not None:
            mends = mend(parts[0].text, self._clock, opens=parts[0].shape.opens)
            parts += [_mended_part(parts[0].end, each) for each in mends]

    def also(self, index: int) -> list[Part]:
        """Return what a line that parses may have been, too, where what is around it does not fit."""
        part = self.parts(index)[0]
        if part.cost or part.shape is None:
            return []
        word = part.shape.word
        if word == "def" and self._awaits:
            async_shape = replace(part.shape, word="async")
            note = Note("added the missing 'async'")
            return [replace(part, text=f"async {part.text}", cost=1.0, notes=(note,), shape=async_shape)]
        if word not in ("elif", "else"):
            return []
        text = f"if{part.text[4:]}" if word == "elif" else f"if True{part.text[4:]}"
        shape = line_shape(text)
        if isinstance(shape, Refusal):
            return []
        note = Note(f"replaced '{word}', which has no 'if', with 'if'")
        return [replace(part, text=text, cost=1.4 if word == "elif" else 1.9, notes=(note,), shape=shape)]

    def _whole(self, index: int) -> list[Part]:
        """Return the natural logical line, and the one that goes on with the next, where it parses."""
        end = self._natural_end(index)
        if end is None:
            return []
        text = self.text(index, end)
        shape = line_shape(text)
        if isinstance(shape, Refusal):
            return []
        found = [Part(end=end, text=text, shape=shape)]
        following = end + 1
        if following < len(self.lines) and not shape.opens and self.lines[following].lstrip()[:1] == ".":
            found += self._joined(index, end, following)
        return found

    def _joined(self, index: int, end: int, following: int) -> list[Part]:
        last = self._natural_end(following)
        if last is None or "#" in self.lines[end]:
            return []
        text = f"{self.text(index, end)} \\\n{chr(10).join(self.lines[following : last + 1])}"
        shape = line_shape(text)
        if isinstance(shape, Refusal):
            return []
        note = (Note("joined it with the next line", end - index),)
        return [Part(end=last, text=text, cost=_JOINED, notes=note, shape=shape)]

    def _mended(self, index: int) -> list[Part]:
        parts: list[Part] = []
        prose = _is_prose(self.text(index, index))
        for end in self._ends(index):
            text = self.text(index, end)
            opens = self._opens(index, end)
            if (text, opens) not in self._mends:
                self._mends[text, opens] = mend(
                    text, self._clock, opens=opens, names=self._names(index), quick=prose
                )
            parts += [_mended_part(end, each) for each in self._mends[text, opens]]
            if parts and min(part.cost for part in parts) <= _GOOD_ENOUGH:
                break
        if self._natural_end(index) == index and index + 1 < len(self.lines) and self.is_code(index + 1):
            parts += self._joined(index, index, index + 1)
        parts += self._commented(index)
        end = min(parts, key=lambda found: found.cost).end if parts else index
        lines = "\n".join(f"# {line}" for line in self.text(index, end).split("\n"))
        cost = _PROSE if prose else COMMENTED_OUT
        parts.append(Part(end=end, text=lines, cost=cost, notes=(Note("turned it into a comment"),)))
        best: dict[tuple[int, str], Part] = {}
        for part in sorted(parts, key=lambda found: found.cost):
            best.setdefault((part.end, part.text), part)
        return list(best.values())

    def _opens(self, index: int, end: int) -> bool:
        """Return whether the next line of code is indented more than the one at ``index``."""
        following = next((line for line in range(end + 1, len(self.lines)) if self.is_code(line)), None)
        return following is not None and self.width(following) > self.width(index)

    def _names(self, index: int) -> list[str]:
        """Return names that a line may lack: the plural of its own ones, then those nearest before it."""
        near: dict[str, None] = {}
        for line in range(index - 1, max(-1, index - _BACK), -1):
            if self.is_code(line):
                near.update(dict.fromkeys(reversed(_NAME.findall(self.lines[line][:_SHORT]))))
        own = [name for name in _NAME.findall(self.lines[index][:_SHORT]) if name not in KEYWORDS]
        known = [name for name in near if name not in KEYWORDS and name not in own and name != "self"]
        plural = [name for name in known if any(name.startswith(one) for one in own)]
        return list(dict.fromkeys(plural + known))[:_NAMES]

    def _commented(self, index: int) -> Iterator[Part]:
        """Yield the lines of a C comment that goes over several, as comments."""
        if not self.lines[index].lstrip().startswith("/*"):
            return
        for end in range(index, len(self.lines)):
            if "*/" in self.lines[end]:
                if end > index:
                    text = "\n".join(f"# {line.lstrip()}" for line in self.lines[index : end + 1])
                    prose = sum(_is_prose(line.strip(" */")) for line in self.lines[index : end + 1]) > 0
                    note = (Note("turned the '/* */' comment into '#' comments"),)
                    yield Part(end=end, text=text, cost=0.6 if prose else 1.1, notes=note)
                return

    def _ends(self, index: int) -> list[int]:
        """Return where the broken logical line that begins at ``index`` may end."""
        natural = self._natural_end(index)
        if natural == index:
            return [index]
        last = min(len(self.lines) - 1, index + _LONGEST) if natural is None else natural
        line = self.text(index, index)
        shown = line.partition("#")[0].rstrip()
        header = first_word(line) in HEADERS and shown.endswith(":")
        header = header or (shown.endswith("{") and shown[:-1].rstrip()[-1:] not in ("", *"=([{,:+|"))
        ends: list[int] = [index] if header else []
        following = self._next_statement(index, last)
        if following is not None:
            ends.append(self._last_code(index, following - 1))
        if last - index <= _LONGEST and natural is not None:
            ends.append(natural)
        elif following is None:
            ends.append(self._last_code(index, last))
        ends.append(index)
        return list(dict.fromkeys(ends))

    def _last_code(self, start: int, end: int) -> int:
        while end > start and not self.is_code(end):
            end -= 1
        return end

    def _next_statement(self, index: int, last: int) -> int | None:
        """Return the first line behind ``index`` that is a statement of its own rather than a continuation."""
        in_string = self._open_quote(index)
        for line in range(index + 1, last + 1):
            if not self.is_code(line):
                continue
            text = self.text(line, line)
            word = first_word(text)
            strong = word in _STRONG or (word in _WEAK and text.rstrip().endswith(":"))
            if strong and not in_string:
                return line
            if not strong and (
                text.rstrip().endswith(",") or (not in_string and self.width(line) > self.width(index))
            ):
                continue
            natural = self._natural_end(line)
            if natural is None or natural > last:
                natural = line
            whole = self.text(line, natural)
            if (strong or _looks_like_code(whole)) and isinstance(line_shape(whole), Shape):
                return line
        return None

    def _open_quote(self, index: int) -> bool:
        """Return whether a triple quote opened on this line is open at its end."""
        _, quote, _ = self._scanned(self.lines[index], 0, None)
        return quote is not None

    def _natural_end(self, index: int) -> int | None:
        """Return the line where brackets, strings and backslashes say that the logical line ends."""
        depth, quote = 0, None
        for line in range(index, min(len(self.lines), index + _FARTHEST)):
            depth, quote, goes_on = self._scanned(self.lines[line], depth, quote)
            if quote is None and depth <= 0 and not goes_on:
                return line
        return None

    @staticmethod
    def _scanned(line: str, depth: int, quote: str | None) -> tuple[int, str | None, bool]:
        """Return the depth of brackets and the open triple quote after ``line``, and whether it goes on."""
        place = 0
        if quote is not None:
            closing = _unescaped(line, quote, 0)
            if closing is None:
                return depth, quote, False
            place, quote = closing, None
        while (found := _SCANNED.search(line, place)) is not None:
            sign, place = found[0], found.end()
            if sign == "#":
                break
            if sign == "\\":
                return depth, None, True
            if sign in ('"""', "'''"):
                closing = _unescaped(line, sign, place)
                if closing is None:
                    return depth, sign, False
                place = closing
            elif sign in ('"', "'"):
                return depth, None, line.endswith("\\")
            else:
                depth += (sign in OPENERS) - (sign in CLOSERS)
        return depth, None, False


def _unescaped(line: str, quote: str, start: int) -> int | None:
    """Return the place behind the next ``quote`` in ``line``."""
    place = start
    while place < len(line):
        if line[place] == "\\":
            place += 2
        elif line.startswith(quote, place):
            return place + len(quote)
        else:
            place += 1
    return None


def _looks_like_code(text: str) -> bool:
    return any(sign in text for sign in "=([.+")


def _is_prose(text: str) -> bool:
    """Return whether a line reads like a sentence: words that follow each other with nothing between."""
    tokens = tokens_of(text[:_SHORT])[:-1]
    pairs = sum(
        1
        for left, right in pairwise(tokens)
        if left.kind is Kind.NAME and right.kind is Kind.NAME and not (left.is_keyword or right.is_keyword)
    )
    words = sum(1 for token in tokens if token.kind is Kind.NAME)
    return (pairs >= 2 and words * 3 >= len(tokens) * 2) or (pairs >= 1 and words == len(tokens) >= 3)
