"""Which names a program declares where, and which declaration each use of a name means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.source.parsing import FUNCTIONS, text_of

_PARTS: Final = {
    "assignment_pattern": "left",
    "object_assignment_pattern": "left",
    "pair_pattern": "value",
    "required_parameter": "pattern",
    "optional_parameter": "pattern",
}
_PATTERNS: Final = frozenset({"array_pattern", "object_pattern", "rest_pattern"})
_NAMES: Final = frozenset({"identifier", "shorthand_property_identifier_pattern"})
_USES: Final = frozenset(
    {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}
)
_TYPES: Final = frozenset(
    {
        "type_annotation",
        "type_arguments",
        "type_parameters",
        "interface_declaration",
        "type_alias_declaration",
        "implements_clause",
        "asserts_annotation",
        "type_predicate_annotation",
    }
)
_BLOCKS: Final = frozenset(
    {"statement_block", "for_statement", "for_in_statement", "switch_body", "class_body"}
)


@dataclass(kw_only=True, slots=True, eq=False)
class Binding:
    """One declared name, of kind ``let``, ``const``, ``var``, ``function``, ``class``, ``import`` or ``param``."""

    name: str
    kind: str
    node: Node
    uses: list[Use] = field(default_factory=list)


@dataclass(kw_only=True, slots=True, eq=False)
class Scope:
    """The part of a program in which names are visible."""

    node: Node
    parent: Scope | None
    names: dict[str, Binding] = field(default_factory=dict)

    def find(self, name: str) -> Binding | None:
        """Return what a name means here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def visible(self) -> dict[str, Binding]:
        """Return every name that can be used here, the nearest first."""
        found: dict[str, Binding] = {}
        scope: Scope | None = self
        while scope is not None:
            for name, binding in scope.names.items():
                found.setdefault(name, binding)
            scope = scope.parent
        return found


@dataclass(kw_only=True, slots=True, eq=False)
class Use:
    """One use of a name; ``binding`` is ``None`` where the program does not declare it."""

    name: str
    node: Node
    scope: Scope
    binding: Binding | None = None
    assigned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """A name that one scope declares twice."""

    first: Binding
    second: Binding


@dataclass(kw_only=True, slots=True)
class Scopes:
    """All scopes, uses and clashes of one program."""

    root: Scope
    uses: list[Use] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    def at(self, offset: int) -> Scope:
        """Return the innermost scope that holds a byte."""
        found = self.root
        for scope in self.scopes:
            inside = scope.node.start_byte <= offset < scope.node.end_byte
            if inside and scope.node.start_byte >= found.node.start_byte:
                found = scope
        return found

    def unresolved(self) -> list[Use]:
        """Return the uses of names that the program does not declare."""
        return [use for use in self.uses if use.binding is None]


def scopes_of(root: Node) -> Scopes:
    """Return the names of a program. Never fails: of what is broken it takes what is there."""
    return _Reader(root).read()


