"""Which failures say the same, how many atoms they hit, and how many of those passed in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mge_toolkit.core.results import Category, Failure
from mge_toolkit.plots.canvas import (
    SMALL,
    cut,
    empty,
    label,
    legend,
    listed,
    many,
    patch,
    prepare,
    whole_numbers,
)
from mge_toolkit.plots.palette import CATEGORY_COLOURS, INK, MUTED, Status
from mge_toolkit.plots.source import AttemptRow, RunData, Source, with_attempts
from mge_toolkit.reporting.monitoring.patterns import Pattern, pattern_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN: Final = 12
_LETTERS: Final = 52
_PALE: Final = 0.35
_LOST: Final = (Status.FAILED, Status.SKIPPED, Status.ERROR, Status.BLOCKED, Status.STOPPED)
_CAUSES: Final[Mapping[str, str]] = {
    "syntax": "a syntax error",
    "indentation": "wrong indentation",
    "module": "a missing module",
    "import": "a missing import",
    "typecheck": "a type check",
    "type": "a type error",
    "assertion": "a failed assertion",
    "mismatch": "an unexpected result",
    "attribute": "a missing attribute",
    "key": "a missing key",
    "index": "an index out of range",
    "name": "an unknown name",
    "memory": "too much memory",
    "output": "too much output",
    "wall": "the wall-time limit",
    "cpu": "the CPU-time limit",
    "recursion": "endless recursion",
    "value": "a wrong value",
    "signal": "a signal",
    "exit": "an early exit",
    "refused": "a refused repair",
}


@dataclass(kw_only=True, slots=True)
class _Group:
    attempts: int = 0
    passed: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)

    @property
    def atoms(self) -> int:
        return len(self.passed) + len(self.lost)


def plot_error_patterns(source: Source, ax: Axes | None = None) -> Axes:
    """Show the failures that say the same at the same place, by how many atoms they hit; the twelve most frequent.

    Takes a run, a recorded run or its ``attempts_frame()``. The pale end of a bar is atoms that passed in the end.
    """
    data = with_attempts(source, "plot_error_patterns")
    groups = _grouped(data.attempts)
    if not groups:
        ran = bool(data.attempts)
        why = f"attempts made: {len(data.attempts):,}" if ran else "nothing was executed"
        return empty(ax, "No attempt failed" if ran else "No attempt was made", why)
    ordered = sorted(groups.items(), key=lambda item: (-item[1].atoms, -item[1].attempts))
    shown, rest = ordered[:_SHOWN], ordered[_SHOWN:]
    names = [cut(_name(pattern), _LETTERS) for pattern, _ in shown]
    height = 1.9 + 0.31 * len(shown) + 0.31 * bool(rest)
    ax = prepare(ax, _finding(data), grid="x", height=height, names=max(map(len, names)))
    for place, (pattern, group) in enumerate(shown):
        colour = CATEGORY_COLOURS[pattern.category]
        ax.barh(-place, len(group.lost), height=0.66, color=colour)
        ax.barh(-place, len(group.passed), left=len(group.lost), height=0.66, color=colour, alpha=_PALE)
        note = f"{group.atoms:,}"
        if group.attempts > group.atoms:
            note += f" ({many(group.attempts, 'attempt')})"
        ax.annotate(
            note,
            (group.atoms, -place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
        )
    places = [-place for place in range(len(shown))]
    if rest:
        names.append(
            f"and {many(len(rest), 'rarer pattern')}, {many(sum(g.attempts for _, g in rest), 'attempt')}"
        )
        places.append(-len(shown))
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(places[-1] - 0.6, 0.6)
    ax.set_xlim(0, shown[0][1].atoms * 1.22)
    whole_numbers(ax.xaxis)
    label(ax, "atoms")
    legend(ax, _handles(shown))
    return ax


def _grouped(attempts: Sequence[AttemptRow]) -> dict[Pattern, _Group]:
    groups: dict[Pattern, _Group] = {}
    for attempt in attempts:
        if attempt.failure is None:
            continue
        group = groups.setdefault(pattern_of(attempt.atom.atom_id, attempt.failure), _Group())
        group.attempts += 1
        (group.lost if attempt.atom.status in _LOST else group.passed).add(attempt.atom.atom_id)
    return groups


def _name(pattern: Pattern) -> str:
    place = "" if pattern.place == "code" else f" (in the {pattern.place})"
    if pattern.place not in ("code", "check", "dependency"):
        place = f" (in {pattern.place})"
    room = _LETTERS - len(place)
    message = pattern.message or pattern.kind
    return f"{message if len(message) <= room else f'{message[: room - 1]}…'}{place}"


def _handles(shown: Sequence[tuple[Pattern, _Group]]) -> list[object]:
    found = {pattern.category for pattern, _ in shown}
    handles = [patch(CATEGORY_COLOURS[one], one.value) for one in Category if one in found]
    if any(group.passed for _, group in shown):
        handles.append(patch(MUTED, "pale: passed in the end", alpha=_PALE))
    return handles


def _finding(data: RunData) -> str:
    """Return how many atoms failed, and by what in the last attempt most of them did."""
    total = many(len(data.atoms), "atom")
    ended = [
        one
        for one, following in zip(data.attempts, [*data.attempts[1:], None], strict=True)
        if _last(one, following)
    ]
    lost = [
        one for one in ended if one.failure is not None and one.atom.status in (Status.FAILED, Status.SKIPPED)
    ]
    if not lost:
        failed = sum(attempt.failure is not None for attempt in data.attempts)
        return f"None of {total} failed in the end, after {many(failed, 'failed attempt')}"
    given_up = sum(one.atom.status is Status.SKIPPED for one in lost)
    parts = [f"{len(lost) - given_up:,} of {total} failed", *([f"{given_up:,} given up"] if given_up else [])]
    causes_of = Counter(_cause(one.failure) for one in lost if one.failure is not None)
    common = causes_of.most_common(2)
    if len(lost) == 1:
        causes = f"by {common[0][0]}"
    elif common[0][1] == len(lost):
        causes = f"all by {common[0][0]}"
    elif common[0][1] > 1:
        parted = [f"{number:,} by {cause}" for cause, number in common]
        others = len(lost) - sum(number for _, number in common)
        causes = listed([*parted, *([f"{others:,} otherwise"] if others else [])])
    else:
        causes = (
            "each by another cause"
            if len(lost) == len({one.failure.kind for one in lost if one.failure})
            else ""
        )
    return ", ".join(filter(None, [*parts, causes]))


def _last(attempt: AttemptRow, following: AttemptRow | None) -> bool:
    return following is None or following.atom is not attempt.atom


def _cause(failure: Failure) -> str:
    return _CAUSES.get(failure.kind, failure.kind.replace("_", " ") or failure.category.value)
