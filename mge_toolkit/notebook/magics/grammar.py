"""The grammar of ``%mge`` and ``%%atom``: the options of the command line that make sense in a notebook."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import IO, Any, Final, NoReturn, TypeAlias

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.runs import Schedule
from mge_toolkit.core.settings import RepairSettings, Settings, parse_slots, parse_threshold, parse_timeout
from mge_toolkit.notebook.magics.failures import CommandError
from mge_toolkit.notebook.session import RunOptions
from mge_toolkit.options import RECORD_OPTIONS, REPAIR_OPTIONS, Option, parse_option, repair_settings
from mge_toolkit.plan.notebooks.magic import listed

_NOT_HERE: Final = frozenset({"report", "write-fixes", "patch", "fail-on-healed"})
_RECORDS: Final = tuple(option for option in RECORD_OPTIONS if option.name not in _NOT_HERE)
_REPAIR: Final = tuple(option for option in REPAIR_OPTIONS if option.name not in _NOT_HERE)

SUMMARY: Final = """\
Run, watch and explore masterplans.

  %mge run [PLAN]       start a run and show it live; without PLAN the notebook's own masterplan
  %mge show [RUN]       explore a run: its id, the beginning of it, or 'last' (default)
  %mge history          list recorded runs
  %mge compare [A [B]]  say what changed from one run to another (default: from the one before to the last)
  %mge plan             show the notebook's own masterplan; --save plan.yaml writes it out
  %mge doctor           show what isolation this machine gives, proved by trying

'%mge COMMAND --help' explains a command. PLAN and RUN can be variables: $plan. What a command shows is also its
value: 'run = %mge run plan.yaml'. A cell that begins with '%%atom NAME' is an atom of the notebook's own
masterplan.
"""


class HelpShown(Exception):  # noqa: N818 - nothing went wrong
    """Help was asked for and shown."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see '{self.prog} --help')")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise HelpShown

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        if message:
            import sys

            sys.stdout.write(message)


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


