"""The files beside a plan that it names: read once each, and never from outside the plan's directory."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from mge_toolkit.core.plans import Source
from mge_toolkit.plan.syntax.nodes import shortened
from mge_toolkit.plan.values import WrongValueError, relative_path

MAX_FILE: Final = 64 * 1024**2


class Neighbours:
    """The files in and below one directory. Plans may be machine-made, so nothing else is read."""

    def __init__(self, directory: Path | None) -> None:
        """Remember the directory; ``None`` means that there is none, and every file is refused."""
        self._directory = directory
        self._contents: dict[str, bytes] = {}
        self._texts: dict[str, str] = {}

    def read(self, path: str) -> bytes:
        """Return the content of a file. Raises :class:`WrongValueError`."""
        path = relative_path(path)
        if path not in self._contents:
            self._contents[path] = self._read(path)
        return self._contents[path]

    def source(self, path: str) -> Source:
        """Return the code in a file. Raises :class:`WrongValueError`."""
        path = relative_path(path)
        if path not in self._texts:
            try:
                self._texts[path] = self.read(path).decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise WrongValueError(
                    f"{shortened(path)} is not UTF-8 (byte {error.start}): save it as UTF-8"
                ) from None
        return Source(text=self._texts[path], file=str((self._directory or Path()) / path))

    def _read(self, path: str) -> bytes:
        if self._directory is None:
            raise WrongValueError("a plan that is not a file has no directory: write the text itself")
        full = self._directory / path
        try:
            if not full.resolve().is_relative_to(self._directory.resolve()):
                raise WrongValueError(
                    f"{shortened(path)} leads outside the plan's directory: move the file there"
                )
            status = full.stat()
            if not stat.S_ISREG(status.st_mode):
                raise WrongValueError(f"{shortened(path)} is no regular file: name a file")
            if status.st_size > MAX_FILE:
                raise WrongValueError(
                    f"{shortened(path)} has more than {MAX_FILE >> 20} MiB: make it smaller"
                )
            return full.read_bytes()
        except FileNotFoundError:
            raise WrongValueError(f"there is no file {shortened(path)} beside the plan: create it") from None
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise WrongValueError(f"{shortened(path)} cannot be read ({reason}): check the file") from None
