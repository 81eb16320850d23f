"""Wrong operators: comparisons, arithmetic, ``and``/``or``, ``not``, operands in the wrong order or grouping."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to, quoted
from mge_toolkit.retry.fixes.python_search.program import LOOPS, Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import LIST, NUMBER, TEXT, Scopes

COMPARED: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
ARITHMETIC: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_COMPARISONS: Final = {
    "<": {"<=": 0.9, ">": 0.85, ">=": 0.4, "==": 0.35, "!=": 0.2},
    "<=": {"<": 0.9, ">=": 0.7, ">": 0.4, "==": 0.3},
    ">": {">=": 0.9, "<": 0.85, "<=": 0.4, "==": 0.35, "!=": 0.2},
    ">=": {">": 0.9, "<=": 0.7, "<": 0.4, "==": 0.3},
    "==": {"!=": 0.9, "<": 0.35, ">": 0.3, ">=": 0.3, "<=": 0.3, "in": 0.12},
    "!=": {"==": 0.9, "<": 0.3, ">": 0.3, ">=": 0.1, "<=": 0.1},
    "in": {"not in": 0.9, "==": 0.2},
    "not in": {"in": 0.9},
    "is": {"is not": 0.9, "==": 0.4},
    "is not": {"is": 0.9, "!=": 0.4},
}
_OPERATIONS: Final = {
    "+": {"-": 0.8, "*": 0.35, "//": 0.1, "%": 0.05},
    "-": {"+": 0.8, "%": 0.3, "*": 0.15, "//": 0.15},
    "*": {"+": 0.4, "//": 0.35, "**": 0.35, "/": 0.3, "-": 0.15, "%": 0.15},
    "/": {"//": 0.8, "*": 0.5, "%": 0.2, "-": 0.1},
    "//": {"/": 0.6, "%": 0.7, "*": 0.35},
    "%": {"//": 0.8, "/": 0.25, "*": 0.15, "-": 0.1},
    "**": {"*": 0.7},
    "&": {"|": 0.8, "^": 0.5},
    "|": {"&": 0.8, "^": 0.5},
    "^": {"&": 0.5, "|": 0.5, "**": 0.7},
    "<<": {">>": 0.9},
    ">>": {"<<": 0.9},
}
_UPDATES: Final = {
    "+": {"-": 0.7, "": 0.4, "*": 0.3},
    "-": {"+": 0.8, "": 0.35},
    "*": {"": 0.4, "+": 0.4, "//": 0.2},
    "/": {"//": 0.6, "*": 0.3},
    "//": {"%": 0.4, "": 0.3, "/": 0.2, "-": 0.2},
    "%": {"//": 0.5, "": 0.2},
    "**": {"*": 0.5},
    "&": {"|": 0.6, "^": 0.4},
    "|": {"&": 0.6, "^": 0.4},
    "^": {"|": 0.4, "&": 0.4},
    "<<": {">>": 0.7},
    ">>": {"<<": 0.7},
}
_OPPOSITES: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ORDERED: Final = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)
_FACTORS: Final = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_TERMS: Final = (ast.Add, ast.Sub)


def changes(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield the changes of operators in one statement's own expressions."""
    for node in statement.expressions:
        if isinstance(node, ast.Compare):
            yield from _compared(program, node)
        elif isinstance(node, ast.BinOp):
            yield from _computed(program, scopes, statement, node)
        elif isinstance(node, ast.BoolOp):
            yield from _joined(program, node)
        elif isinstance(node, ast.UnaryOp):
            yield from _signed(program, node)
        yield from _negated(program, node)
    if isinstance(statement.node, ast.AugAssign):
        yield from _updated(program, statement.node)
    elif isinstance(statement.node, ast.Assign):
        yield from _assigned(program, scopes, statement, statement.node)


