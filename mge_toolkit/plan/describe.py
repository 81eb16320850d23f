"""A plan in words, for `mge check`: its size, its waves and its graph. Nothing runs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from mge_toolkit.core.graph import Graph, longest_path, waves
from mge_toolkit.core.plans import Atom, FromAtom, Masterplan
from mge_toolkit.plan.idle import tests_nothing
from mge_toolkit.plan.linking import FAMILIES

WIDTH: Final = 100
NAMES_SHOWN: Final = 240
WAVES_SHOWN: Final = 30
CHAIN_SHOWN: Final = 12
NOTES_SHOWN: Final = 10


def describe(plan: Masterplan, *, limit: int = 80) -> str:
    """Return the plan as text. The graph is cut after ``limit`` lines, and long lists are abbreviated."""
    graph = {name: atom.predecessors for name, atom in plan.atoms.items()}
    numbers = waves(graph)
    summary, tree = _summary(plan, graph, numbers), _tree(plan, graph, numbers, limit)
    return "\n".join([*summary, "", *_waves(plan, numbers), "", *tree, ""])


def _summary(plan: Masterplan, graph: Graph, numbers: dict[str, int]) -> Iterator[str]:
    atoms = list(plan.atoms.values())
    sizes = Counter(numbers.values())
    yield f"{plan.name}: {_count(len(atoms), 'atom')} in {_count(len(sizes), 'wave')}"
    languages = Counter(atom.language for atom in atoms)
    yield from _row("languages", ", ".join(f"{name} {number}" for name, number in languages.most_common()))
    components = {atom.component for atom in atoms if atom.component}
    modules = {(atom.component, atom.module) for atom in atoms if atom.module}
    if components or modules:
        yield from _row("groups", f"{_count(len(components), 'component')}, {_count(len(modules), 'module')}")
    code = sum(_shares(atom, plan.atoms[name]) for atom in atoms for name in atom.depends_on)
    order = sum(len(atom.depends_on) for atom in atoms) - code
    data = sum(len(atom.sources) for atom in atoms)
    orders = f", {order} for order only (between languages)" if order else ""
    yield from _row("dependencies", f"{code} on code, {data} on results{orders}")
    checked = sum(atom.check is not None or atom.expect is not None for atom in atoms)
    yield from _row("checked", f"{checked} of {len(atoms)} by a check or an expectation")
    for name in islice((atom.id for atom in atoms if tests_nothing(atom)), NOTES_SHOWN):
        yield from _row("note", f"{name}: its check asserts nothing: write 'assert' before what must be true")
    if plan.preload:
        yield from _row("preload", ", ".join(plan.preload))
    widest = max(sizes, key=sizes.__getitem__, default=0)
    yield from _row("at once", f"at most {_count(sizes[widest], 'atom')} of a wave, in wave {widest}")
    path, _ = longest_path(graph, lambda _: 1.0)
    if len(path) > 1:
        yield from _row("longest chain", f"{_chain(path)} ({len(path)} atoms)")
    followers = Counter(before for predecessors in graph.values() for before in predecessors)
    name, number = followers.most_common(1)[0] if followers else ("", 0)
    if number > 1:
        yield from _row("most built on", f"{name}, by {number} atoms directly")


def _shares(atom: Atom, other: Atom) -> bool:
    """Return whether the code of ``other`` can run in the namespace of ``atom``."""
    one, two = (FAMILIES.get(language, language) for language in (atom.language, other.language))
    return one == two


def _row(label: str, text: str) -> Iterator[str]:
    lead = f"  {label:<15}"
    indent = " " * len(lead)
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _chain(path: Sequence[str]) -> str:
    half = CHAIN_SHOWN // 2
    shown = path if len(path) <= CHAIN_SHOWN else [*path[:half], "...", *path[-half:]]
    return " -> ".join(shown)


def _waves(plan: Masterplan, numbers: dict[str, int]) -> Iterator[str]:
    members: dict[int, list[str]] = {}
    for name in plan.atoms:
        members.setdefault(numbers[name], []).append(name)
    yield "waves"
    # Few waves may show many names each, many waves only some.
    most = max(8, NAMES_SHOWN // (1 + len(members)))
    for number in sorted(members)[:WAVES_SHOWN]:
        names = members[number]
        rest = len(names) - most
        text = ", ".join(names[:most]) + (f", ... and {rest:,} more" if rest > 0 else "")
        lead = f"  {number:>3}  {f'({len(names):,})':<7} "
        indent = " " * len(lead)
        yield from textwrap.wrap(
            text, WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False
        )
    if len(members) > WAVES_SHOWN:
        yield f"  ... and {_count(len(members) - WAVES_SHOWN, 'more wave')}"


def _tree(plan: Masterplan, graph: Graph, numbers: dict[str, int], limit: int) -> Iterator[str]:
    """Yield a tree in which every atom stands once: below the last of those that it waits for."""
    yield "graph (each atom stands below the last that it waits for; '<-' is another's result)"
    parents = {name: max(before, key=numbers.__getitem__, default=None) for name, before in graph.items()}
    children: dict[str | None, list[str]] = {}
    for name, parent in parents.items():
        children.setdefault(parent, []).append(name)
    common = Counter(atom.language for atom in plan.atoms.values()).most_common(1)
    usual = common[0][0] if common else ""
    stack = [(name, "  ", "  ") for name in reversed(children.get(None, []))]
    shown = 0
    while stack:
        if shown == limit:
            yield f"  ... and {_count(len(plan.atoms) - shown, 'more atom')}"
            return
        name, lead, below = stack.pop()
        yield f"{lead}{name}{_notes(plan.atoms[name], parents[name], usual)}"
        shown += 1
        following = children.get(name, [])
        for child in reversed(following):
            last = child == following[-1]
            stack.append((child, below + ("`-- " if last else "+-- "), below + ("    " if last else "|   ")))


def _notes(atom: Atom, parent: str | None, usual: str) -> str:
    """Return what the tree does not show of an atom: another language, further dependencies, inputs."""
    language = f" [{atom.language}]" if atom.language != usual else ""
    others = [before for before in atom.depends_on if before != parent]
    notes = [f"also on {', '.join(others)}"] if others else []
    notes += [f"{name} <- {value.atom}" for name, value in atom.inputs.items() if isinstance(value, FromAtom)]
    if not atom.critical:
        notes.append("not critical")
    return language + (f"  {'; '.join(notes)}" if notes else "")
