"""The errors that MGE Toolkit raises: its own failures and its user's mistakes, never an atom's failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mge_toolkit.core.plans import Position


class MgeError(Exception):
    """The base of every error raised on purpose. The message names the remedy."""


class SettingsError(MgeError, ValueError):
    """A setting has a value that cannot be used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake in a plan: where, in which atom, what is wrong and what would mend it."""

    position: Position
    message: str
    atom_id: str | None = None

    def __str__(self) -> str:
        """Format as ``plan.yaml:12: atom 'gross': unknown key 'depend_on' (did you mean 'depends_on'?)``."""
        subject = "" if self.atom_id is None else f"atom '{self.atom_id}': "
        return f"{self.position}: {subject}{self.message}"


class PlanError(MgeError, ValueError):
    """A plan cannot be run. ``problems`` lists every mistake found in it, in the file's order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems and make a message of a line each."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownAtomError(MgeError, LookupError):
    """An atom was asked for that the plan does not have."""

    def __init__(self, atom_id: str, masterplan: str, suggestion: str | None = None) -> None:
        """Keep the ids and say what was probably meant."""
        self.atom_id = atom_id
        self.masterplan = masterplan
        hint = "" if suggestion is None else f" (did you mean '{suggestion}'?)"
        super().__init__(f"masterplan '{masterplan}' has no atom '{atom_id}'{hint}")


class SandboxError(MgeError, RuntimeError):
    """The infrastructure failed under an attempt: no verdict on the program, which may be run again."""


class SandboxUnavailableError(MgeError, RuntimeError):
    """A sandbox cannot give what is demanded of it here; the message says what is missing and the remedy."""


class UnknownSandboxError(SettingsError):
    """A sandbox was asked for by a name that nobody registered."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        """Keep the name and list what there is."""
        self.name = name
        self.known = tuple(known)
        super().__init__(f"unknown sandbox '{name}': choose one of {', '.join(sorted(known))}")


class RecordsError(MgeError, RuntimeError):
    """Records cannot be read or written; the message says where, why, and what would mend it."""


class UnknownRunError(RecordsError, LookupError):
    """A run was asked for that the records do not have."""
