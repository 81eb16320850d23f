"""How a failure looks in pytest: the atom's own source, never ours. Made when somebody looks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.graph import topological_order
from mge_toolkit.core.plans import Atom, FromAtom, Position
from mge_toolkit.core.results import Attempt, ExecutionResult, Outcome, Strategy
from mge_toolkit.reporting.failures import (
    as_attempted,
    as_run,
    fact_lines,
    failing_excerpt,
    label,
    message_lines,
    position_of,
    printable,
    source_lines,
)

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

    from pytest_mge.collector import AtomItem, PlanFile

Line = tuple[str, str]
"""A style and a text."""

MARKUP: Final[dict[str, dict[str, bool]]] = {
    "": {},
    "bold": {"bold": True},
    "error": {"red": True, "bold": True},
    "place": {"red": True, "bold": True},
    "faint": {"light": True},
}


@dataclass(frozen=True, slots=True)
class Crash:
    """Where a failure lies and its message: what pytest's summaries print and JUnit's ``message`` holds."""

    path: str
    lineno: int
    message: str

    def __str__(self) -> str:
        """Format as pytest does for ``--tb=line``."""
        return f"{self.path}:{self.lineno}: {self.message}"


class AtomRepr:
    """A ``longrepr``: what pytest prints about a failed atom, and what other plug-ins turn into text."""

    def __init__(self, crash: Crash, lines: Sequence[Line], style: str = "auto") -> None:
        """Show ``lines`` in pytest's ``--tb`` style."""
        self.reprcrash = crash
        self.style = style
        self._lines = lines

    @property
    def lines(self) -> Sequence[Line]:
        """Return the styled lines."""
        return self._lines

    def toterminal(self, tw: TerminalWriter) -> None:
        """Print the failure; with ``--tb=line`` pytest itself prints all there is, the crash."""
        if self.style == "line":
            return
        for style, text in self.lines:
            tw.line(text, **MARKUP[style])

    def __str__(self) -> str:
        """Return the failure as plain text."""
        return "\n".join(text for _, text in self.lines)

    def to_data(self) -> dict[str, Any]:
        """Return the whole as plain values, for another process."""
        crash = self.reprcrash
        return {
            "style": self.style,
            "crash": [crash.path, crash.lineno, crash.message],
            "lines": [list(line) for line in self.lines],
        }

    @staticmethod
    def from_data(data: dict[str, Any]) -> AtomRepr:
        """Return what :meth:`to_data` was called on."""
        lines = [(style, text) for style, text in data["lines"]]
        return AtomRepr(Crash(*data["crash"]), lines, data["style"])


class AttemptRepr(AtomRepr):
    """A failed attempt. ``style`` is pytest's ``--tb``; ``verbosity`` of 2 shows all there is."""

    def __init__(
        self, atom: Atom, attempt: Attempt, plan_file: PlanFile, *, style: str = "auto", verbosity: int = 0
    ) -> None:
        """Keep what the lines are made of."""
        failure = attempt.failure
        if failure is None:
            raise ValueError(f"attempt {attempt.number} of atom '{atom.id}' passed: there is nothing to show")
        ours = attempt.code == atom.code.text
        place = position_of(atom, failure, plan_file.plan) if ours else plan_position(atom, plan_file)
        first = message_lines(failure)[0]
        super().__init__(Crash(place.file, place.line, first), (), style)
        self._atom = atom
        self._attempt = attempt
        self._failure = failure
        self._plan_file = plan_file
        self._verbosity = verbosity

    @property
    def lines(self) -> Sequence[Line]:
        """Return the source, the message, and what there is to know about the attempt."""
        atom, attempt, dependencies = self._atom, self._attempt, composed(self._plan_file, self._atom)
        errors: list[Line] = [("error", f"E   {line}") for line in message_lines(self._failure)]
        place: Line = ("place", f"{self.reprcrash.path}:{self.reprcrash.lineno}: {label(self._failure)}")
        ran = as_attempted(atom, attempt)
        if self.style == "short":
            return [place, *_excerpt(failing_excerpt(ran, attempt, dependencies)), *errors]
        lines = [*_excerpt(source_lines(atom, attempt, dependencies)), *errors, ("", "")]
        if self._verbosity >= 2:
            lines += [("", line) for line in _everything(ran, dependencies)]
        lines += [("faint", line) for line in fact_lines(atom, attempt, dependencies)]
        lines += _given_up(attempt)
        return [*lines, ("", ""), place]


