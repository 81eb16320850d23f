"""HTML in place of plain text: entities, and the tags that pages put around code."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import ENTITY, Judge
from mge_toolkit.retry.fixes.dirt.lexing import Kind, code_of, outside
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_TAGS: Final = (
    "a|b|blockquote|body|br|code|div|em|font|h[1-6]|html|i|kbd|li|mark|ol|p|pre|samp|section|small|span"
    "|strong|tt|u|ul"
)
_BREAKS: Final = re.compile(r"<br\s*+/?>(?:[ \t]*+\r?\n)?|</(?:p|div|li)>(?!\s*\n)", re.IGNORECASE)
_TAG: Final = re.compile(rf"(?:</|(?<![\w$])<)(?:{_TAGS})(?:\s[^<>\n]{{0,300}}+)?+/?>", re.IGNORECASE)
_ENCLOSED: Final = re.compile(
    r"<pre\b[^<>]{0,300}>(.*?)</pre\s*>|<code\b[^<>]{0,300}>(.*?)</code\s*>", re.I | re.S
)


class EntityWash(Wash):
    """Writes ``&lt;`` and the like as the signs that they stand for."""

    name = "dirt-entities"
    on_programs = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the whole text unescaped, and its code alone; what was escaped as a whole comes first."""
        if not judge.has_entities(text):
            return
        first = ENTITY.search(text)
        line = 1 if first is None else text.count("\n", 0, first.start()) + 1
        note = f"replaced HTML entities, the first on line {line}"
        whole = Washed(_unescaped(text), f"{note}, in strings too", 0.1)
        alone = Washed(outside(text, _unescaped, python=judge.python), note, 0.1)
        # An escaped page has no such sign left: where one stands, its author wrote the entities in strings.
        escaped = re.search(r"[<>]|&(?![#\w]+;)", text) is None
        yield from (whole, alone) if escaped else (alone, whole)
        if judge.has_entities(whole.code):
            yield Washed(_unescaped(whole.code), f"{note}, escaped twice", 0.2)


def _unescaped(text: str) -> str:
    """Return ``text`` with its entities replaced, a space that does not break by a plain one."""
    return ENTITY.sub(lambda found: html.unescape(found[0]).replace("\xa0", " "), text)


class TagWash(Wash):
    """Removes the HTML tags around code and in it."""

    name = "dirt-tags"

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield what ``pre`` or ``code`` encloses, then everything less its tags."""
        found = _TAG.search(code_of(text, python=judge.python)) or _TAG.search(text)
        if found is None:
            return
        note = f"removed HTML tags such as {found[0][:20]}"
        enclosed = [match[1] or match[2] or "" for match in _ENCLOSED.finditer(text)]
        inner = [_bare(each) for each in enclosed if "\n" in each.strip() or len(enclosed) == 1]
        if inner and "".join(inner).strip():
            yield Washed("\n".join(inner), note, 0.1)
        outer = outside(text, _bare, python=judge.python, kinds=(Kind.CODE, Kind.COMMENT))
        yield Washed(outer, note, 0.12)
        yield Washed(_bare(text), f"{note}, in strings too", 0.2)


def _bare(text: str) -> str:
    return _TAG.sub("", _BREAKS.sub("\n", text))
