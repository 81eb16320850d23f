"""Takes a command line to its command, and every error to one clear line and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.parser import build_parser
from mge_toolkit.core.errors import MgeError, PlanError
from mge_toolkit.plugins.manager import Plugins

OK: Final = 0
NOTHING_RUN: Final = 4
INTERNAL: Final = 70
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

Command = Callable[[argparse.Namespace, Console, Plugins], int]


def main(argv: Sequence[str] | None = None, *, plugins: Plugins | None = None) -> int:
    """Run the command line ``argv`` (``None``: the process's own) and return its exit status.

    ``plugins`` replaces the parts that installed packages offer.
    """
    parser = build_parser()
    console = Console(sys.stdout, sys.stderr)
    try:
        options = parser.parse_args(argv)
        if options.command is None:
            parser.print_help()
            return NOTHING_RUN
        console = _console(options)
        status = _command(options.command)(options, console, plugins or Plugins())
        console.flush()
    except SystemExit as leaving:
        # argparse prints --help and --version itself, and leaves this way.
        return leaving.code if isinstance(leaving.code, int) else OK
    except BrokenPipeError:
        return _abandon_output()
    except KeyboardInterrupt:
        console.error("interrupted")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("MGE_DEBUG"):
            raise
        return _explain(error, console)
    return status


def _console(options: argparse.Namespace) -> Console:
    # A document on standard output has it for itself: the report goes to standard error.
    report = sys.stderr if getattr(options, "json", None) == "-" else sys.stdout
    return Console(report, sys.stderr, quiet=getattr(options, "quiet", False))


def _command(name: str) -> Command:
    """Return the function behind a command; each is imported only where it is chosen."""
    match name:
        case "run":
            from mge_toolkit.cli import run

            return run.command
        case "repro":
            from mge_toolkit.cli import repro

            return repro.command
        case "review":
            from mge_toolkit.cli import review

            return review.command
        case "history" | "show" | "compare":
            from mge_toolkit.cli import history

            return history.COMMANDS[name]
        case "serve":
            from mge_toolkit.cli import serve

            return serve.command
        case "plot":
            from mge_toolkit.cli import plot

            return plot.command
        case "export":
            from mge_toolkit.cli import export

            return export.command
        case "doctor":
            from mge_toolkit.cli import doctor

            return doctor.command
        case _:
            from mge_toolkit.cli import plans

            return plans.COMMANDS[name]


def _explain(error: Exception, console: Console) -> int:
    if isinstance(error, PlanError):
        for problem in error.problems:
            console.remark(str(problem))
        number = len(error.problems)
        console.error(f"{number} mistake{'s' * (number != 1)}, nothing was done")
        return NOTHING_RUN
    if isinstance(error, MgeError):
        # The parts below name options as pytest has them; ours have no prefix.
        console.error(str(error).replace("--mge-", "--"))
        return NOTHING_RUN
    if isinstance(error, OSError) and error.filename is not None:
        console.error(f"{error.filename}: {error.strerror}")
        return NOTHING_RUN
    console.error(
        f"internal error: {type(error).__name__}: {error} (set MGE_DEBUG=1 to see where, and please report it)"
    )
    return INTERNAL


def _abandon_output() -> int:
    """Leave quietly when nobody reads the output any more (``mge run … | head``)."""
    # The interpreter flushes standard output when it ends, which would fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
