"""What every picture keeps: titles, names and units, no overlaps, the axes it is given, no global state."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.records import RecordedRun
from mge_toolkit.core.results import Work
from mge_toolkit.core.runs import RunResult
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
from mge_toolkit.plots.source import read
from mge_toolkit.plots.times.parallelism import busy_slots
from mge_toolkit.reporting.frames import atoms_frame, attempts_frame
from tests.plots.samples import (
    SHOP,
    empty_run,
    failing_run,
    passing_run,
    shop_records,
    shop_run,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Plot = Callable[..., Any]
PLOTS: Final[Mapping[str, Plot]] = {
    plot.__name__: plot
    for plot in (
        plot_wave_parallelism,
        plot_timeline,
        plot_error_patterns,
        plot_retries,
        plot_durations,
        plot_success,
        plot_memory,
        plot_speedup,
        plot_graph,
    )
}
RUNS: Final[Mapping[str, Callable[[], RunResult]]] = {
    "shop": shop_run,
    "empty": empty_run,
    "one": lambda: passing_run(1),
    "twenty": lambda: passing_run(20),
    "long names": lambda: passing_run(30, length=80),
    "failing": lambda: failing_run(60),
    "many": lambda: passing_run(10_000, slots=64),
    "many failing": lambda: failing_run(2_500),
}
WITHOUT_SCALES: Final = ("plot_retries",)  # a flow has headings instead


@pytest.fixture(scope="module")
def runs() -> dict[str, RunResult]:
    return {name: make() for name, make in RUNS.items()}


def extents(ax: Axes, texts: Any) -> list[Any]:
    figure: Any = ax.figure
    figure.draw_without_rendering()
    renderer = figure._get_renderer()
    return [text.get_window_extent(renderer) for text in texts if text.get_visible() and text.get_text()]


def overlap(one: Any, other: Any) -> bool:
    """Return whether two texts share more than a pixel."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return bool(across > 1 and down > 1)


