"""What the models of Anthropic's interface accept: a request with anything else is refused as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DEFAULT_MODEL: Final = "claude-sonnet-5-5"

EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, kw_only=True, slots=True)
class Abilities:
    """What may be in a request to a model.

    ``temperature``: a sampling temperature. ``forced_tool``: a tool that it must use; models that always think
    first refuse that, and are asked in words. ``effort``: how hard to think. ``strict``: a promise that the tool's
    input fits its schema.
    """

    temperature: bool
    forced_tool: bool
    effort: bool
    strict: bool = True


_PLAIN: Final = Abilities(temperature=True, forced_tool=True, effort=False)
_SAMPLED: Final = Abilities(temperature=True, forced_tool=True, effort=True)
_FORCED: Final = Abilities(temperature=False, forced_tool=True, effort=True)
_THINKING: Final = Abilities(temperature=False, forced_tool=False, effort=True)

# An endpoint of another maker is sent what the user asked for and nothing that it might not know.
_UNKNOWN: Final = Abilities(temperature=True, forced_tool=False, effort=True, strict=False)

KNOWN: Final[Mapping[str, Abilities]] = {
    "claude-fable-5-2": _THINKING,
    "claude-fable-5-1": _THINKING,
    "claude-fable-5": _THINKING,
    "claude-mythos-5-2": _THINKING,
    "claude-mythos-5-1": _THINKING,
    "claude-mythos-5": _THINKING,
    "claude-mythos-preview": _THINKING,
    "claude-opus-5-5": _THINKING,
    "claude-opus-5": _THINKING,
    "claude-opus-4-8": _FORCED,
    "claude-opus-4-7": _FORCED,
    "claude-opus-4-6": _SAMPLED,
    "claude-opus-4-5": _SAMPLED,
    "claude-opus-4-5-20251101": _SAMPLED,
    "claude-sonnet-5-5": _THINKING,
    "claude-sonnet-5": _THINKING,
    "claude-sonnet-4-6": _SAMPLED,
    "claude-sonnet-4-5": _PLAIN,
    "claude-sonnet-4-5-20250929": _PLAIN,
    "claude-haiku-5-5": _THINKING,
    "claude-haiku-4-5": _PLAIN,
    "claude-haiku-4-5-20251001": _PLAIN,
}


def abilities_of(model: str) -> Abilities:
    """Return what may be in a request to ``model``."""
    return KNOWN.get(model, _UNKNOWN)
