"""Shows a failed attempt to a person: what, where, the source around it, what it printed, its limits.

Pure functions from records to lines, for every driver that prints. Whatever a program wrote is made harmless
for a terminal first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from mge_toolkit.core.plans import Atom, Limits, Masterplan, Position, Source
from mge_toolkit.core.results import (
    Attempt,
    ExecutionResult,
    Failure,
    Flag,
    Frame,
    Isolation,
    Role,
    Stream,
    Usage,
)

CONTEXT = 3
"""How many lines are shown before and after the failing one."""
BEGINNING = 8
"""How many lines are shown of code in which no line is known to have failed."""
WIDTH = 160
"""Where a longer line of source is cut."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_FLAGS = {
    Flag.OUTPUT_TRUNCATED: "output beyond the limit was cut",
    Flag.BINARY_OUTPUT: "the output is not all UTF-8",
    Flag.STREAM_CLOSED: "the program closed a standard stream",
    Flag.RESULT_NOT_JSON: "the result is no JSON value and is kept as its repr",
    Flag.PROCESSES_LEFT: "processes were left behind and killed",
    Flag.REPORT_FORGED: "the program tried to forge its own report",
}


def printable(text: str) -> str:
    r"""Return ``text`` with what could drive a terminal, or cannot be written at all, shown as ``\x1b``."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def failure_lines(
    atom: Atom, attempt: Attempt, dependencies: Sequence[Atom] = (), *, output_lines: int | None = None
) -> list[str]:
    """Return all there is to say about a failed attempt of ``atom``.

    ``dependencies`` are the atoms whose code ran before it, with the code that ran (see :func:`as_run`).
    ``output_lines`` limits how much of each stream is shown, counted from its end.
    """
    failure = attempt.failure
    if failure is None:
        return []
    lines = [*message_lines(failure), ""]
    source = source_lines(atom, attempt, dependencies)
    if source:
        lines += [*source, ""]
    return [*lines, *output_sections(attempt, output_lines), *fact_lines(atom, attempt, dependencies)]


def source_lines(atom: Atom, attempt: Attempt, dependencies: Sequence[Atom] = ()) -> list[str]:
    """Return where the failure lies and the source around it; nothing where neither is known."""
    ran = as_attempted(atom, attempt)
    return [*_call_chain(ran, attempt, dependencies), *failing_excerpt(ran, attempt, dependencies)]


def fact_lines(atom: Atom, attempt: Attempt, dependencies: Sequence[Atom] = ()) -> list[str]:
    """Return what ran before, the use and the limits, the isolation, and what else is worth knowing."""
    before = [f"runs after: {', '.join(found.id for found in dependencies)}"] if dependencies else []
    execution = attempt.execution
    return [
        *before,
        f"used: {usage_text(execution.usage)}; limits: {limits_text(atom.limits)}",
        f"isolation: {isolation_text(execution.isolation)}",
        *(f"note: {note}" for note in flag_notes(attempt)),
    ]


def message_lines(failure: Failure) -> list[str]:
    """Return the failure's title line, the rest of its message, and its hint."""
    first, *rest = printable(failure.message).splitlines() or [""]
    lines = [f"{label(failure)}: {first}", *(f"    {line}" for line in rest)]
    if failure.hint:
        lines.append(f"hint: {printable(failure.hint)}")
    return lines


def label(failure: Failure) -> str:
    """Return the category with the finer kind, where that says more: ``runtime/assertion``, ``timeout``."""
    category = failure.category.value
    return category if failure.kind in ("", category) else f"{category}/{failure.kind}"


def position_of(atom: Atom, failure: Failure, plan: Masterplan) -> Position:
    """Return where to look: the failing line, else the line where the plan names the atom."""
    return failure.position or Position(file=plan.path, line=atom.line)


def as_attempted(atom: Atom, attempt: Attempt) -> Atom:
    """Return ``atom`` with the code that ``attempt`` ran."""
    if attempt.code == atom.code.text:
        return atom
    file = f"{atom.code.file} ({atom.id} by {attempt.source})"
    return replace(atom, code=Source(text=attempt.code, file=file))


def as_run(atom: Atom, result: ExecutionResult | None) -> Atom:
    """Return ``atom`` with the code that it had in the end."""
    return as_attempted(atom, result.attempts[-1]) if result is not None and result.attempts else atom


def failing_excerpt(atom: Atom, attempt: Attempt, dependencies: Sequence[Atom] = ()) -> list[str]:
    """Return the source around the failing line; the beginning of the code where no line is known."""
    failure = attempt.failure
    if failure is None:
        return []
    if failure.line is None:
        return _beginning(_source(atom, dependencies, failure.culprit, Role.CODE) or atom.code)
    source = _source(atom, dependencies, failure.culprit, failure.role)
    if source is None:
        return []
    column = failure.position.column if failure.position is not None and source.exact else None
    return excerpt(source, failure.line, None if column is None else column - source.indent)


def _beginning(source: Source) -> list[str]:
    text = source.text.rstrip("\n").split("\n")
    offset = source.line if source.exact else 1
    width = max(4, len(str(offset + BEGINNING)))
    lines = [
        f"  {number:{width}} | {_cut(printable(line.expandtabs(4)))}".rstrip()
        for number, line in enumerate(text[:BEGINNING], offset)
    ]
    return lines + (
        [f"  {'':{width}} | ... {len(text) - BEGINNING} more lines"] if len(text) > BEGINNING else []
    )


