"""What composition needs to know about one JavaScript or TypeScript source, found by tree-sitter's parsers.

Tree-sitter never fails: of a source with mistakes it understands the rest, and Deno reports the mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser

# Above this size (bytes) only the top level is looked at: the rest would cost seconds and rarely matters.
_DEEP: Final = 256 * 1024
_LARGE: Final = 1024**2
_MODULE: Final = re.compile(rb"^(?:import|export|await)\b", re.MULTILINE)
_EXPORTED: Final = re.compile(
    rb"^export(?=\s+(?:const|let|var|class|function|async|enum|interface|type)\b)", re.MULTILINE
)
_DECLARED: Final = re.compile(
    rb"^(?:export\s+)?(?:const|let|var|class|(?:async\s+)?function\s*\*?|enum)\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
_OCTAL: Final = re.compile(rb"0[0-9]+")
_FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "arrow_function",
        "method_definition",
        "class_static_block",
    }
)
_BINDING_PARTS: Final = {
    "assignment_pattern": "left",
    "object_assignment_pattern": "left",
    "pair_pattern": "value",
    "required_parameter": "pattern",
    "optional_parameter": "pattern",
}
_NAMED: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_signature",
        "class_declaration",
        "abstract_class_declaration",
        "enum_declaration",
        "interface_declaration",
        "type_alias_declaration",
        "internal_module",
        "module",
        "import_require_clause",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """One name that an import binds: ``imported`` is ``default``, ``*`` or the exported name."""

    local: str
    imported: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """One import statement: its place in the source's bytes, and what it binds."""

    start: int
    end: int
    bindings: tuple[Binding, ...]


@dataclass(kw_only=True, slots=True)
class Analysis:
    """One source's top-level names, imports and needs. Filled once, then only read.

    ``edits`` are replacements of the same length (start → bytes): exports and hash-bangs, which have no
    meaning in a composed program. ``error_line`` is where the parser first understood nothing.
    ``result_places`` is where the name ``result`` stands; ``None`` where it is not so simple (``{ result }``).
    """

    names: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    imports: list[Import] = field(default_factory=list)
    edits: dict[int, bytes] = field(default_factory=dict)
    is_module: bool = False
    is_strict: bool = False
    is_sloppy: bool = False
    error_line: int | None = None
    result_places: list[int] | None = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)


@lru_cache(maxsize=2)
def _parser(typescript: bool) -> Parser:
    """Return the parser for one of the two languages."""
    if typescript:
        import tree_sitter_typescript

        return Parser(Grammar(tree_sitter_typescript.language_typescript()))
    import tree_sitter_javascript

    return Parser(Grammar(tree_sitter_javascript.language()))


@lru_cache(maxsize=512)
def analyse(source: bytes, typescript: bool) -> Analysis:
    """Return what there is to know about ``source``; dependencies come again and again, so it is kept."""
    found = Analysis()
    if len(source) > _LARGE:
        return _glance(source, found)
    root = _parser(typescript).parse(source).root_node
    if source.startswith(b"#!"):
        found.edits[0] = b"//"
    for statement in root.named_children:
        _statement(statement, found)
    if root.has_error:
        found.error_line = _first_error(root)
    if len(source) <= _DEEP:
        _walk(root, found)
    else:
        found.result_places = None
    return found


def _glance(source: bytes, found: Analysis) -> Analysis:
    """Take in only what stands at the beginning of a line; parsing megabytes would cost seconds."""
    found.result_places = None
    found.is_module = _MODULE.search(source) is not None
    found.names.update(name.decode() for name in _DECLARED.findall(source))
    for matched in _EXPORTED.finditer(source):
        found.edits[matched.start()] = blank(matched[0])
    return found


