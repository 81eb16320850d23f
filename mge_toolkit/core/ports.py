"""The ports: what each replaceable part promises. Implementations document only their differences.

Every port has one contract suite in ``tests/contract/`` that runs over all its implementations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from mge_toolkit.core.jobs import Job, Launch, ProcessExit, Reading
from mge_toolkit.core.plans import Atom, empty_mapping
from mge_toolkit.core.results import Attempt, Execution, Isolation, RetryDecision


@runtime_checkable
class Language(Protocol):
    """Turns jobs of one language into processes and reads back what became of them. Pure: no effects."""

    @property
    def name(self) -> str:
        """The name that plans use, such as ``python``."""

    @property
    def family(self) -> str:
        """Atoms compose with dependencies of the same family; across families ``depends_on`` only orders."""

    @property
    def suffix(self) -> str:
        """The ending of a source file, such as ``.py``."""

    def prepare(self, job: Job) -> Launch:
        """Return how to start ``job``. Never fails for what the job's code contains."""

    def read(self, job: Job, ended: ProcessExit) -> Reading:
        """Return what the ended process says. Positions refer to segments; glue is left out.

        A missing or garbled report is the program's doing (it was killed or it forged) and is read as not
        completed; :class:`~mge_toolkit.core.errors.SandboxError` only where the runtime itself broke.
        """

    def compose(self, job: Job) -> str:
        """Return the whole program as one source text that a person can run and read."""


class Sandbox(Protocol):
    """Executes jobs, each by itself behind the walls it reports.

    Order: ``start`` once, then any number of ``execute``, at most one at a time for each ``slot`` in
    ``range(slots)``, then ``close`` once. All are called on one event loop.
    """

    @property
    def name(self) -> str:
        """The registered name, such as ``local``."""

    @property
    def isolation(self) -> Isolation:
        """What this sandbox holds on this machine; valid after ``start``."""

    async def start(self) -> None:
        """Get ready. Raises ``SandboxUnavailableError`` where a demanded protection is missing."""

    async def execute(self, job: Job, slot: int) -> Execution:
        """Run ``job`` to its end and return what was observed.

        Whatever the program does is data in the ``Execution``. When this returns, raises, or is
        cancelled, nothing that the attempt started is left. Raises ``SandboxError`` where no verdict on the
        program is possible; the same job may then be executed again.
        """

    async def close(self) -> None:
        """Leave no process and no file behind. May be called twice, and before ``start``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxOptions:
    """What a sandbox is made with. ``languages`` maps names to the registered languages.

    ``preload`` names Python modules to import once, before any atom. ``allow_degraded`` lets it start where
    a demanded protection is missing.
    """

    slots: int
    languages: Mapping[str, Language]
    preload: tuple[str, ...] = ()
    allow_degraded: bool = False


class SandboxFactory(Protocol):
    """Makes a sandbox; nothing starts yet."""

    def __call__(self, options: SandboxOptions) -> Sandbox:
        """Return a sandbox made with ``options``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairCase:
    """A failed atom as a policy or a fixer sees it. ``attempts`` is not empty; the last one failed."""

    atom: Atom
    dependencies: tuple[Atom, ...]
    attempts: tuple[Attempt, ...]

    @property
    def code(self) -> str:
        """Return the code that failed last."""
        return self.attempts[-1].code


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Code that might pass, best first in a sequence of them. ``explanation`` is one sentence."""

    code: str
    source: str
    explanation: str
    confidence: float = 0.5


class RetryPolicy(Protocol):
    """The decision point after a failed attempt."""

    def decide(self, case: RepairCase) -> RetryDecision:
        """Return what to do next. A pure function of ``case``."""


class Fixer(Protocol):
    """Proposes changed code for a failed atom."""

    @property
    def name(self) -> str:
        """The name under which its candidates are recorded."""

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return candidates, best first; empty where it has nothing to offer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """What an importer is given besides its file. ``samples`` is a file of completions, if any."""

    samples: Path | None = None
    extra: Mapping[str, str] = field(default_factory=empty_mapping)


class Importer(Protocol):
    """Turns a public problem set into a masterplan document."""

    @property
    def name(self) -> str:
        """The name after ``mge import``."""

    def read(self, path: Path, options: ImportOptions) -> Mapping[str, Any]:
        """Return a document of the plan file's own shape. Raises ``PlanError`` with file, line and remedy."""
