"""An ended run to be looked into: every view of it around one selected atom."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from mge_toolkit.core.errors import UnknownAtomError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.live.model import LiveRun
from mge_toolkit.notebook.pictures.bundle import picture_bundle, picture_html, selected
from mge_toolkit.notebook.pictures.lanes import lanes_scene
from mge_toolkit.notebook.pictures.pages import STYLE, Markup, chip, page, paragraph, table
from mge_toolkit.plan.values import suggestion
from mge_toolkit.plots.palette import Status
from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.summary import not_passed, verdict_line

if TYPE_CHECKING:
    from mge_toolkit.notebook.desk import Desk
    from mge_toolkit.notebook.explore.picker import Picker

FAILURES_SHOWN: Final = 20


class View(Protocol):
    """One view of the run."""

    widget: Any

    def draw(self) -> None:
        """Draw what is chosen now."""


class Explorer:
    """A run to be looked into. What is selected in one view is selected in all.

    ``explorer.select(atom)`` does so from a cell. ``desk`` is for what can be done about an atom.
    """

    def __init__(self, result: RunResult, plan: Masterplan, *, desk: Desk | None = None) -> None:
        """Look into a run of a plan; the widgets are made when they are first shown."""
        self.result = result
        self.plan = plan
        self._desk = desk
        self._subject = Subject(result, plan)
        first = next(iter(not_passed(result.results.values())), None)
        names = iter(result.results)
        self._selection = Selection(first.atom_id if first is not None else next(names, ""))

    @property
    def selected(self) -> str:
        """Return the selected atom."""
        return self._selection.atom_id

    def select(self, atom_id: str) -> None:
        """Select an atom in every view. Raises ``UnknownAtomError``."""
        if atom_id not in self.result.results:
            close = suggestion(atom_id, self.result.results)
            raise UnknownAtomError(
                atom_id, self.plan.name, close.removeprefix(" (did you mean '").removesuffix("'?)") or None
            )
        self._selection.choose(atom_id)

    @cached_property
    def widget(self) -> Any:
        """Return the widgets, made once; of a run without atoms, a note."""
        if not self.result.results:
            import ipywidgets as widgets  # type: ignore[import-untyped]

            return widgets.HTML(
                page(paragraph("the run had no atoms: there is nothing to look into", "note"))
            )
        return _Desktop(self._subject, self._selection, self._desk).widget

    def __repr__(self) -> str:
        """Return the run in a line."""
        return f"<run {self.result.run_id} of {self.plan.name}: {verdict_line(self.result)}>"

    def _repr_html_(self) -> str:
        """Return the run as a picture, with what did not pass."""
        return picture_html(self._scene(), self._below())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the run as text, HTML and a PNG."""
        return selected(picture_bundle(repr(self), self._scene(), self._below()), include, exclude)

    def _ipython_display_(self) -> None:
        """Show the widgets, and where none are shown, the picture."""
        from mge_toolkit.notebook.live.display import display_still, in_notebook

        bundle = picture_bundle(repr(self), self._scene(), self._below())
        display_still(self.widget if in_notebook() and self.result.results else None, bundle)

    def _scene(self) -> Any:
        return lanes_scene(LiveRun.of_result(self.plan, self.result).picture())

    def _below(self) -> str:
        found = not_passed(self.result.results.values())
        rows = [
            (
                one.atom_id,
                Markup(chip(Status(one.outcome.value))),
                (one.reason or "").split("\n", 1)[0][:300],
                seconds_text(one.duration) if one.attempts else "",
            )
            for one in found[:FAILURES_SHOWN]
        ]
        more = f"and {len(found) - FAILURES_SHOWN:,} more" if len(found) > FAILURES_SHOWN else ""
        return table(("atom", "ended", "why", "time"), rows, numbers=(3,), note=more) if rows else ""


class _Desktop:
    """The widgets: the list of atoms, the views in tabs beside it, the selected atom's page below."""

    def __init__(self, subject: Subject, selection: Selection, desk: Desk | None) -> None:
        import ipywidgets as widgets

        from mge_toolkit.notebook.explore.atom import AtomPage
        from mge_toolkit.notebook.explore.errors import ErrorsView
        from mge_toolkit.notebook.explore.graph import GraphView
        from mge_toolkit.notebook.explore.hierarchy import HierarchyView
        from mge_toolkit.notebook.explore.picker import Picker
        from mge_toolkit.notebook.explore.timeline import Timeline

        picker: Picker = Picker(subject, selection)
        errors, hierarchy = ErrorsView(subject, selection), HierarchyView(subject, selection)
        self._views: list[tuple[str, View, Callable[[str], None] | None]] = [
            ("Timeline", Timeline(subject, selection), None),
            ("Graph", GraphView(subject, selection), None),
            ("Errors", errors, errors.follow),
            ("Hierarchy", hierarchy, hierarchy.follow),
        ]
        self._page = AtomPage(subject, selection, desk)
        self._stale = set(range(len(self._views)))
        self._selection = selection
        tabs = widgets.Tab(
            [view.widget for _, view, _ in self._views],
            layout=widgets.Layout(flex="1 1 480px", min_width="0"),
        )
        for place, (title, _, _) in enumerate(self._views):
            tabs.set_title(place, title)
        tabs.observe(self._switched, "selected_index")
        self._tabs = tabs
        selection.watch(self._selected)
        style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        beside = widgets.HBox([picker.widget, tabs], layout=widgets.Layout(flex_flow="row wrap"))
        self.widget = widgets.VBox([style, beside, self._page.widget])
        self.widget.add_class("mge-explorer")
        self._page.draw()
        self._freshen()

    def _selected(self, _: str) -> None:
        """Draw what is shown; other views are drawn when they are."""
        self._stale = set(range(len(self._views)))
        self._freshen()
        self._page.draw()

    def _switched(self, _: Any) -> None:
        self._freshen()

    def _freshen(self) -> None:
        place = self._tabs.selected_index or 0
        if place not in self._stale:
            return
        self._stale.discard(place)
        _, view, follow = self._views[place]
        if follow is not None:
            follow(self._selection.atom_id)
        view.draw()
