"""Plan documents to YAML text that people can read and that loads as exactly what was written.

An emitter of its own: PyYAML's decides by YAML 1.1 what must be quoted, folds long lines, and takes minutes
for 100,000 atoms. This one writes a text of several lines as a literal block wherever one can hold it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mge_toolkit.core.errors import MgeError
from mge_toolkit.plan.syntax.yaml_text import resolve

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./+()-]| (?![ #]|\Z))*")
_NOT_IN_BLOCK = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Write a plan document to a YAML file."""
    path.write_bytes(document_text(document).encode())


def document_text(document: Mapping[str, Any]) -> str:
    """Return a plan document as YAML, always the same for the same document. Raises :class:`MgeError`."""
    return "".join(_mapping(document, 0))


def _mapping(values: Mapping[str, Any], indent: int) -> Iterator[str]:
    margin = " " * indent
    for key, value in values.items():
        yield f"{margin}{_word(str(key))}:"
        yield from _value(value, indent, f"{margin}  ")


def _value(value: Any, indent: int, below: str) -> Iterator[str]:
    """Yield what follows a key or a dash; blocks stand below it, behind ``below``."""
    if isinstance(value, str):
        block = _literal(value, below) if "\n" in value else None
        yield f" {_word(value)}\n" if block is None else block
    elif isinstance(value, Mapping) and value and not _is_flat(value):
        yield "\n"
        yield from _mapping(value, indent + 2)
    elif _is_sequence(value) and value and not _is_flat(value):
        yield "\n"
        for item in value:
            yield f"{below}-"
            yield from _value(item, indent + 2, f"{below}  ")
    else:
        yield f" {_flow(value)}\n"


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_flat(value: Any) -> bool:
    """Return whether a value is small enough for one line: a few short single values."""
    items = list(value.values()) if isinstance(value, Mapping) else list(value)
    if len(items) > 8 or any(isinstance(item, Mapping) or _is_sequence(item) for item in items):
        return False
    return len(_flow(value)) <= 80 and not any(isinstance(item, str) and "\n" in item for item in items)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if _is_sequence(value):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return _word(value)
    return json.dumps(value, allow_nan=False)


def _word(text: str) -> str:
    """Return a text on one line: as it is where nothing in it means anything in YAML, else in double quotes."""
    if _PLAIN.fullmatch(text) and resolve(text) == text:
        return text
    return double_quoted(text)


def double_quoted(text: str) -> str:
    """Return any text in double quotes on one line. Raises :class:`MgeError` for a lone surrogate."""
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


def fits_block(text: str) -> bool:
    """Return whether a literal block can hold ``text``: all characters, and something to indent."""
    return not _NOT_IN_BLOCK.search(text) and bool(text.strip("\n"))


def needs_indicator(text: str) -> bool:
    """Return whether a block of ``text`` must say how far it is indented.

    YAML would take the first line's own spaces (and refuse its tabs) for the block's indentation.
    """
    first = next((line for line in text.split("\n") if line), "")
    return first[:1] in (" ", "\t") or not first.strip()


def _escape(match: re.Match[str]) -> str:
    if "\ud800" <= match[0] <= "\udfff":
        raise MgeError(
            f"YAML cannot hold the lone surrogate U+{ord(match[0]):04X}: remove it from the document"
        )
    return f"\\u{ord(match[0]):04x}"


def _literal(text: str, margin: str) -> str | None:
    """Return a literal block, header and all, or ``None`` where a block cannot hold the text."""
    if not fits_block(text):
        return None
    lines = text.split("\n")
    trailing = len(text) - len(text.rstrip("\n"))
    chomping = ("-", "")[trailing] if trailing < 2 else "+"
    if trailing:
        lines.pop()
    step = "2" if needs_indicator(text) else ""
    body = "".join(f"{margin}{line}\n" if line else "\n" for line in lines)
    return f" |{step}{chomping}\n{body}"
