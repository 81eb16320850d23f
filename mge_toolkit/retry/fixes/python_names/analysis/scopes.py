"""Python's scopes, read off the syntax tree with the place of every use, which ``symtable`` does not keep."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from mge_toolkit.retry.fixes.python_names.analysis.standard import modules

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ScopeNode: TypeAlias = ast.Module | ast.ClassDef | Function | ast.Lambda | Comprehension


class ScopeKind(Enum):
    """What opened a scope."""

    MODULE = auto()
    CLASS = auto()
    FUNCTION = auto()
    COMPREHENSION = auto()


class Scope:
    """One scope: what is bound in it, where, and what is used."""

    __slots__ = ("bindings", "globals", "kind", "node", "nonlocals", "parent", "stars")

    def __init__(self, kind: ScopeKind, node: ScopeNode, parent: Scope | None) -> None:
        """Start empty."""
        self.kind = kind
        self.node = node
        self.parent = parent
        self.bindings: dict[str, list[ast.AST]] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.stars: list[str] = []

    def chain(self) -> Iterator[Scope]:
        """Yield the scopes in which a name used here is looked up, the nearest first."""
        yield self
        scope = self.parent
        while scope is not None:
            if scope.kind is not ScopeKind.CLASS:
                yield scope
            scope = scope.parent

    def home(self, name: str) -> Scope | None:
        """Return the scope whose binding a use of ``name`` here finds, if any of the program's has one."""
        if name in self.globals:
            module = self.module()
            return module if name in module.bindings else None
        return next((scope for scope in self.chain() if name in scope.bindings), None)

    def module(self) -> Scope:
        """Return the outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def function(self) -> Scope | None:
        """Return the scope of the function around, if there is one: comprehensions are looked through."""
        scope: Scope | None = self
        while scope is not None and scope.kind is ScopeKind.COMPREHENSION:
            scope = scope.parent
        return scope if scope is not None and scope.kind is ScopeKind.FUNCTION else None

    def enclosing_class(self) -> ast.ClassDef | None:
        """Return the class whose method this is in, however deep."""
        scope: Scope | None = self
        while scope is not None:
            if isinstance(scope.node, ast.ClassDef):
                return scope.node
            scope = scope.parent
        return None

    def method(self) -> Function | None:
        """Return the method, of the innermost class around, that this is in."""
        scope: Scope | None = self
        while scope is not None and scope.parent is not None:
            if scope.parent.kind is ScopeKind.CLASS and isinstance(scope.node, Function):
                return scope.node
            scope = scope.parent
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """A name that is read (or deleted) somewhere; ``parents`` are the nodes around it, the nearest first."""

    node: ast.Name
    scope: Scope
    in_annotation: bool
    parents: tuple[ast.AST, ...]

    @property
    def name(self) -> str:
        """Return the name."""
        return self.node.id

    @property
    def parent(self) -> ast.AST:
        """Return the node right around the use."""
        return self.parents[0]

    @property
    def call(self) -> ast.Call | None:
        """Return the call of the name itself, if it is called here."""
        parent = self.parent
        return parent if isinstance(parent, ast.Call) and parent.func is self.node else None

    @property
    def attribute(self) -> ast.Attribute | None:
        """Return the attribute that is taken of it, if one is."""
        return self.parent if isinstance(self.parent, ast.Attribute) else None


class Scopes(ast.NodeVisitor):
    """Every scope and every use of a program."""

    def __init__(self, tree: ast.Module) -> None:
        """Read ``tree``. Raises ``RecursionError`` where it is too deep."""
        self.root = Scope(ScopeKind.MODULE, tree, None)
        self.all: list[Scope] = [self.root]
        self.uses: list[Use] = []
        self._scope = self.root
        self._annotation = False
        self._parents: list[ast.AST] = []
        self._lazy_annotations = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in tree.body
        )
        self.visit(tree)

    def visit(self, node: ast.AST) -> None:
        """Visit ``node`` with its parents at hand."""
        self._parents.append(node)
        super().visit(node)
        self._parents.pop()

    def _bind(self, name: str, node: ast.AST, scope: Scope | None = None) -> None:
        scope = scope or self._scope
        if name in scope.globals:
            scope = self.root
        elif name in scope.nonlocals:
            outer = next((s for s in list(scope.chain())[1:] if name in s.bindings), None)
            scope = outer or scope
        scope.bindings.setdefault(name, []).append(node)

    def _inside(
        self, kind: ScopeKind, node: ScopeNode, names: Iterable[tuple[str, ast.AST]], body: Sequence[ast.AST]
    ) -> None:
        outer, annotation = self._scope, self._annotation
        self._scope, self._annotation = Scope(kind, node, outer), False
        self.all.append(self._scope)
        if isinstance(node, Function):
            for declaration in _declarations(node):
                of_module = isinstance(declaration, ast.Global)
                (self._scope.globals if of_module else self._scope.nonlocals).update(declaration.names)
        for name, place in names:
            self._bind(name, place)
        for child in body:
            self.visit(child)
        self._scope, self._annotation = outer, annotation

    def _annotated(self, node: ast.AST | None) -> None:
        if node is None or self._lazy_annotations:
            return
        before, self._annotation = self._annotation, True
        self.visit(node)
        self._annotation = before

    def _arguments(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        for argument in parameters(arguments):
            self._annotated(argument.annotation)

    def _function(self, node: Function) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._bind(node.name, node)
        names = [(parameter.arg, parameter) for parameter in parameters(node.args)]
        generic = _type_parameters(node)
        if generic:
            self._inside(ScopeKind.FUNCTION, node, [*generic, *names], node.body)
            return
        self._arguments(node.args)
        self._annotated(node.returns)
        self._inside(ScopeKind.FUNCTION, node, names, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Bind a function and read its body."""
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Bind a function and read its body."""
        self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Read a lambda."""
        self._arguments(node.args)
        names = [(parameter.arg, parameter) for parameter in parameters(node.args)]
        self._inside(ScopeKind.FUNCTION, node, names, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Bind a class and read its body."""
        self._bind(node.name, node)
        for child in (*node.decorator_list, *node.bases, *node.keywords):
            if not _type_parameters(node):
                self.visit(child)
        self._inside(ScopeKind.CLASS, node, [], node.body)

    def _comprehension(self, node: Comprehension, *results: ast.AST) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        rest = [
            child
            for generator in node.generators
            for child in (generator.target, *([] if generator is first else [generator.iter]), *generator.ifs)
        ]
        self._inside(ScopeKind.COMPREHENSION, node, [], [*rest, *results])

    def visit_ListComp(self, node: ast.ListComp) -> None:
        """Read a comprehension."""
        self._comprehension(node, node.elt)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        """Read a comprehension."""
        self._comprehension(node, node.elt)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        """Read a generator expression."""
        self._comprehension(node, node.elt)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        """Read a comprehension."""
        self._comprehension(node, node.key, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """Bind the target of ``:=`` where Python does: outside of comprehensions."""
        self.visit(node.value)
        scope: Scope = self._scope
        while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        self._bind(node.target.id, node.target, scope)

    def visit_Name(self, node: ast.Name) -> None:
        """Note a use or a binding."""
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id, node)
            return
        parents = tuple(reversed(self._parents[:-1]))
        self.uses.append(Use(node=node, scope=self._scope, in_annotation=self._annotation, parents=parents))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Read an annotated assignment; the annotation of a local variable is never evaluated."""
        if node.value is not None:
            self.visit(node.value)
        if self._scope.kind is not ScopeKind.FUNCTION:
            self._annotated(node.annotation)
        self.visit(node.target)

    def visit_Import(self, node: ast.Import) -> None:
        """Bind what is imported."""
        for alias in node.names:
            self._bind(alias.asname or alias.name.split(".")[0], alias)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Bind what is imported; of a star, what is known of the module."""
        for alias in node.names:
            if alias.name != "*":
                self._bind(alias.asname or alias.name, alias)
                continue
            self._scope.stars.append(node.module or "")
            for name in modules().get(node.module or "", ()):
                self._bind(name, alias)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Bind the exception's name."""
        if node.name is not None:
            self._bind(node.name, node)
        self.generic_visit(node)

    def _capture(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name is not None:
            self._bind(name, node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        """Bind a capture."""
        self._capture(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        """Bind a capture."""
        self._capture(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        """Bind a capture."""
        self._capture(node)


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return every parameter, in the order in which they are written."""
    star = [] if arguments.vararg is None else [arguments.vararg]
    stars = [] if arguments.kwarg is None else [arguments.kwarg]
    return [*arguments.posonlyargs, *arguments.args, *star, *arguments.kwonlyargs, *stars]


def _declarations(function: Function) -> Iterator[ast.Global | ast.Nonlocal]:
    """Yield the declarations that stand in ``function`` itself and in nothing inside it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield node
        elif not isinstance(node, Function | ast.ClassDef | ast.expr):
            pending.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))


def _type_parameters(node: Function | ast.ClassDef) -> list[tuple[str, ast.AST]]:
    """Return the names of ``def f[T]``, which Pythons from 3.12 on have."""
    return [(parameter.name, parameter) for parameter in getattr(node, "type_params", ())]