def excerpt(source: Source, line: int, column: int | None = None, context: int = CONTEXT) -> list[str]:
    """Return the lines around ``line`` (from 1), which a ``>`` marks, numbered as in the user's file.

    Where the file has no such lines (a quoted scalar, a JSON string), they are numbered from 1.
    """
    text = source.text.split("\n")
    if text and not text[-1]:
        text.pop()
    if not 1 <= line <= len(text):
        return []
    offset = source.line - 1 if source.exact else 0
    first, last = max(1, line - context), min(len(text), line + context)
    width = max(4, len(str(last + offset)))
    lines = []
    for number in range(first, last + 1):
        mark = ">" if number == line else " "
        shown = _cut(printable(text[number - 1].expandtabs(4)))
        lines.append(f"{mark} {number + offset:{width}} | {shown}".rstrip())
        if number == line and column is not None and 1 <= column <= min(WIDTH, len(text[number - 1]) + 1):
            before = len(printable(text[number - 1][: column - 1].expandtabs(4)))
            lines.append(f"  {'':{width}} | {' ' * before}^")
    return lines


def output_sections(attempt: Attempt, limit: int | None = None) -> list[str]:
    """Return what the attempt wrote to its streams, each under its name, the last ``limit`` lines of it."""
    lines: list[str] = []
    for name, stream in (("stdout", attempt.execution.stdout), ("stderr", attempt.execution.stderr)):
        if not stream.total:
            continue
        lines.append(f"{name} ({size_text(stream.total)}{_kept(stream)}):")
        shown = printable(stream.text).split("\n")
        if shown and not shown[-1]:
            shown.pop()
        if limit is not None and len(shown) > limit:
            lines.append(f"    ... {len(shown) - limit} lines before")
            shown = shown[-limit:]
        lines += [f"    {_cut(line)}" for line in shown]
        lines.append("")
    return lines


def flag_notes(attempt: Attempt) -> list[str]:
    """Return a sentence for each thing worth knowing that did not make the attempt fail."""
    return [_FLAGS[flag] for flag in Flag if flag in attempt.execution.flags]


def usage_text(usage: Usage) -> str:
    """Return what an attempt used: ``0.03 s wall, 0.02 s CPU, 12.5 MiB``."""
    memory = "" if usage.peak_memory is None else f", {size_text(usage.peak_memory)}"
    return f"{seconds_text(usage.wall)} wall, {seconds_text(usage.cpu)} CPU{memory}"


def limits_text(limits: Limits) -> str:
    """Return what an attempt may use: ``30 s wall, 30 s CPU, 512 MiB, 64 processes``."""
    return (
        f"{limits.timeout:g} s wall, {limits.cpu_seconds:g} s CPU, {size_text(limits.memory)}, "
        f"{limits.processes} processes"
    )


def isolation_text(isolation: Isolation) -> str:
    """Return the isolation in words: ``local, full`` or ``local, degraded (no network, cpus)``."""
    level = isolation.level
    if level == "degraded":
        level += f" (without {', '.join(protection.value for protection in isolation.missing)})"
    return f"{isolation.sandbox}, {level}"


def seconds_text(seconds: float) -> str:
    """Return a duration with the digits that matter."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.00995 else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 99.5 else f"{seconds:.0f} s"


def size_text(size: int) -> str:
    """Return a number of bytes in the largest unit that fits: ``17 B``, ``1.5 MiB``."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.1f} {unit}" if amount % 1 else f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _kept(stream: Stream) -> str:
    return f", the first {size_text(len(stream.data))} kept" if len(stream.data) < stream.total else ""


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 4]} ..."


def _source(atom: Atom, dependencies: Iterable[Atom], atom_id: str, role: Role) -> Source | None:
    if atom_id == atom.id:
        return atom.check if role is Role.CHECK else atom.code
    return next((found.code for found in dependencies if found.id == atom_id), None)


def _call_chain(atom: Atom, attempt: Attempt, dependencies: Sequence[Atom]) -> list[str]:
    """Return where the failing line was called from, outermost first; then the failing line itself."""
    raised, failure = attempt.execution.raised, attempt.failure
    frames: tuple[Frame, ...] = () if raised is None else raised.frames
    lines = [line for frame in frames if (line := _frame_line(atom, dependencies, frame))]
    if not lines and failure is not None and failure.position is not None:
        lines = [f"{failure.position}: in {_part(failure.culprit, failure.role, atom)}"]
    runs = [(line, len(list(same))) for line, same in groupby(lines)]
    # Only the first and the last frames of a deep stack are kept, so that there may have been more calls.
    lines = [f"{line} (at least {number} times)" if number > 1 else line for line, number in runs]
    if len(lines) > 8:
        lines[4:-4] = [f"... at least {len(lines) - 8} more calls"]
    return lines


def _frame_line(atom: Atom, dependencies: Sequence[Atom], frame: Frame) -> str | None:
    source = _source(atom, dependencies, frame.atom_id, frame.role)
    if source is None:
        return None
    function = "" if frame.function in (None, "", "<module>") else f", {printable(str(frame.function))}"
    where = source.position(frame.line)
    inner = "" if source.exact else f" (line {frame.line} of the code)"
    return f"{where}: in {_part(frame.atom_id, frame.role, atom)}{function}{inner}"


def _part(atom_id: str, role: Role, atom: Atom) -> str:
    if atom_id != atom.id:
        return f"'{atom_id}'"
    return "the check" if role is Role.CHECK else "the code"
