"""Records that are figures through and through, and what they are as JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any


class Plain:
    """The base of records that hold nothing but figures, names, times and one another."""

    __slots__ = ()

    def to_data(self) -> dict[str, Any]:
        """Return the record as JSON values: field by field, times in ISO 8601, tuples as lists."""
        return {name: _plain(getattr(self, name)) for name in _names(type(self))}


def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _plain(value: Any) -> Any:
    if isinstance(value, Plain):
        return value.to_data()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
