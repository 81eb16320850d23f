"""Whether a candidate keeps the plan's functions: their names, their parameters, and something in them."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

from mge_toolkit.retry.gate.given import Given
from mge_toolkit.retry.gate.literals import is_trivial, key
from mge_toolkit.retry.gate.python.material import is_same
from mge_toolkit.retry.gate.python.parsing import FUNCTIONS, NOTHING, FunctionNode, constant
from mge_toolkit.retry.gate.python.program import Parameters, Program, body_of, parameters

_FEW = 4  # statements of which half may go without a word
_SIMILAR = 0.6


def changed_signature(given: Given, before: Program, after: Program) -> str | None:
    """Return which function or class of ``before`` others can no longer use in ``after``, or ``None``."""
    for name in before.classes:
        if name not in after.classes and _is_missing(given, before, after, name, list(after.classes)):
            return f"removes the class '{name}'"
    for name, function in before.functions.items():
        twin = counterpart(name, after)
        if twin is not None and _is_helper(name, given, before):
            continue
        if twin is not None:
            reason = _parameters(name, function, twin, given)
        elif _is_missing(given, before, after, name, [*after.functions, *after.nested]):
            reason = f"removes the function '{name}'"
        else:
            reason = None
        if reason is not None:
            return reason
    return None


def counterpart(name: str, after: Program) -> FunctionNode | None:
    """Return the function of ``after`` that is ``name``, wherever it stands now."""
    found = after.functions.get(name)
    if found is not None:
        return found
    last = name.rpartition(".")[2]
    moved = [function for other, function in after.functions.items() if other.rpartition(".")[2] == last]
    return moved[0] if len(moved) == 1 else None


def _is_missing(given: Given, before: Program, after: Program, name: str, others: list[str]) -> bool:
    """Return whether somebody may look for ``name``: it is public, no helper, and not under its right name."""
    last = name.rpartition(".")[2]
    if last in after.nested or last in {other.rpartition(".")[2] for other in others}:
        return False
    if last in given.uses:
        return True
    if last.startswith("_") and not last.endswith("__"):
        return False
    known = {other.rpartition(".")[2] for other in (*before.functions, *before.classes)}
    fresh = {other.rpartition(".")[2] for other in others} - known
    if fresh & (given.uses | before.calls):  # the name that is called, at last
        return False
    if _is_helper(name, given, before):
        return False
    return not difflib.get_close_matches(last, fresh, 1, _SIMILAR)


def _is_helper(name: str, given: Given, before: Program) -> bool:
    """Return whether ``name`` is there for the program's own use, which may change with the program."""
    last = name.rpartition(".")[2]
    return last in before.calls and last not in given.uses and not last.startswith("__")


def _parameters(name: str, old: FunctionNode, new: FunctionNode, given: Given) -> str | None:
    """Return how calls that fitted ``old`` no longer fit ``new``."""
    was, now = parameters(old), parameters(new)
    first, second = _without_self(was.positional), _without_self(now.positional)
    if not was.star <= now.star:
        return f"removes '{min(was.star - now.star)}' from the parameters of '{name}'"
    if sorted(first) == sorted(second) and first != second:
        return f"reorders the parameters of '{name}'"
    for place, parameter in enumerate(first):
        if place >= len(second):
            if "*" in now.star or parameter in now.named:
                continue
            return f"removes the parameter '{parameter}' of '{name}'"
        if second[place] != parameter and not _is_corrected(parameter, second[place], old, given):
            if len(second) < len(first):
                return f"removes the parameter '{parameter}' of '{name}'"
            return f"renames the parameter '{parameter}' of '{name}' to '{second[place]}'"
    return _named_parameters(name, was, now)


def _named_parameters(name: str, was: Parameters, now: Parameters) -> str | None:
    for parameter in was.named:
        if parameter not in (*now.named, *now.positional) and "**" not in now.star:
            return f"removes the parameter '{parameter}' of '{name}'"
    optional = ({*was.positional, *was.named} - was.required) & now.required
    if optional:
        return f"removes the default of the parameter '{min(optional)}' of '{name}'"
    return None


def _without_self(names: tuple[str, ...]) -> tuple[str, ...]:
    return names[1:] if names[:1] in (("self",), ("cls",)) else names


def _is_corrected(old: str, new: str, function: FunctionNode, given: Given) -> bool:
    """Return whether a parameter got the name that the function's body, or the check, uses for it."""
    if new in given.uses:
        return True
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    read = {node.id for node in names}
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return new in read - bound


