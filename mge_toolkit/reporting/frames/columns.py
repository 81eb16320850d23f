"""The columns of every frame: names, dtypes, meanings, units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.results import Category, Limit, Origin, Outcome, Role, Strategy

CATEGORY: Final = "category"
TEXT: Final = "string"
FLAG: Final = "bool"
WHOLE: Final = "int64"
WHOLE_OR_NONE: Final = "Int64"
NUMBER: Final = "float64"
DURATION: Final = "timedelta64[ns]"
TIME: Final = "datetime64[ns, UTC]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: its name, its pandas dtype, what it means and in which unit.

    ``values`` are all values that a categorical column can have, in their order; without them its categories are
    those that occur, sorted.
    """

    name: str
    dtype: str
    meaning: str
    unit: str = ""
    values: tuple[str, ...] = ()


def _of(kind: type[Outcome | Category | Strategy | Origin | Role | Limit]) -> tuple[str, ...]:
    return tuple(member.value for member in kind)


_ISOLATION: Final = ("none", "degraded", "full")

_ATOM: Final = (
    Column(name="atom_id", dtype=TEXT, meaning="the atom"),
    Column(name="component", dtype=CATEGORY, meaning="its component, missing where it has none"),
    Column(name="module", dtype=CATEGORY, meaning="its module, missing where it has none"),
    Column(name="language", dtype=CATEGORY, meaning="its language, missing where that was not given"),
    Column(name="wave", dtype=WHOLE, meaning="its wave, from 0"),
)
_FAILURE: Final = (
    Column(name="category", dtype=CATEGORY, meaning="the failure's category", values=_of(Category)),
    Column(name="kind", dtype=CATEGORY, meaning="its finer kind"),
    Column(name="message", dtype=TEXT, meaning="what it says"),
)
_USED: Final = (
    Column(name="wall", dtype=DURATION, meaning="wall time"),
    Column(name="cpu", dtype=DURATION, meaning="CPU time"),
    Column(name="peak_memory", dtype=WHOLE_OR_NONE, meaning="memory at its peak", unit="bytes"),
    Column(name="isolation", dtype=CATEGORY, meaning="the isolation it had", values=_ISOLATION),
    Column(name="tokens", dtype=WHOLE, meaning="tokens of language models, all kinds together"),
    Column(
        name="usd",
        dtype=NUMBER,
        meaning="what they cost, missing where a price is unknown",
        unit="US dollars",
    ),
)

ATOM_COLUMNS: Final = (
    *_ATOM,
    Column(name="outcome", dtype=CATEGORY, meaning="what became of it", values=_of(Outcome)),
    Column(name="healed", dtype=FLAG, meaning="it passed with code other than the plan's"),
    Column(name="flaky", dtype=FLAG, meaning="its own code failed and then passed unchanged"),
    Column(name="reported", dtype=FLAG, meaning="it was asked for, not only needed by another"),
    Column(name="origin", dtype=CATEGORY, meaning="where its result comes from", values=_of(Origin)),
    Column(name="attempts", dtype=WHOLE, meaning="its attempts"),
    Column(name="source", dtype=CATEGORY, meaning="who wrote the code of the last attempt"),
    Column(name="strategy", dtype=CATEGORY, meaning="the last decision about it", values=_of(Strategy)),
    *_FAILURE,
    Column(name="reason", dtype=TEXT, meaning="why it did not pass"),
    Column(name="blocked_by", dtype=TEXT, meaning="the atom that did not pass"),
    Column(name="started_at", dtype=TIME, meaning="when its first attempt began"),
    *_USED,
)
"""A row an atom, in the plan's order.

Failure, source and isolation are those of its last attempt; ``wall``, ``cpu``, ``tokens`` and ``usd`` those of all
its attempts together; ``peak_memory`` is the largest.
"""

