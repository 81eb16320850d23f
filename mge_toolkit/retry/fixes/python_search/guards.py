"""Guards that are missing: for nothing, for zero, for an absent key, for the smallest input; mutable defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from mge_toolkit.retry.fixes.python_search.blocks import first_of, line_before
from mge_toolkit.retry.fixes.python_search.changes import Change, from_to, quoted
from mge_toolkit.retry.fixes.python_search.program import FUNCTIONS, FunctionNode, Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import LIST, MAP, NUMBER, SET, TEXT, Scopes

_EMPTY: Mapping[str | None, str] = {
    LIST: "[]",
    TEXT: "''",
    NUMBER: "0",
    MAP: "{}",
    SET: "set()",
    "flag": "False",
}


def changes(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield the guards that one statement, or the function that it defines, may lack."""
    if isinstance(statement.node, FUNCTIONS):
        yield from _base_cases(program, scopes, statement.node)
        yield from _defaults(program, statement.node)
    if isinstance(statement.node, ast.AugAssign):
        yield from _counted(program, statement.node)
    for node in statement.expressions:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            yield from _divided(program, scopes, statement, node)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield from _looked_up(program, scopes, statement, node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from _nothing(program, scopes, statement, node)
        elif isinstance(node, ast.Compare):
            yield from _bounded(program, scopes, statement, node)


def _returned(program: Program, scopes: Scopes, function: FunctionNode) -> list[str]:
    """Return what a guard may return: what the function returns elsewhere, or the empty value of that kind."""
    found: dict[str, float] = {}
    for one in program.statements:
        node = one.node
        if one.function is not function or not isinstance(node, ast.Return) or node.value is None:
            continue
        if isinstance(node.value, ast.Constant):
            value = node.value.value
            found[program.source(node.value)] = 1.0
            if isinstance(value, bool):
                found.setdefault(str(not value), 0.9)
        kind = scopes.kind(node.value, function)
        if kind in _EMPTY:
            found.setdefault(_EMPTY[kind], 0.8)
        if kind == NUMBER:
            found.setdefault("1", 0.6)
    if len(found) < 2:
        for text, score in (("None", 0.4), ("0", 0.35), ("[]", 0.3)):
            found.setdefault(text, score)
    return sorted(found, key=lambda text: -found[text])[:4]


def _base_cases(program: Program, scopes: Scopes, node: FunctionNode) -> Iterator[Change]:
    """Yield a first statement that answers for the smallest input."""
    first = first_of(program, node).node
    recursive = next(_own_calls(node), None) is not None
    family = "base_case" if recursive else "guard"
    values = _returned(program, scopes, node)
    parameters = [one for one in scopes.own(node) if one.parameter and one.name not in ("self", "cls")]
    for variable in parameters[:3]:
        name = variable.name
        forms: list[tuple[str, str, float]] = []
        counted = recursive and _counts_down(node, name)
        if counted:
            start = _start(node)
            ends = (start, name) if start == "1" else (name, start)
            forms += [(f"{name} == 0", start, 0.24), *((f"{name} <= 1", end, 0.2) for end in ends)]
        elif variable.kind in (LIST, TEXT, MAP, SET, None):
            forms += [(f"not {name}", value, 0.22) for value in values]
        if variable.kind in (NUMBER, None):
            forms += [(f"{name} == 0", value, 0.15) for value in values[:2]]
            forms += [(f"{name} <= 1", value, 0.15) for value in (name, "1", values[0])]
            forms += [(f"{name} < 0", values[0], 0.05)]
        if variable.kind in (LIST, TEXT):
            forms += [(f"len({name}) == 1", f"{name}[0]", 0.05), (f"len({name}) <= 1", name, 0.1)]
        for rank, (test, value, weight) in enumerate(forms):
            edit = line_before(program, first, f"if {test}:\n{program.step}return {value}")
            if edit is not None:
                scale = (1.0 if recursive else 0.5) * 0.92**rank
                said = f"added the guard 'if {test}: return {value}'"
                yield Change((edit,), family, weight * scale, first.lineno, edit.start, said)
        yield from _none(program, first, name, values)


def _none(program: Program, first: ast.stmt, name: str, values: list[str]) -> Iterator[Change]:
    """Yield a first statement that answers for ``None``."""
    for rank, value in enumerate(values[:3]):
        edit = line_before(program, first, f"if {name} is None:\n{program.step}return {value}")
        if edit is not None:
            said = f"added the guard 'if {name} is None: return {value}'"
            yield Change((edit,), "none", 0.03 * 0.9**rank, first.lineno, edit.start, said)


def _own_calls(node: FunctionNode) -> Iterator[ast.Call]:
    for one in ast.walk(node):
        called = getattr(one, "func", None)
        if isinstance(one, ast.Call) and node.name in (
            getattr(called, "id", None),
            getattr(called, "attr", None),
        ):
            yield one


def _counts_down(node: FunctionNode, name: str) -> bool:
    """Return whether a function calls itself with less of a number."""
    return any(
        isinstance(argument, ast.BinOp)
        and isinstance(argument.op, ast.Sub | ast.FloorDiv)
        and getattr(argument.left, "id", None) == name
        for call in _own_calls(node)
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
    )


def _start(node: FunctionNode) -> str:
    """Return the number that changes nothing in what a function makes of its own outcome."""
    calls = set(_own_calls(node))
    multiplied = any(
        isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult) and {one.left, one.right} & calls
        for one in ast.walk(node)
    )
    return "1" if multiplied else "0"


