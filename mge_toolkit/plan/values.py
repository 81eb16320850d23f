"""Single values of a plan file: each function returns what a node means, or raises :class:`WrongValueError`."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any, Final, TypeAlias

from mge_toolkit.core.plans import Network
from mge_toolkit.plan.keys import NAME_PATTERN, SETTING_KEYS, SIZE_PATTERN, TIME_PATTERN
from mge_toolkit.plan.syntax.nodes import (
    LONE_SURROGATE,
    MappingNode,
    Node,
    Scalar,
    SequenceNode,
    has_lone_surrogate,
    kind,
    shortened,
)

Parser: TypeAlias = Callable[[Node], Any]

_NAME = re.compile(NAME_PATTERN)
_SIZE = re.compile(SIZE_PATTERN)
_TIME = re.compile(TIME_PATTERN)
_NUMBER = re.compile(r"[0-9.]+")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES: Final = {
    "": 1,
    **{letter: 1000**power for power, letter in enumerate("kMGT", 1)},
    **{f"{letter}i": 1024**power for power, letter in enumerate("kMGT", 1)},
    "K": 1000,
    "Ki": 1024,
}
_DAY: Final = 86_400


class WrongValueError(Exception):
    """A value cannot be used; the message says why and what to write instead."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the known word nearest to ``word``, or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""


def is_name(text: str) -> bool:
    """Return whether ``text`` can be an id."""
    return _NAME.fullmatch(text) is not None


def nearest_name(text: str) -> str:
    """Return an id that resembles ``text``."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.\-]+", "_", ascii_text).strip("_.-")[:100].rstrip(".") or "unnamed"


def name_problem(what: str, text: str) -> str:
    """Return what is wrong with an id or a name, and one that could be used."""
    return (
        f"{what} {shortened(text)} has characters (or a length) that node ids and file names do not take: "
        f"use letters, digits, '_', '-' and '.', such as '{nearest_name(text)}'"
    )


def text(node: Node) -> str:
    """Return a text."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        if has_lone_surrogate(node.value):
            raise WrongValueError(LONE_SURROGATE)
        return node.value
    hint = ": put it in quotes" if isinstance(node, Scalar) and node.value is not None else ""
    raise WrongValueError(f"must be text, not {kind(node)}{hint}")


def filled_text(node: Node) -> str:
    """Return a text that is not empty."""
    found = text(node)
    if not found.strip():
        raise WrongValueError("must not be empty: write the text, or remove the key")
    return found


def boolean(node: Node) -> bool:
    """Return a truth value."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    raise WrongValueError(f"must be true or false, not {kind(node)}")


def number(node: Node, lowest: float, highest: float, *, above: bool = False) -> float:
    """Return a finite number in a range, which ``above`` makes exclude its lower end."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValueError(f"must be a number, not {kind(node)}")
    if not math.isfinite(value) or not lowest <= value <= highest or (above and value == lowest):
        bound = f"above {lowest:g}" if above else f"from {lowest:g}"
        raise WrongValueError(f"must be {bound} to {highest:g}, not {value}")
    return float(value)


def _integer(node: Node) -> int | None:
    """Return a whole number; ``2.0`` is one, as it is in JSON Schema."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def whole(node: Node, lowest: int, highest: int) -> int:
    """Return a whole number in a range."""
    value = _integer(node)
    if value is None:
        raise WrongValueError(f"must be a whole number, not {kind(node)}")
    if not lowest <= value <= highest:
        raise WrongValueError(f"must be from {lowest} to {highest}, not {value}")
    return value


def seconds(node: Node) -> float:
    """Return a duration in seconds."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, str) and _TIME.fullmatch(value):
        digits = _NUMBER.match(value)
        unit = value[digits.end() :].strip() if digits else ""
        amount = float(value[: len(value) - len(unit)]) * _SECONDS[unit]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        amount = float(value) if -_DAY < value <= 2 * _DAY else math.inf
    else:
        raise WrongValueError(f"must be seconds or a text such as '500ms', '2s' or '1m', not {kind(node)}")
    if not 0 < amount <= _DAY:
        raise WrongValueError(f"must be above 0 and at most one day (86400 seconds), not {value}")
    return amount


