"""Pictures of a run that was built by hand, against those that were looked at and found good.

To draw the baseline again after a change that is meant: ``python -m tests.plots.test_pictures``, then look at each
file in ``tests/plots/baseline``. Fonts are those that come with matplotlib. Its versions place letters, and axes
with them, differently: a picture that another version drew than the baseline's is compared as it looks from afar.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
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
from tests.plots.samples import empty_run, failing_run, passing_run, shop_records, shop_run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASELINE: Final = Path(__file__).parent / "baseline"
TOLERANCE: Final = 5.0  # of 255, root mean square over all pixels
FROM_AFAR: Final = 11.0  # other versions were off by up to 8, another picture by 29
SHRUNK: Final = 8
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


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Show times as where the baseline was drawn."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def draw(name: str, file: Path) -> None:
    """Draw a picture as it is where nobody has changed matplotlib's settings."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        figure: Any = PICTURES[name]().figure
        figure.savefig(file, dpi=DOTS, metadata={"Software": version()})


def version() -> str:
    import matplotlib as mpl

    return "matplotlib " + ".".join(mpl.__version__.split(".")[:2])


def difference(name: str, drawn: Path) -> str | None:
    """Return how a picture differs from its baseline, ``None`` where it does not by more than it may."""
    from matplotlib.testing.compare import compare_images
    from PIL import Image

    expected, tolerance = drawn.with_name("expected.png"), TOLERANCE
    with Image.open(BASELINE / f"{name}.png") as baseline, Image.open(drawn) as picture:
        factor = 1
        if baseline.info["Software"] != version():
            factor, tolerance = SHRUNK, FROM_AFAR
        for image, file in ((baseline, expected), (picture, drawn)):
            size = (image.width // factor, image.height // factor)
            image.convert("RGB").resize(size, Image.Resampling.BOX).save(file)
    found: str | None = compare_images(str(expected), str(drawn), tol=tolerance)  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.usefixtures("utc")
def test_a_picture_looks_as_it_did(name: str, tmp_path: Path) -> None:
    drawn = tmp_path / f"{name}.png"
    draw(name, drawn)
    assert difference(name, drawn) is None


def test_another_picture_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PICTURES, "retries", lambda: plot_retries(failing_run(11)))
    drawn = tmp_path / "retries.png"
    draw("retries", drawn)
    assert difference("retries", drawn) is not None


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    BASELINE.mkdir(exist_ok=True)
    for one in sys.argv[1:] or PICTURES:
        draw(one, BASELINE / f"{one}.png")
