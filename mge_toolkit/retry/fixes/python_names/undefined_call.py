"""A call of a function or method that exists nowhere: what it may be for, by its name and arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.classes import classes, members, public
from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.places import removed
from mge_toolkit.retry.fixes.python_names.analysis.program import BUILTINS, Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Use
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.analysis.standard import modules
from mge_toolkit.retry.fixes.python_names.moved import moved
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution
from mge_toolkit.retry.fixes.python_names.twin import twin
from mge_toolkit.retry.fixes.similarity import spelt_alike, words

_METHODS: Final = frozenset(name for kind in (str, list, dict, set) for name in public(kind))
_COMMON: Final = ("sum", "len", "sorted", "set", "max", "min", "list", "abs", "int")
_UNARY: Final[Mapping[str, str]] = {
    **{
        name: f"{name}({{0}})"
        for name in ("sum", "len", "max", "min", "sorted", "set", "list", "abs", "int", "str")
    },
    **{
        name: f"{name}({{0}})"
        for name in ("any", "all", "float", "bool", "tuple", "dict", "ord", "chr", "round")
    },
    **dict.fromkeys(("total", "add", "summation", "accumulate"), "sum({0})"),
    **dict.fromkeys(("unique", "distinct", "dedupe", "uniq"), "set({0})"),
    **dict.fromkeys(("count", "size", "length", "number"), "len({0})"),
    **dict.fromkeys(("concat", "join", "concatenate", "merge"), "''.join({0})"),
    **dict.fromkeys(("sort", "ordered"), "sorted({0})"),
    **dict.fromkeys(("maximum", "largest", "biggest", "highest"), "max({0})"),
    **dict.fromkeys(("minimum", "smallest", "lowest", "least"), "min({0})"),
    **dict.fromkeys(("reverse", "reversed", "flip"), "{0}[::-1]"),
    **dict.fromkeys(("average", "mean"), "(sum({0}) / len({0}))"),
    **dict.fromkeys(("negate", "negative", "opposite"), "(-{0})"),
    **dict.fromkeys(("square", "squared"), "({0} ** 2)"),
    **dict.fromkeys(("double", "twice"), "(2 * {0})"),
    **dict.fromkeys(("half", "halve", "mid", "middle"), "({0} // 2)"),
    **dict.fromkeys(("even",), "({0} % 2 == 0)"),
    **dict.fromkeys(("odd",), "({0} % 2 == 1)"),
    **dict.fromkeys(("not", "empty"), "(not {0})"),
}
_BINARY: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("add", "sum", "plus", "addition", "concat", "increment"), ("+",)),
    **dict.fromkeys(("subtract", "minus", "difference", "diff", "sub", "decrement"), ("-",)),
    **dict.fromkeys(("multiply", "times", "product", "mul", "mult"), ("*",)),
    **dict.fromkeys(("divide", "division", "div", "quotient"), ("//", "/")),
    **dict.fromkeys(("remainder", "mod", "modulo", "modulus", "rem"), ("%",)),
    **dict.fromkeys(("power", "pow", "exponent", "raise"), ("**",)),
    **dict.fromkeys(("less", "smaller", "lower", "before"), ("<", "<=")),
    **dict.fromkeys(("greater", "larger", "more", "bigger", "after"), (">", ">=")),
    **dict.fromkeys(("equal", "equals", "same", "eq"), ("==",)),
    **dict.fromkeys(("different", "unequal", "differs"), ("!=",)),
    **dict.fromkeys(("contains", "includes", "has", "in", "exists"), ("in",)),
    "xor": ("^",),
    "and": ("&",),
    "or": ("|",),
}
_PLAIN_CALL: Final = re.compile(r"(?:''\.)?\w+\(\{0\}(?:, \{1\})?\)")
_NOTHING: Final = ("0", "None", "[]")
_BOTH_WAYS: Final = ("max", "min", "pow", "divmod")


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield what can be put for the calls of a function that nothing defines."""
    calls = [(use.call, use.parents[1:]) for use in uses if use.call is not None]
    if calls and len(calls) == len(uses):
        yield from instead(program, name, calls)