def _defaults(program: Program, node: FunctionNode) -> Iterator[Change]:
    """Yield a default that is made anew by every call."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    count = len(node.args.defaults)
    pairs = list(zip(arguments[len(arguments) - count :], node.args.defaults, strict=True))
    pairs += [
        (a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None
    ]
    first = first_of(program, node).node
    for argument, default in pairs:
        empty = isinstance(default, ast.List | ast.Dict | ast.Set) or (
            isinstance(default, ast.Call) and isinstance(default.func, ast.Name) and not default.args
        )
        if not empty:
            continue
        name, text = argument.arg, program.source(default)
        edit = line_before(program, first, f"if {name} is None:\n{program.step}{name} = {text}")
        if edit is not None:
            said = f"made the default of '{name}' anew in every call"
            edits = (program.replaced(default, "None"), edit)
            yield Change(edits, "default", 0.5, default.lineno, program.span(default)[0], said)


def _counted(program: Program, node: ast.AugAssign) -> Iterator[Change]:
    """Yield a first value for a key that is not there yet."""
    target = node.target
    if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Slice):
        return
    start = program.span(target)[1]
    value_start = program.outer(node.value)[0]
    word = program.code[start:value_start].strip()
    if not word.endswith("="):
        return
    mapping, key = program.full(target.value), program.full(target.slice)
    new = f" = {mapping}.get({key}, 0) {word[:-1]} "
    said = f"took 0 for a key that {quoted(mapping)} lacks"
    yield Change((program.edit(start, value_start, new),), "lookup", 0.25, node.lineno, start, said)


def _divided(program: Program, scopes: Scopes, statement: Statement, node: ast.BinOp) -> Iterator[Change]:
    if isinstance(node.right, ast.Constant) or scopes.kind(node.left, statement.function) == TEXT:
        return
    divisor = program.operand(node.right)
    text = program.source(node)
    start = program.span(node)[0]
    edit = program.fitted(node, f"{text} if {divisor} else 0", loose=True)
    if program.outer(node) == program.span(node) and isinstance(program.parents.get(node), ast.IfExp):
        edit = program.replaced(node, f"({text} if {divisor} else 0)")
    said = f"took 0 where {quoted(divisor)} is zero"
    yield Change((edit,), "zero", 0.12, node.lineno, start, said)


def _looked_up(
    program: Program, scopes: Scopes, statement: Statement, node: ast.Subscript
) -> Iterator[Change]:
    """Yield a lookup that does not fail where the key is missing."""
    if isinstance(node.slice, ast.Slice | ast.Tuple | ast.Constant | ast.UnaryOp | ast.BinOp):
        return
    kind = scopes.kind(node.value, statement.function)
    if kind not in (MAP, None) or isinstance(program.parents.get(node), ast.Subscript):
        return
    scale = 1.0 if kind == MAP else 0.3
    mapping, key = program.operand(node.value), program.full(node.slice)
    for tail, weight in ((", 0", 0.2), ("", 0.15), (", []", 0.06), (", ''", 0.04), (f", {key}", 0.06)):
        edit = program.replaced(node, f"{mapping}.get({key}{tail})")
        said = from_to(program.source(node), edit.text)
        yield Change((edit,), "lookup", weight * scale, node.lineno, program.span(node)[0], said)


def _nothing(program: Program, scopes: Scopes, statement: Statement, node: ast.Name) -> Iterator[Change]:
    """Yield an empty value in the place of ``None``."""
    parent = program.parents.get(node)
    found = scopes.find(node.id, statement.function)
    used = isinstance(parent, ast.For | ast.comprehension | ast.BinOp | ast.Subscript | ast.Attribute) or (
        isinstance(parent, ast.Call) and node in parent.args
    )
    if not used or found is None or found.loop or "function" in found.kinds:
        return
    empty = {LIST: ("[]",), TEXT: ("''",), NUMBER: ("0",), MAP: ("{}",)}.get(found.kind or "", ("[]", "0"))
    for text in empty:
        edit = program.replaced(node, f"({node.id} or {text})")
        said = f"took {text} where '{node.id}' is empty or None"
        yield Change((edit,), "none", 0.02, node.lineno, program.span(node)[0], said)


def _bounded(program: Program, scopes: Scopes, statement: Statement, node: ast.Compare) -> Iterator[Change]:
    """Yield a comparison of an item that is made only where there is one."""
    operands = [node.left, *node.comparators]
    for one in operands:
        if not isinstance(one, ast.Subscript) or isinstance(one.slice, ast.Slice):
            continue
        if scopes.kind(one.value, statement.function) == MAP:
            continue
        sequence, index = program.full(one.value), program.full(one.slice)
        simple = isinstance(one.slice, ast.Constant | ast.UnaryOp)
        test = sequence if simple else f"{index} < len({sequence})"
        edit = program.fitted(node, f"{test} and {program.full(node)}", loose=True)
        said = f"compared only where {quoted(test)}"
        yield Change((edit,), "bounded", 0.1, node.lineno, program.span(node)[0], said)
