"""The masterplans that can be run here, with what is worth computing once of each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mge_toolkit.api.problems import Problem
from mge_toolkit.core.graph import closure, waves
from mge_toolkit.core.plans import Masterplan


@dataclass(frozen=True, kw_only=True, slots=True)
class ShelvedPlan:
    """A plan with its graph and its waves; ``places`` says where in the plan each atom stands."""

    plan: Masterplan
    graph: Mapping[str, tuple[str, ...]]
    waves: Mapping[int, tuple[str, ...]]
    places: Mapping[str, int]

    def needed(self, atoms: Iterable[str]) -> Masterplan:
        """Return the plan cut down to ``atoms`` and what they need: a run of few costs what few cost."""
        names = sorted(closure(self.graph, atoms), key=self.places.__getitem__)
        return Masterplan(
            name=self.plan.name,
            atoms={name: self.plan.atoms[name] for name in names},
            path=self.plan.path,
            preload=self.plan.preload,
        )


class PlanShelf:
    """Masterplans by name."""

    def __init__(self, plans: Iterable[Masterplan], capacity: int) -> None:
        """Start with ``plans``, and take up to ``capacity`` in all."""
        self._capacity = capacity
        self._plans: dict[str, ShelvedPlan] = {}
        for plan in plans:
            self.put(shelved(plan))

    def put(self, found: ShelvedPlan, *, replace: bool = False) -> bool:
        """Take a plan; return whether it is new. Refuses another plan of a name that is taken, and too many."""
        name = found.plan.name
        known = self._plans.get(name)
        if known is not None and not replace:
            if known.plan.atoms == found.plan.atoms and known.plan.preload == found.plan.preload:
                return False
            raise Problem(
                "masterplan-exists",
                f"there is another masterplan '{name}': give this one another name, or ask with replace=true",
            )
        if known is None and len(self._plans) >= self._capacity:
            raise Problem(
                "too-many-masterplans",
                f"{self._capacity} masterplans are kept: delete one that is not needed any more",
            )
        self._plans[name] = found
        return known is None

    def remove(self, name: str) -> None:
        """Forget a plan."""
        self.get(name)
        del self._plans[name]

    def get(self, name: str) -> ShelvedPlan:
        """Return the plan of this name."""
        if name not in self._plans:
            close = difflib.get_close_matches(name[:200], self._plans, n=1)
            hint = f" (did you mean '{close[0]}'?)" if close else ": submit it first"
            raise Problem("unknown-masterplan", f"there is no masterplan '{name[:200]}' here{hint}")
        return self._plans[name]

    def all(self) -> list[ShelvedPlan]:
        """Return every plan, in the order in which they came."""
        return list(self._plans.values())

    def find_atom(self, text: str) -> tuple[ShelvedPlan, str]:
        """Return the plan and the atom that ``plan:atom``, or an atom's id alone, means."""
        name, separator, atom_id = text.partition(":")
        if separator:
            found = self.get(name)
            if atom_id not in found.plan.atoms:
                raise _unknown(atom_id, f"masterplan '{name}' has no atom", found.plan.atoms)
            return found, atom_id
        having = [found for found in self._plans.values() if text in found.plan.atoms]
        if not having:
            known = {name for found in self._plans.values() for name in found.plan.atoms}
            raise _unknown(text, "no masterplan here has an atom", known if len(known) <= 10_000 else ())
        if len(having) > 1:
            choices = [f"{found.plan.name}:{text}" for found in having]
            detail = f"{len(having)} masterplans have an atom '{text}': say which, as {choices[0]}"
            raise Problem("ambiguous-atom", detail, choices=choices)
        return having[0], text


def shelved(plan: Masterplan) -> ShelvedPlan:
    """Return ``plan`` with its graph and its waves."""
    graph = {name: atom.predecessors for name, atom in plan.atoms.items()}
    groups: dict[int, list[str]] = {}
    numbers = waves(graph)
    for name in plan.atoms:
        groups.setdefault(numbers[name], []).append(name)
    return ShelvedPlan(
        plan=plan,
        graph=graph,
        waves={number: tuple(groups[number]) for number in sorted(groups)},
        places={name: place for place, name in enumerate(plan.atoms)},
    )


def _unknown(atom_id: str, text: str, known: Iterable[str]) -> Problem:
    close = difflib.get_close_matches(atom_id[:200], known, n=1)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    return Problem("unknown-atom", f"{text} '{atom_id[:200]}'{hint}")
