"""Folds results atom by atom into modules, components and the whole system. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from mge_toolkit.core.plans import UNSET
from mge_toolkit.core.results import (
    Category,
    ExecutionResult,
    Isolation,
    Origin,
    Protection,
    Spending,
    Stream,
    Value,
)
from mge_toolkit.core.runs import Counts, RunResult, count
from mge_toolkit.reporting.monitoring.patterns import Pattern, pattern_of
from mge_toolkit.reporting.monitoring.plain import Plain
from mge_toolkit.reporting.monitoring.statistics import Interval, Spread, spread_of, wilson_interval

_LEVELS: Final = ("none", "degraded", "full")
_UNSHOWN: Final = "(nested too deeply to be shown)"
_Key = TypeVar("_Key", bound=Hashable)


class Level(StrEnum):
    """What an aggregate is about."""

    ATOM = "atom"
    MODULE = "module"
    COMPONENT = "component"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True, slots=True)
class MergedOutput(Plain):
    """The same output of one or several atoms, in their last attempts.

    ``stream`` is ``stdout``, ``stderr`` or ``result``; a result that is JSON is shown as JSON, any other by its
    ``repr``. ``truncated`` says that more was written than was kept.
    """

    stream: str
    text: str
    atoms: tuple[str, ...]
    truncated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UniqueError(Plain):
    """Failures that say the same at the same place.

    ``message`` has numbers, quoted values, addresses and paths blanked, ``example`` is the first in full.
    ``count`` counts failed attempts, ``atoms`` names each atom once, ``healed`` counts those of them that passed
    with changed code.
    """

    category: Category
    kind: str
    message: str
    place: str
    example: str
    count: int
    atoms: tuple[str, ...]
    healed: int
    first_wave: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldIsolation(Plain):
    """The isolation that every attempt had: the weakest level, what held in all, what was missing in any."""

    level: str
    held: tuple[Protection, ...]
    missing: Mapping[Protection, str]
    sandboxes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AggregatedResult(Plain):
    """What came of a group of atoms.

    ``name`` is the atom, ``component.module``, the component or the masterplan; it is empty for the atoms outside
    any group, whose ``component`` and ``module`` are ``None``. ``parts`` are the groups one level below, in the
    order of their first atoms; modules and atoms have none.

    ``success_rate`` is passed ÷ (passed + failed) with its 95 % Wilson interval, both ``None`` where nothing was
    decided: in an empty group, or where every atom was blocked, skipped, stopped or in error. Such a partial group
    counts its atoms all the same, and has no times where nothing ran. ``attempts``, ``retries``, ``wall``, ``cpu``
    (seconds an attempt, exact), ``peak_memory`` and ``spending`` are of what this run executed itself, not of
    atoms taken over from an earlier run or the cache; ``outputs``, ``errors`` and ``isolation`` are of all.
    ``first_start`` and ``last_end`` tell when the first attempt began and when the last one's own execution ended.
    """

    level: Level
    name: str
    component: str | None
    module: str | None
    counts: Counts
    success_rate: float | None
    interval: Interval | None
    attempts: int
    retries: int
    wall: Spread
    cpu: Spread
    first_start: datetime | None
    last_end: datetime | None
    peak_memory: int | None
    spending: Spending
    outputs: tuple[MergedOutput, ...]
    errors: tuple[UniqueError, ...]
    isolation: HeldIsolation | None
    parts: tuple[AggregatedResult, ...] = ()


class ResultAggregator:
    """Folds results into groups. Without state; results are taken to come in the plan's order."""

    def aggregate_atom_results(self, results: Iterable[ExecutionResult]) -> dict[str, AggregatedResult]:
        """Return each atom by its id; several results of one atom are folded into one."""
        return {
            atom_id: _aggregate(found, Level.ATOM, atom_id, found[0].result.component, found[0].result.module)
            for atom_id, found in _grouped(_entries(results), lambda result: result.atom_id).items()
        }

    def aggregate_module_results(
        self, results: Iterable[ExecutionResult]
    ) -> dict[tuple[str | None, str | None], AggregatedResult]:
        """Return each module by its component and its own name."""
        return _modules(_entries(results))

    def aggregate_component_results(
        self, results: Iterable[ExecutionResult]
    ) -> dict[str | None, AggregatedResult]:
        """Return each component by its name, with its modules as parts."""
        return _components(_entries(results))

    def aggregate_system_results(
        self, results: RunResult | Iterable[ExecutionResult], name: str = ""
    ) -> AggregatedResult:
        """Return the whole, with its components as parts. A run is named after its masterplan."""
        if isinstance(results, RunResult):
            name = name or results.masterplan
            results = results.results.values()
        entries = _entries(results)
        parts = tuple(_components(entries).values())
        return _aggregate(entries, Level.SYSTEM, name, None, None, parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """A result with what is read from it once for all levels."""

    result: ExecutionResult
    patterns: tuple[Pattern | None, ...]
    outputs: tuple[tuple[str, bytes | str, bool], ...]

    @property
    def executed(self) -> bool:
        return self.result.origin is Origin.EXECUTED


def _entries(results: Iterable[ExecutionResult]) -> list[_Entry]:
    return [
        _Entry(result=result, patterns=_patterns(result), outputs=tuple(_outputs_of(result)))
        for result in results
    ]


def _patterns(result: ExecutionResult) -> tuple[Pattern | None, ...]:
    return tuple(
        None if attempt.failure is None else pattern_of(result.atom_id, attempt.failure)
        for attempt in result.attempts
    )


def _outputs_of(result: ExecutionResult) -> list[tuple[str, bytes | str, bool]]:
    """Return what the last attempt wrote and came to, but for what is empty."""
    if not result.attempts:
        return []
    execution = result.attempts[-1].execution
    streams: tuple[tuple[str, Stream], ...] = (("stdout", execution.stdout), ("stderr", execution.stderr))
    found: list[tuple[str, bytes | str, bool]] = [
        (name, stream.data, len(stream.data) < stream.total) for name, stream in streams if stream.total
    ]
    text = _result_text(execution.result)
    return found if text is None else [*found, ("result", text, False)]


def _result_text(value: Value | None) -> str | None:
    if value is None or value.json is None:
        return None
    if value.json is UNSET:
        return value.repr
    try:
        return json.dumps(value.json, ensure_ascii=False, sort_keys=True)
    except RecursionError:
        return _UNSHOWN


def _grouped(entries: Iterable[_Entry], key: Callable[[ExecutionResult], _Key]) -> dict[_Key, list[_Entry]]:
    found: dict[_Key, list[_Entry]] = {}
    for entry in entries:
        found.setdefault(key(entry.result), []).append(entry)
    return found


def _modules(entries: Iterable[_Entry]) -> dict[tuple[str | None, str | None], AggregatedResult]:
    return {
        (component, module): _aggregate(
            found, Level.MODULE, ".".join(filter(None, (component, module))), component, module
        )
        for (component, module), found in _grouped(entries, lambda one: (one.component, one.module)).items()
    }


def _components(entries: Iterable[_Entry]) -> dict[str | None, AggregatedResult]:
    return {
        component: _aggregate(
            found, Level.COMPONENT, component or "", component, None, tuple(_modules(found).values())
        )
        for component, found in _grouped(entries, lambda one: one.component).items()
    }


def _aggregate(
    entries: Sequence[_Entry],
    level: Level,
    name: str,
    component: str | None,
    module: str | None,
    parts: tuple[AggregatedResult, ...] = (),
) -> AggregatedResult:
    counts = count(entry.result for entry in entries)
    own = [entry.result for entry in entries if entry.executed]
    attempts = [attempt for result in own for attempt in result.attempts]
    usages = [attempt.execution.usage for attempt in attempts]
    return AggregatedResult(
        level=level,
        name=name,
        component=component,
        module=module,
        counts=counts,
        success_rate=counts.success_rate,
        interval=wilson_interval(counts.passed, counts.failed),
        attempts=len(attempts),
        retries=sum(len(result.attempts) - 1 for result in own if result.attempts),
        wall=spread_of(usage.wall for usage in usages),
        cpu=spread_of(usage.cpu for usage in usages),
        first_start=min((attempt.started_at for attempt in attempts), default=None),
        last_end=max(
            (one.started_at + timedelta(seconds=one.execution.usage.wall) for one in attempts), default=None
        ),
        peak_memory=max((one.peak_memory for one in usages if one.peak_memory is not None), default=None),
        spending=sum((one.spending for one in attempts if one.spending is not None), Spending()),
        outputs=_merged_outputs(entries),
        errors=_unique_errors(entries),
        isolation=_held_isolation(entries),
        parts=parts,
    )


def _merged_outputs(entries: Iterable[_Entry]) -> tuple[MergedOutput, ...]:
    """Return the outputs in the order in which they first occur, each once with all its atoms."""
    found: dict[tuple[str, bytes | str, bool], dict[str, None]] = {}
    for entry in entries:
        for output in entry.outputs:
            found.setdefault(output, {})[entry.result.atom_id] = None
    return tuple(
        MergedOutput(
            stream=stream,
            text=content if isinstance(content, str) else Stream(data=content).text,
            atoms=tuple(atoms),
            truncated=truncated,
        )
        for (stream, content, truncated), atoms in found.items()
    )


@dataclass(kw_only=True, slots=True)
class _Found:
    """What is gathered about one unique error."""

    example: str
    first_wave: int
    count: int = 0
    healed: int = 0
    atoms: dict[str, None] = field(default_factory=dict)


def _unique_errors(entries: Iterable[_Entry]) -> tuple[UniqueError, ...]:
    """Return the errors, the most frequent first, else in the order in which they first occur."""
    errors: dict[Pattern, _Found] = {}
    for entry in entries:
        result = entry.result
        for pattern, attempt in zip(entry.patterns, result.attempts, strict=True):
            if pattern is not None and attempt.failure is not None:
                found = errors.get(pattern)
                if found is None:
                    found = errors[pattern] = _Found(example=attempt.failure.message, first_wave=result.wave)
                found.count += 1
                found.first_wave = min(found.first_wave, result.wave)
                found.atoms[result.atom_id] = None
        if result.healed:
            for pattern in set(entry.patterns):
                if pattern is not None:
                    errors[pattern].healed += 1
    ordered = sorted(errors.items(), key=lambda item: -item[1].count)
    return tuple(
        UniqueError(
            category=pattern.category,
            kind=pattern.kind,
            message=pattern.message,
            place=pattern.place,
            example=found.example,
            count=found.count,
            atoms=tuple(found.atoms),
            healed=found.healed,
            first_wave=found.first_wave,
        )
        for pattern, found in ordered
    )


def _held_isolation(entries: Iterable[_Entry]) -> HeldIsolation | None:
    """Return what held in every attempt, ``None`` where there was none."""
    # A sandbox reports one and the same record again and again; records loaded one by one are looked at each.
    distinct: dict[int, Isolation] = {}
    for entry in entries:
        for attempt in entry.result.attempts:
            isolation = attempt.execution.isolation
            distinct[id(isolation)] = isolation
    if not distinct:
        return None
    every = list(distinct.values())
    missing: dict[Protection, str] = {}
    for isolation in every:
        for protection, why in isolation.missing.items():
            missing.setdefault(protection, why)
    return HeldIsolation(
        level=min((isolation.level for isolation in every), key=_LEVELS.index),
        held=tuple(
            protection
            for protection in Protection
            if all(protection in isolation.mechanisms for isolation in every)
        ),
        missing={protection: missing[protection] for protection in Protection if protection in missing},
        sandboxes=tuple(dict.fromkeys(isolation.sandbox for isolation in every)),
    )
