"""The tables. A change here needs a migration as well; a test compares the two on both databases.

Programs have a hand in texts and numbers: text columns take every ``str``, and numbers that no column can hold are
kept in ``details``. What people ask for is a column of its own; ``details`` is JSON with the rest, or ``NULL``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

REVISIONS: Final = ("0001",)
"""Every revision of the schema, oldest first. The last is what this module says."""

VERSION_TABLE: Final = "mge_schema"
"""Where a database says which revision it has."""

_ESCAPE: Final = "\x1a"
_UNSAFE: Final = re.compile("[\x00\x1a\ud800-\udfff]")
_find_unsafe: Final = _UNSAFE.search
_ESCAPED: Final = re.compile("\x1a(....)")


def _escape(found: re.Match[str]) -> str:
    return f"{_ESCAPE}{ord(found[0]):04x}"


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _stored_text(value: str | None) -> str | None:
    return value if value is None or _find_unsafe(value) is None else _UNSAFE.sub(_escape, value)


def _given_text(value: str | None) -> str | None:
    return value if value is None or _ESCAPE not in value else _ESCAPED.sub(_unescape, value)


def _time_in_text(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds")


def _time_from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _time_in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


# The types give their processors themselves, as a hundred thousand rows have millions of values.


class AnyText(TypeDecorator[str]):
    """Text of any content. What a database refuses (NUL, lone surrogates) stands as SUB and four hex digits."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        """Return what makes a text one that is stored."""
        return _stored_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], str | None]:
        """Return what makes a stored text the one that was given."""
        return _given_text


class UtcTime(TypeDecorator[datetime]):
    """An aware time, which comes back in UTC. In SQLite, which has no times, it is text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the column is in this database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Return what makes a time one that is stored."""
        return _time_in_text if dialect.name == "sqlite" else _time_in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return what makes a stored time one in UTC: PostgreSQL answers in the session's zone."""
        return _time_from_text if dialect.name == "sqlite" else _time_in_utc


metadata: Final = MetaData()

plans: Final = Table(
    "plans",
    metadata,
    Column("plan_hash", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),
)
"""What runs set out to run, each plan once: JSON, a line for each atom, compressed by zlib."""

codes: Final = Table(
    "codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("code", AnyText, nullable=False),
)
"""Every code that was attempted, once for all runs."""

