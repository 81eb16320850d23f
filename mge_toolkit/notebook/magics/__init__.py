"""``%mge`` and ``%%atom``: brought by ``%load_ext mge_toolkit``, taken away by ``%unload_ext mge_toolkit``."""

from __future__ import annotations

import atexit
from contextlib import suppress
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
    _add_matcher(shell, completion)
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
    matchers = _matchers(shell)
    matchers[:] = [one for one in matchers if not isinstance(getattr(one, "__self__", None), Completion)]
    remove_formatters(shell)
    atexit.unregister(magics.session.close)
    magics.session.close()


def _add_matcher(shell: Any, completion: Completion) -> None:
    """Complete ``run = %mge`` too, where the shell's completer (of IPython 8.6 and later) can be told how."""
    with suppress(ImportError):
        from IPython.core.completer import context_matcher

        context_matcher()(Completion.of_assignment)
        _matchers(shell).append(completion.of_assignment)


def _matchers(shell: Any) -> list[Any]:
    found: list[Any] = getattr(getattr(shell, "Completer", None), "custom_matchers", [])
    return found


def _magics_of(shell: Any) -> MgeMagics | None:
    found = shell.magics_manager.registry.get(MgeMagics.__name__)
    return found if isinstance(found, MgeMagics) else None
