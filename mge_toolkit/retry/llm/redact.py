"""Keep what belongs to the machine and its user out of what is sent: secrets, paths, passing addresses."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

_GONE: Final = "[redacted]"
_SECRET_NAMES: Final = re.compile(
    r"(?:^|_)(?:\w*APIKEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)(?:$|_)", re.IGNORECASE
)
_SHORTEST_SECRET: Final = 8

# What is a secret by its look. Each pattern keeps its group ``lead`` where it has one; none is slow on long text.
_SECRETS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
        r"(?P<lead>(?i:\b(?:proxy-)?authorization['\"]?\s{0,4}[:=]\s{0,4}['\"]?))(?:(?i:bearer|basic|token)\s+)?[^\s'\",;]+",
        r"(?P<lead>(?i:\bbearer\s+))[A-Za-z0-9._~+/=-]{12,}",
        r"(?P<lead>(?i:\b(?:x-)?(?:api|access|auth|secret|private)[_-]?(?:key|token)|\bpassw(?:or)?d|\bpasswd|\bsecret|\btoken)"
        r"['\"]?\s{0,4}[:=]\s{0,4}['\"]?)[^\s'\",;]{8,}",
        r"sk-ant-[A-Za-z0-9_-]{8,}|\bsk-[A-Za-z0-9_-]{16,}",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bxox[a-z]-[A-Za-z0-9-]{10,}",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\bAIza[A-Za-z0-9_-]{30,}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        r"(?P<lead>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]{1,200}:[^\s/@]{1,200}(?=@)",
    )
)
_ADDRESS: Final = re.compile(r"\bat 0x[0-9a-fA-F]{4,16}\b")
_FOREIGN_FILES: Final = (
    re.compile(r'(?P<lead>\bFile ")(?:[^"\n]*[/\\])(?=[^"/\\\n]+")'),
    re.compile(r"(?P<lead>\bfile://)/[^\s:()]*/(?=[^\s/:()]+)"),
)


class Redactor:
    """Rewrites what programs wrote, before it is sent anywhere.

    ``secrets`` are texts that must never leave the machine, by a name to speak of them (short ones and plain words
    are none); ``places`` are the machine's own directories, with what is shown in their stead.
    """

    def __init__(self, *, secrets: Mapping[str, str], places: Mapping[str, str]) -> None:
        """Know the texts to hide."""
        self._secrets = {
            name: value
            for name, value in secrets.items()
            if len(value) >= _SHORTEST_SECRET and not value.isalpha()
        }
        longest = sorted((path for path in places if len(path) > 1), key=len, reverse=True)
        self._places = [
            (re.compile(rf"(?<![\w.\-]){re.escape(path)}(?![\w.\-])"), places[path]) for path in longest
        ]

    def clean(self, text: str) -> str:
        """Return ``text`` without secrets, without directories of this machine and without addresses of objects.

        Addresses differ from run to run: with them no question would be the same twice.
        """
        for value in self._secrets.values():
            text = text.replace(value, _GONE)
        for pattern in _SECRETS:
            text = pattern.sub(_without, text)
        for place, shown in self._places:
            text = place.sub(shown, text)
        return _ADDRESS.sub("at 0x…", text)

    def clean_traceback(self, text: str) -> str:
        """Return a traceback cleaned so, and with only the names of files that are not the atom's own."""
        text = self.clean(text)
        for pattern in _FOREIGN_FILES:
            text = pattern.sub(lambda found: found["lead"], text)
        return text

    def leaks(self, text: str) -> str | None:
        """Return the name of a secret that ``text`` holds, if any."""
        return next((name for name, value in self._secrets.items() if value in text), None)


def _without(found: re.Match[str]) -> str:
    lead = found.groupdict().get("lead") or ""
    return f"{lead}{_GONE}"


def redactor_of_this_machine(key: str | None = None) -> Redactor:
    """Return a redactor that knows this process's environment and directories, and ``key``."""
    secrets = {
        f"environment variable {name}": value
        for name, value in os.environ.items()
        if _SECRET_NAMES.search(name)
    }
    if key is not None:
        secrets["the API key"] = key
    return Redactor(secrets=secrets, places=dict(_places()))


def _places() -> Iterator[tuple[str, str]]:
    """Yield this machine's own directories; a later one replaces an earlier one of the same path."""
    yield _path_of(Path.cwd), "<here>"
    yield _path_of(Path.home), "<home>"
    for path in _libraries():
        yield path, "<python>"


def _libraries() -> Iterable[str]:
    prefixes = [path for path in (sys.prefix, sys.base_prefix) if path not in ("/usr", "/usr/local")]
    return [*prefixes, *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))]


def _path_of(find: object) -> str:
    """Return what ``find`` finds; a deleted directory or a user without a home has no path to hide."""
    if not callable(find):
        return ""
    try:
        return str(find())
    except (OSError, RuntimeError):
        return ""
