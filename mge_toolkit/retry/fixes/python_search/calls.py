"""The wrong function or method, arguments in the wrong order, wrappers that are missing or too many."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to, quoted
from mge_toolkit.retry.fixes.python_search.program import Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import LIST, TEXT, Scopes

_FUNCTIONS: Final = {
    "min": {"max": 0.85, "sum": 0.15},
    "max": {"min": 0.85, "sum": 0.2, "len": 0.1},
    "any": {"all": 0.85},
    "all": {"any": 0.85},
    "sum": {"len": 0.25, "max": 0.25, "min": 0.1},
    "len": {"sum": 0.25, "max": 0.15},
    "floor": {"ceil": 0.8, "round": 0.4},
    "ceil": {"floor": 0.8, "round": 0.4},
    "round": {"int": 0.35, "abs": 0.1},
    "int": {"round": 0.4, "float": 0.2, "str": 0.15},
    "float": {"int": 0.3},
    "str": {"int": 0.2, "repr": 0.1},
    "list": {"set": 0.2, "sorted": 0.35},
    "set": {"list": 0.3, "sorted": 0.15},
    "sorted": {"reversed": 0.1, "list": 0.3, "set": 0.1},
    "reversed": {"sorted": 0.3},
    "ord": {"chr": 0.3, "int": 0.15},
    "chr": {"ord": 0.3, "str": 0.15},
    "bin": {"hex": 0.2, "oct": 0.1},
    "zip": {"zip_longest": 0.1},
    "heappop": {"heappush": 0.1},
    "bisect_left": {"bisect_right": 0.8},
    "bisect_right": {"bisect_left": 0.8},
    "bisect": {"bisect_left": 0.7},
    "permutations": {"combinations": 0.6},
    "combinations": {"permutations": 0.5, "combinations_with_replacement": 0.4},
    "gcd": {"lcm": 0.4},
    "lcm": {"gcd": 0.4},
    "filter": {"map": 0.1},
}
_METHODS: Final = {
    "append": {"extend": 0.5, "add": 0.1, "appendleft": 0.1},
    "extend": {"append": 0.6},
    "add": {"update": 0.2, "discard": 0.2, "append": 0.15},
    "update": {"add": 0.3},
    "upper": {"lower": 0.8, "swapcase": 0.4, "title": 0.2, "capitalize": 0.2},
    "lower": {"upper": 0.8, "swapcase": 0.45, "title": 0.15},
    "swapcase": {"lower": 0.4, "upper": 0.4},
    "title": {"capitalize": 0.5, "upper": 0.4},
    "capitalize": {"title": 0.5, "upper": 0.4},
    "startswith": {"endswith": 0.85},
    "endswith": {"startswith": 0.85},
    "strip": {"lstrip": 0.4, "rstrip": 0.4},
    "lstrip": {"rstrip": 0.6, "strip": 0.5},
    "rstrip": {"lstrip": 0.6, "strip": 0.5},
    "isalpha": {"isdigit": 0.5, "isalnum": 0.5, "isupper": 0.2, "islower": 0.2},
    "isdigit": {"isalpha": 0.5, "isalnum": 0.4, "isnumeric": 0.1},
    "isalnum": {"isalpha": 0.6, "isdigit": 0.5},
    "isupper": {"islower": 0.85},
    "islower": {"isupper": 0.85},
    "isspace": {"isalnum": 0.2, "isalpha": 0.2},
    "find": {"rfind": 0.6, "index": 0.2, "count": 0.2},
    "rfind": {"find": 0.6},
    "index": {"rindex": 0.3, "find": 0.3, "count": 0.2},
    "rindex": {"index": 0.5},
    "count": {"find": 0.2, "index": 0.1},
    "split": {"splitlines": 0.2, "rsplit": 0.1},
    "keys": {"values": 0.6, "items": 0.6},
    "values": {"keys": 0.6, "items": 0.5},
    "items": {"keys": 0.3, "values": 0.3},
    "pop": {"popleft": 0.4, "remove": 0.2},
    "popleft": {"pop": 0.5},
    "appendleft": {"append": 0.5},
    "insert": {"append": 0.2},
    "remove": {"discard": 0.3, "pop": 0.3, "popleft": 0.15},
    "discard": {"add": 0.2, "remove": 0.2},
    "union": {"intersection": 0.6, "difference": 0.4},
    "intersection": {"union": 0.6, "difference": 0.4},
    "difference": {"union": 0.3, "intersection": 0.4, "symmetric_difference": 0.4},
    "floor": {"ceil": 0.8},
    "ceil": {"floor": 0.8},
    "left": {"right": 0.8},
    "right": {"left": 0.8},
    "prev": {"next": 0.6},
    "next": {"prev": 0.4},
    "sort": {"reverse": 0.2},
    "reverse": {"sort": 0.3},
    "encode": {"decode": 0.5},
    "decode": {"encode": 0.5},
    "real": {"imag": 0.3},
    "heappush": {"heappop": 0.1},
    "heappop": {"heappush": 0.1},
    "combinations": {"permutations": 0.5},
    "permutations": {"combinations": 0.5},
    "bisect_left": {"bisect_right": 0.8},
    "bisect_right": {"bisect_left": 0.8},
}
_SYMMETRIC: Final = frozenset(
    ("min", "max", "print", "gcd", "lcm", "range", "zip", "abs", "sum", "isinstance")
)
_ORDERING: Final = frozenset(("sorted", "sort"))
_PURE: Final = frozenset(
    (
        *("abs", "int", "float", "str", "round", "len", "sum", "max", "min", "set", "list", "sorted"),
        *("reversed", "tuple", "bool", "ord", "floor", "ceil", "sqrt", "chr", "bin"),
    )
)
_PURE_METHODS: Final = frozenset(
    (
        *("lower", "upper", "strip", "lstrip", "rstrip", "swapcase", "title", "capitalize", "copy"),
        *("split", "isalpha", "isdigit", "keys", "values"),
    )
)


def changes(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield the changes of calls in one statement's own expressions."""
    for node in statement.expressions:
        if isinstance(node, ast.Call):
            yield from _other_function(program, node)
            yield from _arguments(program, scopes, node)
            yield from _ordering(program, node)
            yield from _unwrapped(program, node)
            yield from _misused(program, scopes, statement, node)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield from _attribute(program, node)
        elif isinstance(node, ast.Subscript):
            yield from _indexed(program, scopes, node)


