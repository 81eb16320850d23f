"""How much of the system, its components and its modules passed, and how sure that figure is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.plots.canvas import SMALL, empty, label, legend, many, prepare, share_axis, short
from mge_toolkit.plots.palette import ACCENT, FAINT, INK, MUTED, Status
from mge_toolkit.plots.source import AtomRow, Source, read
from mge_toolkit.reporting.monitoring.statistics import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN: Final = 22
_PASSED: Final = (Status.PASSED, Status.HEALED, Status.FLAKY)
_STYLES: Final = {
    "system": (ACCENT, "D", 8.0),
    "component": (INK, "s", 6.5),
    "module": (MUTED, "o", 6.0),
    "wave": (INK, "o", 6.0),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    level: str
    name: str
    passed: int
    failed: int
    parent: str = ""

    @property
    def decided(self) -> int:
        return self.passed + self.failed

    @property
    def rate(self) -> float:
        return self.passed / self.decided

    @property
    def indented(self) -> str:
        return f"   {short(self.name, 26)}" if self.level == "module" else short(self.name, 28)


def plot_success(source: Source, ax: Axes | None = None) -> Axes:
    """Show the success rate of the system and of its components and modules, with 95% Wilson intervals.

    Takes a run, a recorded run or one of its frames. A plan without components is shown by waves. Where there are
    many groups, those with the lowest rates are shown.
    """
    data = read(source)
    system = _group("system", "all atoms", data.atoms)
    if not system.decided:
        ran = (
            f"none of {many(len(data.atoms), 'atom')} passed or failed"
            if data.atoms
            else "there are no atoms"
        )
        return empty(ax, "Nothing was decided", ran)
    groups = _components(data.atoms) or _waves(data.atoms)
    decided = [group for group in groups if group.decided]
    shown = [system, *_worst(decided)]
    missing = len(decided) + 1 - len(shown)
    names = [group.indented for group in shown]
    ax = prepare(
        ax,
        _finding(system, decided),
        grid="x",
        height=1.7 + 0.28 * (len(shown) + bool(missing)),
        names=max(map(len, names)),
    )
    for place, group in enumerate(shown):
        _draw(ax, -place, group)
    if missing:
        least = min(group.rate for group in decided if group not in shown)
        names.append(f"{many(missing, 'other group')}: {least:.0%} or more")
    ax.axvline(system.rate, color=ACCENT, linewidth=0.9, linestyle=":", zorder=0)
    ax.set_yticks([-place for place in range(len(names))], names, ha="left")
    ax.tick_params(axis="y", length=0, pad=6 + max(map(len, names)) * SMALL * 0.6)
    ax.set_ylim(0.4 - len(names), 0.6)
    intervals = [wilson_interval(group.passed, group.failed) for group in shown]
    share_axis(ax.xaxis, min(one.low for one in intervals if one is not None), across=True)
    label(ax, "success rate: passed of passed and failed (with 95% interval)")
    legend(ax, _handles(shown))
    return ax


def _group(level: str, name: str, atoms: Sequence[AtomRow], parent: str = "") -> _Group:
    passed = sum(atom.status in _PASSED for atom in atoms)
    failed = sum(atom.status is Status.FAILED for atom in atoms)
    return _Group(level=level, name=name, passed=passed, failed=failed, parent=parent)


def _components(atoms: Sequence[AtomRow]) -> list[_Group]:
    """Return components, each followed by its modules, in the plan's order."""
    nested: dict[str | None, dict[str | None, list[AtomRow]]] = {}
    for atom in atoms:
        nested.setdefault(atom.component, {}).setdefault(atom.module, []).append(atom)
    if nested.keys() <= {None}:
        return []
    groups: list[_Group] = []
    for component, modules in nested.items():
        name = component or "(no component)"
        groups.append(_group("component", name, [atom for found in modules.values() for atom in found]))
        groups += [
            _group("module", module, found, parent=name)
            for module, found in modules.items()
            if module is not None
        ]
    return groups


def _waves(atoms: Sequence[AtomRow]) -> list[_Group]:
    waves: dict[int, list[AtomRow]] = {}
    for atom in atoms:
        waves.setdefault(atom.wave, []).append(atom)
    if len(waves) < 2:
        return []
    return [_group("wave", f"wave {number}", found) for number, found in sorted(waves.items())]


def _worst(groups: Sequence[_Group]) -> list[_Group]:
    """Return the groups, or those with the lowest rates with the components they are in, in the same order."""
    if len(groups) <= _SHOWN:
        return list(groups)
    ordered = sorted(groups, key=lambda group: (group.rate, -group.decided))
    wanted: set[tuple[str, str, str]] = set()
    for group in ordered:
        more = {(group.level, group.parent, group.name)}
        if group.parent:
            more.add(("component", "", group.parent))
        if len(wanted | more) <= _SHOWN:
            wanted |= more
    return [group for group in groups if (group.level, group.parent, group.name) in wanted]


def _draw(ax: Axes, place: float, group: _Group) -> None:
    colour, marker, size = _STYLES[group.level]
    interval = wilson_interval(group.passed, group.failed)
    ax.axhline(place, color=FAINT, linewidth=0.7, zorder=0)
    if interval is not None:
        ax.plot([interval.low, interval.high], [place, place], color=colour, linewidth=2.2, alpha=0.55)
    ax.plot(group.rate, place, marker, color=colour, markersize=size, clip_on=False)
    ax.annotate(
        f"{group.passed:,} of {group.decided:,}",
        (1.0, place),
        xycoords=ax.get_yaxis_transform(),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=INK,
        annotation_clip=False,
    )


def _handles(shown: Sequence[_Group]) -> list[Any]:
    from matplotlib.lines import Line2D

    levels = {group.level for group in shown}
    return [
        Line2D([], [], color=colour, marker=marker, markersize=size, linewidth=2.2, label=level)
        for level, (colour, marker, size) in _STYLES.items()
        if level in levels
    ]


def _finding(system: _Group, groups: Sequence[_Group]) -> str:
    title = f"{system.passed:,} of {many(system.decided, 'decided atom')} passed ({system.rate:.0%}"
    interval = wilson_interval(system.passed, system.failed)
    if interval is not None:
        title += f", between {interval.low:.0%} and {interval.high:.0%} at 95%"
    title += ")"
    lowest = min(groups, key=lambda group: (group.rate, -group.decided), default=None)
    if lowest is not None and lowest.rate < system.rate:
        title += f"; lowest: {lowest.name} ({lowest.passed:,} of {lowest.decided:,})"
    return title
