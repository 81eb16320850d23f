"""Names that nothing declares: misspelt, of another language, or never declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.mending.early import nameless
from mge_toolkit.retry.fixes.javascript.naming.foreign import CALLS, NAMES, filled
from mge_toolkit.retry.fixes.javascript.naming.situation import Proposal, Situation
from mge_toolkit.retry.fixes.javascript.source.builtins import FUNCTIONS as GLOBAL_FUNCTIONS
from mge_toolkit.retry.fixes.javascript.source.builtins import GLOBALS, METHODS, STATIC
from mge_toolkit.retry.fixes.javascript.source.edits import (
    Change,
    Edit,
    apart,
    change,
    insertion,
    replacement,
)
from mge_toolkit.retry.fixes.javascript.source.parsing import FUNCTIONS, nearest, text_of
from mge_toolkit.retry.fixes.javascript.source.scopes import Use
from mge_toolkit.retry.fixes.javascript.source.tokens import KEYWORDS
from mge_toolkit.retry.fixes.similarity import closest, distance

_UNDEFINED: Final = re.compile(r"^(?P<name>[\w$#]+) is not defined$")
_SLIP: Final = 2  # letters
_VALUES: Final = ("true", "false", "null", "undefined", "this")
_COMMON: Final = frozenset(
    {"console", "Math", "JSON", "Object", "Array", "Number", "String", "Set", "Map", "Error"}
)


def propose(situation: Situation) -> Iterator[Proposal]:
    """Propose for the name that was not defined, and for every other that is not."""
    matched = _UNDEFINED.match(situation.message)
    if matched is None:
        return
    name = matched["name"]
    unknown: dict[str, list[Use]] = {}
    for use in (one for one in situation.unknown() if one.name not in KEYWORDS):
        unknown.setdefault(use.name, []).append(use)
    if name not in unknown:
        return
    ways = {other: list(_ways(situation, other, uses)) for other, uses in unknown.items()}
    others = [found[0] for other, found in ways.items() if other != name and found]
    for way, confidence in ways[name]:
        if others:
            edits = apart((*way.edits, *(edit for one, _ in others for edit in one.edits)))
            yield Change(edits=edits, cost=way.cost), confidence
    for way, confidence in ways[name]:
        yield way, confidence - (0.03 if others else 0.0)


def _ways(situation: Situation, name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield what may be meant by a name, the likeliest first."""
    found = [
        *_foreign(name, uses),
        *_member(situation, name, uses),
        *_misspelt(situation, name, uses),
        *_keyword(name, uses),
        *_run_together(situation, name, uses),
        *((way, 0.93) for way in nameless(situation.program, [name])),
        *_undeclared(name, uses),
        *_elsewhere(situation, name, uses),
    ]
    found.sort(key=lambda pair: -pair[1])
    yield from found


