"""The grammar of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from functools import partial
from importlib.metadata import version
from typing import Any, Final, NoReturn, TypeAlias

from mge_toolkit.core.errors import MgeError, SettingsError
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.runs import Schedule
from mge_toolkit.core.settings import RepairSettings, Settings, parse_slots, parse_threshold, parse_timeout
from mge_toolkit.options import RECORD_OPTIONS, REPAIR_OPTIONS, Option, parse_option, repair_settings

EPILOG: Final = """\
exit status of 'mge run':
  0    every atom passed, or was given up on by the skip strategy
  1    an atom failed, was blocked by one that did, or was stopped
  3    the infrastructure failed: an atom got no verdict
  4    nothing was run: a mistake in the plan, an option or the environment
  130  interrupted

'mge COMMAND --help' explains a command."""


class UsageError(MgeError):
    """The command line cannot be understood."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        hint = ""
        if self.prog.endswith(" run") and message.endswith("required: PLAN"):
            hint = "; '--json' takes the word after it as its FILE, so put PLAN before it"
        raise UsageError(f"{message}{hint} (see '{self.prog} --help')")


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def build_parser() -> argparse.ArgumentParser:
    """Return the whole grammar; ``command`` in its result names the command that was chosen."""
    parser = _Parser(
        prog="mge",
        description="Runs masterplans of machine-generated code in sandboxes.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mge-toolkit {version('mge-toolkit')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_run(commands)
    _add_plan_commands(commands)
    _add_repro(commands)
    _add_review(commands)
    _add_record_commands(commands)
    _add_serve(commands)
    doctor = _command(commands, "doctor", "show what isolation this machine gives, proved by trying")
    doctor.add_argument("--json", action="store_true", help="print the capability matrix as JSON")
    return parser


def settings_from(options: argparse.Namespace) -> Settings:
    """Return the settings that the run options ask for. Raises ``SettingsError``."""
    return Settings(
        slots=None if options.slots is None else parse_slots(options.slots),
        sandbox=options.sandbox,
        schedule=Schedule(options.schedule),
        wave_threshold=parse_threshold(options.wave_threshold),
        timeout=None if options.timeout is None else parse_timeout(options.timeout),
        allow_degraded=options.allow_degraded,
        preload=tuple(names(options.preload)),
        repair=repair_settings(repair_options(options))
        if hasattr(options, "repair")
        else RepairSettings(level=RepairLevel.OFF),
    )


def names(values: list[str]) -> list[str]:
    """Return the names in options that may be repeated and take comma-separated lists."""
    found = [name.strip() for value in values for name in value.split(",")]
    return list(dict.fromkeys(name for name in found if name))


def _add_run(commands: _Commands) -> None:
    run = _command(commands, "run", "run a masterplan and report on every atom")
    _add_plan(run)
    run.add_argument(
        "--atoms",
        action="append",
        default=[],
        metavar="A,B",
        help="run only these atoms, and what they need",
    )
    _add_run_options(run)
    _add_options(run.add_argument_group("records and reports"), RECORD_OPTIONS)
    _add_options(run.add_argument_group("repair"), REPAIR_OPTIONS)
    run.add_argument(
        "--json",
        nargs="?",
        const="-",
        metavar="FILE",
        help="write the run as JSON to FILE; without FILE to standard output, the report then to standard error",
    )
    run.add_argument(
        "--show-failures",
        default="20",
        metavar="N",
        help="how many failures to report in full, or 'all' (default: 20)",
    )
    loudness = run.add_mutually_exclusive_group()
    loudness.add_argument(
        "-v", "--verbose", action="store_true", help="a line for every atom and every finished wave"
    )
    loudness.add_argument("-q", "--quiet", action="store_true", help="only the summary")


def _add_serve(commands: _Commands) -> None:
    serve = _command(commands, "serve", "run masterplans on request: a REST service with a dashboard")
    serve.add_argument(
        "plans", metavar="PLAN", nargs="*", help="a masterplan's file; others can be submitted"
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", default="8765", metavar="N", help="default: 8765; 0 takes a free one")
    serve.add_argument(
        "--token",
        help="what every request has to bear (default: MGE_TOKEN, unseen in process lists, else one is made)",
    )
    serve.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="A,B",
        help="a further name that the service answers to, such as a proxy's",
    )
    _add_run_options(serve)
    records = [option for option in RECORD_OPTIONS if option.name in ("records", "cache")]
    _add_options(serve.add_argument_group("records"), records)
    # Nobody looks at a plan's file here: what repair writes is not written.
    written = {"write-fixes": False, "patch": None, "fail-on-healed": False}
    repair = [option for option in REPAIR_OPTIONS if option.name not in written]
    _add_options(serve.add_argument_group("repair"), repair)
    serve.set_defaults(**{name.replace("-", "_"): value for name, value in written.items()})


def repair_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options about repair, by name."""
    return {option.key: getattr(options, option.key) for option in REPAIR_OPTIONS}


def record_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options about records, by name."""
    return {option.key: getattr(options, option.key) for option in RECORD_OPTIONS}


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


def _add_run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--slots", metavar="N", help="how many attempts run at once: a number, or 'auto' (one per processor)"
    )
    command.add_argument("--sandbox", default="local", metavar="NAME", help="default: local")
    command.add_argument(
        "--schedule",
        default=Schedule.READY.value,
        choices=[schedule.value for schedule in Schedule],
        help="ready: an atom starts when what it needs has passed (default); waves: a barrier after each wave; "
        "sequential: one at a time",
    )
    command.add_argument(
        "--wave-threshold",
        default="0.5",
        metavar="SHARE",
        help="stop when a wave's success rate ends below this: 0.5 or 50%% (default); 0 never stops",
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
        help="Python modules to import once, before any atom, besides the plan's own",
    )


