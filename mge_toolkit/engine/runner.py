"""Runs one atom to its outcome: execute, classify, decide, change the code, execute again."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.events import AttemptFinished, AttemptRescheduled, AttemptStarted
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Atom, JsonValue, Limits, Source
from mge_toolkit.core.ports import Sandbox
from mge_toolkit.core.records import Recall
from mge_toolkit.core.results import (
    Attempt,
    Execution,
    ExecutionResult,
    Failure,
    Limit,
    Outcome,
    RetryDecision,
    Strategy,
)
from mge_toolkit.core.settings import available_cpus
from mge_toolkit.engine.composition import Composer, ResultMissingError, job_with
from mge_toolkit.engine.events import EventBus
from mge_toolkit.engine.recall import program_digest
from mge_toolkit.engine.repair import Repairer, RepairKit, Step
from mge_toolkit.engine.slots import Hold, SlotPool
from mge_toolkit.engine.trials import Bench, InfrastructureFailedError
from mge_toolkit.retry.classify import classify

logger = logging.getLogger(__name__)

_LITTLE: Final = 0.2  # of its CPU time: a program that used less of it waited, or had to
_BUSY: Final = 2.0  # programs for each processor


def machine_is_busy() -> bool:
    """Return whether far more programs want a processor than there are."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > _BUSY * available_cpus()


class AtomRunner:
    """Runs the atoms of one run, each on a slot that the caller holds for it."""

    def __init__(
        self,
        *,
        run_id: str,
        sandbox: Sandbox,
        slots: SlotPool,
        composer: Composer,
        kit: RepairKit,
        bus: EventBus,
        reschedules: int,
        inputs: Mapping[str, Mapping[str, JsonValue]],
        recalls: Sequence[Recall] = (),
    ) -> None:
        """Take the run's parts. ``inputs`` replaces input values, by atom and name.

        ``recalls`` are asked, in order, before an atom is executed.
        """
        self._run_id = run_id
        self._sandbox = sandbox
        self._slots = slots
        self._composer = composer
        self._repairer = Repairer(kit)
        self._bus = bus
        self._reschedules = reschedules
        self._inputs = inputs
        self._recalls = recalls

    async def run(self, atom: Atom, *, wave: int, hold: Hold) -> ExecutionResult:
        """Return what became of ``atom``. Whatever its program does is data; nothing of it raises.

        Nor does a defect of ours or of a plug-in's: it is an infrastructure error of this one atom.
        """
        attempts: list[Attempt] = []
        evidence: list[str] = []
        ended = partial(_ended, atom, wave, attempts, evidence)
        try:
            dependencies = self._composer.dependencies(atom)
            job = self._composer.job(
                atom, atom.code, dependencies=dependencies, inputs=self._inputs.get(atom.id)
            )
            digest = program_digest(atom, job)
            known = await self._recalled(atom, digest, wave)
            if known is not None:
                return known
            bench = self._bench(atom, dependencies, job, hold, evidence)
            return replace(await self._run(bench, attempts, ended), digest=digest)
        except ResultMissingError as error:
            return ended(Outcome.BLOCKED, str(error), blocked_by=error.atom_id)
        except InfrastructureFailedError:
            return ended(Outcome.ERROR, evidence[-1])
        except Exception as error:  # one atom's evidence must not cost the others their verdicts
            logger.exception("the runner failed under atom '%s'", atom.id)
            evidence.append(f"internal error ({type(error).__name__}: {error}): please report it")
            return ended(Outcome.ERROR, evidence[-1])

    async def _run(
        self, bench: Bench, attempts: list[Attempt], ended: Callable[..., ExecutionResult]
    ) -> ExecutionResult:
        """Run attempt after attempt, which are added to ``attempts``, until the atom has its outcome."""
        atom = bench.atom
        flaky = False
        tried = {atom.code.text}
        attempts.append(await self._first_attempt(bench))
        while True:
            failure = attempts[-1].failure
            result: ExecutionResult | None = None
            step: Step | None = None
            if failure is None:
                changed = len(attempts) > 1 and not flaky
                source = _repaired_source(atom, attempts[-1]) if changed else None
                self._composer.record(atom, attempts[-1].execution.result, source)
                result = ended(Outcome.PASSED, flaky=flaky)
            elif failure.culprit != atom.id:
                reason = (
                    f"dependency '{failure.culprit}' failed while its code ran here: {_first_line(failure)}"
                )
                result = ended(Outcome.BLOCKED, reason, blocked_by=failure.culprit)
            else:
                step = await self._repairer.step(bench, attempts, tried)
                attempts[-1] = _decided(attempts[-1], step)
                if step.attempt is None:
                    result = ended(*_give_up(step.decision, failure))
            self._bus.emit(AttemptFinished(run_id=self._run_id, atom_id=atom.id, attempt=attempts[-1]))
            if step is not None and step.attempt is not None:
                attempts.append(step.attempt)
                flaky = step.flaky
            if result is not None:
                return result

    async def _recalled(self, atom: Atom, digest: str, wave: int) -> ExecutionResult | None:
        """Return a result of this very program that is known already, as one of this run's."""
        for recall in self._recalls:
            known = await recall.find(atom, digest)
            if known is not None:
                if known.outcome is Outcome.PASSED:
                    source = _repaired_source(atom, known.attempts[-1]) if known.healed else None
                    self._composer.record(atom, known.attempts[-1].execution.result, source)
                return replace(known, wave=wave, component=atom.component, module=atom.module, reported=True)
        return None

    def _bench(
        self, atom: Atom, dependencies: tuple[Atom, ...], job: Job, hold: Hold, evidence: list[str]
    ) -> Bench:
        """Return the atom with what executes code in its place in ``job``."""
        numbers = itertools.count(1)

        async def execute(
            source: Source, slot: int, limits: Limits, *, report: bool = False, check: Source | None = None
        ) -> tuple[Execution, Failure | None]:
            trace_id = f"{self._run_id}/{atom.id}/{next(numbers)}"
            changed = job_with(job, source, limits, trace_id, check)
            execution = await self._execute(changed, slot, evidence, report=report)
            whole = atom if source is atom.code else replace(atom, code=source)
            return execution, classify(whole, changed, execution)

        return Bench(
            atom=atom,
            dependencies=dependencies,
            limits=job.limits,
            hold=hold,
            pool=self._slots,
            execute=execute,
            announce=partial(self._announce, atom.id, hold),
        )

    def _announce(self, atom_id: str, hold: Hold, number: int) -> None:
        self._bus.emit(AttemptStarted(run_id=self._run_id, atom_id=atom_id, number=number, slot=hold.slot))

    async def _first_attempt(self, bench: Bench) -> Attempt:
        """Run the plan's own code; once more, alone, where a busy machine may be what it ran out of time on."""
        atom, hold = bench.atom, bench.hold
        execute = partial(bench.execute, atom.code, limits=bench.limits, report=True)
        started_at = datetime.now(UTC)
        bench.announce(1)
        execution, failure = await execute(hold.slot)
        explanation = None
        if failure is not None and _ran_out_of_turns(bench.limits, execution) and machine_is_busy():
            explanation = "run again alone: the machine was busy when it first reached its time limit"
            async with hold.alone():
                started_at = datetime.now(UTC)
                execution, failure = await execute(hold.slot)
        return Attempt(
            number=1,
            code=atom.code.text,
            execution=execution,
            started_at=started_at,
            slot=hold.slot,
            explanation=explanation,
            failure=failure,
        )

    async def _execute(self, job: Job, slot: int, evidence: list[str], *, report: bool) -> Execution:
        """Execute ``job``, again where the infrastructure failed under it; add what it said to ``evidence``.

        With ``report`` it is the first attempt, of which subscribers are told that it is rescheduled.
        """
        ids = {"run_id": self._run_id, "atom_id": job.atom_id}
        for number in range(1 + self._reschedules):
            if number and report:
                self._bus.emit(AttemptStarted(**ids, number=1, slot=slot))
            try:
                return await self._sandbox.execute(job, slot)
            except SandboxError as error:
                text = str(error)
            except Exception as error:
                logger.exception("sandbox '%s' broke its contract", self._sandbox.name)
                text = f"unexpected {type(error).__name__} in sandbox '{self._sandbox.name}': {error}"
            evidence.append(text)
            if report:
                self._bus.emit(AttemptRescheduled(**ids, number=1, evidence=text))
        raise InfrastructureFailedError


