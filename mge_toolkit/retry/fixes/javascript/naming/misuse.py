"""Names that are declared and misused: constants assigned to, used too early, called without 'new'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.naming.situation import Proposal, Situation
from mge_toolkit.retry.fixes.javascript.naming.undefined import body_start
from mge_toolkit.retry.fixes.javascript.source.edits import Change, Edit, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import nearest, text_of, walk
from mge_toolkit.retry.fixes.javascript.source.scopes import Binding, assignments

_CONSTANT: Final = "Assignment to constant variable."
_EARLY: Final = re.compile(r"^Cannot access '(?P<name>[^']+)' before initialization$")
_WITHOUT_NEW: Final = re.compile(r"^Class constructor (?P<name>[\w$]+) cannot be invoked without 'new'$")
_SUPER: Final = "Must call super constructor in derived class"
_NOT_A_CONSTRUCTOR: Final = re.compile(r"^(?P<name>.+) is not a constructor$")


def constants(situation: Situation) -> Iterator[Proposal]:
    """Propose 'let' for every constant that gets another value."""
    if situation.message != _CONSTANT:
        return
    edits: dict[int, Edit] = {}
    for scope in situation.scopes.scopes:
        for binding in scope.names.values():
            if binding.kind == "const" and any(assignments(binding)):
                word = _declaring_word(binding)
                if word is not None:
                    note = "put 'let' in place of 'const', whose value changes,"
                    edits[word.start_byte] = replacement(word.start_byte, word.end_byte, "let", note)
    if edits:
        yield Change(edits=tuple(edits.values())), 0.95


def _declaring_word(binding: Binding) -> Node | None:
    """Return the 'const' of a constant."""
    kinds = ("lexical_declaration", "for_in_statement")
    owner = nearest(binding.node, lambda node: node.type in kinds)
    if owner is None:
        return None
    return next((child for child in owner.children if child.type == "const"), None)


def too_early(situation: Situation) -> Iterator[Proposal]:
    """Propose to move a declaration before its first use, or to let it be the outer name."""
    matched = _EARLY.match(situation.message)
    if matched is None:
        return
    name = matched["name"]
    for scope in situation.scopes.scopes:
        binding = scope.names.get(name)
        if binding is None or binding.kind not in ("let", "const", "class"):
            continue
        statement = _statement_of(binding.node)
        if statement is None or statement.parent is None:
            continue
        outer = None if scope.parent is None else scope.parent.find(name)
        word = _declaring_word(binding) or (statement.children[0] if statement.children else None)
        if outer is not None and word is not None and statement.type == "lexical_declaration":
            note = f"assigned to '{name}' instead of declaring another"
            yield change(replacement(word.start_byte, statement.named_children[0].start_byte, "", note)), 0.8
        first = _statement_before(statement, binding)
        if first is not None:
            note = f"moved the declaration of '{name}' before its first use"
            text = text_of(statement)
            edits = (
                insertion(first.start_byte, f"{text}\n", note),
                replacement(statement.start_byte, statement.end_byte, "", ""),
            )
            yield Change(edits=edits), 0.8
        if word is not None and statement.type == "lexical_declaration":
            note = f"put 'var' in place of '{text_of(word)}'"
            yield change(replacement(word.start_byte, word.end_byte, "var", note)), 0.4


def _statement_of(node: Node) -> Node | None:
    kinds = ("lexical_declaration", "class_declaration")
    return nearest(node, lambda one: one.type in kinds)


def _statement_before(statement: Node, binding: Binding) -> Node | None:
    """Return the statement beside ``statement`` that uses the name first."""
    if statement.parent is None:
        return None
    for sibling in statement.parent.named_children:
        if sibling == statement:
            return None
        if any(sibling.start_byte <= use.node.start_byte < sibling.end_byte for use in binding.uses):
            return sibling
    return None


def construction(situation: Situation) -> Iterator[Proposal]:
    """Propose 'new' before the calls of a class, no 'new' before what is none, and 'super()'."""
    if situation.message.startswith(_SUPER):
        yield from _super_calls(situation)
        return
    matched = _WITHOUT_NEW.match(situation.message)
    if matched is not None:
        note = f"added the missing 'new' before '{matched['name']}'"
        edits = [
            insertion(node.start_byte, "new ", note)
            for node in walk(situation.program.root)
            if node.type == "call_expression"
            and text_of(node.child_by_field_name("function")) == matched["name"]
        ]
        if edits:
            yield Change(edits=tuple(edits)), 0.95
        return
    refused = _NOT_A_CONSTRUCTOR.match(situation.message)
    if refused is not None:
        note = f"removed 'new' before '{refused['name']}'"
        edits = []
        for node in walk(situation.program.root):
            constructor = node.child_by_field_name("constructor")
            if (
                node.type == "new_expression"
                and text_of(constructor) == refused["name"]
                and constructor is not None
            ):
                edits.append(replacement(node.start_byte, constructor.start_byte, "", note))
        if edits:
            yield Change(edits=tuple(edits)), 0.75


def _super_calls(situation: Situation) -> Iterator[Proposal]:
    """Yield 'super()' at the beginning of the constructors of classes that extend another."""
    edits = []
    for node in walk(situation.program.root):
        if node.type != "method_definition" or text_of(node.child_by_field_name("name")) != "constructor":
            continue
        owner = nearest(node, lambda one: one.type in ("class_declaration", "class"))
        body = node.child_by_field_name("body")
        if (
            owner is None
            or body is None
            or not any(child.type == "class_heritage" for child in owner.children)
        ):
            continue
        calls = [one for one in walk(body) if one.type == "super" and one.parent is not None]
        first = next(
            (one.parent for one in calls if one.parent and one.parent.type == "call_expression"), None
        )
        if first is None:
            edits.append(insertion(body.start_byte + 1, " super();", "added the missing call of 'super'"))
        elif first.parent is not None and first.parent.type == "expression_statement":
            note = "moved the call of 'super' to the beginning"
            edits.append(insertion(body.start_byte + 1, f" {text_of(first)};", note))
            edits.append(replacement(first.parent.start_byte, first.parent.end_byte, "", ""))
    if edits:
        yield Change(edits=tuple(edits)), 0.9


def iterated(situation: Situation) -> Iterator[Proposal]:
    """Propose what can be iterated over in place of what cannot."""
    if "is not iterable" not in situation.message or situation.program.at is None:
        return
    node = situation.program.node_at(situation.program.at)
    loop = (
        node if node.type == "for_in_statement" else nearest(node, lambda one: one.type == "for_in_statement")
    )
    target = None if loop is None else loop.child_by_field_name("right")
    pair = loop is not None and text_of(loop.child_by_field_name("left")).startswith("[")
    if target is None:
        spread = (
            node if node.type == "spread_element" else nearest(node, lambda o: o.type == "spread_element")
        )
        target = spread.named_children[0] if spread is not None and spread.named_child_count else None
    if target is None:
        return
    text = text_of(target)
    wrappers = (
        ["Object.entries", "Object.values", "Object.keys"] if pair else ["Object.keys", "Object.values"]
    )
    for rank, wrapper in enumerate(wrappers):
        note = f"iterated over '{wrapper}(…)'"
        yield (
            change(replacement(target.start_byte, target.end_byte, f"{wrapper}({text})", note)),
            0.75 - 0.15 * rank,
        )
    if target.type == "identifier":
        note = "iterated over the numbers below it"
        numbers = f"Array({text}).keys()"
        yield change(replacement(target.start_byte, target.end_byte, numbers, note)), 0.3


def shadowed(situation: Situation) -> Iterator[Proposal]:
    """Propose the outer name where a function's own variable hides what is called as a function."""
    matched = re.match(r"^(?P<name>[\w$]+) is not a function$", situation.message)
    if matched is None:
        return
    name = matched["name"]
    for scope in situation.scopes.scopes:
        binding = scope.names.get(name)
        outer = None if scope.parent is None else scope.parent.find(name)
        if binding is None or outer is None or outer.kind not in ("function", "const", "import"):
            continue
        note = f"renamed the inner '{name}', which hid the function"
        kept = [use for use in binding.uses if not _called(use.node)]
        places = [binding.node, *(use.node for use in kept)]
        edits = [replacement(one.start_byte, one.end_byte, f"{name}Value", note) for one in places]
        if len(edits) < len(binding.uses) + 1:
            yield Change(edits=tuple(edits)), 0.7


def _called(node: Node) -> bool:
    parent = node.parent
    return (
        parent is not None
        and parent.type == "call_expression"
        and parent.child_by_field_name("function") == node
    )


def declared_late(situation: Situation) -> Iterator[Proposal]:
    """Propose an empty start for a variable that is declared without a value and used as if it had one."""
    matched = re.match(
        r"^Cannot read properties of undefined \(reading '(?P<member>\w+)'\)$", situation.message
    )
    node = situation.node
    if matched is None or node is None:
        return
    member = nearest(node, lambda one: one.type == "member_expression")
    base = None if member is None else member.child_by_field_name("object")
    if base is None or base.type != "identifier":
        return
    binding = situation.scopes.at(base.start_byte).find(text_of(base))
    declarator = None if binding is None else binding.node.parent
    if declarator is None or declarator.type != "variable_declarator":
        return
    if declarator.child_by_field_name("value") is None and body_start(declarator) == body_start(base):
        starts = {"push": "[]", "length": "[]", "add": "new Set()", "set": "new Map()"}
        start = starts.get(matched["member"], "[]")
        note = f"gave '{text_of(base)}' the first value {start}"
        yield change(insertion(declarator.end_byte, f" = {start}", note)), 0.6
