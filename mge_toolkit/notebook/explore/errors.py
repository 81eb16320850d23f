"""Failures that say the same: where they occur, by wave or module, down to the atoms."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.pictures.pages import SYMBOLS, facts, page, paragraph
from mge_toolkit.notebook.pictures.scene import svg
from mge_toolkit.notebook.pictures.tiles import grid_scene
from mge_toolkit.reporting.aggregation import UniqueError
from mge_toolkit.reporting.failures import printable
from mge_toolkit.reporting.monitoring.patterns import Pattern

ROWS: Final = 14
COLUMNS: Final = 16
OTHERS: Final = "(others)"  # no group has such a name
WAVES: Final = "by wave"
MODULES: Final = "by module"


class ErrorsView:
    """The widgets of the error patterns."""

    def __init__(self, subject: Subject, selection: Selection) -> None:
        """Show the clusters by wave."""
        self._subject = subject
        self._selection = selection
        self._by = widgets.ToggleButtons(options=[WAVES, MODULES])
        self._picture = widgets.HTML()
        options = [(_name(error), place) for place, error in enumerate(subject.errors)]
        self._cluster = widgets.Select(
            options=options,
            rows=6,
            description="Pattern",
            layout=widgets.Layout(width="620px", max_width="98%"),
        )
        self._atoms = widgets.Select(
            options=[], rows=6, description="Atoms", layout=widgets.Layout(width="420px", max_width="98%")
        )
        self._facts = widgets.HTML()
        self._by.observe(self._changed, "value")
        self._cluster.observe(self._changed, "value")
        self._atoms.observe(self._went, "value")
        beside = widgets.HBox([self._atoms, self._facts], layout=widgets.Layout(flex_flow="row wrap"))
        chosen = [self._by, self._picture, self._cluster, beside]
        self.widget = widgets.VBox(chosen if options else [self._picture])
        self.widget.add_class("mge-errors")

    def draw(self) -> None:
        """Draw what is chosen now."""
        errors = self._subject.errors
        if not errors:
            self._picture.value = page(paragraph("nothing failed in this run", "note"), styled=False)
            return
        marked = self._cluster.value
        shown = list(range(min(len(errors), ROWS)))
        if marked is not None and marked not in shown:
            shown[-1] = marked
        columns, counts = self._counted()
        scene = grid_scene(
            [_name(errors[place]) for place in shown],
            columns,
            lambda row, column: counts[_pattern(errors[shown[row]]), columns[column]],
            marked=shown.index(marked) if marked in shown else None,
            label=f"Failed attempts of {len(errors)} error patterns {self._by.value}",
        )
        more = f"{ROWS} of {len(errors)} patterns" if len(errors) > ROWS else ""
        self._picture.value = page(svg(scene), paragraph(more, "note"), styled=False)
        self._drill(None if marked is None else errors[marked])

    def _counted(self) -> tuple[list[str], Counter[tuple[Pattern, str]]]:
        by_wave = self._by.value == WAVES
        names: dict[str, int] = {}
        counts: Counter[tuple[Pattern, str]] = Counter()
        lanes = {lane: name for lane, name, _ in self._subject.grouping.lanes()}
        for pattern, found in self._subject.failed_attempts:
            lane = self._subject.grouping.lane(found.wave)
            group = ".".join(part for part in (found.component, found.module) if part) or "(no module)"
            name = lanes[lane].removeprefix("wave ") if by_wave else group
            names[name] = lane if by_wave else names.get(name, 0) - 1
            counts[pattern, name] += 1
        ordered = sorted(names, key=names.__getitem__)
        if len(ordered) > COLUMNS:
            for name in ordered[COLUMNS - 1 :]:
                for pattern, other in list(counts):
                    if other == name:
                        counts[pattern, OTHERS] += counts[pattern, name]
            ordered = [*ordered[: COLUMNS - 1], OTHERS]
        return ordered, counts

    def _drill(self, error: UniqueError | None) -> None:
        atoms = () if error is None else error.atoms
        self._atoms.unobserve(self._went, "value")
        self._atoms.options = [
            (f"{SYMBOLS[self._subject.statuses[name]]} {printable(name)}", name) for name in atoms[:300]
        ]
        chosen = self._selection.atom_id
        self._atoms.value = chosen if chosen in atoms[:300] else None
        self._atoms.observe(self._went, "value")
        if error is None:
            self._facts.value = ""
            return
        told = facts(
            [
                ("failed attempts", f"{error.count:,}, of {_atoms(len(error.atoms))}"),
                ("healed", _atoms(error.healed)),
                ("first in", f"wave {error.first_wave}"),
                ("place", error.place),
                ("example", error.example[:600]),
            ]
        )
        self._facts.value = page(told, styled=False)

    def follow(self, atom_id: str) -> None:
        """Show the cluster of the selected atom, if it failed."""
        for place, error in enumerate(self._subject.errors):
            if atom_id in error.atoms:
                self._cluster.value = place
                return

    def _changed(self, _: Any) -> None:
        self.draw()

    def _went(self, change: Any) -> None:
        self._selection.choose(change["new"])


def _name(error: UniqueError) -> str:
    kind = error.category.value if error.kind in ("", error.category.value) else error.kind
    return f"{error.count:,}× {kind}: {printable(error.message)[:90]}"


def _atoms(number: int) -> str:
    return f"{number:,} atom{'s' * (number != 1)}"


def _pattern(error: UniqueError) -> Pattern:
    return Pattern(error.category, error.kind, error.message, error.place)
