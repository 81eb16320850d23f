"""Collects what the registered plug-ins offer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import pluggy

from mge_toolkit.core.errors import UnknownSandboxError
from mge_toolkit.core.events import Event
from mge_toolkit.core.ports import Fixer, Importer, Language, RetryPolicy, SandboxFactory
from mge_toolkit.plugins import builtin, hookspecs


class Plugins:
    """The toolkit's parts as its plug-ins offer them. Looked up once, when first asked for."""

    def __init__(self, extra: Iterable[object] = (), *, entry_points: bool = True) -> None:
        """Register the built-in parts, then what installed packages name, then ``extra``."""
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._manager.register(builtin, "builtin")
        if entry_points:
            self._manager.load_setuptools_entrypoints(hookspecs.ENTRY_POINT_GROUP)
        for plugin in extra:
            self._manager.register(plugin)
        self._manager.check_pending()

    @cached_property
    def sandboxes(self) -> dict[str, SandboxFactory]:
        """Return the sandboxes by name."""
        return {
            name: factory
            for group in self._manager.hook.mge_sandboxes()[::-1]
            for name, factory in group.items()
        }

    @cached_property
    def languages(self) -> dict[str, Language]:
        """Return the languages by name."""
        return {
            language.name: language
            for group in self._manager.hook.mge_languages()[::-1]
            for language in group
        }

    @cached_property
    def fixers(self) -> tuple[Fixer, ...]:
        """Return the fixers in the order in which they are asked."""
        return tuple(fixer for group in self._manager.hook.mge_fixers()[::-1] for fixer in group)

    @cached_property
    def importers(self) -> dict[str, Importer]:
        """Return the importers by name."""
        return {
            importer.name: importer
            for group in self._manager.hook.mge_importers()[::-1]
            for importer in group
        }

    @cached_property
    def retry_policy(self) -> RetryPolicy:
        """Return the policy that decides after a failed attempt."""
        policy: RetryPolicy = self._manager.hook.mge_retry_policy()
        return policy

    @cached_property
    def wants_events(self) -> bool:
        """Return whether any plug-in listens to events."""
        return bool(self._manager.hook.mge_event.get_hookimpls())

    def emit(self, event: Event) -> None:
        """Hand an event to the plug-ins that listen."""
        self._manager.hook.mge_event(event=event)

    def sandbox_factory(self, name: str) -> SandboxFactory:
        """Return the sandbox registered as ``name``. Raises ``UnknownSandboxError``."""
        if name not in self.sandboxes:
            raise UnknownSandboxError(name, tuple(self.sandboxes))
        return self.sandboxes[name]
