"""Records of any content, made from their own type hints: a field that is added is generated from then on."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

TEXT = st.one_of(
    st.sampled_from(
        [
            "",
            "plan",
            "\x00",
            "\x1a",
            "\x1a0041",
            "\ud83d\ude00",
            "\udc80",
            "unset",
            "a\nb\r\n\x85\u2028",
            "😀 é",
        ]
    ),
    st.text(alphabet=st.characters(exclude_categories=()), max_size=8),
)
INTEGERS = st.one_of(st.integers(0, 9), st.integers(), st.sampled_from([2**63, -(2**63), 10**30]))
KEYS = TEXT | st.sampled_from(["from", "value"])
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    types.NoneType: st.none(),
    bool: st.booleans(),
    bytes: st.binary(max_size=9),
    datetime: st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    float: st.floats(),
    int: INTEGERS,
    str: TEXT,
}


@cache
def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a type, of which every field of every record varies."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin in (Union, types.UnionType):
        return st.one_of(*map(anything, arguments))
    if origin is tuple and arguments[-1] is not Ellipsis:
        return st.tuples(*map(anything, arguments))
    if origin is tuple:
        return st.lists(anything(arguments[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(anything(arguments[0]))
    if origin is Mapping:
        return st.dictionaries(*map(anything, arguments), max_size=2)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: anything(hints[field.name]) for field in fields(hint)})
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    raise TypeError(f"no strategy for {hint}")


def canonical(value: Any) -> Any:
    """Return a value in a form that is equal where value, types and all inside are; NaN equals itself."""
    if is_dataclass(value):
        compared = [field.name for field in fields(value) if field.compare]
        inside = [(name, canonical(getattr(value, name))) for name in compared]
        return type(value).__name__, inside
    if isinstance(value, Mapping):
        return "mapping", [(canonical(key), canonical(one)) for key, one in value.items()]
    if isinstance(value, list | tuple):
        return type(value).__name__, [canonical(one) for one in value]
    if isinstance(value, frozenset):
        return "set", sorted(map(repr, value))
    if isinstance(value, datetime):
        return "time", value.astimezone(UTC).isoformat()
    if isinstance(value, float):
        return "float", repr(value + 0.0)  # which sign a zero has is not kept
    return type(value).__name__, hex(value) if type(value) is int else repr(value)