def _other_function(program: Program, node: ast.Call) -> Iterator[Change]:
    func = node.func
    if isinstance(func, ast.Name):
        start, end = program.span(func)
        name, others = func.id, _FUNCTIONS.get(func.id, {})
    elif isinstance(func, ast.Attribute):
        end = program.span(func)[1]
        start, name = end - len(func.attr), func.attr
        others = _METHODS.get(name, {})
        if program.code[start:end] != name:
            return
    else:
        return
    for other, weight in others.items():
        edit = program.edit(start, end, other)
        said = from_to(name, other)
        yield Change((edit,), "function", weight, node.lineno, start, said, name, other)


def _attribute(program: Program, node: ast.Attribute) -> Iterator[Change]:
    """Yield the other of a pair of attributes, and the call of a method that is only named."""
    parent = program.parents.get(node)
    if isinstance(parent, ast.Call) and node is parent.func:
        return
    end = program.span(node)[1]
    start = end - len(node.attr)
    for other, weight in _METHODS.get(node.attr, {}).items():
        if node.attr in ("left", "right", "prev", "next", "real"):
            edit = program.edit(start, end, other)
            yield Change((edit,), "function", weight, node.lineno, start, from_to(node.attr, other))
    if node.attr in _METHODS and node.attr not in ("left", "right", "prev", "next", "real"):
        edit = program.edit(end, end, "()")
        text = program.source(node)
        yield Change((edit,), "uncalled", 0.6, node.lineno, start, f"called {quoted(text)}")


def _arguments(program: Program, scopes: Scopes, node: ast.Call) -> Iterator[Change]:
    """Yield arguments in another order, and calls without one that a built-in does not need."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    site, line, text = program.span(node)[0], node.lineno, program.source(node)
    if any(isinstance(one, ast.Starred) for one in node.args):
        return
    if name not in _SYMMETRIC:
        weight = 0.5 if len(node.args) == 2 else 0.3
        for one, two in zip(node.args, node.args[1:], strict=False):
            edits = (
                program.edit(*program.outer(one), program.full(two)),
                program.edit(*program.outer(two), program.full(one)),
            )
            if program.source(one) != program.source(two):
                yield Change(edits, "swap", weight, line, site, f"swapped the arguments of {quoted(text)}")
    if name in ("pop", "split", "strip", "round", "get") and node.args and not node.keywords:
        last = node.args[-1]
        start = program.outer(node.args[-2])[1] if len(node.args) > 1 else program.outer(last)[0]
        edit = program.edit(start, program.outer(last)[1], "")
        said = f"dropped the last argument of {quoted(text)}"
        yield Change((edit,), "excess", 0.2, line, site, said)
    if name == "pop" and not node.args:
        edit = program.edit(program.span(node)[1] - 1, program.span(node)[1] - 1, "0")
        yield Change((edit,), "index", 0.4, line, site, from_to(text, f"{text[:-1]}0)"))
    if name == "join" and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
        inner = node.args[0]
        if not isinstance(inner, ast.GeneratorExp):
            edit = program.replaced(inner, f"map(str, {program.full(inner)})")
            yield Change((edit,), "conversion", 0.3, line, site, "made text of what is joined")


def _ordering(program: Program, node: ast.Call) -> Iterator[Change]:
    """Yield sorting in reverse, by a key, or without one."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name not in (*_ORDERING, "max", "min"):
        return
    site, line = program.span(node)[0], node.lineno
    given = {keyword.arg: keyword for keyword in node.keywords}
    end = program.span(node)[1] - 1
    if isinstance(node.args[0] if node.args else None, ast.GeneratorExp) and len(node.args) == 1:
        return
    lead = ", " if node.args or node.keywords else ""
    if name in _ORDERING and "reverse" not in given:
        edit = program.edit(end, end, f"{lead}reverse=True")
        yield Change((edit,), "ordering", 0.45, line, site, "sorted in reverse", "", "reverse=True")
    if "key" not in given and len(node.args) == (0 if name == "sort" else 1):
        for key, weight in (("len", 0.2), ("abs", 0.1), ("str", 0.06)):
            edit = program.edit(end, end, f"{lead}key={key}")
            yield Change((edit,), "ordering", weight, line, site, f"ordered by {key}")
    for keyword in node.keywords:
        last = [program.outer(one)[1] for one in node.args]
        last += [
            program.span(one)[1] for one in node.keywords if program.span(one)[1] < program.span(keyword)[0]
        ]
        if last:
            edit = program.edit(max(last), program.span(keyword)[1], "")
            said = f"dropped {quoted(program.source(keyword))}"
            yield Change((edit,), "excess", 0.25, line, site, said)


