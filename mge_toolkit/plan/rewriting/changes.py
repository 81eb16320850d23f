"""What is to be written: edits of files, and writing them so that a crash leaves the old or the new file."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import empty_mapping

BOM: Final = "\ufeff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """``text`` in the place of what stands from ``start`` to ``end``, offsets in the file's text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FileChange:
    """A file's text before and after, a byte order mark included.

    ``path`` is absolute and holds no symbolic link; ``name`` is the file as the user named it. ``edits`` make
    ``after`` of ``before``, in the file's order.
    """

    path: Path
    name: str
    before: str
    after: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rewriting:
    """The files that change, the atoms whose code is written, and why the code of others cannot be."""

    changes: tuple[FileChange, ...] = ()
    written: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=empty_mapping)


def file_change(path: Path, name: str, before: str, edits: Iterable[Edit]) -> FileChange:
    """Return the change that ``edits``, which do not overlap, make to a file."""
    ordered = tuple(sorted(edits, key=lambda edit: (edit.start, edit.end)))
    return FileChange(
        path=path, name=name, before=before, after=edited(before, ordered, 0, len(before)), edits=ordered
    )


def read_text(path: Path, name: str) -> str:
    """Return the text of a file, line ends and a byte order mark included. Raises :class:`MgeError`."""
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise MgeError(f"'{name}' cannot be read ({error.strerror}): check the file") from None
    except UnicodeDecodeError as error:
        raise MgeError(f"'{name}' is not UTF-8 any more (byte {error.start}): load the plan again") from None


def edited(text: str, edits: Iterable[Edit], start: int, end: int) -> str:
    """Return what ``edits``, in order and all inside, make of ``text`` from ``start`` to ``end``."""
    parts: list[str] = []
    for edit in edits:
        parts += (text[start : edit.start], edit.text)
        start = edit.end
    return "".join((*parts, text[start:end]))


def write_changes(rewriting: Rewriting) -> list[Path]:
    """Write every change and return the files. Raises :class:`MgeError`.

    Each file is replaced at once by a new one with its permissions. None is where any of them no longer holds the
    text that its change was made for, or where no new file can be made beside it.
    """
    for change in rewriting.changes:
        _check_unchanged(change)
    made: dict[Path, Path] = {}
    try:
        for change in rewriting.changes:
            made[change.path] = _beside(change.path, change.after.encode())
        for target, new in made.items():
            new.replace(target)
    except OSError as error:
        raise MgeError(
            f"'{error.filename}' cannot be written ({error.strerror}): check its directory's permissions"
        ) from None
    finally:
        for new in made.values():
            new.unlink(missing_ok=True)
    return list(made)


def _check_unchanged(change: FileChange) -> None:
    try:
        if change.path.resolve() != change.path:
            raise MgeError(f"'{change.name}' has become a symbolic link, through which nothing is written")
        same = change.path.read_bytes() == change.before.encode()
    except OSError as error:
        raise MgeError(f"'{change.name}' cannot be read ({error.strerror}): check the file") from None
    if not same:
        raise MgeError(f"'{change.name}' changed since it was read: load the plan again")


def _beside(target: Path, content: bytes) -> Path:
    """Return a new file with ``content`` in the directory of ``target``, with its owner and permissions."""
    status = target.stat()
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(PermissionError):
            os.chown(new, status.st_uid, status.st_gid)
        new.chmod(stat.S_IMODE(status.st_mode))
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return new
