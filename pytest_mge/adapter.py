"""Forwards what conftest files and pytest plug-ins offer to the toolkit's own hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from mge_toolkit.core.ports import (
    Candidate,
    Fixer,
    Language,
    RepairCase,
    RepairLevel,
    RetryPolicy,
    SandboxFactory,
)
from mge_toolkit.core.results import RetryDecision
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
        fixers = [fixer for group in groups[::-1] for fixer in group]
        if self._config.hook.pytest_mge_propose_fix.get_hookimpls():
            fixers.append(HookFixer(self._config))
        return fixers

    @hookimpl
    def mge_retry_policy(self) -> RetryPolicy | None:
        """Return the policy of ``pytest_mge_retry_policy``."""
        policy: RetryPolicy | None = self._config.hook.pytest_mge_retry_policy(config=self._config)
        if self._config.hook.pytest_mge_decide.get_hookimpls():
            from mge_toolkit.retry.policy import CategoryPolicy

            return HookPolicy(self._config, policy or CategoryPolicy())
        return policy


class HookPolicy:
    """Decides as the hook ``pytest_mge_decide`` does, and as another policy where that has no answer."""

    def __init__(self, config: pytest.Config, otherwise: RetryPolicy) -> None:
        """Ask the plug-ins of ``config`` first."""
        self._config = config
        self._otherwise = otherwise

    def decide(self, case: RepairCase) -> RetryDecision:
        """Return what to do next."""
        decision: RetryDecision | None = self._config.hook.pytest_mge_decide(config=self._config, case=case)
        return self._otherwise.decide(case) if decision is None else decision


class HookFixer:
    """Proposes what the hooks ``pytest_mge_propose_fix`` do."""

    name = "conftest"
    level = RepairLevel.FIX

    def __init__(self, config: pytest.Config) -> None:
        """Ask the plug-ins of ``config``."""
        self._config = config

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return the proposals in the order in which the plug-ins answer."""
        groups = self._config.hook.pytest_mge_propose_fix(config=self._config, case=case)
        return [
            Candidate(code=one, source=self.name, explanation="proposed by a hook")
            if isinstance(one, str)
            else one
            for group in groups
            for one in group
        ]


def toolkit_plugins(config: pytest.Config) -> Plugins:
    """Return the toolkit's plug-ins, with what the pytest plug-ins of ``config`` add."""
    groups = config.hook.pytest_mge_plugins(config=config)
    return Plugins([PytestAdapter(config), *(plugin for group in groups[::-1] for plugin in group)])
