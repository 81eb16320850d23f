"""Completion of commands, options, atoms, runs and plan files in ``%mge`` and ``%%atom``."""

from __future__ import annotations

import argparse
import re
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.runs import RunResult
from mge_toolkit.notebook.magics.grammar import (
    cell_parser,
    choices_of,
    command_parsers,
    line_parser,
    option_names,
)
from mge_toolkit.notebook.session import Named
from mge_toolkit.plan.load import SUFFIXES, load_masterplan

if TYPE_CHECKING:
    from mge_toolkit.notebook.magics.commands import MgeMagics

_ASSIGNED: Final = re.compile(r"\s*[\w, ]+=\s*(%mge\s.*)$")
_RUNS: Final = 30
_FILES: Final = 200
_LARGE: Final = 1_000_000  # bytes: a larger plan is not read for a completion


class Completion:
    """Answers what could stand at the cursor."""

    def __init__(self, magics: MgeMagics) -> None:
        """Complete for these magics."""
        self._magics = magics

    def of_line(self, _: Any, event: Any) -> list[str]:
        """Return what could follow in a line with ``%mge``."""
        before = self._before(event)
        parsers = command_parsers(line_parser())
        if not before:
            return sorted(parsers)
        command = before[0]
        if command not in parsers:
            return []
        found = self._of_option(parsers[command], before, event.symbol)
        if found is not None:
            return found
        match command:
            case "run":
                return [] if _positional(before[1:]) else self._plans(event)
            case "show" | "compare":
                return self._runs()
        return []

    def of_assignment(self, context: Any) -> dict[str, Any]:
        """Return what could follow in a line such as ``run = %mge run``, for which a shell has no hook."""
        from IPython.core.completer import SimpleCompletion

        written = _ASSIGNED.match(context.text_until_cursor)
        if written is None:
            return {"completions": [], "suppress": False}
        event = SimpleNamespace(text_until_cursor=written[1], symbol=_last_word(written[1]))
        fitting = [text for text in self.of_line(None, event) if text.startswith(event.symbol)]
        return {
            "completions": [SimpleCompletion(text=text, type="mge") for text in fitting],
            "matched_fragment": event.symbol,
            "suppress": True,
        }

    def of_cell(self, _: Any, event: Any) -> list[str]:
        """Return what could follow in the first line of a cell with ``%%atom``."""
        before = self._before(event)
        if not before and not event.symbol.startswith("-"):
            return list(self._magics.session.cells.names)
        found = self._of_option(cell_parser(), before, event.symbol)
        return option_names(cell_parser()) if found is None else found

    def _before(self, event: Any) -> list[str]:
        """Return the words between the magic and the word at the cursor."""
        text: str = event.text_until_cursor
        before = text[: len(text) - len(event.symbol)].split()[1:]
        # A list such as a,b is one word to us, and two to the shell.
        while before and before[-1].endswith(","):
            before.pop()
        return before

    def _of_option(self, parser: argparse.ArgumentParser, before: list[str], symbol: str) -> list[str] | None:
        if symbol.startswith("-"):
            return option_names(parser)
        last = before[-1] if before else ""
        if not last.startswith("--"):
            return None
        match last:
            case "--atoms" | "--depends-on" | "--remove" | "--atom":
                return self._atoms(last, before)
            case "--sandbox":
                return sorted(self._magics.session.plugins.sandboxes)
            case "--language":
                return sorted(self._magics.session.plugins.languages)
            case "--resume":
                return self._runs()
            case "--masterplan":
                return self._masterplans()
        return list(choices_of(parser, last)) or None

    def _atoms(self, option: str, before: list[str]) -> list[str]:
        own = list(self._magics.session.cells.names)
        if option == "--atoms":
            named = _positional(before[1:])
            return self._atoms_of_file(named[0]) if named else own
        if option == "--atom":
            return self._atoms_of_last()
        return own

    def _atoms_of_file(self, name: str) -> list[str]:
        with suppress(MgeError, OSError):
            if Path(name).stat().st_size <= _LARGE:
                return list(load_masterplan(name, languages=self._magics.session.plugins.languages).atoms)
        return []

    def _atoms_of_last(self) -> list[str]:
        last = self._magics.session.last
        ended: RunResult | None = None if last is None else last.ended
        return [] if ended is None else list(ended.results)

    def _runs(self) -> list[str]:
        found = ["last", *(handle.run_id for handle in self._magics.session.handles)]
        with suppress(MgeError):
            found += [run.run_id for run in self._magics.session.history(None, _RUNS)[1]]
        space = self._magics.space
        variables = (
            f"${name}"
            for name, value in space.items()
            if isinstance(value, Named) and not isinstance(value, str) and not name.startswith("_")
        )
        return list(dict.fromkeys((*found, *variables)))

    def _masterplans(self) -> list[str]:
        with suppress(MgeError):
            return list(dict.fromkeys(run.masterplan for run in self._magics.session.history(None, _RUNS)[1]))
        return []

    def _plans(self, event: Any) -> list[str]:
        """Return plan files and directories below what is written so far."""
        written = Path(event.symbol)
        directory = written if event.symbol.endswith("/") else written.parent
        found: list[str] = []
        with suppress(OSError):
            for path in sorted(directory.iterdir())[:_FILES]:
                if path.name.startswith("."):
                    continue
                if path.is_dir():
                    found.append(f"{path}/")
                elif path.suffix.lower() in SUFFIXES:
                    found.append(str(path))
        return found


def _last_word(text: str) -> str:
    """Return what is written of the word at the cursor; in a list such as a,b it is the last item."""
    return "" if text[-1:].isspace() else re.split(r"[\s,=]", text)[-1]


def _positional(words: list[str]) -> list[str]:
    """Return the words that are neither options nor, probably, their values."""
    found = []
    for before, word in zip(["", *words], words, strict=False):
        if not word.startswith("-") and not before.startswith("--"):
            found.append(word)
    return found
