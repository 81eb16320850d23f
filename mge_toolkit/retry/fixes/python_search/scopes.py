"""Which names are in scope at a place, and what kind of value each seems to hold."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from mge_toolkit.retry.fixes.python_search.program import COMPREHENSIONS, FUNCTIONS, FunctionNode, Program

NUMBER, TEXT, LIST, MAP, SET, FLAG, FUNCTION = "number", "text", "list", "map", "set", "flag", "function"

_BY_CALL: Final = {
    **dict.fromkeys(("len", "int", "sum", "abs", "round", "ord", "float", "floor", "ceil", "pow"), NUMBER),
    **dict.fromkeys(("count", "find", "rfind", "index", "bit_length", "sqrt", "gcd", "factorial"), NUMBER),
    **dict.fromkeys(("str", "chr", "bin", "hex", "input", "repr", "join", "lower", "upper", "strip"), TEXT),
    **dict.fromkeys(("replace", "format", "title", "capitalize", "swapcase", "lstrip", "rstrip"), TEXT),
    **dict.fromkeys(("list", "sorted", "split", "splitlines", "deque"), LIST),
    **dict.fromkeys(("dict", "defaultdict", "Counter", "OrderedDict"), MAP),
    **dict.fromkeys(("set", "frozenset"), SET),
    **dict.fromkeys(("bool", "isinstance", "any", "all", "startswith", "endswith"), FLAG),
    **dict.fromkeys(("isalpha", "isdigit", "isupper", "islower", "isalnum", "isspace"), FLAG),
}
_BY_METHOD: Final = {
    **dict.fromkeys(("append", "extend", "sort", "insert", "reverse", "popleft", "appendleft"), LIST),
    **dict.fromkeys(
        ("lower", "upper", "split", "strip", "isalpha", "isdigit", "startswith", "replace"), TEXT
    ),
    **dict.fromkeys(("items", "keys", "values", "setdefault"), MAP),
    **dict.fromkeys(("add", "discard", "union", "intersection"), SET),
}
_BY_ANNOTATION: Final = {
    **dict.fromkeys(("int", "float", "complex"), NUMBER),
    **dict.fromkeys(("list", "List", "Sequence", "tuple", "Tuple"), LIST),
    **dict.fromkeys(("dict", "Dict", "Mapping"), MAP),
    **dict.fromkeys(("set", "Set"), SET),
    "str": TEXT,
    "bool": FLAG,
}
_BY_NODE: Final[tuple[tuple[type[ast.expr], str], ...]] = (
    (ast.List, LIST),
    (ast.ListComp, LIST),
    (ast.Tuple, LIST),
    (ast.Dict, MAP),
    (ast.DictComp, MAP),
    (ast.Set, SET),
    (ast.SetComp, SET),
    (ast.JoinedStr, TEXT),
    (ast.Compare, FLAG),
    (ast.Lambda, FUNCTION),
)


@dataclass(slots=True)
class Variable:
    """A name of one scope: where it is first bound, the kinds it was seen to have, and how often it is read."""

    name: str
    line: int
    kinds: set[str] = field(default_factory=set)
    reads: int = 0
    loop: bool = False
    parameter: bool = False

    @property
    def kind(self) -> str | None:
        """Return its kind, or ``None`` where that is not plain."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else None


