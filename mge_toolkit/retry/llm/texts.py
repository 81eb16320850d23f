"""Cut, mark and frame the texts of a prompt."""

from __future__ import annotations

from typing import Final

_AROUND: Final = 3
_LINE_LIMIT: Final = 300


def whole(text: str) -> str:
    """Return ``text`` without halves of characters, which no encoding can send."""
    return text.encode("utf-8", "replace").decode("utf-8")


def head(text: str, limit: int) -> str:
    """Return the beginning of ``text``, and how much was left out."""
    return text if len(text) <= limit else f"{text[:limit]}\n[… {len(text) - limit} more characters]"


def tail(text: str, limit: int) -> str:
    """Return the end of ``text``, and that something was left out."""
    return text if len(text) <= limit else f"[…]\n{text[-limit:]}"


def tagged(name: str, text: str, **attributes: str) -> str:
    """Return ``text`` between a beginning and an ending tag."""
    given = "".join(f' {key}="{value}"' for key, value in attributes.items())
    ending = "" if text.endswith("\n") else "\n"
    return f"<{name}{given}>\n{text}{ending}</{name}>"


def excerpt(source: str, line: int) -> str:
    """Return the lines around ``line`` (from 1) with their numbers, that one marked."""
    lines = source.splitlines()
    first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
    return "\n".join(
        f"{'>' if number == line else ' '} {number:4} | {lines[number - 1][:_LINE_LIMIT]}"
        for number in range(first, last + 1)
    )