def _unwrapped(program: Program, node: ast.Call) -> Iterator[Change]:
    """Yield what is wrapped in a function or method that only changes its form."""
    inner: ast.expr | None = None
    if isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        inner = node.args[0] if node.func.id in _PURE else None
    elif isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        inner = node.func.value if node.func.attr in _PURE_METHODS else None
    if inner is None or isinstance(inner, ast.Starred | ast.GeneratorExp):
        return
    loose = isinstance(inner, ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda)
    text = program.full(inner)
    plain = isinstance(inner, ast.Name | ast.Call | ast.Subscript | ast.Attribute | ast.Constant)
    edit = program.replaced(node, text) if plain else program.fitted(node, text, loose=loose)
    yield Change(
        (edit,), "unwrap", 0.3, node.lineno, program.span(node)[0], from_to(program.source(node), edit.text)
    )


def _misused(program: Program, scopes: Scopes, statement: Statement, node: ast.Call) -> Iterator[Change]:
    """Yield an index for the call of what is no function, and an argument that the call lacks."""
    if isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        found = scopes.find(node.func.id, statement.function)
        if found is not None and found.kind in (LIST, TEXT, "map"):
            end = program.span(node)[1]
            start = program.skip(program.span(node.func)[1])
            edits = (program.edit(start, start + 1, "["), program.edit(end - 1, end, "]"))
            said = f"took an item of '{node.func.id}' where it was called"
            yield Change(edits, "uncalled", 0.6, node.lineno, start, said)
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    target = scopes.functions.get(name)
    if target is None or node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
        return
    wanted = [one.arg for one in (*target.args.posonlyargs, *target.args.args)]
    if isinstance(node.func, ast.Attribute) and wanted[:1] == ["self"]:
        wanted = wanted[1:]
    if len(node.args) + len(target.args.defaults) + 1 != len(wanted):
        return
    names = {one.name for one in scopes.visible(statement.function, node.lineno)}
    for index in range(len(wanted)):
        if index <= len(node.args) and wanted[index] in names:
            texts = [program.full(one) for one in node.args]
            texts.insert(index, wanted[index])
            new = f"{program.source(node.func)}({', '.join(texts)})"
            said = f"gave '{wanted[index]}' to '{name}', which lacked an argument"
            yield Change(
                (program.replaced(node, new),), "argument", 0.5, node.lineno, program.span(node)[0], said
            )


def _indexed(program: Program, scopes: Scopes, node: ast.Subscript) -> Iterator[Change]:
    """Yield a call for an item of what is a function, and the whole for an item of it."""
    start, end = program.span(node)
    site = program.span(node.value)[1]
    text = program.source(node)
    if isinstance(node.value, ast.Name) and node.value.id in scopes.functions:
        opening = program.skip(site)
        edits = (program.edit(opening, opening + 1, "("), program.edit(end - 1, end, ")"))
        yield Change(edits, "uncalled", 0.6, node.lineno, start, f"called '{node.value.id}'")
    if isinstance(node.ctx, ast.Load):
        weight = 0.35 if isinstance(node.slice, ast.Slice) else 0.2
        whole = program.full(node.value)
        edit = program.replaced(node, whole)
        yield Change((edit,), "unwrap", weight, node.lineno, site, from_to(text, whole))
        if not isinstance(node.slice, ast.Slice | ast.Tuple):
            inner = program.full(node.slice)
            loose = not isinstance(node.slice, ast.Name | ast.Constant | ast.BinOp | ast.Call)
            edit = program.fitted(node, inner, loose=loose)
            yield Change((edit,), "unwrap", 0.15, node.lineno, site, from_to(text, inner))
            if node.slice is not None and isinstance(node.slice, ast.UnaryOp):
                for name in ("sum", "max", "min"):
                    edit = program.replaced(node, f"{name}({whole})")
                    yield Change((edit,), "wrap", 0.12, node.lineno, site, from_to(text, edit.text))
