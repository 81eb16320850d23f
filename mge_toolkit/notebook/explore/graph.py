"""What needs what: the whole plan where it has room, else the part of it that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.pictures.graph import GraphPicture, graph_scene, nearest
from mge_toolkit.notebook.pictures.pages import page, paragraph
from mge_toolkit.notebook.pictures.scene import svg
from mge_toolkit.plots.palette import Status
from mge_toolkit.reporting.failures import seconds_text

SHOWN: Final = 120
"""More atoms than this make no picture."""
WHOLE: Final = "whole plan"
AROUND: Final = "around the atom"
FAILURES: Final = "failures"
PATH: Final = "critical path"
_BAD: Final = frozenset({Status.FAILED, Status.ERROR, Status.BLOCKED, Status.STOPPED})


class GraphView:
    """The widgets of the graph."""

    def __init__(self, subject: Subject, selection: Selection) -> None:
        """Show the whole plan, or of a large one what is around the selected atom."""
        self._subject = subject
        self._selection = selection
        small = len(subject.result.results) <= SHOWN
        self._parts: dict[str, Callable[[], Iterable[str]]] = {
            WHOLE: lambda: subject.result.results,
            AROUND: self._around,
            FAILURES: lambda: (name for name, status in subject.statuses.items() if status in _BAD),
            PATH: self._along_path,
        }
        self._part = widgets.ToggleButtons(options=list(self._parts), value=WHOLE if small else AROUND)
        self._part.style.button_width = "130px"
        self._picture = widgets.HTML()
        self._beside = widgets.Select(
            options=[], rows=5, description="Go to", layout=widgets.Layout(width="420px", max_width="98%")
        )
        self._part.observe(self._changed, "value")
        self._beside.observe(self._went, "value")
        self.widget = widgets.VBox([self._part, self._picture, self._beside])
        self.widget.add_class("mge-graph")

    def draw(self) -> None:
        """Draw what is chosen now, and list what can be gone to from the selected atom."""
        subject, chosen = self._subject, self._selection.atom_id
        wanted = list(dict.fromkeys(self._parts[self._part.value]()))
        names = (
            sorted(wanted[:SHOWN], key=list(subject.result.results).index)
            if len(wanted) < 2000
            else wanted[:SHOWN]
        )
        picture = GraphPicture(
            waves={name: subject.result.results[name].wave for name in names},
            needs=subject.needs,
            statuses={name: subject.statuses[name] for name in names},
            titles={name: subject.title(name) for name in names},
            path=subject.result.critical_path,
            marked=chosen,
        )
        path = subject.result.critical_path
        time = seconds_text(subject.result.critical_path_time)
        notes = [f"critical path (thick blue): {len(path)} atoms, {time}"] if len(path) > 1 else []
        if len(wanted) > SHOWN:
            notes.append(f"{SHOWN} of {len(wanted):,} atoms are drawn: choose a part")
        if not names:
            notes.append("there is nothing to draw")
        drawn = svg(graph_scene(picture), fluid=False) if names else ""
        box = f'<div style="overflow:auto;max-height:460px">{drawn}</div>'
        self._picture.value = page(paragraph("; ".join(notes), "note"), box, styled=False)
        self._list_neighbours(chosen)

    def _list_neighbours(self, chosen: str) -> None:
        before = [(f"needs {name}", name) for name in self._subject.needs.get(chosen, ())]
        after = [(f"needed by {name}", name) for name in self._subject.followers.get(chosen, ())]
        known = [(text, name) for text, name in (*before, *after) if name in self._subject.statuses]
        self._beside.unobserve(self._went, "value")
        self._beside.options = known[:100]
        self._beside.value = None
        self._beside.observe(self._went, "value")

    def _around(self) -> list[str]:
        return nearest(self._subject.needs, self._subject.followers, [self._selection.atom_id], 60)

    def _along_path(self) -> list[str]:
        path = self._subject.result.critical_path
        return [*path, *(before for name in path for before in self._subject.needs.get(name, ()))]

    def _changed(self, _: Any) -> None:
        self.draw()

    def _went(self, change: Any) -> None:
        self._selection.choose(change["new"])
