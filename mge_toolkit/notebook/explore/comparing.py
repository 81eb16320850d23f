"""Two runs of one masterplan: what broke, what was mended, what takes longer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.pictures.pages import Markup, chip, page, paragraph, side_by_side, table
from mge_toolkit.plots.palette import status_of
from mge_toolkit.reporting.comparison import Change, Comparison, Timing
from mge_toolkit.reporting.failures import printable, seconds_text
from mge_toolkit.reporting.summary import verdict_line

if TYPE_CHECKING:
    from mge_toolkit.notebook.explore.explorer import Explorer

ROWS: Final = 40


class RunComparison:
    """Two runs side by side. ``changes`` is what changed; choose an atom to see it in both."""

    def __init__(self, changes: Comparison, before: RunResult, after: RunResult, plan: Masterplan) -> None:
        """Take two runs and what changed between them; ``plan`` is the later one's."""
        self.changes = changes
        self.before = before
        self.after = after
        self.plan = plan

    @property
    def atoms(self) -> dict[str, str]:
        """Return each atom with something to tell, and what that is."""
        changes = self.changes
        found: dict[str, str] = {}
        groups: tuple[tuple[str, Sequence[str]], ...] = (
            ("newly failing", [one.atom_id for one in changes.newly_failing]),
            ("newly held up", [one.atom_id for one in changes.newly_held_up]),
            ("newly passing", [one.atom_id for one in changes.newly_passing]),
            ("not run before", [one.atom_id for one in changes.not_run_before]),
            ("still failing", changes.still_failing),
            ("healed differently", [one.atom_id for one in changes.healed_differently]),
            ("newly flaky", changes.newly_flaky),
            ("slower", [one.atom_id for one in changes.slower]),
            ("faster", [one.atom_id for one in changes.faster]),
        )
        for what, names in groups:
            for name in names:
                found.setdefault(name, what)
        return found

    def explore(self) -> Explorer:
        """Return the later run for exploring."""
        from mge_toolkit.notebook.explore.explorer import Explorer

        return Explorer(self.after, self.plan)

    @cached_property
    def widget(self) -> Any:
        """Return the widgets, made once."""
        return _Comparing(self).widget

    def __repr__(self) -> str:
        """Return what changed in a line."""
        changes = self.changes
        parts = [
            f"{len(found)} {what}"
            for what, found in (
                ("newly failing", changes.newly_failing),
                ("newly held up", changes.newly_held_up),
                ("newly passing", changes.newly_passing),
                ("not run before", changes.not_run_before),
                ("slower", changes.slower),
                ("faster", changes.faster),
                ("healed differently", changes.healed_differently),
            )
            if found
        ]
        return f"<runs {changes.before} and {changes.after}: {', '.join(parts) or 'no change'}>"

    def summary_html(self) -> str:
        """Return both runs and what changed, without a style."""
        changes = self.changes
        runs = table(
            ("", "run", "began", "ended"),
            [
                (
                    "before",
                    changes.before,
                    f"{self.before.started_at:%Y-%m-%d %H:%M}",
                    verdict_line(self.before),
                ),
                ("after", changes.after, f"{self.after.started_at:%Y-%m-%d %H:%M}", verdict_line(self.after)),
            ],
        )
        parts = [
            self._changed("newly failing", changes.newly_failing),
            self._changed("newly held up", changes.newly_held_up),
            self._changed("newly passing", changes.newly_passing),
            self._changed("not run before", changes.not_run_before),
            _timed("slower", changes.slower),
            _timed("faster", changes.faster),
            _named("still failing", changes.still_failing),
            _named("newly flaky", changes.newly_flaky),
            _named("added", changes.added),
            _named("removed", changes.removed),
        ]
        if changes.healed_differently:
            rows = [(one.atom_id, one.before, one.after) for one in changes.healed_differently[:ROWS]]
            parts.append(f"<h4>healed differently</h4>{table(('atom', 'before by', 'after by'), rows)}")
        shown = "".join(parts)
        return runs + (shown or paragraph("nothing changed", "note"))

    def _changed(self, title: str, changes: Sequence[Change]) -> str:
        if not changes:
            return ""
        rows = [
            (
                one.atom_id,
                Markup(chip(status_of(self.before.results[one.atom_id]))),
                Markup(chip(status_of(self.after.results[one.atom_id]))),
                (one.reason or "").split("\n", 1)[0],
            )
            for one in changes[:ROWS]
        ]
        shown = table(("atom", "before", "after", "why"), rows, note=_more(len(changes)))
        return f"<h4>{title} ({len(changes):,})</h4>{shown}"

    def _repr_html_(self) -> str:
        """Return both runs and what changed."""
        return page(self.summary_html())

    def _ipython_display_(self) -> None:
        """Show the widgets, and where none are shown, the tables."""
        from mge_toolkit.notebook.live.display import display_still, in_notebook

        bundle = {"text/plain": repr(self), "text/html": self._repr_html_()}
        display_still(self.widget if in_notebook() else None, bundle)


class _Comparing:
    """The widgets: what changed, and one atom in both runs."""

    def __init__(self, comparison: RunComparison) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        from mge_toolkit.notebook.pictures.pages import STYLE

        self._comparison = comparison
        options = [(f"{what}: {printable(name)}", name) for name, what in comparison.atoms.items()][:500]
        self._list = widgets.Select(
            options=options, rows=10, description="Atom", layout=widgets.Layout(width="320px")
        )
        self._detail = widgets.HTML(layout=widgets.Layout(flex="1", min_width="0"))
        self._list.observe(self._picked, "value")
        self.widget = widgets.VBox(
            [
                widgets.HTML(STYLE, layout=widgets.Layout(display="none")),
                widgets.HTML(page(comparison.summary_html(), styled=False)),
                *([widgets.HBox([self._list, self._detail])] if options else []),
            ]
        )
        self.widget.add_class("mge-comparison")
        self._draw()

    def _picked(self, _: Any) -> None:
        self._draw()

    def _draw(self) -> None:
        name = self._list.value
        if name is None:
            return
        before = self._comparison.before.results[name]
        after = self._comparison.after.results[name]
        rows = [
            (when, Markup(chip(status_of(found))), seconds_text(found.duration), found.reason or "")
            for when, found in (("before", before), ("after", after))
        ]
        shown = table(("", "ended", "time", "why"), rows, numbers=(2,))
        if before.attempts and after.attempts:
            shown += side_by_side(before.attempts[-1].code, after.attempts[-1].code, "before", "after")
        self._detail.value = page(shown, styled=False)


def _timed(title: str, timings: Sequence[Timing]) -> str:
    if not timings:
        return ""
    rows = [
        (one.atom_id, seconds_text(one.before), seconds_text(one.after), f"{one.ratio:.1f}×")
        for one in timings[:ROWS]
    ]
    shown = table(("atom", "before", "after", ""), rows, numbers=(1, 2, 3), note=_more(len(timings)))
    return f"<h4>{title} ({len(timings):,})</h4>{shown}"


def _named(title: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = "" if len(names) <= ROWS else f" and {len(names) - ROWS:,} more"
    return f"<h4>{title} ({len(names):,})</h4>{paragraph(', '.join(names[:ROWS]) + more)}"


def _more(number: int) -> str:
    return f"and {number - ROWS:,} more" if number > ROWS else ""
