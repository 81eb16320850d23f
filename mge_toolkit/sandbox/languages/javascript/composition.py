"""Compose segments into one program: dependencies first, all names visible, all lines traceable.

The segments follow each other at the top level of one module, with lines of glue between them. Edits inside a
segment keep its lines and nearly always its columns, so that a position maps back by its line alone. A segment
that declares again what an earlier one declared opens a scope that lasts to the end of the program: it shadows,
as a later cell of a notebook would. Imports of the same thing are merged.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.jobs import Job, Segment
from mge_toolkit.core.results import Role
from mge_toolkit.sandbox.languages.javascript.analysis import Analysis, Binding, Import, analyse, blank

GLUE: Final = "__mge__"
_GLUE: Final = f"globalThis.{GLUE}"
# What a dependency's own `result` is called: of the same length, so that no column moves.
_RENAMED: Final = b"resul$"
_LINE: Final = re.compile(r"\r\n|[\r\n]")
_COMMONJS_NAMES: Final = frozenset({"module", "exports", "result", "undefined", "globalThis", "onmessage"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """A composed program. ``starts`` holds the line (from 1) on which each segment begins in ``text``.

    ``script`` says that it runs as a sloppy script; ``invalid`` is why it cannot be run at all, if so, and
    ``culprit`` which segment (with its line) is to blame.
    """

    text: str
    segments: tuple[Segment, ...]
    starts: tuple[int, ...]
    counts: tuple[int, ...]
    errors: tuple[int | None, ...]
    script: bool = False
    invalid: str | None = None
    culprit: tuple[int, int] = (0, 1)

    def locate(self, line: int) -> tuple[int, int] | None:
        """Return the segment's index and the line in it of a line of ``text``, or ``None`` for glue."""
        index = bisect_right(self.starts, line) - 1
        if index < 0 or line >= self.starts[index] + self.counts[index]:
            return None
        return index, line - self.starts[index] + 1

    def locate_mistake(self, line: int) -> tuple[int, int]:
        """Return the same for a syntax error, which may be noticed after the segment that made it."""
        found = self.locate(line)
        if found is not None and self.errors[found[0]] is not None:
            return found
        for index, error in enumerate(self.errors):
            if error is not None and (found is None or index < found[0]):
                return index, error
        if found is not None:
            return found
        index = max(bisect_right(self.starts, line) - 1, 0)
        return index, self.counts[index]


def compose(job: Job, *, typescript: bool) -> Composition:
    """Return the program that ``job`` asks for."""
    broken = _unreadable(job.segments)
    if broken is not None:
        index, line, reason = broken
        nothing = (None,) * len(job.segments)
        zeros = (0,) * len(job.segments)
        return Composition(
            text="",
            segments=job.segments,
            starts=zeros,
            counts=zeros,
            errors=nothing,
            invalid=reason,
            culprit=(index, line),
        )
    sources = [segment.source.text.removeprefix("\ufeff") for segment in job.segments]
    found = [
        analyse(source.encode(), typescript=typescript or segment.language == "typescript")
        for source, segment in zip(sources, job.segments, strict=True)
    ]
    script = not typescript and _is_script(job.segments, found)
    return _Composer(script=script, typescript=typescript).compose(job.segments, sources, found)


def _unreadable(segments: tuple[Segment, ...]) -> tuple[int, int, str] | None:
    """Return the first segment that is no text (with line and reason): no file could hold it."""
    for index, segment in enumerate(segments):
        text = segment.source.text
        try:
            text.encode()
        except UnicodeEncodeError as error:
            reason = f"source code contains the lone surrogate U+{ord(text[error.start]):04X}"
            return index, text.count("\n", 0, error.start) + 1, reason
        if "\0" in text:
            return index, text.count("\n", 0, text.index("\0")) + 1, "source code contains a NUL character"
    return None


def _is_script(segments: tuple[Segment, ...], found: list[Analysis]) -> bool:
    """Return whether the program is no module and does what only a sloppy script may do."""
    if any(one.is_module or one.is_strict for one in found):
        return False
    known = set(_COMMONJS_NAMES).union(*(one.declared for one in found), *(s.inputs for s in segments))
    return any(one.is_sloppy or one.assigned - known for one in found)


