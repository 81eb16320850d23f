"""How alike two names are, and which of many is probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 64
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")


def distance(one: str, other: str, limit: int = 3) -> int:
    """Return how many letters must be put in, left out, replaced or swapped with their neighbour.

    Anything above ``limit`` is returned as ``limit + 1``.
    """
    if abs(len(one) - len(other)) > limit or max(len(one), len(other)) > _LONGEST:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, previous, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, previous[j - 2] + 1)
            row.append(best)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def words(name: str) -> list[str]:
    """Return the words that a name is made of, in lower case: ``twoSum`` and ``two_sum`` have the same."""
    return [word.lower() for word in _WORD.findall(name)]


def plain(name: str) -> str:
    """Return a name without what conventions differ in: case, underscores and dollar signs."""
    return name.replace("_", "").replace("$", "").lower()


def likeness(one: str, other: str) -> float:
    """Return how alike two different names are, by their letters or by their words, from 0 (not at all) to 1."""
    return spelling(one, other) or _by_words(one, other)


def spelling(one: str, other: str) -> float:
    """Return how alike two different names are by their letters alone, from 0 (not at all) to 1."""
    if plain(one) == plain(other) and plain(one):
        return 0.97
    longer = max(len(one), len(other))
    limit = 1 if longer <= 4 else 2 if longer <= 8 else 3
    away = distance(one.lower(), other.lower(), limit)
    if away > limit or away >= min(len(one), len(other)):
        return 0.0
    score = 1 - away / (longer + 1)
    return score if one[:1].lower() == other[:1].lower() else score - 0.1


def _by_words(one: str, other: str) -> float:
    """Return how alike names are of which one is a part of the other, or that share words."""
    mine, theirs = set(words(one)), set(words(other))
    if len(mine | theirs) < 2 or not mine & theirs:
        return 0.45 if _continues(plain(one), plain(other)) else 0.0
    return 0.4 + 0.3 * len(mine & theirs) / len(mine | theirs)


def alike(name: str, names: Iterable[str], least: float = 0.5) -> list[tuple[float, str]]:
    """Return those of ``names`` that are like ``name``, the most alike first, with how much."""
    found = [(likeness(name, other), other) for other in dict.fromkeys(names) if other != name]
    return sorted((pair for pair in found if pair[0] >= least), key=lambda pair: -pair[0])


def spelt_alike(name: str, names: Iterable[str], least: float) -> list[tuple[float, str]]:
    """Return those of many ``names`` that are spelt like ``name``, the most alike first, with how much.

    The first letters must agree, or the first two be swapped or one of them be left out.
    """
    near = (other for other in names if other[0] in name[:2] or name[0] in other[:2])
    found = [(spelling(name, other), other) for other in near if other != name]
    return sorted((pair for pair in found if pair[0] >= least), key=lambda pair: -pair[0])


def closest(name: str, names: Iterable[str], most: int = 6) -> list[tuple[str, float]]:
    """Return the names that may be meant by ``name``, each with a cost from 0, the likeliest first."""
    found = []
    allowed = 1 if len(name) <= 3 else 2 if len(name) <= 7 else 3
    letters = plain(name)
    for other in dict.fromkeys(names):
        if other == name or not other:
            continue
        if plain(other) == letters:
            found.append((other, 0.1))
            continue
        steps = distance(name, other, allowed)
        if steps <= allowed and steps < max(len(name), len(other)):
            found.append((other, 0.2 + steps / max(len(name), 1)))
        elif _continues(letters, plain(other)):
            found.append((other, 0.8))
    found.sort(key=lambda pair: (pair[1], abs(len(pair[0]) - len(name)), pair[0]))
    return found[:most]


def _continues(left: str, right: str) -> bool:
    """Return whether one of two names, of three letters or more, is the beginning or the end of the other."""
    short, long = sorted((left, right), key=len)
    return len(short) >= 3 and (long.startswith(short) or long.endswith(short))
