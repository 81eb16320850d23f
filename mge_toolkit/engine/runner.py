"""Runs one atom to its outcome: execute, classify, decide, change the code, execute again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.events import AttemptFinished, AttemptRescheduled, AttemptStarted
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Atom, JsonValue, Source
from mge_toolkit.core.ports import Candidate, Fixer, RepairCase, RetryPolicy, Sandbox
from mge_toolkit.core.results import (
    Attempt,
    Execution,
    ExecutionResult,
    Failure,
    Outcome,
    RetryDecision,
    Strategy,
)
from mge_toolkit.engine.composition import Composer, ResultMissingError
from mge_toolkit.engine.events import EventBus
from mge_toolkit.retry.classify import classify

logger = logging.getLogger(__name__)

NOTHING_PROPOSED: Final = "nothing proposed new code"


class _InfrastructureFailedError(Exception):
    """Every reschedule of an attempt ended in an infrastructure error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairKit:
    """What may happen after a failed attempt: who decides, and who proposes code."""

    policy: RetryPolicy
    fixers: Sequence[Fixer] = ()


class AtomRunner:
    """Runs the atoms of one run, each on a slot that the caller holds for it."""

    def __init__(
        self,
        *,
        run_id: str,
        sandbox: Sandbox,
        composer: Composer,
        kit: RepairKit,
        bus: EventBus,
        reschedules: int,
        inputs: Mapping[str, Mapping[str, JsonValue]],
    ) -> None:
        """Take the run's parts. ``inputs`` replaces input values, by atom and name."""
        self._run_id = run_id
        self._sandbox = sandbox
        self._composer = composer
        self._kit = kit
        self._bus = bus
        self._reschedules = reschedules
        self._inputs = inputs

    async def run(self, atom: Atom, *, wave: int, slot: int) -> ExecutionResult:
        """Return what became of ``atom``. Whatever its program does is data; nothing of it raises.

        Nor does a defect of ours or of a plug-in's: it is an infrastructure error of this one atom.
        """
        attempts: list[Attempt] = []
        evidence: list[str] = []
        try:
            return await self._run(atom, wave, slot, attempts, evidence)
        except Exception as error:  # one atom's evidence must not cost the others their verdicts
            logger.exception("the runner failed under atom '%s'", atom.id)
            text = f"internal error ({type(error).__name__}: {error}): please report it"
            return ExecutionResult(
                atom_id=atom.id,
                outcome=Outcome.ERROR,
                wave=wave,
                attempts=tuple(attempts),
                component=atom.component,
                module=atom.module,
                reason=text,
                evidence=(*evidence, text),
            )

    async def _run(
        self, atom: Atom, wave: int, slot: int, attempts: list[Attempt], evidence: list[str]
    ) -> ExecutionResult:
        dependencies = self._composer.dependencies(atom)
        candidate = Candidate(code=atom.code.text, source="plan", explanation="", confidence=1.0)
        outcome: Outcome | None = None
        reason = blocked_by = None
        while outcome is None:
            source = atom.code if not attempts else _repaired_source(atom, candidate)
            try:
                attempt = await self._attempt(atom, dependencies, candidate, source, attempts, evidence, slot)
            except ResultMissingError as error:
                outcome, reason, blocked_by = Outcome.BLOCKED, str(error), error.atom_id
                break
            except _InfrastructureFailedError:
                outcome, reason = Outcome.ERROR, evidence[-1]
                break
            following: Candidate | None = None
            failure = attempt.failure
            if failure is None:
                outcome = Outcome.PASSED
                self._composer.record(atom, attempt.execution.result, source if attempts else None)
            elif failure.culprit != atom.id:
                outcome, blocked_by = Outcome.BLOCKED, failure.culprit
                reason = (
                    f"dependency '{failure.culprit}' failed while its code ran here: {_first_line(failure)}"
                )
            else:
                decision, following = await self._decide(atom, dependencies, [*attempts, attempt])
                attempt = replace(attempt, decision=decision)
                if following is None:
                    outcome, reason = _give_up(decision, failure)
            attempts.append(attempt)
            self._bus.emit(AttemptFinished(run_id=self._run_id, atom_id=atom.id, attempt=attempt))
            candidate = following or candidate
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
        )

    async def _attempt(
        self,
        atom: Atom,
        dependencies: tuple[Atom, ...],
        candidate: Candidate,
        source: Source,
        attempts: Sequence[Attempt],
        evidence: list[str],
        slot: int,
    ) -> Attempt:
        number = len(attempts) + 1
        job = self._composer.job(
            atom,
            source,
            dependencies=dependencies,
            inputs=self._inputs.get(atom.id),
            trace_id=f"{self._run_id}/{atom.id}/{number}",
        )
        started_at = datetime.now(UTC)
        execution = await self._execute(job, number, slot, evidence)
        return Attempt(
            number=number,
            code=source.text,
            execution=execution,
            started_at=started_at,
            slot=slot,
            source=candidate.source,
            explanation=candidate.explanation or None,
            failure=classify(replace(atom, code=source) if attempts else atom, job, execution),
        )

    async def _execute(self, job: Job, number: int, slot: int, evidence: list[str]) -> Execution:
        """Execute ``job``, again where the infrastructure failed under it; add what it said to ``evidence``."""
        for _ in range(1 + self._reschedules):
            self._bus.emit(AttemptStarted(run_id=self._run_id, atom_id=job.atom_id, number=number, slot=slot))
            try:
                return await self._sandbox.execute(job, slot)
            except SandboxError as error:
                text = str(error)
            except Exception as error:
                logger.exception("sandbox '%s' broke its contract", self._sandbox.name)
                text = f"unexpected {type(error).__name__} in sandbox '{self._sandbox.name}': {error}"
            evidence.append(text)
            self._bus.emit(
                AttemptRescheduled(run_id=self._run_id, atom_id=job.atom_id, number=number, evidence=text)
            )
        raise _InfrastructureFailedError

    async def _decide(
        self, atom: Atom, dependencies: tuple[Atom, ...], attempts: Sequence[Attempt]
    ) -> tuple[RetryDecision, Candidate | None]:
        """Return the decision after the last attempt, and the code to try next if there is any."""
        case = RepairCase(atom=atom, dependencies=dependencies, attempts=tuple(attempts))
        decision = self._kit.policy.decide(case)
        if decision.strategy not in (Strategy.FIX, Strategy.REGENERATE):
            return decision, None
        candidate, mistakes = await self._next_candidate(case)
        if candidate is None:
            strategy = Strategy.MANUAL if atom.critical else Strategy.SKIP
            decision = RetryDecision(strategy=strategy, confidence=1.0, reason=NOTHING_PROPOSED)
        return replace(decision, reason="; ".join((decision.reason, *mistakes))), candidate

    async def _next_candidate(self, case: RepairCase) -> tuple[Candidate | None, list[str]]:
        """Return the first proposal whose code was not run before, and what was wrong with the fixers asked.

        A retry always changes something; a fixer that cannot propose never looks like one that had no idea.
        """
        tried = {attempt.code for attempt in case.attempts}
        mistakes: list[str] = []
        for fixer in self._kit.fixers:
            try:
                for candidate in await fixer.candidates(case):
                    if candidate.code not in tried:
                        return candidate, mistakes
            except Exception as error:
                name = getattr(fixer, "name", type(fixer).__name__)
                logger.exception("fixer '%s' raised for atom '%s'", name, case.atom.id)
                said = next(iter(str(error).splitlines()), "")
                mistakes.append(f"fixer '{name}' raised {type(error).__name__}: {said}")
        return None, mistakes


def _repaired_source(atom: Atom, candidate: Candidate) -> Source:
    """Return the candidate's code, whose lines are no longer the plan's."""
    return Source(text=candidate.code, file=f"{atom.code.file} ({atom.id} by {candidate.source})")


def _give_up(decision: RetryDecision, failure: Failure) -> tuple[Outcome, str]:
    if decision.strategy is Strategy.SKIP:
        return Outcome.SKIPPED, f"given up ({decision.reason}): {_first_line(failure)}"
    return Outcome.FAILED, _first_line(failure)


def _first_line(failure: Failure) -> str:
    """Return the failure in one line; further lines are details."""
    return failure.message.split("\n", 1)[0]
