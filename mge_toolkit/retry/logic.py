"""The retry logic for those who drive attempts themselves: analyse a failure, ask, fix."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from mge_toolkit.core.plans import Atom
from mge_toolkit.core.ports import DEFAULT_MEANS, Candidate, Fixer, RepairCase, RepairMeans, RetryPolicy
from mge_toolkit.core.results import (
    Attempt,
    Execution,
    ExecutionResult,
    Failure,
    Frame,
    Raised,
    RetryDecision,
    Strategy,
)
from mge_toolkit.retry.gate import refusal
from mge_toolkit.retry.policy import CategoryPolicy

logger = logging.getLogger(__name__)

T = TypeVar("T")

_EXCEPTION: Final = re.compile(
    r"([A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)): (.*)", re.DOTALL
)


class RetryLogic:
    """Decides about failed atoms and changes their code, without running anything.

    ``fixers`` are asked in order; without them the toolkit's own are. ``dependencies`` are the atoms whose code
    runs before the failed one's, where fixers and the model may look for names. ``means`` says what may be used.
    """

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        fixers: Sequence[Fixer] | None = None,
        *,
        means: RepairMeans = DEFAULT_MEANS,
        dependencies: Sequence[Atom] = (),
    ) -> None:
        """Take the parts; without ``policy`` the toolkit's own decides."""
        self._policy: RetryPolicy = CategoryPolicy() if policy is None else policy
        self._fixers = None if fixers is None else tuple(fixers)
        self._means = means
        self._dependencies = tuple(dependencies)

    def analyze_failure(self, atom: Atom, result: ExecutionResult) -> RetryDecision:
        """Return what to do about the last attempt of ``result``. Raises ``ValueError`` where it did not fail."""
        return self._policy.decide(self._case(atom, result.attempts))

    def generate_llm_fix_prompt(self, atom: Atom, result: ExecutionResult, decision: RetryDecision) -> str:
        """Return what a language model is asked about the failure; nothing is sent."""
        from mge_toolkit.retry.llm.prompt import generate_prompt

        return generate_prompt(self._case(atom, result.attempts), decision)

    def apply_auto_fix(self, atom: Atom, decision: RetryDecision) -> str | None:
        """Return changed code for the failure that ``decision`` is about, or ``None`` where no fixer has any.

        It is the first proposal that does not game the check; whether it passes only running it can tell. Works
        inside a running event loop too.
        """
        failure = decision.failure
        if failure is None or decision.strategy not in (Strategy.FIX, Strategy.REGENERATE):
            return None
        case = self._case(atom, (_attempt(atom, failure),))
        for fixer in _builtin_fixers() if self._fixers is None else self._fixers:
            for candidate in _proposals(fixer, case):
                if candidate.code != atom.code.text and not refusal(atom, atom.code.text, candidate.code):
                    return candidate.code
        return None

    def _case(self, atom: Atom, attempts: tuple[Attempt, ...]) -> RepairCase:
        if not attempts or attempts[-1].failure is None:
            raise ValueError(f"the last attempt of atom '{atom.id}' did not fail: there is nothing to decide")
        return RepairCase(
            atom=atom,
            dependencies=self._dependencies,
            attempts=attempts,
            means=self._means,
            tried=frozenset(attempt.code for attempt in attempts),
        )


def _builtin_fixers() -> Sequence[Fixer]:
    from mge_toolkit.retry.fixes import builtin_fixers

    return builtin_fixers()


def _attempt(atom: Atom, failure: Failure) -> Attempt:
    """Return the failed attempt that a decision was about, as far as the decision tells of it."""
    return Attempt(
        number=1,
        code=atom.code.text,
        execution=Execution(completed=False, raised=_raised(atom, failure)),
        started_at=datetime.now(UTC),
        slot=0,
        failure=failure,
    )


def _raised(atom: Atom, failure: Failure) -> Raised | None:
    """Return the exception that a failure's message tells of."""
    told = _EXCEPTION.fullmatch(failure.message)
    if told is None:
        return None
    frames: tuple[Frame, ...] = ()
    if failure.line is not None:
        frames = (Frame(atom_id=atom.id, role=failure.role, line=failure.line, column=failure.column),)
    bases = ("Exception", "BaseException") if atom.language == "python" else ("Error",)
    return Raised(type=told[1], message=told[2], bases=bases, frames=frames, traceback=failure.message)


def _proposals(fixer: Fixer, case: RepairCase) -> Sequence[Candidate]:
    """Return what a fixer proposes; one that raises is passed over, as the engine does."""
    try:
        return _awaited(_proposed(fixer, case))
    except Exception:
        logger.exception("a fixer raised for atom '%s'", case.atom.id)
        return ()


async def _proposed(fixer: Fixer, case: RepairCase) -> Sequence[Candidate]:
    return await fixer.candidates(case)


def _awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine gives; where a loop runs in this thread, on another loop in another thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(asyncio.run, coroutine).result()