@cache
def line_parser() -> argparse.ArgumentParser:
    """Return the grammar of ``%mge``."""
    parser = _Parser(
        prog="%mge",
        description=SUMMARY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s COMMAND ...",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _add_run(commands)
    show = _command(commands, "show", "explore a run: timeline, graph, errors, hierarchy, every atom's page")
    show.add_argument("run", nargs="?", default="last", metavar="RUN", help="its id or the beginning of it")
    show.add_argument("--atom", metavar="ATOM", help="select this atom")
    history = _command(commands, "history", "list recorded runs")
    history.add_argument("--masterplan", metavar="NAME", help="only runs of this masterplan")
    history.add_argument("--limit", type=_positive, default=20, metavar="N", help="how many (default: 20)")
    compare = _command(commands, "compare", "say what changed from one run of a masterplan to another")
    compare.add_argument("before", nargs="?", metavar="A", help="the earlier run (default: the one before B)")
    compare.add_argument(
        "after", nargs="?", default="last", metavar="B", help="the later run (default: last)"
    )
    for command in (show, history, compare):
        command.add_argument(
            "--records", metavar="PATH|URL", help="where runs are recorded (default: .mge/history.db)"
        )
    plan = _command(commands, "plan", "show the notebook's own masterplan")
    plan.add_argument("--save", metavar="FILE", help="write it into a YAML file, which 'mge run' takes")
    plan.add_argument("--force", action="store_true", help="with --save: write over any file")
    plan.add_argument("--remove", metavar="ATOM", help="take an atom out")
    plan.add_argument("--clear", action="store_true", help="take every atom out")
    plan.add_argument("--name", metavar="NAME", help="name the masterplan")
    _command(commands, "doctor", "show what isolation this machine gives, proved by trying")
    return parser


@cache
def cell_parser() -> argparse.ArgumentParser:
    """Return the grammar of ``%%atom``."""
    parser = _Parser(
        prog="%%atom",
        description="Add or replace an atom in the notebook's own masterplan, run it with what depends on it, and "
        "show the result. The rest of the cell is its code.",
        allow_abbrev=False,
    )
    parser.add_argument("name", metavar="NAME", help="the atom's id")
    parser.add_argument(
        "--depends-on",
        action="append",
        default=[],
        metavar="A,B",
        help="atoms whose code runs before, and is there",
    )
    parser.add_argument(
        "--check",
        metavar="CODE",
        help="an expression that has to be true, or code that fails if it is not right",
    )
    parser.add_argument(
        "--expect",
        metavar="JSON",
        help="what 'result' has to be; or an object with the keys result, stdout, raises, tolerance",
    )
    parser.add_argument(
        "--input", metavar="JSON", help='an object of values by name; {"from": ATOM} is its result'
    )
    parser.add_argument("--language", metavar="NAME", help="python (default), javascript or typescript")
    parser.add_argument("--component", metavar="NAME", help="the component that it belongs to")
    parser.add_argument("--module", metavar="NAME", help="the module that it belongs to")
    parser.add_argument("--description", metavar="TEXT", help="what it is there for")
    parser.add_argument("--memory", metavar="SIZE", help="its memory limit, such as 512MB")
    parser.add_argument("--no-run", action="store_true", help="only put it into the masterplan")
    parser.add_argument("--save", metavar="FILE", help="write the masterplan into a YAML file as well")
    _add_run_options(parser)
    _add_options(parser.add_argument_group("repair"), _REPAIR)
    return parser


def run_options(options: argparse.Namespace) -> RunOptions:
    """Return how a run is to be carried out. Raises ``SettingsError``."""
    repair = {option.key: getattr(options, option.key, None) for option in _REPAIR}
    settings = Settings(
        slots=None if options.slots is None else parse_slots(options.slots),
        sandbox=options.sandbox,
        schedule=Schedule(options.schedule),
        wave_threshold=parse_threshold(options.wave_threshold),
        timeout=None if options.timeout is None else parse_timeout(options.timeout),
        allow_degraded=options.allow_degraded,
        preload=tuple(listed(options.preload)),
        repair=repair_settings(repair) if options.repair != "off" else RepairSettings(level=RepairLevel.OFF),
    )
    records = {option.key: getattr(options, option.key, None) for option in _RECORDS}
    return RunOptions(settings=settings, repair=repair, records=records)


def option_names(parser: argparse.ArgumentParser) -> list[str]:
    """Return the long options of a parser."""
    return [name for action in parser._actions for name in action.option_strings if name.startswith("--")]


def command_parsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of the commands by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def choices_of(parser: argparse.ArgumentParser, option: str) -> Sequence[str]:
    """Return the values that an option may have, where they are few."""
    for action in parser._actions:
        if option in action.option_strings:
            if action.choices is not None:
                return [str(choice) for choice in action.choices]
            metavar = action.metavar if isinstance(action.metavar, str) else ""
            return metavar.split("|") if "|" in metavar and metavar.islower() else ()
    return ()


def _add_run(commands: _Commands) -> None:
    run = _command(commands, "run", "start a run and show it live")
    run.add_argument(
        "plan",
        nargs="?",
        metavar="PLAN",
        help="the masterplan's file (default: the notebook's own masterplan)",
    )
    run.add_argument(
        "--atoms", action="append", default=[], metavar="A,B", help="run only these atoms, and what they need"
    )
    run.add_argument("--wait", action="store_true", help="return when the run has ended, not at once")
    _add_run_options(run)
    _add_options(run.add_argument_group("records"), _RECORDS)
    _add_options(run.add_argument_group("repair"), _REPAIR)


def _add_run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--slots", metavar="N", help="how many attempts run at once: a number, or 'auto'")
    command.add_argument("--sandbox", default="local", metavar="NAME", help="default: local")
    command.add_argument(
        "--schedule",
        default=Schedule.READY.value,
        choices=[schedule.value for schedule in Schedule],
        help="ready (default): an atom starts when what it needs has passed; waves: a barrier after each wave; "
        "sequential: one at a time",
    )
    command.add_argument(
        "--wave-threshold",
        default="0.5",
        metavar="SHARE",
        help="stop when a wave's success rate ends below this (default: 50%%); 0 never stops",
    )
    command.add_argument("--timeout", metavar="SECONDS", help="replaces every atom's own wall-time limit")
    command.add_argument(
        "--allow-degraded", action="store_true", help="run where the machine cannot give every protection"
    )
    command.add_argument(
        "--preload",
        action="append",
        default=[],
        metavar="A,B",
        help="Python modules to import once, before any atom",
    )


def _add_options(group: argparse._ActionsContainer, options: Iterable[Option]) -> None:
    for option in options:
        name = f"--{option.name}"
        if option.metavar is None:
            group.add_argument(name, action="store_true", help=option.help)
            continue
        more: dict[str, Any] = {} if option.bare is None else {"nargs": "?", "const": option.bare}
        action = "append" if option.repeated else "store"
        kind = partial(_parsed, option.key)
        group.add_argument(name, action=action, type=kind, metavar=option.metavar, help=option.help, **more)


def _parsed(name: str, text: str) -> object:
    try:
        return parse_option(name, text)
    except SettingsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not int(text):
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number from 1 on")
    return int(text)


def _command(commands: _Commands, name: str, summary: str) -> _Parser:
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        prog=f"%mge {name}",
        allow_abbrev=False,
    )
