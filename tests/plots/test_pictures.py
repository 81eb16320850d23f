"""Pictures of a run that was built by hand, against those that were looked at and found good.

To draw the baseline again after a change that is meant: ``python -m tests.plots.test_pictures``, then look at each
file in ``tests/plots/baseline``. Fonts are those that come with matplotlib; the tolerance is for what its versions
draw differently, such as the exact place of a letter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from mge_toolkit.plots import (
    plot_durations,
    plot_error_patterns,
    plot_graph,
    plot_memory,
    plot_retries,
    plot_speedup,
    plot_success,
    plot_timeline,
    plot_trend,
    plot_wave_parallelism,
)
from tests.plots.samples import empty_run, passing_run, shop_records, shop_run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASELINE: Final = Path(__file__).parent / "baseline"
TOLERANCE: Final = 12.0  # of 255, root mean square over all pixels: a picture without its bars is off by 30
DOTS: Final = 60  # an inch: small files

PICTURES: Final[dict[str, Callable[[], Axes]]] = {
    "wave_parallelism": lambda: plot_wave_parallelism(shop_run()),
    "timeline": lambda: plot_timeline(shop_run()),
    "error_patterns": lambda: plot_error_patterns(shop_run()),
    "retries": lambda: plot_retries(shop_run()),
    "durations": lambda: plot_durations(shop_run()),
    "success": lambda: plot_success(shop_run()),
    "memory": lambda: plot_memory(shop_run()),
    "speedup": lambda: plot_speedup(shop_run()),
    "graph": lambda: plot_graph(shop_run()),
    "trend": lambda: plot_trend(shop_records()),
    "trend_time": lambda: plot_trend(shop_records(), of="time"),
    "timeline_of_many": lambda: plot_timeline(passing_run(3000)),
    "graph_of_many": lambda: plot_graph(passing_run(200)),
    "nothing": lambda: plot_durations(empty_run()),
}


def draw(name: str, file: Path) -> None:
    """Draw a picture as it is where nobody has changed matplotlib's settings."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        figure = PICTURES[name]().get_figure(root=True)
        assert figure is not None
        figure.savefig(file, dpi=DOTS, metadata={"Software": None})


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_it_did(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.testing.compare import compare_images

    monkeypatch.setenv("TZ", "UTC")
    drawn = tmp_path / f"{name}.png"
    draw(name, drawn)
    difference: Any = compare_images(str(BASELINE / drawn.name), str(drawn), tol=TOLERANCE)
    assert difference is None, difference


def test_another_picture_would_be_noticed(tmp_path: Path) -> None:
    from matplotlib.testing.compare import compare_images

    drawn = tmp_path / "retries.png"
    draw("retries", drawn)
    assert compare_images(str(BASELINE / "timeline.png"), str(drawn), tol=TOLERANCE) is not None


if __name__ == "__main__":
    BASELINE.mkdir(exist_ok=True)
    for one in sys.argv[1:] or PICTURES:
        draw(one, BASELINE / f"{one}.png")
