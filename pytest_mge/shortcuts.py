"""Leaves out what pytest does around every test for the sake of code that runs in its process.

Nothing of an atom runs in this process, so there is no output and no log of it to capture here, and no warning
to catch. Where any plug-in but pytest's own takes part in a hook, the hook is called in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pluggy
import pytest

PHASES: Final = ("pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown")
CAPTURING: Final = ("capturemanager", "logging-plugin")
AROUND_PHASES: Final = (*CAPTURING, "runner", "skipping", "threadexception", "unraisableexception")
AROUND_ITEMS: Final = (
    "runner",
    "mge-protocol",
    "mge-session",
    "assertion",
    "faulthandler",
    "unittest",
    "warnings",
)


@dataclass(frozen=True, slots=True)
class PhaseHooks:
    """The hooks of an item's phases, ready to be called."""

    setup: pluggy.HookCaller
    call: pluggy.HookCaller
    teardown: pluggy.HookCaller
    relay: pluggy.HookRelay

    @classmethod
    def of(cls, collector: pytest.Collector) -> PhaseHooks:
        """Return the hooks for the items of ``collector``, as its conftest files have it."""
        manager, relay = collector.config.pluginmanager, collector.ihook
        capturing = [plugin for name in CAPTURING if (plugin := manager.get_plugin(name)) is not None]
        # All or none: what capturing begins in one phase it ends in another.
        if all(only_pytests_own(collector.config, name, AROUND_PHASES) for name in PHASES):
            setup, call, teardown = (manager.subset_hook_caller(name, capturing) for name in PHASES)
        else:
            setup, call, teardown = (getattr(relay, name) for name in PHASES)
        return cls(setup, call, teardown, relay)


def only_pytests_own(config: pytest.Config, hook: str, names: tuple[str, ...]) -> bool:
    """Return whether none but the plug-ins ``names`` takes part in ``hook``."""
    manager = config.pluginmanager
    caller: pluggy.HookCaller = getattr(config.hook, hook)
    return all(manager.get_name(found.plugin) in names for found in caller.get_hookimpls())
