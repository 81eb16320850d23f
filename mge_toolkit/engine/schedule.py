"""Which atom starts next, what a failure blocks, and when a wave stops the run: state, no effects."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mge_toolkit.core import graph as graphs
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import Outcome
from mge_toolkit.core.runs import Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """An atom that got its outcome without running, because of what became of others."""

    atom_id: str
    outcome: Outcome
    reason: str
    blocked_by: str | None = None


class Scheduler:
    """The state of one run's schedule.

    An atom is waiting, ready, running or settled. ``take`` moves one from ready to running, ``settle`` says what
    became of it and returns the atoms that this settles as well. Among the ready, the one with the longest path
    of dependents goes first (by ``weights`` in seconds where known, else by number of atoms), then plan order.
    """

    def __init__(
        self,
        plan: Masterplan,
        selected: Collection[str] | None = None,
        order: Schedule = Schedule.READY,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        """Schedule the ``selected`` atoms (``None``: all) and everything that they need."""
        everything = {name: atom.predecessors for name, atom in plan.atoms.items()}
        if selected is None:
            graph: Mapping[str, tuple[str, ...]] = everything
        else:
            needed = graphs.closure(everything, selected)
            graph = {name: before for name, before in everything.items() if name in needed}
        self.waves = graphs.waves(graph)
        self.planned: dict[int, int] = {}
        for number in self.waves.values():
            self.planned[number] = self.planned.get(number, 0) + 1
        self._order = order
        self._followers = graphs.successors(graph)
        self._waiting = {name: len(before) for name, before in graph.items()}
        self._rank = {name: rank for rank, name in enumerate(graph)}
        self._heights = self._measure_heights(graph, weights or {})
        self._ready: list[tuple[int, float, int, str]] = []
        self._running: set[str] = set()
        self._outcomes: dict[str, Outcome] = {}
        self._left = dict(self.planned)
        self._wave = 0
        self._stopped = False
        for name, number in self._waiting.items():
            if not number:
                self._push(name)

    @property
    def done(self) -> bool:
        """Return whether every atom is settled."""
        return len(self._outcomes) == len(self._waiting)

    @property
    def ready(self) -> int:
        """Return how many atoms wait for nothing but a slot, or for their wave."""
        return len(self._ready)

    def take(self) -> str | None:
        """Return the atom to start now, or ``None`` where nothing may start at this moment."""
        if not self._ready or (self._order is Schedule.SEQUENTIAL and self._running):
            return None
        if self._order is Schedule.WAVES and self._ready[0][0] != self._current_wave():
            return None
        name = heapq.heappop(self._ready)[-1]
        self._running.add(name)
        return name

    def settle(self, atom_id: str, outcome: Outcome) -> list[Settled]:
        """Say what became of a running atom; return what that settles, nearest first."""
        self._running.discard(atom_id)
        self._close(atom_id, outcome)
        if outcome is Outcome.PASSED:
            for follower in self._followers[atom_id]:
                self._waiting[follower] -= 1
                if not self._waiting[follower] and follower not in self._outcomes:
                    self._push(follower)
            return []
        return [] if self._stopped else self._cascade(atom_id, outcome)

    def stop(self, reason: str) -> list[Settled]:
        """Settle everything that has not started as stopped; what runs may still be settled."""
        self._stopped = True
        self._ready.clear()
        remaining = [
            name for name in self._waiting if name not in self._outcomes and name not in self._running
        ]
        for name in remaining:
            self._close(name, Outcome.STOPPED)
        return [Settled(atom_id=name, outcome=Outcome.STOPPED, reason=reason) for name in remaining]

    def wave_finished(self, number: int) -> bool:
        """Return whether every atom of wave ``number`` is settled."""
        return self._left[number] == 0

    def _current_wave(self) -> int:
        while self._left.get(self._wave, 1) == 0:
            self._wave += 1
        return self._wave

    def _push(self, name: str) -> None:
        wave = self.waves[name] if self._order is not Schedule.READY else 0
        heapq.heappush(self._ready, (wave, -self._heights[name], self._rank[name], name))

    def _close(self, name: str, outcome: Outcome) -> None:
        self._outcomes[name] = outcome
        self._left[self.waves[name]] -= 1

    def _cascade(self, root: str, outcome: Outcome) -> list[Settled]:
        """Settle everything that needs ``root``, which did not pass."""
        if outcome is Outcome.SKIPPED:
            inherited, verb = Outcome.SKIPPED, "was skipped"
        else:
            inherited, verb = Outcome.BLOCKED, _VERBS[outcome]
        settled: list[Settled] = []
        stack = [(follower, root) for follower in reversed(self._followers[root])]
        while stack:
            name, through = stack.pop()
            if name in self._outcomes:
                continue
            self._close(name, inherited)
            way = "" if through == root else f" (through '{through}')"
            reason = f"needs '{root}', which {verb}{way}"
            settled.append(Settled(atom_id=name, outcome=inherited, reason=reason, blocked_by=root))
            stack.extend((follower, name) for follower in reversed(self._followers[name]))
        return settled

    def _measure_heights(
        self, graph: Mapping[str, tuple[str, ...]], weights: Mapping[str, float]
    ) -> dict[str, float]:
        heights: dict[str, float] = {}
        for name in reversed(graphs.topological_order(graph)):
            below = max((heights[follower] for follower in self._followers[name]), default=0.0)
            heights[name] = weights.get(name, 1.0) + below
        return heights


_VERBS = {
    Outcome.FAILED: "failed",
    Outcome.ERROR: "could not be executed",
    Outcome.BLOCKED: "was blocked",
    Outcome.STOPPED: "was stopped",
}
