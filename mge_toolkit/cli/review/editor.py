"""Hands code to the user's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from mge_toolkit.core.errors import MgeError

FALLBACK: Final = "vi"


def edit(code: str, name: str) -> str:
    """Return what ``code`` became in ``$VISUAL`` or ``$EDITOR``, in a private file called ``name``.

    A last line break that editors add where there was none is taken off. Raises :class:`MgeError` where no editor
    starts or it reports failure.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    with tempfile.TemporaryDirectory(prefix="mge-review-") as directory:
        file = Path(directory) / name
        file.write_bytes(code.encode("utf-8", "surrogatepass"))
        try:
            words = shlex.split(editor)
            status = subprocess.run([*words, str(file)], env=dict(os.environ), check=False).returncode
            edited = file.read_bytes().decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise MgeError(
                f"what the editor wrote is not UTF-8 (byte {error.start}): nothing changed"
            ) from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise MgeError(f"the editor '{editor}' cannot be used ({reason}): set EDITOR to one") from None
    if status:
        raise MgeError(f"the editor '{editor}' ended with status {status}: nothing changed")
    return edited if code.endswith("\n") else edited.removesuffix("\n")
