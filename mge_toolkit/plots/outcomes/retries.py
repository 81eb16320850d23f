"""The way from the first failure, through its category and what was decided, to the outcome."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mge_toolkit.core.results import Category, Strategy
from mge_toolkit.plots.canvas import empty, listed, many, prepare
from mge_toolkit.plots.outcomes.flow import Link, Node, draw_flow
from mge_toolkit.plots.palette import (
    CATEGORY_COLOURS,
    FILL,
    STATUS_COLOURS,
    STATUS_HATCHES,
    STRATEGY_COLOURS,
    Status,
)
from mge_toolkit.plots.source import AttemptRow, Source, with_attempts
from mge_toolkit.reporting.failures import seconds_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NONE: Final = "none"
_FIRST: Final = "first failure"
_HEADINGS: Final = ("failed at first", "category", "first strategy", "outcome")


def plot_retries(source: Source, ax: Axes | None = None) -> Axes:
    """Show what became of the atoms whose first attempt failed: by category, first strategy and outcome.

    Takes a run, a recorded run or its ``attempts_frame()``. Bands are as broad as they have atoms.
    """
    data = with_attempts(source, "plot_retries")
    first = [attempt for attempt in data.attempts if attempt.number == 1 and attempt.failure is not None]
    if not first:
        ran = bool(data.attempts)
        why = "every first attempt passed" if ran else "nothing was executed"
        return empty(ax, "Nothing had to be retried" if ran else "No attempt was made", why)
    again = sum(attempt.wall for attempt in data.attempts if attempt.number > 1)
    again += sum(trial.wall for trial in data.trials)
    retries = sum(attempt.number > 1 for attempt in data.attempts)
    ax = prepare(ax, _finding(first, retries, again))
    categories, strategies, outcomes = (Counter(map(part, first)) for part in (_category, _strategy, _status))
    columns = (
        [Node(key=_FIRST, name=many(len(first), "atom"), colour=FILL)],
        [
            Node(key=one, name=f"{one} {categories[one]:,}", colour=CATEGORY_COLOURS[one])
            for one in Category
            if categories[one]
        ],
        [
            Node(key=one, name=f"{name} {strategies[one]:,}", colour=colour)
            for one, name, colour in _STRATEGIES
            if strategies[one]
        ],
        [
            Node(
                key=one,
                name=f"{one} {outcomes[one]:,}",
                colour=STATUS_COLOURS[one],
                hatch=STATUS_HATCHES.get(one, ""),
            )
            for one in Status
            if outcomes[one]
        ],
    )
    draw_flow(ax, _HEADINGS, columns, _links(first))
    return ax


_STRATEGIES: Final = (
    *((strategy, strategy.value, STRATEGY_COLOURS[strategy]) for strategy in Strategy),
    (_NONE, "no decision", FILL),
)


def _links(first: list[AttemptRow]) -> tuple[list[Link], list[Link], list[Link]]:
    """Return the links between the columns, each column's in the order of its nodes."""
    categories = Counter(map(_category, first))
    decided = Counter((_category(one), _strategy(one)) for one in first)
    ended = Counter((_strategy(one), _status(one)) for one in first)
    keys = [key for key, _, _ in _STRATEGIES]
    return (
        [
            Link(start=_FIRST, end=one, amount=categories[one], colour=CATEGORY_COLOURS[one])
            for one in Category
            if categories[one]
        ],
        [
            Link(start=one, end=key, amount=decided[one, key], colour=CATEGORY_COLOURS[one])
            for one in Category
            for key in keys
            if decided[one, key]
        ],
        [
            Link(start=key, end=status, amount=ended[key, status], colour=STATUS_COLOURS[status])
            for key in keys
            for status in Status
            if ended[key, status]
        ],
    )


def _category(attempt: AttemptRow) -> Category:
    return Category.RUNTIME if attempt.failure is None else attempt.failure.category


def _strategy(attempt: AttemptRow) -> str:
    return _NONE if attempt.strategy is None else attempt.strategy


def _status(attempt: AttemptRow) -> Status:
    return attempt.atom.status


def _finding(first: list[AttemptRow], retries: int, seconds: float) -> str:
    outcomes = Counter(map(_status, first))
    ways = [f"{outcomes[one]:,} {one}" for one in (Status.HEALED, Status.FLAKY) if outcomes[one]]
    passed = sum(outcomes[one] for one in (Status.PASSED, Status.HEALED, Status.FLAKY))
    whose = f"{passed:,} of {many(len(first), 'atom')} that failed at first passed in the end"
    title = whose + (f" ({listed(ways)})" if ways else "")
    if not retries:
        return f"{title}; nothing was retried"
    return f"{title}; {many(retries, 'retry', 'retries')} took {seconds_text(seconds)}"
