"""From the system to the atom: groups as tiles, as large as their atoms or their time, with a table beside."""

from __future__ import annotations

from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from mge_toolkit.core.results import ExecutionResult
from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.pictures.pages import page, table
from mge_toolkit.notebook.pictures.scene import svg
from mge_toolkit.notebook.pictures.tiles import Tile, rate_colour, tiles_scene
from mge_toolkit.plots.palette import STATUS_COLOURS
from mge_toolkit.reporting.aggregation import AggregatedResult, Level
from mge_toolkit.reporting.failures import printable, seconds_text

ATOMS_SHOWN: Final = 300
"""More atoms than this are not drawn one by one."""
ROWS: Final = 60
TIME: Final = "by time"
NUMBER: Final = "by number"
_GROUP_HEAD: Final = ("group", "atoms", "passed", "rate (95 %)", "time", "p95")
_ATOM_HEAD: Final = ("atom", "status", "attempts", "time")


class HierarchyView:
    """The widgets of the hierarchy."""

    def __init__(self, subject: Subject, selection: Selection) -> None:
        """Show the whole system."""
        self._subject = subject
        self._selection = selection
        self._groups = [subject.system, *_below(subject.system)]
        options = [(_option(group), place) for place, group in enumerate(self._groups)]
        self._group = widgets.Dropdown(
            options=options, description="Group", layout=widgets.Layout(width="330px", max_width="98%")
        )
        self._by = widgets.ToggleButtons(options=[NUMBER, TIME])
        self._by.style.button_width = "106px"
        self._picture, self._table = widgets.HTML(), widgets.HTML()
        self._group.observe(self._changed, "value")
        self._by.observe(self._changed, "value")
        beside = widgets.HBox([self._picture, self._table], layout=widgets.Layout(flex_flow="row wrap"))
        chosen = widgets.HBox([self._group, self._by], layout=widgets.Layout(flex_flow="row wrap"))
        self.widget = widgets.VBox([chosen, beside])
        self.widget.add_class("mge-hierarchy")

    def draw(self) -> None:
        """Draw what is chosen now."""
        group = self._groups[self._group.value]
        self._picture.value = page(svg(tiles_scene(self._tile(group))), styled=False)
        self._table.value = page(self._rows(group), styled=False)

    def follow(self, atom_id: str) -> None:
        """Show the group of the selected atom, where the one that is shown does not have it."""
        found = self._subject.result.results[atom_id]
        if not _has(self._groups[self._group.value], found):
            self._group.value = next(
                place for place, group in enumerate(self._groups) if _has(group, found) and not group.parts
            )

    def _tile(self, group: AggregatedResult) -> Tile:
        parts: tuple[Tile, ...]
        if group.parts:
            parts = tuple(self._tile(part) for part in group.parts)
        elif group.counts.total <= ATOMS_SHOWN:
            parts = tuple(
                self._atom_tile(found)
                for found in self._subject.result.results.values()
                if _has(group, found)
            )
        else:
            parts = ()
        rate = "nothing decided" if group.success_rate is None else f"{group.success_rate:.0%} passed"
        name = _short(group)
        title = f"{name}: {group.counts.total:,} atoms, {rate}, {seconds_text(group.wall.total)}"
        size = sum(part.size for part in parts) if parts else self._size(group.wall.total, group.counts.total)
        return Tile(f"{name} · {rate}", size, rate_colour(group.success_rate), title, parts)

    def _atom_tile(self, found: ExecutionResult) -> Tile:
        status = self._subject.statuses[found.atom_id]
        return Tile(
            found.atom_id,
            self._size(found.duration, 1),
            STATUS_COLOURS[status],
            self._subject.title(found.atom_id),
            marked=found.atom_id == self._selection.atom_id,
        )

    def _size(self, seconds: float, atoms: int) -> float:
        return max(seconds, 1e-4) if self._by.value == TIME else float(atoms)

    def _rows(self, group: AggregatedResult) -> str:
        rows: list[tuple[str, ...]]
        if group.parts:
            rows = [_row(part) for part in group.parts]
        else:
            within = [found for found in self._subject.result.results.values() if _has(group, found)]
            within.sort(key=lambda one: -one.duration)
            rows = [
                (
                    found.atom_id,
                    self._subject.statuses[found.atom_id].value,
                    f"{len(found.attempts)}",
                    seconds_text(found.duration),
                )
                for found in within
            ]
        head = _GROUP_HEAD if group.parts else _ATOM_HEAD
        more = f"and {len(rows) - ROWS:,} more" if len(rows) > ROWS else ""
        if group.parts:
            more = "; ".join(
                filter(None, [more, "rate: passed ÷ (passed + failed); time: of attempts alone"])
            )
        return table(head, rows[:ROWS], numbers=range(1 if group.parts else 2, len(head)), note=more)

    def _changed(self, _: Any) -> None:
        self.draw()


def _row(group: AggregatedResult) -> tuple[str, ...]:
    rate = "–" if group.success_rate is None else f"{group.success_rate:.0%}"
    if group.interval is not None:
        rate += f" ({group.interval.low:.0%}–{group.interval.high:.0%})"
    slowest = "–" if group.wall.p95 is None else seconds_text(group.wall.p95)
    return (
        _short(group),
        f"{group.counts.total:,}",
        f"{group.counts.passed:,}",
        rate,
        seconds_text(group.wall.total),
        slowest,
    )


def _below(group: AggregatedResult) -> list[AggregatedResult]:
    return [found for part in group.parts for found in (part, *_below(part))]


def _has(group: AggregatedResult, found: ExecutionResult) -> bool:
    if group.level is Level.SYSTEM:
        return True
    if group.level is Level.COMPONENT:
        return found.component == group.component
    return (found.component, found.module) == (group.component, group.module)


def _short(group: AggregatedResult) -> str:
    if group.level is Level.MODULE:
        return group.module or "(no module)"
    return group.name or "(no component)"


def _option(group: AggregatedResult) -> str:
    depth = {Level.SYSTEM: 0, Level.COMPONENT: 1, Level.MODULE: 2}.get(group.level, 3)
    return f"{'  ' * depth}{printable(_short(group))} ({group.counts.total:,})"