class Scopes:
    """The names of every function of a program, and of the program itself."""

    def __init__(self, program: Program) -> None:
        """Collect the names of ``program``."""
        self._program = program
        self._names: dict[FunctionNode | None, dict[str, Variable]] = defaultdict(dict)
        for statement in program.statements:
            scope = statement.function
            self._bind_statement(statement.node, scope)
            for node in statement.expressions:
                self._look_at(node, scope)
        for statement in program.statements:
            for node in statement.expressions:
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    found = self.find(node.id, statement.function)
                    if found is not None:
                        found.reads += 1

    def find(self, name: str, scope: FunctionNode | None) -> Variable | None:
        """Return the variable that ``name`` means inside ``scope``."""
        for place in self._outwards(scope):
            if name in self._names[place]:
                return self._names[place][name]
        return None

    def visible(self, scope: FunctionNode | None, line: int) -> Iterator[Variable]:
        """Yield the variables that are bound before ``line``, the nearest scope's first; functions are not."""
        seen: set[str] = set()
        for place in self._outwards(scope):
            for variable in self._names[place].values():
                bound = variable.line <= line or (place is None and scope is not None)
                if bound and variable.name not in seen and FUNCTION not in variable.kinds:
                    seen.add(variable.name)
                    yield variable

    def own(self, scope: FunctionNode | None) -> Iterator[Variable]:
        """Yield the variables that ``scope`` itself binds."""
        yield from self._names[scope].values()

    @cached_property
    def functions(self) -> dict[str, FunctionNode]:
        """Return the program's functions and methods by name."""
        return {
            one.node.name: one.node for one in self._program.statements if isinstance(one.node, FUNCTIONS)
        }

    def kind(self, node: ast.expr, scope: FunctionNode | None) -> str | None:
        """Return what kind of value an expression seems to have."""
        if isinstance(node, ast.Name):
            found = self.find(node.id, scope)
            return None if found is None else found.kind
        if isinstance(node, ast.BinOp):
            for side in (node.right, node.left):
                side_kind = None if isinstance(side, ast.BinOp) else self.kind(side, scope)
                if side_kind is not None and (side_kind in (NUMBER, LIST, TEXT)):
                    repeated = isinstance(node.op, ast.Mult) and side_kind == NUMBER
                    if not repeated:
                        return side_kind
            return None if isinstance(node.op, ast.Add | ast.Mult | ast.Mod) else NUMBER
        return _kind(node)

    def _outwards(self, scope: FunctionNode | None) -> Iterator[FunctionNode | None]:
        while scope is not None:
            yield scope
            scope = next((n for n in self._program.above(scope) if isinstance(n, FUNCTIONS)), None)
        yield None

    def _bind(self, scope: FunctionNode | None, name: str, line: int, kind: str | None = None) -> Variable:
        found = self._names[scope].setdefault(name, Variable(name, line))
        found.line = min(found.line, line)
        if kind is not None:
            found.kinds.add(kind)
        return found

    def _bind_statement(self, node: ast.stmt, scope: FunctionNode | None) -> None:
        if isinstance(node, FUNCTIONS):
            self._bind(scope, node.name, node.lineno, FUNCTION)
            arguments = node.args
            for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                kind = _annotated(one.annotation)
                self._bind(node, one.arg, node.lineno, kind).parameter = True
        elif isinstance(node, ast.ClassDef):
            self._bind(scope, node.name, node.lineno, FUNCTION)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = (alias.asname or alias.name).split(".")[0]
                self._bind(scope, name, node.lineno, FUNCTION)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind_target(target, node.value, scope)
        elif isinstance(node, ast.AnnAssign):
            if isinstance(node.target, ast.Name):
                self._bind(scope, node.target.id, node.lineno, _annotated(node.annotation))
        elif isinstance(node, ast.AugAssign):
            if isinstance(node.target, ast.Name):
                self._bind(scope, node.target.id, node.lineno, _kind(node.value))
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._bind_loop(node.target, node.iter, scope)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    self._bind_target(item.optional_vars, None, scope)

    def _bind_target(self, target: ast.expr, value: ast.expr | None, scope: FunctionNode | None) -> None:
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, target.lineno, None if value is None else _kind(value))
        elif isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            for index, one in enumerate(target.elts):
                matched = values[index] if len(values) == len(target.elts) else None
                if isinstance(one, ast.Name | ast.Tuple):
                    self._bind_target(one, matched, scope)

    def _bind_loop(self, target: ast.expr, iterated: ast.expr, scope: FunctionNode | None) -> None:
        name = _called(iterated)
        for one in ast.walk(target):
            if isinstance(one, ast.Name):
                kind = NUMBER if name == "range" else None
                if name == "enumerate" and isinstance(target, ast.Tuple) and one is target.elts[0]:
                    kind = NUMBER
                self._bind(scope, one.id, one.lineno, kind).loop = True

    def _look_at(self, node: ast.expr, scope: FunctionNode | None) -> None:
        """Bind what an expression binds, and learn from methods what a name holds."""
        if isinstance(node, COMPREHENSIONS):
            for generator in node.generators:
                self._bind_loop(generator.target, generator.iter, scope)
        elif isinstance(node, ast.NamedExpr):
            self._bind(scope, node.target.id, node.lineno, _kind(node.value))
        elif isinstance(node, ast.Lambda):
            for one in node.args.args:
                self._bind(scope, one.arg, node.lineno).parameter = True
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            kind = _BY_METHOD.get(node.attr)
            found = self._names[scope].get(node.value.id)
            if kind is not None and found is not None:
                found.kinds.add(kind)


def _called(node: ast.expr) -> str | None:
    """Return the bare name of what is called."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else None


def _kind(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            return FLAG
        if isinstance(value, int | float):
            return NUMBER
        return TEXT if isinstance(value, str) else None
    if isinstance(node, ast.UnaryOp):
        return FLAG if isinstance(node.op, ast.Not) else NUMBER
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Mult | ast.Mod):
        return NUMBER
    if isinstance(node, ast.BinOp):
        right = node.right
        return _kind(right) if isinstance(right, ast.Constant | ast.Call | ast.List) else None
    for form, kind in _BY_NODE:
        if isinstance(node, form):
            return kind
    name = _called(node)
    return None if name is None else _BY_CALL.get(name)


def _annotated(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Subscript):
        node = node.value
    return _BY_ANNOTATION.get(node.id) if isinstance(node, ast.Name) else None
