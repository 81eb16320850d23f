"""Edits to a program, what they cost, and the candidates they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.ports import Candidate, RepairCase
from mge_toolkit.retry.fixes.javascript.source.parsing import Program, parse

MOST_FIXES: Final = 16
"""How many candidates a fixer without a search may return."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """Puts ``text`` in place of the bytes from ``start`` to ``end``.

    ``note`` says what it does, in the past and without its line: ``added the missing ')'``.
    """

    start: int
    end: int
    text: bytes
    note: str = ""


def insertion(at: int, text: str, note: str = "") -> Edit:
    """Return an edit that only adds ``text``."""
    return Edit(start=at, end=at, text=text.encode(), note=note)


def replacement(start: int, end: int, text: str, note: str = "") -> Edit:
    """Return an edit that puts ``text`` in place of something."""
    return Edit(start=start, end=end, text=text.encode(), note=note)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Edits that belong together, with how unlikely they are (``cost``, from 0)."""

    edits: tuple[Edit, ...]
    cost: float = 1.0

    def apply(self, source: bytes) -> bytes | None:
        """Return the changed text, or ``None`` where two of the edits touch the same bytes."""
        parts: list[bytes] = []
        done = 0
        for edit in sorted(self.edits, key=lambda one: (one.start, one.end)):
            if edit.start < done:
                return None
            parts += [source[done : edit.start], edit.text]
            done = edit.end
        return b"".join([*parts, source[done:]])


def change(*edits: Edit, cost: float = 1.0) -> Change:
    """Return edits that belong together."""
    return Change(edits=edits, cost=cost)


def apart(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits in order, without those that touch what one before them changes."""
    kept: list[Edit] = []
    done = -1
    for edit in sorted(set(edits), key=lambda one: (one.start, one.end)):
        if edit.start >= done:
            kept.append(edit)
            done = edit.end
    return tuple(kept)


def reparsed(program: Program, change: Change, source: bytes) -> Program:
    """Return ``source``, which ``change`` made of a program, parsed; what was left alone is not read again."""
    if len(change.edits) != 1:
        return program.changed(source)
    (edit,) = change.edits
    tree = program.tree.copy()
    start, end = _point(program.source, edit.start), _point(program.source, edit.end)
    new_end = edit.start + len(edit.text)
    tree.edit(edit.start, edit.end, new_end, start, end, _point(source, new_end))
    again = parse(source, program.typescript, tree)
    return Program(source=source, typescript=program.typescript, tree=again)


def _point(source: bytes, offset: int) -> tuple[int, int]:
    """Return the row and the column of a byte, from 0."""
    return source.count(b"\n", 0, offset), offset - (source.rfind(b"\n", 0, offset) + 1)


def explained(program: Program, change: Change) -> str:
    """Return one sentence about a change, with the lines of the code before it."""
    told: dict[str, list[int]] = {}
    for edit in sorted(change.edits, key=lambda one: one.start):
        if edit.note:
            told.setdefault(edit.note, []).append(program.line(edit.start))
    parts = []
    for note, lines in told.items():
        numbers = list(dict.fromkeys(lines))
        shown = ", ".join(str(number) for number in numbers[:4])
        more = " and further" if len(numbers) > 4 else ""
        parts.append(f"{note} on line{'s' if len(numbers) > 1 else ''} {shown}{more}")
    return "; ".join(parts) or "changed the code"


def candidates_of(
    case: RepairCase,
    program: Program,
    changes: Iterable[tuple[Change, float]],
    source: str,
    most: int = MOST_FIXES,
) -> Sequence[Candidate]:
    """Return the candidates of changes with their confidence, each code once, never the one that failed."""
    found: dict[str, Candidate] = {}
    for one, confidence in changes:
        changed = one.apply(program.source)
        code = None if changed is None else changed.decode("utf-8", "replace")
        if code is None or code == case.code or code in found or code in case.tried:
            continue
        found[code] = Candidate(
            code=code,
            source=source,
            explanation=explained(program, one),
            confidence=round(min(max(confidence, 0.05), 0.99), 3),
        )
        if len(found) >= most:
            break
    return list(found.values())
