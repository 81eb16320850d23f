"""What a simulated run is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mge_toolkit.core.results import Outcome
from mge_toolkit.core.runs import Schedule
from mge_toolkit.reporting.failures import seconds_text


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedAtom:
    """One atom in a simulated run: when it starts and ends, in seconds from the run's start, and on which slot.

    ``slot`` is ``None`` for an atom that got its outcome without running; it starts and ends at that moment.
    """

    atom_id: str
    wave: int
    outcome: Outcome
    start: float
    end: float
    slot: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedWave:
    """One wave of a simulated run: from its first atom's start to the last one's outcome. Times in seconds.

    ``work`` is what its atoms take together, ``parallelism`` how many slots they keep busy on average.
    """

    number: int
    atoms: int
    start: float
    end: float
    work: float

    @property
    def wall(self) -> float:
        """Return how long it takes."""
        return self.end - self.start

    @property
    def parallelism(self) -> float:
        """Return work ÷ wall, 0 where it takes no time."""
        return self.work / self.wall if self.wall else 0.0


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Simulation:
    """What a run would take with these slots, this schedule and so many ``retries`` (``None``: as it had).

    ``wall`` and ``work`` (what the atoms take together) are seconds; ``critical_path`` is the chain of atoms that
    takes longest, so that no number of slots makes the run shorter than ``critical_path_time``.

    ``lost`` are the atoms that passed when measured and would fail, or be given up, with fewer retries;
    ``held_up`` those that passed and would be blocked or skipped because of them. ``unmeasured`` have no time
    although no other atom held them up: the run was stopped, the sandbox failed, or their results were taken over.
    ``measured_wall`` is what the run really took, 0 where it did not end.
    """

    run_id: str
    masterplan: str
    slots: int
    schedule: Schedule
    retries: int | None
    wall: float
    work: float
    critical_path: tuple[str, ...]
    critical_path_time: float
    waves: tuple[SimulatedWave, ...]
    atoms: Mapping[str, SimulatedAtom]
    measured_wall: float
    measured_slots: int
    lost: tuple[str, ...] = ()
    held_up: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return it in a line: a run has too many atoms to write them all out."""
        measured = f", measured {seconds_text(self.measured_wall)}" if self.measured_wall else ""
        retries = "" if self.retries is None else f", retries {self.retries}"
        slots = f"{self.slots} slot{'s' * (self.slots != 1)}"
        how = f"{slots}, schedule {self.schedule}{retries}"
        return f"<{self.masterplan} on {how}: {seconds_text(self.wall)}{measured}>"

    @property
    def parallelism(self) -> float:
        """Return how many slots are busy on average, 0 where the run takes no time."""
        return self.work / self.wall if self.wall else 0.0

    @property
    def bound(self) -> float:
        """Return the seconds that no schedule with so many slots can do without."""
        return max(self.critical_path_time, self.work / self.slots)

    @property
    def most_parallelism(self) -> float:
        """Return work ÷ critical path: how many times as fast as on one slot it can be, however many there are."""
        return self.work / self.critical_path_time if self.critical_path_time else 1.0

    @property
    def speedup(self) -> float | None:
        """Return measured wall ÷ simulated wall, ``None`` where one of them is not known or 0."""
        return self.measured_wall / self.wall if self.wall and self.measured_wall else None
