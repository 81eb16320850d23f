"""What the gate needs to know about one Python program, plan's or candidate's: read once, compared often."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from mge_toolkit.retry.gate.literals import key
from mge_toolkit.retry.gate.python.parsing import (
    FUNCTIONS,
    NOTHING,
    FunctionNode,
    constant,
    dotted,
    last_name,
    live,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameters:
    """A function's parameters. ``required`` are those without a default; ``star`` what takes any number."""

    positional: tuple[str, ...]
    named: tuple[str, ...]
    required: frozenset[str]
    star: frozenset[str]


@dataclass(kw_only=True, slots=True)
class Program:
    """One program. Filled once, then only read.

    ``functions`` and ``classes`` are by qualified name (``Class.method``); ``nested`` are the names of functions
    inside functions. ``constants`` are keys; ``names`` are all identifiers, ``uses`` what is reached, by full
    dotted name as the imports say, with its first line. ``calls`` are the names of what is called.
    """

    functions: dict[str, FunctionNode] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    nested: set[str] = field(default_factory=set)
    constants: set[str] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)
    calls: set[str] = field(default_factory=set)
    uses: dict[str, int] = field(default_factory=dict)
    bound: dict[str, int] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)
    tree: ast.Module = field(default_factory=lambda: ast.Module(body=[], type_ignores=[]))


@lru_cache(maxsize=8)
def read(tree: ast.Module) -> Program:
    """Return what there is to know about a program."""
    found = Program(tree=tree)
    _definitions(tree, found)
    nodes = list(live(tree))
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            _import(node, found)
    for node in nodes:
        _take(node, found)
    found.bound = dict(module_bindings(tree))
    return found


def _definitions(tree: ast.Module, found: Program) -> None:
    """Take in functions and classes; a later definition replaces an earlier one, as it does when it runs."""
    stack: list[tuple[ast.AST, str, bool]] = [(tree, "", False)]
    while stack:
        node, prefix, inside = stack.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FUNCTIONS):
                if inside:
                    found.nested.add(child.name)
                else:
                    found.functions[prefix + child.name] = child
                stack.append((child, prefix, True))
            elif isinstance(child, ast.ClassDef):
                if not inside:
                    found.classes[prefix + child.name] = child
                stack.append((child, f"{prefix}{child.name}.", inside))
            elif isinstance(child, ast.Assign) and isinstance(child.value, ast.Lambda) and not inside:
                for target in child.targets:
                    if isinstance(target, ast.Name):
                        found.functions[prefix + target.id] = _named_lambda(target.id, child.value)
            elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                stack.append((child, prefix, inside))


def _named_lambda(name: str, node: ast.Lambda) -> ast.FunctionDef:
    """Return the function that a lambda bound to a name is."""
    body = ast.Return(value=node.body, lineno=node.lineno, col_offset=node.col_offset)
    return ast.FunctionDef(
        name=name,
        args=node.args,
        body=[body],
        decorator_list=[],
        lineno=node.lineno,
        col_offset=node.col_offset,
    )


def _import(node: ast.Import | ast.ImportFrom, found: Program) -> None:
    for alias in node.names:
        if isinstance(node, ast.Import):
            local = alias.asname or alias.name.partition(".")[0]
            found.imported[local] = alias.name if alias.asname else local
        else:
            found.imported[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"


def _take(node: ast.AST, found: Program) -> None:
    """Take in one node's names, constants and uses."""
    if isinstance(node, ast.Name):
        found.names[node.id] += 1
        if isinstance(node.ctx, ast.Load):
            found.uses.setdefault(full_name(found, node.id), node.lineno)
    elif isinstance(node, ast.Attribute):
        found.names[node.attr] += 1
        path = dotted(node)
        found.uses.setdefault(full_name(found, path) if path else f"?.{node.attr}", node.lineno)
    elif isinstance(node, ast.Call):
        name = last_name(node.func)
        found.calls.add(name)
        if name == "getattr" and len(node.args) >= 2:
            path, attribute = dotted(node.args[0]), constant(node.args[1])
            found.uses.setdefault(f"{full_name(found, path or '?')}.{attribute}", node.lineno)
    elif isinstance(node, ast.arg):
        found.names[node.arg] += 1
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            whole = alias.name if isinstance(node, ast.Import) else f"{node.module or ''}.{alias.name}"
            found.uses.setdefault(whole, node.lineno)
    if isinstance(node, ast.Constant | ast.UnaryOp | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.BinOp):
        value = constant(node)
        if value is not NOTHING:
            found.constants.add(key(value))


def full_name(program: Program, path: str) -> str:
    """Return a dotted name with its first part as the imports say: ``e`` is ``os._exit`` after such an import."""
    first, _, rest = path.partition(".")
    origin = program.imported.get(first, first)
    return f"{origin}.{rest}" if rest else origin


def module_bindings(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every name that the program binds in its own namespace, with the line."""
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name, node.lineno
            if not isinstance(node, ast.ClassDef):
                yield from _global_bindings(node)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id, node.lineno
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        stack.extend(ast.iter_child_nodes(node))


def _global_bindings(function: FunctionNode) -> Iterator[tuple[str, int]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            for name in node.names:
                yield name, node.lineno


def parameters(function: FunctionNode) -> Parameters:
    """Return a function's parameters."""
    arguments = function.args
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    named = [a.arg for a in arguments.kwonlyargs]
    without = positional[: len(positional) - len(arguments.defaults)]
    required = {
        *without,
        *(n for n, default in zip(named, arguments.kw_defaults, strict=True) if default is None),
    }
    star = {kind for kind, node in (("*", arguments.vararg), ("**", arguments.kwarg)) if node is not None}
    return Parameters(
        positional=tuple(positional),
        named=tuple(named),
        required=frozenset(required),
        star=frozenset(star),
    )


def body_of(function: FunctionNode) -> list[ast.stmt]:
    """Return a function's statements without its docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (
        function.body[1:]
        if is_docstring and isinstance(getattr(first, "value", None), ast.Constant)
        else function.body
    )