def _ended(
    atom: Atom,
    wave: int,
    attempts: Sequence[Attempt],
    evidence: Sequence[str],
    outcome: Outcome,
    reason: str | None = None,
    *,
    blocked_by: str | None = None,
    flaky: bool = False,
) -> ExecutionResult:
    return ExecutionResult(
        atom_id=atom.id,
        outcome=outcome,
        wave=wave,
        attempts=tuple(attempts),
        component=atom.component,
        module=atom.module,
        reason=reason,
        blocked_by=blocked_by,
        evidence=tuple(evidence),
        flaky=flaky,
    )


def _decided(attempt: Attempt, step: Step) -> Attempt:
    """Return the attempt with what was decided about it, and what that cost beside the next attempt."""
    spending = attempt.spending
    if step.spending is not None:
        spending = step.spending if spending is None else spending + step.spending
    return replace(attempt, decision=step.decision, spending=spending)


def _ran_out_of_turns(limits: Limits, execution: Execution) -> bool:
    """Return whether an attempt reached its wall time having hardly used a processor: it waited, or had to."""
    return execution.limit is Limit.WALL and execution.usage.cpu < _LITTLE * limits.cpu_seconds


def _repaired_source(atom: Atom, attempt: Attempt) -> Source:
    """Return an attempt's changed code, whose lines are no longer the plan's."""
    return Source(text=attempt.code, file=f"{atom.code.file} ({atom.id} by {attempt.source})")


def _give_up(decision: RetryDecision, failure: Failure) -> tuple[Outcome, str]:
    if decision.strategy is Strategy.SKIP:
        return Outcome.SKIPPED, f"given up ({decision.reason}): {_first_line(failure)}"
    return Outcome.FAILED, _first_line(failure)


def _first_line(failure: Failure) -> str:
    """Return the failure in one line; further lines are details."""
    return failure.message.split("\n", 1)[0]
