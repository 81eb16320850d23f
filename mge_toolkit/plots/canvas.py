"""Draws on the axes that are given, or on new ones that no global state knows of; titles, names and units."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from typing import IO, TYPE_CHECKING, Any, Final

from mge_toolkit.plots.palette import FAINT, INK, MUTED, PAPER, STATUS_COLOURS, STATUS_HATCHES, Status
from mge_toolkit.reporting.failures import printable

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

SIZE: Final = (9.0, 4.8)
"""Inches of a picture of its own."""
SMALL: Final = 8.0
"""Points of tick labels and remarks."""
TITLE: Final = 11.0
_NAME: Final = 30
_COLUMNS: Final = 6
_FLOORS: Final = (0.0, 0.5, 0.8, 0.9, 0.95)
_USED: Final = 0.92  # of a figure's width: what its axes take in the end
_MARGIN: Final = 0.12  # inches
_WIDE: Final = 0.52  # of a letter's size: what it takes in the mean, across


def prepare(ax: Axes | None, title: str, *, grid: str = "", height: float = SIZE[1], names: int = 0) -> Axes:
    """Return axes with a title, dressed alike: those that are given, or new ones on a figure of their own.

    ``grid`` is the axis with lines across it, ``height`` the inches of a figure of its own, ``names`` the letters
    of the longest name beside the axes, which takes room from the title.
    """
    if ax is None:
        ax = _own_axes(height)
        points = SIZE[0] * 72 * _USED
    else:
        points = ax.get_window_extent().width / ax.figure.dpi * 72
    letters = max(int((points - names * SMALL * _WIDE) / (TITLE * _WIDE)), 24)
    ax.set_title(
        "\n".join(textwrap.wrap(plain(title), letters, break_long_words=True)),
        loc="left",
        fontsize=TITLE,
        color=INK,
        pad=10,
    )
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(MUTED)
    ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=SMALL)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(visible=True, axis=grid, color=FAINT, linewidth=0.7)  # type: ignore[arg-type]
    return ax


def empty(ax: Axes | None, title: str, why: str) -> Axes:
    """Return axes that say why there is nothing to be seen."""
    ax = prepare(ax, title, height=2.4)
    ax.set_axis_off()
    ax.text(0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", color=MUTED)
    return ax


def label(ax: Axes, x: str = "", y: str = "") -> None:
    """Name the axes, with their units."""
    ax.set_xlabel(x, fontsize=SMALL + 1, color=INK)
    ax.set_ylabel(y, fontsize=SMALL + 1, color=INK)


def legend(ax: Axes, handles: Sequence[Any] | None = None, *, depth: float = 36.0) -> None:
    """Put a legend where it covers nothing: ``depth`` points below the axes, under the name of the x axis."""
    from matplotlib.transforms import ScaledTranslation

    handles = ax.get_legend_handles_labels()[0] if handles is None else list(handles)
    if not handles:
        return
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + ScaledTranslation(0.0, -depth / 72, ax.figure.dpi_scale_trans),
        ncols=min(len(handles), _COLUMNS),
        fontsize=SMALL,
        frameon=False,
        borderaxespad=0.0,
        handlelength=1.4,
        columnspacing=1.4,
        labelcolor=INK,
    )


def patch(colour: str, name: str, *, hatch: str = "", alpha: float = 1.0) -> Any:
    """Return a legend's entry for an area."""
    from matplotlib.patches import Patch

    edge = MUTED if hatch else "none"
    return Patch(
        facecolor=colour, edgecolor=edge, hatch=hatch or None, alpha=alpha, linewidth=0.0, label=name
    )


def status_patches(statuses: Iterable[Status]) -> list[Any]:
    """Return the entries of those statuses that occur, in their order."""
    found = set(statuses)
    return [
        patch(STATUS_COLOURS[status], status.value, hatch=STATUS_HATCHES.get(status, ""))
        for status in Status
        if status in found
    ]


def whole_numbers(axis: Axis) -> None:
    """Let an axis have whole numbers only, as few as there is room for."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins="auto", integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def share_axis(axis: Axis, lowest: float, *, across: bool) -> None:
    """Let an axis show shares of 1 as per cent, from 0 on or (where all is higher) from a round share on."""
    least = max(floor for floor in _FLOORS if floor <= lowest)
    step = (1 - least) / 5
    ticks = [least + place * step for place in range(6)]
    axis.set_ticks(ticks, [f"{tick:.0%}" for tick in ticks])
    margin = (1 - least) * 0.02
    axis.set_view_interval(least - (margin if across else 0.0), 1 + margin, ignore=True)


def plain(text: str) -> str:
    """Return text that matplotlib shows as it is: no formula, no control character."""
    return printable(text).replace("$", r"\$")


def short(name: str, letters: int = _NAME) -> str:
    """Return a name that fits, its middle left out where it is too long."""
    if len(name) > letters:
        keep = letters - 1
        name = f"{name[: keep - keep // 2]}…{name[len(name) - keep // 2 :]}"
    return plain(name)


def cut(text: str, letters: int) -> str:
    """Return the beginning of a text that fits."""
    return plain(text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…")


def many(number: int, what: str, plural: str = "") -> str:
    """Return ``1 atom``, ``2 atoms``, ``10,000 atoms``."""
    return f"{number:,} {what if number == 1 else plural or f'{what}s'}"


def listed(parts: Iterable[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    found = list(parts)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"


def save(ax: Axes, target: Path | IO[bytes], kind: str) -> None:
    """Write the figure of its own that axes lie on. The same picture gives the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    if not isinstance(ax.figure, Figure):
        raise TypeError("these axes are part of another figure: save that")
    # Without a date, and with names that are not drawn by lot.
    with rc_context({"svg.hashsalt": "mge-toolkit"}):
        ax.figure.savefig(target, format=kind, metadata={"Date": None} if kind == "svg" else {})


def _own_axes(height: float) -> Axes:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=_MARGIN, h_pad=_MARGIN)
    figure = Figure(figsize=(SIZE[0], height), dpi=100, layout=layout, facecolor=PAPER)
    return figure.add_subplot(axes_class=_picture())


@cache
def _picture() -> type[Axes]:
    """Return the class of axes that a notebook shows as a picture, without pyplot having to know the figure."""
    from matplotlib.axes import Axes

    class Picture(Axes):
        """Axes on a figure of their own."""

        def _repr_png_(self) -> bytes:
            content = io.BytesIO()
            save(self, content, "png")
            return content.getvalue()

    return Picture
