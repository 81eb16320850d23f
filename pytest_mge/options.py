"""From options and ini values to settings and to the masterplans of a session."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.runs import Schedule
from mge_toolkit.core.settings import Settings, parse_slots, parse_threshold, parse_timeout
from mge_toolkit.options import RECORD_OPTIONS, REPAIR_OPTIONS, Option, parse_option, repair_settings
from pytest_mge.plugin import PLAN_SUFFIXES

_PLAN_KEY = re.compile(r"""(?m)(^|[{,\s])["']?(masterplan|components|modules|atoms|code)["']?\s*:""")
_ATOM_CELL = re.compile(r'"%%atom[ \\]|"(?:mge-)?atom"')


def _schedule(text: str) -> Schedule:
    if text not in list(Schedule):
        raise SettingsError(f"schedule: '{text}' is none of {', '.join(Schedule)}")
    return Schedule(text)


PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    "slots": parse_slots,
    "schedule": _schedule,
    "wave_threshold": parse_threshold,
    "timeout": parse_timeout,
    "sandbox": str,
}
"""How the text of each setting is read; ``SettingsError`` says what is wrong with it."""


def parse_setting(name: str, text: str) -> object:
    """Return the value of a setting. Raises ``SettingsError``."""
    return PARSERS[name](text) if name in PARSERS else parse_option(name, text)


def read_repair_options(config: pytest.Config) -> dict[str, Any]:
    """Return the options about repair, parsed, from the command line and, where it is silent, the ini file.

    Raises ``SettingsError``.
    """
    return {option.key: _read(config, option) for option in REPAIR_OPTIONS}


def read_record_options(config: pytest.Config) -> dict[str, Any]:
    """Return the options about records likewise."""
    return {option.key: _read(config, option) for option in RECORD_OPTIONS}


def _read(config: pytest.Config, option: Option) -> object:
    value = config.getoption(f"mge_{option.key}")
    if value is not None:
        return value
    ini = config.getini(f"mge_{option.key}")
    if option.metavar is None or not ini:
        return ini or None
    try:
        if option.repeated:
            return [parse_option(option.key, text) for text in ini]
        return parse_option(option.key, str(ini))
    except SettingsError as error:
        raise SettingsError(f"{config.inipath or 'ini'}: mge_{option.key}: {error}") from None


def read_settings(config: pytest.Config) -> Settings:
    """Return the settings that the command line and, where it is silent, the ini file ask for.

    Raises ``SettingsError``.
    """
    chosen: dict[str, Any] = {}
    for name, parse in PARSERS.items():
        value = config.getoption(f"mge_{name}")
        ini = config.getini(f"mge_{name}")
        if value is None and ini:
            try:
                value = parse(str(ini))
            except SettingsError as error:
                raise SettingsError(f"{config.inipath or 'ini'}: mge_{name}: {error}") from None
        if value is not None:
            chosen[name] = value
    degraded = config.getoption("mge_allow_degraded")
    chosen["allow_degraded"] = config.getini("mge_allow_degraded") if degraded is None else degraded
    return Settings(**chosen, repair=repair_settings(read_repair_options(config)))


def changed_settings(config: pytest.Config, settings: Settings) -> Settings:
    """Return what a ``pytest_mge_settings`` hook makes of ``settings``. Raises ``SettingsError``."""
    changed: object = config.hook.pytest_mge_settings(config=config, settings=settings)
    if changed is None:
        return settings
    if not isinstance(changed, Settings):
        raise SettingsError(
            f"pytest_mge_settings returned a {type(changed).__name__}: "
            "return Settings, or None to leave them as they are"
        )
    return changed


def annotations_wanted(config: pytest.Config) -> bool:
    """Return whether GitHub's annotation lines are to be printed."""
    wanted = config.getoption("mge_annotations") or config.getini("mge_annotations") or "auto"
    if wanted not in ("auto", "github", "off"):
        raise SettingsError(
            f"{config.inipath or 'ini'}: mge_annotations: '{wanted}' is none of auto, github, off"
        )
    return wanted == "github" or (wanted == "auto" and os.environ.get("GITHUB_ACTIONS") == "true")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChoice:
    """The plan files of a session: ``named`` as path arguments, or ``added`` by the option or the ini setting."""

    named: tuple[Path, ...] = ()
    added: tuple[Path, ...] = ()


def choose_plans(config: pytest.Config) -> PlanChoice:
    """Return the plan files of this session; leave no arguments where only they are to be collected.

    A path argument that names a plan, or an atom in one, decides alone which plans are run. Else the option's
    are, alone where there are no path arguments; else the ini setting's, beside the tests, unless the
    arguments pick out single tests.
    """
    start = config.invocation_params.dir
    explicit = config.args_source is pytest.Config.ArgsSource.ARGS
    named = [_absolute(start, arg.partition("::")[0]) for arg in config.args] if explicit else []
    named = [path for path in named if _is_plan(path)]
    if named:
        return PlanChoice(named=tuple(dict.fromkeys(named)))
    given = config.getoption("mge_masterplan")
    if given:
        if not explicit:
            config.args = []
            config.args_source = pytest.Config.ArgsSource.ARGS
        return PlanChoice(added=tuple(dict.fromkeys(_absolute(start, path) for path in given)))
    if explicit and any("::" in arg for arg in config.args):
        return PlanChoice()
    base = start if config.inipath is None else config.inipath.parent
    return PlanChoice(
        added=tuple(dict.fromkeys(_absolute(base, path) for path in config.getini("mge_masterplan")))
    )


def _absolute(base: Path, path: str) -> Path:
    return Path(os.path.abspath(base / path))  # noqa: PTH100 - pytest does not resolve links either


def _is_plan(path: Path) -> bool:
    """Return whether a file that is named on the command line is a plan by its ending and its first keys.

    A notebook is one where a cell of it is an atom: other notebooks are for other plug-ins.
    """
    if not path.name.lower().endswith(PLAN_SUFFIXES):
        return False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            if path.name.lower().endswith(".ipynb"):
                return _ATOM_CELL.search(file.read()) is not None
            return _PLAN_KEY.search(file.read(65_536)) is not None
    except OSError:
        return False