def _statement(node: Node, found: Analysis) -> None:
    """Take in one top-level statement."""
    kind = node.type
    if kind == "import_statement":
        _import(node, found)
    elif kind == "export_statement":
        _export(node, found)
    elif kind in ("lexical_declaration", "variable_declaration"):
        for declarator in node.named_children:
            found.names.update(_pattern_names(declarator.child_by_field_name("name")))
    elif kind in _NAMED:
        found.names.update(_own_name(node))
    elif kind in ("expression_statement", "ambient_declaration"):
        for child in node.named_children:
            if child.type in ("internal_module", "module", "lexical_declaration") or child.type in _NAMED:
                _statement(child, found)
            elif child.type == "string" and b"use strict" in _text(child):
                found.is_strict = True


def _import(node: Node, found: Analysis) -> None:
    """Take in an import statement."""
    found.is_module = True
    source = node.child_by_field_name("source")
    module = "" if source is None else _text(source)[1:-1].decode()
    bindings: list[Binding] = []
    for clause in node.named_children:
        if clause.type == "import_require_clause":
            found.names.update(_own_name(clause))
            return
        if clause.type == "import_clause":
            bindings.extend(_bindings(clause, module))
    found.imports.append(Import(start=node.start_byte, end=node.end_byte, bindings=tuple(bindings)))


def _bindings(clause: Node, module: str) -> Iterator[Binding]:
    """Yield what an import clause binds."""
    for part in clause.named_children:
        if part.type == "identifier":
            yield Binding(local=_text(part).decode(), imported="default", source=module)
        elif part.type == "namespace_import":
            local = _text(part.named_children[-1]).decode()
            yield Binding(local=local, imported="*", source=module)
        elif part.type == "named_imports":
            for specifier in part.named_children:
                name = specifier.child_by_field_name("name")
                if specifier.type == "import_specifier" and name is not None:
                    imported = _text(name).decode()
                    alias = specifier.child_by_field_name("alias")
                    local = imported if alias is None else _text(alias).decode()
                    yield Binding(local=local, imported=imported, source=module)


def _export(node: Node, found: Analysis) -> None:
    """Take in an export statement: what it declares stays, the exporting goes."""
    found.is_module = True
    declaration = node.child_by_field_name("declaration")
    start, text = node.start_byte, _text(node)
    if declaration is not None and _may_stand_alone(declaration):
        found.edits[start] = blank(text[: declaration.start_byte - start])
        _statement(declaration, found)
        return
    matched = re.match(rb"export\s*(?:default\b|=)", text)
    if matched is None:  # a list or a re-export
        found.edits[start] = blank(text)
    else:  # an exported expression: evaluated, and a statement whatever it begins with
        found.edits[start] = b"void" + blank(text[4 : matched.end()])


def _may_stand_alone(declaration: Node) -> bool:
    """Return whether a declaration is one without its export: a default one may have no name."""
    return declaration.type not in _NAMED or bool(_own_name(declaration))


def _walk(root: Node, found: Analysis) -> None:
    """Visit every node once, without recursion, for what can stand anywhere."""
    stack = [(root, False)]
    while stack:
        node, in_function = stack.pop()
        visit = _VISITORS.get(node.type)
        if visit is not None:
            visit(node, found)
            if node.type == "variable_declaration" and not in_function:
                for declarator in node.named_children:
                    names = _pattern_names(declarator.child_by_field_name("name"))
                    found.variables.update(names)
                    found.names.update(names)
            elif node.type in ("await_expression", "for_in_statement") and not in_function:
                found.is_module = found.is_module or node.type == "await_expression" or _is_await(node)
        inside = in_function or node.type in _FUNCTIONS
        stack.extend((child, inside) for child in node.named_children)


def _is_await(node: Node) -> bool:
    """Return whether a loop is ``for await``."""
    return any(child.type == "await" for child in node.children)


def _visit_declarator(node: Node, found: Analysis) -> None:
    found.declared.update(_pattern_names(node.child_by_field_name("name")))


def _visit_parameters(node: Node, found: Analysis) -> None:
    for child in node.named_children:
        found.declared.update(_pattern_names(child))


