"""Say why an attempt failed: a pure function of what the sandbox observed and what the plan expects.

The evidence is structured (the limit that fired, the signal, the exception's classes, its frames), never what
the program printed. A list of rules is asked in order; the first that has an answer is right.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mge_toolkit.core.jobs import Job, Segment
from mge_toolkit.core.plans import UNSET, Atom, Expectation
from mge_toolkit.core.results import Category, Execution, Failure, Flag, Frame, Limit, Raised, Role
from mge_toolkit.retry.causes import explained
from mge_toolkit.retry.compare import (
    Show,
    described,
    raised_difference,
    result_difference,
    shown,
    shown_as_json,
    stdout_difference,
)
from mge_toolkit.retry.details import further_lines
from mge_toolkit.retry.kinds import kind_of

_NOTHING: Final = Expectation()


def classify(atom: Atom, job: Job, execution: Execution) -> Failure | None:
    """Return why the attempt failed, or ``None`` where it passed."""
    case = _Case(atom=atom, job=job, execution=execution)
    for rule in _RULES:
        failure = rule(case)
        if failure is not None:
            return explained(failure, atom, job, execution)
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """One attempt as the rules see it."""

    atom: Atom
    job: Job
    execution: Execution

    @property
    def expectation(self) -> Expectation:
        """Return what the plan expects."""
        return self.atom.expect or _NOTHING

    @property
    def show(self) -> Show:
        """Return what writes a value as the atom's language does."""
        return shown if self.atom.language == "python" else shown_as_json

    @property
    def culprit(self) -> str:
        """Return the atom whose segment failed: a dependency's own failure is its own."""
        segment = self.execution.segment
        return segment[0] if segment is not None and segment[1] is Role.DEPENDENCY else self.atom.id

    def raised_as_expected(self) -> bool:
        """Return whether the code itself raised what the plan expects it to raise."""
        expected, raised, segment = self.expectation.raises, self.execution.raised, self.execution.segment
        if expected is None or raised is None or segment is None or segment[1] is not Role.CODE:
            return False
        return raised_difference(expected, raised) is None

    def segment(self, atom_id: str, role: Role) -> Segment | None:
        """Return one of the job's segments."""
        found = (s for s in self.job.segments if s.atom_id == atom_id and s.role is role)
        return next(found, None)

    def failure(
        self,
        category: Category,
        kind: str,
        message: str,
        frame: Frame | None = None,
        further: Sequence[str] = (),
    ) -> Failure:
        """Return a failure at ``frame``, else at the segment that was running, in the user's own file.

        ``message`` gives its first line; ``further`` the lines below.
        """
        culprit = self.culprit
        role = self.execution.segment[1] if self.execution.segment is not None else Role.CODE
        line = column = None
        if frame is not None:
            role, line, column = frame.role, frame.line, frame.column
        segment = self.segment(culprit, role)
        return Failure(
            category=category,
            kind=kind,
            message="\n".join([" ".join(message.split("\n", 1)[0].split("\r")), *further]),
            culprit=culprit,
            role=role,
            position=None if segment is None else segment.source.position(line or 1, column),
            line=line,
            column=column,
        )

    def innermost(self, raised: Raised) -> Frame | None:
        """Return the innermost frame in the culprit's own code: where its author has to look."""
        culprit = self.culprit
        return next((frame for frame in reversed(raised.frames) if frame.atom_id == culprit), None)


_Rule: TypeAlias = Callable[[_Case], Failure | None]

_LIMITS: Final = {
    Limit.WALL: (Category.TIMEOUT, "wall", "did not end within its time limit of {limits.timeout:g} s"),
    Limit.CPU: (Category.TIMEOUT, "cpu", "used up its CPU time of {limits.cpu_seconds:g} s"),
    Limit.MEMORY: (Category.RUNTIME, "memory", "ran out of memory: its limit is {memory}"),
    Limit.OUTPUT: (Category.RUNTIME, "output", "wrote more than {output} of output"),
}


