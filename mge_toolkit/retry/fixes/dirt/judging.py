"""Tell whether a washed source is a program, and if not, how far it is one."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from time import thread_time
from typing import TYPE_CHECKING, Final, NamedTuple

from mge_toolkit.retry.fixes.dirt.lexing import code_of
from mge_toolkit.retry.fixes.python_parsing import Trouble, examined

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Node

ENTITY: Final = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
# Three backticks at the start of a line are templates without an operator between them to JavaScript's grammar.
_FENCE: Final = re.compile(r"^[ \t]*```", re.MULTILINE)
INDENTATION: Final = re.compile(r"unexpected indent|unindent|expected an indented block|inconsistent use")
# Tree-sitter's recovery from mistakes takes up to 15 µs a character, and cannot be stopped in all its versions.
_LONGEST_JAVASCRIPT: Final = 16_000
_SECONDS: Final = 0.6
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class _Verdict(NamedTuple):
    """Whether a source is a program, and on which line (from 1) the parser first stumbles over it, and why."""

    clean: bool
    line: int = 1
    message: str = ""


class Judge:
    """Judges sources of one language; each source once."""

    def __init__(self, language: str) -> None:
        """Judge by the grammar of ``language``."""
        self.language = language
        self.python = language == "python"
        self._verdicts: dict[str, _Verdict] = {}
        self._spent = 0.0

    def clean(self, text: str) -> bool:
        """Return whether ``text`` is a program: it parses, does something, and holds no HTML entity as code."""
        return self._verdict(text).clean

    def has_entities(self, text: str) -> bool:
        """Return whether HTML entities stand outside of strings: ``a &lt; b`` parses, and is no program."""
        return (
            ENTITY.search(text) is not None and ENTITY.search(code_of(text, python=self.python)) is not None
        )

    def reach(self, text: str) -> float:
        """Return the share (0-1) of the lines that the parser takes."""
        verdict = self._verdict(text)
        return 1.0 if verdict.clean else min(1.0, (verdict.line - 1) / (text.rstrip().count("\n") + 1))

    def indents_badly(self, text: str) -> bool:
        """Return whether indentation is what the parser stumbles over."""
        return INDENTATION.search(self._verdict(text).message) is not None

    def trouble_line(self, text: str) -> int:
        """Return the line (from 1) at which the parser first stumbles over ``text``; 1 where it does not."""
        return self._verdict(text).line

    def _verdict(self, text: str) -> _Verdict:
        known = self._verdicts.get(text)
        if known is None:
            known = _in_python(text) if self.python else self._in_javascript(text)
            if known.clean and self.has_entities(text):
                known = known._replace(clean=False)
            self._verdicts[text] = known
        return known

    def _in_javascript(self, text: str) -> _Verdict:
        if len(text) > _LONGEST_JAVASCRIPT or self._spent > _SECONDS:
            return _Verdict(clean=False)
        begun = thread_time()
        verdict = _in_javascript(text, self.language)
        self._spent += thread_time() - begun
        return verdict


# Every fixer looks at the same failed code: it is parsed once for all of them.
@lru_cache(maxsize=64)
def _in_python(text: str) -> _Verdict:
    found = examined(text)
    if isinstance(found, Trouble):
        return _Verdict(clean=False, line=found.line, message=found.message)
    return _Verdict(clean=bool(found.body) and not _returns_from_nothing(found))


@lru_cache(maxsize=64)
def _in_javascript(text: str, language: str) -> _Verdict:
    source = text.encode("utf-8", "replace")
    root = _javascript(source, language)
    if root.has_error:
        return _Verdict(clean=False, line=_first_error(root))
    says = any(child.type != "comment" for child in root.named_children)
    odd = _FENCE.search(text) is not None or (not text.isascii() and _has_odd_names(root, source))
    return _Verdict(clean=says and not odd)


def _first_error(root: Node) -> int:
    """Return the line (from 1) of the first node that the parser could not place or had to make up."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            return node.start_point.row + 1
        stack.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return 1


def _javascript(source: bytes, language: str) -> Node:
    from tree_sitter import Parser

    return Parser(_grammar(language)).parse(source).root_node


@lru_cache(maxsize=2)
def _grammar(language: str) -> Grammar:
    from tree_sitter import Language

    if language == "typescript":
        import tree_sitter_typescript

        return Language(tree_sitter_typescript.language_typescript())
    import tree_sitter_javascript

    return Language(tree_sitter_javascript.language())


def _has_odd_names(root: Node, source: bytes) -> bool:
    """Return whether a name has a character that no name may have: to the grammar a curly quote is a letter."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type.endswith("identifier"):
            name = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
            if not name.isascii() and not re.sub(r"[#$\u200c\u200d]", "_", name).isidentifier():
                return True
        stack.extend(node.named_children)
    return False


def _returns_from_nothing(tree: ast.Module) -> bool:
    """Return whether ``return`` or ``yield`` stands outside of every function, which only the compiler refuses."""
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _FUNCTIONS):
            stack.extend(ast.iter_child_nodes(node))
    return False
