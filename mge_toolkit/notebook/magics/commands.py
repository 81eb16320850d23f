"""The magics: each takes its line apart, asks the session, and returns what there is to see."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from mge_toolkit.core.plans import JsonValue, Masterplan
from mge_toolkit.notebook.cells import Cell, CellPlan
from mge_toolkit.notebook.handle import RunHandle
from mge_toolkit.notebook.magics.failures import CommandError, told
from mge_toolkit.notebook.magics.grammar import (
    SUMMARY,
    HelpShown,
    cell_parser,
    line_parser,
    run_options,
)
from mge_toolkit.notebook.magics.shown import AtomRun, Doctor, RunList
from mge_toolkit.notebook.session import Named, Session
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.notebooks.magic import check_code, expectation, inputs, listed, words
from mge_toolkit.plan.values import suggestion

_PATIENCE: Final = 1.0  # seconds after which a cell that runs its atom shows how far that is


@magics_class
class MgeMagics(Magics):
    """``%mge`` and ``%%atom`` of one shell."""

    def __init__(self, shell: Any, session: Session) -> None:
        """Serve a shell with a session of its own."""
        super().__init__(shell)
        self.session = session
        self.space: dict[str, Any] = shell.user_ns
        self._count: Callable[[], int] = lambda: _cell_number(shell)
        self._commands: dict[str, Callable[[argparse.Namespace], Any]] = {
            "run": self._run,
            "show": self._show,
            "history": self._history,
            "compare": self._compare,
            "plan": self._plan,
            "doctor": self._doctor,
        }

    @no_var_expand
    @line_magic
    def mge(self, line: str) -> Any:
        """Do what a line with ``%mge`` asks for; what users read of it is set below."""
        with told():
            given = words(line)
            if given and not given[0].startswith("-") and given[0] not in self._commands:
                close = suggestion(given[0], self._commands)
                raise CommandError(f"there is no command '{given[0]}'{close}: see '%mge --help'")
            try:
                options = line_parser().parse_args(given)
                if options.command is None:
                    line_parser().print_help()
                    return None
            except HelpShown:
                return None
            return self._commands[options.command](options)

    @no_var_expand
    @cell_magic
    def atom(self, line: str, cell: str) -> Any:
        """Put a cell into the masterplan and run it; what users read of it is set below."""
        with told():
            try:
                options = cell_parser().parse_args(words(line))
            except HelpShown:
                return None
            chosen = run_options(options)
            plan = self.session.cells.put(self._cell(options, cell))
            if options.save is not None:
                print(f"wrote {self.session.cells.save(Path(options.save))}")  # noqa: T201
            if options.no_run:
                return self.session.cells
            wanted = self.session.cells.dependents(options.name)
            return self._finished(self.session.start(plan, chosen, atoms=wanted), options.name)

    def _run(self, options: argparse.Namespace) -> RunHandle:
        chosen = run_options(options)
        plan = self._masterplan(options.plan)
        atoms = listed(options.atoms) if options.atoms else None
        if atoms == []:
            raise CommandError("--atoms names no atom: give ids, separated by commas")
        handle = self.session.start(plan, chosen, atoms=atoms)
        if options.wait:
            handle.wait()
        return handle

    def _show(self, options: argparse.Namespace) -> Any:
        run = self._named_run(options.run)
        found = self.session.explore(run, options.records)
        if options.atom is not None:
            found.select(options.atom)
        return found

    def _history(self, options: argparse.Namespace) -> RunList:
        location, runs = self.session.history(options.masterplan, options.limit, options.records)
        return RunList(runs, location)

    def _compare(self, options: argparse.Namespace) -> Any:
        before = None if options.before is None else self._named_run(options.before)
        return self.session.compare(before, self._named_run(options.after), options.records)

    def _plan(self, options: argparse.Namespace) -> CellPlan:
        cells = self.session.cells
        if options.clear:
            cells.clear()
        if options.remove is not None:
            cells.remove(options.remove)
        if options.name is not None:
            cells.rename(options.name)
        if options.save is not None:
            print(f"wrote {cells.save(Path(options.save), force=options.force)}")  # noqa: T201
        return cells

    def _doctor(self, _: argparse.Namespace) -> Doctor:
        return Doctor(self.session.doctor())

    def _masterplan(self, text: str | None) -> Masterplan:
        """Return the plan in a file, in a variable, or the notebook's own."""
        if text is None:
            return self.session.cells.masterplan()
        value = self._variable(text)
        if isinstance(value, Masterplan):
            return value
        if isinstance(value, CellPlan):
            return value.masterplan()
        if isinstance(value, str | Path):
            return load_masterplan(value, languages=self.session.plugins.languages)
        raise CommandError(f"{text} is a {type(value).__name__}: give a masterplan, or the name of its file")

    def _variable(self, text: str | None) -> Any:
        """Return what ``$name`` stands for in the notebook, anything else as it is."""
        if text is None or not text.startswith("$"):
            return text
        name = text[1:]
        if name not in self.space:
            raise CommandError(f"there is no variable '{name}': {text} stands for one")
        return self.space[name]

    def _named_run(self, text: str) -> Named:
        value = self._variable(text)
        if isinstance(value, Named):
            return value
        raise CommandError(f"{text} is a {type(value).__name__}: give a run, or the id of one")

    def _cell(self, options: argparse.Namespace, code: str) -> Cell:
        language = options.language or "python"
        keys: dict[str, JsonValue] = {}
        for key in ("language", "description", "memory"):
            if getattr(options, key) is not None:
                keys[key] = getattr(options, key)
        depends = listed(options.depends_on)
        if depends:
            keys["depends_on"] = depends
        if options.input is not None:
            keys["input"] = inputs(options.input)
        if options.check is not None:
            keys["check"] = check_code(options.check, language)
        if options.expect is not None:
            keys["expect"] = expectation(options.expect)
        where = f"In [{self._count()}]"
        return Cell(
            name=options.name,
            code=code,
            where=where,
            keys=keys,
            component=options.component,
            module=options.module,
        )

    def _finished(self, handle: RunHandle, name: str) -> AtomRun:
        """Wait for a run of an atom; one that takes its time is shown meanwhile, an interrupt stops it."""
        try:
            if not handle.wait(_PATIENCE):
                handle._ipython_display_()
                handle.wait()
        except KeyboardInterrupt:
            handle.cancel("interrupted in the notebook")
            handle.wait()
        return AtomRun(handle, name)


def _cell_number(shell: Any) -> int:
    """Return the number of the cell that runs. ``execution_count`` may already be that of the next."""
    history = shell.history_manager
    known = 0 if history is None else len(history.input_hist_parsed) - 1
    return known if known > 0 else int(shell.execution_count)


def _documented() -> None:
    """Let ``%mge?`` and ``%%atom?`` tell what the parsers know."""
    MgeMagics.mge.__doc__ = SUMMARY
    MgeMagics.atom.__doc__ = cell_parser().format_help()


_documented()
