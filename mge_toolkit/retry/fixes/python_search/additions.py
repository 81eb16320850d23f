"""Statements and clauses that are missing: an update, a branch, an append, ``break``, a further condition."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator

from mge_toolkit.retry.fixes.python_search.blocks import bound_names, line_after, read_names
from mge_toolkit.retry.fixes.python_search.changes import Change, quoted
from mge_toolkit.retry.fixes.python_search.program import FUNCTIONS, FunctionNode, Program, Statement
from mge_toolkit.retry.fixes.python_search.scopes import LIST, NUMBER, SET, Scopes


class Bindings:
    """How often each function binds or changes each of its names."""

    def __init__(self, program: Program) -> None:
        """Count the bindings of ``program``."""
        self._counts: dict[FunctionNode | None, Counter[str]] = defaultdict(Counter)
        for statement in program.statements:
            node = statement.node
            simple = not hasattr(node, "body")
            names = bound_names(node) if simple else bound_names(getattr(node, "target", ast.Pass()))
            self._counts[statement.function].update(names)

    def idle(self, scopes: Scopes, statement: Statement) -> list[tuple[str, str]]:
        """Return the names, with their kinds, that are given a first value and never change after it."""
        return [
            (one.name, one.kind)
            for one in scopes.own(statement.function)
            if one.kind in (NUMBER, LIST, SET)
            and not one.parameter
            and not one.loop
            and self._counts[statement.function][one.name] == 1
            and one.line < statement.node.lineno
        ]


def changes(program: Program, scopes: Scopes, statement: Statement, bindings: Bindings) -> Iterator[Change]:
    """Yield what may be missing at one statement."""
    node = statement.node
    if isinstance(node, ast.While):
        yield from _update(program, scopes, statement, node)
    elif isinstance(node, ast.If):
        yield from _branch(program, scopes, statement, node, bindings)
        yield from _leave(program, node)
    elif isinstance(node, ast.For):
        yield from _collect(program, scopes, statement, node, bindings)
    yield from _clause(program, scopes, statement)
    yield from _again(program, statement)


def _added(
    program: Program, after: ast.stmt, text: str, weight: float, said: str | None = None
) -> Iterator[Change]:
    edit = line_after(program, after, text)
    if edit is not None:
        name = said or f"added {quoted(text)}"
        yield Change((edit,), "addition", weight, after.end_lineno or after.lineno, edit.start, name)


def _update(program: Program, scopes: Scopes, statement: Statement, node: ast.While) -> Iterator[Change]:
    """Yield the update of a name on which a loop's end depends."""
    always = set().union(*(bound_names(one) for one in node.body if not hasattr(one, "body")))
    somewhere = set().union(*(bound_names(one) for one in node.body))
    for name in sorted(read_names(node.test)):
        found = scopes.find(name, statement.function)
        if found is None or name in scopes.functions:
            continue
        if name in always or found.kind not in (NUMBER, None):
            continue
        scale = 1.0 if name not in somewhere else 0.25
        for form, weight in (("+= 1", 0.85), ("-= 1", 0.8), ("//= 2", 0.3), ("//= 10", 0.3)):
            yield from _added(program, node.body[-1], f"{name} {form}", weight * scale)


def _branch(
    program: Program, scopes: Scopes, statement: Statement, node: ast.If, bindings: Bindings
) -> Iterator[Change]:
    """Yield the ``else`` that a counter or a collection waits for."""
    last = node.body[-1]
    if node.orelse or not isinstance(last, ast.AugAssign | ast.Expr | ast.Assign):
        return
    indent = program.indent(node)
    inner = program.indent(last)
    if indent is None or inner is None or not inner.startswith(indent):
        return
    idle = dict(bindings.idle(scopes, statement))
    text = program.source(last)
    forms: list[tuple[str, float]] = []
    for name, kind in idle.items():
        if kind == NUMBER and isinstance(last, ast.AugAssign) and isinstance(last.target, ast.Name):
            forms.append((f"{name}{text[len(last.target.id) :]}", 0.6))
        elif isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
            func = last.value.func
            if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and kind != NUMBER:
                forms.append((f"{name}{text[len(func.value.id) :]}", 0.6))
    if isinstance(last, ast.AugAssign) and isinstance(last.op, ast.Add | ast.Sub):
        other = "-" if isinstance(last.op, ast.Add) else "+"
        target, value = program.source(last.target), program.full(last.value)
        forms.append((f"{target} {other}= {value}", 0.06))
    if isinstance(last, ast.AugAssign) and isinstance(last.target, ast.Name):
        forms.append((f"{last.target.id} = 0", 0.08))
    for form, weight in forms:
        body = f"else:\n{inner[len(indent) :]}{form}"
        yield from _added(program, node, body, weight, f"added the branch 'else: {form}'")


