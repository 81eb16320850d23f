"""A list of the atoms to choose one from, by keyboard or pointer, with a filter for long ones."""

from __future__ import annotations

from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.pictures.pages import SYMBOLS
from mge_toolkit.plots.palette import Status
from mge_toolkit.reporting.failures import printable

SHOWN: Final = 200
"""So many atoms are listed; a filter finds the others."""
EVERY: Final = "all atoms"
BAD: Final = "not passed"


class Picker:
    """The widgets of the list."""

    def __init__(self, subject: Subject, selection: Selection) -> None:
        """List the atoms of the run."""
        self._subject = subject
        self._selection = selection
        self._listed: list[str] = []
        found = dict.fromkeys(Status, 0)
        for status in subject.statuses.values():
            found[status] += 1
        kinds = [(EVERY, EVERY)]
        if any(number for status, number in found.items() if status not in _GOOD):
            kinds.append((BAD, BAD))
        kinds += [(f"{status.value} ({number})", status.value) for status, number in found.items() if number]
        self._filter = widgets.Text(
            placeholder="filter by name",
            continuous_update=True,
            layout=_FULL,
            description="Filter",
            style=_STYLE,
        )
        self._kind = widgets.Dropdown(options=kinds, layout=_FULL, description="Show", style=_STYLE)
        self._list = widgets.Select(options=[], rows=14, layout=_FULL, description="Atom", style=_STYLE)
        self._note = widgets.Label(layout=_FULL)
        # JupyterLab keeps arrow keys in a list for itself; a button it leaves to the keyboard.
        self._before = widgets.Button(
            description="Previous", icon="chevron-up", tooltip="Select the atom above"
        )
        self._after = widgets.Button(description="Next", icon="chevron-down", tooltip="Select the atom below")
        self._before.on_click(lambda _: self._step(-1))
        self._after.on_click(lambda _: self._step(1))
        self._filter.observe(self._refilled, "value")
        self._kind.observe(self._refilled, "value")
        self._list.observe(self._picked, "value")
        selection.watch(self._show)
        self._fill()
        self.widget = widgets.VBox(
            [self._filter, self._kind, self._list, widgets.HBox([self._before, self._after]), self._note],
            layout=widgets.Layout(width="270px", margin="0 10px 0 0"),
        )
        self.widget.add_class("mge-picker")

    def _refilled(self, _: Any) -> None:
        self._fill()

    def _fill(self) -> None:
        text, kind = self._filter.value.strip().lower(), self._kind.value
        fitting = [
            name
            for name, status in self._subject.statuses.items()
            if text in name.lower()
            and (kind == EVERY or status.value == kind or (kind == BAD and status not in _GOOD))
        ]
        self._listed = fitting[:SHOWN]
        chosen = self._selection.atom_id
        if chosen in fitting and chosen not in self._listed:
            self._listed = [chosen, *self._listed[:-1]]
        options = [
            (f"{SYMBOLS[self._subject.statuses[name]]} {printable(name)}", name) for name in self._listed
        ]
        self._list.unobserve(self._picked, "value")
        self._list.options = options
        self._list.value = chosen if chosen in self._listed else None
        self._list.observe(self._picked, "value")
        more = f", {SHOWN} of them listed" if len(fitting) > SHOWN else ""
        self._note.value = f"{len(fitting):,} of {len(self._subject.statuses):,} atoms{more}"

    def _step(self, by: int) -> None:
        """Select the atom above or below, the first where what is selected is not listed."""
        if not self._listed:
            return
        chosen = self._selection.atom_id
        place = self._listed.index(chosen) + by if chosen in self._listed else 0
        self._selection.choose(self._listed[max(0, min(place, len(self._listed) - 1))])

    def _picked(self, change: Any) -> None:
        self._selection.choose(change["new"])

    def _show(self, atom_id: str) -> None:
        if atom_id not in self._listed:
            self._fill()
        elif self._list.value != atom_id:
            self._list.value = atom_id


_GOOD: Final = frozenset({Status.PASSED, Status.HEALED, Status.FLAKY, Status.SKIPPED})
_FULL: Final = widgets.Layout(width="auto")
_STYLE: Final = {"description_width": "44px"}
