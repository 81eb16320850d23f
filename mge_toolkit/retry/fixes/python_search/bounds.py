"""Bounds that are off by one, and slices: of ranges, indices, comparisons, arguments and what is returned."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to, quoted
from mge_toolkit.retry.fixes.python_search.program import FunctionNode, Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import FLAG, LIST, MAP, NUMBER, SET, TEXT, Scopes
from mge_toolkit.retry.fixes.python_search.terms import off_by_one, shifted, whole


def changes(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield the changes of bounds in one statement's own expressions."""
    for node in statement.expressions:
        if isinstance(node, ast.Call):
            yield from _called(program, scopes, statement, node)
        elif isinstance(node, ast.Subscript):
            if isinstance(node.slice, ast.Slice):
                yield from _sliced(program, node, node.slice)
            else:
                yield from _indexed(program, scopes, statement, node)
        elif isinstance(node, ast.Compare):
            yield from _compared(program, scopes, statement, node)
        yield from _cut(program, scopes, statement, node)
    yield from _given(program, scopes, statement)


def _called(program: Program, scopes: Scopes, statement: Statement, node: ast.Call) -> Iterator[Change]:
    arguments = [one for one in node.args if not isinstance(one, ast.Starred)]
    if len(arguments) != len(node.args):
        return
    if isinstance(node.func, ast.Name) and node.func.id == "range":
        yield from _ranged(program, node, arguments)
        return
    numeric = isinstance(node.func, ast.Name) and node.func.id in scopes.functions
    for one in arguments:
        number = scopes.kind(one, statement.function) == NUMBER
        if not isinstance(one, ast.Constant) and (number or (numeric and isinstance(one, ast.Name))):
            weight = 0.22 if number else 0.12
            yield off_by_one(program, one, 1, weight)
            yield off_by_one(program, one, -1, weight)


def _ranged(program: Program, node: ast.Call, arguments: list[ast.expr]) -> Iterator[Change]:
    start = program.span(node)[0]
    line = node.lineno
    stop = arguments[0 if len(arguments) == 1 else 1] if arguments else None
    if stop is None:
        return
    backwards = len(arguments) == 3 and (whole(arguments[2]) or 1) < 0
    yield off_by_one(program, stop, 1, 0.6 if backwards else 0.85)
    yield off_by_one(program, stop, -1, 0.85 if backwards else 0.75)
    text = program.source(node)
    if len(arguments) == 1:
        more = shifted(program, stop, 1)[0]
        for new, weight in ((f"1, {program.full(stop)}", 0.35), (f"1, {more}", 0.35)):
            edit = program.edit(*program.outer(stop), new)
            yield Change((edit,), "bounds", weight, line, start, from_to(text, f"range({new})"))
        return
    yield off_by_one(program, arguments[0], 1, 0.5)
    yield off_by_one(program, arguments[0], -1, 0.45)
    if len(arguments) == 2:
        both = (
            off_by_one(program, arguments[0], by, 0).edits + off_by_one(program, stop, by, 0).edits
            for by in (1, -1)
        )
        for edits in both:
            yield Change(edits, "bounds", 0.15, line, start, f"moved {quoted(text)} by one")
        edit = program.edit(program.outer(arguments[0])[0], program.outer(stop)[1], program.full(stop))
        yield Change((edit,), "bounds", 0.2, line, start, f"dropped the start of {quoted(text)}")
    else:
        edit = program.edit(program.outer(stop)[1], program.outer(arguments[2])[1], "")
        yield Change((edit,), "bounds", 0.2, line, start, f"dropped the step of {quoted(text)}")


def _indexed(program: Program, scopes: Scopes, statement: Statement, node: ast.Subscript) -> Iterator[Change]:
    index = node.slice
    if isinstance(index, ast.Tuple) or scopes.kind(node.value, statement.function) == MAP:
        return
    if isinstance(index, ast.Constant) and not isinstance(index.value, int):
        return
    number = whole(index)
    if number is not None:
        for other, weight in _other_indices(number):
            edit = program.replaced(index, str(other))
            said = from_to(program.source(node), f"{program.full(node.value)}[{other}]")
            yield Change((edit,), "index", weight, node.lineno, program.span(index)[0], said)
        return
    yield off_by_one(program, index, -1, 0.5, "index")
    yield off_by_one(program, index, 1, 0.4, "index")
    if isinstance(index, ast.Name | ast.BinOp):
        edit = program.fitted(index, f"-{program.operand(index)}")
        said = from_to(program.source(index), edit.text)
        yield Change((edit,), "index", 0.08, node.lineno, program.span(index)[0], said)


def _other_indices(number: int) -> list[tuple[int, float]]:
    if number == 0:
        return [(1, 0.5), (-1, 0.4), (2, 0.1)]
    if number == -1:
        return [(0, 0.45), (-2, 0.45), (1, 0.1)]
    return [(number - 1, 0.5), (number + 1, 0.4), (-number, 0.15), (0 if number != 1 else -1, 0.2)]