class TextRepr(AtomRepr):
    """A failure without an attempt: what blocked the atom, or the infrastructure's own evidence."""

    def __init__(self, place: tuple[str, int], title: str, details: Iterable[Line], style: str) -> None:
        """Show ``title`` as the error, then ``details``."""
        lines = [("error", f"E   {line}") for line in printable(title).splitlines()]
        file, line = place
        end: Line = ("place", f"{file}:{line}: {next(iter(title.splitlines()), '')}")
        super().__init__(Crash(file, line, title), [*lines, *details, ("", ""), end], style)


def represent(item: AtomItem, result: ExecutionResult, reason: str) -> AtomRepr:
    """Return what to show for an atom that counts as failed."""
    file, atom = item.plan_file, item.atom
    style, verbosity = _wishes(item)
    if result.failure is not None and result.outcome is Outcome.FAILED:
        return AttemptRepr(atom, result.attempts[-1], file, style=style, verbosity=verbosity)
    details: list[Line] = _evidence(result)
    cause = None if result.blocked_by is None else file.others.get(result.blocked_by)
    if result.failure is not None:
        shown = AttemptRepr(atom, result.attempts[-1], file, style=style, verbosity=verbosity)
        details += [("", ""), *shown.lines]
    elif cause is not None and cause.failure is not None:
        culprit = as_run(file.plan.atoms[cause.atom_id], cause)
        shown = AttemptRepr(culprit, cause.attempts[-1], file, style=style, verbosity=verbosity)
        details += [("", ""), *shown.lines]
    elif cause is not None and cause.evidence:
        details += _evidence(cause)
    return TextRepr((file.plan.path, atom.line), reason, details, style)


def _given_up(attempt: Attempt) -> list[Line]:
    """Return why no changed code followed."""
    decision = attempt.decision
    if decision is None or decision.strategy not in (Strategy.MANUAL, Strategy.SKIP):
        return []
    return [("", f"given up: {line}") for line in printable(decision.reason).splitlines()[:1]]


def _evidence(result: ExecutionResult) -> list[Line]:
    """Return what the infrastructure said each time it was tried, once where it said the same."""
    tries = len(result.evidence)
    said = [printable(line) for line in dict.fromkeys(result.evidence)]
    if tries < 2:
        return []
    return [("", f"tried {tries} times:"), *(("", f"    {line}") for line in said)]


def represent_attempt(item: AtomItem, attempt: Attempt) -> AtomRepr:
    """Return what to show for an attempt that was followed by another."""
    style, verbosity = _wishes(item)
    return AttemptRepr(item.atom, attempt, item.plan_file, style=style, verbosity=verbosity)


def plan_position(atom: Atom, plan_file: PlanFile) -> Position:
    """Return where the plan names the atom, which is where to look for code that is not in the plan."""
    return Position(file=plan_file.plan.path, line=atom.line)


def composed(plan_file: PlanFile, atom: Atom) -> tuple[Atom, ...]:
    """Return the atoms whose code runs before ``atom``'s in the same namespace, in that order."""
    if not atom.depends_on:
        return ()
    atoms, families = plan_file.plan.atoms, plan_file.families
    family = families.get(atom.language, atom.language)
    found: set[str] = set()
    stack = list(atom.depends_on)
    while stack:
        name = stack.pop()
        language = atoms[name].language
        if name not in found and families.get(language, language) == family:
            found.add(name)
            stack.extend(atoms[name].depends_on)
    graph = {name: [needed for needed in atoms[name].depends_on if needed in found] for name in found}
    return tuple(atoms[name] for name in topological_order(graph))


def _wishes(item: AtomItem) -> tuple[str, int]:
    return item.config.getoption("tbstyle", "auto"), int(item.config.getoption("verbose", 0))


def _excerpt(lines: Iterable[str]) -> list[Line]:
    return [("bold" if line.startswith(">") else "", line) for line in lines]


def _everything(atom: Atom, dependencies: Sequence[Atom]) -> list[str]:
    """Return the inputs and the whole program, part by part."""
    lines: list[str] = []
    if atom.inputs:
        lines.append("inputs:")
        for name, value in atom.inputs.items():
            shown = f"the result of '{value.atom}'" if isinstance(value, FromAtom) else _json(value)
            lines.append(f"    {name} = {printable(shown)}")
        lines.append("")
    parts = [(f"code of '{dependency.id}'", dependency.code) for dependency in dependencies]
    parts.append((f"code of '{atom.id}'", atom.code))
    if atom.check is not None:
        parts.append((f"check of '{atom.id}'", atom.check))
    for title, source in parts:
        lines.append(f"{title} ({source.position(1)}):")
        lines += [f"    {printable(line.expandtabs(4))}".rstrip() for line in source.text.splitlines()]
        lines.append("")
    return lines


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 2000 else f"{text[:2000]} ..."