def _leave(program: Program, node: ast.If) -> Iterator[Change]:
    """Yield ``break`` and ``continue`` at the end of a branch inside a loop."""
    last = node.body[-1]
    if program.loop_of(node) is None or isinstance(last, ast.Return | ast.Break | ast.Continue | ast.Raise):
        return
    yield from _added(program, last, "break", 0.2, "added the missing 'break'")
    yield from _added(program, last, "continue", 0.1, "added the missing 'continue'")


def _collect(
    program: Program, scopes: Scopes, statement: Statement, node: ast.For, bindings: Bindings
) -> Iterator[Change]:
    """Yield the append or the count that a loop lacks."""
    targets = [one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)]
    assigned = [name for one in node.body if isinstance(one, ast.Assign) for name in sorted(bound_names(one))]
    for name, kind in bindings.idle(scopes, statement):
        if kind == NUMBER and scopes.find(name, statement.function) is not None:
            yield from _added(program, node.body[-1], f"{name} += 1", 0.25)
            for value in targets[:1]:
                yield from _added(program, node.body[-1], f"{name} += {value}", 0.15)
        elif kind in (LIST, SET):
            method = "append" if kind == LIST else "add"
            for value in (*assigned[:2], *targets[:2]):
                if value != name:
                    yield from _added(program, node.body[-1], f"{name}.{method}({value})", 0.35)


def _clause(program: Program, scopes: Scopes, statement: Statement) -> Iterator[Change]:
    """Yield a condition narrowed by a function of the program that nothing uses, or by two indices."""
    node = statement.node
    tests = [node.test] if isinstance(node, ast.If | ast.While) else []
    tests += [one for e in statement.expressions for g in getattr(e, "generators", ()) for one in g.ifs]
    if not tests:
        return
    visible = {one.name: one for one in scopes.visible(statement.function, node.lineno)}
    for test in tests:
        clauses: list[tuple[str, float]] = []
        for name, function in scopes.functions.items():
            variable = scopes.find(name, statement.function)
            if (
                variable is None
                or variable.reads
                or len(function.args.args) != 1
                or function is statement.function
            ):
                continue
            for value in sorted(read_names(test) & set(visible)):
                clauses += [(f"{name}({value})", 0.6), (f"not {name}({value})", 0.2)]
        loops = [one for one in visible.values() if one.loop and one.kind == NUMBER]
        inner = [one.name for one in loops][-2:]
        if len(inner) == 2 and not {*inner} <= read_names(test):
            clauses.append((f"{inner[0]} != {inner[1]}", 0.15))
        for text, weight in clauses:
            old = program.full(test)
            old = f"({old})" if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else old
            edit = program.fitted(test, f"{old} and {text}", loose=True)
            said = f"added the condition {quoted(text)}"
            yield Change((edit,), "clause", weight, test.lineno, program.span(test)[0], said)


def _again(program: Program, statement: Statement) -> Iterator[Change]:
    """Yield a loop's last step once more after the loop: what it collected last was never kept."""
    node = statement.node
    if not isinstance(node, ast.For | ast.While) or isinstance(statement.owner, FUNCTIONS) is False:
        return
    seen: set[str] = set()
    for one in ast.walk(node):
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)):
            continue
        func = one.value.func
        if isinstance(func, ast.Attribute) and func.attr in ("append", "add") and len(one.value.args) == 1:
            text = program.source(one)
            given = one.value.args[0]
            if text in seen or "\n" in text or not isinstance(given, ast.Name):
                continue
            seen.add(text)
            yield from _added(program, node, text, 0.15)
            yield from _added(program, node, f"if {given.id}:\n{program.step}{text}", 0.12)