def _compared(program: Program, node: ast.Compare) -> Iterator[Change]:
    operands = [node.left, *node.comparators]
    for index, op in enumerate(node.ops):
        start, end = program.gap(operands[index], operands[index + 1])
        text = program.code[start:end]
        if " ".join(text.split()) != COMPARED[type(op)]:
            continue
        branches = isinstance(parent := program.parents.get(node), ast.If | ast.IfExp) and bool(parent.orelse)
        for other, weight in _COMPARISONS[COMPARED[type(op)]].items():
            if branches and text in _OPPOSITES:  # its branches may be swapped, which is the exact opposite
                weight = 0.9 if other == _OPPOSITES[text] else min(weight, 0.8)  # noqa: PLW2901
            edit = program.edit(start, end, other)
            said = from_to(text, other)
            yield Change((edit,), "comparison", weight, node.lineno, start, said, text, other)
    if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
        yield _swapped(program, node, node.left, node.comparators[0], 0.5)


def _swapped(program: Program, node: ast.expr, left: ast.expr, right: ast.expr, weight: float) -> Change:
    one, two = program.outer(left), program.outer(right)
    edits = (
        program.edit(*one, program.operand(right)),
        program.edit(*two, program.operand(left)),
    )
    said = f"swapped the operands of {quoted(program.source(node))}"
    return Change(edits, "swap", weight, node.lineno, one[0], said)


def _computed(program: Program, scopes: Scopes, statement: Statement, node: ast.BinOp) -> Iterator[Change]:
    start, end = program.gap(node.left, node.right)
    text = program.code[start:end]
    if text != ARITHMETIC.get(type(node.op)):
        return
    kinds = {scopes.kind(side, statement.function) for side in (node.left, node.right)}
    joins = bool(kinds & {TEXT, LIST})
    if not joins:
        for other, weight in _OPERATIONS[text].items():
            edit = program.edit(start, end, other)
            said = from_to(text, other)
            yield Change((edit,), "arithmetic", weight, node.lineno, start, said, text, other)
        yield from _regrouped(program, node)
    if isinstance(node.op, _ORDERED) and not (joins and isinstance(node.op, ast.Mod)):
        yield _swapped(program, node, node.left, node.right, 0.42)
    elif isinstance(node.op, ast.Add) and NUMBER not in kinds:
        yield _swapped(program, node, node.left, node.right, 0.45 if joins else 0.15)


def _regrouped(program: Program, node: ast.BinOp) -> Iterator[Change]:
    """Yield other groupings: parentheses that are missing, or too many."""
    left, right = node.left, node.right
    start, end = program.span(node)
    said = f"grouped {quoted(program.source(node))} in another way"
    if isinstance(right, ast.BinOp) and program.outer(right) == program.span(right):
        inner = program.outer(right.left)
        if isinstance(right.op, _FACTORS) and isinstance(node.op, _TERMS):
            grouped = f"({program.code[start : inner[1]]}){program.code[inner[1] : end]}"
            edit = program.edit(start, end, grouped)
            yield Change((edit,), "grouping", 0.4, node.lineno, start, said)
    if isinstance(left, ast.BinOp) and program.outer(left) == program.span(left):
        inner = program.outer(left.right)
        if isinstance(left.op, _FACTORS) and isinstance(node.op, _TERMS):
            grouped = f"{program.code[start : inner[0]]}({program.code[inner[0] : end]})"
            edit = program.edit(start, end, grouped)
            yield Change((edit,), "grouping", 0.3, node.lineno, start, said)
    for side in (left, right):
        whole, bare = program.outer(side), program.span(side)
        if whole != bare and isinstance(side, ast.BinOp):
            edit = program.edit(*whole, program.source(side))
            yield Change((edit,), "grouping", 0.25, node.lineno, start, said)


def _joined(program: Program, node: ast.BoolOp) -> Iterator[Change]:
    word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    gaps = [program.gap(*pair) for pair in zip(node.values, node.values[1:], strict=False)]
    if any(program.code[start:end] != word for start, end in gaps):
        return
    edits = tuple(program.edit(start, end, other) for start, end in gaps)
    yield Change(edits, "boolean", 0.9, node.lineno, gaps[0][0], from_to(word, other))
    if len(edits) > 1:
        for edit in edits:
            yield Change((edit,), "boolean", 0.25, node.lineno, edit.start, from_to(word, other))


