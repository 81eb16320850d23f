"""The JSON Schema of plan files, for editors. The loader checks more; both come from one table of keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mge_toolkit.plan.keys import (
    ATOM_KEYS,
    COMPONENT_KEYS,
    EXPECT_KEYS,
    MODULE_KEYS,
    PLAN_KEYS,
    RAISES_KEYS,
    SETTING_KEYS,
    Key,
)

_FILE = {
    "description": "A data file: copied from beside the plan, or written here.",
    "type": "object",
    "properties": {"path": {"type": "string", "minLength": 1}, "text": {"type": "string"}},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


def plan_schema(languages: Collection[str] = ("python", "javascript", "typescript")) -> dict[str, Any]:
    """Return the schema (draft 2020-12). ``languages`` are the names that ``language`` may have."""
    schema = _object(
        "A masterplan: atoms of code with their dependencies, inputs, checks and limits.", PLAN_KEYS
    )
    # Keys of the user's own, which hold anchors for instance.
    schema["patternProperties"] = {"^x-": {}}
    schema["anyOf"] = [{"required": [key]} for key in ("components", "modules", "atoms")]
    definitions = {
        "component": _object("A group of modules.", COMPONENT_KEYS),
        "module": _object("A group of atoms.", MODULE_KEYS),
        "atom": _object("The smallest unit that runs.", ATOM_KEYS, required=("code",)),
        "defaults": _object("Settings that atoms inherit.", SETTING_KEYS),
        "expect": _object("What an atom is compared with.", EXPECT_KEYS) | {"minProperties": 1},
        "raises": _object("The exception that is expected.", RAISES_KEYS, required=("type",)),
        "file": _FILE,
    }
    for name in ("atom", "defaults"):
        definitions[name]["properties"]["language"]["enum"] = list(languages)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Masterplan",
        **schema,
        "$defs": definitions,
    }


def _object(description: str, keys: Mapping[str, Key], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "properties": {name: _property(key) for name, key in keys.items()},
        "required": list(required),
        "additionalProperties": False,
    }


def _property(key: Key) -> dict[str, Any]:
    absent = "" if key.default == "none" else f" Default: {key.default}."
    return {"description": key.description + absent, **key.schema}
