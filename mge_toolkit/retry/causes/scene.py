"""Where a failure happened, as far as a sentence about it needs to know: the code around it and its names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Atom
from mge_toolkit.core.results import Failure, Raised, Role

# A millisecond is all that a hint may cost: this much text and this many words are looked at.
_TEXT: Final = 8_000
_WORDS: Final = 60
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*")
_MEMBER: Final = re.compile(r"(?:\.|\bdef\s|\bfunction\s|\bclass\s)\s*([A-Za-z_$][\w$]*)")
_QUOTED: Final = re.compile(r"'([^'\n\\]{1,60})'|\"([^\"\n\\]{1,60})\"")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A classified failure with what it came from."""

    failure: Failure
    atom: Atom
    job: Job
    raised: Raised | None

    @property
    def line(self) -> str:
        """Return the source line that failed, empty where it is not known."""
        failure = self.failure
        for segment in self.job.segments:
            if (segment.atom_id, segment.role) == (
                failure.culprit,
                failure.role,
            ) and failure.line is not None:
                lines = segment.source.text[:200_000].split("\n", failure.line)
                return lines[failure.line - 1].strip()[:300] if failure.line <= len(lines) else ""
        return ""

    @property
    def where(self) -> str:
        """Return ``on line 4`` or ``on line 4 of the check``, empty where no line is known."""
        if self.failure.line is None:
            return ""
        return f" on line {self.failure.line}{' of the check' if self.failure.role is Role.CHECK else ''}"

    def names(self) -> set[str]:
        """Return the words of the atom's code and of its dependencies, and its inputs."""
        found: set[str] = set()
        for segment in reversed(self.job.segments):
            if segment.role is not Role.CHECK:
                found.update(_IDENTIFIER.findall(segment.source.text[:_TEXT]))
                found.update(name for name in segment.inputs if isinstance(name, str))
        return found

    def members(self) -> set[str]:
        """Return the names that stand behind a dot or are defined in the atom's code and its dependencies."""
        found: set[str] = set()
        for segment in self.job.segments:
            found.update(_MEMBER.findall(segment.source.text[:_TEXT]))
        return found

    def texts(self) -> set[str]:
        """Return the short texts in quotes in the code, and the keys in its inputs."""
        found: set[str] = set()
        for segment in reversed(self.job.segments):
            found.update(one or other for one, other in _QUOTED.findall(segment.source.text[:_TEXT]))
            for value in segment.inputs.values():
                found.update(str(name) for name in value if isinstance(value, dict))
        return found


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of ``words`` that ``word`` is probably misspelt for, or ``None``."""
    limit = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    if not 2 <= len(word) <= 40:
        return None
    letters = set(word.lower())
    likely = [
        other
        for other in words
        if other != word
        and abs(len(other) - len(word)) <= limit
        and len(letters ^ set(other.lower())) <= limit + 1
    ]
    likely.sort(key=lambda other: (other[0] != word[0], len(letters ^ set(other.lower())), other))
    best: tuple[int, str] | None = None
    for other in likely[:_WORDS]:
        distance = _distance(word, other, limit)
        if distance <= limit and (best is None or distance < best[0]):
            best = distance, other
            if distance <= 1:
                break
    if best is None or (len(word) <= 3 and word.lower() != best[1].lower() and word[0] != best[1][0]):
        return None
    return best[1]


def _distance(one: str, other: str, limit: int) -> int:
    """Return how many letters differ, two that changed places counting once; above ``limit`` any larger number."""
    if one.lower() == other.lower():
        return 0 if one == other else 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        further = [i]
        for j, second in enumerate(other, 1):
            cost = min(row[j] + 1, further[j - 1] + 1, row[j - 1] + (letter != second))
            if before and j > 1 and letter == other[j - 2] and one[i - 2] == second:
                cost = min(cost, before[j - 2] + 1)
            further.append(cost)
        before, row = row, further
        if min(row) > limit:
            return limit + 1
    return row[-1]
