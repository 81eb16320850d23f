"""Characters that no keyboard makes: invisible ones, spaces of other widths, full-width punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import outside
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

# Control characters (tab, line feed, form feed and carriage return have a meaning), and what has no width.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc]"
)
_SPACE: Final = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800]")
_BREAK: Final = re.compile("[\x85\u2028\u2029]")
_FULL_WIDTH: Final = re.compile("[\uff01-\uff5e]")
_ANY: Final = re.compile(f"(?:{_INVISIBLE.pattern}|{_SPACE.pattern}|{_BREAK.pattern}|{_FULL_WIDTH.pattern})")


class CharacterWash(Wash):
    """Removes invisible characters, and makes plain ones of spaces and punctuation of other widths."""

    name = "dirt-characters"
    on_programs = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the source with its code made plain, then with its strings and comments too."""
        found = _ANY.search(text)
        if found is None:
            return
        where = f"the first on line {text.count(chr(10), 0, found.start()) + 1}"
        name = unicodedata.name(found[0], f"U+{ord(found[0]):04X}").lower()
        note = f"made unusual characters plain ({name}), {where}"
        yield Washed(outside(text, plain, python=judge.python), note, 0.05)
        yield Washed(plain(text), f"{note}, in strings too", 0.1)


def plain(text: str) -> str:
    """Return ``text`` in characters that a keyboard makes."""
    text = _BREAK.sub("\n", _SPACE.sub(" ", _INVISIBLE.sub("", text)))
    return _FULL_WIDTH.sub(lambda found: chr(ord(found[0]) - 0xFEE0), text)
