"""The few statistics that monitoring and aggregation report, each with its definition."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from mge_toolkit.reporting.monitoring.plain import Plain

RELATIVE_ERROR: Final = 0.01
"""How far a percentile of a :class:`Sketch` may be from the exact one, as a share of it."""

BOUNDS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
)
"""The bounds in seconds at which a :class:`Sketch` counts exactly."""

_GAMMA: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_PER_LOG: Final = 1 / math.log(_GAMMA)
_MIDDLE: Final = 2 / (_GAMMA + 1)
_LEAST: Final = 1e-7
_MOST: Final = 1e9
_MOST_KEY: Final = math.ceil(math.log(_MOST) * _PER_LOG)
_TOGETHER: Final = 256
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread(Plain):
    """How values spread. A percentile is the least value that at least so many percent of them do not exceed.

    ``total`` is their sum; everything but it and ``count`` is ``None`` where there are no values.
    """

    count: int = 0
    total: float = 0.0
    min: float | None = None
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval(Plain):
    """A confidence interval of a rate, both ends between 0 and 1."""

    low: float
    high: float


def success_rate(passed: int, failed: int) -> float | None:
    """Return passed ÷ (passed + failed), or ``None`` where nothing was decided."""
    decided = passed + failed
    return passed / decided if decided else None


def wilson_interval(passed: int, failed: int) -> Interval | None:
    """Return the 95 % Wilson score interval of the success rate, or ``None`` where nothing was decided."""
    decided = passed + failed
    if not decided:
        return None
    rate, z2 = passed / decided, _Z95 * _Z95
    middle = (rate + z2 / (2 * decided)) / (1 + z2 / decided)
    half = _Z95 / (1 + z2 / decided) * math.sqrt(rate * (1 - rate) / decided + z2 / (4 * decided * decided))
    # The ends at 0 and 1 are exact; what is computed misses them by a rounding error.
    low = 0.0 if not passed else max(middle - half, 0.0)
    high = 1.0 if not failed else min(middle + half, 1.0)
    return Interval(low=low, high=high)


def spread_of(values: Iterable[float]) -> Spread:
    """Return the exact spread of ``values``, the same in whatever order they come."""
    ordered = sorted(values)
    count = len(ordered)
    if not count:
        return Spread()
    total = math.fsum(ordered)
    return Spread(
        count=count,
        total=total,
        min=ordered[0],
        mean=total / count,
        p50=percentile(ordered, 0.50),
        p95=percentile(ordered, 0.95),
        p99=percentile(ordered, 0.99),
        max=ordered[-1],
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the least of the sorted values that at least ``share`` of them do not exceed."""
    return ordered[_rank(len(ordered), share)]


def _rank(count: int, share: float) -> int:
    """Return the place from 0 of a percentile; a product a rounding error above a whole number counts as it."""
    return max(math.ceil(round(share * count, 9)) - 1, 0)


class Sketch:
    """Percentiles of a stream of values in bounded memory, each within :data:`RELATIVE_ERROR` of the exact one.

    Values fall into buckets whose bounds grow by a constant factor: between 1e-7 and 1e9, beyond which values
    count as these, there are some 1,850. Negative values and what is no number count as 0. Count, sum, least and
    largest value are exact, and so is :meth:`by_bound`. Values are put into buckets some hundred at a time.
    """

    __slots__ = ("_bounded", "_buckets", "_count", "_max", "_min", "_new", "_total", "_zeros")

    def __init__(self) -> None:
        """Start without values."""
        self._buckets: dict[int, int] = {}
        self._zeros = 0
        self._count = 0
        self._total = 0.0
        self._min = math.inf
        self._max = 0.0
        self._bounded = [0] * (len(BOUNDS) + 1)
        self._new: list[float] = []

    def add(self, value: float) -> None:
        """Take one value."""
        self._new.append(value)
        if len(self._new) >= _TOGETHER:
            self._put_away()

    def _put_away(self) -> None:
        """Put new values into their buckets."""
        if not self._new:
            return
        values = [value if 0 <= value < math.inf else 0.0 for value in self._new]
        self._new = []
        self._count += len(values)
        self._total += math.fsum(values)
        self._min = min(self._min, *values)
        self._max = max(self._max, *values)
        buckets, bounded, log, ceil = self._buckets, self._bounded, math.log, math.ceil
        for value in values:
            bounded[bisect_left(BOUNDS, value)] += 1
            if value < _LEAST:
                self._zeros += 1
            else:
                key = ceil(log(value) * _PER_LOG)
                buckets[key] = buckets.get(key, 0) + 1
        if self._max > _MOST:
            over = [key for key in buckets if key > _MOST_KEY]
            buckets[_MOST_KEY] = buckets.get(_MOST_KEY, 0) + sum(buckets.pop(key) for key in over)

    def merge(self, other: Sketch) -> None:
        """Take every value that ``other`` took."""
        self._put_away()
        other._put_away()
        for key, number in other._buckets.items():
            self._buckets[key] = self._buckets.get(key, 0) + number
        self._zeros += other._zeros
        self._count += other._count
        self._total += other._total
        self._min = min(self._min, other._min)
        self._max = max(self._max, other._max)
        self._bounded = [mine + theirs for mine, theirs in zip(self._bounded, other._bounded, strict=True)]

    @property
    def total(self) -> float:
        """Return the values' sum."""
        self._put_away()
        return self._total

    def by_bound(self) -> list[int]:
        """Return how many values lie above one of :data:`BOUNDS` and not above the next; the last above all."""
        self._put_away()
        return list(self._bounded)

    def spread(self) -> Spread:
        """Return how the values spread so far."""
        self._put_away()
        count = self._count
        if not count:
            return Spread()
        p50, p95, p99 = self._percentiles((0.50, 0.95, 0.99))
        return Spread(
            count=count,
            total=self._total,
            min=self._min,
            mean=self._total / count,
            p50=p50,
            p95=p95,
            p99=p99,
            max=self._max,
        )

    def _percentiles(self, shares: Sequence[float]) -> list[float]:
        """Return the percentiles for ascending ``shares`` in one pass."""
        found: list[float] = []
        wanted = [_rank(self._count, share) for share in shares]
        seen = 0
        ordered = ((_stands_for(key), self._buckets[key]) for key in sorted(self._buckets))
        for value, number in chain([(0.0, self._zeros)], ordered):
            seen += number
            while len(found) < len(wanted) and wanted[len(found)] < seen:
                found.append(min(max(value, self._min), self._max))
        return found


def _stands_for(key: int) -> float:
    """Return the value that is equally far, in relation, from both bounds of a bucket."""
    return float(_GAMMA**key * _MIDDLE)
