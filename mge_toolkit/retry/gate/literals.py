"""Constants as the gate compares them: by value, whatever language and notation they are written in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

Literal: TypeAlias = object
"""``None``, ``bool``, numbers, ``str``, ``bytes``, and sequences, sets and mappings of them."""

_ITEMS: Final = 2000
_DEPTH: Final = 30
_SHOWN: Final = 60
# Numbers that programs hold for reasons of their own: limits, percentages, moduli, sentinels.
_USUAL: Final = frozenset({0.5, 12.0, 16.0, 24.0, 26.0, 32.0, 60.0, 64.0, 90.0, 100.0, 128.0, 180.0, 255.0})
_USUAL_LARGE: Final = frozenset({256.0, 360.0, 365.0, 366.0, 400.0, 1000.0, 1024.0, 10**9 + 7.0})
_SMALL: Final = 10


def key(value: Literal) -> str:
    """Return a text that is equal for equal constants: ``1`` and ``1.0`` are, a list and a tuple are."""
    parts: list[str] = []
    _write(value, parts, 0)
    return "".join(parts[:_ITEMS])


def _write(value: Literal, parts: list[str], depth: int) -> None:
    if depth > _DEPTH or len(parts) > _ITEMS:
        parts.append("…")
    elif isinstance(value, Mapping):
        parts.append("{")
        for name, item in value.items():
            _write(name, parts, depth + 1)
            parts.append(":")
            _write(item, parts, depth + 1)
            parts.append(",")
        parts.append("}")
    elif isinstance(value, list | tuple):
        parts.append("[")
        for item in value:
            _write(item, parts, depth + 1)
            parts.append(",")
        parts.append("]")
    elif isinstance(value, set | frozenset):
        parts.append("".join(("{", *sorted(f"{key(item)}," for item in value), "}")))
    else:
        parts.append(_scalar(value))


def _scalar(value: Literal) -> str:
    """Return the text of one constant that holds no others."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 2000:
        return f"integer of {value.bit_length()} bits, {value % (10**9 + 9)}"
    return repr(value)


def is_trivial(value: Literal) -> bool:
    """Return whether programs hold this value so often that finding it somewhere says nothing."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return _is_small(value) or abs(value) in _USUAL or abs(value) in _USUAL_LARGE or value != value
    if isinstance(value, str | bytes):
        return len(value.strip()) <= 1
    if isinstance(value, Mapping):
        return not value
    if isinstance(value, list | tuple | set | frozenset):
        return len(value) <= 3 and all(is_trivial(item) and not isinstance(item, Mapping) for item in value)
    return False


def _is_small(value: float) -> bool:
    return value in (float("inf"), float("-inf")) or (
        value == value and value == int(value) and -1 <= value <= _SMALL
    )


def is_base_case(value: Literal) -> bool:
    """Return whether a real program may well ask for just this input: empty, none, or a first natural number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return -1 <= value <= 3
    if isinstance(value, list | tuple):
        return len(value) <= 1 and all(is_base_case(item) for item in value)
    return is_trivial(value)


def parts(value: Literal, depth: int = 0) -> Iterator[Literal]:
    """Yield ``value`` and, a few levels deep, what it holds."""
    yield value
    if depth >= 3:
        return
    if isinstance(value, Mapping):
        for item in list(value.values())[:50]:
            yield from parts(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value[:50]:
            yield from parts(item, depth + 1)


def shown(value: Literal) -> str:
    """Return a constant for a reviewer, shortened."""
    text = repr(value) if not isinstance(value, int) or value.bit_length() < 2000 else "a long integer"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
