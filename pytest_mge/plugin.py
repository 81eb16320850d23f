"""The entry module of the plug-in: its options, and nothing else until a masterplan is in use.

Every pytest run of everyone who has the toolkit installed imports this module, so it imports nothing heavy.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any, Final

import pytest

from mge_toolkit.options import RECORD_OPTIONS, REPAIR_OPTIONS, Option
from pytest_mge import hookspecs

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES: Final[Any] = "linelist"
_BOOLEAN: Final[Any] = "bool"

PLAN_SUFFIXES: Final = (".yaml", ".yml", ".json", ".jsonl", ".ipynb")


def _checked(name: str) -> Callable[[str], object]:
    """Return a parser of an option's value whose mistakes argparse reports as usage errors."""

    def parse(text: str) -> object:
        from mge_toolkit.core.errors import SettingsError
        from pytest_mge.options import parse_setting

        try:
            return parse_setting(name, text)
        except SettingsError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their ini equivalents."""
    group = parser.getgroup("mge", "masterplans of generated code (MGE Toolkit)")
    _add_run_options(group)
    for option in (*RECORD_OPTIONS, *REPAIR_OPTIONS):
        _add_option(group, parser, option)
    _add_ini_settings(parser)


def _add_run_options(group: pytest.OptionGroup) -> None:
    """Add what to run and how."""
    group.addoption(
        "--mge-masterplan",
        action="append",
        metavar="PATH",
        help="run the atoms of this masterplan; may be repeated. Without paths only masterplans are run.",
    )
    group.addoption(
        "--mge-slots",
        type=_checked("slots"),
        metavar="auto|N",
        help="how many atoms run at once (auto: one for each processor)",
    )
    group.addoption(
        "--mge-sandbox",
        metavar="NAME",
        help="the sandbox to run atoms in: local (default), direct, or one of a plug-in",
    )
    group.addoption(
        "--mge-schedule",
        type=_checked("schedule"),
        metavar="ready|waves|sequential",
        help="when atoms start: as soon as they can (ready, the default), wave by wave, or one at a time",
    )
    group.addoption(
        "--mge-wave-threshold",
        type=_checked("wave_threshold"),
        metavar="RATE",
        help="stop the run after a wave whose success rate is below this: 50%% (default), 0.5",
    )
    group.addoption(
        "--mge-timeout",
        type=_checked("timeout"),
        metavar="SECONDS",
        help="replace every atom's own wall-time limit",
    )
    group.addoption(
        "--mge-allow-degraded",
        action="store_true",
        default=None,
        help="run even where this machine cannot give every protection that the sandbox demands",
    )
    group.addoption(
        "--mge-annotations",
        choices=("auto", "github", "off"),
        help="print ::error lines for failed atoms at the end: auto (default; inside GitHub Actions), github, off",
    )


def _add_ini_settings(parser: pytest.Parser) -> None:
    parser.addini("mge_masterplan", "masterplans to run beside the tests, one on each line", type=_LINES)
    parser.addini("mge_slots", "default of --mge-slots")
    parser.addini("mge_sandbox", "default of --mge-sandbox")
    parser.addini("mge_schedule", "default of --mge-schedule")
    parser.addini("mge_wave_threshold", "default of --mge-wave-threshold")
    parser.addini("mge_timeout", "default of --mge-timeout")
    parser.addini("mge_allow_degraded", "default of --mge-allow-degraded", type=_BOOLEAN, default=False)
    parser.addini("mge_annotations", "default of --mge-annotations")


def _add_option(group: pytest.OptionGroup, parser: pytest.Parser, option: Option) -> None:
    name = f"--mge-{option.name}"
    if option.metavar is None:
        group.addoption(name, action="store_true", default=None, help=option.help)
    else:
        more: dict[str, Any] = {} if option.bare is None else {"nargs": "?", "const": option.bare}
        action = "append" if option.repeated else "store"
        group.addoption(
            name, action=action, type=_checked(option.key), metavar=option.metavar, help=option.help, **more
        )
    kind = _BOOLEAN if option.metavar is None else _LINES if option.repeated else None
    parser.addini(f"mge_{option.key}", f"default of {name}", type=kind)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the ``pytest_mge_*`` hooks known."""
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Let the conftest files beside a masterplan take part from the start, as those beside a path do."""
    known = early_config.known_args_namespace
    plans = known.mge_masterplan
    if not plans and early_config.inipath is not None:
        base = early_config.inipath.parent
        plans = [str(base / path) for path in early_config.getini("mge_masterplan")]
    if plans:
        if not known.file_or_dir:
            places = [path for path in early_config.getini("testpaths") if os.path.exists(path)]  # noqa: PTH110
            known.file_or_dir.extend(places or [str(early_config.invocation_params.dir)])
        known.file_or_dir.extend(plans)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the session's part where a masterplan may be in use."""
    config.addinivalue_line(
        "markers", "mge(language, component, module): an atom of a masterplan (set by MGE Toolkit)"
    )
    if (
        config.getoption("mge_masterplan")
        or config.getini("mge_masterplan")
        or any(arg.partition("::")[0].lower().endswith(PLAN_SUFFIXES) for arg in config.args)
    ):
        from pytest_mge.session import register

        register(config)