def _foreign(name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield what JavaScript has for a name of another language."""
    if name in NAMES:
        note = f"put '{NAMES[name]}' in place of '{name}'"
        yield Change(edits=_renamed(uses, NAMES[name], note)), 0.85
    if name in STATIC["Math"]:
        note = f"put 'Math.{name}' in place of '{name}'"
        yield Change(edits=_renamed(uses, f"Math.{name}", note)), 0.85
    templates = CALLS.get(name, ())
    for pick in range(max(len(templates), 1) if templates else 0):
        edits = []
        for use in uses:
            edits += _called(use, templates, pick)
        if edits:
            yield Change(edits=apart(edits)), 0.82 - 0.1 * pick


def _called(use: Use, templates: tuple[str, ...], pick: int) -> list[Edit]:
    """Return a call written as JavaScript would; a template's place among several is its number of arguments."""
    call = use.node.parent
    if call is None or call.type != "call_expression":
        return []
    arguments = argument_texts(call)
    template = templates[pick]
    if use.name == "range":
        template = templates[min(max(len(arguments), 1), len(templates)) - 1]
    text = filled(template, arguments)
    if text is None:
        return []
    note = f"wrote '{use.name}(…)' as JavaScript does"
    return [replacement(call.start_byte, call.end_byte, text, note)]


def argument_texts(call: Node) -> list[str]:
    """Return the arguments of a call as they are written."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "arguments":
        return []
    return [text_of(argument) for argument in arguments.named_children if argument.type != "comment"]


def _member(situation: Situation, name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield ``this.`` before a name that the class around it has as a member."""
    owner = nearest(uses[0].node, lambda node: node.type == "class_body")
    if owner is None:
        return
    members = situation.members()
    note = f"added the missing 'this.' before '{name}'"
    if name in members:
        yield Change(edits=_renamed(uses, f"this.{name}", note)), 0.88
    else:
        for other, cost in closest(name, members, 1):
            yield Change(edits=_renamed(uses, f"this.{other}", note)), 0.5 - 0.2 * cost


def _misspelt(situation: Situation, name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield names that are visible and alike."""
    called = _is_called(uses[0].node)
    visible = uses[0].scope.visible()
    for other, cost in closest(name, [*visible, *situation.outside, *GLOBALS, *_VALUES], 5):
        if other == "undefined" and distance(name, other, _SLIP) > _SLIP:
            continue  # nearly everything goes on with it, and hardly anything means it
        confidence = 0.9 - 0.5 * cost
        if other not in visible and other not in situation.outside:
            confidence -= 0.0 if other in _COMMON or other in GLOBAL_FUNCTIONS or other in _VALUES else 0.15
        binding = visible.get(other)
        if binding is not None and called and binding.kind in ("function", "class", "import"):
            confidence += 0.05
        elif binding is not None and not binding.uses and binding.kind in ("let", "const", "var", "param"):
            confidence += 0.05  # declared and never used: probably for this
        note = f"put '{other}' in place of '{name}', which nothing declares,"
        yield Change(edits=_renamed(uses, other, note)), confidence
    reversed_names = [binding for binding in visible.values() if not binding.uses and len(uses) > 1]
    for binding in reversed_names:  # the declaration is misspelt rather than its uses
        if any(binding.name == other for other, _ in closest(name, [binding.name])):
            note = f"renamed '{binding.name}' to '{name}', as it is used,"
            node = binding.node
            yield change(replacement(node.start_byte, node.end_byte, name, note)), 0.7


def _keyword(name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield the keyword that a word at the beginning of a statement may have been meant for."""
    for use in uses:
        at: Node | None = use.node
        while at is not None and at.parent is not None and at.parent.start_byte == use.node.start_byte:
            at = at.parent
        before = use.node.prev_sibling
        first = at is not None and at.type == "expression_statement"
        for keyword in ("return", "throw", "await", "yield", "typeof", "delete", "break", "continue"):
            steps = distance(name.lower(), keyword, 2)
            if steps <= 2 and (first or before is None):
                note = f"put '{keyword}' in place of '{name}'"
                edit = replacement(use.node.start_byte, use.node.end_byte, keyword, note)
                yield change(edit), 0.95 - 0.15 * steps - (0.0 if first else 0.2)
    for keyword in ("return", "const", "let", "throw", "await"):
        if name.startswith(keyword) and name[len(keyword) :] in uses[0].scope.visible():
            note = f"added the missing blank after '{keyword}'"
            yield change(insertion(uses[0].node.start_byte + len(keyword), " ", note)), 0.9


def _run_together(situation: Situation, name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield two names in place of one that is both of them: a variable and its member, or two operands."""
    visible = uses[0].scope.visible()
    members = METHODS | situation.members()
    for length in range(1, len(name)):
        first, second = name[:length], name[length:]
        if first not in visible and first not in STATIC:
            continue
        marks: list[tuple[str, float]] = []
        if second in members or second in STATIC.get(first, ()):
            marks.append((".", 0.88))
        if second in visible or second.isdigit():
            marks += [(" + ", 0.6), (" - ", 0.58), (" * ", 0.56), (", ", 0.5), (" / ", 0.5), (" % ", 0.5)]
        for mark, confidence in marks:
            note = f"added the missing '{mark.strip()}' in '{name}'"
            edits = tuple(insertion(use.node.start_byte + len(first.encode()), mark, note) for use in uses)
            yield Change(edits=edits), confidence


def _renamed(uses: list[Use], text: str, note: str) -> tuple[Edit, ...]:
    """Return the edits that write something else in place of every use of a name."""
    edits = []
    for use in uses:
        written = text
        if use.node.type == "shorthand_property_identifier":
            written = f"{use.name}: {text}"
        edits.append(replacement(use.node.start_byte, use.node.end_byte, written, note))
    return tuple(edits)


def _is_called(node: Node) -> bool:
    parent = node.parent
    return (
        parent is not None
        and parent.type == "call_expression"
        and parent.child_by_field_name("function") == node
    )


def _undeclared(name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield a declaration where a name gets its first value, or a first value where it has none."""
    first_value = next((use for use in uses if use.assigned), None)
    if first_value is None:
        return
    assignment = first_value.node.parent
    note = f"declared '{name}'"
    if assignment is not None and assignment.type == "assignment_expression":
        owner = assignment.parent
        early = min(use.node.start_byte for use in uses) == first_value.node.start_byte
        if early and owner is not None and _declarable(owner, uses):
            yield change(insertion(assignment.start_byte, "let ", note)), 0.85
        place = body_start(first_value.node)
        yield change(insertion(place, f"\n  let {name};", note)), 0.7
    elif assignment is not None and assignment.type == "for_in_statement":
        yield change(insertion(first_value.node.start_byte, "const ", note)), 0.85
    else:
        place = body_start(first_value.node)
        empty = "''" if assignment is not None and _adds_text(assignment) else "0"
        yield change(insertion(place, f"\n  let {name} = {empty};", note)), 0.55


def _declarable(owner: Node, uses: list[Use]) -> bool:
    """Return whether a declaration there would be seen by every use."""
    if owner.type == "for_statement":
        scope: Node | None = owner
    elif owner.type == "expression_statement":
        scope = owner.parent
    else:
        return False
    if scope is None:
        return False
    return all(scope.start_byte <= use.node.start_byte < scope.end_byte for use in uses)


def _adds_text(assignment: Node) -> bool:
    right = assignment.child_by_field_name("right")
    return right is not None and right.type in ("string", "template_string")


def body_start(node: Node) -> int:
    """Return where the statements of the function around a node begin, or those of the program."""
    function = nearest(node, lambda one: one.type in FUNCTIONS)
    while function is not None:
        body = function.child_by_field_name("body")
        if body is not None and body.type == "statement_block":
            return body.start_byte + 1
        function = nearest(function, lambda one: one.type in FUNCTIONS)
    return 0


def _elsewhere(situation: Situation, name: str, uses: list[Use]) -> Iterator[Proposal]:
    """Yield the declaration moved outwards where a name is declared in a block that the use lies outside of."""
    for scope in situation.scopes.scopes:
        binding = scope.names.get(name)
        if binding is None or binding.kind not in ("let", "const"):
            continue
        if body_start(binding.node) != body_start(uses[0].node):
            continue
        declarator = binding.node.parent
        declaration = None if declarator is None else declarator.parent
        if declarator is None or declaration is None or declaration.named_child_count != 1:
            continue
        note = f"declared '{name}' outside of the block"
        word = declaration.children[0]
        place = body_start(binding.node)
        if declarator.child_by_field_name("value") is not None:
            gone = replacement(word.start_byte, declarator.start_byte, "", note)
        else:
            gone = replacement(declaration.start_byte, declaration.end_byte, "", note)
        yield Change(edits=(insertion(place, f"\n  let {name};", note), gone)), 0.75
        as_var = replacement(
            word.start_byte, word.end_byte, "var", f"put 'var' in place of '{text_of(word)}'"
        )
        yield change(as_var), 0.6
