"""Members that a value does not have: misspelt, of another language, called though no function, or the reverse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.naming.foreign import METHODS as FOREIGN
from mge_toolkit.retry.fixes.javascript.naming.foreign import filled
from mge_toolkit.retry.fixes.javascript.naming.situation import Proposal, Situation
from mge_toolkit.retry.fixes.javascript.naming.undefined import argument_texts
from mge_toolkit.retry.fixes.javascript.source.builtins import EXPORTS, METHODS, PROPERTIES, STATIC
from mge_toolkit.retry.fixes.javascript.source.edits import (
    Change,
    Edit,
    apart,
    change,
    insertion,
    replacement,
)
from mge_toolkit.retry.fixes.javascript.source.parsing import text_of, walk
from mge_toolkit.retry.fixes.javascript.source.words import words
from mge_toolkit.retry.fixes.similarity import closest

_NOT_A_FUNCTION: Final = re.compile(r"^(?P<what>.+?) is not a function\b")
_KNOWN: Final = frozenset({"prototype", "constructor", "default", "exports", "meta", "env", "argv", "main"})


def not_a_function(situation: Situation) -> Iterator[Proposal]:
    """Propose what may be meant by the call of something that is no function."""
    matched = _NOT_A_FUNCTION.match(situation.message)
    if matched is None:
        return
    name = matched["what"].rpartition(".")[2]
    calls = [call for call in _calls(situation, name) if _owner(call) is not None]
    if not calls:
        return
    failing = [call for call in calls if _holds(situation, call)]
    found = [*_foreign(calls, name), *_near(situation, calls, name)]
    if name in PROPERTIES or not any(argument_texts(call) for call in calls):
        found += list(_property(calls, name))
    if failing and len(calls) > len(failing):
        found += [(one, confidence - 0.02) for one, confidence in _foreign(failing, name)]
    found.sort(key=lambda pair: -pair[1])
    yield from found


def _calls(situation: Situation, name: str) -> Iterator[Node]:
    """Yield the calls of a member of this name."""
    for node in walk(situation.program.root):
        if node.type != "call_expression":
            continue
        function = node.child_by_field_name("function")
        member = None if function is None else function.child_by_field_name("property")
        if member is not None and text_of(member) == name:
            yield node


def _holds(situation: Situation, call: Node) -> bool:
    """Return whether the failure's place is this call."""
    member = _property_of(call)
    return member is not None and situation.program.at == member.start_byte


def _owner(call: Node) -> Node | None:
    function = call.child_by_field_name("function")
    return None if function is None else function.child_by_field_name("object")


def _property_of(call: Node) -> Node | None:
    function = call.child_by_field_name("function")
    return None if function is None else function.child_by_field_name("property")


def _foreign(calls: list[Node], name: str) -> Iterator[Proposal]:
    """Yield what JavaScript writes for a method of another language or of another kind of value."""
    for pick, template in enumerate(FOREIGN.get(name, ())):
        edits: list[Edit] = []
        for call in calls:
            text = filled(template, argument_texts(call), text_of(_owner(call)))
            if text is not None:
                note = f"wrote '.{name}(…)' as JavaScript does"
                edits.append(replacement(call.start_byte, call.end_byte, text, note))
        if edits:
            yield Change(edits=_outermost(edits)), 0.85 - 0.12 * pick


def _outermost(edits: list[Edit]) -> tuple[Edit, ...]:
    """Return the edits of calls that do not lie in another of them."""
    return apart(sorted(edits, key=lambda one: (one.start, -one.end)))


def _near(situation: Situation, calls: list[Node], name: str) -> Iterator[Proposal]:
    """Yield members that are alike: of the object itself where it is known, of the program, of any value."""
    known = _static(situation, text_of(_owner(calls[0])))
    own = situation.members()
    names = known or (*own, *METHODS)
    for other, cost in closest(name, names, 5):
        if other == name:
            continue
        note = f"put '.{other}' in place of '.{name}'"
        edits = []
        for call in calls:
            member = _property_of(call)
            if member is not None:
                edits.append(replacement(member.start_byte, member.end_byte, other, note))
                edits += _without_call(call) if other in PROPERTIES else []
        yield Change(edits=apart(edits)), 0.92 - 0.5 * cost - (0.0 if known or other in METHODS else 0.05)


