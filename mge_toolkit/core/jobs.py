"""What the engine hands to a sandbox, and what sandboxes and languages hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mge_toolkit.core.plans import (
    DEFAULT_LIMITS,
    DataFile,
    JsonValue,
    Limits,
    Network,
    Source,
    empty_mapping,
)
from mge_toolkit.core.results import (
    EMPTY_STREAM,
    Flag,
    Limit,
    Raised,
    Role,
    Stream,
    Value,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One piece of a composed program.

    Segments run in order in one namespace. A dependency segment has its own ``inputs`` and its own wall
    ``timeout`` in seconds; its output is thrown away, and its ``result`` and inputs are unbound before the
    next segment. A code segment's inputs stay bound for the check that follows it. ``language`` may differ
    between segments only inside one language family.
    """

    atom_id: str
    role: Role
    source: Source
    language: str
    inputs: Mapping[str, JsonValue] = field(default_factory=empty_mapping)
    timeout: float = DEFAULT_LIMITS.timeout


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One attempt to be executed: dependencies first, then the atom's code, then its check if it has one.

    ``expects_exception`` is true where the plan expects the code segment to raise: the check, if any, is
    then not run after it did. ``trace_id`` names the attempt in messages, unique in the run.
    """

    atom_id: str
    language: str
    segments: tuple[Segment, ...]
    limits: Limits = DEFAULT_LIMITS
    network: Network = Network.NONE
    files: tuple[DataFile, ...] = ()
    typecheck: bool = False
    expects_exception: bool = False
    trace_id: str = ""

    @property
    def wall_seconds(self) -> float:
        """Return the wall-time backstop for the whole program: the atom's own and its dependencies'."""
        dependencies = (s.timeout for s in self.segments if s.role is Role.DEPENDENCY)
        return self.limits.timeout + sum(dependencies)


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """How a language wants a job to be started inside whatever walls a sandbox has.

    ``argv`` starts it as a process of its own, with ``files`` (name → content) in its work directory,
    which is also its current directory, ``environment`` as its whole environment, and the host paths
    ``readable`` visible. It leaves its report, one JSON object, in the file ``report`` of its work directory.
    ``address_space_limit`` is false for runtimes that reserve far more than they use (V8).

    ``started``, where the atom has dependencies, is a file of the work directory that the harness makes when the
    atom's own code begins: from then on the atom's own limits of time hold, and until then those of the whole.

    ``warm_payload``, where it is set, is what a process that already holds the warm Python harness needs
    to do the same without starting an interpreter; a sandbox that has none ignores it.
    """

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=empty_mapping)
    environment: Mapping[str, str] = field(default_factory=empty_mapping)
    readable: tuple[str, ...] = ()
    report: str = ".mge-report.json"
    started: str | None = None
    address_space_limit: bool = True
    warm_payload: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessExit:
    """How a launched process ended, as the sandbox saw it. ``report`` is what its harness left."""

    report: bytes | None
    exit_code: int | None = None
    signal: int | None = None
    limit: Limit | None = None
    stdout: Stream = EMPTY_STREAM
    stderr: Stream = EMPTY_STREAM


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a language makes of a :class:`ProcessExit`; the fields mean what they mean in ``Execution``.

    ``limit`` replaces the sandbox's own where the language knows better (V8's heap limit ends it by SIGTRAP).
    """

    completed: bool
    raised: Raised | None = None
    segment: tuple[str, Role] | None = None
    result: Value | None = None
    limit: Limit | None = None
    flags: frozenset[Flag] = frozenset()
    stderr: Stream | None = None
