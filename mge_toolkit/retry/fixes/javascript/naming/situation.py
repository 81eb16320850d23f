"""A failed program as the proposers of names see it: parsed, its names resolved, its failure read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from tree_sitter import Node

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Role
from mge_toolkit.retry.fixes.javascript.source.builtins import GLOBALS
from mge_toolkit.retry.fixes.javascript.source.edits import Change
from mge_toolkit.retry.fixes.javascript.source.outside import names_of_check, outside_names
from mge_toolkit.retry.fixes.javascript.source.parsing import Program, program_of, text_of, walk
from mge_toolkit.retry.fixes.javascript.source.scopes import Scopes, Use, scopes_of

_NAMING: Final = frozenset(
    {"shorthand_property_identifier", "shorthand_property_identifier_pattern", "string_fragment"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What there is to know. ``message`` is the exception's own, without its class."""

    case: RepairCase
    program: Program
    scopes: Scopes
    message: str
    outside: frozenset[str]
    wanted: frozenset[str]

    @property
    def in_check(self) -> bool:
        """Return whether the check failed and not the code."""
        return self.case.failure.role is Role.CHECK

    @property
    def node(self) -> Node | None:
        """Return the smallest node where the code failed."""
        return None if self.program.at is None else self.program.node_at(self.program.at)

    def unknown(self) -> list[Use]:
        """Return the uses of names that nothing declares."""
        return [
            use
            for use in self.scopes.unresolved()
            if use.name not in GLOBALS and use.name not in self.outside
        ]

    def members(self) -> frozenset[str]:
        """Return the names of members that the program itself defines: keys, methods, fields, assigned ones."""
        found = set()
        for node in walk(self.program.root):
            if node.type in _NAMING or (node.type == "property_identifier" and _defines(node)):
                found.add(text_of(node))
        return frozenset(found)


def _defines(node: Node) -> bool:
    """Return whether a member's name stands where the member is defined."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type != "member_expression":
        return True
    owner = parent.parent
    return (
        owner is not None
        and owner.type == "assignment_expression"
        and owner.child_by_field_name("left") == parent
    )


_TYPE_CHECKER: Final = (
    (re.compile(r"Cannot find name '([\w$]+)'"), r"{} is not defined"),
    (re.compile(r"Cannot assign to '([\w$]+)' because it is a constant"), "Assignment to constant variable."),
    (
        re.compile(r"Block-scoped variable '([\w$]+)' used before its declaration"),
        "Cannot access '{}' before initialization",
    ),
)


def _as_v8_says_it(message: str) -> str:
    """Return a message of TypeScript's checker in the words that V8 has for the same mistake."""
    for pattern, words in _TYPE_CHECKER:
        matched = pattern.search(message)
        if matched is not None:
            return words.format(matched[1])
    return message


Proposal: TypeAlias = tuple[Change, float]
"""A change and how likely it is to be meant."""

Proposer: TypeAlias = Callable[[Situation], Iterator[Proposal]]
"""Proposes changes, the likeliest first, and nothing where the failure is not its business."""


def situation_of(case: RepairCase) -> Situation | None:
    """Return what there is to know, or ``None`` where the code does not parse or is none of these languages."""
    program = program_of(case)
    if program is None or program.broken:
        return None
    message = case.failure.message if case.raised is None else case.raised.message
    return Situation(
        case=case,
        program=program,
        scopes=scopes_of(program.root),
        message=_as_v8_says_it(message.split("\n", 1)[0]),
        outside=outside_names(case),
        wanted=names_of_check(case),
    )
