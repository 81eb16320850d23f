"""What the gate needs to know about one JavaScript or TypeScript program, read in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.gate.javascript.syntax import (
    FUNCTIONS,
    NOTHING,
    constant,
    dotted,
    line_of,
    live,
    parsed,
    text_of,
    truth_of,
    unwrapped,
)
from mge_toolkit.retry.gate.literals import key

_CLASSES: Final = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_CONSTANTS: Final = frozenset({"number", "string", "template_string", "array", "object", "unary_expression"})
_ASSERTING: Final = frozenset(
    {"assert", "ok", "equal", "strictEqual", "deepEqual", "deepStrictEqual", "invariant"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function that has a name. ``parameters`` are texts without types and defaults."""

    node: Node
    parameters: tuple[str, ...]
    optional: frozenset[str]

    @property
    def body(self) -> Node | None:
        """Return the block, or the expression of an arrow function."""
        return self.node.child_by_field_name("body")


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """An assertion or a throw; ``shape`` is its text without spaces."""

    what: str
    shape: str
    line: int


@dataclass(kw_only=True, slots=True)
class Script:
    """One program. Filled once, then only read. The fields mean what they mean for Python."""

    root: Node
    functions: dict[str, Function] = field(default_factory=dict)
    nested: set[str] = field(default_factory=set)
    classes: dict[str, Node] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)
    calls: set[str] = field(default_factory=set)
    uses: dict[str, int] = field(default_factory=dict)
    stores: dict[str, int] = field(default_factory=dict)
    bound: dict[str, int] = field(default_factory=dict)
    demands: list[Demand] = field(default_factory=list)
    swallowing: list[tuple[int, str]] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)


@lru_cache(maxsize=8)
def read(text: str, typescript: bool) -> Script:
    """Return what there is to know about a program."""
    found = Script(root=parsed(text, typescript))
    _definitions(found.root, found)
    for node in live(found.root):
        _take(node, found)
    return found


def _definitions(root: Node, found: Script) -> None:
    """Take in named functions and classes, wherever they stand."""
    stack: list[tuple[Node, str, bool]] = [(root, "", False)]
    while stack:
        node, prefix, inside = stack.pop()
        name, function = _named_function(node)
        if function is not None and name:
            if inside:
                found.nested.add(name)
            else:
                found.functions[prefix + name] = _function(function)
        if not inside and (local := _bound_name(node)):
            found.bound.setdefault(local, line_of(node))
        if node.type in _CLASSES and not inside and (name := text_of(node.child_by_field_name("name"))):
            found.classes[prefix + name] = node
            prefix = f"{prefix}{name}."
        inside = inside or node.type in FUNCTIONS
        stack.extend((child, prefix, inside) for child in node.named_children)


def _bound_name(node: Node) -> str:
    if node.type in ("variable_declarator", "function_declaration", "class_declaration", "import_specifier"):
        return text_of(node.child_by_field_name("alias") or node.child_by_field_name("name"))
    return ""


def _named_function(node: Node) -> tuple[str, Node | None]:
    """Return the name and the function where ``node`` gives a name to one."""
    if node.type in ("function_declaration", "generator_function_declaration", "method_definition"):
        return text_of(node.child_by_field_name("name")), node
    if node.type in ("variable_declarator", "assignment_expression", "pair", "public_field_definition"):
        value = unwrapped(node.child_by_field_name("value") or node.child_by_field_name("right"))
        name = next(
            (n for f in ("name", "left", "key") if (n := node.child_by_field_name(f)) is not None), None
        )
        if value is not None and value.type in FUNCTIONS:
            return text_of(name).removeprefix("module.").removeprefix("exports."), value
    return "", None


