"""What word processors make of code: curly quotes, long dashes, an ellipsis, signs of mathematics."""

# ruff: noqa: RUF001 (the signs are the subject)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import Kind, Piece, pieces
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_DOUBLE: Final = "“”„‟″‶«»＂〝〞「」『』"
_SINGLE: Final = "‘’‚‛′‵‹›＇´"
_SIGNS: Final = {
    "–": "-", "—": "-", "−": "-", "‒": "-", "―": "-", "‐": "-", "‑": "-", "⁃": "-", "﹣": "-",
    "…": "...", "×": "*", "⋅": "*", "·": "*", "∗": "*", "∙": "*", "÷": "/", "∕": "/", "⁄": "/",
    "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "→": "->", "⇒": "=>", "≡": "==",
    "²": "**2", "³": "**3", "，": ",", "、": ",", "。": ".", "；": ";", "：": ":", "（": "(", "）": ")",
    "【": "[", "】": "]", "∶": ":", "‗": "_", "∣": "|", "〈": "<", "〉": ">", "¬": "~", "∧": "&", "∨": "|",
}  # fmt: skip
_PYTHON_WORDS: Final = {"¬": " not ", "∧": " and ", "∨": " or ", "∈": " in ", "∉": " not in "}
_JAVASCRIPT_SIGNS: Final = {"→": "=>", "—": "--", "≠": "!==", "≡": "===", "¬": "!", "∧": "&&", "∨": "||"}
# An apostrophe inside a word does not close what a curly quote opened. The lengths keep hostile lines linear.
_QUOTED: Final = re.compile(
    rf"""(?P<triple>(?=["'{_DOUBLE}{_SINGLE}]{{0,2}}[{_DOUBLE}{_SINGLE}])
        (?:["{_DOUBLE}]{{3}}(?P<long>(?:(?!["{_DOUBLE}]{{3}}).){{0,4000}})["{_DOUBLE}]{{3}}
        |['{_SINGLE}]{{3}}(?P<long2>(?:(?!['{_SINGLE}]{{3}}).){{0,4000}})['{_SINGLE}]{{3}}))
    |(?P<double>[{_DOUBLE}](?P<text>(?:[^{_DOUBLE}"\\\n]|\\.){{0,1000}})["{_DOUBLE}]
        |"(?P<text2>(?:[^{_DOUBLE}"\\\n]|\\.){{0,1000}})[{_DOUBLE}])
    |(?P<single>[{_SINGLE}](?P<text3>(?:[^‘‚‛'\\\n]|\\.){{0,160}}?)['{_SINGLE}](?!\w)
        |'(?P<text4>(?:[^'{_SINGLE}\\\n]|\\.){{0,160}})[{_SINGLE}](?!\w))""",
    re.VERBOSE | re.DOTALL,
)
_MOST_QUOTES: Final = 2000
_NEAR: Final = 500
_CURLY: Final = re.compile(f"[{_DOUBLE}{_SINGLE}]")
_ANY: Final = re.compile(f"[{_DOUBLE}{_SINGLE}{''.join({**_SIGNS, **_PYTHON_WORDS})}]")


class TypographyWash(Wash):
    """Writes curly quotes, long dashes and signs of mathematics as programs do."""

    name = "dirt-typography"

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the code with its signs replaced; text in proper quotes stays until the last."""
        found = _ANY.search(text)
        if found is None:
            return
        note = f"replaced typographic signs, the first on line {text.count(chr(10), 0, found.start()) + 1}"
        replaced = _replacer(judge.python)
        if len(_CURLY.findall(text)) <= _MOST_QUOTES and "\0" not in text:
            yield Washed(_requoted(text, judge, replaced, straight), note, 0.05)
            yield Washed(_requoted(text, judge, replaced, lambda inner: inner), note, 0.08)
        yield Washed(_pieces_replaced(text, judge, lambda code: replaced(straight(code))), note, 0.12)
        yield Washed(replaced(straight(text)), f"{note}, in strings too", 0.15)


def straight(text: str) -> str:
    """Return ``text`` with the quotes, dashes and dots of a keyboard."""
    text = re.sub(f"[{_DOUBLE}]", '"', re.sub(f"[{_SINGLE}]", "'", text))
    return re.sub("[–—−‒―‐‑]", "-", text).replace("…", "...")


def _replacer(python: bool) -> Callable[[str], str]:
    """Return what writes signs as the language does."""
    signs = {**_SIGNS, **(_PYTHON_WORDS if python else _JAVASCRIPT_SIGNS)}
    table = str.maketrans(signs)
    return lambda text: text.translate(table)


def _pieces_replaced(text: str, judge: Judge, change: Callable[[str], str]) -> str:
    return "".join(
        change(piece.text) if piece.kind is Kind.CODE else piece.text
        for piece in pieces(text, python=judge.python)
    )


def _requoted(text: str, judge: Judge, replaced: Callable[[str], str], inner: Callable[[str], str]) -> str:
    """Return ``text`` with plain quotes around what curly ones enclose, and ``inner`` of what is enclosed.

    Strings in proper quotes and comments stay. Before each of them the code is read for strings in curly ones.
    """
    hidden: list[str] = []

    def hide(found: re.Match[str]) -> str:
        content = next(
            found[group]
            for group in ("long", "long2", "text", "text2", "text3", "text4")
            if found[group] is not None
        )
        content = inner(content)
        if found["triple"] is not None:
            mark = '"""' if '"""' not in content else "'''"
        else:
            mark = '"' if found["double"] is not None else "'"
            if mark in content:
                other = "'" if mark == '"' else '"'
                mark, content = (other, content) if other not in content else (mark, _escaped(content, mark))
        hidden.append(f"{mark}{content}{mark}")
        return f"\0{len(hidden) - 1}\0"

    covered = "".join(
        _QUOTED.sub(hide, piece.text) if piece.kind is Kind.CODE else piece.text
        for piece in _merged(text, judge)
    )
    plain = _pieces_replaced(covered, judge, lambda code: replaced(_CURLY.sub(_quote, code)))
    return re.sub("\0([0-9]+)\0", lambda found: hidden[int(found[1])], plain)


def _merged(text: str, judge: Judge) -> Iterator[Piece]:
    """Yield the pieces; a string or comment that begins inside curly quotes belongs to the code around it."""
    code = ""
    for piece in pieces(text, python=judge.python):
        if piece.kind is Kind.CODE or _is_in_curly_quotes(code, piece):
            code += piece.text
            continue
        if code:
            yield Piece(Kind.CODE, code)
            code = ""
        yield piece
    if code:
        yield Piece(Kind.CODE, code)


def _is_in_curly_quotes(code: str, piece: Piece) -> bool:
    """Return whether a piece begins where a curly quote of its line is open, or is not closed by its own."""
    line = code[-_NEAR:].rpartition("\n")[2]
    opened = len(re.findall(f"[{_DOUBLE}]", line)) % 2 == 1 or re.search(r"[‘‚‛](?!.*[’'])", line) is not None
    return opened and _CURLY.search(piece.text) is not None


def _quote(found: re.Match[str]) -> str:
    return '"' if found[0] in _DOUBLE else "'"


def _escaped(content: str, mark: str) -> str:
    return re.sub(rf"(?<!\\){mark}", rf"\\{mark}", content)
