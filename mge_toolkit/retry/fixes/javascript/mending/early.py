"""Mistakes that V8 finds while it parses, though the grammar allows the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.source.builtins import GLOBALS
from mge_toolkit.retry.fixes.javascript.source.edits import Change, Edit, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import FUNCTIONS, Program, nearest, text_of, walk
from mge_toolkit.retry.fixes.javascript.source.scopes import Clash, Scopes

_LOOPS: Final = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})


def nameless(program: Program, names: Iterable[str]) -> Iterator[Change]:
    """Yield the names that a declaration without one may have been meant to declare."""
    for node in walk(program.root):
        left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
        if left is not None and text_of(left) in ("let", "const", "var"):
            for name in names:
                note = f"added the missing name '{name}' of the declaration"
                yield change(insertion(left.end_byte, f" {name}", note), cost=0.2)


def early_changes(program: Program, scopes: Scopes) -> list[list[Change]]:
    """Return, for each mistake, the ways to mend it, the likeliest first."""
    found: list[list[Change]] = []
    asynchronous: set[int] = set()
    for node in walk(program.root):
        look = _LOOKING.get(node.type)
        ways = [] if look is None else list(look(node))
        if node.type in ("await_expression", "for_in_statement") and ways:
            function = nearest(node, _is_function)
            if function is None or function.id in asynchronous:
                continue
            asynchronous.add(function.id)
        if ways:
            found.append(ways)
    if any(use.name == "let" for use in scopes.unresolved()):
        unknown = [use.name for use in scopes.unresolved() if use.name not in GLOBALS and use.name != "let"]
        found.append(list(nameless(program, dict.fromkeys(unknown))))
    found += [list(_declared_again(clash)) for clash in scopes.clashes[:8]]
    return [ways for ways in found if ways]


def _is_function(node: Node) -> bool:
    return node.type in FUNCTIONS or node.type == "class_static_block"


def _awaited(node: Node) -> Iterator[Change]:
    """Yield the 'async' that a function with an 'await' in it lacks."""
    if node.type == "for_in_statement" and not any(child.type == "await" for child in node.children):
        return
    function = nearest(node, _is_function)
    if function is None or any(child.type == "async" for child in function.children):
        return
    note = "made the function around the 'await' async"
    place = function.start_byte
    if function.type == "method_definition":
        first = function.child_by_field_name("name") or function
        place = first.start_byte
    yield change(insertion(place, "async ", note), cost=0.2)


def _constant(node: Node) -> Iterator[Change]:
    """Yield 'let' for a constant without a value."""
    if not node.children or node.children[0].type != "const":
        return
    if node.parent is not None and node.parent.type == "ambient_declaration":
        return
    empty = [
        one
        for one in node.named_children
        if one.type == "variable_declarator" and one.child_by_field_name("value") is None
    ]
    if empty:
        word = node.children[0]
        note = "put 'let' in place of 'const', which needs a value,"
        yield change(replacement(word.start_byte, word.end_byte, "let", note), cost=0.2)


def _assignment(node: Node) -> Iterator[Change]:
    """Yield a comparison for an assignment among operators, and a plain member for an optional one."""
    left, parent = node.child_by_field_name("left"), node.parent
    mark = next((child for child in node.children if child.type == "="), None)
    if mark is not None and parent is not None and parent.type == "binary_expression":
        split = node.start_point.row > parent.start_point.row  # a line more likely ended too soon
        for meant, cost in (("===", 1.0 if split else 0.2), ("==", 1.1 if split else 0.3)):
            note = f"put '{meant}' in place of '='"
            yield change(replacement(mark.start_byte, mark.end_byte, meant, note), cost=cost)
    if left is not None and left.type in ("member_expression", "subscript_expression"):
        chain = next((child for child in left.children if child.type == "optional_chain"), None)
        if chain is not None:
            text = "." if left.type == "member_expression" else ""
            note = "removed '?' from what is assigned to"
            yield change(replacement(chain.start_byte, chain.end_byte, text, note), cost=0.2)


def _returned(node: Node) -> Iterator[Change]:
    """Yield what a 'return' outside of any function may stand for."""
    if nearest(node, _is_function) is not None:
        return
    word = node.children[0]
    if node.named_child_count:
        note = "assigned to 'result' what was returned outside of a function"
        yield change(replacement(word.start_byte, word.end_byte, "result =", note), cost=0.6)
    note = "removed the 'return' outside of a function"
    yield change(replacement(node.start_byte, node.end_byte, "", note), cost=0.9)


def _left(node: Node) -> Iterator[Change]:
    """Yield what a 'break' or 'continue' outside of any loop may stand for."""
    if node.named_child_count:
        return
    inside = nearest(
        node, lambda one: one.type in _LOOPS or one.type == "switch_statement" or _is_function(one)
    )
    word = node.children[0].type
    if inside is not None and not _is_function(inside) and (word == "break" or inside.type in _LOOPS):
        return
    if inside is not None and inside.type == "switch_statement":
        outer = nearest(inside, lambda one: one.type in _LOOPS or _is_function(one))
        if outer is not None and not _is_function(outer):
            return
    note = f"removed the '{word}' outside of a loop"
    yield change(replacement(node.start_byte, node.end_byte, "", note), cost=0.5)
    if inside is not None and _is_function(inside):
        note = f"put 'return' in place of '{word}' outside of a loop"
        yield change(
            replacement(node.children[0].start_byte, node.children[0].end_byte, "return", note), cost=0.6
        )


def _mixed(node: Node) -> Iterator[Change]:
    """Yield the parentheses that '??' needs beside '||' and '&&'."""
    mark = text_of(node.child_by_field_name("operator"))
    for child in (node.child_by_field_name("left"), node.child_by_field_name("right")):
        if child is None or child.type != "binary_expression":
            continue
        inner = text_of(child.child_by_field_name("operator"))
        if {mark, inner} in ({"??", "||"}, {"??", "&&"}):
            note = "added the parentheses that '??' needs"
            edits = (insertion(child.start_byte, "(", note), insertion(child.end_byte, ")", note))
            yield change(*edits, cost=0.2)


def _nameless(node: Node) -> Iterator[Change]:
    """Yield the parentheses around a function without a name that stands as a statement."""
    inner = node.named_children[0] if node.named_child_count else None
    if inner is None or inner.type not in ("function_expression", "class"):
        return
    if inner.start_byte == node.start_byte and inner.child_by_field_name("name") is None:
        note = "put the function without a name in parentheses"
        edits = (insertion(inner.start_byte, "(", note), insertion(inner.end_byte, ")", note))
        yield change(*edits, cost=0.9)


def _shorthand(node: Node) -> Iterator[Change]:
    """Yield ':' for '=' in an object."""
    if node.parent is None or node.parent.type != "object":
        return
    owner = node.parent.parent
    if owner is not None and owner.type in ("assignment_expression", "for_in_statement"):
        return
    mark = next((child for child in node.children if child.type == "="), None)
    if mark is not None:
        edit = replacement(mark.start_byte, mark.end_byte, ":", "put ':' in place of '='")
        yield change(edit, cost=0.2)


_LOOKING: Final = {
    "await_expression": _awaited,
    "for_in_statement": _awaited,
    "lexical_declaration": _constant,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _assignment,
    "return_statement": _returned,
    "break_statement": _left,
    "continue_statement": _left,
    "binary_expression": _mixed,
    "expression_statement": _nameless,
    "object_assignment_pattern": _shorthand,
}


def _declared_again(clash: Clash) -> Iterator[Change]:
    """Yield what a second declaration of a name may have been meant for."""
    first, second = clash.first, clash.second
    declaration = _declaration(second.node)
    if declaration is not None and declaration.children and declaration.named_child_count == 1:
        word = declaration.children[0]
        note = f"assigned to '{second.name}' instead of declaring it again"
        edits = [replacement(word.start_byte, declaration.named_children[0].start_byte, "", note)]
        only = declaration.named_children[0]
        if only.child_by_field_name("value") is None:
            edits = [replacement(declaration.start_byte, declaration.end_byte, "", note)]
        edits += _made_variable(first.node)
        if only.child_by_field_name("name") == second.node:
            yield Change(edits=tuple(edits), cost=0.3)
    whole = _statement(first.node)
    if whole is not None and second.kind in ("function", "class", "const"):
        note = f"removed the first declaration of '{first.name}'"
        yield change(replacement(whole.start_byte, whole.end_byte, "", note), cost=0.8)
    note = f"renamed the second '{second.name}'"
    uses = [use for use in second.uses if use.node.start_byte >= second.node.start_byte]
    places = [second.node, *(use.node for use in uses)]
    renamed = tuple(replacement(n.start_byte, n.end_byte, f"{second.name}2", note) for n in places)
    yield Change(edits=renamed, cost=0.9)


def _made_variable(node: Node) -> list[Edit]:
    """Return the edit that lets a constant be assigned to, if it is one."""
    declaration = _declaration(node)
    if declaration is None or declaration.children[0].type != "const":
        return []
    word = declaration.children[0]
    return [replacement(word.start_byte, word.end_byte, "let", "put 'let' in place of 'const'")]


def _declaration(node: Node) -> Node | None:
    """Return the declaration of variables that a name stands in."""
    declarator = node.parent
    if declarator is None or declarator.type != "variable_declarator" or declarator.parent is None:
        return None
    kinds = ("lexical_declaration", "variable_declaration")
    return declarator.parent if declarator.parent.type in kinds else None


def _statement(node: Node) -> Node | None:
    """Return the statement that declares a name, if it declares nothing else."""
    declaration = _declaration(node)
    if declaration is not None:
        return declaration if declaration.named_child_count == 1 else None
    parent = node.parent
    return (
        parent
        if parent is not None and parent.type in ("function_declaration", "class_declaration")
        else None
    )
