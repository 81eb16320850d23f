"""How alike two names are, and which of many is probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 60


def distance(left: str, right: str, most: int = 3) -> int:
    """Return how many letters to add, drop, replace or swap with a neighbour; ``most + 1`` where it is more."""
    if abs(len(left) - len(right)) > most or max(len(left), len(right)) > _LONGEST:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, mine in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, other in enumerate(right, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != other))
            if i > 1 and j > 1 and mine == right[j - 2] and left[i - 2] == other:
                least = min(least, last[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
    return row[-1]


def closest(name: str, names: Iterable[str], most: int = 6) -> list[tuple[str, float]]:
    """Return the names that may be meant by ``name``, each with a cost from 0, the likeliest first."""
    found = []
    allowed = 1 if len(name) <= 3 else 2 if len(name) <= 7 else 3
    plain = _plain(name)
    for other in dict.fromkeys(names):
        if other == name or not other:
            continue
        if _plain(other) == plain:
            found.append((other, 0.1))
            continue
        steps = distance(name, other, allowed)
        if steps <= allowed and steps < max(len(name), len(other)):
            found.append((other, 0.2 + steps / max(len(name), 1)))
        elif len(plain) >= 3 and _continues(plain, _plain(other)):
            found.append((other, 0.8))
    found.sort(key=lambda pair: (pair[1], abs(len(pair[0]) - len(name)), pair[0]))
    return found[:most]


def _plain(name: str) -> str:
    """Return a name without what conventions differ in."""
    return name.replace("_", "").replace("$", "").lower()


def _continues(left: str, right: str) -> bool:
    """Return whether one of two names is the beginning or the end of the other."""
    short, long = sorted((left, right), key=len)
    return len(short) >= 3 and (long.startswith(short) or long.endswith(short))
