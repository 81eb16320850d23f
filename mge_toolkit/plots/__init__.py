"""Pictures of a run. matplotlib is imported when one is drawn.

Each function takes a run, a recorded run or its data frames, draws on the ``ax`` that it is given, else on new
axes that pyplot knows nothing of and a notebook shows by themselves, and returns the axes. The title states the
finding.
"""

from __future__ import annotations

from mge_toolkit.plots.outcomes.errors import plot_error_patterns
from mge_toolkit.plots.outcomes.graph import plot_graph
from mge_toolkit.plots.outcomes.retries import plot_retries
from mge_toolkit.plots.outcomes.success import plot_success
from mge_toolkit.plots.outcomes.trend import plot_trend
from mge_toolkit.plots.palette import CATEGORY_COLOURS, STATUS_COLOURS, STRATEGY_COLOURS, Status, status_of
from mge_toolkit.plots.saving import save_all
from mge_toolkit.plots.times.parallelism import plot_wave_parallelism
from mge_toolkit.plots.times.ranking import plot_durations, plot_memory
from mge_toolkit.plots.times.speedup import plot_speedup
from mge_toolkit.plots.times.timeline import plot_timeline

__all__ = [
    "CATEGORY_COLOURS",
    "STATUS_COLOURS",
    "STRATEGY_COLOURS",
    "Status",
    "plot_durations",
    "plot_error_patterns",
    "plot_graph",
    "plot_memory",
    "plot_retries",
    "plot_speedup",
    "plot_success",
    "plot_timeline",
    "plot_trend",
    "plot_wave_parallelism",
    "save_all",
    "status_of",
]
