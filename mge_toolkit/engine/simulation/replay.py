"""Replays a run's measured times through the engine's own scheduler, on a clock that nothing waits for."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.graph import longest_path
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Origin, Outcome
from mge_toolkit.core.runs import RunResult, Schedule, atom_seconds
from mge_toolkit.engine.schedule import Scheduler
from mge_toolkit.engine.simulation.records import SimulatedAtom, SimulatedWave, Simulation
from mge_toolkit.engine.slots import SlotPool

_HELD_UP: Final = (Outcome.BLOCKED, Outcome.SKIPPED)


def simulate(
    run: RunResult,
    plan: Masterplan | None = None,
    *,
    slots: int | None = None,
    schedule: Schedule | str | None = None,
    retries: int | None = None,
) -> Simulation:
    """Return what the run would take with other slots, another schedule or fewer retries; nothing is executed.

    What is not given stays as it was. An atom takes what it took: its attempts, and between them the decisions and
    the rounds of repair. With ``retries`` an atom has at most so many: one that needed more fails after them (one
    that is not critical is given up), and what depends on it is held up. More retries than the run had change
    nothing, for what they would come to was not measured.

    Starting up and what happens between atoms is not simulated, nor that programs may slow each other down.
    ``plan`` is what was run where the run itself does not know it. Raises ``SettingsError``.
    """
    measured = measure(run, plan, retries)
    return measured.replay(
        run.slots if slots is None else _at_least(slots, 1, "slots"),
        run.schedule if schedule is None else _known(schedule),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What is known of a run before it is replayed: how long each atom takes, and what becomes of it then."""

    run: RunResult
    plan: Masterplan
    retries: int | None
    times: Mapping[str, float]
    outcomes: Mapping[str, Outcome]

    def replay(self, slots: int, schedule: Schedule) -> Simulation:
        """Return the run as the scheduler would let it go."""
        scheduler = Scheduler(self.plan, self.outcomes, schedule)
        atoms = _replay(scheduler, slots, self.times, self.outcomes)
        times = {name: atom.end - atom.start for name, atom in atoms.items()}
        graph = {name: self.plan.atoms[name].predecessors for name in atoms}
        path, path_time = longest_path(graph, times.__getitem__)
        lost, held_up = self._worse(atoms)
        return Simulation(
            run_id=self.run.run_id,
            masterplan=self.run.masterplan,
            slots=slots,
            schedule=schedule,
            retries=self.retries,
            wall=max((atom.end for atom in atoms.values()), default=0.0),
            work=math.fsum(self.times[name] for name, atom in atoms.items() if atom.slot is not None),
            critical_path=tuple(path),
            critical_path_time=path_time,
            waves=tuple(_waves(atoms.values())),
            atoms={name: atoms[name] for name in self.outcomes},
            measured_wall=self.run.wall,
            measured_slots=self.run.slots,
            lost=lost,
            held_up=held_up,
            unmeasured=tuple(name for name, result in self.run.results.items() if _unmeasured(result)),
        )

    def bounds(self, slots: Sequence[int], schedule: Schedule, path_time: float) -> list[tuple[float, float]]:
        """Return, for each number of slots, between which seconds the run ends, found without replaying it.

        What any schedule needs that lets no slot idle while an atom could start: at least the critical path, and
        the work shared evenly; at most both together, but for one slot's share of the path. It holds for atoms
        that all run; waves have their bounds each. ``path_time`` is that of :meth:`critical_path_time`.
        """
        times = list(self.times.values())
        work = math.fsum(times)
        if schedule is Schedule.SEQUENTIAL:
            return [(work, work)] * len(slots)
        parts = [(work, path_time)]
        if schedule is Schedule.WAVES:
            waves: dict[int, list[float]] = {}
            for name, result in self.run.results.items():
                waves.setdefault(result.wave, []).append(self.times[name])
            parts = [(math.fsum(found), max(found)) for found in waves.values()]
        return [
            (
                math.fsum(max(part / number, path) for part, path in parts),
                min(work, math.fsum(part / number + path * (1 - 1 / number) for part, path in parts)),
            )
            for number in slots
        ]

    def critical_path_time(self) -> float:
        """Return how long the longest chain of atoms takes, in seconds."""
        graph = {name: self.plan.atoms[name].predecessors for name in self.times}
        known = {name: tuple(one for one in before if one in graph) for name, before in graph.items()}
        return longest_path(known, self.times.__getitem__)[1]

    def _worse(self, atoms: Mapping[str, SimulatedAtom]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the atoms that passed and no longer do: by themselves, and because of others."""
        worse = [
            atoms[name]
            for name, result in self.run.results.items()
            if result.outcome is Outcome.PASSED and atoms[name].outcome is not Outcome.PASSED
        ]
        return (
            tuple(atom.atom_id for atom in worse if atom.slot is not None),
            tuple(atom.atom_id for atom in worse if atom.slot is None),
        )

    def split(self, name: str) -> Measured:
        """Return the same with one atom cut into two halves that need not wait for each other."""
        other = f"{name} (second half)"
        while other in self.plan.atoms:
            other += "'"
        atoms = {}
        for atom_id, atom in self.plan.atoms.items():
            needs = atom.predecessors
            atoms[atom_id] = replace(atom, depends_on=(*needs, other)) if name in needs else atom
            if atom_id == name:
                atoms[other] = replace(atom, id=other)
        half = self.times[name] / 2
        return replace(
            self,
            plan=replace(self.plan, atoms=atoms),
            times={**self.times, name: half, other: half},
            outcomes={**self.outcomes, other: self.outcomes[name]},
        )


def measure(run: RunResult, plan: Masterplan | None = None, retries: int | None = None) -> Measured:
    """Return what the run's records say about its atoms. Raises ``SettingsError``."""
    plan = plan or run.plan
    if plan is None:
        raise SettingsError(
            f"run {run.run_id} does not know its plan: give plan=, the masterplan that was run"
        )
    unknown = next((name for name in run.results if name not in plan.atoms), None)
    if unknown is not None:
        raise SettingsError(
            f"atom '{unknown}' of run {run.run_id} is not in plan '{plan.name}': give the plan that was run"
        )
    if retries is not None:
        retries = _at_least(retries, 0, "retries")
    return Measured(
        run=run,
        plan=plan,
        retries=retries,
        times={name: atom_seconds(result, run.wall, retries) for name, result in run.results.items()},
        outcomes={
            name: _outcome(result, retries, critical=plan.atoms[name].critical)
            for name, result in run.results.items()
        },
    )


def _outcome(result: ExecutionResult, retries: int | None, *, critical: bool) -> Outcome:
    if retries is None or len(result.attempts) <= 1 + retries or result.outcome is Outcome.BLOCKED:
        return result.outcome
    return Outcome.FAILED if critical else Outcome.SKIPPED


def _unmeasured(result: ExecutionResult) -> bool:
    if result.origin is not Origin.EXECUTED:
        return True
    return not result.attempts and result.outcome not in _HELD_UP


def _replay(
    scheduler: Scheduler, slots: int, times: Mapping[str, float], outcomes: Mapping[str, Outcome]
) -> dict[str, SimulatedAtom]:
    """Return every atom as it is settled, in that order."""
    pool = SlotPool(slots)
    found: dict[str, SimulatedAtom] = {}
    running: list[tuple[float, int, str, int, float]] = []
    clock, started = 0.0, 0
    while not scheduler.done:
        while (slot := pool.acquire_spare()) is not None:
            name = scheduler.take()
            if name is None:
                pool.release(slot)
                break
            started += 1  # atoms that end at the same moment are settled in the order in which they started
            heapq.heappush(running, (clock + times.get(name, 0.0), started, name, slot, clock))
        clock, _, name, slot, start = heapq.heappop(running)
        outcome = outcomes.get(name, Outcome.STOPPED)
        found[name] = SimulatedAtom(
            atom_id=name, wave=scheduler.waves[name], outcome=outcome, start=start, end=clock, slot=slot
        )
        for settled in scheduler.settle(name, outcome):
            found[settled.atom_id] = SimulatedAtom(
                atom_id=settled.atom_id,
                wave=scheduler.waves[settled.atom_id],
                outcome=outcomes.get(settled.atom_id, settled.outcome)
                if outcome is Outcome.STOPPED
                else settled.outcome,
                start=clock,
                end=clock,
            )
        pool.release(slot)
    return found


def _waves(atoms: Iterable[SimulatedAtom]) -> list[SimulatedWave]:
    grouped: dict[int, list[SimulatedAtom]] = {}
    for atom in atoms:
        grouped.setdefault(atom.wave, []).append(atom)
    return [
        SimulatedWave(
            number=number,
            atoms=len(found),
            start=min(atom.start for atom in found),
            end=max(atom.end for atom in found),
            work=math.fsum(atom.end - atom.start for atom in found),
        )
        for number, found in sorted(grouped.items())
    ]


def _at_least(number: int, least: int, name: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise SettingsError(f"{name}: {number!r} is not a whole number from {least} on")
    return number


def _known(schedule: Schedule | str) -> Schedule:
    try:
        return Schedule(schedule)
    except ValueError:
        known = ", ".join(Schedule)
        raise SettingsError(f"schedule: {schedule!r} is none of {known}") from None