runs: Final = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("masterplan", AnyText, nullable=False),
    Column("plan_path", AnyText, nullable=False),
    Column("plan_hash", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("seen_at", UtcTime, nullable=False),
    Column("planned", BigInteger, nullable=False),
    Column("passed", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("blocked", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("stopped", BigInteger, nullable=False),
    Column("error", BigInteger, nullable=False),
    Column("healed", BigInteger, nullable=False),
    Column("flaky", BigInteger, nullable=False),
    Column("resumed", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("wall", Double, nullable=False),
    Column("parallelism", Double, nullable=False),
    Column("slots", BigInteger, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("repair", Text, nullable=False),
    Column("isolation", AnyText, nullable=False),
    Column("environment", AnyText, nullable=False),
    Column("toolkit_version", AnyText, nullable=False),
    Column("stop_reason", AnyText),
    Column("resumed_from", AnyText),
    Column("critical_path_time", Double, nullable=False),
    Column("details", AnyText),
    Index("runs_by_masterplan", "masterplan", "started_at"),
    Index("runs_by_start", "started_at"),
)
"""One row a run. The counts grow with its atoms; ``seen_at`` is the last sign of life of who writes it."""

waves: Final = Table(
    "waves",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("planned", BigInteger, nullable=False),
    Column("passed", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("blocked", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("stopped", BigInteger, nullable=False),
    Column("error", BigInteger, nullable=False),
    Column("healed", BigInteger, nullable=False),
    Column("flaky", BigInteger, nullable=False),
    Column("resumed", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("wall", Double, nullable=False),
    Column("attempt_time", Double, nullable=False),
    Column("parallelism", Double, nullable=False),
    Column("theoretical_parallelism", BigInteger, nullable=False),
    ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="waves_of_run", ondelete="CASCADE"),
)
"""One row for every wave that ended."""

atoms: Final = Table(
    "atoms",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("atom_id", AnyText, nullable=False),
    Column("wave", BigInteger),
    Column("component", AnyText),
    Column("module", AnyText),
    Column("language", AnyText),
    Column("line", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("reason", AnyText),
    Column("blocked_by", AnyText),
    Column("reported", Boolean, nullable=False),
    Column("flaky", Boolean, nullable=False),
    Column("healed", Boolean, nullable=False),
    Column("origin", Text, nullable=False),
    Column("origin_run", AnyText),
    Column("digest", AnyText),
    Column("recall_key", Text),
    Column("code_hash", Text),
    Column("category", Text),
    Column("kind", AnyText),
    Column("message", AnyText),
    Column("attempts", BigInteger, nullable=False),
    Column("wall", Double),
    Column("cpu", Double),
    Column("peak_memory", BigInteger),
    Column("finished_at", UtcTime, nullable=False),
    Column("details", AnyText),
    ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="atoms_of_run", ondelete="CASCADE"),
    Index("atoms_by_id", "run_id", "atom_id"),
)
"""One row for every atom that finished. ``ordinal`` is its place in the plan; ``code_hash`` is of the plan's code.

``category``, ``kind`` and ``message`` are those of the last failure; ``attempts``, ``wall``, ``cpu`` (seconds) and
``peak_memory`` (bytes) sum up the attempts. ``recall_key`` stands for digest and environment where the result may
be used again.
"""

Index(
    "atoms_by_recall_key",
    atoms.c.recall_key,
    atoms.c.finished_at,
    sqlite_where=atoms.c.recall_key.is_not(None),
    postgresql_where=atoms.c.recall_key.is_not(None),
)

attempts: Final = Table(
    "attempts",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger),
    Column("code_hash", Text, nullable=False),
    Column("source", AnyText, nullable=False),
    Column("explanation", AnyText),
    Column("confidence", Double),
    Column("passed", Boolean, nullable=False),
    Column("category", Text),
    Column("kind", AnyText),
    Column("message", AnyText),
    Column("culprit", AnyText),
    Column("role", Text),
    Column("line", BigInteger),
    Column("raised_type", AnyText),
    Column("strategy", Text),
    Column("decision_confidence", Double),
    Column("decision_reason", AnyText),
    Column("started_at", UtcTime, nullable=False),
    Column("slot", BigInteger),
    Column("completed", Boolean, nullable=False),
    Column("wall", Double),
    Column("cpu", Double),
    Column("peak_memory", BigInteger),
    Column("exit_code", BigInteger),
    Column("signal", BigInteger),
    Column("limit_hit", Text),
    Column("flags", Text),
    Column("stdout_total", BigInteger),
    Column("stderr_total", BigInteger),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cache_write_tokens", BigInteger),
    Column("cache_read_tokens", BigInteger),
    Column("usd", Double),
    Column("trial_count", BigInteger, nullable=False),
    Column("result", AnyText),
    Column("result_repr", AnyText),
    Column("isolation", AnyText),
    Column("details", AnyText),
    Column("trials", AnyText),
    Column("stdout", LargeBinary),
    Column("stderr", LargeBinary),
    ForeignKeyConstraint(
        ["run_id", "ordinal"], ["atoms.run_id", "atoms.ordinal"], name="attempts_of_atom", ondelete="CASCADE"
    ),
)
"""One row for every attempt; ``position`` counts an atom's from 1.

``flags`` are joined by commas; ``result`` is JSON. ``isolation`` is ``NULL`` where it was that of the run, token
counts are where no language model was asked, and ``stdout`` and ``stderr`` (the bytes kept) where nothing was.
"""