def _static(situation: Situation, owner: str) -> frozenset[str]:
    """Return the members of a built-in object or of an imported module."""
    if owner in STATIC:
        return STATIC[owner]
    binding = situation.scopes.root.names.get(owner)
    if binding is not None and binding.kind == "import":
        statement = binding.node.parent
        while statement is not None and statement.type != "import_statement":
            statement = statement.parent
        source = None if statement is None else statement.child_by_field_name("source")
        return EXPORTS.get(text_of(source)[1:-1].removeprefix("node:"), frozenset())
    return frozenset()


def _property(calls: list[Node], name: str) -> Iterator[Proposal]:
    """Yield a property in place of a call."""
    edits = [edit for call in calls for edit in _without_call(call)]
    if edits:
        yield Change(edits=apart(edits)), 0.88 if name in PROPERTIES else 0.4


def _without_call(call: Node) -> list[Edit]:
    arguments = call.child_by_field_name("arguments")
    if arguments is None:
        return []
    return [
        replacement(arguments.start_byte, arguments.end_byte, "", "removed the call of what is no function")
    ]


def unknown_members(situation: Situation) -> Iterator[Proposal]:
    """Propose the members that are meant by names which nothing defines, all of them at once and each alone."""
    own = situation.members()
    edits: dict[str, list[Edit]] = {}
    for node in walk(situation.program.root):
        if node.type != "member_expression":
            continue
        member, owner = node.child_by_field_name("property"), text_of(node.child_by_field_name("object"))
        name = text_of(member)
        if member is None or name in own or name in METHODS or name in _KNOWN:
            continue
        known = _static(situation, owner)
        if name in known:
            continue
        parent = node.parent
        called = parent is not None and parent.type == "call_expression"
        called = called and parent is not None and parent.child_by_field_name("function") == node
        names = known or [*own, *(one for one in METHODS if called is (one not in PROPERTIES))]
        for other, cost in closest(name, names, 1):
            if cost < 0.65:
                note = f"put '.{other}' in place of '.{name}', which nothing defines,"
                edits.setdefault(name, []).append(
                    replacement(member.start_byte, member.end_byte, other, note)
                )
    if edits:
        every = [edit for found in edits.values() for edit in found]
        yield Change(edits=apart(every)), 0.85 if _is_about(situation, edits) else 0.7
    if len(edits) > 1:
        for found in edits.values():
            yield Change(edits=tuple(found)), 0.5


def _is_about(situation: Situation, names: dict[str, list[Edit]]) -> bool:
    """Return whether the failure's own words name one of the members."""
    return any(re.search(rf"\b{re.escape(name)}\b", situation.message) for name in names)


def uncalled(situation: Situation) -> Iterator[Proposal]:
    """Propose the call of methods that are only named: ``text.trim.length``, ``return text.toUpperCase;``."""
    edits = []
    for node in walk(situation.program.root):
        if node.type != "member_expression" or node.parent is None:
            continue
        name = text_of(node.child_by_field_name("property"))
        if name not in _WITHOUT_ARGUMENTS or node.parent.type in ("call_expression", "assignment_expression"):
            continue
        if name in situation.members():
            continue
        edits.append(insertion(node.end_byte, "()", f"called '.{name}'"))
    if edits:
        yield Change(edits=tuple(edits)), 0.7


_WITHOUT_ARGUMENTS: Final = words(
    "toLowerCase toUpperCase trim trimStart trimEnd pop shift reverse toString getTime",
)


def length_of_collection(situation: Situation) -> Iterator[Proposal]:
    """Propose 'size' for 'length' of a set or map, and the reverse for texts and arrays."""
    collections: set[str] = set()
    others: set[str] = set()
    for node in walk(situation.program.root):
        if node.type == "variable_declarator":
            value, name = node.child_by_field_name("value"), text_of(node.child_by_field_name("name"))
            if value is not None and value.type == "new_expression":
                kind = text_of(value.child_by_field_name("constructor"))
                (collections if kind in ("Set", "Map") else others).add(name)
            elif value is not None:
                others.add(name)
    for node in walk(situation.program.root):
        if node.type != "member_expression":
            continue
        member, owner = node.child_by_field_name("property"), text_of(node.child_by_field_name("object"))
        name = text_of(member)
        if member is None:
            continue
        if owner in collections if name == "length" else name == "size":
            meant = "size" if name == "length" else "length"
            if name == "size" and name in situation.members():
                continue
            note = f"put '.{meant}' in place of '.{name}'"
            certain = 0.75 if name == "length" or owner in others else 0.45
            yield change(replacement(member.start_byte, member.end_byte, meant, note)), certain
