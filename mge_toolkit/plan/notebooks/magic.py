"""The line ``%%atom NAME --depends-on a,b …`` that makes a cell an atom: what it says in the keys of a plan file.

The Jupyter driver runs such cells, and the loader of notebooks reads them: both take the line apart here.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import JsonValue
from mge_toolkit.plan.keys import EXPECT_KEYS
from mge_toolkit.plan.syntax.nodes import LONE_SURROGATE, has_lone_surrogate
from mge_toolkit.plan.values import suggestion

if TYPE_CHECKING:
    from tree_sitter import Parser

PLAIN_KEYS: Final = ("language", "component", "module", "description", "memory")
"""The options that are keys of a plan file under their own names, their values being text."""

RUN_SWITCHES: Final = ("no-run", "allow-degraded")
RUN_OPTIONS: Final = (
    *("save", "slots", "sandbox", "schedule", "wave-threshold", "timeout", "preload"),
    *("repair", "repair-seconds", "max-retries", "run-retries", "only-retry", "retry-except", "confirm"),
    *("model", "samples", "max-tokens", "budget-usd", "budget-tokens", "atom-budget-usd"),
    *("atom-budget-tokens", "prices", "cassette", "cassette-mode"),
)
"""The options that say how the cell runs in the notebook and nothing about the atom."""

_MAGIC: Final = re.compile(r"%%atom(?:[ \t]+(.*))?")
_JAVASCRIPT: Final = frozenset({"javascript", "typescript"})


class _Parser(argparse.ArgumentParser):
    """A parser that raises where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        raise MgeError(f"%%atom: {message}")

    def _print_message(self, message: str, file: object = None) -> None:
        """Print nothing: ``--help`` is for those who run the cell."""


def atom_words(first_line: str) -> str | None:
    """Return what follows ``%%atom`` on a cell's first line, ``None`` where the line is no such magic."""
    match = _MAGIC.fullmatch(first_line.rstrip())
    return None if match is None else (match[1] or "")


def parse_atom_line(line: str, language: str = "python") -> dict[str, JsonValue]:
    """Return what the words after ``%%atom`` say, as keys of a plan file with ``id`` among them.

    ``language`` is the one that the atom has where the line does not say. Raises ``MgeError``.
    """
    if has_lone_surrogate(line):
        raise MgeError(f"%%atom: {LONE_SURROGATE}")
    try:
        options, unknown = _parser().parse_known_args(words(line))
    except SystemExit:
        raise MgeError("%%atom: a cell with --help is no atom: write its name") from None
    if unknown:
        known = (f"--{name}" for name in (*_OPTIONS, *RUN_OPTIONS, *RUN_SWITCHES))
        hint = suggestion(unknown[0].partition("=")[0], known) or ": see '%%atom --help' in the notebook"
        raise MgeError(f"%%atom: '{unknown[0][:40]}' is not understood{hint}")
    keys: dict[str, JsonValue] = {"id": options.name}
    keys |= {key: getattr(options, key) for key in PLAIN_KEYS if getattr(options, key) is not None}
    depends = listed(options.depends_on)
    if depends:
        keys["depends_on"] = depends
    if options.input is not None:
        keys["input"] = inputs(options.input)
    if options.check is not None:
        keys["check"] = check_code(options.check, options.language or language)
    if options.expect is not None:
        keys["expect"] = expectation(options.expect)
    return keys


def words(line: str) -> list[str]:
    """Return the words of a line as a shell splits them. Raises ``MgeError`` for a quote that does not end."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise MgeError(f"{str(error).lower()}: close the quotes in '{line.strip()[:60]}'") from None


def listed(values: Iterable[str]) -> list[str]:
    """Return the names in options that may be repeated and take comma-separated lists."""
    found = [name.strip() for value in values for name in value.split(",")]
    return list(dict.fromkeys(name for name in found if name))


def inputs(text: str) -> dict[str, JsonValue]:
    """Return what ``--input`` binds. Raises ``MgeError``."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise MgeError(f"--input: '{text[:60]}' is no JSON object: write such as '{{\"net\": 100}}'")
    return value


def expectation(text: str) -> dict[str, JsonValue]:
    """Return what ``--expect`` asks for: JSON of the result, or of an object with a plan file's own keys.

    Raises ``MgeError``.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MgeError(
            f"--expect: '{text[:60]}' is no JSON: write such as 42, '\"text\"' or '{{\"stdout\": \"hi\\n\"}}'"
        ) from None
    if isinstance(value, dict) and value and value.keys() <= EXPECT_KEYS.keys():
        return value
    return {"result": value}


def check_code(text: str, language: str) -> str:
    """Return the check that ``text`` asks for: an expression has to be true, anything else is code."""
    bare = text.strip()
    if language in _JAVASCRIPT:
        return _ecmascript_check(text, typescript=language == "typescript")
    try:
        ast.parse(bare, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    return f"assert ({bare})" if "\n" in bare else f"assert {bare}"


def _ecmascript_check(text: str, *, typescript: bool) -> str:
    root = _ecmascript(typescript).parse(text.encode("utf-8", "replace")).root_node
    only = root.named_children[0] if root.named_child_count == 1 else None
    bare = text.strip().rstrip(";")
    expression = only is not None and only.type == "expression_statement" and not root.has_error
    if not expression or "assert" in bare.split("(", maxsplit=1)[0]:
        return text
    return f"console.assert({bare});"


@lru_cache(maxsize=2)
def _ecmascript(typescript: bool) -> Parser:
    from tree_sitter import Language, Parser

    if typescript:
        import tree_sitter_typescript

        return Parser(Language(tree_sitter_typescript.language_typescript()))
    import tree_sitter_javascript

    return Parser(Language(tree_sitter_javascript.language()))


_OPTIONS: Final = ("depends-on", "check", "expect", "input", *PLAIN_KEYS)


@lru_cache(maxsize=1)
def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="%%atom", allow_abbrev=False)
    more: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("name", metavar="NAME")
    for name in _OPTIONS:
        parser.add_argument(f"--{name}", **(more if name == "depends-on" else {}))
    for name in RUN_OPTIONS:
        parser.add_argument(f"--{name}")
    for name in RUN_SWITCHES:
        parser.add_argument(f"--{name}", action="store_true")
    return parser
