"""A masterplan as pytest sees it: a file of groups of items, one item for each atom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from mge_toolkit.core.plans import Atom, Masterplan
from mge_toolkit.core.results import ExecutionResult
from pytest_mge.verdict import Verdict

_MARKER = re.compile(r"[^\W_][\w.\-]*")


class PlanFile(pytest.File):
    """The collector of one masterplan.

    ``plan`` is what is run; ``families`` maps languages to their families. ``reported`` are the ids of the atoms
    that are items of this session; ``others`` holds the results of the atoms that ran because those need them,
    where they did not pass.
    """

    def __init__(self, *, plan: Masterplan, families: Mapping[str, str], **node: Any) -> None:
        """Take the plan that was loaded from the file."""
        super().__init__(**node)
        self.plan = plan
        self.families = families
        self.reported: frozenset[str] = frozenset()
        self.others: dict[str, ExecutionResult] = {}

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the plan's groups and the atoms that are in none, in the plan's order."""
        changed = self.ihook.pytest_mge_masterplan(config=self.config, masterplan=self.plan)
        if changed is not None:
            self.plan = _checked(changed)
        self.others = {}
        builder = _TreeBuilder(self)
        for atom in self.plan.atoms.values():
            builder.add(atom)
        yield from builder.top


class AtomGroup(pytest.Collector):
    """A component or a module."""

    def __init__(self, **node: Any) -> None:
        """Start empty."""
        super().__init__(**node)
        self.members: list[pytest.Item | pytest.Collector] = []

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """Return the members."""
        return self.members


class AtomItem(pytest.Item):
    """One atom. ``result`` is there from when the atom is finished until it has been reported.

    ``wanted`` is false where a marker skips the atom; it is then run only for others. The item has no attributes
    ``module``, ``cls`` and ``obj``, which other plug-ins take for a test function's.
    """

    def __init__(self, *, atom: Atom, plan_file: PlanFile, domain: str, **node: Any) -> None:
        """Stand for ``atom``, which reports call ``domain``."""
        super().__init__(**node)
        self.atom = atom
        self.plan_file = plan_file
        self.domain = domain
        self.result: ExecutionResult | None = None
        self.output: list[tuple[str, str]] = []
        self.wanted = True
        self.reported = False
        self.report_keywords: dict[str, Literal[1]] | None = None

    def has_result(self) -> bool:
        """Return whether the atom's result is there."""
        return self.result is not None

    def setup(self) -> None:
        """Raise what keeps the atom from having been called: an error, or a reason to skip it."""
        if self.result is not None:
            Verdict.of(self, self.result).raise_in_setup()

    def runtest(self) -> None:
        """Raise if the atom did not pass; it ran in the engine before."""
        if self.result is not None:
            Verdict.of(self, self.result).raise_in_call()

    def add_output(self, sections: Iterable[tuple[str, str]]) -> None:
        """Give the reports from now on what the atom printed."""
        self.output += sections

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place where the plan names the atom; lines count from 0 here."""
        return self.path, self.atom.line - 1, self.domain


class _TreeBuilder:
    """Builds the nodes of one plan, sharing what many of them have in common."""

    def __init__(self, plan_file: PlanFile) -> None:
        self.top: list[pytest.Item | pytest.Collector] = []
        self._file = plan_file
        self._groups: dict[tuple[str, ...], AtomGroup] = {}
        self._marks: dict[tuple[str | None, ...], pytest.MarkDecorator] = {}
        self._markers = Markers(plan_file.config)

    def add(self, atom: Atom) -> None:
        place = tuple(part for part in (atom.component, atom.module) if part is not None)
        parent, members = self._place(place)
        item: AtomItem = AtomItem.from_parent(
            parent, name=atom.id, atom=atom, plan_file=self._file, domain=".".join((*place, atom.id))
        )
        key = (atom.language, atom.component, atom.module)
        if key not in self._marks:
            self._marks[key] = pytest.mark.mge(
                language=atom.language, component=atom.component, module=atom.module
            )
        item.add_marker(self._marks[key])
        item.extra_keyword_matches.add(atom.language)
        language = self._markers.named(atom.language, f"atoms in {atom.language}")
        if language is not None:
            item.add_marker(language)
        members.append(item)

    def _place(self, place: tuple[str, ...]) -> tuple[pytest.Collector, list[pytest.Item | pytest.Collector]]:
        if not place:
            return self._file, self.top
        group = self._groups.get(place)
        if group is None:
            parent, members = self._place(place[:-1])
            group = AtomGroup.from_parent(parent, name=place[-1])
            marker = self._markers.named(place[-1], f"atoms of {'.'.join(place)}")
            if marker is not None:
                group.add_marker(marker)
            self._groups[place] = group
            members.append(group)
        return group, group.members


class Markers:
    """Markers for names that come from plans. A name that means something to someone else gets none.

    A component called ``skip`` or ``timeout`` must not skip its atoms or time them out.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Register the markers with ``config``."""
        self._config = config
        self._own: dict[str, pytest.MarkDecorator] = config.stash.setdefault(_MARKERS, {})

    def named(self, name: str, meaning: str) -> pytest.MarkDecorator | None:
        """Return the marker ``name``, or ``None`` where it cannot be one."""
        if name not in self._own:
            taken = {
                re.split(r"[(:]", line, maxsplit=1)[0].strip() for line in self._config.getini("markers")
            }
            if name in taken or not _MARKER.fullmatch(name):
                return None
            self._config.addinivalue_line("markers", f"{name}: {meaning}")
            self._own[name] = getattr(pytest.mark, name)
        return self._own[name]


_MARKERS = pytest.StashKey[dict[str, pytest.MarkDecorator]]()


def _checked(plan: object) -> Masterplan:
    """Return the plan that a hook gave, whose references must be right."""
    if not isinstance(plan, Masterplan):
        raise pytest.UsageError(
            f"pytest_mge_masterplan returned a {type(plan).__name__}: "
            "return a Masterplan, or None to leave the plan as it is"
        )
    for atom in plan.atoms.values():
        for needed in atom.predecessors:
            if needed not in plan.atoms:
                raise pytest.UsageError(
                    f"pytest_mge_masterplan returned a plan whose atom '{atom.id}' needs '{needed}', "
                    "which the plan does not have: keep it, or change the atom"
                )
    return plan
