"""A program as the families of edits see it: statements, their expressions, and where they stand in the text."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, TypeGuard

from mge_toolkit.retry.fixes.python_names.analysis.source import Edit, Placed, SourceText
from mge_toolkit.retry.fixes.python_parsing import parse

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS: Final = (ast.For, ast.While, ast.AsyncFor)
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)

_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers", "cases")
_UNSEEN: Final = frozenset(
    ("annotation", "returns", "decorator_list", "type_params", "type_comment", "bases")
)
_OPAQUE: Final = (ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)
_ATOMS: Final = (
    ast.Name,
    ast.Call,
    ast.Subscript,
    ast.Attribute,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
)
_TIGHT: Final = (ast.BinOp, ast.UnaryOp, ast.Attribute, ast.Await, ast.Starred)
_LOOSE: Final = (*_TIGHT, ast.Compare, ast.BoolOp, ast.comprehension)
_LONGEST_STATEMENT: Final = 4_000
_MOST_READ: Final = 2_000_000
_SKIP: Final = re.compile(r"(?:\s|\\\r?\n|#[^\r\n]*)*")
_WORD: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement in its block. ``expressions`` are those of its own line or header, outermost first.

    ``owner`` is the statement (or the module) that holds the block.
    """

    node: ast.stmt
    block: Sequence[ast.stmt]
    index: int
    owner: ast.AST
    function: FunctionNode | None
    expressions: list[ast.expr]

    @property
    def last(self) -> bool:
        """Return whether nothing follows in its block."""
        return self.index == len(self.block) - 1


