"""Writes the pictures of a run into files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mge_toolkit.core.errors import MgeError, SettingsError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.records import RecordedRun, RunRecord
from mge_toolkit.core.runs import RunResult
from mge_toolkit.plots.canvas import save
from mge_toolkit.plots.outcomes.errors import plot_error_patterns
from mge_toolkit.plots.outcomes.graph import plot_graph
from mge_toolkit.plots.outcomes.retries import plot_retries
from mge_toolkit.plots.outcomes.success import plot_success
from mge_toolkit.plots.outcomes.trend import plot_trend
from mge_toolkit.plots.source import RunData, read
from mge_toolkit.plots.times.parallelism import plot_wave_parallelism
from mge_toolkit.plots.times.ranking import plot_durations, plot_memory
from mge_toolkit.plots.times.speedup import plot_speedup
from mge_toolkit.plots.times.timeline import plot_timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS: Final = ("png", "svg")
NAMES: Final = (
    "wave_parallelism",
    "timeline",
    "error_patterns",
    "retries",
    "durations",
    "success",
    "memory",
    "speedup",
    "graph",
    "trend",
    "trend_time",
)
"""Every picture by its file's name; the last two need earlier runs."""

_PLOTS: Final[Mapping[str, Callable[[RunData], Axes]]] = {
    "wave_parallelism": plot_wave_parallelism,
    "timeline": plot_timeline,
    "error_patterns": plot_error_patterns,
    "retries": plot_retries,
    "durations": plot_durations,
    "success": plot_success,
    "memory": plot_memory,
}
_OF_PLANS: Final = {"speedup": plot_speedup, "graph": plot_graph}


def save_all(
    run: RunResult | RecordedRun,
    directory: Path | str,
    *,
    plan: Masterplan | None = None,
    runs: Sequence[RunRecord] = (),
    only: Iterable[str] = (),
    formats: Iterable[str] = FORMATS,
) -> list[Path]:
    """Write the pictures of a run into ``directory``, which is made, and return the files.

    ``only`` names some of :data:`NAMES` (empty: all that can be drawn), ``formats`` some of :data:`FORMATS`. The
    trend is drawn where earlier ``runs`` of the masterplan are given, ``speedup`` and ``graph`` where the plan is
    known. Raises ``SettingsError`` for an unknown name, ``MgeError`` where matplotlib is not installed.
    """
    wanted, kinds = checked(only, NAMES, "only"), checked(formats, FORMATS, "format")
    if find_spec("matplotlib") is None:
        raise MgeError("'matplotlib' is not installed: pip install 'mge-toolkit[notebook]'")
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    data = read(run)
    drawings = _drawings(data, plan or data.plan, runs)
    files: list[Path] = []
    for name in wanted or drawings:
        if name not in drawings:
            raise SettingsError(f"{name}: {_MISSING[name]}")
        ax = drawings[name]()
        for kind in kinds or FORMATS:
            files.append(folder / f"{name}.{kind}")
            save(ax, files[-1], kind)
    return files


_MISSING: Final = {
    **dict.fromkeys(_OF_PLANS, "this run does not know its plan: give the plan that was run"),
    **dict.fromkeys(("trend", "trend_time"), "needs earlier runs, and there are no records"),
}


def checked(names: Iterable[str], known: Sequence[str], option: str) -> list[str]:
    """Return the names, each once. Raises ``SettingsError`` for one that is not known."""
    found = list(dict.fromkeys(names))
    unknown = next((name for name in found if name not in known), None)
    if unknown is not None:
        raise SettingsError(f"{option}: '{unknown[:40]}' is none of {', '.join(known)}")
    return found


def _drawings(
    data: RunData, plan: Masterplan | None, runs: Sequence[RunRecord]
) -> dict[str, Callable[[], Axes]]:
    """Return what can be drawn of this run, by name, in the order of :data:`NAMES`."""
    found: dict[str, Callable[[], Axes]] = {name: partial(draw, data) for name, draw in _PLOTS.items()}
    if plan is not None:
        found |= {name: partial(draw, data, plan=plan) for name, draw in _OF_PLANS.items()}
    if runs:
        found["trend"] = partial(plot_trend, runs)
        found["trend_time"] = partial(plot_trend, runs, of="time")
    return found
