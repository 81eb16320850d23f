"""The session's ``pytest_mge_event`` hooks, whose mistakes are kept away from the run."""

from __future__ import annotations

import logging
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    import pluggy

    from mge_toolkit.core.events import Event

logger = logging.getLogger(__name__)

_HOOK: Final = "pytest_mge_event"


class EventListeners:
    """Tells every plug-in that implements the hook of every event; one that raises is left out from then on."""

    def __init__(self, config: pytest.Config) -> None:
        """Find the plug-ins of ``config`` that listen."""
        self._config = config
        self._mistakes: list[str] = []
        plugins = [found.plugin for found in getattr(config.hook, _HOOK).get_hookimpls()]
        # A caller each, in pluggy's order of calls, the last registered first: one must not silence the others.
        self._callers: list[tuple[object, pluggy.HookCaller]] = [
            (plugin, self._caller(plugin, plugins)) for plugin in reversed(plugins)
        ]

    def __bool__(self) -> bool:
        """Return whether anyone listens."""
        return bool(self._callers)

    def tell(self, event: Event) -> None:
        """Call the hooks with ``event``. ``pytest.exit`` and interrupts pass."""
        for listener in tuple(self._callers):
            plugin, caller = listener
            try:
                caller(config=self._config, event=event)
            except pytest.exit.Exception:
                raise
            except Exception as error:
                logger.exception("plug-in %r raised in %s and gets no more events", plugin, _HOOK)
                self._callers.remove(listener)
                self._mistakes.append(self._describe(plugin, error))

    def take_mistakes(self) -> list[str]:
        """Return a line for each plug-in that was left out since the last call."""
        mistakes, self._mistakes = self._mistakes, []
        return mistakes

    def _caller(self, plugin: object, plugins: list[object]) -> pluggy.HookCaller:
        others = [other for other in plugins if other is not plugin]
        return self._config.pluginmanager.subset_hook_caller(_HOOK, others)

    def _describe(self, plugin: object, error: Exception) -> str:
        file = getattr(plugin, "__file__", None)
        name = self._config.pluginmanager.get_name(plugin) if file is None else Path(file).name
        said = next(iter(str(error).splitlines()), "")
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.relpath(frame.filename, self._config.invocation_params.dir)}:{frame.lineno}"
        return f"{_HOOK} of {name} raised {type(error).__name__}: {said} ({place}); it got no more events"
