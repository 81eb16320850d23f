"""What more slots, another schedule, a smaller atom or no retries would do to a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.runs import RunResult, Schedule
from mge_toolkit.engine.simulation.records import Simulation
from mge_toolkit.engine.simulation.replay import Measured, measure
from mge_toolkit.reporting.failures import seconds_text

_NOTICEABLE: Final = 0.01
"""What changes less than this share of the time is called no change."""
_FEW: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Variation:
    """One change of a run: what is changed, what it would take, and one sentence about it.

    ``saved`` (seconds, negative where it takes longer) and ``ratio`` (how many times as fast, ``None`` where it
    takes no time) compare with the simulation of the run as it was, not with what was measured: what is not
    simulated is then missing on both sides.
    """

    change: str
    simulation: Simulation
    saved: float
    ratio: float | None
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatIf:
    """What changes of a run would give, each alone. ``baseline`` is the simulation of the run as it was."""

    baseline: Simulation
    variations: tuple[Variation, ...]

    @property
    def fidelity(self) -> str:
        """Return how close the simulation of the run as it was comes to what was measured, as a sentence."""
        base = self.baseline
        if not base.measured_wall:
            return f"simulated {seconds_text(base.wall)}; the run did not end, so nothing compares with it"
        off = base.wall / base.measured_wall - 1
        if abs(off) < _NOTICEABLE / 2:
            near = "as much"
        elif off > 1:
            near = f"{off + 1:.1f} times as much"
        else:
            near = f"{abs(off):.0%} {'more' if off > 0 else 'less'}"
        return f"measured {seconds_text(base.measured_wall)}, simulated {seconds_text(base.wall)}, which is {near}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return all there is to say, a sentence each."""
        return (self.fidelity, *(variation.sentence for variation in self.variations))

    def table(self) -> str:
        """Return the changes as a table of text."""
        base = self.baseline
        rows = [("change", "slots", "schedule", "wall", "times as fast")]
        rows.append(("as it was", str(base.slots), base.schedule.value, seconds_text(base.wall), "1.00"))
        for variation in self.variations:
            one = variation.simulation
            ratio = "-" if variation.ratio is None else f"{variation.ratio:.2f}"
            rows.append((variation.change, str(one.slots), one.schedule.value, seconds_text(one.wall), ratio))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return the table and the sentences."""
        return "\n".join([self.table(), *self.sentences])


def what_if(run: RunResult, plan: Masterplan | None = None) -> WhatIf:
    """Return what more slots, the other schedule, splitting the slowest atom and no retries would give.

    ``plan`` is what was run where the run itself does not know it. Raises ``SettingsError``.
    """
    measured = measure(run, plan)
    base = measured.replay(run.slots, run.schedule)
    return WhatIf(baseline=base, variations=tuple(_variations(measured, base, plan)))


def _variations(measured: Measured, base: Simulation, plan: Masterplan | None) -> Iterator[Variation]:
    if not base.wall:
        return
    run = measured.run
    if run.schedule is not Schedule.SEQUENTIAL:
        for slots in _more_slots(base):
            found = measured.replay(slots, run.schedule)
            yield _variation(
                base, found, f"{slots} slots", f"{slots} slots instead of {base.slots}", _limit(found)
            )
    for schedule in Schedule:
        if schedule is not run.schedule and (schedule is not Schedule.SEQUENTIAL or run.slots == 1):
            found = measured.replay(run.slots, schedule)
            yield _variation(base, found, f"schedule {schedule}", f"the schedule '{schedule}'")
    slowest = max(measured.times, key=measured.times.__getitem__)
    found = measured.split(slowest).replay(run.slots, run.schedule)
    repairs = " with its repairs" if len(run.results[slowest].attempts) > 1 else ""
    what = (
        f"splitting '{slowest}' ({seconds_text(measured.times[slowest])}{repairs}), the slowest atom, in two"
    )
    yield _variation(base, found, "slowest atom in two", what, _why_not(base, slowest), _order(base, found))
    if any(len(result.attempts) > 1 for result in run.results.values()):
        found = measure(run, plan, 0).replay(run.slots, run.schedule)
        yield _variation(base, found, "no retries", "no retries", cost=_cost(found))


def _more_slots(base: Simulation) -> list[int]:
    """Return numbers of slots worth a look: twice, four times, and as many as could ever be of use."""
    most = max(sum(atom.slot is not None for atom in base.atoms.values()), 1)
    return sorted(
        {number for number in (2 * base.slots, 4 * base.slots, most) if base.slots < number <= most}
    )


def _variation(
    base: Simulation, found: Simulation, change: str, what: str, why_not: str = "", cost: str = ""
) -> Variation:
    saved = base.wall - found.wall
    if abs(saved) <= _NOTICEABLE * base.wall:
        effect = f"would change nothing worth mentioning{': ' if why_not else ''}{why_not}"
    else:
        effect = f"would take {seconds_text(found.wall)} instead of {seconds_text(base.wall)}"
        if saved < 0:
            effect += f", {-saved / base.wall:.0%} more"
        elif found.wall:
            effect += f", {base.wall / found.wall:.2f} times as fast"
    return Variation(
        change=change,
        simulation=found,
        saved=saved,
        ratio=base.wall / found.wall if found.wall else None,
        sentence=f"{what} {effect}{cost}",
    )


def _limit(found: Simulation) -> str:
    """Return what keeps more slots from making a run shorter."""
    path = found.critical_path
    if found.wall > found.critical_path_time * (1 + _NOTICEABLE):
        return "too few atoms are ready at a time to fill them"
    chain = f"the critical path of {len(path)} atoms" if len(path) > 1 else f"'{path[0]}' alone"
    return f"{chain} takes {seconds_text(found.critical_path_time)}"


def _why_not(base: Simulation, slowest: str) -> str:
    if slowest in base.critical_path or base.wall > base.critical_path_time * (1 + _NOTICEABLE):
        return ""
    return f"it is not on the critical path, which takes {seconds_text(base.critical_path_time)}"


def _order(base: Simulation, found: Simulation) -> str:
    """Return why the same work takes longer in more pieces, where it does."""
    longer = found.wall > base.wall * (1 + _NOTICEABLE)
    return ": the atoms then run in another order, which is not always for the better" if longer else ""


def _cost(found: Simulation) -> str:
    """Return what would no longer pass."""
    if not found.lost:
        return ", and nothing that passed would fail"
    names = ", ".join(found.lost[:_FEW]) + (" …" if len(found.lost) > _FEW else "")
    lost = f", but {len(found.lost)} atom{'s' * (len(found.lost) != 1)} would no longer pass ({names})"
    return f"{lost} and hold up {len(found.held_up)} more" if found.held_up else lost