def inside(ax: Axes, axis: Any) -> list[Any]:
    """Return the labels of the ticks that are shown."""
    low, high = sorted(axis.get_view_interval())
    return [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("plot", PLOTS)
def test_a_picture_can_be_read(runs: dict[str, RunResult], plot: str, run: str) -> None:
    ax = PLOTS[plot](runs[run])
    assert ax.get_title(loc="left").strip()
    if ax.axison and plot not in WITHOUT_SCALES:
        assert ax.get_xlabel()
    for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
        labels = extents(ax, inside(ax, axis))
        assert not [pair for pair in combinations(labels, 2) if overlap(*pair)]
    texts = extents(ax, ax.texts)
    if len(texts) < 100:
        assert not [pair for pair in combinations(texts, 2) if overlap(*pair)]
    whole = ax.figure.bbox
    for box in [*texts, *extents(ax, [ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label])]:
        assert box.x0 >= whole.x0 - 1
        assert box.x1 <= whole.x1 + 1
        assert box.y0 >= whole.y0 - 1
        assert box.y1 <= whole.y1 + 1


@pytest.mark.parametrize("plot", PLOTS)
def test_a_legend_lies_below_everything(plot: str) -> None:
    ax = PLOTS[plot](shop_run())
    legend = ax.get_legend()
    if legend is None:
        assert plot in WITHOUT_SCALES
        return
    [box] = extents(ax, [ax.xaxis.label])
    assert legend.get_window_extent().y1 <= box.y0 + 1


@pytest.mark.parametrize(
    ("plot", "title"),
    [
        (
            "plot_wave_parallelism",
            "1.74 of 2 slots busy on average (87%); atoms that were ready could have kept 1.83 busy",
        ),
        (
            "plot_timeline",
            "11 attempts on 2 slots in 3.05 s; slots idle 13% of the time; 5 of the attempts failed",
        ),
        ("plot_error_patterns", "2 of 11 atoms failed, 1 given up, each by another cause"),
        (
            "plot_retries",
            "2 of 5 atoms that failed at first passed in the end (1 healed and 1 flaky); 2 retries took 0.35 s",
        ),
        (
            "plot_durations",
            "'shipping' took 2.00 s, 38% of the time of all atoms; half of them took at most 0.45 s",
        ),
        (
            "plot_success",
            "6 of 8 decided atoms passed (75%, between 41% and 93% at 95%); lowest: stock (0 of 1)",
        ),
        (
            "plot_memory",
            "'gross' used most memory: 50 MiB, 10% of its limit; half of the atoms used at most 19 MiB",
        ),
        (
            "plot_graph",
            "11 atoms in 4 waves: 2 failed, 1 without verdict and 1 skipped, which held up 1 more; "
            "critical path of 2 atoms: 2.40 s",
        ),
    ],
)
def test_a_title_states_the_finding(plot: str, title: str) -> None:
    assert PLOTS[plot](shop_run()).get_title(loc="left").replace("\n", " ") == title


def test_a_speedup_says_what_was_and_what_could_be() -> None:
    title = plot_speedup(shop_run()).get_title(loc="left").replace("\n", " ")
    assert title.startswith("Speed-up 1.76 with 2 slots; more than 3 slots gain next to nothing")


def test_causes_that_are_common_are_told() -> None:
    run = failing_run(22)
    title = plot_error_patterns(run).get_title(loc="left").replace("\n", " ")
    assert title == "22 of 22 atoms failed, 2 by kind 0, 2 by kind 1 and 18 otherwise"


@pytest.mark.parametrize("plot", PLOTS)
def test_axes_that_are_given_are_drawn_on_and_nothing_else(plot: str) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    before = dict(mpl.rcParams)
    figure = Figure(figsize=(7, 9), layout="constrained")
    above, below = figure.subplots(2)
    assert PLOTS[plot](shop_run(), ax=below) is below
    assert len(figure.axes) == 2
    assert not above.has_data()
    assert dict(mpl.rcParams) == before


def test_pyplot_knows_of_no_figure() -> None:
    for plot in PLOTS.values():
        plot(shop_run())
    plot_trend(shop_records())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_a_notebook_shows_axes_of_their_own_as_a_picture() -> None:
    ax: Any = plot_timeline(shop_run())
    assert ax._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("plot", [name for name in PLOTS if name not in ("plot_speedup", "plot_graph")])
def test_frames_show_what_the_run_shows(plot: str) -> None:
    run = shop_run()
    frames = {"atoms": atoms_frame(run), "attempts": attempts_frame(run)}
    shown, expected = PLOTS[plot](frames), PLOTS[plot](run)
    assert [one.get_text() for one in shown.get_yticklabels()] == [
        one.get_text() for one in expected.get_yticklabels()
    ]
    assert len(shown.patches) == len(expected.patches)


def test_attempts_alone_tell_what_became_of_the_atoms() -> None:
    frame = attempts_frame(shop_run())
    assert plot_retries(frame).get_title(loc="left") == plot_retries(shop_run()).get_title(loc="left")
    assert "6 of 8 decided atoms" in plot_success(frame).get_title(loc="left")


def test_a_recorded_run_is_taken() -> None:
    run = shop_run()
    recorded = RecordedRun(record=shop_records()[0], plan=SHOP, result=run)
    assert plot_graph(recorded).get_title(loc="left") == plot_graph(run).get_title(loc="left")


@pytest.mark.parametrize(
    ("draw", "error", "why"),
    [
        (lambda: plot_timeline(atoms_frame(shop_run())), ValueError, "plot_timeline shows attempts"),
        (lambda: plot_timeline(42), TypeError, "int: a plot takes a run"),  # type: ignore[arg-type]
        (lambda: plot_timeline({}), ValueError, "a mapping with 'atoms', 'attempts' or both"),
        (lambda: plot_speedup(attempts_frame(shop_run())), TypeError, "give the run or the recorded run"),
        (lambda: plot_graph(attempts_frame(shop_run())), SettingsError, "give plan="),
    ],
)
def test_what_cannot_be_drawn_is_said(draw: Callable[[], object], error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why):
        draw()


@pytest.mark.parametrize("number", [0, 1, 2, 7, 300])
@pytest.mark.parametrize("of", ["success", "time"])
def test_a_trend_of_any_length_can_be_read(number: int, of: Any) -> None:
    ax = plot_trend(shop_records(number), of=of)
    assert ax.get_title(loc="left")
    labels = extents(ax, ax.get_xticklabels())
    assert len(labels) <= 10
    assert not [pair for pair in pairwise(labels) if overlap(*pair)]


def test_names_with_dollars_are_no_formulas() -> None:
    ax = plot_error_patterns(failing_run(20))
    assert any(r"\$for\$" in label.get_text() for label in ax.get_yticklabels())


def test_a_frame_may_have_a_column_with_any_name() -> None:
    frame = attempts_frame(shop_run())
    assert "result" not in frame.columns
    named = frame.assign(result=1)
    assert plot_timeline(named).get_title(loc="left") == plot_timeline(frame).get_title(loc="left")


def test_what_was_tried_for_an_attempt_is_time_of_the_slots() -> None:
    run = passing_run(4, slots=2)
    name, result = next(iter(run.results.items()))
    (attempt,) = result.attempts
    work = tuple(
        Work(started_at=attempt.started_at + timedelta(seconds=0.01 * number), slot=1, wall=0.01)
        for number in range(1, 4)
    )
    tried = replace(result, attempts=(replace(attempt, work=work),))
    run = replace(run, results={**run.results, name: tried})
    data = read(run)
    assert [(trial.slot, round(trial.start, 3)) for trial in data.trials] == [(1, 0.01), (1, 0.02), (1, 0.03)]
    _, without = busy_slots(data.attempts, data.end)
    _, busy = busy_slots(data.busy, data.end)
    assert max(busy) > max(without)
    axes = plot_timeline(run)
    legend = axes.get_legend()
    assert legend is not None
    assert "repair trial" in [text.get_text() for text in legend.get_texts()]
    assert axes.get_title(loc="left").replace("\n", " ").endswith("; 3 repair trials")
