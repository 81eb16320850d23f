"""An error of a magic: told in its own words, without the traceback of our code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mge_toolkit.core.errors import MgeError


class CommandError(MgeError):
    """A magic could not do what it was asked to; ``__cause__`` is the error as it was raised."""

    def _render_traceback_(self) -> list[str]:
        """Return what a shell shows in the place of a traceback."""
        return [f"mge: {self}"]


@contextmanager
def told() -> Iterator[None]:
    """Turn our own errors, and what a file system says, into one that a shell shows in a line."""
    try:
        yield
    except CommandError:
        raise
    except MgeError as error:
        raise CommandError(str(error).replace("--mge-", "--")) from error
    except OSError as error:
        raise CommandError(f"{error.filename or 'a file'}: {error.strerror or error}") from error