def _limit(case: _Case) -> Failure | None:
    """Answer where a limit ended the attempt."""
    limit = case.execution.limit
    if limit is None:
        return None
    limits = case.job.limits
    category, kind, text = _LIMITS[limit]
    message = text.format(limits=limits, memory=_size(limits.memory), output=_size(limits.output_kill))
    dependency = case.segment(case.culprit, Role.DEPENDENCY)
    if limit is Limit.WALL and dependency is not None:
        message = f"did not end within its time limit of {dependency.timeout:g} s"
    return case.failure(category, kind, message)


def _size(number: int) -> str:
    """Return a number of bytes for people."""
    for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if number >= factor:
            return f"{number / factor:g} {unit}" if number % factor == 0 else f"{number / factor:.1f} {unit}"
    return f"{number} bytes"


def _signal(case: _Case) -> Failure | None:
    """Answer where a signal ended the attempt."""
    number = case.execution.signal
    if number is None or case.execution.raised is not None:
        return None
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return case.failure(Category.RUNTIME, "signal", f"was ended by {name}")


def _raised(case: _Case) -> Failure | None:
    """Answer where an exception ended the attempt that the plan does not expect."""
    raised = case.execution.raised
    if raised is None or case.raised_as_expected():
        return None
    frame = case.innermost(raised)
    expected, segment = case.expectation.raises, case.execution.segment
    wrong = None
    if expected is not None and segment is not None and segment[1] is Role.CODE:
        wrong = raised_difference(expected, raised, case.show)
    if raised.type == "SystemExit" and wrong is None:
        return case.failure(Category.RUNTIME, "exit", _exit_message(raised, case.execution), frame)
    category, kind = kind_of(raised)
    if wrong is not None:  # a broken program keeps its category: it did not come to raise anything
        kind = "mismatch" if category is Category.RUNTIME else kind
        return case.failure(category, kind, wrong, frame, further_lines(raised))
    message = described(raised)
    if kind == "assertion" and not raised.message.strip():
        message = f"{message}: {_line_of(case, frame)}".rstrip(": ")
    return case.failure(category, kind, message, frame, further_lines(raised))


def _exit_message(raised: Raised, execution: Execution) -> str:
    """Return what is wrong with an exit: it ends the program before its end, whatever its code."""
    text = raised.message
    written = text if re.fullmatch("-?[0-9]+", text) else shown(text)
    argument = "" if text in ("None", "") else f"({written})"
    return f"SystemExit{argument} ended the program before its end (exit code {execution.exit_code})"


def _line_of(case: _Case, frame: Frame | None) -> str:
    """Return the source line of a frame: for a bare assertion it is all there is to say."""
    segment = None if frame is None else case.segment(frame.atom_id, frame.role)
    if frame is None or segment is None:
        return ""
    lines = segment.source.text.splitlines()
    return lines[frame.line - 1].strip() if frame.line <= len(lines) else ""


def _unfinished(case: _Case) -> Failure | None:
    """Answer where the program ended before its end without an exception or a signal."""
    execution = case.execution
    if execution.completed or execution.raised is not None:
        return None
    message = f"the program ended before its end (exit code {execution.exit_code})"
    if Flag.REPORT_FORGED in execution.flags:
        message = f"{message} and left a report that is not genuine"
    return case.failure(Category.RUNTIME, "exit", message)


def _mismatch(case: _Case) -> Failure | None:
    """Answer where the program ended well but did not give what the plan expects."""
    expected, execution = case.expectation, case.execution
    message = None
    if expected.raises is not None and execution.raised is None:
        message = f"expected {expected.raises.type} to be raised, but nothing was"
    if message is None and expected.result is not UNSET:
        message = result_difference(expected.result, execution.result, expected.tolerance, case.show)
    if message is None and expected.stdout is not None:
        message = stdout_difference(expected.stdout, execution.stdout, case.show)
    if message is None:
        return None
    failure = case.failure(Category.RUNTIME, "mismatch", message)
    code = case.segment(case.atom.id, Role.CODE)
    if code is None:
        return failure
    return Failure(
        category=failure.category,
        kind=failure.kind,
        message=failure.message,
        culprit=case.atom.id,
        role=Role.CODE,
        position=code.source.position(1),
    )


_RULES: Final[tuple[_Rule, ...]] = (_limit, _signal, _raised, _unfinished, _mismatch)
