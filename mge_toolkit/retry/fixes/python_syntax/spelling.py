"""Guess which word of the language a misspelt or foreign one stands for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mge_toolkit.retry.fixes.python_syntax.tokens import KEYWORDS

_FOREIGN: Final = {
    "function": "def",
    "func": "def",
    "fun": "def",
    "fn": "def",
    "sub": "def",
    "define": "def",
    "method": "def",
    "elseif": "elif",
    "elsif": "elif",
    "elsf": "elif",
    "foreach": "for",
    "catch": "except",
    "rescue": "except",
    "throw": "raise",
    "switch": "match",
    "include": "import",
    "require": "import",
    "struct": "class",
    "delete": "del",
    "null": "None",
}
_SWAPPED: Final = {
    "else": ("elif",),
    "elif": ("else",),
    "for": ("while", "if"),
    "while": ("for",),
    "if": ("while", "for"),
    "from": ("import",),
    "import": ("from",),
    "except": ("finally",),
    "as": ("in",),
    "of": ("in",),
    "is": ("in",),
}
_FUSED: Final = (
    "return", "elif", "else", "if", "not", "in", "for", "while", "and", "or", "def", "class", "import",
    "from", "lambda", "yield", "del", "is", "raise", "assert", "with",
)  # fmt: skip


@lru_cache(maxsize=4096)
def meant_keywords(word: str) -> tuple[tuple[str, float], ...]:
    """Return the keywords that ``word`` may stand for, each with what the change costs."""
    found: dict[str, float] = {}
    if word in _FOREIGN:
        found[_FOREIGN[word]] = 0.7
    for other in _SWAPPED.get(word, ()):
        found.setdefault(other, 1.1)
    if word in KEYWORDS or not 1 < len(word) <= 10:
        return tuple(found.items())
    lowered = word.lower()
    for foreign, keyword in _FOREIGN.items():
        if len(foreign) > 5 and word != foreign and _distance(lowered, foreign) <= 2:
            found.setdefault(keyword, 0.85)
    for keyword in KEYWORDS:
        if lowered == keyword.lower():
            found[keyword] = 0.6
            continue
        distance = _distance(lowered, keyword.lower())
        if distance == 1 and len(keyword) > 2:
            found.setdefault(keyword, 0.75 if len(keyword) > 3 else 0.95)
        elif distance == 1 or (distance == 2 and len(keyword) > 4):
            found.setdefault(keyword, 1.2)
    return tuple(found.items())


def _distance(left: str, right: str) -> int:
    """Return how many letters differ, a swap of neighbours counting once; anything above 2 is 3."""
    if abs(len(left) - len(right)) > 2:
        return 3
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        current = [i]
        for j, other in enumerate(right, 1):
            best = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                best = min(best, before[j - 2] + 1)
            current.append(best)
        before, previous = previous, current
    return min(previous[-1], 3)


def cut_words(word: str) -> Iterator[tuple[str, str]]:
    """Yield ``word`` cut behind a keyword at its beginning, or before one at its end."""
    for keyword in _FUSED:
        rest = word[len(keyword) :]
        if word.startswith(keyword) and rest and (rest.isidentifier() or rest.isdigit()):
            yield keyword, rest
    for keyword in ("in", "if", "else", "and", "or"):
        head = word[: -len(keyword)]
        if word.endswith(keyword) and head.isidentifier():
            yield head, keyword
