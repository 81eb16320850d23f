"""Public doubles for those who build on the toolkit: no process is started by any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.core.ports import (
    Candidate,
    Fixer,
    RepairCase,
    RepairLevel,
    Sandbox,
    SandboxFactory,
    SandboxOptions,
)
from mge_toolkit.core.results import (
    Execution,
    Isolation,
    Protection,
    Raised,
    Usage,
    Value,
)
from mge_toolkit.plugins.hookspecs import hookimpl

PASSED = Execution(completed=True, exit_code=0, result=Value(json=None))
"""What a program that does nothing looks like."""


def failing(message: str = "failed on request", kind: str = "AssertionError") -> Execution:
    """Return what a program that raised ``kind(message)`` in its code looks like."""
    bases = () if kind == "Exception" else ("Exception", "BaseException", "object")
    return Execution(completed=False, exit_code=1, raised=Raised(type=kind, message=message, bases=bases))


class FakeSandbox:
    """A sandbox that executes nothing and answers by a script.

    ``script`` maps an atom's id to what its successive jobs come to (the last answer repeats): an
    ``Execution``, an exception to raise, or a number of seconds to sleep before passing. Atoms without a script
    pass at once. ``executed`` lists the jobs in the order in which they started.
    """

    def __init__(
        self,
        options: SandboxOptions,
        script: Mapping[str, Sequence[Execution | BaseException | float]] | None = None,
        answer: Callable[[Job], Execution | float] | None = None,
    ) -> None:
        """Answer by ``script``, else by calling ``answer`` with the job, else with :data:`PASSED`."""
        self.name = "fake"
        self.environment = "fake"
        self.isolation = Isolation(
            sandbox="fake", mechanisms=dict.fromkeys(Protection, "nothing is executed")
        )
        self.executed: list[Job] = []
        self.closed = False
        self._slots = options.slots
        self._busy: set[int] = set()
        self._script = {name: list(answers) for name, answers in (script or {}).items()}
        self._answer = answer

    async def start(self) -> None:
        """Do nothing."""

    async def execute(self, job: Job, slot: int) -> Execution:
        """Return the scripted answer. Raises ``SandboxError`` when the slot's contract is broken."""
        if slot in self._busy or not 0 <= slot < self._slots or self.closed:
            raise SandboxError(f"slot {slot} was used out of turn")
        self._busy.add(slot)
        self.executed.append(job)
        try:
            answers = self._script.get(job.atom_id)
            if answers:
                answer: Execution | BaseException | float = answers.pop(0) if len(answers) > 1 else answers[0]
            else:
                answer = PASSED if self._answer is None else self._answer(job)
            if isinstance(answer, BaseException):
                raise answer
            if isinstance(answer, Execution):
                return answer
            await asyncio.sleep(answer)
            return Execution(completed=True, exit_code=0, usage=Usage(wall=answer))
        finally:
            self._busy.discard(slot)

    async def close(self) -> None:
        """Refuse everything from now on."""
        self.closed = True


class FakeSandboxPlugin:
    """A plug-in for the toolkit that offers a :class:`FakeSandbox` under a name; ``made`` lists those made."""

    def __init__(
        self,
        script: Mapping[str, Sequence[Execution | BaseException | float]] | None = None,
        answer: Callable[[Job], Execution | float] | None = None,
        name: str = "fake",
    ) -> None:
        """Offer sandboxes that answer as :class:`FakeSandbox` says."""
        self.made: list[FakeSandbox] = []
        self._script = script
        self._answer = answer
        self._name = name

    def _make(self, options: SandboxOptions) -> Sandbox:
        sandbox = FakeSandbox(options, self._script, self._answer)
        self.made.append(sandbox)
        return sandbox

    @hookimpl
    def mge_sandboxes(self) -> Mapping[str, SandboxFactory]:
        """Return the sandbox by its name."""
        return {self._name: self._make}


class ScriptedFixer:
    """A fixer that proposes, for each atom, the given codes one after another."""

    level = RepairLevel.FIX

    def __init__(self, codes: Mapping[str, Sequence[str]], name: str = "scripted") -> None:
        """Propose ``codes`` by atom id."""
        self.name = name
        self._codes = codes

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return the code for this attempt of the atom."""
        number = len(case.attempts)
        return [
            Candidate(code=code, source=self.name, explanation="scripted")
            for code in self._codes.get(case.atom.id, ())[number - 1 : number]
        ]


class FixerPlugin:
    """A plug-in for the toolkit that offers the given fixers."""

    def __init__(self, *fixers: Fixer) -> None:
        """Offer ``fixers``."""
        self._fixers = fixers

    @hookimpl
    def mge_fixers(self) -> Sequence[Fixer]:
        """Return the fixers."""
        return self._fixers


def make_atom(atom_id: str, code: str = "pass", *, check: str | None = None, **fields: Any) -> Atom:
    """Return an atom with these fields of :class:`~mge_toolkit.core.plans.Atom` and defaults for the rest."""
    checked = None if check is None else Source(text=check, file="<check>")
    return Atom(id=atom_id, code=Source(text=code), check=checked, **fields)


def make_plan(atoms: Iterable[Atom], name: str = "plan", preload: tuple[str, ...] = ()) -> Masterplan:
    """Return a plan of these atoms, which are taken to be valid together."""
    return Masterplan(name=name, atoms={atom.id: atom for atom in atoms}, preload=preload)
