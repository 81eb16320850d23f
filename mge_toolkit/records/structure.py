"""Records as JSON and back, by their type hints: a field that is added to a record is kept from then on.

Fields that have their default are left out.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from mge_toolkit.core.plans import UNSET, DataFile, FromAtom, Unset

Convert: TypeAlias = Callable[[Any], Any] | None
"""Turns a value into its other form; ``None`` where both are the same."""

R = TypeVar("R")

_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_read: Final = json.JSONDecoder().raw_decode


def plain(record: Any) -> dict[str, Any]:
    """Return a record as what JSON has."""
    kind: Any = type(record)
    encode, _ = _record(kind)
    return encode(record)


def restored(kind: type[R], data: Any) -> R:
    """Return the record of type ``kind`` that :func:`plain` made ``data`` of."""
    any_kind: Any = kind
    _, decode = _record(any_kind)
    return decode(data)  # type: ignore[no-any-return]


def dumped(value: Any) -> str:
    """Return a JSON text; numbers that JSON does not have are written as Python writes them (``NaN``)."""
    return _dump(value)


def loaded(text: str) -> Any:
    """Return what :func:`dumped` made a text of."""
    value, _ = _read(text)
    return value


@cache
def _record(kind: Any) -> tuple[Callable[[Any], dict[str, Any]], Callable[[Any], Any]]:
    """Return how to turn records of this dataclass into a dictionary and back."""
    hints = get_type_hints(kind)
    parts: list[tuple[str, Any, Convert]] = []
    back: dict[str, Convert] = {}
    for field in fields(kind):
        default = field.default if field.default_factory is MISSING else field.default_factory()
        if kind is DataFile and field.name == "content":
            continue  # data files can be large, and are the user's to keep
        encode, decode = _converters(hints[field.name])
        parts.append((field.name, default, encode))
        back[field.name] = decode
    lost = {"content": b""} if kind is DataFile else {}

    def encode_record(record: Any) -> dict[str, Any]:
        found = {}
        for name, default, convert in parts:
            value = getattr(record, name)
            if value is default or (type(value) is type(default) and value == default):
                continue
            found[name] = value if convert is None else convert(value)
        return found

    def decode_record(data: Any) -> Any:
        values = dict(lost)
        for name, value in data.items():
            convert = back[name]
            values[name] = value if convert is None else convert(value)
        return kind(**values)

    return encode_record, decode_record


def _converters(hint: Any) -> tuple[Convert, Convert]:
    """Return how to turn values of a field into what JSON has, and back."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin in (tuple, frozenset):
        return _several(origin, arguments)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(*arguments)
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return None, hint  # a text enumeration is text already
    if hint is datetime:
        return datetime.isoformat, datetime.fromisoformat
    return None, None


def _union(arguments: tuple[Any, ...]) -> tuple[Convert, Convert]:
    if Unset in arguments:  # a value that may be the very text that UNSET is
        return (
            lambda value: [] if value is UNSET else [value],
            lambda data: data[0] if data else UNSET,
        )
    if FromAtom in arguments:
        return (
            lambda value: {"from": value.atom} if isinstance(value, FromAtom) else {"value": value},
            lambda data: FromAtom(atom=data["from"]) if "from" in data else data["value"],
        )
    (inner,) = (one for one in arguments if one is not types.NoneType)
    return _optional(*_converters(inner))


def _optional(encode: Convert, decode: Convert) -> tuple[Convert, Convert]:
    def maybe(convert: Convert) -> Convert:
        return None if convert is None else lambda value: None if value is None else convert(value)

    return maybe(encode), maybe(decode)


def _several(origin: type, arguments: tuple[Any, ...]) -> tuple[Convert, Convert]:
    """Return the converters of a tuple or a set; the items of a tuple of fixed length may differ in type."""
    items = [one for one in arguments if one is not Ellipsis]
    if len(items) == 1:
        encode, decode = _converters(items[0])
        return (
            list if encode is None else lambda values: [encode(value) for value in values],
            origin if decode is None else lambda data: origin(decode(value) for value in data),
        )
    both = [_converters(one) for one in items]

    def through(converts: list[Convert], values: Any) -> list[Any]:
        pairs = zip(converts, values, strict=True)
        return [value if convert is None else convert(value) for convert, value in pairs]

    return (
        lambda values: through([one for one, _ in both], values),
        lambda data: origin(through([one for _, one in both], data)),
    )


def _mapping(key: Any, item: Any) -> tuple[Convert, Convert]:
    encode, decode = _converters(item)
    _, key_of = _converters(key)
    return (
        dict if encode is None else lambda value: {name: encode(one) for name, one in value.items()},
        lambda data: {
            name if key_of is None else key_of(name): one if decode is None else decode(one)
            for name, one in data.items()
        },
    )
