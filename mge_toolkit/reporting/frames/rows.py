"""Plain rows: of a run, and of the clusters of its failures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from mge_toolkit.core.results import Attempt, ExecutionResult, Failure, Outcome, Spending
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.frames.columns import ATTEMPT_COLUMNS, Column, place_in
from mge_toolkit.reporting.monitoring.patterns import PLAN, normalised_message, place_of

Row: TypeAlias = Mapping[str, Any] | Sequence[Any]
"""One row: values by column, or in the order of the columns."""

_FAILED: Final = ("category", "kind", "message", "culprit", "role", "line")


def tuples(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[Sequence[Any]]:
    """Return every row as values in the order of the columns."""
    names = [column.name for column in columns]
    for row in rows:
        if isinstance(row, Mapping):
            yield [row.get(name) for name in names]
        elif len(row) == len(names):
            yield row
        else:
            raise ValueError(
                f"a row has {len(row)} values: there are {len(names)} columns, {', '.join(names)}"
            )


def wave_rows(run: RunResult) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a run's waves."""
    for wave in run.waves:
        yield (
            wave.number,
            wave.planned,
            *(getattr(wave.counts, outcome.value) for outcome in Outcome),
            wave.counts.healed,
            wave.counts.flaky,
            wave.counts.success_rate,
            wave.wall,
            wave.attempt_time,
            wave.parallelism,
            wave.theoretical_parallelism,
        )


def atom_rows(run: RunResult, languages: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a run's atoms."""
    for result in run.results.values():
        attempts = result.attempts
        last = attempts[-1] if attempts else None
        failure = None if last is None else last.failure
        decision = None if last is None else last.decision
        spending = result.spending
        usages = [attempt.execution.usage for attempt in attempts]
        yield (
            *_atom_values(result, languages),
            result.outcome.value,
            result.healed,
            result.flaky,
            result.reported,
            result.origin.value,
            len(attempts),
            None if last is None else last.source,
            None if decision is None else decision.strategy.value,
            None if failure is None else failure.category.value,
            None if failure is None else failure.kind,
            None if failure is None else failure.message,
            result.reason,
            result.blocked_by,
            attempts[0].started_at if attempts else None,
            sum(usage.wall for usage in usages),
            sum(usage.cpu for usage in usages),
            max((usage.peak_memory for usage in usages if usage.peak_memory is not None), default=None),
            None if last is None else last.execution.isolation.level,
            _tokens(spending),
            spending.usd,
        )


def attempt_rows(run: RunResult, languages: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a run's attempts."""
    for result in run.results.values():
        atom = _atom_values(result, languages)
        for attempt in result.attempts:
            yield (*atom, *_attempt_values(attempt))


def _atom_values(result: ExecutionResult, languages: Mapping[str, str]) -> tuple[Any, ...]:
    return (
        result.atom_id,
        result.component,
        result.module,
        languages.get(result.atom_id),
        result.wave,
    )


def _attempt_values(attempt: Attempt) -> tuple[Any, ...]:
    execution, failure, decision = attempt.execution, attempt.failure, attempt.decision
    usage, spending = execution.usage, attempt.spending
    limit = execution.limit
    return (
        attempt.number,
        failure is None,
        attempt.source,
        attempt.explanation,
        attempt.confidence,
        *_failure_values(failure),
        None if decision is None else decision.strategy.value,
        attempt.started_at,
        attempt.slot,
        usage.wall,
        usage.cpu,
        usage.peak_memory,
        execution.isolation.level,
        0 if spending is None else _tokens(spending),
        0.0 if spending is None else spending.usd,
        execution.exit_code,
        execution.signal,
        None if limit is None else limit.value,
        execution.stdout.total,
        execution.stderr.total,
        len(attempt.trials),
        attempt.code,
    )


def _failure_values(failure: Failure | None) -> tuple[Any, ...]:
    if failure is None:
        return (None,) * 6
    return (
        failure.category.value,
        failure.kind,
        failure.message,
        failure.culprit,
        failure.role.value,
        failure.line,
    )


def _tokens(spending: Spending) -> int:
    return (
        spending.input_tokens
        + spending.output_tokens
        + spending.cache_write_tokens
        + spending.cache_read_tokens
    )


def with_code(row: Sequence[Any], codes: Mapping[str, str]) -> Sequence[Any]:
    """Return a row of an attempt with its code, which is the plan's where the row has none."""
    place = place_in(ATTEMPT_COLUMNS, "code")
    if row[place] is not None:
        return row
    return (*row[:place], codes.get(row[0]), *row[place + 1 :])


@dataclass(kw_only=True, slots=True)
class _Cluster:
    first_wave: int
    count: int = 0
    atoms: int = 0
    healed: int = 0


def error_rows(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return the rows of clusters of the attempts' failures."""
    wanted = ("atom_id", "wave", "number", "passed", "source", *_FAILED)
    places = [place_in(ATTEMPT_COLUMNS, name) for name in wanted]
    clusters: dict[tuple[Any, ...], _Cluster] = {}
    current: str | None = None
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        atom_id, wave, number, passed, source, category, kind, message, culprit, role, line = (
            row[place] for place in places
        )
        if atom_id != current:
            current, seen = atom_id, set()
        if passed:
            # An atom is settled by its first pass; one with the plan's own code is no healing.
            for key in seen if number > 1 and source != PLAN else ():
                clusters[key].healed += 1
            continue
        if category is None:
            continue
        key = (category, kind, normalised_message(message or ""), place_of(atom_id, culprit, role, line))
        cluster = clusters.setdefault(key, _Cluster(first_wave=wave))
        cluster.first_wave = min(cluster.first_wave, wave)
        cluster.count += 1
        if key not in seen:
            seen.add(key)
            cluster.atoms += 1
    ordered = sorted(clusters.items(), key=lambda item: -item[1].count)
    return [(*key, one.count, one.atoms, one.first_wave, one.healed) for key, one in ordered]
