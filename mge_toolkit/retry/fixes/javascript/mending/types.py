"""Types in a JavaScript program: taken out as a TypeScript compiler would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.source.edits import Change, Edit, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import Program, faults, parse, text_of

_NOTE: Final = "removed types, which only TypeScript has,"
_REMOVED: Final = frozenset(
    {
        "type_annotation",
        "type_arguments",
        "type_parameters",
        "implements_clause",
        "interface_declaration",
        "type_alias_declaration",
        "ambient_declaration",
        "function_signature",
        "abstract_method_signature",
        "method_signature",
        "accessibility_modifier",
        "override_modifier",
        "type_predicate_annotation",
        "asserts_annotation",
        "index_signature",
    }
)
_WORDS: Final = frozenset({"readonly", "abstract", "declare"})


def type_changes(program: Program) -> list[Change]:
    """Return the program without its types, if TypeScript's parser understands more of it than JavaScript's."""
    if program.typescript:
        return []
    root = parse(program.source, typescript=True).root_node
    if _unread(root) >= _unread(program.root):
        return []
    edits = list(_stripped(root))
    return [Change(edits=tuple(edits), cost=0.3)] if edits else []


def _unread(root: Node) -> int:
    """Return how much of a program a parser did not understand."""
    return sum(4 + node.end_byte - node.start_byte for node in faults(root))


def _stripped(root: Node) -> Iterator[Edit]:
    """Yield the edits that take the types out."""
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in _REMOVED:
            yield from _removed(node)
            continue
        strip = _STRIPPING.get(kind)
        if strip is not None:
            yield from strip(node)
        if kind == "enum_declaration":
            continue
        children = node.children
        if kind in ("as_expression", "satisfies_expression"):
            children = children[:1]
        stack.extend(reversed(children))


def _removed(node: Node) -> Iterator[Edit]:
    """Yield the removal of a node, and of the 'export' that would have nothing left to export."""
    whole = node
    if node.parent is not None and node.parent.type == "export_statement":
        whole = node.parent
    yield replacement(whole.start_byte, _end(whole), "", _NOTE)


def _end(node: Node) -> int:
    """Return where a node ends, with the blank after a modifier."""
    following = node.next_sibling
    modifier = node.type in ("accessibility_modifier", "override_modifier")
    return following.start_byte if modifier and following is not None else node.end_byte


def _cast(node: Node) -> Iterator[Edit]:
    if node.children:
        yield replacement(node.children[0].end_byte, node.end_byte, "", _NOTE)


def _assertion(node: Node) -> Iterator[Edit]:
    for child in node.children:
        if child.type == "!" and child.next_sibling is None:
            yield replacement(child.start_byte, child.end_byte, "", _NOTE)


def _optional(node: Node) -> Iterator[Edit]:
    """Yield the removal of '?' and '!' after a name, of words before it, and of a 'this' parameter."""
    if node.child_count and text_of(node.child_by_field_name("pattern")) == "this":
        following = node.next_sibling
        end = following.end_byte if following is not None and following.type == "," else node.end_byte
        yield replacement(node.start_byte, end, "", _NOTE)
        return
    for child in node.children:
        if child.type in ("?", "!"):
            yield replacement(child.start_byte, child.end_byte, "", _NOTE)
        elif child.type in _WORDS:
            following = child.next_sibling
            end = child.end_byte if following is None else following.start_byte
            yield replacement(child.start_byte, end, "", _NOTE)


def _field(node: Node) -> Iterator[Edit]:
    """Yield the edits of a class's field; one that is only declared goes."""
    if any(child.type in ("declare", "abstract") for child in node.children):
        yield replacement(node.start_byte, node.end_byte, "", _NOTE)
    else:
        yield from _optional(node)


def _enumeration(node: Node) -> Iterator[Edit]:
    """Yield an object in place of an enumeration, with the names of its numbers as TypeScript makes them."""
    body = node.child_by_field_name("body")
    entries: list[str] = []
    following: int | None = 0
    for member in [] if body is None else body.named_children:
        name = text_of(member.child_by_field_name("name") or member)
        value = member.child_by_field_name("value")
        written = str(following) if value is None else text_of(value)
        entries.append(f"{name}: {written}")
        digits = written.isdecimal()
        if digits:
            quoted = name if name[:1] in ("'", '"') else f'"{name}"'
            entries.append(f"{written}: {quoted}")
        following = int(written) + 1 if digits and len(written) < 10 else None
    name = text_of(node.child_by_field_name("name"))
    text = f"const {name} = {{ {', '.join(entries)} }};"
    yield replacement(node.start_byte, node.end_byte, text, "put an object in place of the enumeration")


def _constructor(node: Node) -> Iterator[Edit]:
    """Yield the assignments that a constructor's parameters with modifiers stand for."""
    if text_of(node.child_by_field_name("name")) != "constructor":
        return
    parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    names = [
        text_of(parameter.child_by_field_name("pattern"))
        for parameter in ([] if parameters is None else parameters.named_children)
        if any(child.type in ("accessibility_modifier", "readonly") for child in parameter.children)
    ]
    if body is None or not names:
        return
    first = next((child for child in body.named_children if child.type != "comment"), None)
    place = body.start_byte + 1
    if first is not None and text_of(first).startswith("super"):
        place = first.end_byte
    text = "".join(f" this.{name} = {name};" for name in names)
    yield insertion(place, text, "assigned the constructor's parameters")


def _type_import(node: Node) -> Iterator[Edit]:
    """Yield the removal of an import of types alone, and of single types."""
    if any(child.type == "type" for child in node.children):
        end = node.end_byte
        if node.type == "import_specifier" and node.next_sibling is not None:
            end = node.next_sibling.end_byte if node.next_sibling.type == "," else end
        yield replacement(node.start_byte, end, "", _NOTE)


def _method(node: Node) -> Iterator[Edit]:
    yield from _optional(node)
    yield from _constructor(node)


_STRIPPING: Final[dict[str, Callable[[Node], Iterator[Edit]]]] = {
    "as_expression": _cast,
    "satisfies_expression": _cast,
    "non_null_expression": _assertion,
    "required_parameter": _optional,
    "optional_parameter": _optional,
    "variable_declarator": _optional,
    "method_definition": _method,
    "public_field_definition": _field,
    "abstract_class_declaration": _optional,
    "enum_declaration": _enumeration,
    "import_statement": _type_import,
    "import_specifier": _type_import,
}
