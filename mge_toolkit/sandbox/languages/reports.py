"""Read the reports that harnesses leave. A program may have written them itself, so nothing is taken on trust."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from math import isinf
from typing import Any, Final, TypeAlias

from mge_toolkit.core.jobs import Job, Reading
from mge_toolkit.core.results import Flag, Frame, Limit, Raised, Role, Value

PAYLOAD_FILE = ".mge-payload.json"
REPORT_FILE = ".mge-report.json"
STARTED_FILE = ".mge-started"
# A harness never writes more; a program that writes its report itself could make reading it costly.
TEXT_LIMIT: Final = 64 * 1024
ITEMS_LIMIT: Final = 64
Adapter: TypeAlias = Callable[[Mapping[str, Any]], Raised | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Nonces:
    """Gives each job a word that its report must repeat, the same one whenever it is asked for."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def nonce(self, job: Job) -> str:
        """Return the word for ``job``."""
        return blake2b(f"{job.trace_id}\0{job.atom_id}".encode(), key=self.secret, digest_size=16).hexdigest()


def started_file(job: Job) -> str | None:
    """Return the file that says that the atom's own code has begun, where other code comes first."""
    return STARTED_FILE if any(segment.role is Role.DEPENDENCY for segment in job.segments) else None


class _ForgedError(Exception):
    """A report does not have the shape that a harness gives it."""


def read_report(job: Job, data: bytes | None, nonce: str, adapt: Adapter | None = None) -> Reading:
    """Return what a report says; one that is missing or garbled says that the program did not complete.

    ``adapt`` finds the exception in a report that describes it in another way than the Python harness.
    """
    if data is None:
        return Reading(completed=False)
    try:
        report = _object(json.loads(data, parse_constant=_refuse, parse_float=_finite))
        if report.get("nonce") != nonce:
            raise _ForgedError
        return _reading(job, report, adapt)
    except (ValueError, TypeError, RecursionError, _ForgedError):
        return Reading(completed=False, flags=frozenset({Flag.REPORT_FORGED}))


def _refuse(constant: str) -> None:
    """Refuse what is no JSON: ``NaN`` and the infinities."""
    raise ValueError(constant)


def _finite(text: str) -> float:
    """Refuse what overflows to an infinity: ``1e999``."""
    number = float(text)
    if isinf(number):
        raise ValueError(text)
    return number


def _reading(job: Job, report: Mapping[str, Any], adapt: Adapter | None) -> Reading:
    """Return a well-formed report as a record."""
    known = {
        (segment.atom_id, segment.role.value): (segment.atom_id, segment.role) for segment in job.segments
    }
    segment, limit = report.get("segment"), report.get("limit")
    raised = _raised(report, known) if adapt is None else adapt(report)
    flags = report.get("flags")
    if not isinstance(flags, list) or not all(isinstance(flag, str) for flag in flags):
        raise _ForgedError
    return Reading(
        completed=report.get("completed") is True and raised is None,
        raised=raised,
        segment=None if segment is None else _segment(segment, known),
        result=_value(report.get("result")),
        limit=None if limit is None else Limit(_text(limit)),
        flags=frozenset(Flag(flag) for flag in flags),
    )


def _raised(report: Mapping[str, Any], known: Mapping[tuple[str, str], tuple[str, Role]]) -> Raised | None:
    """Return the exception of a report."""
    if report.get("raised") is None:
        return None
    record = _object(report["raised"])
    bases, frames = record.get("bases"), record.get("frames")
    if not isinstance(bases, list) or not isinstance(frames, list):
        raise _ForgedError
    return Raised(
        type=_text(record.get("type")),
        message=_text(record.get("message")),
        bases=tuple(_text(base) for base in bases[:ITEMS_LIMIT]),
        frames=tuple(_frame(_object(frame), known) for frame in frames[:ITEMS_LIMIT]),
        traceback=_text(record.get("traceback")),
    )


def _frame(record: Mapping[str, Any], known: Mapping[tuple[str, str], tuple[str, Role]]) -> Frame:
    """Return one frame of a report's exception."""
    atom_id, role = _segment([record.get("atom"), record.get("role")], known)
    line, column, function = record.get("line"), record.get("column"), record.get("function")
    return Frame(
        atom_id=atom_id,
        role=role,
        line=_number(line),
        column=None if column is None else _number(column),
        function=None if function is None else _text(function),
    )


def _segment(value: Any, known: Mapping[tuple[str, str], tuple[str, Role]]) -> tuple[str, Role]:
    """Return the job's segment that a report names."""
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise _ForgedError
    found = known.get(tuple(value))
    if found is None:
        raise _ForgedError
    return found


def _value(record: Any) -> Value | None:
    """Return the ``result`` of a report."""
    if record is None:
        return None
    if "json" in _object(record):
        return Value(json=record["json"])
    return Value(repr=_text(record.get("repr")))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _ForgedError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _ForgedError
    return value[:TEXT_LIMIT]


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _ForgedError
    return value