def _add_plan_commands(commands: _Commands) -> None:
    check = _command(commands, "check", "validate a plan, and print its waves and its graph; run nothing")
    _add_plan(check)
    _command(commands, "schema", "print the JSON Schema of plan files, for editors")
    assemble = _command(commands, "assemble", "write out the program that a plan's atoms make together")
    _add_plan(assemble)
    assemble.add_argument("directory", metavar="DIR", help="where to write; made where it does not exist")
    assemble.add_argument("--force", action="store_true", help="write over files that exist")
    importer = _command(commands, "import", "turn a public problem set or a notebook into a plan")
    importer.add_argument("importer", metavar="NAME", help="what kind of file it is: humaneval, notebook ...")
    importer.add_argument("file", metavar="FILE")
    importer.add_argument("--samples", metavar="FILE", help="completions to judge, instead of the solutions")
    importer.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting of the importer's own; may be repeated",
    )
    importer.add_argument("-o", "--output", required=True, metavar="PLAN", help="the plan file to write")


def _add_repro(commands: _Commands) -> None:
    repro = _command(
        commands,
        "repro",
        "write a folder that reproduces one atom: its whole program, its input, a plan cut down to it",
    )
    _add_plan(repro)
    repro.add_argument("atom", metavar="ATOM")
    repro.add_argument("-o", "--output", metavar="DIR", help="the folder to write (default: repro-ATOM)")
    _add_run_options(repro)


def _add_review(commands: _Commands) -> None:
    review = _command(commands, "review", "go through what a run left for a person to judge")
    review.add_argument("run", metavar="RUN", help="a run's id, a review's file, or 'last'")
    review.add_argument("--list", action="store_true", help="only list the items; the default off a terminal")
    review.add_argument("--all", action="store_true", help="go through items that have a verdict, too")
    for name, what in (("accept", "accept the proposed code of"), ("reject", "reject what is proposed for")):
        review.add_argument(
            f"--{name}", action="append", default=[], metavar="A,B", help=f"{what} these atoms"
        )
    review.add_argument("--write", action="store_true", help="write accepted code into the plan")
    review.add_argument(
        "--json", action="store_const", const="-", help="print the review as JSON; the rest to standard error"
    )
    _add_run_options(review)


def _add_record_commands(commands: _Commands) -> None:
    history = _command(commands, "history", "list recorded runs, or delete old ones")
    history.add_argument(
        "action", nargs="?", choices=("list", "prune"), default="list", help="list (default) or prune"
    )
    history.add_argument("--masterplan", metavar="NAME", help="only runs of this masterplan")
    history.add_argument(
        "--limit", type=_positive, default=20, metavar="N", help="how many runs to list (default: 20)"
    )
    history.add_argument(
        "--keep", type=_positive, metavar="N", help="prune: the last N runs of each masterplan stay"
    )
    history.add_argument(
        "--before", metavar="AGE", help="prune: only what started before this: 30d, 12h, 4w or 2026-01-31"
    )
    history.add_argument("--dry-run", action="store_true", help="prune: only say what would be deleted")
    show = _command(commands, "show", "report on a recorded run, or on one atom of it")
    show.add_argument(
        "run", nargs="?", default="last", metavar="RUN", help="its id or the beginning of it (default: last)"
    )
    show.add_argument(
        "--atom", metavar="ATOM", help="all attempts of this atom, with what changed between them"
    )
    show.add_argument("--all", action="store_true", help="report every failure, not the first 20")
    compare = _command(commands, "compare", "say what changed from one run of a masterplan to another")
    compare.add_argument("before", metavar="RUN")
    compare.add_argument("after", nargs="?", default="last", metavar="RUN", help="default: last")
    made = _add_drawing_commands(commands)
    for command in (history, show, compare, *made):
        command.add_argument(
            "--records", metavar="PATH|URL", help="where runs are recorded (default: .mge/history.db)"
        )
    for command in (history, show, compare):
        command.add_argument(
            "--json", action="store_const", const="-", help="print JSON; the rest to standard error"
        )


def _add_drawing_commands(commands: _Commands) -> tuple[argparse.ArgumentParser, ...]:
    """Return what makes pictures and notebooks of recorded runs."""
    plot = _command(commands, "plot", "draw the pictures of a recorded run")
    plot.add_argument(
        "run", nargs="?", default="last", metavar="RUN", help="its id or the beginning of it (default: last)"
    )
    plot.add_argument("--out", default="plots", metavar="DIR", help="where to write (default: plots)")
    plot.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="A,B",
        help="only these: wave_parallelism, timeline, error_patterns, retries, durations, success, memory, "
        "speedup, graph, trend, trend_time",
    )
    plot.add_argument(
        "--format", action="append", default=[], metavar="png|svg", help="only this (default: both)"
    )
    export = _command(commands, "export", "write a recorded run as an executed notebook, or as a page")
    export.add_argument(
        "run", nargs="?", default="last", metavar="RUN", help="its id or the beginning of it (default: last)"
    )
    export.add_argument(
        "--to", required=True, metavar="FILE", help="what to write: a file that ends in .ipynb or .html"
    )
    return plot, export


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not int(text):
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number from 1 on")
    return int(text)


def _command(commands: _Commands, name: str, summary: str) -> _Parser:
    description = f"{summary[0].upper()}{summary[1:]}."
    return commands.add_parser(name, help=summary, description=description, allow_abbrev=False)


def _add_plan(command: argparse.ArgumentParser) -> None:
    command.add_argument("plan", metavar="PLAN", help="the masterplan's file")
