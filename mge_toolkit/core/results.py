"""What came of running an atom: raw evidence, its reading, and the final result.

Three layers, never mixed: an :class:`Execution` holds what the sandbox observed, a
:class:`Failure` what that means, an :class:`ExecutionResult` what became of the atom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mge_toolkit.core.plans import UNSET, JsonValue, Position, Unset, empty_mapping


class Outcome(StrEnum):
    """What became of an atom."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    ERROR = "error"


class Category(StrEnum):
    """The five error categories."""

    SYNTAX = "syntax"
    IMPORT = "import"
    TYPE = "type"
    RUNTIME = "runtime"
    TIMEOUT = "timeout"


class Limit(StrEnum):
    """A limit that ended an attempt."""

    WALL = "wall"
    CPU = "cpu"
    MEMORY = "memory"
    OUTPUT = "output"


class Flag(StrEnum):
    """Something worth knowing about an attempt that does not make it fail."""

    OUTPUT_TRUNCATED = "output_truncated"
    BINARY_OUTPUT = "binary_output"
    STREAM_CLOSED = "stream_closed"
    RESULT_NOT_JSON = "result_not_json"
    PROCESSES_LEFT = "processes_left"
    REPORT_FORGED = "report_forged"


class Role(StrEnum):
    """What a segment of a composed program is there for."""

    DEPENDENCY = "dependency"
    CODE = "code"
    CHECK = "check"


class Protection(StrEnum):
    """What a sandbox is asked to hold, by whatever mechanism."""

    NETWORK = "network"
    READS = "reads"
    WRITES = "writes"
    SIGNALS = "signals"
    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"
    MEMORY = "memory"
    CPUS = "cpus"
    PROCESSES = "processes"
    OUTPUT = "output"
    DISK = "disk"
    PROCESS_TREE = "process_tree"


@dataclass(frozen=True, kw_only=True, slots=True)
class Isolation:
    """The isolation an attempt really had.

    ``mechanisms`` says, for each protection that held, what provides it (``"network namespace, seccomp"``);
    ``missing`` says, for each that did not, why and what would give it.
    """

    sandbox: str
    mechanisms: Mapping[Protection, str] = field(default_factory=empty_mapping)
    missing: Mapping[Protection, str] = field(default_factory=empty_mapping)

    @property
    def level(self) -> str:
        """Return ``full``, ``degraded`` or ``none``."""
        if not self.mechanisms:
            return "none"
        return "degraded" if self.missing else "full"


NO_ISOLATION = Isolation(sandbox="none")


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One frame of a failure that lies in the user's code. ``line`` (from 1) counts in its segment."""

    atom_id: str
    role: Role
    line: int
    column: int | None = None
    function: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """An exception as its language reported it.

    ``type`` is the class's name, ``bases`` the names of its base classes, nearest first (both bare for
    built-ins, else qualified with the module). ``frames`` run from the outermost to the innermost and hold
    no glue. ``traceback`` is text for people, already without glue.
    """

    type: str
    message: str
    bases: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    traceback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """What an attempt wrote to one stream: ``data`` is what was kept of ``total`` bytes."""

    data: bytes = b""
    total: int = 0

    @property
    def text(self) -> str:
        """Return the kept bytes as text; bytes that are not UTF-8 show as backslash escapes."""
        return self.data.decode("utf-8", "backslashreplace")


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """An atom's ``result``: its JSON value, else (``json`` is ``UNSET``) its ``repr``, cut to a few KiB."""

    json: JsonValue | Unset = UNSET
    repr: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What an attempt used by the operating system's accounting: seconds, and bytes at its peak.

    ``peak_memory`` is ``None`` where the system cannot tell it for this attempt alone.
    """

    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int | None = None


EMPTY_STREAM = Stream()
NO_USAGE = Usage()


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """What a sandbox observed of one attempt.

    ``completed`` is true when the harness itself reported that every segment ran to its end; a process
    that merely exited with 0 did not complete. ``segment`` is ``(atom id, role)`` of the segment that was
    running when it ended, where known. ``limit`` is the limit whose violation ended it.
    """

    completed: bool
    exit_code: int | None = None
    signal: int | None = None
    limit: Limit | None = None
    raised: Raised | None = None
    segment: tuple[str, Role] | None = None
    result: Value | None = None
    stdout: Stream = EMPTY_STREAM
    stderr: Stream = EMPTY_STREAM
    flags: frozenset[Flag] = frozenset()
    usage: Usage = NO_USAGE
    isolation: Isolation = NO_ISOLATION


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why an attempt failed: the program's fault, classified.

    ``kind`` is finer than the category (``assertion``, ``mismatch``, ``name``, ``memory``, ``output``,
    ``signal``, ``exit`` …). ``culprit`` is the atom whose code failed: the atom itself or a dependency.
    ``line`` and ``column`` (from 1) count in the failing segment's own text, ``position`` in the user's file.
    ``cause`` is one sentence in plain words, ``hint`` what would probably mend it; ``confidence`` (0-1) says how
    sure the category and the kind are.
    """

    category: Category
    kind: str
    message: str
    culprit: str
    role: Role = Role.CODE
    position: Position | None = None
    line: int | None = None
    column: int | None = None
    cause: str | None = None
    hint: str | None = None
    confidence: float = 1.0