class Program:
    """A syntax tree with its text. Not recursive anywhere: expressions can be deep."""

    def __init__(self, code: str, tree: ast.Module) -> None:
        """Take ``code`` and its tree."""
        self.code = code
        self.text = SourceText(code)
        self.tree = tree
        self.parents: dict[ast.AST, ast.AST] = {}
        self.statements: list[Statement] = []
        self.of_node: dict[ast.stmt, Statement] = {}
        self._spans: dict[ast.AST, tuple[int, int]] = {}
        self._reads: dict[FunctionNode | None, Counter[str]] = {}
        self._unread = _MOST_READ
        self._collect()

    @classmethod
    def of(cls, code: str) -> Program | None:
        """Return ``code`` as a program, or ``None`` where it does not parse or is too large to search."""
        tree = parse(code)
        return None if tree is None else cls(code, tree)

    def _collect(self) -> None:
        """Find every statement with its expressions, in the order of the text."""
        stack: list[tuple[ast.AST, FunctionNode | None]] = [(self.tree, None)]
        while stack:
            owner, function = stack.pop()
            inside = owner if isinstance(owner, FUNCTIONS) else function
            found: list[tuple[ast.AST, FunctionNode | None]] = []
            for name in _BLOCKS:
                block = getattr(owner, name, None)
                if not isinstance(block, list):
                    continue
                for index, node in enumerate(block):
                    self.parents[node] = owner
                    found.append((node, inside))
                    if isinstance(node, ast.stmt):
                        self._add(Statement(node, block, index, owner, inside, []))
            stack.extend(reversed(found))
        self.statements.sort(key=lambda one: (one.node.lineno, one.node.col_offset))

    def _add(self, statement: Statement) -> None:
        node = statement.node
        self.of_node[node] = statement
        self.statements.append(statement)
        if isinstance(node, _OPAQUE) or is_docstring(statement) or self._is_huge(statement):
            return
        stack: list[ast.AST] = [node]
        while stack:
            parent = stack.pop()
            children: list[ast.AST] = []
            for name, value in ast.iter_fields(parent):
                if name in _UNSEEN or (parent is node and name in _BLOCKS and isinstance(value, list)):
                    continue
                children += (
                    [v for v in value if isinstance(v, ast.AST)]
                    if isinstance(value, list)
                    else ([value] if isinstance(value, ast.AST) else [])
                )
            for child in children:
                if isinstance(child, ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop):
                    continue
                self.parents[child] = parent
                if isinstance(child, ast.expr):
                    statement.expressions.append(child)
            stack.extend(c for c in reversed(children) if not isinstance(c, _OPAQUE))

    def reads(self, function: FunctionNode | None) -> Counter[str]:
        """Return how often each name is read in a function's own statements, or in those of the top level."""
        if function not in self._reads:
            self._reads[function] = Counter(
                node.id
                for statement in self.statements
                if statement.function is function
                for node in statement.expressions
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            )
        return self._reads[function]

    def _is_huge(self, statement: Statement) -> bool:
        """Return whether a statement's own text is too long to search: a table of data."""
        start, end = self.header(statement)
        return end - start > _LONGEST_STATEMENT

    # Places

    def span(self, node: Placed) -> tuple[int, int]:
        """Return where ``node`` starts and ends."""
        found = self._spans.get(node)
        if found is None:
            found = self._spans[node] = (self.text.start(node), self.text.end(node))
        return found

    def source(self, node: Placed) -> str:
        """Return the text of ``node``, without parentheses around it."""
        start, end = self.span(node)
        return self.code[start:end]

    def outer(self, node: ast.expr) -> tuple[int, int]:
        """Return where ``node`` starts and ends with the parentheses that are its own."""
        start, end = self.span(node)
        parent = self.parents.get(node)
        low, high = self.span(parent) if _has_place(parent) else (0, len(self.code))
        if isinstance(parent, ast.Call) and node is not parent.func:
            low, high = self.span(parent.func)[1] + 1, high - 1
        while True:
            left, right = start - 1, self.skip(end)
            while left > low and self.code[left].isspace():
                left -= 1
            if left < low or right >= high or self.code[left] != "(" or self.code[right] != ")":
                return start, end
            start, end = left, right + 1

    def skip(self, offset: int) -> int:
        """Return where the next token after white space and comments starts."""
        found = _SKIP.match(self.code, offset)
        return offset if found is None else found.end()

    def gap(self, left: ast.expr, right: ast.expr) -> tuple[int, int]:
        """Return where the operator between two neighbouring operands stands."""
        start = self.skip(self.span(left)[1])
        while self.code[start : start + 1] == ")":
            start = self.skip(start + 1)
        end = self.span(right)[0]
        while end > start and (self.code[end - 1].isspace() or self.code[end - 1] in "(\\"):
            end -= 1
        return start, end

    def indent(self, node: ast.stmt) -> str | None:
        """Return the white space before ``node``, or ``None`` where it does not start its line."""
        start = self.span(node)[0]
        before = self.code[self.text.line_start(node.lineno) : start]
        return before if not before.strip() else None

    def lines_of(self, node: ast.stmt) -> tuple[int, int] | None:
        """Return where the lines of ``node`` start and end, or ``None`` where it shares one with other code."""
        first = node.lineno
        for decorator in getattr(node, "decorator_list", ()):
            first = min(first, decorator.lineno)
        start = self.text.line_start(first)
        end = self.span(node)[1]
        stop = self.text.line_start((node.end_lineno or node.lineno) + 1)
        rest = self.code[end:stop].strip()
        if self.indent(node) is None or (rest and not rest.startswith("#")):
            return None
        return start, stop

    @cached_property
    def step(self) -> str:
        """Return one level of indentation as this program writes it."""
        for statement in self.statements:
            outer = self.of_node.get(statement.owner) if isinstance(statement.owner, ast.stmt) else None
            if outer is None:
                continue
            own, base = self.indent(statement.node), self.indent(outer.node)
            if own is not None and base is not None and own.startswith(base) and len(own) > len(base):
                return own[len(base) :]
        return "    "

    # Edits

    def edit(self, start: int, end: int, text: str) -> Edit:
        """Return the edit that puts ``text`` there, kept apart from the words around it."""
        if text and start and _WORD.match(text) and _WORD.match(self.code, start - 1):
            text = f" {text}"
        if text and end < len(self.code) and _WORD.match(text[-1]) and _WORD.match(self.code, end):
            text = f"{text} "
        return Edit(start, end, text)

    def replaced(self, node: ast.expr, text: str) -> Edit:
        """Return the edit that puts ``text``, which binds as tightly as ``node`` needs, in its place."""
        return self.edit(*self.span(node), text)

    def fitted(self, node: ast.expr, text: str, *, loose: bool = False) -> Edit:
        """Return the edit that puts an operation in the place of ``node``, in parentheses where it needs them.

        ``loose`` says that it is a comparison, a boolean operation or a choice, not arithmetic.
        """
        return self.replaced(node, f"({text})" if self._binds(node, loose) else text)

    def _binds(self, node: ast.expr, loose: bool) -> bool:
        """Return whether what surrounds ``node`` would take an operation in its place apart."""
        parent = self.parents.get(node)
        if self.outer(node) != self.span(node):
            return False
        if isinstance(parent, ast.Call) and node is parent.func:
            return True
        if isinstance(parent, ast.Subscript):
            return node is parent.value
        if isinstance(parent, ast.comprehension) and node in parent.ifs and not loose:
            return False
        return isinstance(parent, _LOOSE if loose else _TIGHT)

    def operand(self, node: ast.expr) -> str:
        """Return the text of ``node`` as it can stand beside any operator or before a dot."""
        start, end = self.outer(node)
        text = self.code[start:end]
        if (start, end) != self.span(node) or isinstance(node, _ATOMS):
            return text
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float | complex):
            return text if "\n" not in text else f"({text})"
        return text if isinstance(node, ast.Constant) else f"({text})"

    def full(self, node: ast.expr) -> str:
        """Return the text of ``node`` with its own parentheses."""
        start, end = self.outer(node)
        return self.code[start:end]

    # What parses

    def header(self, statement: Statement) -> tuple[int, int]:
        """Return where a statement's own text stands: all of a simple one, what precedes the block of others."""
        node = statement.node
        start, end = self.span(node)
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            first = body[0]
            if not getattr(first, "decorator_list", ()):
                end = self.span(first)[0]
        return start, end

    def parses_after(self, edits: Sequence[Edit], statement: Statement | None) -> bool:
        """Return whether the program parses after ``edits``; of those in one statement only that is read.

        What is read is limited: once there was too much of it, the answer is no.
        """
        if statement is not None and self.is_inside(edits, statement):
            return self._parses(self._alone(statement, edits, *self.header(statement)))
        changed = self.text.edited(edits)
        return changed is not None and self._parses(changed)

    def is_inside(self, edits: Sequence[Edit], statement: Statement) -> bool:
        """Return whether ``edits`` change only a statement's own text, and leave it the kind that it is.

        Whether ``elif`` may stand in the place of ``if`` is not told by the statement alone.
        """
        start, end = self.header(statement)
        if isinstance(statement.node, ast.If) and any(edit.start == start for edit in edits):
            return False
        return all(start <= edit.start and edit.end <= end for edit in edits)

    def _parses(self, text: str) -> bool:
        self._unread -= len(text)
        return self._unread > 0 and parse(text) is not None

    def _alone(self, statement: Statement, edits: Sequence[Edit], start: int, end: int) -> str:
        """Return a statement's own text after ``edits`` as a program of one statement."""
        pieces, position = [], start
        for edit in sorted(edits):
            pieces += [self.code[position : edit.start], edit.text]
            position = edit.end
        text = "".join([*pieces, self.code[position:end]])
        if end != self.span(statement.node)[1]:
            text = f"{text.removeprefix('el') if text.startswith('elif') else text}pass"
        return text

    # Surroundings

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what holds ``node``, from the nearest outwards."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def loop_of(self, node: ast.AST) -> ast.For | ast.While | ast.AsyncFor | None:
        """Return the innermost loop around ``node`` inside its function."""
        for outer in self.above(node):
            if isinstance(outer, LOOPS):
                return outer
            if isinstance(outer, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
                return None
        return None


def _has_place(node: ast.AST | None) -> TypeGuard[Placed]:
    return hasattr(node, "col_offset")


def is_docstring(statement: Statement) -> bool:
    """Return whether a statement is only text, which does nothing."""
    node = statement.node
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