def gutted(before: Program, after: Program) -> str | None:
    """Return which function of ``before`` computes nothing any more in ``after``, or ``None``."""
    for name, old in before.functions.items():
        new = counterpart(name, after)
        if new is None:
            continue
        was, now = _without_guards(body_of(old)), _without_guards(body_of(new))
        if computes(was) and not computes(now) and not _gives_the_same(before, was, now):
            return f"replaces the body of '{name}' with a constant on line {new.lineno}"
        inputs = set(_without_self(parameters(old).positional)) & _read(was)
        if inputs and not _read(now) & {
            *parameters(new).positional,
            *parameters(new).named,
            *parameters(new).star,
        }:
            return f"no longer uses the parameters of '{name}' on line {new.lineno}"
        if _mostly_deleted(was, now):
            return f"deletes most of the statements of '{name}'"
    for name, old_class in before.classes.items():
        new_class = after.classes.get(name)
        if new_class is not None and computes(old_class.body) and not computes(new_class.body):
            return f"empties the class '{name}'"
    if _mostly_deleted(before.tree.body, [after.tree]):
        return "deletes most of the statements"
    return None


def _gives_the_same(before: Program, was: list[ast.stmt], now: list[ast.stmt]) -> bool:
    """Return whether functions of a single statement give what is made of the same constants."""
    if not len(was) == len(now) == 1:
        return False
    old, new = was[0], now[0]
    values = [node.value for node in (old, new) if isinstance(node, ast.Return) and node.value is not None]
    return len(values) == 2 and is_same(before.tree, *values)


def _without_guards(block: list[ast.stmt]) -> list[ast.stmt]:
    """Return a block without the assertions and refusals at its top level, which compute nothing by themselves."""
    return [
        statement
        for statement in block
        if not isinstance(statement, ast.Assert)
        and not (
            isinstance(statement, ast.If)
            and not statement.orelse
            and all(isinstance(inner, ast.Raise) for inner in statement.body)
        )
    ]


def computes(block: list[ast.stmt]) -> bool:
    """Return whether a block does anything that could depend on something."""
    for statement in block:
        if isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal):
            continue
        if isinstance(statement, ast.Return):
            value = statement.value
            return not (value is None or constant(value) is not NOTHING or _is_bound_here(value, block))
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Assign) and constant(statement.value) is not NOTHING:
            continue
        if isinstance(statement, ast.Raise):
            return _name_of(statement) not in ("NotImplementedError", "NotImplemented")
        return True
    return False


def _name_of(statement: ast.Raise) -> str:
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return raised.id if isinstance(raised, ast.Name) else ""


def _is_bound_here(value: ast.expr, block: list[ast.stmt]) -> bool:
    """Return whether ``value`` is a name that this block has bound to a constant."""
    bound = {t.id for s in block if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}
    return isinstance(value, ast.Name) and value.id in bound


def _read(block: list[ast.stmt]) -> set[str]:
    return {
        node.id
        for statement in block
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _mostly_deleted(was: Sequence[ast.AST], now: Sequence[ast.AST]) -> bool:
    """Return whether more than half of the statements are gone and none came that computes."""
    old = Counter(_heads(was, inside=False))
    total = sum(old.values())
    if total < _FEW:
        return False
    new = Counter(_heads(now, inside=True))
    gone = sum((old - new).values())
    return gone > total / 2 and not any(head for head in new - old)


def _heads(block: Sequence[ast.AST], *, inside: bool) -> Iterator[str]:
    """Yield what each statement does by itself; empty for what computes nothing.

    Statements in functions of ``block`` count where ``inside`` is true.
    """
    stack: list[ast.AST] = list(block)
    while stack:
        node = stack.pop()
        definition = isinstance(node, (*FUNCTIONS, ast.ClassDef))
        if isinstance(node, ast.Import | ast.ImportFrom) or (definition and not inside):
            continue
        if isinstance(node, ast.stmt) and not definition:
            expressions = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
            plain = all(constant(part) is not NOTHING or isinstance(part, ast.Name) for part in expressions)
            idle = isinstance(node, ast.Return | ast.Pass | ast.Expr | ast.Assign) and plain
            yield "" if idle else " ".join([type(node).__name__, *(ast.dump(part) for part in expressions)])
        stack.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))


def loses_result(before: Program, after: Program) -> str | None:
    """Refuse a ``result`` that was computed and is now a constant, be it as common as 0."""
    old, new = _last_result(before.tree), _last_result(after.tree)
    if old is None or new is None or constant(old.value) is not NOTHING:
        return None
    value = constant(new.value)
    if value is NOTHING or (not is_trivial(value) and key(value) in before.constants):
        return None
    if is_same(before.tree, old.value, new.value):
        return None
    return f"binds 'result' to a constant on line {new.lineno}, instead of computing it"


def _last_result(tree: ast.Module) -> ast.Assign | None:
    found = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "result" for target in node.targets)
    ]
    return found[-1] if found else None
