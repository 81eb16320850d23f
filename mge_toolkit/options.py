"""The options about repair and records, as both the command and the pytest plug-in take them.

What is ``--repair`` to the one is ``--mge-repair`` to the other.

This module imports nothing heavy: every pytest run of everyone who has the toolkit installed imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from mge_toolkit.core.ports import ModelFixer
    from mge_toolkit.core.results import Category
    from mge_toolkit.core.settings import RepairSettings


@dataclass(frozen=True, slots=True)
class Option:
    """An option. ``name`` is what follows ``--`` or ``--mge-``; without a ``metavar`` it is a switch.

    ``bare`` is what an option means that may be given without its value.
    """

    name: str
    metavar: str | None
    help: str
    repeated: bool = False
    bare: str | None = None

    @property
    def key(self) -> str:
        """Return the name as an identifier."""
        return self.name.replace("-", "_")


REPAIR_OPTIONS: Final = (
    Option(
        "repair",
        "off|fix|search|llm",
        "how far failed atoms are repaired, each level with those before it: fix (default) mends dirt, syntax, "
        "names and imports; search tries small edits of types and logic where a check can tell; llm asks Claude",
    ),
    Option("repair-seconds", "SECONDS", "time for searching in the whole run (default: 60)"),
    Option("max-retries", "N", "how often each atom is retried, instead of what the plan says (default: 3)"),
    Option("run-retries", "N", "how many retries the whole run may have (default: no cap)"),
    Option("only-retry", "CATEGORY", "retry failures of this category alone; may be repeated", repeated=True),
    Option(
        "retry-except", "CATEGORY", "do not retry failures of this category; may be repeated", repeated=True
    ),
    Option("confirm", "N", "how often an accepted repair is run again (default: 1)"),
    Option("model", "NAME", "the language model that is asked (with llm)"),
    Option("samples", "N", "how many answers the model is asked for at once (default: 1)"),
    Option(
        "max-tokens",
        "N",
        "the most tokens of one answer; a budget has to have room for it (default: 16000)",
    ),
    Option("budget-usd", "USD", "the most that the model's answers may cost in this run"),
    Option("budget-tokens", "N", "the most tokens that the model may use in this run"),
    Option("atom-budget-usd", "USD", "the most that the model's answers may cost for one atom"),
    Option("atom-budget-tokens", "N", "the most tokens that the model may use for one atom"),
    Option("prices", "FILE", "a file of prices that replace those of the package"),
    Option("cassette", "FILE", "a file of recorded answers of the model"),
    Option(
        "cassette-mode",
        "replay|once|all",
        "replay: never ask (default where CI is set); once: ask for what is missing (default); all: record anew",
    ),
    Option("write-fixes", None, "write healed code into the plan; comments, order and quoting are kept"),
    Option("patch", "FILE", "write healed code as a patch that 'git apply' takes"),
    Option("fail-on-healed", None, "let the run fail where atoms passed only because they were healed"),
)

RECORD_OPTIONS: Final = (
    Option(
        "records",
        "PATH|URL|off",
        "where runs are recorded: an SQLite file (default: .mge/history.db), a postgresql:// URL, or off",
    ),
    Option(
        "resume",
        "RUN",
        "take over what had finished in a recorded run and execute only the rest; without RUN the last one of "
        "this masterplan",
        bare="last",
    ),
    Option("cache", None, "do not execute again what passed before, unchanged, in the same environment"),
    Option(
        "plots", "DIR", "draw the run's pictures (timeline, retries, speed-up ...) into DIR, as PNG and SVG"
    ),
    Option("report", "DIR", "write summary.json, summary.md and report.html about the run into DIR"),
)


def parse_option(name: str, text: str) -> object:
    """Return the value of the option ``name``. Raises ``SettingsError``; its message leaves out the name."""
    match name:
        case "repair_seconds" | "budget_usd" | "atom_budget_usd":
            return _number(text)
        case "max_retries" | "run_retries" | "confirm" | "samples":
            return _whole(text)
        case "max_tokens" | "budget_tokens" | "atom_budget_tokens":
            return _whole(text)
        case "only_retry" | "retry_except":
            return _category(text)
        case "repair":
            return _choice(text, ("off", "fix", "search", "llm"))
        case "cassette_mode":
            return _choice(text, ("replay", "once", "all"))
    return text


def repair_settings(values: Mapping[str, Any]) -> RepairSettings:
    """Return the settings that parsed ``values`` ask for. Raises ``SettingsError``."""
    from mge_toolkit.core.errors import SettingsError
    from mge_toolkit.core.results import Category
    from mge_toolkit.core.settings import RepairSettings

    chosen: dict[str, Any] = {}
    for option, field in (
        ("repair", "level"),
        ("repair_seconds", "seconds"),
        ("max_retries", "max_retries"),
        ("run_retries", "run_retries"),
        ("confirm", "confirm"),
    ):
        if values.get(option) is not None:
            chosen[field] = values[option]
    only, without = values.get("only_retry") or (), values.get("retry_except") or ()
    if only and without:
        raise SettingsError("only-retry and retry-except exclude each other: give one of them")
    chosen["categories"] = frozenset(only or Category) - frozenset(without)
    return RepairSettings(**chosen)


def check_patch(values: Mapping[str, Any], directory: Path) -> None:
    """Refuse a patch that could not be written: a long run must not end in that. Raises ``SettingsError``."""
    from mge_toolkit.core.errors import SettingsError

    patch = values.get("patch")
    if patch is not None and ((directory / patch).is_dir() or not (directory / patch).parent.is_dir()):
        raise SettingsError(f"patch: cannot write '{patch}': name a file in a directory that exists")


def model_fixer(values: Mapping[str, Any]) -> ModelFixer | None:
    """Return what asks the language model, or ``None`` below the level ``llm``. Raises ``SettingsError``.

    A file of prices is read at any level: whoever names one learns at once that it cannot be used.
    """
    from pathlib import Path

    if values.get("repair") != "llm":
        if values.get("prices") is not None:
            from mge_toolkit.retry.llm.prices import load_prices

            load_prices(Path(values["prices"]))
        return None
    from mge_toolkit.retry.llm.claude import make_claude_fixer
    from mge_toolkit.retry.llm.settings import LlmSettings

    chosen: dict[str, Any] = {}
    for option, field in (
        ("model", "model"),
        ("samples", "samples"),
        ("max_tokens", "max_tokens"),
        ("budget_usd", "run_usd"),
        ("budget_tokens", "run_tokens"),
        ("atom_budget_usd", "atom_usd"),
        ("atom_budget_tokens", "atom_tokens"),
        ("cassette_mode", "mode"),
    ):
        if values.get(option) is not None:
            chosen[field] = values[option]
    for option in ("cassette", "prices"):
        if values.get(option) is not None:
            chosen[option] = Path(values[option])
    return make_claude_fixer(LlmSettings(**chosen))


def _number(text: str) -> float:
    from mge_toolkit.core.errors import SettingsError

    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1_000_000:
        raise SettingsError(f"'{text[:40]}' is not a number from 0 on")
    return number


def _whole(text: str) -> int:
    from mge_toolkit.core.errors import SettingsError

    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise SettingsError(f"'{text[:40]}' is not a whole number")
    return int(text)


def _choice(text: str, known: tuple[str, ...]) -> str:
    from mge_toolkit.core.errors import SettingsError

    if text not in known:
        raise SettingsError(f"'{text[:40]}' is none of {', '.join(known)}")
    return text


def _category(text: str) -> Category:
    from mge_toolkit.core.results import Category

    return Category(_choice(text, tuple(Category)))
