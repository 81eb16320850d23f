"""Compare what an atom gave with what its plan expects, and say in one line where they differ."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from mge_toolkit.core.plans import UNSET, JsonValue, RaisedException
from mge_toolkit.core.results import Raised, Stream, Value

_SHOWN: Final = 120


Show: TypeAlias = Callable[[JsonValue], str]
"""Writes a value as the atom's language does."""


def shown(value: JsonValue) -> str:
    """Return a value as it is written in Python, shortened."""
    return _shown(repr, value)


def shown_as_json(value: JsonValue) -> str:
    """Return a value as it is written in JSON, and so in JavaScript, shortened."""
    return _shown(partial(json.dumps, ensure_ascii=False), value)


def _shown(write: Show, value: JsonValue) -> str:
    try:
        return _cut(write(value))
    except (RecursionError, ValueError):
        return f"a {type(value).__name__} too deep or too long to show"


def result_difference(
    expected: JsonValue, value: Value | None, tolerance: float, show: Show = shown
) -> str | None:
    """Return how ``result`` differs from ``expected``, or ``None`` where it does not."""
    if value is None:
        return f"expected result {show(expected)}, but the code did not bind 'result'"
    if value.json is UNSET:
        return f"expected result {show(expected)}, got {_cut(value.repr or '')}, which is not a JSON value"
    found = _first_difference(expected, value.json, tolerance, show)
    if found is None:
        return None
    path, message = found
    return f"result{path}: {message}"


def _first_difference(
    expected: JsonValue, got: JsonValue, tolerance: float, show: Show
) -> tuple[str, str] | None:
    """Return where the first difference is, in reading order, and what it is. Not recursive: plans can be deep."""
    stack: list[tuple[str, Any, Any]] = [("", expected, got)]
    while stack:
        path, left, right = stack.pop()
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            wanted = {_key(key): value for key, value in left.items()}
            missing = [key for key in wanted if key not in right]
            extra = [key for key in right if key not in wanted]
            if missing or extra:
                return path, _keys_message(missing, extra, show)
            pairs = [(f"{path}[{show(key)}]", value, right[key]) for key, value in wanted.items()]
            stack.extend(reversed(pairs))
        elif isinstance(left, list | tuple) and isinstance(right, list | tuple):
            if len(left) != len(right):
                return path, (
                    f"expected {len(left)} items, got {len(right)}: expected {show(left)}, got {show(right)}"
                )
            items = enumerate(zip(left, right, strict=True))
            stack.extend(reversed([(f"{path}[{i}]", *pair) for i, pair in items]))
        elif not _equal(left, right, tolerance):
            return path, f"expected {show(left)}, got {show(right)}"
    return None


def _key(key: object) -> str:
    """Return a key as JSON writes it: a plan may say ``1`` where a result can only have ``"1"``."""
    return key if isinstance(key, str) else json.dumps(key)


def _keys_message(missing: list[str], extra: list[str], show: Show) -> str:
    """Return what is wrong with an object's keys."""
    parts = []
    for word, keys in (("missing", missing), ("unexpected", extra)):
        if keys:
            names = ", ".join(show(key) for key in keys[:3])
            parts.append(
                f"{word} {'key' if len(keys) == 1 else 'keys'} {names}{', …' if len(keys) > 3 else ''}"
            )
    return "; ".join(parts)


def _equal(left: object, right: object, tolerance: float) -> bool:
    """Return whether two scalars are equal: ``1`` is ``1.0`` but not ``True``."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right or (tolerance > 0 and _close(left, right, tolerance))
    return type(left) is type(right) and left == right


def _close(left: float, right: float, tolerance: float) -> bool:
    """Return whether two numbers differ by ``tolerance`` at most; integers may be larger than any ``float``."""
    try:
        return abs(left - right) <= tolerance
    except OverflowError:
        return False


def stdout_difference(expected: str, stream: Stream, show: Show = shown) -> str | None:
    """Return how the output differs from ``expected``; one newline more or less at the end does not count."""
    got = stream.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    wanted = expected.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if stream.total > len(stream.data):
        return f"stdout: {stream.total} bytes were written, more than are kept to compare"
    if got == wanted:
        return None
    for number, (left, right) in enumerate(zip(wanted, got, strict=False), 1):
        if left != right:
            return f"stdout, line {number}: expected {show(left)}, got {show(right)}"
    if len(got) > len(wanted):
        return f"stdout: unexpected line {len(wanted) + 1}: {show(got[len(wanted)])}"
    return f"stdout: ends after line {len(got)}, expected {show(wanted[len(got)])} next"


def raised_difference(expected: RaisedException, raised: Raised, show: Show = shown) -> str | None:
    """Return how an exception differs from the expected one, or ``None`` where it is that."""
    if not any(_is_named(name, expected.type) for name in (raised.type, *raised.bases)):
        return f"expected {expected.type} to be raised, got {described(raised)}"
    if expected.match is not None and re.search(expected.match, raised.message) is None:
        message = show(raised.message)
        return f"{expected.type} was raised, but its message {message} does not match {expected.match!r}"
    return None


def _is_named(name: str, written: str) -> bool:
    """Return whether the class ``name`` may be written so: whole, bare, or as its package exports it."""
    package, _, bare = name.rpartition(".")
    if written in (name, bare):
        return True
    # A package shows classes where they are not defined: json.JSONDecodeError is json.decoder.JSONDecodeError.
    path, _, last = written.rpartition(".")
    return bool(path) and last == bare and path.partition(".")[0] == package.partition(".")[0]


def described(raised: Raised) -> str:
    """Return an exception in one line, as its language names it."""
    name = raised.type.removeprefix("__main__.")
    first = raised.message.strip().split("\n", 1)[0]
    return f"{name}: {_cut(first, 300)}" if first else name


def _cut(text: str, limit: int = _SHOWN) -> str:
    """Return ``text`` shortened in its middle."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]} … {text[-limit // 2 :]}"
