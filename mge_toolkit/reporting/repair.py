"""Shows what repair did: a diff of one atom's code, and the whole run's repairs in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Final

from mge_toolkit.core.graph import topological_order
from mge_toolkit.core.plans import Atom, Masterplan
from mge_toolkit.core.results import ExecutionResult, Outcome, Spending, Strategy
from mge_toolkit.reporting.failures import printable

_CENT: Final = 0.01
_UNSEEN: Final = re.compile(
    "[\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u202f\u205f-\u2064\u3000\ufe00-\ufe0f\ufeff\ud800-\udfff]"
)


def code_diff(atom: Atom, before: str, after: str, label: str = "", *, context: int = 3) -> list[str]:
    """Return a unified diff of an atom's code for people, without line ends; empty where nothing differs.

    ``label`` says what the new code is, such as ``healed by names``. What drives a terminal and what cannot be
    seen (a zero-width space, a tab that makes way for blanks) is shown escaped: one must see what changed.
    """
    name = f"{atom.code.file}:{atom.code.line} {atom.id}"
    if not before.endswith("\n") and not after.endswith("\n"):
        before, after = f"{before}\n", f"{after}\n"
    old, new = _lines(before), _lines(after)
    tabs = before.count("\t") != after.count("\t")
    lines = unified_diff(old, new, name, f"{name} ({label})" if label else name, n=context, lineterm="")
    return [shown for line in lines for shown in _shown(line, tabs=tabs)]


def visible(text: str) -> str:
    """Return ``text`` made harmless for a terminal, with what has no shape of its own escaped too."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), printable(text))


def repair_summary(results: Mapping[str, ExecutionResult], plan: Masterplan | None = None) -> str:
    """Return ``healed 3 · flaky 1 · manual 2 · $0.04 · 5 passed only because of healed code``, or nothing.

    With ``plan``, an atom that ran with a healed dependency's code, or with its result, counts among the last.
    """
    found = list(results.values())
    counted = (
        ("healed", sum(result.healed for result in found)),
        ("flaky", sum(result.flaky for result in found)),
        ("manual", sum(is_manual(result) for result in found)),
    )
    parts = [f"{name} {number}" for name, number in counted if number]
    spending = sum((result.spending for result in found), Spending())
    if spending != Spending():
        parts.append(spending_text(spending))
    owed = _owed_to_repair(results, plan)
    if owed:
        parts.append(f"{owed} passed only because of healed code")
    return " · ".join(parts)


def is_manual(result: ExecutionResult) -> bool:
    """Return whether the atom did not pass and was left to a person."""
    decision = result.attempts[-1].decision if result.attempts else None
    return (
        result.outcome is not Outcome.PASSED and decision is not None and decision.strategy is Strategy.MANUAL
    )


def spending_text(spending: Spending) -> str:
    """Return the cost: ``$0.04``, or the tokens where a price is unknown."""
    if spending.usd is None:
        tokens = (
            spending.input_tokens
            + spending.output_tokens
            + spending.cache_write_tokens
            + spending.cache_read_tokens
        )
        return f"{tokens:,} tokens of unknown price"
    return "<$0.01" if 0 < spending.usd < _CENT else f"${spending.usd:,.2f}"


def _owed_to_repair(results: Mapping[str, ExecutionResult], plan: Masterplan | None) -> int:
    """Return how many atoms passed that would not have without healed code, their own or a dependency's."""
    if plan is None:
        return sum(result.healed for result in results.values())
    owed: set[str] = set()
    graph = {name: atom.predecessors for name, atom in plan.atoms.items()}
    for name in topological_order(graph):
        result = results.get(name)
        passed = result is not None and result.outcome is Outcome.PASSED
        if result is not None and passed and (result.healed or not owed.isdisjoint(graph[name])):
            owed.add(name)
    return len(owed)


def _lines(text: str) -> list[str]:
    """Return the lines without their ends, but for a last line that has none: that one is marked by an end."""
    lines = text.split("\n")
    last = lines.pop()
    return [*lines, f"{last}\n"] if last else lines


def _shown(line: str, *, tabs: bool) -> Iterator[str]:
    changed = line.startswith(("-", "+")) and not line.startswith(("--- ", "+++ "))
    body = line.removesuffix("\n")
    yield visible(body.replace("\t", "\\t") if tabs and changed else body)
    if changed and line.endswith("\n"):
        yield "\\ No newline at end of file"