class Strategy(StrEnum):
    """What to do after a failed attempt."""

    REGENERATE = "regenerate"
    FIX = "fix"
    SKIP = "skip"
    MANUAL = "manual"


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryDecision:
    """What is to be done about a failure, how surely (0-1) it will work, and why."""

    strategy: Strategy
    confidence: float
    reason: str
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """What answers of a language model cost: tokens by how they are priced, and US dollars where known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    usd: float | None = 0.0

    def __add__(self, other: Spending) -> Spending:
        """Return both together; dollars are unknown where either's are."""
        return Spending(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            usd=None if self.usd is None or other.usd is None else self.usd + other.usd,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One candidate's execution inside an attempt, or why it was refused without one.

    ``failure`` is ``None`` when it passed. ``refusal`` is the reason for which the anti-gaming gate does not let
    it count, whether it passed or not.
    """

    code: str
    source: str
    explanation: str
    failure: Failure | None = None
    refusal: str | None = None
    usage: Usage = NO_USAGE

    @property
    def accepted(self) -> bool:
        """Return whether it passed and may count."""
        return self.failure is None and self.refusal is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One execution as time of a slot: when it began, where, and for how many seconds (``wall``) it went on."""

    started_at: datetime
    slot: int
    wall: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One execution of one atom. ``number`` counts from 1, which is the plan's own code.

    ``source`` names who wrote the code (``plan``, or a fixer); ``explanation`` is that author's own.
    ``failure`` is ``None`` when the attempt passed; ``decision`` is what was decided after a failure.
    ``trials`` are the candidates of the round that this attempt stands for, of which it is the best; ``spending``
    is what a language model's answers to that round cost. ``work`` is what else the round executed: the other
    candidates, the plan's own code again, what was found again. ``confidence`` (0-1) is how sure the code's author
    is that it is what was meant.
    """

    number: int
    code: str
    execution: Execution
    started_at: datetime
    slot: int
    source: str = "plan"
    explanation: str | None = None
    failure: Failure | None = None
    decision: RetryDecision | None = None
    confidence: float = 1.0
    trials: tuple[Trial, ...] = ()
    spending: Spending | None = None
    work: tuple[Work, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether the atom passed with this attempt's code."""
        return self.failure is None

    @property
    def slot_time(self) -> float:
        """Return how many seconds its round kept slots busy, of which the attempt's own execution is a part."""
        return self.execution.usage.wall + sum(one.wall for one in self.work)

    @property
    def began(self) -> datetime:
        """Return when the first execution of its round began."""
        return min((self.started_at, *(one.started_at for one in self.work)))

    @property
    def elapsed(self) -> float:
        """Return how many seconds its round took, from its first execution to the end of the last."""
        own, began = self.execution.usage.wall, self.began
        if not self.work:
            return own
        runs = [(self.started_at, own), *((one.started_at, one.wall) for one in self.work)]
        return max((at - began).total_seconds() + wall for at, wall in runs)


class Origin(StrEnum):
    """Where an atom's result comes from: this run, the run that this one resumes, or the cache of results."""

    EXECUTED = "executed"
    RESUMED = "resumed"
    CACHED = "cached"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionResult:
    """What became of one atom in one run.

    ``reason`` is one sentence for every outcome but ``passed``; ``blocked_by`` is the atom that did not
    pass. ``evidence`` holds the infrastructure's errors, which are no part of ``attempts``. ``reported`` is
    false for an atom that ran only because a selected one needs its code. ``flaky`` is true for an atom whose own
    code failed and then passed unchanged. ``digest`` names the whole program that ran, ``None`` where none did.
    ``origin_run`` is the run in which the attempts were executed, where that was not this one.
    """

    atom_id: str
    outcome: Outcome
    wave: int
    attempts: tuple[Attempt, ...] = ()
    component: str | None = None
    module: str | None = None
    reason: str | None = None
    blocked_by: str | None = None
    evidence: tuple[str, ...] = ()
    reported: bool = True
    flaky: bool = False
    digest: str | None = None
    origin: Origin = Origin.EXECUTED
    origin_run: str | None = None

    @property
    def healed(self) -> bool:
        """Return whether the atom passed with code other than the plan's."""
        return self.outcome is Outcome.PASSED and len(self.attempts) > 1 and not self.flaky

    @property
    def spending(self) -> Spending:
        """Return what language models cost for this atom."""
        return sum((a.spending for a in self.attempts if a.spending is not None), Spending())

    @property
    def failure(self) -> Failure | None:
        """Return the last attempt's failure."""
        return self.attempts[-1].failure if self.attempts else None

    @property
    def duration(self) -> float:
        """Return the attempts' wall time together, in seconds, in whichever run they were executed."""
        return sum(attempt.execution.usage.wall for attempt in self.attempts)

    @property
    def slot_time(self) -> float:
        """Return how many seconds this run's slots were busy with the atom, several at once counting each."""
        executed = self.origin is Origin.EXECUTED
        return sum(attempt.slot_time for attempt in self.attempts) if executed else 0.0
