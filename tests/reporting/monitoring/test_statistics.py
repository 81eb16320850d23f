"""Percentiles and intervals by their definitions; the sketch against the exact figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.reporting.monitoring.statistics import (
    BOUNDS,
    RELATIVE_ERROR,
    Interval,
    Sketch,
    Spread,
    percentile,
    spread_of,
    wilson_interval,
)

values = st.lists(st.floats(min_value=1e-6, max_value=1e6), min_size=1, max_size=600)
PERCENTILES = ("p50", "p95", "p99")


def sketch_of(numbers: list[float]) -> Sketch:
    sketch = Sketch()
    for number in numbers:
        sketch.add(number)
    return sketch


@given(values)
def test_a_sketch_keeps_its_stated_error(numbers: list[float]) -> None:
    exact, found = spread_of(numbers), sketch_of(numbers).spread()
    for name in PERCENTILES:
        wanted = getattr(exact, name)
        assert abs(getattr(found, name) - wanted) <= wanted * RELATIVE_ERROR * (1 + 1e-9), name
    assert (found.count, found.min, found.max) == (exact.count, exact.min, exact.max)
    assert found.total == pytest.approx(exact.total)


@given(values, st.integers(min_value=0, max_value=600))
def test_sketches_add_up_to_one_of_all_values(numbers: list[float], at: int) -> None:
    merged = sketch_of(numbers[:at])
    merged.merge(sketch_of(numbers[at:]))
    found, whole = merged.spread(), sketch_of(numbers).spread()
    assert [getattr(found, name) for name in PERCENTILES] == [getattr(whole, name) for name in PERCENTILES]
    assert (found.count, found.min, found.max) == (whole.count, whole.min, whole.max)
    assert merged.by_bound() == sketch_of(numbers).by_bound()


@given(values)
def test_counts_at_the_bounds_are_exact(numbers: list[float]) -> None:
    numbers = [*numbers, *BOUNDS]
    found = sketch_of(numbers).by_bound()
    for place, bound in enumerate(BOUNDS):
        assert sum(found[: place + 1]) == sum(number <= bound for number in numbers)
    assert sum(found) == len(numbers)


def test_what_is_no_time_counts_as_none_at_all() -> None:
    sketch = sketch_of([-1.0, math.nan, math.inf, 0.0])
    assert sketch.spread() == Spread(count=4, total=0, min=0, mean=0, p50=0, p95=0, p99=0, max=0)


def test_a_sketch_keeps_few_buckets_however_wide_the_values_are() -> None:
    sketch = sketch_of([1.3**exponent for exponent in range(-300, 300)] * 2)
    assert sketch.spread().count == 1200
    assert len(sketch._buckets) < 1900


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.25, 1), (0.26, 2), (0.5, 2), (0.75, 3), (0.76, 4), (0.99, 4), (1, 4)]
)
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    assert percentile([1, 2, 3, 4], share) == expected


def test_a_percentile_is_not_led_astray_by_rounding() -> None:
    assert percentile(range(1, 101), 0.29) == 29  # 0.29 * 100 is 28.999999999999996
    assert percentile(range(1, 101), 0.07) == 7  # 0.07 * 100 is 7.000000000000001


def test_nothing_has_no_spread() -> None:
    assert spread_of([]) == Sketch().spread() == Spread()


@pytest.mark.parametrize(
    ("passed", "failed", "low", "high"),
    [
        # From the formula, worked out by hand for 1 of 2 and 0 of 1; the others are in the literature's tables.
        (1, 1, 0.0945, 0.9055),
        (0, 1, 0.0, 0.7935),
        (1, 0, 0.2065, 1.0),
        (8, 2, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 0, 0.7225, 1.0),
        (81, 182, 0.2553, 0.3662),
    ],
)
def test_the_wilson_interval(passed: int, failed: int, low: float, high: float) -> None:
    found = wilson_interval(passed, failed)
    assert found is not None
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_nothing_decided_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_interval_holds_its_rate(passed: int, failed: int) -> None:
    found = wilson_interval(passed, failed)
    if passed + failed:
        assert isinstance(found, Interval)
        assert 0 <= found.low <= passed / (passed + failed) <= found.high <= 1
