"""Runs code that a person wrote in the place of an atom's, in the sandbox, with nothing that would repair it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.progress import Progress
from mge_toolkit.cli.run import Session
from mge_toolkit.core.errors import MgeError, PlanError
from mge_toolkit.core.plans import Masterplan, Source
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.results import Outcome
from mge_toolkit.core.settings import RepairSettings, Settings
from mge_toolkit.engine.composition import Composer
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.reporting.failures import failure_lines, printable
from mge_toolkit.review import Judgement, ReviewDocument, accepted_codes

OUTPUT_LINES: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How edited code did: ``lines`` say why where it did not pass."""

    passed: bool
    lines: tuple[str, ...] = ()


class Rerun:
    """Runs one atom of the plan that a review is about, and what it needs."""

    def __init__(self, settings: Settings, plugins: Plugins, console: Console) -> None:
        """Run with these settings, but repair nothing and stop at no wave."""
        off = RepairSettings(level=RepairLevel.OFF)
        self._settings = replace(settings, repair=off, wave_threshold=0.0)
        self._plugins = plugins
        self._console = console

    def __call__(self, document: ReviewDocument, atom_id: str, code: str) -> Ended:
        """Run ``atom_id`` with ``code``, and what it needs with the code that healed it or that was accepted.

        Raises :class:`MgeError` where the plan is gone or broken, ``KeyboardInterrupt`` on Ctrl-C.
        """
        plan = _with_codes(plan_of(document, self._plugins), _codes(document) | {atom_id: code})
        if atom_id not in plan.atoms:
            raise MgeError(f"'{plan.path}' has no atom '{atom_id}' any more: run the plan again")
        session = Session(self._settings, self._plugins, Progress(self._console, quiet=True))
        try:
            result = session.run(plan, [atom_id]).results[atom_id]
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        if session.interruption:
            raise KeyboardInterrupt
        if result.outcome is Outcome.PASSED:
            return Ended(passed=True)
        atom = plan.atoms[atom_id]
        if result.attempts and result.outcome is Outcome.FAILED:
            needed = Composer(plan, self._plugins.languages).dependencies(atom)
            lines = failure_lines(atom, result.attempts[-1], needed, output_lines=OUTPUT_LINES)
            return Ended(passed=False, lines=tuple(lines))
        return Ended(passed=False, lines=(f"{result.outcome.value}: {printable(result.reason or '')}",))


def plan_of(document: ReviewDocument, plugins: Plugins) -> Masterplan:
    """Return the plan that was run, as it is now, by the user's own name for it where that still leads there.

    Raises :class:`MgeError` where it is gone, :class:`PlanError` where it is broken.
    """
    named = Path(document.plan)
    path = named if named.absolute() == Path(document.plan_file) else Path(document.plan_file)
    try:
        return load_masterplan(path, languages=plugins.languages)
    except PlanError as error:
        if not path.exists():
            raise MgeError(f"the plan '{path}' is gone: run it again where it is now") from error
        raise


def _codes(document: ReviewDocument) -> dict[str, str]:
    """Return the codes that are not the plan's own: of what was healed, but for rejected ones, and accepted."""
    rejected = {
        name for name, verdict in document.verdicts.items() if verdict.judgement is Judgement.REJECTED
    }
    healed = {name: code for name, code in document.healed.items() if name not in rejected}
    return healed | accepted_codes(document)


def _with_codes(plan: Masterplan, codes: dict[str, str]) -> Masterplan:
    atoms = {
        name: replace(atom, code=Source(text=codes[name], file=f"{atom.code.file} ({name} as reviewed)"))
        if name in codes and codes[name] != atom.code.text
        else atom
        for name, atom in plan.atoms.items()
    }
    return replace(plan, atoms=atoms)
