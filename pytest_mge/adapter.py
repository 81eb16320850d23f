"""Forwards what conftest files and pytest plug-ins offer to the toolkit's own hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from mge_toolkit.core.ports import Fixer, Language, RetryPolicy, SandboxFactory
from mge_toolkit.plugins.hookspecs import hookimpl
from mge_toolkit.plugins.manager import Plugins


class PytestAdapter:
    """A plug-in for the toolkit that speaks for all pytest plug-ins of a session."""

    def __init__(self, config: pytest.Config) -> None:
        """Ask the plug-ins of ``config``."""
        self._config = config

    @hookimpl
    def mge_sandboxes(self) -> Mapping[str, SandboxFactory]:
        """Return the sandboxes of ``pytest_mge_sandboxes``; the plug-in registered last wins."""
        groups = self._config.hook.pytest_mge_sandboxes(config=self._config)
        return {name: factory for group in groups[::-1] for name, factory in group.items()}

    @hookimpl
    def mge_languages(self) -> Sequence[Language]:
        """Return the languages of ``pytest_mge_languages``."""
        groups = self._config.hook.pytest_mge_languages(config=self._config)
        return [language for group in groups[::-1] for language in group]

    @hookimpl
    def mge_fixers(self) -> Sequence[Fixer]:
        """Return the fixers of ``pytest_mge_fixers``."""
        groups = self._config.hook.pytest_mge_fixers(config=self._config)
        return [fixer for group in groups[::-1] for fixer in group]

    @hookimpl
    def mge_retry_policy(self) -> RetryPolicy | None:
        """Return the policy of ``pytest_mge_retry_policy``."""
        policy: RetryPolicy | None = self._config.hook.pytest_mge_retry_policy(config=self._config)
        return policy


def toolkit_plugins(config: pytest.Config) -> Plugins:
    """Return the toolkit's plug-ins, with what the pytest plug-ins of ``config`` add."""
    groups = config.hook.pytest_mge_plugins(config=config)
    return Plugins([PytestAdapter(config), *(plugin for group in groups[::-1] for plugin in group)])
