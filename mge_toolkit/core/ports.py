"""The ports: what each replaceable part promises. Implementations document only their differences.

Every port has one contract suite in ``tests/contract/`` that runs over all its implementations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from mge_toolkit.core.jobs import Job, Launch, ProcessExit, Reading
from mge_toolkit.core.plans import Atom, empty_mapping
from mge_toolkit.core.results import (
    Attempt,
    Category,
    Execution,
    Failure,
    Isolation,
    Raised,
    RetryDecision,
    Spending,
    Strategy,
)


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

    @property
    def environment(self) -> str:
        """A name for what programs run on here: interpreters, packages, image. Valid after ``start``.

        A program's pass is taken from the cache only where it had the same environment.
        """

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


class RepairLevel(StrEnum):
    """How far repair may go; each level includes those before it.

    ``fix``: what needs no search (dirt, syntax, names, imports). ``search``: edits to types and logic, which only
    a check or an expectation can tell right from wrong. ``llm``: a language model.
    """

    OFF = "off"
    FIX = "fix"
    SEARCH = "search"
    LLM = "llm"

    def includes(self, other: RepairLevel) -> bool:
        """Return whether what ``other`` asks for is allowed at this level."""
        order = tuple(RepairLevel)
        return order.index(other) <= order.index(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairMeans:
    """What may be used to repair, as the policy needs to know it.

    ``model`` names the language model, ``None`` where none is configured. ``retries_left`` is what is left of
    the run's cap (``None``: no cap); ``max_retries`` replaces the atoms' own. ``categories`` are those that are
    retried.
    """

    level: RepairLevel = RepairLevel.FIX
    model: str | None = None
    retries_left: int | None = None
    max_retries: int | None = None
    categories: frozenset[Category] = frozenset(Category)


DEFAULT_MEANS: Final = RepairMeans()


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairCase:
    """A failed atom as a policy or a fixer sees it. ``attempts`` is not empty; the last one failed.

    ``tried`` are all codes that were executed for this atom so far, of trials too. ``exhausted`` are the
    strategies that were asked about this very failure and had nothing to propose.
    """

    atom: Atom
    dependencies: tuple[Atom, ...]
    attempts: tuple[Attempt, ...]
    means: RepairMeans = DEFAULT_MEANS
    tried: frozenset[str] = frozenset()
    exhausted: frozenset[Strategy] = frozenset()

    @property
    def code(self) -> str:
        """Return the code that failed last."""
        return self.attempts[-1].code

    @property
    def failure(self) -> Failure:
        """Return why it failed."""
        failure = self.attempts[-1].failure
        if failure is None:
            raise ValueError(f"the last attempt of atom '{self.atom.id}' passed: there is nothing to repair")
        return failure

    @property
    def raised(self) -> Raised | None:
        """Return the exception that it ended with, if it did."""
        return self.attempts[-1].execution.raised

    @property
    def verifiable(self) -> bool:
        """Return whether a check or an expectation can tell a right program from one that merely ends."""
        return self.atom.check is not None or self.atom.expect is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Code that might pass, best first in a sequence of them.

    ``explanation`` is one sentence for a reviewer, such as ``added the missing ':' on line 3``. ``confidence``
    (0-1) is how likely it is to be what the author meant. ``spending`` is what it cost to ask for it, noted on one
    of the candidates of an answer.
    """

    code: str
    source: str
    explanation: str
    confidence: float = 0.5
    spending: Spending | None = None


class RetryPolicy(Protocol):
    """The decision point after a failed attempt."""

    def decide(self, case: RepairCase) -> RetryDecision:
        """Return what to do next. A pure function of ``case``."""


class Fixer(Protocol):
    """Proposes changed code for a failed atom.

    A fixer only proposes: it never executes anything, and it decides nothing about what counts as a repair. It
    takes any code, however broken or hostile, and raises for none; it yields to the event loop at least every
    50 ms where it works for longer.
    """

    @property
    def name(self) -> str:
        """The name under which its candidates are recorded."""

    @property
    def level(self) -> RepairLevel:
        """The level from which on it is asked."""

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return candidates, best first, each code once; empty where it has nothing to offer.

        None of them is the code that failed. They change ``case.code`` alone: never the check.
        """


class ModelFixer(Fixer, Protocol):
    """A fixer of level ``llm``: it asks a language model, which costs money and may not be there."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def unavailable(self) -> str | None:
        """Why it cannot be asked any more in this run, in one line; ``None`` while it can."""

    def take_spending(self, atom_id: str) -> Spending | None:
        """Return what answers about an atom cost that no candidate carries, and forget it."""

    def take_reasons(self, atom_id: str) -> Sequence[str]:
        """Return why the last questions about an atom gave no candidate, a line each, and forget them."""

    async def close(self) -> None:
        """Let go of connections. May be called twice."""


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