def propose_for_methods(question: Question) -> Iterable[Resolution]:
    """Yield what can be put for the calls of a method that the class does not have."""
    if question.trouble not in (Trouble.ATTRIBUTE, Trouble.MODULE_ATTRIBUTE):
        return
    program, name = question.program, question.subject
    owner = classes(program).get(question.evidence.of)
    if question.trouble is Trouble.ATTRIBUTE and (owner is None or name in members(program, owner)):
        return
    if name in BUILTINS or any(name in scope.bindings for scope in program.scopes.all):
        return  # the object before it is what is wrong
    if question.trouble is Trouble.MODULE_ATTRIBUTE:
        known = modules().get(question.evidence.of, frozenset())
        if moved(question.evidence.of, name) is not None or spelt_alike(name, known, 0.75):
            return
    elif owner is not None and spelt_alike(name, members(program, owner), 0.85):
        return
    taken = set(question.taken())
    calls = [
        (node, parents)
        for node, parents in walk_with_parents(program.tree)
        if isinstance(node, ast.Call) and node.func in taken
    ]
    yield from instead(program, name, calls)


def walk_with_parents(root: ast.AST) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Yield every node with those around it, the nearest first."""
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(root, ())]
    while pending:
        node, parents = pending.pop()
        yield node, parents
        around = (node, *parents)
        pending.extend((child, around) for child in reversed(list(ast.iter_child_nodes(node))))


def instead(
    program: Program, name: str, calls: Sequence[tuple[ast.Call, Sequence[ast.AST]]]
) -> Iterator[Resolution]:
    """Yield what can be put for all these calls of one unknown function."""
    if not calls or any(call.keywords or _is_starred(call) for call, _ in calls):
        return
    line = calls[0][0].lineno
    if (removal := _removed(program, calls)) is not None:
        yield Resolution(
            explanation=f"removed the call of '{name}', which nothing defines, on line {line}",
            confidence=0.36,
            edits=removal,
        )
    yield from _twins(program, name, calls)
    forms = _forms(name, {len(call.args) for call, _ in calls})
    yield from _returned(program, name, calls, forms)
    if removal is not None:  # what is not used has to be done, not computed
        forms = [(form, confidence) for form, confidence in forms if form.startswith("{0}.")]
    for form, confidence in dict(reversed(forms)).items():
        yield Resolution(
            explanation=f"wrote {form.format('x', 'y')} for '{name}', which nothing defines, on line {line}",
            confidence=confidence,
            edits=tuple(_written(program, call, form) for call, _ in calls),
        )


def _twins(
    program: Program, name: str, calls: Sequence[tuple[ast.Call, Sequence[ast.AST]]]
) -> Iterator[Resolution]:
    """Yield the line above for another variable, in the place of the only call."""
    written = twin(program, *calls[0]) if len(calls) == 1 else None
    if written is not None:
        edit, text = written
        line = calls[0][0].lineno
        yield Resolution(
            explanation=f"wrote {text} for '{name}', as the line above has it, on line {line}",
            confidence=0.43,
            edits=(edit,),
        )


def _returned(
    program: Program,
    name: str,
    calls: Sequence[tuple[ast.Call, Sequence[ast.AST]]],
    forms: Sequence[tuple[str, float]],
) -> Iterator[Resolution]:
    """Yield what the call may stand for as the value of a function that ends with it and returns nothing."""
    if not all(_ends_function(call, parents) for call, parents in calls):
        return
    line, function = calls[0][0].lineno, calls[0][1][1]
    by_function = _forms(getattr(function, "name", ""), {len(call.args) for call, _ in calls})
    for form, confidence in dict(reversed([*by_function, *forms])).items():
        said = form.format("x", "y")
        yield Resolution(
            explanation=f"returned {said} for '{name}', which nothing defines, on line {line}",
            confidence=confidence - 0.02,
            edits=tuple(_written(program, call, form, "return ") for call, _ in calls),
        )


def _ends_function(call: ast.Call, parents: Sequence[ast.AST]) -> bool:
    if len(parents) < 2 or not isinstance(parents[0], ast.Expr) or parents[0].value is not call:
        return False
    function = parents[1]
    return (
        isinstance(function, ast.FunctionDef)
        and function.body[-1] is parents[0]
        and not any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in ast.walk(function))
    )


def _is_starred(call: ast.Call) -> bool:
    return any(isinstance(argument, ast.Starred | ast.GeneratorExp) for argument in call.args)


def _forms(name: str, counts: set[int]) -> list[tuple[str, float]]:
    """Return what a name with so many arguments may stand for: by its words, else any usual expression."""
    said = words(name)
    if counts == {0}:
        return [(value, 0.2 - 0.02 * rank) for rank, value in enumerate(("False", "True", *_NOTHING))]
    forms: list[tuple[str, float]] = []
    if counts == {1}:
        forms += [(_UNARY[word], 0.45) for word in said if word in _UNARY]
        forms += [(f"{{0}}.{word}()", 0.42) for word in said if word in _METHODS]
        usual = [(_UNARY[word], 0.3 - 0.01 * rank) for rank, word in enumerate(_COMMON)]
        return [*forms, ("{0}", 0.35), *([] if forms else usual), *_nothing()]
    if counts == {2}:
        forms += [(f"({{0}} {op} {{1}})", 0.45) for word in said for op in _BINARY.get(word, ())]
        forms += [(f"{word}({{0}}, {{1}})", 0.44) for word in said if word in _BOTH_WAYS]
        usual = [(f"({{0}} {op} {{1}})", 0.25) for op in ("+", "-", "*", "//", "%", "<", "==")]
        return [*forms, *([] if forms else [*usual, ("max({0}, {1})", 0.24), ("min({0}, {1})", 0.24)])]
    return _nothing()


def _nothing() -> list[tuple[str, float]]:
    return [(value, 0.12 - 0.02 * rank) for rank, value in enumerate(_NOTHING)]


def _written(program: Program, call: ast.Call, form: str, before: str = "") -> Edit:
    """Return the edit that puts ``form`` with the call's arguments in its place, behind ``before``."""
    source = program.source
    arguments = [source.of(argument) for argument in call.args]
    if _PLAIN_CALL.fullmatch(form):
        return source.replaced(call, before + form.format(*arguments))
    wrapped = [
        text if _binds_tightly(node) else f"({text})" for node, text in zip(call.args, arguments, strict=True)
    ]
    return source.replaced(call, before + form.format(*wrapped))


def _binds_tightly(node: ast.expr) -> bool:
    kinds = (
        ast.Name,
        ast.Call,
        ast.Attribute,
        ast.Subscript,
        ast.Constant,
        ast.List,
        ast.Dict,
        ast.Set,
        ast.ListComp,
    )
    return isinstance(node, kinds)


def _removed(
    program: Program, calls: Sequence[tuple[ast.Call, Sequence[ast.AST]]]
) -> tuple[Edit, ...] | None:
    """Return the edits that remove the statements that only call, or only keep what is never used."""
    loaded = {use.name for use in program.scopes.uses}
    edits = []
    for call, parents in calls:
        statement = parents[0]
        unused = (
            isinstance(statement, ast.Assign)
            and statement.value is call
            and all(isinstance(target, ast.Name) and target.id not in loaded for target in statement.targets)
        )
        only_calls = isinstance(statement, ast.Expr) and statement.value is call
        if not isinstance(statement, ast.stmt) or not (unused or only_calls):
            return None
        edits.append(removed(program, statement))
    return tuple(edits)
