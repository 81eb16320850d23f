"""Programs parsed by tree-sitter, which understands the rest of a program with mistakes in it.

Positions are bytes of UTF-8, as the parser counts them. Nothing here recurses: hostile programs nest deeply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tree_sitter import Language, Node, Parser, Tree

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Role

LANGUAGES: Final = frozenset({"javascript", "typescript"})
# Beyond these a program is left alone: each of hundreds of candidates has to be parsed.
_LARGEST: Final = 32 * 1024
_DEEPEST: Final = 400

FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "arrow_function",
        "method_definition",
    }
)


@lru_cache(maxsize=2)
def _parser(typescript: bool) -> Parser:
    """Return the parser for one of the two languages."""
    if typescript:
        import tree_sitter_typescript

        return Parser(Language(tree_sitter_typescript.language_typescript()))
    import tree_sitter_javascript

    return Parser(Language(tree_sitter_javascript.language()))


def parse(source: bytes, typescript: bool, before: Tree | None = None) -> Tree:
    """Return the tree of ``source``; ``before`` is an edited tree of what it was made of."""
    parser = _parser(typescript)
    return parser.parse(source) if before is None else parser.parse(source, before)


def walk(root: Node) -> Iterator[Node]:
    """Yield ``root`` and every node below it, in the order of the text."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def text_of(node: Node | None) -> str:
    """Return the text of a node, empty for none."""
    return "" if node is None else (node.text or b"").decode("utf-8", "replace")


def ancestors(node: Node) -> Iterator[Node]:
    """Yield what a node lies in, the nearest first."""
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def nearest(node: Node, wanted: Callable[[Node], bool]) -> Node | None:
    """Return the nearest node around ``node`` that is wanted."""
    return next((one for one in ancestors(node) if wanted(one)), None)


def faults(root: Node) -> list[Node]:
    """Return the outermost nodes that the parser could not place or had to make up, in the order of the text."""
    found, stack = [], [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            stack.extend(reversed(node.children))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One source text with its tree. ``at`` is the byte where it is known to have failed, if it is."""

    source: bytes
    typescript: bool
    tree: Tree
    at: int | None = None

    @property
    def root(self) -> Node:
        """Return the tree's root."""
        return self.tree.root_node

    @property
    def broken(self) -> bool:
        """Return whether the parser found a mistake."""
        return self.root.has_error

    def line(self, offset: int) -> int:
        """Return the line (from 1) of a byte."""
        return self.source.count(b"\n", 0, offset) + 1

    def node_at(self, offset: int) -> Node:
        """Return the smallest node that begins at or holds a byte."""
        offset = min(max(offset, 0), max(len(self.source) - 1, 0))
        return self.root.descendant_for_byte_range(offset, min(offset + 1, len(self.source))) or self.root

    def changed(self, source: bytes) -> Program:
        """Return another text of the same language, parsed."""
        return Program(source=source, typescript=self.typescript, tree=parse(source, self.typescript))


def program_of(case: RepairCase) -> Program | None:
    """Return the failed code, or ``None`` where it is none of these languages or no fixer should touch it."""
    if case.atom.language not in LANGUAGES or case.failure.culprit != case.atom.id:
        return None
    typescript = case.atom.language == "typescript"
    source = readable(case.code)
    tree = None if source is None else parse(source, typescript)
    if source is None or tree is None or _is_deep(tree):
        return None
    at = None
    failure = case.failure
    if failure.role is Role.CODE and failure.line is not None:
        at = offset_of(case.code, failure.line, failure.column)
    return Program(source=source, typescript=typescript, tree=tree, at=at)


def readable(code: str) -> bytes | None:
    """Return code as bytes, or ``None`` where it is too large, too deep, or no text."""
    if not code.strip() or len(code) > _LARGEST or "\0" in code or _depth(code) > _DEEPEST:
        return None
    try:
        source = code.encode()
    except UnicodeEncodeError:
        return None
    return source if len(source) <= _LARGEST else None


def _is_deep(tree: Tree) -> bool:
    """Return whether a tree is so deep that every step up, for which the parser begins at the root, takes long."""
    stack = [(tree.root_node, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > _DEEPEST:
            return True
        stack.extend((child, depth + 1) for child in node.children)
    return False


def _depth(code: str) -> int:
    """Return an upper bound of how deep brackets nest, whatever stands in strings."""
    depth = deepest = 0
    for character in code:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth = max(depth - 1, 0)
    return deepest


def offset_of(code: str, line: int, column: int | None) -> int | None:
    """Return the byte of a line and a column (from 1), the line's first where there is no column."""
    lines = code.split("\n")
    if not 1 <= line <= len(lines):
        return None
    before = "\n".join([*lines[: line - 1], ""]) if line > 1 else ""
    own = lines[line - 1]
    width = len(own) - len(own.lstrip()) if column is None else max(column - 1, 0)
    return len((before + own[:width]).encode())
