"""The commands about plan files, which run nothing: check, schema, assemble and import."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mge_toolkit.cli.console import Console
from mge_toolkit.core.errors import MgeError, PlanError, SettingsError
from mge_toolkit.core.ports import ImportOptions
from mge_toolkit.plugins.manager import Plugins

IMPORT_MISTAKES_SHOWN: Final = 5


def check(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Print what the plan holds; its mistakes are raised by the loader."""
    from mge_toolkit.plan import load_masterplan
    from mge_toolkit.plan.describe import describe

    plan = load_masterplan(options.plan, languages=plugins.languages)
    console.document(describe(plan))
    return 0


def schema(_: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Print the JSON Schema of plan files."""
    from mge_toolkit.plan.schema import plan_schema

    console.document(f"{json.dumps(plan_schema(plugins.languages), indent=2)}\n")
    return 0


def assemble_(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Write the program, and say what is not in it."""
    from mge_toolkit.plan import load_masterplan
    from mge_toolkit.plan.assemble import assemble, make_assembly

    plan = load_masterplan(options.plan, languages=plugins.languages)
    notes = make_assembly(plan).notes
    for path in assemble(plan, options.directory, force=options.force):
        console.line(f"wrote {path}")
    for note in notes:
        console.line(f"note: {note}")
    return 0


def import_(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Write a problem set as a plan, and check that it is one."""
    from mge_toolkit.plan import load_masterplan
    from mge_toolkit.plan.writing import write_document

    importer = plugins.importers.get(options.importer)
    if importer is None:
        known = sorted(plugins.importers)
        close = difflib.get_close_matches(options.importer, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"choose one of {', '.join(known)}"
        raise SettingsError(f"unknown importer '{options.importer}': {hint}")
    target = Path(options.output)
    if target.suffix not in (".yaml", ".yml"):
        raise SettingsError(f"the plan is written as YAML: name a file with the ending .yaml, not '{target}'")
    samples = None if options.samples is None else Path(options.samples)
    extra = dict(_setting(text) for text in options.option)
    try:
        document = importer.read(Path(options.file), ImportOptions(samples=samples, extra=extra))
    except PlanError as error:
        number = len(error.problems)
        if number <= IMPORT_MISTAKES_SHOWN:
            raise
        # In a file of another kind every line is wrong.
        for problem in error.problems[:IMPORT_MISTAKES_SHOWN]:
            console.remark(str(problem))
        raise MgeError(
            f"{number} mistakes, of which the first {IMPORT_MISTAKES_SHOWN} are shown; nothing was done: "
            f"check that '{options.file}' is a file for the importer '{options.importer}'"
        ) from error
    write_document(document, target)
    plan = load_masterplan(target, languages=plugins.languages)
    console.line(f"wrote {target}: {len(plan)} atom{'s' * (len(plan) != 1)}; run it with 'mge run {target}'")
    return 0


def _setting(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise MgeError(f"--option takes KEY=VALUE, not '{text}'")
    return key, value


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace, Console, Plugins], int]]] = {
    "check": check,
    "schema": schema,
    "assemble": assemble_,
    "import": import_,
}