class _Reader:
    """Collects declarations first, then resolves the uses."""

    def __init__(self, root: Node) -> None:
        top = Scope(node=root, parent=None)
        self._found = Scopes(root=top, scopes=[top])
        self._declared: set[int] = set()
        self._root = root

    def read(self) -> Scopes:
        """Return what was collected."""
        stack: list[tuple[Node, Scope, Scope]] = [
            (child, self._found.root, self._found.root) for child in reversed(self._root.children)
        ]
        while stack:
            node, scope, function = stack.pop()
            kind = node.type
            if kind in _TYPES:
                continue
            inner, inner_function = self._enter(node, scope, function)
            if kind in _USES and node.id not in self._declared:
                use = Use(name=text_of(node), node=node, scope=scope, assigned=_is_assigned(node))
                self._found.uses.append(use)
            children = node.children
            if kind in ("as_expression", "satisfies_expression"):
                children = children[:1]
            stack.extend((child, inner, inner_function) for child in reversed(children))
        for use in self._found.uses:
            use.binding = use.scope.find(use.name)
            if use.binding is not None:
                use.binding.uses.append(use)
        return self._found

    def _enter(self, node: Node, scope: Scope, function: Scope) -> tuple[Scope, Scope]:
        """Declare what ``node`` declares; return the scopes of its children."""
        kind = node.type
        if kind in FUNCTIONS:
            inner = self._open(node, scope)
            self._function(node, scope, inner)
            return inner, inner
        if kind in _BLOCKS and not (node.parent is not None and node.parent.type in FUNCTIONS):
            inner = self._open(node, scope)
            if kind == "for_in_statement":
                self._loop(node, inner, function)
            return inner, function
        if kind == "catch_clause":
            inner = self._open(node, scope)
            self._pattern(node.child_by_field_name("parameter"), "param", inner)
            return inner, function
        declare = _DECLARING.get(kind)
        if declare is not None:
            declare(self, node, scope, function)
        return scope, function

    def _open(self, node: Node, parent: Scope) -> Scope:
        scope = Scope(node=node, parent=parent)
        self._found.scopes.append(scope)
        return scope

    def _function(self, node: Node, scope: Scope, inner: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None and node.type in ("function_declaration", "generator_function_declaration"):
            self._declare(name, "function", scope)
        elif name is not None and node.type in ("function_expression", "generator_function"):
            self._declare(name, "function", inner)
        parameters = node.child_by_field_name("parameters")
        for child in [] if parameters is None else parameters.named_children:
            self._pattern(child, "param", inner)
        self._pattern(node.child_by_field_name("parameter"), "param", inner)

    def _loop(self, node: Node, scope: Scope, function: Scope) -> None:
        kind = text_of(node.child_by_field_name("kind"))
        if kind:
            target = function if kind == "var" else scope
            self._pattern(node.child_by_field_name("left"), kind, target)

    def variables(self, node: Node, scope: Scope, function: Scope) -> None:
        """Declare the names of a declaration."""
        kind = text_of(node.children[0]) if node.children else "let"
        target = function if node.type == "variable_declaration" else scope
        for declarator in node.named_children:
            if declarator.type == "variable_declarator":
                self._pattern(declarator.child_by_field_name("name"), kind, target)

    def named(self, node: Node, scope: Scope, _function: Scope) -> None:
        """Declare a class, an enumeration or the like."""
        name = node.child_by_field_name("name")
        if name is not None:
            self._declare(name, "class", scope)

    def imported(self, node: Node, scope: Scope, _function: Scope) -> None:
        """Declare what an import binds."""
        for part in node.named_children:
            if part.type == "identifier":
                self._declare(part, "import", scope)
            elif part.type == "namespace_import" and part.named_children:
                self._declare(part.named_children[-1], "import", scope)
            elif part.type == "named_imports":
                for specifier in part.named_children:
                    name = specifier.child_by_field_name("name")
                    local = specifier.child_by_field_name("alias") or name
                    if local is not None:
                        self._declare(local, "import", scope)
                    if name is not None:
                        self._declared.add(name.id)

    def exported(self, node: Node, _scope: Scope, _function: Scope) -> None:
        """Pass over the name under which something is exported."""
        alias = node.child_by_field_name("alias")
        if alias is not None:
            self._declared.add(alias.id)

    def _pattern(self, pattern: Node | None, kind: str, scope: Scope) -> None:
        """Declare the names that a pattern binds."""
        stack = [] if pattern is None else [pattern]
        while stack:
            node = stack.pop()
            if node.type in _NAMES:
                self._declare(node, kind, scope)
            elif node.type in _PATTERNS:
                stack.extend(reversed(node.named_children))
            part = _PARTS.get(node.type)
            inner = None if part is None else node.child_by_field_name(part)
            if inner is not None:
                stack.append(inner)

    def _declare(self, node: Node, kind: str, scope: Scope) -> None:
        self._declared.add(node.id)
        name = text_of(node)
        binding = Binding(name=name, kind=kind, node=node)
        earlier = scope.names.get(name)
        if earlier is not None and _clash(earlier.kind, kind, scope.parent is None):
            self._found.clashes.append(Clash(first=earlier, second=binding))
        if earlier is None or kind != "var":
            scope.names[name] = binding


def _clash(first: str, second: str, top: bool) -> bool:
    """Return whether one scope may not hold both declarations of a name."""
    kinds = {first, second}
    if kinds <= {"var", "param"} or (kinds <= {"var", "function", "param"} and not top):
        return False
    return not kinds <= {"param"}


_Declaring = Callable[[_Reader, Node, Scope, Scope], None]

_DECLARING: Final[dict[str, _Declaring]] = {
    "lexical_declaration": _Reader.variables,
    "variable_declaration": _Reader.variables,
    "class_declaration": _Reader.named,
    "abstract_class_declaration": _Reader.named,
    "class": _Reader.named,
    "enum_declaration": _Reader.named,
    "internal_module": _Reader.named,
    "function_signature": _Reader.named,
    "import_clause": _Reader.imported,
    "import_require_clause": _Reader.imported,
    "export_specifier": _Reader.exported,
}


def _is_assigned(node: Node) -> bool:
    """Return whether a use of a name gives it a value."""
    at, parent = node, node.parent
    while parent is not None and (parent.type in _PATTERNS or parent.type in _PARTS):
        at, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in ("assignment_expression", "augmented_assignment_expression", "for_in_statement"):
        return parent.child_by_field_name("left") == at
    return parent.type == "update_expression"


def assignments(binding: Binding) -> Iterator[Use]:
    """Yield the uses of a name that give it a value."""
    return (use for use in binding.uses if use.assigned)