ATTEMPT_COLUMNS: Final = (
    *_ATOM,
    Column(name="number", dtype=WHOLE, meaning="the attempt, from 1, which is the plan's own code"),
    Column(name="passed", dtype=FLAG, meaning="the atom passed with it"),
    Column(name="source", dtype=CATEGORY, meaning="who wrote the code"),
    Column(name="explanation", dtype=TEXT, meaning="what its author says about it"),
    Column(name="confidence", dtype=NUMBER, meaning="how sure its author is", unit="0 to 1"),
    *_FAILURE,
    Column(name="culprit", dtype=TEXT, meaning="the atom whose code failed"),
    Column(name="role", dtype=CATEGORY, meaning="the part of it that failed", values=_of(Role)),
    Column(name="line", dtype=WHOLE_OR_NONE, meaning="the line of that part", unit="from 1"),
    Column(name="strategy", dtype=CATEGORY, meaning="what was decided after it", values=_of(Strategy)),
    Column(name="started_at", dtype=TIME, meaning="when it began"),
    Column(name="slot", dtype=WHOLE, meaning="the slot that it ran on", unit="from 0"),
    *_USED,
    Column(name="exit_code", dtype=WHOLE_OR_NONE, meaning="the process's exit code"),
    Column(name="signal", dtype=WHOLE_OR_NONE, meaning="the signal that ended it"),
    Column(name="limit", dtype=CATEGORY, meaning="the limit that ended it", values=_of(Limit)),
    Column(name="stdout_bytes", dtype=WHOLE, meaning="what it wrote to stdout", unit="bytes"),
    Column(name="stderr_bytes", dtype=WHOLE, meaning="what it wrote to stderr", unit="bytes"),
    Column(name="trials", dtype=WHOLE, meaning="candidates of its round of repair"),
    Column(name="code", dtype=TEXT, meaning="the code, missing where only the plan's is not known"),
)
"""A row an attempt, atom by atom in the plan's order."""

WAVE_COLUMNS: Final = (
    Column(name="wave", dtype=WHOLE, meaning="the wave, from 0"),
    Column(name="planned", dtype=WHOLE, meaning="its atoms"),
    *(
        Column(name=outcome.value, dtype=WHOLE, meaning=f"atoms whose outcome is {outcome.value}")
        for outcome in Outcome
    ),
    Column(name="healed", dtype=WHOLE, meaning="healed atoms among those that passed"),
    Column(name="flaky", dtype=WHOLE, meaning="flaky atoms among those that passed"),
    Column(
        name="success_rate",
        dtype=NUMBER,
        meaning="passed / (passed + failed), missing where nothing was decided",
        unit="0 to 1",
    ),
    Column(name="wall", dtype=DURATION, meaning="from its start to its end"),
    Column(
        name="attempt_time",
        dtype=DURATION,
        meaning="how long its attempts and repair trials kept slots busy",
    ),
    Column(name="parallelism", dtype=NUMBER, meaning="attempt_time / wall", unit="slots"),
    Column(
        name="theoretical_parallelism",
        dtype=WHOLE,
        meaning="the most there could be: the lesser of atoms and slots",
        unit="slots",
    ),
)
"""A row a wave."""

ERROR_COLUMNS: Final = (
    Column(name="category", dtype=CATEGORY, meaning="the failures' category", values=_of(Category)),
    Column(name="kind", dtype=CATEGORY, meaning="their finer kind"),
    Column(name="message", dtype=TEXT, meaning="what they have in common, with varying values blanked"),
    Column(
        name="place", dtype=TEXT, meaning="code or check of the atom itself, or ATOM:LINE of a dependency"
    ),
    Column(name="count", dtype=WHOLE, meaning="attempts that failed so"),
    Column(name="atoms", dtype=WHOLE, meaning="atoms that failed so"),
    Column(name="first_wave", dtype=WHOLE, meaning="the first wave in which it occurred"),
    Column(name="healed", dtype=WHOLE, meaning="those atoms that passed with changed code"),
)
"""A row a cluster of failures that say the same at the same place, the most frequent first."""

COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "atoms": ATOM_COLUMNS,
    "attempts": ATTEMPT_COLUMNS,
    "waves": WAVE_COLUMNS,
    "errors": ERROR_COLUMNS,
}
"""Every frame's columns by the frame's name."""


def place_in(columns: Sequence[Column], name: str) -> int:
    """Return the place of a column in a table."""
    return next(place for place, column in enumerate(columns) if column.name == name)
