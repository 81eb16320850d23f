"""Reads the calls off a Python check, and writes a check that makes others and tells what comes of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_parsing import parse
from mge_toolkit.retry.probing.variations import Call

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_LONGEST: Final = 2_000

_TELLING: Final = """
def __tell(number, call):
    import copy, sys
    def plain(value):
        return sorted(map(repr, value)) if isinstance(value, (set, frozenset)) else value
    try:
        text = repr(plain(call()))[:{longest}]
    except Exception:
        return
    if " at 0x" not in text:
        sys.stdout.write(f"\\n{mark}{{number}} {{text!a}}\\n")
        sys.stdout.flush()
"""


def calls_in(check: str, code: str) -> list[Call]:
    """Return the calls of the code's own functions that a check makes with constants, in order, each once."""
    tree, program = parse(check), parse(code)
    if tree is None or program is None:
        return []
    own = {node.name for node in program.body if isinstance(node, (*_FUNCTIONS, ast.ClassDef))}
    own |= {
        target.id
        for node in program.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    meaning = _meanings(tree, own)
    calls: dict[str, Call] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (call := _call(node, meaning)) is not None:
            calls.setdefault(repr(call), call)
    return list(calls.values())


def asking(check: str, calls: Sequence[Call], mark: str) -> str:
    """Return ``check`` with ``calls`` behind it, the outcomes of which are written to standard output."""
    lines = [
        f"__tell({number}, lambda: {call.callee}({', '.join(_arguments(call))}))"
        for number, call in enumerate(calls)
    ]
    return "\n".join((check, _TELLING.format(longest=_LONGEST, mark=mark), *lines, ""))


def _arguments(call: Call) -> Iterator[str]:
    count = len(call.arguments) - len(call.names)
    for place, value in enumerate(call.arguments):
        yield repr(value) if place < count else f"{call.names[place - count]}={value!r}"


def _meanings(tree: ast.Module, own: set[str]) -> dict[str, str]:
    """Return the names that stand for something of the program's own at the check's end, with what they stand for.

    They are its functions and classes, what the check makes of those, and parameters that are given them.
    """
    found = {name: name for name in own}
    for node in tree.body:
        if isinstance(node, ast.Assign) and _root(node.value) in found:
            found.update({target.id: target.id for target in node.targets if isinstance(target, ast.Name)})
    functions = {node.name: node for node in tree.body if isinstance(node, _FUNCTIONS)}
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        function = functions.get(call.func.id)
        for parameter, argument in zip(
            [] if function is None else function.args.args, call.args, strict=False
        ):
            if isinstance(argument, ast.Name) and argument.id in found:
                found[parameter.arg] = found[argument.id]
    return found


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _call(node: ast.Call, meaning: dict[str, str]) -> Call | None:
    root = _root(node.func)
    if root not in meaning or not (node.args or node.keywords):
        return None
    names = tuple(keyword.arg or "" for keyword in node.keywords)
    try:
        values = tuple(map(ast.literal_eval, (*node.args, *(keyword.value for keyword in node.keywords))))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    callee = ast.unparse(node.func)
    if "" in names or not callee.startswith(root):
        return None
    return Call(callee=meaning[root] + callee[len(root) :], arguments=values, names=names)