class _Composer:
    """Collects the program's lines, and what is declared so far."""

    def __init__(self, *, script: bool, typescript: bool) -> None:
        self._script = script
        self._typescript = typescript
        self._top: list[str] = []
        self._lines: list[str] = []
        self._closing: list[str] = []
        self._names: set[str] = set()
        self._imports: dict[str, Binding] = {}
        self._aliases = 0
        self._hide_result = False

    def compose(
        self, segments: tuple[Segment, ...], sources: list[str], found: list[Analysis]
    ) -> Composition:
        """Return the composition of all segments."""
        starts, counts = [], []
        for index, (segment, source, analysis) in enumerate(zip(segments, sources, found, strict=True)):
            self._lines.append(f";{_GLUE}.begin({index});")
            lines = _LINE.split(self._open(segment, source.encode(), analysis))
            starts.append(len(self._lines) + 1)
            counts.append(len(lines))
            self._lines.extend(lines)
            self._lines.append(f";{_GLUE}.end({index}, () => result);")
        if self._script:
            self._top.insert(0, "(function () {")
            self._closing.append("}).call(globalThis);")
        offset = len(self._top)
        return Composition(
            text="\n".join([*self._top, *self._lines, *reversed(self._closing), ""]),
            segments=segments,
            starts=tuple(start + offset for start in starts),
            counts=tuple(counts),
            errors=tuple(one.error_line for one in found),
            script=self._script,
        )

    def _open(self, segment: Segment, source: bytes, analysis: Analysis) -> str:
        """Return the segment's text, edited, after opening the scope it needs."""
        new = [one for one in analysis.imports if not self._is_known(one, analysis)]
        places = {one.start for one in new}  # there may be thousands
        names = analysis.names | {binding.local for one in new for binding in one.bindings}
        edits = dict(analysis.edits)
        for one in analysis.imports:
            if one.start not in places and one.bindings:
                edits[one.start] = blank(source[one.start : one.end])
        hidden = {"result"} if self._hide_result else set()
        self._hide_result = False
        if segment.role is Role.DEPENDENCY and "result" in names:
            if analysis.result_places is None:
                self._hide_result = True
            else:
                edits.update(dict.fromkeys(analysis.result_places, _RENAMED))
                names = names - {"result"} | {_RENAMED.decode()}
        shadowed = {name for name in segment.inputs if name in self._names} | (hidden - set(segment.inputs))
        clashes = bool(shadowed or names & self._names)
        aliases = self._hoist(new, source, edits) if clashes or self._closing else []
        if clashes:
            if shadowed:
                values = (f"{name} = globalThis.{name}" for name in sorted(shadowed))
                self._scope(function=self._script)
                self._lines.append(f"let {', '.join(values)};")
            self._scope(function=self._script or bool(analysis.variables & (self._names | shadowed)))
            self._names = self._names | shadowed
        self._lines.extend(aliases)
        self._names = self._names | names
        self._imports.update((binding.local, binding) for one in new for binding in one.bindings)
        return _edited(source, edits).decode()

    def _is_known(self, one: Import, analysis: Analysis) -> bool:
        """Return whether everything that an import binds is bound already, to the same thing."""
        known = (self._imports.get(binding.local) == binding for binding in one.bindings)
        return bool(one.bindings) and all(known) and not {b.local for b in one.bindings} & analysis.names

    def _scope(self, *, function: bool) -> None:
        """Open a scope that lasts to the end; a ``var`` needs a function's."""
        if not function:
            opening, closing = "{", "}"
        elif self._script:
            opening, closing = "(() => {", "})();"
        else:
            opening, closing = "await (async () => {", "})();"
        self._lines.append(f";{opening}")
        self._closing.append(closing)

    def _hoist(self, imports: list[Import], source: bytes, edits: dict[int, bytes]) -> list[str]:
        """Move imports of a nested segment to the top under names of their own; return what binds the names."""
        bound = []
        for one in imports:
            statement = source[one.start : one.end]
            edits[one.start] = blank(statement)
            if not one.bindings:
                self._top.append(" ".join(statement.decode().split()))
            if re.match(rb"import\s+type\b", statement):
                continue
            for binding in one.bindings:
                self._aliases += 1
                alias = f"$mge{self._aliases}"
                what = f"* as {alias}" if binding.imported == "*" else f"{{ {binding.imported} as {alias} }}"
                self._top.append(f'import {what} from "{binding.source}";')
                bound.append(f"const {binding.local} = {alias};")
        return bound


def _edited(source: bytes, edits: dict[int, bytes]) -> bytes:
    """Return ``source`` with replacements of the same length."""
    if not edits:
        return source
    data = bytearray(source)
    for start, replacement in edits.items():
        data[start : start + len(replacement)] = replacement
    return bytes(data)
