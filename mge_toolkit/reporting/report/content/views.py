"""Atoms in full, as far as a report has room for them: every attempt with its failure, change and output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from mge_toolkit.core.plans import Atom, Masterplan
from mge_toolkit.core.results import Attempt, ExecutionResult, Outcome, Trial
from mge_toolkit.reporting.failures import (
    fact_lines,
    label,
    message_lines,
    output_sections,
    source_lines,
)
from mge_toolkit.reporting.monitoring.patterns import Pattern, pattern_of
from mge_toolkit.reporting.repair import code_diff, spending_text
from mge_toolkit.reporting.report.content.records import AtomView, AttemptView
from mge_toolkit.reporting.report.escaping import clean, first_line

VIEWS: Final = 250
"""How many atoms are shown in full."""
ATTEMPTS: Final = 8
OUTPUT_LINES: Final = 25
DIFF_LINES: Final = 80
MESSAGE_LINES: Final = 40
CANDIDATES: Final = 12
LINE: Final = 400
_NEVER: Final = (Outcome.BLOCKED, Outcome.STOPPED)

Dependencies: TypeAlias = Callable[[Atom], Sequence[Atom]]
"""Returns the atoms whose code ran before an atom's, with the code that they had in the end."""


def atom_views(
    results: Iterable[ExecutionResult],
    plan: Masterplan,
    dependencies: Dependencies,
    reword: Callable[[str], str],
) -> tuple[AtomView, ...]:
    """Return views of ``results``, or of some of them that stand for every kind of failure among them."""
    shown = [found for found in results if found.outcome not in _NEVER and (found.attempts or found.evidence)]
    if len(shown) > VIEWS:
        shown = _varied(shown)
    return tuple(_view(found, plan.atoms[found.atom_id], dependencies, reword) for found in shown)


def _varied(results: Sequence[ExecutionResult]) -> list[ExecutionResult]:
    """Return as many as there is room for, those first that are among the first of their pattern of failure."""
    seen: Counter[Pattern | None] = Counter()
    ranks = []
    for found in results:
        pattern = _pattern(found)
        ranks.append(seen[pattern])
        seen[pattern] += 1
    order = sorted(range(len(results)), key=lambda index: (ranks[index], index))
    return [results[index] for index in sorted(order[:VIEWS])]


def _pattern(result: ExecutionResult) -> Pattern | None:
    failures = [attempt.failure for attempt in result.attempts if attempt.failure is not None]
    return pattern_of(result.atom_id, failures[-1]) if failures else None


def _view(
    result: ExecutionResult, atom: Atom, dependencies: Dependencies, reword: Callable[[str], str]
) -> AtomView:
    before: Sequence[Attempt | None] = (None, *result.attempts)
    pairs = list(zip(result.attempts, before, strict=False))
    kept = pairs if len(pairs) <= ATTEMPTS else [pairs[0], *pairs[1 - ATTEMPTS :]]
    needed = dependencies(atom)
    evidence = Counter(result.evidence)
    return AtomView(
        atom_id=clean(result.atom_id),
        attempts=tuple(_attempt(atom, attempt, last, needed, reword) for attempt, last in kept),
        attempts_left_out=len(pairs) - len(kept),
        evidence=_lines(
            f"the sandbox failed{f' {times} times' * (times > 1)}: {text}" for text, times in evidence.items()
        ),
    )


def _attempt(
    atom: Atom,
    attempt: Attempt,
    before: Attempt | None,
    needed: Sequence[Atom],
    reword: Callable[[str], str],
) -> AttemptView:
    failure = attempt.failure
    changed = before is not None and before.code != attempt.code
    diff = code_diff(atom, before.code, attempt.code, attempt.source) if before and changed else []
    return AttemptView(
        number=attempt.number,
        source=clean(attempt.source),
        state="passed" if failure is None else clean(label(failure)),
        explanation=first_line(attempt.explanation or ""),
        message=() if failure is None else _cut(message_lines(failure), MESSAGE_LINES),
        code=() if failure is None else _lines(source_lines(atom, attempt, needed)),
        diff=_cut(diff, DIFF_LINES),
        output=_lines(output_sections(attempt, OUTPUT_LINES)),
        facts=_lines([*_decided(attempt, reword), *fact_lines(atom, attempt, needed)]),
        candidates=_cut([_candidate(trial) for trial in attempt.trials], CANDIDATES),
    )


def _decided(attempt: Attempt, reword: Callable[[str], str]) -> list[str]:
    facts = []
    if attempt.number > 1:
        facts.append(f"confidence of the code's author: {attempt.confidence:.0%}")
    if attempt.spending is not None:
        facts.append(f"cost of the round: {spending_text(attempt.spending)}")
    if attempt.decision is not None:
        decided = attempt.decision
        facts.append(f"decided: {decided.strategy} ({decided.confidence:.0%}): {reword(decided.reason)}")
    return facts


def _candidate(trial: Trial) -> str:
    if trial.refusal is not None:
        came = f"refused: {trial.refusal}"
    else:
        came = "passed" if trial.failure is None else f"{label(trial.failure)}: {trial.failure.message}"
    return f"{trial.source}: {first_line(trial.explanation)}: {first_line(came)}"


def _cut(lines: Sequence[str], limit: int) -> tuple[str, ...]:
    if len(lines) <= limit:
        return _lines(lines)
    return (*_lines(lines[:limit]), f"... {len(lines) - limit} more lines")


def _lines(lines: Iterable[str]) -> tuple[str, ...]:
    cleaned = (clean(line) for line in lines)
    return tuple(line if len(line) <= LINE else f"{line[: LINE - 4]} ..." for line in cleaned)
