"""A rewriting as a patch that ``git apply`` and ``patch`` take."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.plan.rewriting.changes import Edit, FileChange, Rewriting, edited

CONTEXT: Final = 3
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_NO_NEWLINE: Final = "\\ No newline at end of file\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Difference:
    """The lines from ``start`` to ``end`` (from 0, exclusive) make way for ``lines``."""

    start: int
    end: int
    lines: Sequence[str]


def patch_text(rewriting: Rewriting, root: str | Path) -> str:
    """Return a unified diff of every file, named relative to ``root``.

    Write it as UTF-8 and without translating its line ends, which are the files' own. Raises :class:`MgeError` for
    a file outside ``root``.
    """
    return "".join(line for change in rewriting.changes for line in _file_patch(change, Path(root).resolve()))


def _file_patch(change: FileChange, root: Path) -> Iterator[str]:
    if not change.path.is_relative_to(root):
        raise MgeError(
            f"'{change.name}' is outside '{root}', for which the patch is made: make it from another directory"
        )
    name = change.path.relative_to(root).as_posix()
    old = _lines(change.before)
    differences = list(_differences(change, old))
    if not differences:
        return
    yield f"diff --git {_quoted('a/' + name)} {_quoted('b/' + name)}\n"
    yield f"--- {_quoted('a/' + name)}\n"
    yield f"+++ {_quoted('b/' + name)}\n"
    shift = 0
    for group in _grouped(differences):
        yield from _hunk(group, old, shift)
        shift += sum(len(one.lines) - (one.end - one.start) for one in group)


def _differences(change: FileChange, old: Sequence[str]) -> Iterator[_Difference]:
    """Yield what differs, found by the edits: comparing whole files would take minutes for large ones."""
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    regions: list[tuple[int, int, list[Edit]]] = []
    for edit in change.edits:
        first = min(bisect_right(starts, edit.start) - 1, max(0, len(old) - 1))
        last = min(bisect_right(starts, edit.end), len(old))
        edits = [edit]
        if regions and first <= regions[-1][1]:
            before, end, others = regions.pop()
            first, last, edits = before, max(last, end), [*others, edit]
        regions.append((first, last, edits))
    for first, last, edits in regions:
        new = _lines(edited(change.before, edits, starts[first], starts[last]))
        matcher = SequenceMatcher(None, old[first:last], new)
        for kind, i, j, k, m in matcher.get_opcodes():
            if kind != "equal":
                yield _Difference(start=first + i, end=first + j, lines=new[k:m])


def _grouped(differences: Sequence[_Difference]) -> Iterator[list[_Difference]]:
    """Yield the differences that share a hunk, as their contexts touch."""
    group = [differences[0]]
    for one in differences[1:]:
        if one.start - group[-1].end > 2 * CONTEXT:
            yield group
            group = []
        group.append(one)
    yield group


def _hunk(group: Sequence[_Difference], old: Sequence[str], shift: int) -> Iterator[str]:
    first = max(0, group[0].start - CONTEXT)
    last = min(len(old), group[-1].end + CONTEXT)
    grown = sum(len(one.lines) - (one.end - one.start) for one in group)
    yield f"@@ -{_span(first, last - first)} +{_span(first + shift, last - first + grown)} @@\n"
    for one in group:
        yield from (_line(" ", line) for line in old[first : one.start])
        yield from (_line("-", line) for line in old[one.start : one.end])
        yield from (_line("+", line) for line in one.lines)
        first = one.end
    yield from (_line(" ", line) for line in old[first:last])


def _span(start: int, length: int) -> str:
    """Return where a hunk begins, counted from 1 (an empty one stands after that line), and its length."""
    return f"{start + 1 if length else start},{length}"


def _line(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n{_NO_NEWLINE}"


def _lines(text: str) -> list[str]:
    """Return the lines with their ends. For a patch only the line feed ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _quoted(name: str) -> str:
    """Return a path as git writes it: in double quotes where it has blanks or anything unusual."""
    if name.isascii() and name.isprintable() and not set(name) & {" ", '"', "\\"}:
        return name
    return '"' + "".join(_escaped(character) for character in name) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isascii() and character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
