"""``%mge`` and ``%%atom``: brought by ``%load_ext mge_toolkit``, taken away by ``%unload_ext mge_toolkit``."""

from __future__ import annotations

import atexit
from typing import Any, Final

from mge_toolkit.notebook.magics.commands import MgeMagics
from mge_toolkit.notebook.magics.completion import Completion
from mge_toolkit.notebook.magics.formatting import add_formatters, remove_formatters
from mge_toolkit.notebook.session import Session

_LINE: Final = "mge"
_CELL: Final = "atom"


def load(shell: Any, session: Session | None = None) -> None:
    """Bring the magics, their completion, and the look of the toolkit's records into a shell.

    ``session`` is used where it is given, instead of one with the parts that installed packages offer.
    """
    if _magics_of(shell) is not None:
        return
    magics = MgeMagics(shell, session or Session())
    shell.register_magics(magics)
    completion = Completion(magics)
    shell.set_hook("complete_command", completion.of_line, str_key=f"%{_LINE}")
    shell.set_hook("complete_command", completion.of_cell, str_key=f"%%{_CELL}")
    add_formatters(shell)
    atexit.register(magics.session.close)


def unload(shell: Any) -> None:
    """Take away what was brought, and stop what runs."""
    magics = _magics_of(shell)
    if magics is None:
        return
    for kind, name in (("line", _LINE), ("cell", _CELL)):
        shell.magics_manager.magics[kind].pop(name, None)
    shell.magics_manager.registry.pop(MgeMagics.__name__, None)
    hooks = shell.strdispatchers["complete_command"]
    for key in (f"%{_LINE}", f"%%{_CELL}"):
        hooks.strs.pop(key, None)
    remove_formatters(shell)
    atexit.unregister(magics.session.close)
    magics.session.close()


def _magics_of(shell: Any) -> MgeMagics | None:
    found = shell.magics_manager.registry.get(MgeMagics.__name__)
    return found if isinstance(found, MgeMagics) else None
