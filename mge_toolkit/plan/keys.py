"""The keys of a plan file: the one table behind the loader, the JSON Schema and the reference page.

A key's ``schema`` is its JSON Schema without the description; ``default`` is what holds where it is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NAME_PATTERN: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,98}[A-Za-z0-9_\-])?"
"""Ids and names: safe in pytest's node ids, on its command line, in JUnit files and as file names."""

SIZE_PATTERN: Final = r"[0-9]+(\.[0-9]+)? ?([kKMGT]i?)?B"
TIME_PATTERN: Final = r"[0-9]+(\.[0-9]+)? ?(ms|s|m|h)"

FORMAT_VERSION: Final = 1

Schema = Mapping[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_BOOLEAN: Final[Schema] = {"type": "boolean"}
_NAME: Final[Schema] = {"type": "string", "pattern": f"^{NAME_PATTERN}$"}
_TIME: Final[Schema] = {
    "oneOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 86_400},
        {"type": "string", "pattern": f"^{TIME_PATTERN}$"},
    ]
}
_CODE: Final[Schema] = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"path": {"type": "string", "minLength": 1}},
            "required": ["path"],
            "additionalProperties": False,
        },
    ]
}


def _size(minimum: int) -> Schema:
    return {
        "oneOf": [
            {"type": "integer", "minimum": minimum},
            {"type": "string", "pattern": f"^{SIZE_PATTERN}$"},
        ]
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """What one key of a plan file means."""

    description: str
    schema: Schema
    default: str = "none"


SETTING_KEYS: Final[Mapping[str, Key]] = {
    "language": Key(
        description="The language the code is written in.",
        schema={"type": "string"},
        default="`python`",
    ),
    "timeout": Key(
        description="Wall time one attempt may take: seconds, or text such as '500ms', '2s', '1m'.",
        schema=_TIME,
        default="30 seconds",
    ),
    "cpu_time": Key(
        description="CPU time one attempt may use, written like `timeout`.",
        schema=_TIME,
        default="`timeout` × `cpus`",
    ),
    "memory": Key(
        description="Memory one attempt may use: bytes, or text such as '512MB' (decimal) or '512MiB' (binary).",
        schema=_size(1024**2),
        default="512 MiB",
    ),
    "cpus": Key(
        description="How many processors' worth of time one attempt may use at once.",
        schema={"type": "number", "exclusiveMinimum": 0, "maximum": 1024},
        default="1",
    ),
    "processes": Key(
        description="How many processes and threads one attempt may have at once.",
        schema={"type": "integer", "minimum": 1, "maximum": 32_768},
        default="64",
    ),
    "output": Key(
        description="How much of each output stream is kept; the rest is cut and flagged. Written like `memory`.",
        schema=_size(0),
        default="1 MiB",
    ),
    "output_kill": Key(
        description="An attempt that writes more than this to its streams together is killed. Like `memory`.",
        schema=_size(1),
        default="64 MiB, or `output` where that is more",
    ),
    "disk": Key(
        description="How much one attempt may write to its work directory. Written like `memory`.",
        schema=_size(65_536),
        default="64 MiB",
    ),
    "network": Key(
        description="`none`, or `loopback` for a private loopback interface.",
        schema={"enum": ["none", "loopback"]},
        default="`none`",
    ),
    "critical": Key(
        description="Whether the atom must pass; `false` lets the skip strategy give it up.",
        schema=_BOOLEAN,
        default="`true`",
    ),
    "max_retries": Key(
        description="How often a failed atom may be tried again with changed code.",
        schema={"type": "integer", "minimum": 0, "maximum": 100},
        default="3",
    ),
    "typecheck": Key(
        description="Whether TypeScript is type-checked before it runs.",
        schema=_BOOLEAN,
        default="`false`",
    ),
}
"""What an atom can be given, and `defaults` too."""

RAISES_KEYS: Final[Mapping[str, Key]] = {
    "type": Key(
        description="The exception's class, or one of its bases: `ValueError`, `json.JSONDecodeError`.",
        schema={"type": "string", "pattern": r"^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$"},
    ),
    "match": Key(
        description="A regular expression that is searched for in the exception's message.",
        schema={"type": "string", "format": "regex"},
    ),
}

EXPECT_KEYS: Final[Mapping[str, Key]] = {
    "result": Key(description="The JSON value that `result` must equal.", schema={}),
    "stdout": Key(
        description="The text that must have been printed, exactly but for one newline at its end.",
        schema=_TEXT,
    ),
    "raises": Key(
        description="The exception the code must end with: its class, or `{type, match}`.",
        schema={"oneOf": [RAISES_KEYS["type"].schema, {"$ref": "#/$defs/raises"}]},
    ),
    "tolerance": Key(
        description="How far a number anywhere in `result` may be off.",
        schema={"type": "number", "minimum": 0},
        default="0",
    ),
}

ATOM_KEYS: Final[Mapping[str, Key]] = {
    "description": Key(description="What the atom is for.", schema=_TEXT),
    "code": Key(
        description="The code: text, or `{path: file}` relative to the plan's directory and inside it.",
        schema=_CODE,
        default="required",
    ),
    "check": Key(
        description="Code that runs after the atom's in the same namespace and fails it by raising.",
        schema=_CODE,
    ),
    "expect": Key(
        description="What the atom's result, output or exception is compared with.",
        schema={"$ref": "#/$defs/expect"},
    ),
    "depends_on": Key(
        description="Ids of the atoms whose code runs before this one's, in the same namespace.",
        schema={"oneOf": [_NAME, {"type": "array", "items": _NAME}]},
    ),
    "input": Key(
        description=(
            "Names bound before the atom runs: JSON values, or `{from: atom}` for another atom's result. "
            "`{value: {from: x}}` stands for the mapping `{from: x}` itself."
        ),
        schema={"type": "object", "propertyNames": {"pattern": r"^[^\W\d]\w*$"}},
    ),
    "files": Key(
        description="Read-only files in the work directory: a list of paths, or names with `{path}` or `{text}`.",
        schema={
            "oneOf": [
                {"type": "array", "items": {"type": "string", "minLength": 1}},
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/file"}},
            ]
        },
    ),
    "file": Key(
        description="The file of the assembled program that the code belongs in, a relative path.",
        schema={"type": "string", "minLength": 1},
        default="`<component>/<module>` with the language's ending",
    ),
    "sample_of": Key(
        description="The task that this atom is one sample of, for pass@k.",
        schema={"type": "string", "minLength": 1},
    ),
    **SETTING_KEYS,
}

_DESCRIPTION: Final = Key(description="What the group is for.", schema=_TEXT)
_DEFAULTS: Final = Key(
    description="Settings for every atom below that does not say otherwise.",
    schema={"$ref": "#/$defs/defaults"},
)


def _group(kind: str, description: str) -> Key:
    return Key(
        description=description,
        schema={
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
            "additionalProperties": {"$ref": f"#/$defs/{kind}"},
        },
    )


_ATOMS: Final = _group("atom", "Atoms by id, which is unique in the whole plan.")
_MODULES: Final = _group("module", "Modules by name: groups of atoms.")

MODULE_KEYS: Final[Mapping[str, Key]] = {
    "description": _DESCRIPTION,
    "defaults": _DEFAULTS,
    "atoms": _ATOMS,
}

COMPONENT_KEYS: Final[Mapping[str, Key]] = {
    "description": _DESCRIPTION,
    "defaults": _DEFAULTS,
    "modules": _MODULES,
    "atoms": _ATOMS,
}

PLAN_KEYS: Final[Mapping[str, Key]] = {
    "masterplan": Key(
        description="The plan's name.",
        schema=_NAME,
        default="the file's name without its ending",
    ),
    "version": Key(
        description="The version of this format.",
        schema={"const": FORMAT_VERSION},
        default=f"{FORMAT_VERSION}",
    ),
    "description": Key(description="What the plan is for.", schema=_TEXT),
    "defaults": _DEFAULTS,
    "preload": Key(
        description="Python modules that are imported once, before any atom runs.",
        schema={
            "oneOf": [
                {"type": "string", "pattern": r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"},
                {"type": "array", "items": {"type": "string", "pattern": r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"}},
            ]
        },
    ),
    "components": _group("component", "Components by name: groups of modules."),
    "modules": _MODULES,
    "atoms": _ATOMS,
}

LINE_KEYS: Final[Mapping[str, Key]] = {
    "id": Key(description="The atom's id.", schema=_NAME, default="required"),
    "component": Key(description="The component the atom belongs to.", schema=_NAME),
    "module": Key(description="The module the atom belongs to.", schema=_NAME),
    **ATOM_KEYS,
}
"""What an object on a line of a JSON Lines plan has."""

HEADER_KEYS: Final[Mapping[str, Key]] = {
    key: PLAN_KEYS[key] for key in ("masterplan", "version", "description", "defaults", "preload")
}
"""What the first line of a JSON Lines plan may have instead."""
