"""Record a model's answers in a readable file, and replay them: the same question gets the same answer again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.retry.llm.texts import whole

_VERSION: Final = 1
_HEADER: Final = """\
# A language model's answers, recorded by MGE Toolkit to be replayed. An entry belongs to a question by its key,
# which is made from all that was sent; 'prompt' shows the part of it that is new each time.
version: 1
entries:
"""
# What YAML reads as a line break or swallows, although a program's text may hold it.
_NOT_LITERAL: Final = frozenset("\r\x85\u2028\u2029\ufeff")
_PAUSE: Final = 1.0
_SHARE: Final = 20  # saving takes at most one part in so many of the time


class CassetteMode(StrEnum):
    """How recorded answers are used.

    ``replay``: nothing is ever asked. ``once``: what is not recorded is asked and recorded. ``all``: everything is
    asked, and replaces what was recorded of it.
    """

    REPLAY = "replay"
    ONCE = "once"
    ALL = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an answer stands: the key of its question, and which of the answers to the same question it is."""

    key: str
    index: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """What a question got: an answer's essence, or the reason why there was none."""

    answer: Mapping[str, Any] | None = None
    failure: str | None = None


class Cassette:
    """The recordings of one file. Opened by reading it; nothing is written before something is recorded."""

    def __init__(self, path: Path, mode: CassetteMode) -> None:
        """Read ``path``. Raises ``SettingsError`` where it is no cassette; it may be missing."""
        self.mode = mode
        self._path = path
        self._existed = path.exists()
        self._state = _state(path)
        self._entries = _read(path)
        self._chunks: dict[tuple[str, int], str] = {}
        self._new: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._unsaved = False
        self._asked: Counter[str] = Counter()
        self._save_after = time.monotonic() + _PAUSE

    def place(self, body: Mapping[str, Any]) -> Place:
        """Return the place of the next answer to ``body``: to be called in the order in which answers are used."""
        key = key_of(body)
        self._asked[key] += 1
        return Place(key=key, index=self._asked[key] - 1)

    def find(self, place: Place) -> Recording | None:
        """Return what is to be replayed at ``place``, or ``None`` where it is to be asked (or is missing)."""
        entry = self._entries.get((place.key, place.index))
        if entry is None or self.mode is CassetteMode.ALL:
            return None
        failure = entry.get("failure")
        if failure is not None:
            return None if self.mode is CassetteMode.ONCE else Recording(failure=str(failure))
        return Recording(answer=entry["answer"])

    def missing(self, place: Place, *, atom_id: str, attempt: int, sample: int) -> str:
        """Return why nothing can be replayed at ``place``, and the remedy."""
        answer = f"key {place.key[:12]}, answer {place.index + 1}"
        which = f"atom '{atom_id}', attempt {attempt}, sample {sample} ({answer})"
        state = "has no recording for" if self._existed else "does not exist: there is no recording for"
        return f"cassette '{self._path}' {state} {which}; record it with the mode 'once'"

    def record(
        self, place: Place, recording: Recording, body: Mapping[str, Any], *, atom_id: str, attempt: int
    ) -> None:
        """Keep ``recording``, and write it to the file soon. Raises ``SettingsError`` where that fails."""
        entry: dict[str, Any] = {
            "key": place.key,
            "index": place.index,
            "atom": whole(atom_id),
            "attempt": attempt,
            "model": body.get("model"),
            "prompt": _last_text(body),
        }
        if recording.answer is not None:
            entry["answer"] = dict(recording.answer)
        else:
            entry["failure"] = recording.failure
        spot = (place.key, place.index)
        self._entries[spot] = self._new[spot] = entry
        self._chunks.pop(spot, None)
        self._unsaved = True
        if (
            time.monotonic() >= self._save_after
        ):  # an answer costs money: a killed process loses the newest ones
            self.save()

    def save(self) -> None:
        """Write what was recorded, whole or not at all, keeping what other processes wrote meanwhile."""
        if not self._unsaved:
            return
        began = time.monotonic()
        try:
            with _held(self._path.parent):
                if _state(self._path) != self._state:
                    self._entries = {**self._entries, **_read(self._path), **self._new}
                    self._chunks.clear()
                _replace(self._path, self._text())
                self._state = _state(self._path)
        except OSError as error:
            raise SettingsError(f"cassette: cannot write '{self._path}': {error}") from error
        self._unsaved = False
        now = time.monotonic()
        self._save_after = now + max(_PAUSE, _SHARE * (now - began))

    def _text(self) -> str:
        """Return the file's text: entries in an order that does not depend on which answer came first."""
        ordered = sorted(self._entries, key=lambda spot: (_order(self._entries[spot]), spot))
        return _HEADER + "".join(self._chunk(spot) for spot in ordered)

    def _chunk(self, spot: tuple[str, int]) -> str:
        if spot not in self._chunks:
            self._chunks[spot] = written(self._entries[spot])
        return self._chunks[spot]


def key_of(body: Mapping[str, Any]) -> str:
    """Return the key of a question: a hash of all that is sent, whatever the order of its fields."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _order(entry: Mapping[str, Any]) -> tuple[str, int]:
    attempt = entry.get("attempt")
    return str(entry.get("atom")), attempt if isinstance(attempt, int) else 0


def _last_text(body: Mapping[str, Any]) -> str:
    """Return the text of a question that is new each time, so that it can be written as it reads.

    It is the last block of the last message, for people only: blanks at the ends of lines are left out.
    """
    text = str(body["messages"][-1]["content"][-1]["text"])
    return "\n".join(line.rstrip() for line in text.expandtabs().splitlines()) + "\n"


# libyaml is twenty times as fast as what stands in for it where it is missing.
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Readable(_DUMPER):  # type: ignore[misc,valid-type]
    """Writes text of several lines as it is."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Return that nothing is written as a reference to something above it."""
        return True


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    literal = "\n" in text and not _NOT_LITERAL.intersection(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if literal else None)


_Readable.add_representer(str, _represent)


def written(entry: Mapping[str, Any]) -> str:
    """Return an entry as YAML that reads back as exactly this entry."""
    entries = [dict(entry)]
    text = yaml.dump(entries, Dumper=_Readable, allow_unicode=True, sort_keys=False, width=2**30)
    with contextlib.suppress(yaml.YAMLError):
        if _loaded(text) == entries:
            return str(text)
    return str(yaml.safe_dump(entries, sort_keys=False, width=2**30))


def _loaded(text: str) -> Any:
    """Return what YAML text says: plain values only."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - it is a safe one


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when another process writes the file; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return a file's entries by their places."""
    try:
        document = _loaded(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise SettingsError(f"cassette: cannot read '{path}': {error}") from error
    if document is None:
        return {}
    entries = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise SettingsError(
            f"cassette: '{path}' is no cassette of version {_VERSION}: delete it to record anew"
        )
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for number, entry in enumerate(entries or (), 1):
        if not _is_entry(entry):
            raise SettingsError(
                f"cassette: entry {number} of '{path}' is damaged: delete it to record it anew"
            )
        found[entry["key"], entry["index"]] = entry
    return found


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("key"), str)
        and isinstance(entry.get("index"), int)
        and (isinstance(entry.get("answer"), dict) or isinstance(entry.get("failure"), str))
    )


@contextlib.contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Keep other processes of ours from writing in ``directory`` meanwhile, where the system can."""
    directory.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
