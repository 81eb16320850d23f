"""A rule: how one wording of an error is said in plain words, and what would probably mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mge_toolkit.retry.causes.scene import Scene

Hint: TypeAlias = Callable[[re.Match[str], Scene], str | None]

_MESSAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` matches a message from its beginning, ``.`` a new line too.

    ``cause``, and ``hint`` where it is a text, may hold its groups.
    """

    pattern: str
    cause: str
    hint: str | Hint | None = None


def rule(pattern: str, cause: str, hint: str | Hint | None = None) -> Rule:
    """Return a rule. ``pattern`` is a regular expression, compiled when it is first tried: few ever are."""
    return Rule(pattern, cause, hint)


def told(rules: Mapping[str, Sequence[Rule]], kind: str, scene: Scene) -> tuple[str, str | None] | None:
    """Return the cause and the hint by the first rule for ``kind`` that matches, or ``None``."""
    message = "" if scene.raised is None else scene.raised.message[:_MESSAGE]
    for one in rules.get(kind, ()):
        matched = re.match(one.pattern, message, re.DOTALL)
        if matched is not None:
            groups = [(group or "")[:120] for group in matched.groups()]
            hint = one.hint(matched, scene) if callable(one.hint) else one.hint
            if isinstance(one.hint, str):
                hint = one.hint.format(*groups)
            return one.cause.format(*groups), hint
    return None


def did_you_mean(word: str | None) -> str | None:
    """Return the usual question about ``word``, if there is one."""
    return None if word is None else f"did you mean '{word}'?"


def words(text: str) -> frozenset[str]:
    """Return the words of ``text``."""
    return frozenset(text.split())