def _signed(program: Program, node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.operand, ast.Constant):
        return
    weight = 0.8 if isinstance(node.op, ast.Not) else 0.4
    edit = program.replaced(node, program.full(node.operand))
    said = f"changed {quoted(program.source(node))} to its operand"
    yield Change((edit,), "negation", weight, node.lineno, program.span(node)[0], said)


def _negated(program: Program, node: ast.expr) -> Iterator[Change]:
    """Yield the opposite of a condition that is no plain comparison, and of a number."""
    parent = program.parents.get(node)
    start = program.span(node)[0]
    text = program.source(node)
    condition = (
        (isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert) and node is parent.test)
        or (isinstance(parent, ast.BoolOp) and not isinstance(node, ast.BoolOp))
        or (isinstance(parent, ast.comprehension) and node in parent.ifs)
    )
    plain = isinstance(node, ast.Compare) and len(node.ops) == 1
    if condition and not plain and not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        weight = 0.55 if not isinstance(node, ast.BoolOp) else 0.35
        edit = program.fitted(node, f"not {program.operand(node)}", loose=True)
        yield Change((edit,), "negation", weight, node.lineno, start, f"negated {quoted(text)}")
    elif isinstance(parent, ast.Return) and not isinstance(node, ast.UnaryOp | ast.Constant):
        if isinstance(node, ast.Name | ast.BoolOp) or (isinstance(node, ast.Compare) and not plain):
            edit = program.fitted(node, f"not {program.operand(node)}", loose=True)
            yield Change((edit,), "negation", 0.2, node.lineno, start, f"negated {quoted(text)}")
        if isinstance(node, ast.Name | ast.BinOp | ast.Call):
            edit = program.fitted(node, f"-{program.operand(node)}")
            yield Change((edit,), "sign", 0.12, node.lineno, start, f"negated {quoted(text)}")
    elif isinstance(parent, ast.keyword | ast.Call | ast.Tuple | ast.Assign) and isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and not (isinstance(parent, ast.Call) and node is parent.func):
            edit = program.replaced(node, f"-{text}")
            yield Change((edit,), "sign", 0.1, node.lineno, start, f"negated {quoted(text)}")


def _updated(program: Program, node: ast.AugAssign) -> Iterator[Change]:
    start = program.skip(program.span(node.target)[1])
    word = ARITHMETIC[type(node.op)]
    if not program.code.startswith(f"{word}=", start):
        return
    text_like = isinstance(node.value, ast.Constant | ast.JoinedStr) and not isinstance(
        getattr(node.value, "value", None), int | float
    )
    for other, weight in _UPDATES.get(word, {}).items():
        if text_like and other:
            continue
        edit = program.edit(start, start + len(word) + 1, f"{other}=")
        said = from_to(f"{word}=", f"{other}=")
        yield Change((edit,), "update", weight, node.lineno, start, said, word, other)


def _assigned(program: Program, scopes: Scopes, statement: Statement, node: ast.Assign) -> Iterator[Change]:
    """Yield ``+=`` for ``=`` where the name has a value already and a loop goes on adding."""
    target = node.targets[0]
    if len(node.targets) != 1 or not isinstance(target, ast.Name | ast.Subscript | ast.Attribute):
        return
    if any(isinstance(n, ast.Name) and n.id == program.source(target) for n in statement.expressions[1:]):
        return
    if isinstance(target, ast.Name):
        found = scopes.find(target.id, statement.function)
        if found is None or found.line >= node.lineno:
            return
    in_loop = any(isinstance(outer, LOOPS) for outer in program.above(node))
    start = program.skip(program.span(target)[1])
    if program.code[start : start + 1] != "=" or program.code[start : start + 2] == "==":
        return
    for other, weight in (("+=", 0.45), ("-=", 0.15), ("*=", 0.15)):
        edit = program.edit(start, start + 1, other)
        scale = 1.0 if in_loop else 0.3
        yield Change((edit,), "update", weight * scale, node.lineno, start, from_to("=", other))