def _visit_parameter(node: Node, found: Analysis) -> None:
    found.declared.update(_pattern_names(node.child_by_field_name("parameter")))


def _visit_named(node: Node, found: Analysis) -> None:
    found.declared.update(_own_name(node))


def _visit_assignment(node: Node, found: Analysis) -> None:
    left = node.child_by_field_name("left") or node.child_by_field_name("argument")
    found.assigned.update(_pattern_names(left))


def _visit_loop(node: Node, found: Analysis) -> None:
    names = _pattern_names(node.child_by_field_name("left"))
    (found.assigned if node.child_by_field_name("kind") is None else found.declared).update(names)


def _visit_member(node: Node, found: Analysis) -> None:
    text = _text(node) if node.end_byte - node.start_byte < 40 else b""
    if text == b"import.meta.main":  # the program is the main one, whatever loads it
        found.edits[node.start_byte] = b"(true)".ljust(len(text))
    elif text in (b"arguments.callee", b"arguments.caller"):
        found.is_sloppy = True
    elif text.startswith(b"import.meta"):
        found.is_module = True


def _visit_number(node: Node, found: Analysis) -> None:
    found.is_sloppy = found.is_sloppy or _OCTAL.fullmatch(_text(node)) is not None


def _visit_with(_node: Node, found: Analysis) -> None:
    found.is_sloppy = True


def _visit_identifier(node: Node, found: Analysis) -> None:
    if found.result_places is not None and node.end_byte - node.start_byte == 6 and _text(node) == b"result":
        found.result_places.append(node.start_byte)


def _visit_shorthand(node: Node, found: Analysis) -> None:
    if _text(node) == b"result":
        found.result_places = None


def _visit_nothing(_node: Node, _found: Analysis) -> None:
    pass


_VISITORS: Final = {
    "variable_declarator": _visit_declarator,
    "variable_declaration": _visit_nothing,
    "await_expression": _visit_nothing,
    "formal_parameters": _visit_parameters,
    "arrow_function": _visit_parameter,
    "catch_clause": _visit_parameter,
    "function_expression": _visit_named,
    "class": _visit_named,
    **dict.fromkeys(_NAMED, _visit_named),
    "assignment_expression": _visit_assignment,
    "augmented_assignment_expression": _visit_assignment,
    "update_expression": _visit_assignment,
    "for_in_statement": _visit_loop,
    "member_expression": _visit_member,
    "number": _visit_number,
    "identifier": _visit_identifier,
    "shorthand_property_identifier": _visit_shorthand,
    "shorthand_property_identifier_pattern": _visit_shorthand,
    "with_statement": _visit_with,
}


def _pattern_names(pattern: Node | None) -> set[str]:
    """Return the names that a pattern binds or assigns."""
    names: set[str] = set()
    stack = [] if pattern is None else [pattern]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            names.add(_text(node).decode())
        elif kind in ("array_pattern", "object_pattern", "rest_pattern"):
            stack.extend(node.named_children)
        field_name = _BINDING_PARTS.get(kind)
        part = None if field_name is None else node.child_by_field_name(field_name)
        if part is not None:
            stack.append(part)
    return names


def _own_name(node: Node) -> set[str]:
    """Return the name that a declaration gives to what it declares, as a set of one or none."""
    name = node.child_by_field_name("name")
    if name is None and node.type == "import_require_clause":
        name = node.named_children[0]
    return set() if name is None or name.type == "string" else {_text(name).decode()}


def _first_error(root: Node) -> int:
    """Return the line (from 1) of the first node that the parser could not place or had to make up."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            return node.start_point.row + 1
        stack.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return 1


def _text(node: Node) -> bytes:
    return node.text or b""


def blank(text: bytes) -> bytes:
    """Return spaces in place of ``text``, its lines kept."""
    return re.sub(rb"[^\r\n]", b" ", text)