def _function(node: Node) -> Function:
    names: list[str] = []
    optional: set[str] = set()
    single = node.child_by_field_name("parameter")
    group = node.child_by_field_name("parameters")
    for part in [single] if single is not None else group.named_children if group is not None else []:
        if part.type == "comment":
            continue
        pattern = part.child_by_field_name("pattern") or part.child_by_field_name("left") or part
        name = text_of(pattern)
        if name == "this":
            continue
        names.append(name)
        has_default = part.child_by_field_name("value") is not None or part.type == "assignment_pattern"
        if has_default or part.type in ("optional_parameter", "rest_pattern") or name.startswith("..."):
            optional.add(name)
    return Function(node=node, parameters=tuple(names), optional=frozenset(optional))


def _take(node: Node, found: Script) -> None:
    """Take in one node's names, constants and uses."""
    kind, line = node.type, line_of(node)
    if kind in ("identifier", "property_identifier", "shorthand_property_identifier"):
        name = text_of(node)
        found.names[name] += 1
        if kind == "identifier":
            found.uses.setdefault(name, line)
        else:
            found.uses.setdefault(f"?.{name}", line)
    elif kind in ("member_expression", "subscript_expression"):
        path = dotted(node)
        if path is not None:
            found.uses.setdefault(path.removeprefix("globalThis."), line)
    elif kind in ("call_expression", "new_expression"):
        _call(node, found)
    elif kind in ("assignment_expression", "augmented_assignment_expression"):
        path = dotted(node.child_by_field_name("left"))
        if path is not None:
            found.stores.setdefault(path, line)
    elif kind == "throw_statement":
        found.demands.append(Demand(what="a throw", shape="", line=line))
    elif kind == "try_statement":
        found.swallowing.extend(_swallowing(node))
    elif kind in ("import_statement", "comment"):
        text = text_of(node)
        (found.comments.append((line, text)) if kind == "comment" else _import(node, found))
    if kind in _CONSTANTS:
        value = constant(node)
        if value is not NOTHING:
            found.constants.add(key(value))


def _import(node: Node, found: Script) -> None:
    module = constant(node.child_by_field_name("source"))
    if isinstance(module, str):
        found.uses.setdefault(f"import {module.removeprefix('node:')}", line_of(node))


def _call(node: Node, found: Script) -> None:
    callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    path = dotted(callee) or text_of(callee)[-40:]
    name = path.rpartition(".")[2]
    found.calls.add(name)
    group = node.child_by_field_name("arguments")
    arguments = [] if group is None else group.named_children
    line = line_of(node)
    if name in ("require", "import", "getBuiltinModule") and arguments:
        module = constant(arguments[0])
        found.uses.setdefault(f"import {str(module).removeprefix('node:')}", line)
    is_assertion = path.partition(".")[0] in ("assert", "console") and name in _ASSERTING
    if (is_assertion or path == "assert") and arguments and not _is_vacuous(name, arguments):
        shape = "".join(text_of(group).split())
        found.demands.append(Demand(what="the assertion", shape=f"{path}{shape}", line=line))
    if name == "catch" and arguments and _swallows(arguments[0].child_by_field_name("body") or arguments[0]):
        found.swallowing.append((line, "swallows every rejection"))


def _is_vacuous(name: str, arguments: list[Node]) -> bool:
    if name in ("assert", "ok", "invariant") or len(arguments) < 2:
        return truth_of(arguments[0]) is True
    return text_of(arguments[0]) == text_of(arguments[1])


def _swallowing(node: Node) -> Iterator[tuple[int, str]]:
    handler, last = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
    if handler is not None and _swallows(handler.child_by_field_name("body")):
        yield line_of(handler), "swallows every exception"
    body = None if last is None else last.child_by_field_name("body")
    for child in [] if body is None else body.named_children:
        if child.type in ("return_statement", "break_statement", "continue_statement"):
            yield line_of(child), "swallows every exception by leaving 'finally'"


def _swallows(body: Node | None) -> bool:
    """Return whether a handler never throws again: what it returns instead does not matter."""
    if body is None:
        return False
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type == "throw_statement" or text_of(node.child_by_field_name("function")).startswith(
            "Promise.rej"
        ):
            return False
        if node.type not in FUNCTIONS:
            stack.extend(node.named_children)
    return True