def size(lowest: int) -> Parser:
    """Return a parser for sizes of at least ``lowest`` bytes."""

    def parse(node: Node) -> int:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and _SIZE.fullmatch(value):
            digits = _NUMBER.match(value)
            unit = value[digits.end() :].strip() if digits else ""
            found = int(float(value[: len(value) - len(unit)]) * _BYTES[unit.removesuffix("B")])
        elif (number_of_bytes := _integer(node)) is not None:
            found = number_of_bytes
        else:
            raise WrongValueError(f"must be bytes or a text such as '512MB' or '512MiB', not {kind(node)}")
        if found < lowest:
            meant = f" (did you mean '{found}MiB'?)" if isinstance(value, int) and 0 < found < 65_536 else ""
            raise WrongValueError(f"must be at least {lowest} bytes, not {value}{meant}")
        if found > 1 << 50:
            raise WrongValueError(f"must be at most 1 PiB, not {value}")
        return found

    return parse


def network(node: Node) -> Network:
    """Return the network an atom sees."""
    word = node.value if isinstance(node, Scalar) else None
    if isinstance(word, str) and word in {"none", "loopback"}:
        return Network(word)
    raise WrongValueError(f"must be none or loopback, not {kind(node)}")


def texts(node: Node, what: str) -> list[tuple[str, int]]:
    """Return a list of texts, each with its line. One text stands for a list of one."""
    nodes = node.items if isinstance(node, SequenceNode) else [node]
    found: list[tuple[str, int]] = []
    for item in nodes:
        if not isinstance(item, Scalar) or not isinstance(item.value, str):
            raise WrongValueError(f"must be a list of {what}, not {kind(item)}")
        found.append((item.value, item.line))
    return found


def relative_path(path: str) -> str:
    """Return ``path``, which must be relative, and without ``..``, so that it stays where it belongs."""
    parts = PurePosixPath(path).parts
    unsafe = path.startswith("/") or "\\" in path or ".." in parts or re.match("[A-Za-z]:", path)
    if unsafe or not parts or not path.isprintable() or path.endswith("/"):
        raise WrongValueError(
            f"{shortened(path)} is no file below the directory: write it relative, with '/' and without '..'"
        )
    return str(PurePosixPath(path))


def language(known: Iterable[str]) -> Parser:
    """Return a parser for the names of the ``known`` languages."""
    names = tuple(known)

    def parse(node: Node) -> str:
        name = text(node)
        if name not in names:
            choice = suggestion(name.lower(), names) or f": choose one of {', '.join(names)}"
            raise WrongValueError(f"unknown language {shortened(name)}{choice}")
        return next(n for n in names if n == name)

    return parse


def setting_parsers(languages: Iterable[str]) -> dict[str, Parser]:
    """Return the parser of every key that `defaults` and atoms share."""
    parsers: dict[str, Parser] = {
        "language": language(languages),
        "timeout": seconds,
        "cpu_time": seconds,
        "memory": size(1024**2),
        "cpus": lambda node: number(node, 0, 1024, above=True),
        "processes": lambda node: whole(node, 1, 32_768),
        "output": size(0),
        "output_kill": size(1),
        "disk": size(65_536),
        "network": network,
        "critical": boolean,
        "max_retries": lambda node: whole(node, 0, 100),
        "typecheck": boolean,
    }
    return {key: parsers[key] for key in SETTING_KEYS}


def only_value(node: Node, key: str) -> Node | None:
    """Return the value of ``key`` where ``node`` is a mapping of that key alone."""
    if isinstance(node, MappingNode) and len(node.entries) == 1 and key in node.entries:
        return node.entries[key][1]
    return None