def _sliced(program: Program, node: ast.Subscript, part: ast.Slice) -> Iterator[Change]:
    line, site = node.lineno, program.span(part)[0] if program.span(part) else 0
    lower, upper, step = (
        "" if bound is None else program.full(bound) for bound in (part.lower, part.upper, part.step)
    )
    forms: list[tuple[str, float]] = []
    for bound, other, first in ((part.lower, upper, True), (part.upper, lower, False)):
        if bound is None:
            continue
        for by in (1, -1):
            text = shifted(program, bound, by)[0]
            if whole(bound) != -1 or by < 0:
                forms.append((f"{text}:{other}" if first else f"{other}:{text}", 0.5))
        forms.append((f":{other}" if first else f"{other}:", 0.35))
        if not other:
            forms.append((f":{lower}" if first else f"{upper}:", 0.4))
    tail = f":{step}" if step else ""
    forms = [(f"{text}{tail}", weight) for text, weight in forms]
    if not step:
        if not lower:
            forms += [(f"1:{upper}", 0.2)]
        if not upper:
            forms += [(f"{lower}:-1", 0.2)]
        forms += [(f"{lower}:{upper}:-1", 0.15)]
    else:
        forms += [(f"{lower}:{upper}", 0.4)]
        if whole(part.step) in (-1, 1):
            forms += [(f"{lower}:{upper}:{-(whole(part.step) or 1)}", 0.3)]
        elif part.step is not None:
            forms += [(f"{lower}:{upper}:{shifted(program, part.step, by)[0]}", 0.35) for by in (1, -1)]
            forms += [(f"1:{upper}:{step}", 0.35)] if not lower else []
    old = program.source(part)
    for text, weight in forms:
        edit = program.edit(*program.span(part), text)
        yield Change((edit,), "slice", weight, line, site, from_to(f"[{old}]", f"[{text}]"))


def _compared(program: Program, scopes: Scopes, statement: Statement, node: ast.Compare) -> Iterator[Change]:
    if len(node.ops) != 1:
        return
    op, right = node.ops[0], node.comparators[0]
    if not isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq | ast.NotEq):
        return
    if isinstance(right, ast.Constant) or {
        scopes.kind(side, statement.function) for side in (node.left, right)
    } & {TEXT, LIST, SET, FLAG, MAP}:
        return
    numbers = NUMBER in {scopes.kind(side, statement.function) for side in (node.left, right)}
    for by in (1, -1):
        same = (by == 1 and isinstance(op, ast.Lt | ast.GtE)) or (
            by == -1 and isinstance(op, ast.LtE | ast.Gt)
        )
        weight = (0.3 if numbers else 0.12) * (0.4 if same else 1.0)
        yield off_by_one(program, right, by, weight)


def _cut(program: Program, scopes: Scopes, statement: Statement, node: ast.expr) -> Iterator[Change]:
    """Yield parts of a sequence where all of it is iterated, returned or handed on."""
    parent = program.parents.get(node)
    iterated = (isinstance(parent, ast.For | ast.comprehension) and node is parent.iter) or (
        isinstance(parent, ast.Call)
        and node in parent.args
        and isinstance(parent.func, ast.Name)
        and parent.func.id
        in ("sum", "max", "min", "enumerate", "sorted", "any", "all", "zip", "set", "list", "reversed")
    )
    returned = isinstance(parent, ast.Return | ast.Assign) and node is parent.value
    if not (iterated or returned) or not isinstance(
        node, ast.Name | ast.Attribute | ast.ListComp | ast.Call | ast.Subscript
    ):
        return
    kind = scopes.kind(node, statement.function)
    if kind in (NUMBER, MAP, SET, FLAG) or (isinstance(node, ast.Call) and kind not in (LIST, TEXT)):
        return
    if returned and kind not in (LIST, TEXT):
        return
    scale = 1.0 if kind in (LIST, TEXT) else 0.6
    text = program.full(node)
    parts = [("[1:]", 0.3), ("[:-1]", 0.3), ("[::-1]", 0.25)]
    for variable in scopes.own(statement.function):
        if (
            iterated
            and variable.parameter
            and variable.reads == 0
            and variable.name not in ("self", "cls", text)
        ):
            parts += [(f"[:{variable.name}]", 0.8), (f"[{variable.name}:]", 0.3)]
    for part, weight in parts:
        edit = program.replaced(node, f"{program.source(node)}{part}")
        said = f"took {quoted(f'{text}{part}')}"
        yield Change((edit,), "slice", weight * scale, node.lineno, program.span(node)[0], said)


def _given(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield numbers returned or assigned one too high or too low."""
    node = statement.node
    if isinstance(node, ast.Return | ast.Assign | ast.AugAssign) and node.value is not None:
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        weight = 0.35 if isinstance(node, ast.Return) else 0.3
        for value in values:
            kind = scopes.kind(value, statement.function)
            unclear = kind is None and isinstance(value, ast.BinOp | ast.Name | ast.Call | ast.Subscript)
            if isinstance(value, ast.Constant) or not (kind == NUMBER or unclear):
                continue
            scale = 1.0 if kind == NUMBER else 0.4
            yield off_by_one(program, value, 1, weight * scale)
            yield off_by_one(program, value, -1, weight * scale)


def everywhere(program: Program) -> Iterator[Change]:
    """Yield one change of the same index in every place of a function at once."""
    groups: dict[tuple[FunctionNode | None, str], list[ast.expr]] = defaultdict(list)
    for statement in program.statements:
        for node in statement.expressions:
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.BinOp | ast.Name):
                groups[statement.function, program.source(node)].append(node.slice)
    for (_, text), nodes in groups.items():
        if len(nodes) < 2:
            continue
        for by in (-1, 1):
            every = [off_by_one(program, node, by, 0) for node in nodes]
            edits = tuple(edit for one in every for edit in one.edits)
            said = f"{every[0].said} in every {quoted(text)}"
            yield Change(edits, "index", 0.42, nodes[0].lineno, program.span(nodes[0])[0], said)
