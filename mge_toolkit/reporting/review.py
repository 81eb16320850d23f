"""What a person should look at after a run, with everything needed to judge it, as records, JSON and lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final

from mge_toolkit.core.plans import UNSET, Atom, Expectation, FromAtom, JsonValue, Masterplan
from mge_toolkit.core.results import Attempt, ExecutionResult, Failure, Spending
from mge_toolkit.reporting.failures import (
    as_attempted,
    failing_excerpt,
    label,
    output_sections,
    position_of,
)
from mge_toolkit.reporting.repair import code_diff, is_manual

LOW_CONFIDENCE: Final = 0.6
"""A repair whose author is less sure than this is shown to a person."""
OUTPUT_LINES: Final = 12
NOTHING_SPENT: Final = Spending()


class ReviewReason(StrEnum):
    """Why a person should look: nothing repaired it, the repair is a guess, or it fails only now and then."""

    MANUAL = "manual"
    DOUBTFUL = "doubtful"
    FLAKY = "flaky"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewFailure:
    """A failure in words. ``where`` is its place in the user's file, ``excerpt`` the source around it."""

    label: str
    message: str
    where: str
    role: str
    culprit: str
    cause: str | None = None
    hint: str | None = None
    line: int | None = None
    excerpt: tuple[str, ...] = ()
    output: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewAttempt:
    """One attempt in brief: the title of its failure, if it failed, and how many candidates it is the best of."""

    number: int
    source: str
    explanation: str | None = None
    failure: str | None = None
    trials: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewItem:
    """One atom to be reviewed.

    ``reason`` is a sentence. ``failure`` is that of the plan's own code. ``proposed`` is the code that healed it,
    or got furthest, with its ``source``, ``explanation`` and ``confidence``; ``proposed_failure`` is its failure,
    if it failed, ``refusal`` why it does not count although it passed. ``expect`` and ``inputs`` are JSON values.
    """

    atom_id: str
    why: ReviewReason
    reason: str
    outcome: str
    language: str
    file: str
    line: int
    original: str
    component: str | None = None
    module: str | None = None
    description: str | None = None
    failure: ReviewFailure | None = None
    proposed: str | None = None
    proposed_failure: ReviewFailure | None = None
    refusal: str | None = None
    source: str | None = None
    explanation: str | None = None
    confidence: float | None = None
    diff: tuple[str, ...] = ()
    attempts: tuple[ReviewAttempt, ...] = ()
    check: str | None = None
    expect: JsonValue = None
    inputs: JsonValue = None
    dependencies: tuple[str, ...] = ()
    spending: Spending = NOTHING_SPENT

    @property
    def passed(self) -> bool:
        """Return whether the proposed code passed and counts."""
        return self.proposed is not None and self.proposed_failure is None and self.refusal is None

    def to_data(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {name: _listed(value) for name, value in asdict(self).items()}


def review_items(
    plan: Masterplan, results: Mapping[str, ExecutionResult], *, threshold: float = LOW_CONFIDENCE
) -> tuple[ReviewItem, ...]:
    """Return, in plan order, what ended ``manual``, was healed less surely than ``threshold``, or is flaky."""
    return tuple(
        item
        for name, result in results.items()
        if (item := _item(plan, plan.atoms[name], result, threshold)) is not None
    )


def review_item(data: Mapping[str, Any]) -> ReviewItem:
    """Return the item that ``to_data`` made this of. Raises ``TypeError``, ``ValueError`` or ``KeyError``."""
    values = {field.name: data[field.name] for field in fields(ReviewItem) if field.name in data}
    texts = ("atom_id", "reason", "outcome", "language", "file", "original")
    if not all(isinstance(values[name], str) for name in texts):
        raise TypeError("an item's texts must be text")
    if not isinstance(values.get("proposed"), str | None):
        raise TypeError("proposed code must be text")
    values["why"] = ReviewReason(values["why"])
    for name in ("failure", "proposed_failure"):
        if values.get(name) is not None:
            values[name] = ReviewFailure(**_tupled(values[name]))
    values["attempts"] = tuple(ReviewAttempt(**one) for one in values.get("attempts", ()))
    values["spending"] = Spending(**values.get("spending", {}))
    for name in ("diff", "dependencies"):
        values[name] = tuple(map(str, values.get(name, ())))
    return ReviewItem(**values)


def _item(plan: Masterplan, atom: Atom, result: ExecutionResult, threshold: float) -> ReviewItem | None:
    why = _why(result, threshold)
    if why is None:
        return None
    first, last = result.attempts[0], result.attempts[-1]
    proposal = _proposal(atom, result)
    proposed = proposal.get("proposed")
    by = f"healed by {last.source}" if result.healed else f"proposed by {proposal.get('source')}"
    failure = None if first.failure is None else _failure(plan, atom, first, first.failure)
    judged = proposed is not None and last.code == proposed and "refusal" not in proposal
    if judged and last.failure is not None:
        proposal["proposed_failure"] = _failure(plan, atom, last, last.failure)
    return ReviewItem(
        atom_id=atom.id,
        why=why[0],
        reason=why[1],
        outcome=result.outcome.value,
        language=atom.language,
        file=plan.path,
        line=atom.line,
        original=atom.code.text,
        component=atom.component,
        module=atom.module,
        description=atom.description,
        failure=failure,
        diff=() if proposed is None else tuple(code_diff(atom, atom.code.text, proposed, by)),
        attempts=tuple(map(_attempt, result.attempts)),
        check=None if atom.check is None else atom.check.text,
        expect=None if atom.expect is None else _expectation(atom.expect),
        inputs={name: _input(value) for name, value in atom.inputs.items()} or None,
        dependencies=atom.predecessors,
        spending=result.spending,
        **proposal,
    )


def _why(result: ExecutionResult, threshold: float) -> tuple[ReviewReason, str] | None:
    if not result.attempts:
        return None
    last = result.attempts[-1]
    if result.flaky:
        return ReviewReason.FLAKY, "the plan's own code failed and then passed unchanged"
    if result.healed and last.confidence < threshold:
        return (
            ReviewReason.DOUBTFUL,
            f"healed, but by a guess of confidence {last.confidence:.2f}",
        )
    if is_manual(result):
        return ReviewReason.MANUAL, last.decision.reason if last.decision is not None else ""
    return None


def _proposal(atom: Atom, result: ExecutionResult) -> dict[str, Any]:
    """Return the code to look at: what healed it, else what passed and was refused, else what got furthest."""
    if result.flaky:
        return {}
    last = result.attempts[-1]
    if not last.passed:
        for attempt in reversed(result.attempts):
            for trial in attempt.trials:
                if trial.failure is None and trial.refusal is not None:
                    return {
                        "proposed": trial.code,
                        "refusal": trial.refusal,
                        "source": trial.source,
                        "explanation": trial.explanation,
                        "confidence": last.confidence if trial.code == last.code else None,
                    }
    if last.code == atom.code.text:
        return {}
    return {
        "proposed": last.code,
        "source": last.source,
        "explanation": last.explanation,
        "confidence": last.confidence,
    }


def _failure(plan: Masterplan, atom: Atom, attempt: Attempt, failure: Failure) -> ReviewFailure:
    ran = as_attempted(atom, attempt)
    return ReviewFailure(
        label=label(failure),
        message=failure.message,
        where=str(position_of(ran, failure, plan)),
        role=failure.role.value,
        culprit=failure.culprit,
        cause=failure.cause,
        hint=failure.hint,
        line=failure.line,
        excerpt=tuple(failing_excerpt(ran, attempt)),
        output=tuple(output_sections(attempt, OUTPUT_LINES)),
    )


def _attempt(attempt: Attempt) -> ReviewAttempt:
    failure = attempt.failure
    return ReviewAttempt(
        number=attempt.number,
        source=attempt.source,
        explanation=attempt.explanation,
        failure=None if failure is None else f"{label(failure)}: {failure.message.split(chr(10), 1)[0]}",
        trials=len(attempt.trials),
    )


def _expectation(expect: Expectation) -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = {}
    if expect.result is not UNSET:
        document["result"] = expect.result
    if expect.stdout is not None:
        document["stdout"] = expect.stdout
    if expect.raises is not None:
        document["raises"] = {"type": expect.raises.type, "match": expect.raises.match}
    if expect.tolerance:
        document["tolerance"] = expect.tolerance
    return document


def _input(value: JsonValue | FromAtom) -> JsonValue:
    return {"from": value.atom} if isinstance(value, FromAtom) else value


def _listed(value: Any) -> Any:
    """Return ``value`` with lists for tuples, as JSON has them."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _tupled(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
