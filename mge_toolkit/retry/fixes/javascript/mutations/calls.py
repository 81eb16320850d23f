"""Wrong, missing and superfluous calls of what the runtime offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.javascript.mutations.ground import Ground, Mutation, put, wrapped
from mge_toolkit.retry.fixes.javascript.source.edits import change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import nearest, text_of

_PAIRS: Final[tuple[tuple[str, str, float], ...]] = (
    ("min", "max", 0.25),
    ("floor", "ceil", 0.35),
    ("floor", "round", 0.45),
    ("ceil", "round", 0.5),
    ("floor", "trunc", 0.5),
    ("round", "trunc", 0.6),
    ("ceil", "trunc", 0.6),
    ("sqrt", "cbrt", 0.8),
    ("startsWith", "endsWith", 0.3),
    ("startsWith", "includes", 0.5),
    ("endsWith", "includes", 0.5),
    ("toLowerCase", "toUpperCase", 0.3),
    ("push", "unshift", 0.4),
    ("pop", "shift", 0.35),
    ("slice", "splice", 0.5),
    ("slice", "substring", 0.7),
    ("substring", "substr", 0.55),
    ("slice", "substr", 0.6),
    ("indexOf", "lastIndexOf", 0.4),
    ("some", "every", 0.3),
    ("find", "filter", 0.5),
    ("find", "findIndex", 0.5),
    ("findIndex", "findLastIndex", 0.7),
    ("filter", "map", 0.6),
    ("map", "forEach", 0.5),
    ("map", "flatMap", 0.5),
    ("keys", "values", 0.4),
    ("keys", "entries", 0.6),
    ("values", "entries", 0.5),
    ("padStart", "padEnd", 0.3),
    ("trimStart", "trimEnd", 0.4),
    ("trim", "trimEnd", 0.6),
    ("trim", "trimStart", 0.6),
    ("replace", "replaceAll", 0.3),
    ("add", "delete", 0.6),
    ("reduce", "reduceRight", 0.5),
    ("has", "delete", 0.9),
    ("isInteger", "isFinite", 0.7),
    ("get", "has", 0.7),
    ("concat", "push", 0.6),
    ("sin", "cos", 0.5),
    ("log", "log2", 0.6),
    ("log", "log10", 0.6),
    ("charCodeAt", "charAt", 0.6),
    ("parseInt", "parseFloat", 0.5),
)
_OTHERS: Final[dict[str, list[tuple[str, float]]]] = {}
for _first, _second, _cost in _PAIRS:
    _OTHERS.setdefault(_first, []).append((_second, _cost))
    _OTHERS.setdefault(_second, []).append((_first, _cost))
_APPENDED: Final = (
    (".toLowerCase()", 0.85),
    (".toUpperCase()", 1.05),
    (".trim()", 1.0),
    (".reverse()", 1.05),
)
_CONVERTED: Final = (
    ("Number(", ")", 0.8),
    ("String(", ")", 0.9),
    ("parseInt(", ", 10)", 1.1),
    ("Math.abs(", ")", 0.9),
)
_VALUES: Final = frozenset({"identifier", "subscript_expression", "member_expression", "call_expression"})


def others(ground: Ground) -> Iterator[Mutation]:
    """Yield functions that are easily mistaken for each other."""
    for node in ground.of("call_expression"):
        function = node.child_by_field_name("function")
        if function is None:
            continue
        member = (
            function.child_by_field_name("property") if function.type == "member_expression" else function
        )
        if member is None:
            continue
        for other, cost in _OTHERS.get(text_of(member), ()):
            yield put(member, other, f"put '{other}' in place of '{text_of(member)}'"), cost


def removed(ground: Ground) -> Iterator[Mutation]:
    """Yield calls left out: of a method in a chain, of a function around its argument."""
    for node in ground.of("call_expression"):
        function = node.child_by_field_name("function")
        if function is None or function.type != "member_expression":
            continue
        owner, member = function.child_by_field_name("object"), function.child_by_field_name("property")
        if (
            owner is None
            or owner.type in ("this", "super")
            or text_of(owner) in ("Math", "Object", "console", "JSON")
        ):
            continue
        alone = node.parent is not None and node.parent.type == "expression_statement"
        if not alone:
            note = f"removed the call of '{text_of(member)}'"
            yield change(replacement(owner.end_byte, node.end_byte, "", note)), 0.6


def added(ground: Ground) -> Iterator[Mutation]:
    """Yield methods and conversions that may be missing around a value."""
    seen: set[str] = set()
    for use in ground.scopes.uses:
        node = use.node
        parent = node.parent
        if use.binding is None or use.assigned or node.type != "identifier" or parent is None:
            continue
        if use.binding.kind not in ("param", "let", "const", "var") or parent.type == "call_expression":
            continue
        fresh = use.name not in seen
        seen.add(use.name)
        for text, cost in _APPENDED:
            yield change(insertion(node.end_byte, text, f"added '{text}'")), cost + (0.0 if fresh else 0.15)
    for node in ground.of("binary_expression", "arguments", "return_statement", "variable_declarator"):
        for child in node.named_children:
            if child.type in _VALUES and child != node.child_by_field_name("name"):
                for before, after, cost in _CONVERTED:
                    note = f"added '{before}…)'"
                    yield wrapped(child, before, after, note), cost + 0.1
    for node in ground.of("return_statement"):
        value = node.named_children[0] if node.named_child_count else None
        if value is not None and value.type in _VALUES:
            for text, cost in ((".reverse()", 0.8), (".sort((a, b) => a - b)", 0.9), (".join('')", 0.9)):
                yield change(insertion(value.end_byte, text, f"added '{text}'")), cost
            yield put(value, f"[...new Set({text_of(value)})]", "removed what is there twice"), 1.1


def awaited(ground: Ground) -> Iterator[Mutation]:
    """Yield 'await' before calls in asynchronous functions and at the top level."""
    kinds = ("function_declaration", "arrow_function", "method_definition", "function_expression")
    if b"async" not in ground.program.source and b"Promise" not in ground.program.source:
        return
    for node in ground.of("call_expression"):
        if node.parent is None or node.parent.type in ("await_expression", "member_expression"):
            continue
        function = nearest(node, lambda one: one.type in kinds)
        if function is not None and not any(child.type == "async" for child in function.children):
            continue
        yield change(insertion(node.start_byte, "await ", "added the missing 'await'")), 0.35
