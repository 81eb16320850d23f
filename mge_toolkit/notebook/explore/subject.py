"""What every view of an explored run reads, worked out once, and the one selection that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from mge_toolkit.core.graph import successors
from mge_toolkit.core.plans import Atom, Masterplan
from mge_toolkit.core.results import ExecutionResult
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.live.spans import Grouping, Span, spans_of
from mge_toolkit.plots.palette import Status, status_of
from mge_toolkit.reporting.aggregation import AggregatedResult, ResultAggregator, UniqueError
from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.monitoring.patterns import Pattern, pattern_of


class Subject:
    """A run with what its views read of it."""

    def __init__(self, result: RunResult, plan: Masterplan) -> None:
        """Take a run and the plan that was run."""
        self.result = result
        self.plan = plan
        self.statuses: dict[str, Status] = {name: status_of(found) for name, found in result.results.items()}

    @cached_property
    def spans(self) -> list[Span]:
        """Return every attempt over time."""
        return spans_of(self.result)

    @cached_property
    def grouping(self) -> Grouping:
        """Return which waves share a lane."""
        return Grouping.of(found.wave for found in self.result.results.values())

    @cached_property
    def members(self) -> dict[int, list[str]]:
        """Return the atoms of each lane."""
        found: dict[int, list[str]] = {lane: [] for lane, _, _ in self.grouping.lanes()}
        for name, one in self.result.results.items():
            found[self.grouping.lane(one.wave)].append(name)
        return found

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """Return what each atom of the run needs."""
        return {name: self.plan.atoms[name].predecessors for name in self.result.results}

    @cached_property
    def followers(self) -> dict[str, list[str]]:
        """Return what needs each atom of the run."""
        return successors(self.needs)

    @cached_property
    def system(self) -> AggregatedResult:
        """Return the figures of all groups."""
        return ResultAggregator().aggregate_system_results(self.result)

    @cached_property
    def errors(self) -> Sequence[UniqueError]:
        """Return the clusters of failures, the most frequent first."""
        return self.system.errors

    @cached_property
    def failed_attempts(self) -> list[tuple[Pattern, ExecutionResult]]:
        """Return each failed attempt's cluster, with its atom."""
        return [
            (pattern_of(found.atom_id, attempt.failure), found)
            for found in self.result.results.values()
            for attempt in found.attempts
            if attempt.failure is not None
        ]

    def atom(self, atom_id: str) -> Atom:
        """Return an atom of the plan."""
        return self.plan.atoms[atom_id]

    def title(self, atom_id: str) -> str:
        """Return an atom in a line: its status, its time, and its wave."""
        found = self.result.results[atom_id]
        return f"{atom_id}: {self.statuses[atom_id].value}, {seconds_text(found.duration)}, wave {found.wave}"


class Selection:
    """The atom that is looked at. Whoever shows it is told when it changes, in whichever view that happened."""

    def __init__(self, atom_id: str = "") -> None:
        """Begin with an atom."""
        self.atom_id = atom_id
        self._watchers: list[Callable[[str], None]] = []

    def watch(self, call: Callable[[str], None]) -> None:
        """Call something with every atom that is selected from now on."""
        self._watchers.append(call)

    def choose(self, atom_id: str | None) -> None:
        """Select an atom; what is selected already changes nothing."""
        if not atom_id or atom_id == self.atom_id:
            return
        self.atom_id = atom_id
        for call in self._watchers:
            call(atom_id)
