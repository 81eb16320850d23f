"""What atoms inherit: the settings of the plan, then of the component, then of the module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mge_toolkit.core.plans import DEFAULT_LIMITS, Limits, Network

LIMIT_KEYS: Final = frozenset(
    {"timeout", "cpu_time", "memory", "cpus", "processes", "output", "output_kill", "disk"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inherited:
    """The settings that hold where an atom says nothing.

    ``interned`` holds every set of limits made so far, by itself and by what it changed of which, so that
    equal ones are one object: a plan of 100,000 atoms has a handful.
    """

    language: str = "python"
    limits: Limits = DEFAULT_LIMITS
    network: Network = Network.NONE
    critical: bool = True
    max_retries: int = 3
    typecheck: bool = False
    interned: dict[Any, Limits] = field(default_factory=dict)

    def limits_with(self, changes: Mapping[str, Any]) -> Limits:
        """Return the limits with ``changes``."""
        if not changes:
            return self.limits
        asked = (id(self.limits), *changes.items())
        known = self.interned.get(asked)
        if known is None:
            limits = replace(self.limits, **changes)
            if limits.output > limits.output_kill:
                limits = replace(limits, output_kill=limits.output)
            known = self.interned[asked] = self.interned.setdefault(limits, limits)
        return known

    def with_settings(self, settings: Mapping[str, Any]) -> Inherited:
        """Return what holds below ``defaults`` that say ``settings``."""
        changes = {key: value for key, value in settings.items() if key in LIMIT_KEYS}
        others = {key: value for key, value in settings.items() if key not in LIMIT_KEYS}
        return replace(self, limits=self.limits_with(changes), **others)
